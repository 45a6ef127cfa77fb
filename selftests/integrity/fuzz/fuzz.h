/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of the fuzzer: what its threads share, and what they can do. See
 * fuzz.c.
 */
#ifndef _SELFTESTS_FUZZ_H
#define _SELFTESTS_FUZZ_H

#include <pthread.h>
#include <stdatomic.h>

#include "device.h"
#include "genl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Random numbers: for an operation of a seed the same, whatever came before. */
struct rnd {
	uint64_t state;
};

struct rnd rnd_of(uint64_t seed, uint64_t round, uint64_t thread, uint64_t nr);
uint64_t rnd(struct rnd *r);
static inline uint64_t rnd_below(struct rnd *r, uint64_t n)
{
	return rnd(r) % n;
}
static inline bool rnd_once_in(struct rnd *r, uint64_t n)
{
	return !rnd_below(r, n);
}
#define rnd_one_of(r, array) ((array)[rnd_below(r, COUNT(array))])

/*
 * Where everything is mapped that operations map, unmap and point to. The kernel
 * does not choose it for anything else, so no operation hits the fuzzer itself.
 */
#define FUZZ_PLACES 6
#define FUZZ_PLACE_SIZE (128 * MiB)
#define FUZZ_PLACES_START 0x100000000000ULL
#define FUZZ_PLACES_END (FUZZ_PLACES_START + FUZZ_PLACES * FUZZ_PLACE_SIZE)
static inline unsigned char *fuzz_place(unsigned int nr)
{
	return (unsigned char *)(FUZZ_PLACES_START + nr * FUZZ_PLACE_SIZE);
}

/**
 * struct fuzz_device - a descriptor whose open file is replaced now and then
 * @fd: Its number. Far from those that the kernel gives, so that it is not reused
 *	while it is closed.
 * @lock: Held while the open file is replaced.
 * @changes: Odd while it is being replaced.
 * @open: The open file is a device.
 * @size, @block: Geometry of the region that devices behind it mostly have.
 * @flags: enum vhost_mem_create_flags, the same.
 */
struct fuzz_device {
	int fd;
	pthread_mutex_t lock;
	_Atomic uint64_t changes;
	atomic_bool open;
	uint64_t size;
	uint64_t block;
	uint32_t flags;
};

#define FUZZ_DEVICES 4
extern struct fuzz_device fuzz_devices[FUZZ_DEVICES];

/* Descriptors of all kinds; the first ones are eventfds. */
#define FUZZ_EVENTFDS 4
#define FUZZ_FILES 11
extern int fuzz_files[FUZZ_FILES];

/*
 * Bytes of an argument, and of what it points to. Both have places of their own,
 * far from everything, as pointers to them get spoilt; behind them lies memory
 * that cannot be accessed.
 */
#define FUZZ_ARG 8192
#define FUZZ_OUT 8192
#define FUZZ_OWN_START (FUZZ_PLACES_END + GiB)

/**
 * struct fuzz_thread - a thread that does operations
 * @thread: The thread.
 * @nr: Number of the thread.
 * @op: Number of its operation.
 * @what: Name of the operation that it is doing.
 * @since: Time when that began; 0 if it is doing none.
 * @rnd: The operation's random numbers.
 * @arg: Memory of its own for an argument, with an inaccessible page behind it.
 * @out: The same for what an argument points to.
 * @inherited: It is a child, whose descriptors are copies.
 * @nl: Netlink socket.
 */
struct fuzz_thread {
	pthread_t thread;
	unsigned int nr;
	uint64_t op;
	const char *_Atomic what;
	_Atomic time_t since;
	struct rnd rnd;
	unsigned char *arg;
	unsigned char *out;
	bool inherited;
	struct genl nl;
};

extern uint64_t fuzz_round;
/* No capabilities: what needs one has to fail. */
extern bool fuzz_unprivileged;

/* Print what is wrong and how to repeat it, and end the test. */
__attribute__((format(printf, 2, 3), noreturn))
void fuzz_broken(struct fuzz_thread *t, const char *fmt, ...);

/* fuzz_values.c: values that are right, nearly right, and wrong */
struct fuzz_device *fuzz_device(struct fuzz_thread *t);
uint64_t fuzz_size(struct fuzz_thread *t, const struct fuzz_device *dev);
uint64_t fuzz_addr(struct fuzz_thread *t, const struct fuzz_device *dev);
int fuzz_file(struct fuzz_thread *t);
bool fuzz_is_eventfd(int fd);
/* Somewhere in the places, mapped or not; where @align is 1 at any byte. */
uint64_t fuzz_place_addr(struct fuzz_thread *t, uint64_t align);
/* Any pointer that the kernel may write to: never into the fuzzer. */
uint64_t fuzz_pointer(struct fuzz_thread *t);
/* Spoil some bytes, sometimes. */
void fuzz_spoil(struct fuzz_thread *t, void *data, size_t length);
/* Sizes of one moment, from wherever they come. */
void fuzz_check_sizes(struct fuzz_thread *t, uint64_t block, uint64_t size,
		      uint64_t usable, uint64_t requested, uint64_t plugged);

/* Operations. fuzz_ioctl.c */
void fuzz_own_ioctl(struct fuzz_thread *t);
void fuzz_unknown_ioctl(struct fuzz_thread *t);
/* fuzz_vhost.c */
void fuzz_vhost_ioctl(struct fuzz_thread *t);
void fuzz_vhost_start(struct fuzz_thread *t);
void fuzz_scribble(struct fuzz_thread *t);
void fuzz_kick(struct fuzz_thread *t);
/* fuzz_mem.c */
void fuzz_map(struct fuzz_thread *t);
void fuzz_unmap(struct fuzz_thread *t);
void fuzz_remap(struct fuzz_thread *t);
void fuzz_advise(struct fuzz_thread *t);
void fuzz_touch(struct fuzz_thread *t);
void fuzz_hold(struct fuzz_thread *t);
void fuzz_let_go(void);
/* fuzz_file.c */
void fuzz_reopen(struct fuzz_thread *t);
void fuzz_close(struct fuzz_thread *t);
void fuzz_dup(struct fuzz_thread *t);
void fuzz_pass(struct fuzz_thread *t);
void fuzz_child(struct fuzz_thread *t);
void fuzz_peer(struct fuzz_thread *t);
void fuzz_open_files(void);
void fuzz_close_files(void);
/* fuzz_nl.c */
void fuzz_netlink(struct fuzz_thread *t);
void fuzz_netlink_group(struct fuzz_thread *t);

/* fuzz_check.c: what has to be true when nobody does anything */
void fuzz_check_device(struct fuzz_thread *t, int fd);
/* Close all; every region has to be gone, and the module as free as before. */
void fuzz_check_close(struct fuzz_thread *t);
void fuzz_check_fresh(struct fuzz_thread *t);
void fuzz_check_start(void);

#endif /* _SELFTESTS_FUZZ_H */

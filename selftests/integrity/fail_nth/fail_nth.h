/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of fail_nth, which makes each allocation and copy of a call fail: the state
 * before the call (fixture.c), sweeping over one call (fail_nth_test.c), and the calls.
 */
#ifndef _SELFTESTS_FAIL_NTH_H
#define _SELFTESTS_FAIL_NTH_H

#include "device.h"
#include "faults.h"
#include "genl.h"
#include "state.h"
#include "vring.h"

#define REGION (64 * MiB)
/* Sizes of pool STATE_POOL and of its lease. */
#define POOL (128 * MiB)
#define LEASE (8 * HUGE)
/* More than any call has; reached only if failures are not injected. */
#define NTH_MAX 500

/* --- state before the call --- */

/**
 * struct fixture - the objects that a call acts on
 * @dev: The device; @dev.fd is -1 if there is none.
 * @second: A second device, likewise.
 * @guest: The guest, if @have_guest.
 * @nl: A netlink socket for commands.
 * @listener: A netlink socket that receives events, or -1.
 * @pipe: A pipe with one byte in it.
 * @eventfd: The eventfd for the config call.
 * @mapping: A second mapping of the region, or NULL.
 * @lease: Number of a lease of pool STATE_POOL, or 0 if there is no pool.
 * @have_guest: There is a guest.
 * @written: The first 4 blocks were plugged, and block i begins with i + 1.
 */
struct fixture {
	struct device dev;
	struct device second;
	struct guest guest;
	struct genl nl;
	int listener;
	int pipe[2];
	int eventfd;
	unsigned char *mapping;
	uint64_t lease;
	bool have_guest;
	bool written;
};

extern struct fixture fixture;

void fixture_none(void);
void fixture_open(void);
void fixture_open_listener(void);
void fixture_region_of(uint64_t block, uint32_t flags);
void fixture_region(void);
void fixture_readable(void);
void fixture_prealloc(void);
/* Blocks 0 to 3 and 6 are plugged; 6 was not touched. */
void fixture_plugged(void);
void fixture_plugged_huge(void);
void fixture_plugged_readable(void);
/* Two blocks of one page, both never touched. */
void fixture_small(void);
/* As above, with a second mapping, which the call acts on. */
void fixture_two_mappings(void);
/* Further: an owner; then a ring that can be used; then a ring that is served. */
void fixture_guest(void);
void fixture_ready(void);
void fixture_running(void);
void fixture_netlink(void);
void fixture_listener(void);
/* A netlink socket and pool STATE_POOL; with a lease; and the region of fixture_netlink(). */
void fixture_empty_pool(void);
void fixture_pool_only(void);
void fixture_pool(void);
void fixture_pipe(void);
void fixture_eventfd(void);
void fixture_end(void);
void fixture_close_fd(int *fd);
/* Whether the first blocks that are plugged have what was written. */
bool fixture_has_bytes(uint64_t plugged);

/* --- sweeps --- */

/**
 * struct call - a call that is made to fail
 * @name: Name for messages.
 * @prepare: Sets the fixture for one call.
 * @run: The call: 0 or a negative errno.
 * @done: Whether it has had its effect; NULL if it has none.
 * @unknown: Whether the effect is unknown after this errno.
 * @touches: It touches memory, which may stay allocated when the rest fails.
 * @errors: Further possible errnos, in addition to fault_error; 0 is the end.
 */
struct call {
	const char *name;
	void (*prepare)(void);
	int (*run)(void);
	bool (*done)(void);
	bool (*unknown)(int ret);
	bool touches;
	int errors[4];
};

void sweep(const struct call *call);

/* A test of one call. More members of struct call can follow. */
#define SWEEP(_name, _prepare, _run, _done, ...)			\
	TEST(_name)							\
	{								\
		static const struct call call = {			\
			.name = #_name, .prepare = _prepare,		\
			.run = _run, .done = _done, __VA_ARGS__		\
		};							\
									\
		sweep(&call);						\
	}

/* For other sweeps: before and after a sweep, and reporting a failure. */
void sweep_begin(void);
void sweep_end(void);
/* For messages: the kind of failure, and its number. */
extern const char *sweep_name;
extern enum fault_kind sweep_kind;
extern unsigned int sweep_nth;
__attribute__((format(printf, 2, 3)))
void expect(bool ok, const char *fmt, ...);
void expect_same(const struct state *a, const struct state *b, bool generation,
		 const char *when);

/* --- used by more than one file --- */

/*
 * Of a netlink command: its own failure comes as a message and says that nothing was
 * done. When that message, or the one of its success, is lost, nobody knows.
 */
bool netlink_unknown(int ret);
int run_set_requested(void);
bool done_set_requested(void);

#endif /* _SELFTESTS_FAIL_NTH_H */

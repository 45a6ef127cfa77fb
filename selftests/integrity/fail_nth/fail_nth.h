/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of fail_nth, which makes everything inside of a call fail: how a
 * failure is made (fail_nth_inject.c), what there is before the call
 * (fail_nth_fixture.c), sweeping over one call (fail_nth.c), and the calls.
 */
#ifndef _SELFTESTS_FAIL_NTH_H
#define _SELFTESTS_FAIL_NTH_H

#include "device.h"
#include "genl.h"
#include "state.h"
#include "vring.h"

#define REGION (64 * MiB)
/* More than any call can have; reached if a failure never happens. */
#define NTH_MAX 500

/* --- how a failure is made --- */

/*
 * What is made to fail. Slab takes pages whenever it happens to need them; so
 * each is counted alone, or failures of the other would be skipped by chance.
 */
enum fault_kind { SLAB, PAGES, USERCOPY, FAULT_KINDS };

extern const char *const fault_attr[FAULT_KINDS];
/* What a call should fail with. */
extern const int fault_error[FAULT_KINDS];

/* Ends the test, skipped, on a kernel that cannot. */
void fault_init(void);
/* Only this kind fails from now on; all of them do after FAULT_KINDS. */
void fault_select(enum fault_kind kind);
/* The fail-nth file of a task; of this one. */
int fault_open(void);
/* The n-th thing that a task does and that could fail, will. */
void fault_arm(int fd, unsigned int n);
/* Has it happened? Nothing is armed any more. */
bool fault_disarm(int fd);

/* --- what there is --- */

/**
 * struct fixture - what a call acts on
 * @dev: The device; @dev.fd is -1 if there is none.
 * @guest: The guest, if there is one.
 * @nl: For netlink commands.
 * @listener: A netlink socket that is told of events, or -1.
 * @pipe: A pipe with one byte in it.
 * @eventfd: Somebody to be told of changes.
 * @mapping: A second mapping of the region, or NULL.
 * @have_guest: @guest is there.
 * @written: The first 4 blocks were plugged, and block i begins with i + 1.
 */
struct fixture {
	struct device dev;
	struct guest guest;
	struct genl nl;
	int listener;
	int pipe[2];
	int eventfd;
	unsigned char *mapping;
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
/* A second mapping is the one that is acted on. */
void fixture_two_mappings(void);
/* An owner; a ring that can be used; one that is. */
void fixture_guest(void);
void fixture_ready(void);
void fixture_running(void);
void fixture_netlink(void);
void fixture_listener(void);
void fixture_pipe(void);
void fixture_eventfd(void);
void fixture_end(void);
void fixture_close_fd(int *fd);
/* Is in the plugged ones of the first blocks what was written? */
bool fixture_has_bytes(uint64_t plugged);

/* --- sweeps --- */

/**
 * struct call - something that is made to fail
 * @name: What it is called in messages.
 * @prepare: Sets the fixture for one call.
 * @run: The call: 0 or a negative errno.
 * @done: Has it had its effect? NULL: it has none.
 * @unknown: Is this an errno after which one cannot know?
 * @touches: It touches memory, which may stay when the rest fails.
 * @errors: Other errnos than those of fault_error; 0 ends them.
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

/* For other sweeps: before and after all of it, and what to say of a failure. */
void sweep_begin(void);
void sweep_end(void);
/* For messages: what fails, and which time. */
extern const char *sweep_name;
extern enum fault_kind sweep_kind;
extern unsigned int sweep_nth;
__attribute__((format(printf, 2, 3)))
void expect(bool ok, const char *fmt, ...);
void expect_same(const struct state *a, const struct state *b, bool generation,
		 const char *when);

/* --- used by more than one file --- */

int run_set_requested(void);
bool done_set_requested(void);

#endif /* _SELFTESTS_FAIL_NTH_H */

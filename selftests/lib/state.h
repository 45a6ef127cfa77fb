/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything of the module that is visible from outside. Tests take it before and
 * after a call that fails, which must change nothing.
 */
#ifndef _SELFTESTS_STATE_H
#define _SELFTESTS_STATE_H

#include "device.h"
#include "genl.h"

#define STATE_REGIONS_MAX 8
/* The pool that is part of it. */
#define STATE_POOL "state"

/**
 * struct state - the visible state
 * @nr: Number of regions.
 * @regions: The regions, as netlink shows them, without counters of events.
 * @pool: The numbers of pool STATE_POOL, if there is one, by attribute.
 * @writable: Bytes of regions that this process has mapped for writing.
 * @refs: References to the module.
 * @config: The device's configuration; 0 without a region.
 * @blocks: The first 64 bits of its block map.
 * @map: A checksum of the whole block map.
 */
struct state {
	int nr;
	uint64_t regions[STATE_REGIONS_MAX][VHOST_MEM_A_REGION_MAX + 1];
	uint64_t pool[VHOST_MEM_A_POOL_MAX + 1];
	uint64_t writable;
	long refs;
	struct vhost_mem_config config;
	uint64_t blocks;
	uint64_t map;
};

/* Call before the first state_take(), while descriptors can be opened. */
void state_init(void);
/* Of a device, or of none: @fd is -1 then. */
void state_take(struct state *state, int fd);
/* Which regions have how much memory is no longer part of it. */
void state_forget_backed(struct state *state);
/* Returns the difference, or NULL. @generation: compare that, too. */
const char *state_differs(const struct state *a, const struct state *b,
			  bool generation);

/* The same against the present state, waiting for files to be closed. */
const char *state_settles(const struct state *before, int fd);

/* End the test if anything has changed since @_before. */
#define CHECK_STATE(_fd, _before)					\
	do {								\
		struct state _after;					\
		const char *_what;					\
									\
		state_take(&_after, _fd);				\
		_what = state_differs(_before, &_after, true);		\
		if (_what)						\
			ktap_say("%s has changed", _what);		\
		CHECK(!_what);						\
	} while (0)

/* The same, after a process has ended. */
#define CHECK_STATE_SETTLES(_fd, _before)				\
	do {								\
		const char *_what = state_settles(_before, _fd);	\
									\
		if (_what)						\
			ktap_say("%s has changed", _what);		\
		CHECK(!_what);						\
	} while (0)

#endif /* _SELFTESTS_STATE_H */

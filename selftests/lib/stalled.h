/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose page faults do not end: a userfaultfd that nobody serves. A task that
 * touches it, also within a system call, sleeps until the descriptor is closed.
 */
#ifndef _SELFTESTS_STALLED_H
#define _SELFTESTS_STALLED_H

#include "device.h"

/**
 * struct stalled - memory that stalls tasks which touch it
 * @uffd: The userfaultfd. A child inherits the descriptor, but its memory does not
 *	stall.
 * @mem: The memory, between two ordinary pages.
 * @size: Bytes of the memory.
 */
struct stalled {
	int uffd;
	unsigned char *mem;
	uint64_t size;
};

/*
 * Any access stalls; or, with @content, the memory begins with that, and only
 * writing to it stalls. Ends the test, skipped, where there is no userfaultfd.
 */
struct stalled stalled_new(uint64_t size, const void *content, size_t length);
/* Wait until a task is stalled: 0, or -ETIMEDOUT. */
int stalled_wait(const struct stalled *stalled, int timeout_ms);
/* Let all tasks go on; the memory is ordinary from now on. */
void stalled_release(struct stalled *stalled);
/* The same, and unmap the memory. */
void stalled_free(struct stalled *stalled);

#endif /* _SELFTESTS_STALLED_H */

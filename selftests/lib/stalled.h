/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose page faults do not end: a userfaultfd that nobody serves. Whoever
 * touches it, the kernel on behalf of a system call included, sleeps until the
 * descriptor is closed.
 */
#ifndef _SELFTESTS_STALLED_H
#define _SELFTESTS_STALLED_H

#include "device.h"

/**
 * struct stalled - memory that stalls who touches it
 * @uffd: The userfaultfd. A child inherits it, but not what it does to memory.
 * @mem: The memory, between two pages that are like any others.
 * @size: Its bytes.
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
/* Wait until somebody is stalled: 0, or -ETIMEDOUT. */
int stalled_wait(const struct stalled *stalled, int timeout_ms);
/* Let all of them go on; the memory is like any other from now on. */
void stalled_release(struct stalled *stalled);
/* The same, and unmap it: nobody uses it any more. */
void stalled_free(struct stalled *stalled);

#endif /* _SELFTESTS_STALLED_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to hold on to pages of a region from outside of every mapping, for as long
 * as one likes. None needs a privilege that a VMM has not.
 */
#ifndef _SELFTESTS_REFERENCE_H
#define _SELFTESTS_REFERENCE_H

#include <pthread.h>

#include "stalled.h"

/**
 * enum reference_kind - what holds on to the pages
 * @REFERENCE_PIPE: A pipe, by vmsplice().
 * @REFERENCE_TEE: Another pipe, by tee(); the first one is closed.
 * @REFERENCE_PIN: A buffer that is registered for DMA.
 * @REFERENCE_SOCKET: The send queue of a socket, by MSG_ZEROCOPY.
 * @REFERENCE_COPY: process_vm_readv() that does not get on with its copying.
 */
enum reference_kind {
	REFERENCE_PIPE,
	REFERENCE_TEE,
	REFERENCE_PIN,
	REFERENCE_SOCKET,
	REFERENCE_COPY,
	REFERENCE_KINDS
};

extern const char *const reference_names[REFERENCE_KINDS];

/**
 * struct reference - pages that are held on to
 * @fds: What does it; -1 for none.
 * @stalled: Where a copy does not get on.
 * @copier: The thread that copies.
 * @at, @length: The pages.
 * @copies: @stalled and @copier are in use.
 */
struct reference {
	int fds[2];
	struct stalled stalled;
	pthread_t copier;
	void *at;
	uint64_t length;
	bool copies;
};

/*
 * Hold on to whole pages, 2 MiB at most: 0; -ENOSYS if this kernel has no such way
 * to memory like this; or what the kernel said, -EFAULT if the pages cannot be
 * accessed. @ref stays where it is until it is dropped.
 */
int reference_take(struct reference *ref, enum reference_kind kind, void *at,
		   uint64_t length);
/* Some are gone only a moment after. */
void reference_drop(struct reference *ref);

#endif /* _SELFTESTS_REFERENCE_H */

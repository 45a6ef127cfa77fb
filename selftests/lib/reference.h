/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to reference pages of a region without a mapping, for any time. None needs a
 * privilege that a VMM does not have.
 */
#ifndef _SELFTESTS_REFERENCE_H
#define _SELFTESTS_REFERENCE_H

#include <pthread.h>

#include "stalled.h"

/**
 * enum reference_kind - what references the pages
 * @REFERENCE_PIPE: A pipe, by vmsplice().
 * @REFERENCE_TEE: Another pipe, by tee(); the first one is closed.
 * @REFERENCE_PIN: A buffer that is registered for DMA.
 * @REFERENCE_SOCKET: The send queue of a socket, by MSG_ZEROCOPY.
 * @REFERENCE_COPY: process_vm_readv() that is stalled while it copies.
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
 * struct reference - referenced pages
 * @fds: Descriptors that reference them; -1 for none.
 * @stalled: The memory in which a copy stalls.
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
 * Reference whole pages, 2 MiB at most. Returns 0; -ENOSYS if this kernel cannot do that
 * to such memory; or the kernel's errno, -EFAULT if the pages cannot be accessed. @ref
 * must not move until the reference is dropped.
 */
int reference_take(struct reference *ref, enum reference_kind kind, void *at,
		   uint64_t length);
/* Drop it. Some kinds take a moment until the pages are released. */
void reference_drop(struct reference *ref);

#endif /* _SELFTESTS_REFERENCE_H */

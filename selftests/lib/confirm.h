/* SPDX-License-Identifier: GPL-2.0 */
/* A VMM that confirms what its guest's requests change, as one with VFIO does. */
#ifndef _SELFTESTS_CONFIRM_H
#define _SELFTESTS_CONFIRM_H

#include "device.h"

/* Switch confirmation on, or off with @eventfd -1. 0 or a negative errno. */
int confirm_set(int fd, int eventfd, uint32_t timeout_ms);
/* Get the change that waits; 0, or a negative errno: -ENOENT if there is none. */
int confirm_fetch(int fd, struct vhost_mem_pending *pending);
/* The same when the eventfd is signalled. -ETIMEDOUT if it is not. */
int confirm_wait(int fd, int eventfd, struct vhost_mem_pending *pending);
int confirm_apply(int fd, uint64_t seq, uint32_t result);

#endif /* _SELFTESTS_CONFIRM_H */

// SPDX-License-Identifier: GPL-2.0
/* See confirm.h. */
#include "confirm.h"
#include "vring.h"

/* Under emulation and load. */
#define ASKED_MS 30000

int confirm_set(int fd, int eventfd, uint32_t timeout_ms)
{
	struct vhost_mem_set_confirm arg = {
		.size = sizeof(arg), .fd = eventfd, .timeout_ms = timeout_ms,
	};

	return device_ioctl(fd, VHOST_MEM_SET_CONFIRM, &arg);
}

int confirm_fetch(int fd, struct vhost_mem_pending *pending)
{
	memset(pending, 0, sizeof(*pending));
	pending->size = sizeof(*pending);
	return device_ioctl(fd, VHOST_MEM_GET_PENDING, pending);
}

int confirm_wait(int fd, int eventfd, struct vhost_mem_pending *pending)
{
	return guest_wait_fd(eventfd, ASKED_MS) ?: confirm_fetch(fd, pending);
}

int confirm_apply(int fd, uint64_t seq, uint32_t result)
{
	struct vhost_mem_confirm arg = {
		.size = sizeof(arg), .result = result, .seq = seq,
	};

	return device_ioctl(fd, VHOST_MEM_CONFIRM, &arg);
}

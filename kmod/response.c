// SPDX-License-Identifier: GPL-2.0
/*
 * Responses: which one the guest gets for which error.
 *
 * Virtio specification: "Memory Device", "Device Operation". Pure: no lock, no
 * region, so the unit tests compile this file as it is.
 */

#include <linux/errno.h>
#include <linux/virtio_mem.h>

#include "response.h"

/**
 * vhost_mem_response_type() - translate an error into a response
 * @error: 0 or the negative errno with which serving the request ended.
 *
 * ============================================  =====  ==========================
 * @error                                        Type   What a Linux guest does
 * ============================================  =====  ==========================
 * 0                                             ACK    goes on
 * -ENOSPC                                       NACK   retries at once
 * -EINVAL, -ERANGE, -EEXIST, -ENOENT            ERROR  gives the device up
 * any other: -EAGAIN, -EBUSY, -ENOMEM, ...      BUSY   retries after a while
 * ============================================  =====  ==========================
 *
 * Since ERROR makes Linux abandon the device for good, only a violation of the
 * protocol may get it. After NACK the driver rereads the configuration space, so
 * the requested size found there has to explain the refusal. Whatever goes wrong
 * in the host is BUSY.
 *
 * Context: Any.
 * Return: VIRTIO_MEM_RESP_*.
 */
u16 vhost_mem_response_type(int error)
{
	switch (error) {
	case 0:
		return VIRTIO_MEM_RESP_ACK;
	case -ENOSPC:
		return VIRTIO_MEM_RESP_NACK;
	case -EINVAL:
	case -ERANGE:
	case -EEXIST:
	case -ENOENT:
		return VIRTIO_MEM_RESP_ERROR;
	default:
		return VIRTIO_MEM_RESP_BUSY;
	}
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of the guest, in the host's byte order.
 *
 * Virtio specification: "Memory Device", "Device Operation".
 */
#ifndef _VHOST_MEM_REQUEST_H
#define _VHOST_MEM_REQUEST_H

#include <linux/types.h>

/**
 * struct vhost_mem_request - a request
 * @type: VIRTIO_MEM_REQ_*, or any other number.
 * @nb_blocks: Number of blocks.
 * @addr: Guest physical address of the first one, in bytes.
 */
struct vhost_mem_request {
	u16 type;
	u16 nb_blocks;
	u64 addr;
};

struct vhost_mem_region;
struct vhost_mem_response;

void vhost_mem_request_serve(struct vhost_mem_region *region,
			     const struct vhost_mem_request *request,
			     struct vhost_mem_response *response);

#endif /* _VHOST_MEM_REQUEST_H */

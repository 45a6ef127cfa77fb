/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of the guest and our responses, in the host's byte order.
 *
 * Virtio specification: "Memory Device", "Device Operation". Pure, and tested
 * in user space as it is.
 */
#ifndef _VHOST_MEM_REQUEST_H
#define _VHOST_MEM_REQUEST_H

#include <linux/types.h>

/**
 * struct vhost_mem_request - a request
 * @type: VIRTIO_MEM_REQ_*, or any other number.
 * @nb_blocks: How many blocks.
 * @addr: Guest physical address of the first one.
 */
struct vhost_mem_request {
	u16 type;
	u16 nb_blocks;
	u64 addr;
};

/**
 * struct vhost_mem_response - a response
 * @type: VIRTIO_MEM_RESP_*.
 * @state: VIRTIO_MEM_STATE_*, of a STATE request that is acknowledged.
 */
struct vhost_mem_response {
	u16 type;
	u16 state;
};

/**
 * struct vhost_mem_message - what a guest says, see uapi/linux/vhost_mem_report.h
 * @type: VHOST_MEM_REQ_PROPOSAL, _STATUS or _HINTS, or any other number.
 * @code: Reason or status.
 * @page_shift: Of hints, as the others below.
 * @block_shift: See @page_shift.
 * @align_shift: See @page_shift.
 * @value: Size, reclaimable or address limit.
 * @reserved: Not 0 if anything reserved is not.
 */
struct vhost_mem_message {
	u16 type;
	u16 code;
	u16 page_shift;
	u16 block_shift;
	u16 align_shift;
	u64 value;
	u64 reserved;
};

u16 vhost_mem_response_type(int error);

struct vhost_mem_region;
void vhost_mem_request_serve(struct vhost_mem_region *region,
			     const struct vhost_mem_request *request,
			     struct vhost_mem_response *response);
void vhost_mem_report_serve(struct vhost_mem_region *region,
			    const struct vhost_mem_message *message,
			   struct vhost_mem_response *response);

#endif /* _VHOST_MEM_REQUEST_H */

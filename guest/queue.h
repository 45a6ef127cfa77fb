/* SPDX-License-Identifier: GPL-2.0 */
/* Transport. See queue.c. */
#ifndef _VHOST_MEM_GUEST_QUEUE_H
#define _VHOST_MEM_GUEST_QUEUE_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/virtio_mem.h>

struct virtqueue;
struct vmg;

/* The device has plugged or unplugged @nr subblocks from @first on. */
typedef void (*vmg_acked_t)(struct vmg *vmg, unsigned long first, unsigned long nr);

/**
 * struct vmg_request - a request and its response, as the device sees them
 * @req: The request.
 * @resp: The response. The device writes to no cache line of anything else.
 * @list: In the list of what is in flight, if @in_flight.
 * @in_flight: It was sent, and done() was not called yet.
 * @done: Called once when the device has answered, or never will any more (@answered
 *	is false then).
 * @type: Type of the request.
 * @first: First subblock of the request.
 * @nr: Subblocks of the request; 0 if this is free.
 * @acked: Called for those subblocks if the response is ACK, or NULL.
 */
struct vmg_request {
	struct virtio_mem_req req;
	struct virtio_mem_resp resp ____cacheline_aligned;
	struct list_head list ____cacheline_aligned;
	bool in_flight;
	void (*done)(struct vmg *vmg, struct vmg_request *request, bool answered);
	u16 type;
	unsigned long first;
	unsigned long nr;
	vmg_acked_t acked;
};

/**
 * struct vmg_queue - the request queue
 * @vq: The queue; NULL when the device could not resume.
 * @in_flight: What was sent and is not done.
 * @reaping: A done() is being called, so nothing is sent or reaped.
 *
 * Worker only.
 */
struct vmg_queue {
	struct virtqueue *vq;
	struct list_head in_flight;
	bool reaping;
};

int vmg_queue_init(struct vmg *vmg);
void vmg_queue_exit(struct vmg *vmg);
bool vmg_queue_has_room(const struct vmg *vmg);
int vmg_queue_send(struct vmg *vmg, struct vmg_request *request);
void vmg_reap_one(struct vmg *vmg);
void vmg_reap(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_QUEUE_H */

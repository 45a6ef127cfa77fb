/* SPDX-License-Identifier: GPL-2.0 */
/* The request virtqueue: transport. */
#ifndef _VHOST_MEM_GUEST_QUEUE_H
#define _VHOST_MEM_GUEST_QUEUE_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/virtio_mem.h>

struct virtqueue;
struct vmg;

/* Called when the device has plugged or unplugged @nr subblocks from @first on. */
typedef void (*vmg_acked_t)(struct vmg *vmg, unsigned long first, unsigned long nr);

/**
 * struct vmg_request - a request and its response
 * @req: The request, in the device's byte order.
 * @resp: The response, in the device's byte order. It shares no cache line with another
 *	member, because the device writes it.
 * @list: Entry in vmg_queue.in_flight, if @in_flight.
 * @in_flight: The request was sent, and done() has not been called yet.
 * @done: Called once: with @answered when the response has arrived, without if the
 *	device is gone.
 * @type: VIRTIO_MEM_REQ_* or VHOST_MEM_REQ_*.
 * @first: First subblock of the request.
 * @nr: Number of subblocks of the request; 0 if this slot is free.
 * @acked: Called for these subblocks if the response is ACK; or NULL.
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
 * struct vmg_queue - the request virtqueue
 * @vq: The virtqueue; NULL if the device could not resume.
 * @in_flight: Requests that were sent, and not reaped yet.
 * @reaping: A done() is running, so nothing may be sent or reaped.
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

// SPDX-License-Identifier: GPL-2.0
/*
 * A virtqueue, and the device at its other end. It serves requests in any order, and
 * one at a time; what a driver must not send ends the program.
 */
#include "guest/device.h"
#include "sim.h"

#define RING_MAX 64

enum state { UNUSED, SENT, SERVED };

static struct entry {
	enum state state;
	struct virtio_mem_req *req;
	struct virtio_mem_resp *resp;
	void *data;
	u64 requested;		/* lowest since it was sent */
} ring[RING_MAX];

static struct virtqueue vq;
static void (*completed)(struct virtqueue *vq);

void queue_reset(void)
{
	memset(ring, 0, sizeof(ring));
	vq.num_free = 2 * sim.ring;
}

void virtio_reset_device(struct virtio_device *vdev)
{
	(void)vdev;
	queue_reset();
}

struct virtqueue *virtio_find_single_vq(struct virtio_device *vdev,
					void (*done)(struct virtqueue *vq),
					const char *name)
{
	(void)name;
	completed = done;
	if (sim.no_vq)
		return (struct virtqueue *)(long)-ENOMEM;
	queue_reset();
	vq.vdev = vdev;
	return &vq;
}

bool virtqueue_is_broken(struct virtqueue *queue)
{
	REQUIRE(queue == &vq);
	return sim.broken;
}

static unsigned int count(enum state state)
{
	unsigned int i, nr = 0;

	for (i = 0; i < RING_MAX; i++)
		nr += ring[i].state == state;
	return nr;
}

bool queue_is_idle(void)
{
	return count(UNUSED) == RING_MAX;
}

static u64 length(const struct virtio_mem_req *req)
{
	return req->u.plug.nb_blocks * sim.device_block;
}

static bool is_about_blocks(const struct virtio_mem_req *req)
{
	return req->type == VIRTIO_MEM_REQ_PLUG ||
	       req->type == VIRTIO_MEM_REQ_UNPLUG;
}

/* Whether a request that the driver has not got back is about @addr. */
bool queue_covers(u64 addr, u16 type)
{
	unsigned int i;

	if (vq.num_free == 2 * sim.ring)
		return false;
	for (i = 0; i < sim.ring; i++) {
		if (ring[i].state == UNUSED || !is_about_blocks(ring[i].req) ||
		    (type != U16_MAX && ring[i].req->type != type))
			continue;
		if (addr >= ring[i].req->u.plug.addr &&
		    addr < ring[i].req->u.plug.addr + length(ring[i].req))
			return true;
	}
	return false;
}

static void check_request(const struct virtio_mem_req *req)
{
	u64 addr = req->u.plug.addr, end = addr + length(req);

	sim.requests++;
	/* We do not agree any more: nothing may follow. */
	REQUIRE(!sim.error_seen);
	REQUIRE(req->type == VIRTIO_MEM_REQ_PLUG ||
		req->type == VIRTIO_MEM_REQ_UNPLUG ||
		req->type == VIRTIO_MEM_REQ_UNPLUG_ALL);
	if (req->type == VIRTIO_MEM_REQ_UNPLUG_ALL) {
		REQUIRE(queue_is_idle());
		return;
	}
	REQUIRE(addr >= sim.addr && end <= sim.addr + sim.size && end > addr);
	for (; addr < end; addr += min(sim.device_block, PAGE_SIZE)) {
		REQUIRE(!queue_covers(addr, U16_MAX));
		REQUIRE(device_is_plugged(addr) ==
			(req->type == VIRTIO_MEM_REQ_UNPLUG));
		REQUIRE(!mm_has(PHYS_PFN(addr)));
	}
}

int virtqueue_add_sgs(struct virtqueue *queue, struct scatterlist **sgs,
		      unsigned int out, unsigned int in, void *data, int gfp)
{
	unsigned int i;

	(void)gfp;
	REQUIRE(queue == &vq && out == 1 && in == 1);
	REQUIRE(sgs[0]->len == sizeof(struct virtio_mem_req) &&
		sgs[1]->len == sizeof(struct virtio_mem_resp));
	if (sim.broken)
		return -EIO;
	if (vq.num_free < 2)
		return -ENOSPC;
	/* What the device writes must not share a cache line with what we write. */
	REQUIRE((unsigned long)sgs[1]->buf % 64 == 0);
	REQUIRE(sgs[0]->buf < sgs[1]->buf);
	for (i = 0; ring[i].state != UNUSED; i++)
		REQUIRE(i < RING_MAX - 1 && ring[i].data != data);
	if (((struct virtio_mem_req *)sgs[0]->buf)->type < VHOST_MEM_REQ_PROPOSAL)
		check_request(sgs[0]->buf);
	ring[i] = (struct entry){ SENT, sgs[0]->buf, sgs[1]->buf, data, sim.requested };
	vq.num_free -= 2;
	return 0;
}

void *virtqueue_get_buf(struct virtqueue *queue, unsigned int *len)
{
	unsigned int nr = count(SERVED), i;
	void *data;

	REQUIRE(queue == &vq);
	if (!nr || sim.broken)
		return NULL;
	nr = sim_random(nr);
	for (i = 0; ring[i].state != SERVED || nr--; i++)
		;
	if (ring[i].resp->type != VIRTIO_MEM_RESP_ACK &&
	    ring[i].resp->type != VIRTIO_MEM_RESP_NACK &&
	    ring[i].resp->type != VIRTIO_MEM_RESP_BUSY &&
	    ring[i].req->type < VHOST_MEM_REQ_PROPOSAL)
		sim.error_seen = true;
	*len = sizeof(struct virtio_mem_resp);
	data = ring[i].data;
	ring[i].state = UNUSED;
	vq.num_free += 2;
	return data;
}

static void serve_message(const struct vhost_mem_report_req *req,
			  struct virtio_mem_resp *resp)
{
	sim.messages++;
	REQUIRE(!req->reserved[0] && !req->reserved[1]);
	resp->type = VIRTIO_MEM_RESP_ACK;
	if (req->type == VHOST_MEM_REQ_PROPOSAL) {
		REQUIRE(req->u.proposal.size % sim.device_block == 0);
		REQUIRE(req->u.proposal.size <= sim.size);
		resp->u.state.state = sim.decision;
		if (sim.decision == VHOST_MEM_REPORT_DECISION_GRANTED)
			sim_resize(req->u.proposal.size);
	} else if (req->type == VHOST_MEM_REQ_STATUS) {
		REQUIRE(req->code <= VHOST_MEM_REPORT_STATUS_OTHER);
		REQUIRE(req->u.state.reclaimable <= sim.size);
		sim.status = req->code;
	} else {
		REQUIRE(req->type == VHOST_MEM_REQ_HINTS);
		REQUIRE(!req->code && !req->u.hints.reserved);
	}
}

static u16 serve_request(struct entry *entry)
{
	const struct virtio_mem_req *req = entry->req;
	u16 type;

	if (sim_random(100) < sim.faults.error) {
		sim.error_given = true;
		return VIRTIO_MEM_RESP_ERROR;
	}
	if (sim_random(100) < sim.faults.busy)
		return VIRTIO_MEM_RESP_BUSY;
	if (req->type == VIRTIO_MEM_REQ_PLUG &&
	    sim_random(100) < sim.faults.nack)
		return VIRTIO_MEM_RESP_NACK;
	type = device_request(req->type, req->u.plug.addr, req->u.plug.nb_blocks);
	REQUIRE(type != VIRTIO_MEM_RESP_ERROR);
	/* For more than is wanted only those are sent that did not know it. */
	if (type == VIRTIO_MEM_RESP_NACK)
		REQUIRE(req->type == VIRTIO_MEM_REQ_PLUG);
	return type;
}

/* The device gets to one of the requests. */
void queue_serve_one(void)
{
	unsigned int nr = count(SENT), i;
	struct entry *entry;

	if (!nr || sim.broken || sim_random(100) < sim.faults.silent)
		return;
	nr = sim_random(nr);
	for (i = 0; ring[i].state != SENT || nr--; i++)
		;
	entry = &ring[i];
	if (entry->req->type >= VHOST_MEM_REQ_PROPOSAL)
		serve_message((const void *)entry->req, entry->resp);
	else
		entry->resp->type = serve_request(entry);
	entry->state = SERVED;
	completed(&vq);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Requests. Several are in flight at a time, so that the device has the next
 * one when it is done with one, and the guest goes on with its own part of the
 * work meanwhile. The device may answer them in any order; nothing here depends
 * on it, as no two are ever about the same piece.
 *
 * All of this is done by the worker, or by whoever is the only one to use the
 * device in its place.
 */
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "guest.h"

static void answered(struct virtqueue *vq)
{
	struct vmg *vmg = vq->vdev->priv;

	wake_up(&vmg->wait);
}

/**
 * vmg_queue_init - find the request queue
 * @vmg: The device. Its room for requests is made when there is none.
 *
 * Return: 0, or a negative errno.
 */
int vmg_queue_init(struct vmg *vmg)
{
	struct virtqueue *vq;

	if (!vmg->requests)
		vmg->requests = kcalloc(VMG_REQUESTS, sizeof(*vmg->requests),
					GFP_KERNEL);
	if (!vmg->requests)
		return -ENOMEM;
	vq = virtio_find_single_vq(vmg->vdev, answered, "guest-request");
	if (IS_ERR(vq))
		return PTR_ERR(vq);
	vmg->vq = vq;
	return 0;
}

/**
 * vmg_queue_exit - reset the device, and forget its queue
 * @vmg: The device. No request is in flight.
 */
void vmg_queue_exit(struct vmg *vmg)
{
	virtio_reset_device(vmg->vdev);
	vmg->vdev->config->del_vqs(vmg->vdev);
	vmg->vq = NULL;
}

/*
 * What a response other than ACK means for the resize that is going on:
 *
 *   NACK	of a PLUG: it is more than the device wants by now. So there is, or
 *		will be, a new size.
 *   BUSY	later
 *   ERROR	we and the device do not agree about what is plugged. Whatever we do
 *		next, it is on wrong premises: do nothing.
 */
static int check_response(struct vmg *vmg, const struct vmg_request *request)
{
	u16 type = virtio16_to_cpu(vmg->vdev, request->resp.type);

	switch (type) {
	case VIRTIO_MEM_RESP_ACK:
		return 0;
	case VIRTIO_MEM_RESP_NACK:
	case VIRTIO_MEM_RESP_BUSY:
		return -EBUSY;
	default:
		dev_err(&vmg->vdev->dev, "request %u for %#llx + %lu pieces was answered %u, giving up\n",
			request->type, vmg_piece_addr(vmg, request->first),
			request->nr, type);
		WRITE_ONCE(vmg->broken, true);
		return -EIO;
	}
}

static void handle_response(struct vmg *vmg, struct vmg_request *request)
{
	unsigned long first = request->first, nr = request->nr;
	int rc;

	if (request == &vmg->report.message) {
		vmg_answered(vmg);
		return;
	}
	rc = check_response(vmg, request);
	request->nr = 0;
	vmg->nr_requests--;
	if (rc) {
		vmg->error = vmg->error ?: rc;
		return;
	}
	if (request->type == VIRTIO_MEM_REQ_PLUG)
		vmg_plugged(vmg, first, nr);
	else if (request->type == VIRTIO_MEM_REQ_UNPLUG)
		vmg_unplugged(vmg, first, nr);
}

/* A device that is gone does not answer any more. */
static bool gone(struct vmg *vmg)
{
	unsigned int i;

	if (!virtqueue_is_broken(vmg->vq))
		return false;
	WRITE_ONCE(vmg->broken, true);
	vmg->error = -EIO;
	for (i = 0; i < VMG_REQUESTS; i++)
		vmg->requests[i].nr = 0;
	vmg->nr_requests = 0;
	vmg->report.message.nr = 0;
	return true;
}

/**
 * vmg_wait_response - wait for one response, and handle it
 * @vmg: The device. A request or a message is in flight.
 */
void vmg_wait_response(struct vmg *vmg)
{
	struct vmg_request *request = NULL;
	unsigned int len;

	/*
	 * Idle, because the device may take as long as it likes. Now and then
	 * we look whether it still is there: nobody wakes us for that.
	 */
	while (!wait_event_idle_timeout(vmg->wait,
					(request = virtqueue_get_buf(vmg->vq, &len)),
					HZ)) {
		if (gone(vmg))
			return;
	}
	handle_response(vmg, request);
}

/**
 * vmg_collect - handle the answers that are there
 * @vmg: The device.
 */
void vmg_collect(struct vmg *vmg)
{
	struct vmg_request *request;
	unsigned int len;

	while ((vmg->nr_requests || vmg->report.message.nr) &&
	       (request = virtqueue_get_buf(vmg->vq, &len)))
		handle_response(vmg, request);
}

/**
 * vmg_in_flight - how much is being plugged or unplugged
 * @vmg: The device.
 *
 * Return: the number of pieces in requests that are not answered.
 */
unsigned long vmg_in_flight(const struct vmg *vmg)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < VMG_REQUESTS; i++)
		nr += vmg->requests[i].nr;
	return nr;
}

/**
 * vmg_drain - wait for all responses
 * @vmg: The device.
 *
 * Return: 0, or the first error since the last time.
 */
int vmg_drain(struct vmg *vmg)
{
	int rc;

	while (vmg->nr_requests)
		vmg_wait_response(vmg);
	rc = vmg->error;
	vmg->error = 0;
	return rc;
}

static struct vmg_request *free_request(struct vmg *vmg)
{
	unsigned int i;

	while (vmg->nr_requests == VMG_REQUESTS)
		vmg_wait_response(vmg);
	for (i = 0; i < VMG_REQUESTS - 1; i++)
		if (!vmg->requests[i].nr)
			break;
	memset(&vmg->requests[i], 0, sizeof(vmg->requests[i]));
	return &vmg->requests[i];
}

/**
 * vmg_queue_request - put a request or a message into the queue
 * @vmg: The device.
 * @request: What to send.
 *
 * Nothing is waited for to get memory: a request that brings some may be the only
 * thing that helps when there is none. Without, the queue takes what is larger.
 *
 * Return: 0; -ENOSPC if the queue is full; another negative errno.
 */
int vmg_queue_request(struct vmg *vmg, struct vmg_request *request)
{
	struct scatterlist req, resp, *sgs[] = { &req, &resp };
	int rc;

	/* A device that writes no response has not acknowledged. */
	request->resp.type = cpu_to_virtio16(vmg->vdev, U16_MAX);
	sg_init_one(&req, &request->req, sizeof(request->req));
	sg_init_one(&resp, &request->resp, sizeof(request->resp));
	rc = virtqueue_add_sgs(vmg->vq, sgs, 1, 1, request,
			       GFP_NOWAIT | __GFP_NOWARN);
	if (!rc)
		virtqueue_kick(vmg->vq);
	else if (virtqueue_is_broken(vmg->vq))
		WRITE_ONCE(vmg->broken, true);
	return rc;
}

static int queue_request(struct vmg *vmg, struct vmg_request *request)
{
	int rc;

	/* The queue may be shorter than our room for requests. */
	while ((rc = vmg_queue_request(vmg, request)) == -ENOSPC &&
	       (vmg->nr_requests || vmg->report.message.nr))
		vmg_wait_response(vmg);
	if (!rc)
		vmg->nr_requests++;
	return rc;
}

static int send_one(struct vmg *vmg, u16 type, unsigned long first,
		    unsigned long nr)
{
	struct vmg_request *request = free_request(vmg);
	u16 nr_blocks = nr * vmg->piece_size / vmg->device_block;
	int rc;

	if (vmg->broken)
		return -EIO;
	request->type = type;
	request->first = first;
	request->nr = nr;
	request->req.type = cpu_to_virtio16(vmg->vdev, type);
	/* PLUG and UNPLUG look alike. */
	request->req.u.plug.addr =
		cpu_to_virtio64(vmg->vdev, vmg_piece_addr(vmg, first));
	request->req.u.plug.nb_blocks = cpu_to_virtio16(vmg->vdev, nr_blocks);
	rc = queue_request(vmg, request);
	if (rc)
		request->nr = 0;
	return rc;
}

/**
 * vmg_send - send a PLUG or UNPLUG request
 * @vmg: The device.
 * @type: Type of the request.
 * @first: First piece, at the begin of a step.
 * @nr: Pieces, a multiple of a step.
 *
 * It is answered later. vmg_plugged() or vmg_unplugged() is called when the
 * device has done it, by this function and others here.
 *
 * Return: 0, or a negative errno if it could not be sent.
 */
int vmg_send(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr)
{
	u64 most = rounddown(U16_MAX * vmg->device_block,
			     vmg->step * vmg->piece_size) / vmg->piece_size;
	unsigned long now;
	int rc = 0;

	vmg_speak(vmg);
	for (; nr && !rc; first += now, nr -= now) {
		now = min_t(u64, nr, most);
		rc = send_one(vmg, type, first, now);
	}
	vmg_collect(vmg);
	return rc;
}

/* Sends a request of another kind, and waits for its response. */
static int send_alone(struct vmg *vmg, struct vmg_request *request)
{
	int rc;

	request->nr = 1;
	request->type = virtio16_to_cpu(vmg->vdev, request->req.type);
	rc = queue_request(vmg, request);
	if (rc) {
		request->nr = 0;
		return rc;
	}
	return vmg_drain(vmg);
}

/**
 * vmg_unplug_all - unplug what an earlier driver has left
 * @vmg: The device, of which nothing is in use.
 *
 * Return: 0, or a negative errno.
 */
int vmg_unplug_all(struct vmg *vmg)
{
	struct vmg_request *request = free_request(vmg);

	request->req.type = cpu_to_virtio16(vmg->vdev, VIRTIO_MEM_REQ_UNPLUG_ALL);
	return send_alone(vmg, request);
}

/**
 * vmg_state - ask whether device blocks are plugged
 * @vmg: The device.
 * @addr: Address of the first one.
 * @nr_blocks: Their number.
 *
 * Return: the state as the device tells it, or a negative errno.
 */
int vmg_state(struct vmg *vmg, u64 addr, unsigned long nr_blocks)
{
	struct vmg_request *request = free_request(vmg);
	int rc;

	request->req.type = cpu_to_virtio16(vmg->vdev, VIRTIO_MEM_REQ_STATE);
	request->req.u.state.addr = cpu_to_virtio64(vmg->vdev, addr);
	request->req.u.state.nb_blocks = cpu_to_virtio16(vmg->vdev, nr_blocks);
	rc = send_alone(vmg, request);
	return rc ?: virtio16_to_cpu(vmg->vdev, request->resp.u.state.state);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The virtqueue: transport that does not interpret what it carries. The device may
 * answer requests in any order.
 *
 * reap() is the one place that passes a response to the done() of its request, and only
 * the vmg_reap...() functions lead there. Sending neither waits nor handles responses.
 * done() may take as long as adding memory takes, but neither sends nor reaps.
 *
 * Only the worker calls these functions, or whoever is alone with the device before the
 * worker starts or in its place (vmcore.c).
 */
#include <linux/scatterlist.h>

#include "guest.h"

static void on_response(struct virtqueue *vq)
{
	struct vmg *vmg = vq->vdev->priv;

	wake_up(&vmg->worker.wait);
}

/**
 * vmg_queue_init - find the request virtqueue
 * @vmg: The device.
 *
 * Context: Probe, or resume. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_queue_init(struct vmg *vmg)
{
	struct virtqueue *vq;

	INIT_LIST_HEAD(&vmg->queue.in_flight);
	vq = virtio_find_single_vq(vmg->vdev, on_response, "guest-request");
	if (IS_ERR(vq))
		return PTR_ERR(vq);
	vmg->queue.vq = vq;
	return 0;
}

/**
 * vmg_queue_exit - reset the device, and delete its virtqueue
 * @vmg: The device. Nothing is in flight.
 *
 * Context: Remove, or suspend: the worker has ended or is frozen. May sleep.
 */
void vmg_queue_exit(struct vmg *vmg)
{
	virtio_reset_device(vmg->vdev);
	vmg->vdev->config->del_vqs(vmg->vdev);
	vmg->queue.vq = NULL;
}

/**
 * vmg_queue_has_room - whether the queue has room for one more request
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: true if there are two free descriptors, so that vmg_queue_send() cannot fail
 * with -ENOSPC.
 */
bool vmg_queue_has_room(const struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	return vmg->queue.vq->num_free >= 2;
}

/**
 * vmg_queue_send - put a request into the queue
 * @vmg: The device.
 * @request: The request, with its done(). It must stay valid until that is called.
 *
 * Does not reclaim memory for an indirect descriptor: this request may be the one that
 * brings memory. If there is none, virtio uses two direct descriptors instead.
 *
 * Context: The worker, not in done(). Does not sleep.
 * Return: 0; -ENOSPC if the queue is full; another negative errno.
 */
int vmg_queue_send(struct vmg *vmg, struct vmg_request *request)
{
	struct scatterlist req, resp, *sgs[] = { &req, &resp };
	int rc;

	vmg_assert_worker(vmg);
	if (WARN_ON_ONCE(vmg->queue.reaping))
		return -EDEADLK;
	/* So that a response which the device does not write is not an ACK (0). */
	request->resp.type = cpu_to_virtio16(vmg->vdev, U16_MAX);
	sg_init_one(&req, &request->req, sizeof(request->req));
	sg_init_one(&resp, &request->resp, sizeof(request->resp));
	rc = virtqueue_add_sgs(vmg->queue.vq, sgs, 1, 1, request,
			       GFP_NOWAIT | __GFP_NOWARN);
	if (rc) {
		if (virtqueue_is_broken(vmg->queue.vq))
			WRITE_ONCE(vmg->broken, true);
		return rc;
	}
	request->in_flight = true;
	list_add(&request->list, &vmg->queue.in_flight);
	virtqueue_kick(vmg->queue.vq);
	return 0;
}

/* The only place where a request ends. */
static void reap(struct vmg *vmg, struct vmg_request *request, bool answered)
{
	list_del(&request->list);
	request->in_flight = false;
	vmg->queue.reaping = true;
	request->done(vmg, request, answered);
	vmg->queue.reaping = false;
}

/* Ends all requests in flight if the device is gone, and returns whether it is. */
static bool gone(struct vmg *vmg)
{
	struct vmg_request *request, *next;

	if (!virtqueue_is_broken(vmg->queue.vq))
		return false;
	WRITE_ONCE(vmg->broken, true);
	list_for_each_entry_safe(request, next, &vmg->queue.in_flight, list)
		reap(vmg, request, false);
	return true;
}

/**
 * vmg_reap_one - wait for one response, and handle it
 * @vmg: The device. Something is in flight.
 *
 * If the device is gone, ends all requests in flight.
 *
 * Context: The worker, not in done(). May sleep, for as long as the device takes.
 */
void vmg_reap_one(struct vmg *vmg)
{
	struct vmg_request *request = NULL;
	unsigned int len;

	vmg_assert_worker(vmg);
	if (WARN_ON_ONCE(vmg->queue.reaping))
		return;
	/*
	 * Idle, because the device may take as long as it likes, which is not a hung
	 * task. Check once a second whether it is gone: nothing wakes us for that.
	 */
	while (!wait_event_idle_timeout(vmg->worker.wait,
					(request = virtqueue_get_buf(vmg->queue.vq, &len)),
					HZ)) {
		if (gone(vmg))
			return;
	}
	reap(vmg, request, true);
}

/**
 * vmg_reap - handle the responses that have arrived, without waiting for more
 * @vmg: The device.
 *
 * Context: The worker, not in done(). May sleep, in done().
 */
void vmg_reap(struct vmg *vmg)
{
	struct vmg_request *request;
	unsigned int len;

	vmg_assert_worker(vmg);
	if (WARN_ON_ONCE(vmg->queue.reaping))
		return;
	while (!list_empty(&vmg->queue.in_flight) &&
	       (request = virtqueue_get_buf(vmg->queue.vq, &len)))
		reap(vmg, request, true);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The virtqueue: transport, without a look at what is carried. The device may answer
 * in any order.
 *
 * A response is handed to its request's done() in one place, reap(), and that is
 * reached only by what says so in its name: to send waits for nothing and handles
 * nothing. done() may take as long as it takes to add memory, but sends nothing and
 * reaps nothing itself.
 *
 * All of this is done by the worker, or by whoever is the only one to use the
 * device in its place.
 */
#include <linux/scatterlist.h>

#include "guest.h"

static void on_response(struct virtqueue *vq)
{
	struct vmg *vmg = vq->vdev->priv;

	wake_up(&vmg->worker.wait);
}

/**
 * vmg_queue_init - find the request queue
 * @vmg: The device.
 *
 * Context: May sleep.
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
 * vmg_queue_exit - reset the device, and forget its queue
 * @vmg: The device. Nothing is in flight.
 *
 * Context: May sleep.
 */
void vmg_queue_exit(struct vmg *vmg)
{
	virtio_reset_device(vmg->vdev);
	vmg->vdev->config->del_vqs(vmg->vdev);
	vmg->queue.vq = NULL;
}

/**
 * vmg_queue_has_room - whether the queue takes one more request
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: whether it does for sure.
 */
bool vmg_queue_has_room(const struct vmg *vmg)
{
	return vmg->queue.vq->num_free >= 2;
}

/**
 * vmg_queue_send - put a request into the queue
 * @vmg: The device.
 * @request: What to send, with its done(). It stays until that is called.
 *
 * Nothing is waited for to get memory: a request that brings some may be the only
 * thing that helps when there is none. Without, the queue takes what is larger.
 *
 * Context: The worker, not in done().
 * Return: 0; -ENOSPC if the queue is full; another negative errno.
 */
int vmg_queue_send(struct vmg *vmg, struct vmg_request *request)
{
	struct scatterlist req, resp, *sgs[] = { &req, &resp };
	int rc;

	vmg_assert_worker(vmg);
	if (WARN_ON_ONCE(vmg->queue.reaping))
		return -EDEADLK;
	/* A device that writes no response has not acknowledged. */
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

/* The one place in which a request ends. */
static void reap(struct vmg *vmg, struct vmg_request *request, bool answered)
{
	list_del(&request->list);
	request->in_flight = false;
	vmg->queue.reaping = true;
	request->done(vmg, request, answered);
	vmg->queue.reaping = false;
}

/* A device that is gone does not answer any more. */
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
 * If the device is gone, that ends all that is in flight.
 *
 * Context: The worker, not in done(). May sleep.
 */
void vmg_reap_one(struct vmg *vmg)
{
	struct vmg_request *request = NULL;
	unsigned int len;

	vmg_assert_worker(vmg);
	if (WARN_ON_ONCE(vmg->queue.reaping))
		return;
	/*
	 * Idle, because the device may take as long as it likes. Now and then
	 * we look whether it still is there: nobody wakes us for that.
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
 * vmg_reap - handle the responses that are there
 * @vmg: The device.
 *
 * Context: The worker, not in done(). May sleep.
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

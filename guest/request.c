// SPDX-License-Identifier: GPL-2.0
/*
 * Requests. Several are in flight at a time, so that the device has the next
 * one when it is done with one, and the guest goes on with its own part of the
 * work meanwhile. The order of the responses does not matter, as no two requests are
 * ever about the same subblock.
 *
 * There are a few slots for them. Whoever sends makes room first, and knows that
 * responses are handled then.
 */
#include <linux/slab.h>

#include "guest.h"

/**
 * vmg_requests_init - make slots for requests
 * @vmg: The device.
 *
 * Context: May sleep.
 * Return: 0, or -ENOMEM.
 */
int vmg_requests_init(struct vmg *vmg)
{
	vmg->requests.slots = kcalloc(VMG_REQUESTS, sizeof(*vmg->requests.slots), GFP_KERNEL);
	return vmg->requests.slots ? 0 : -ENOMEM;
}

/**
 * vmg_requests_exit - free the slots
 * @vmg: The device, which has been reset.
 *
 * Context: May sleep.
 */
void vmg_requests_exit(struct vmg *vmg)
{
	kfree(vmg->requests.slots);
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
		dev_err(&vmg->vdev->dev, "request %u for %#llx + %lu subblocks was answered %u, giving up\n",
			request->type, vmg_sb_addr(vmg, request->first),
			request->nr, type);
		WRITE_ONCE(vmg->broken, true);
		return -EIO;
	}
}

static void request_done(struct vmg *vmg, struct vmg_request *request, bool answered)
{
	int rc = answered ? check_response(vmg, request) : -EIO;
	unsigned long nr = request->nr;

	request->nr = 0;
	vmg->requests.nr--;
	if (rc)
		vmg->requests.error = vmg->requests.error ?: rc;
	else if (request->acked)
		request->acked(vmg, request->first, nr);
}

/**
 * vmg_in_flight - how much is being plugged or unplugged
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: the number of subblocks in requests that are not answered.
 */
unsigned long vmg_in_flight(const struct vmg *vmg)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < VMG_REQUESTS; i++)
		nr += vmg->requests.slots[i].nr;
	return nr;
}

/**
 * vmg_reap_for_room - handle responses until one more request can be sent
 * @vmg: The device.
 *
 * Context: The worker. May sleep.
 */
void vmg_reap_for_room(struct vmg *vmg)
{
	/* The queue may be shorter than our slots, or taken up by a message. */
	while (vmg->requests.nr == VMG_REQUESTS ||
	       (!vmg_queue_has_room(vmg) && !list_empty(&vmg->queue.in_flight)))
		vmg_reap_one(vmg);
}

/**
 * vmg_reap_all - wait for the responses to all requests, and handle them
 * @vmg: The device.
 *
 * Context: The worker. May sleep.
 * Return: 0, or the first error since the last time.
 */
int vmg_reap_all(struct vmg *vmg)
{
	int rc;

	while (vmg->requests.nr)
		vmg_reap_one(vmg);
	rc = vmg->requests.error;
	vmg->requests.error = 0;
	return rc;
}

/* Takes a slot: there is one after vmg_reap_for_room(). */
static struct vmg_request *new_request(struct vmg *vmg, u16 type)
{
	struct vmg_request *request = vmg->requests.slots;

	while (request->nr)
		request++;
	memset(request, 0, sizeof(*request));
	request->type = type;
	request->req.type = cpu_to_virtio16(vmg->vdev, type);
	request->nr = 1;
	request->done = request_done;
	return request;
}

static int send(struct vmg *vmg, struct vmg_request *request)
{
	int rc = vmg->broken ? -EIO : vmg_queue_send(vmg, request);

	if (rc)
		request->nr = 0;
	else
		vmg->requests.nr++;
	return rc;
}

/**
 * vmg_send - send a PLUG or UNPLUG request
 * @vmg: The device, with room: see vmg_reap_for_room().
 * @type: Type of the request.
 * @first: First subblock, at the begin of a plug granule.
 * @nr: Subblocks, a multiple of a plug granule, vmg_request_max() of them at most.
 * @acked: Called for them when the device has done it, by whoever reaps.
 *
 * Context: The worker.
 * Return: 0, or a negative errno if it could not be sent.
 */
int vmg_send(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
	     vmg_acked_t acked)
{
	struct vmg_request *request = new_request(vmg, type);
	u16 nr_blocks = nr * vmg->geo.sb_size / vmg->geo.device_block;

	request->first = first;
	request->nr = nr;
	request->acked = acked;
	/* PLUG and UNPLUG look alike. */
	request->req.u.plug.addr =
		cpu_to_virtio64(vmg->vdev, vmg_sb_addr(vmg, first));
	request->req.u.plug.nb_blocks = cpu_to_virtio16(vmg->vdev, nr_blocks);
	return send(vmg, request);
}

/**
 * vmg_request_max - the largest PLUG or UNPLUG request
 * @vmg: The device.
 *
 * Context: Any.
 * Return: its number of subblocks, whole plug granules.
 */
unsigned long vmg_request_max(const struct vmg *vmg)
{
	return rounddown(U16_MAX * vmg->geo.device_block,
			 vmg->geo.granule * vmg->geo.sb_size) / vmg->geo.sb_size;
}

/**
 * vmg_unplug_all - unplug what an earlier driver has left
 * @vmg: The device, of which nothing is in use.
 *
 * Context: The worker. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_unplug_all(struct vmg *vmg)
{
	int rc;

	vmg_reap_for_room(vmg);
	rc = send(vmg, new_request(vmg, VIRTIO_MEM_REQ_UNPLUG_ALL));
	return rc ?: vmg_reap_all(vmg);
}

/**
 * vmg_state - ask whether device blocks are plugged
 * @vmg: The device.
 * @addr: Address of the first one.
 * @nr_blocks: Their number.
 *
 * Context: Only one at a time, without a worker. May sleep.
 * Return: the state as the device tells it, or a negative errno.
 */
int vmg_state(struct vmg *vmg, u64 addr, unsigned long nr_blocks)
{
	struct vmg_request *request;
	int rc;

	vmg_reap_for_room(vmg);
	request = new_request(vmg, VIRTIO_MEM_REQ_STATE);
	request->req.u.state.addr = cpu_to_virtio64(vmg->vdev, addr);
	request->req.u.state.nb_blocks = cpu_to_virtio16(vmg->vdev, nr_blocks);
	rc = send(vmg, request) ?: vmg_reap_all(vmg);
	return rc ?: virtio16_to_cpu(vmg->vdev, request->resp.u.state.state);
}

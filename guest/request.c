// SPDX-License-Identifier: GPL-2.0
/*
 * Requests. Several are in flight at a time, so that the device finds the next one when
 * it has served one, and the guest does its own part of the work meanwhile. The order of
 * the responses does not matter, because no two requests in flight are about the same
 * subblock.
 *
 * There is a fixed number of slots. The sender calls vmg_reap_for_room() first, which
 * may handle responses.
 */
#include <linux/slab.h>

#include "guest.h"

/**
 * vmg_requests_init - allocate the slots for requests
 * @vmg: The device.
 *
 * Context: Probe. May sleep.
 * Return: 0, or -ENOMEM.
 */
int vmg_requests_init(struct vmg *vmg)
{
	vmg->requests.slots = kcalloc(VMG_REQUESTS, sizeof(*vmg->requests.slots), GFP_KERNEL);
	return vmg->requests.slots ? 0 : -ENOMEM;
}

/**
 * vmg_requests_exit - free the slots
 * @vmg: The device, which has been reset, so that it cannot write a response any more.
 *
 * Context: May sleep.
 */
void vmg_requests_exit(struct vmg *vmg)
{
	kfree(vmg->requests.slots);
}

/*
 * What a response other than ACK means for the resize under way:
 *
 *   NACK	to a PLUG: it would exceed the requested size, which must have become
 *		smaller. A configuration change has arrived or will.
 *   BUSY	try again later.
 *   ERROR	driver and device disagree about what is plugged. Any further request
 *		would be based on a wrong map, so send none.
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
		dev_err(&vmg->vdev->dev, "request of type %u at %#llx for %lu subblocks got response %u, giving up\n",
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
 * vmg_in_flight - number of subblocks that are being plugged or unplugged
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: the number of subblocks in requests that have not been answered.
 */
unsigned long vmg_in_flight(const struct vmg *vmg)
{
	unsigned long nr = 0;
	unsigned int i;

	vmg_assert_worker(vmg);

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
	vmg_assert_worker(vmg);
	/* The queue may have fewer entries than we have slots, and hold a guest report. */
	while (vmg->requests.nr == VMG_REQUESTS ||
	       (!vmg_queue_has_room(vmg) && !list_empty(&vmg->queue.in_flight)))
		vmg_reap_one(vmg);
}

/**
 * vmg_reap_all - wait for the responses to all requests, and handle them
 * @vmg: The device.
 *
 * Context: The worker. May sleep.
 * Return: 0, or the first error of a request since the last call, which is cleared.
 */
int vmg_reap_all(struct vmg *vmg)
{
	int rc;

	vmg_assert_worker(vmg);

	while (vmg->requests.nr)
		vmg_reap_one(vmg);
	rc = vmg->requests.error;
	vmg->requests.error = 0;
	return rc;
}

/* Takes a free slot. There is one after vmg_reap_for_room(). */
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
 * @vmg: The device, after vmg_reap_for_room().
 * @type: VIRTIO_MEM_REQ_PLUG or VIRTIO_MEM_REQ_UNPLUG.
 * @first: First subblock, at the start of a plug granule.
 * @nr: Number of subblocks, a multiple of the plug granule, at most vmg_request_max().
 * @acked: Called for them by vmg_reap...() if the response is ACK.
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
	/* PLUG and UNPLUG have the same layout. */
	request->req.u.plug.addr =
		cpu_to_virtio64(vmg->vdev, vmg_sb_addr(vmg, first));
	request->req.u.plug.nb_blocks = cpu_to_virtio16(vmg->vdev, nr_blocks);
	return send(vmg, request);
}

/**
 * vmg_request_max - size of the largest PLUG or UNPLUG request
 * @vmg: The device.
 *
 * Context: Any.
 * Return: number of subblocks, a multiple of the plug granule.
 */
unsigned long vmg_request_max(const struct vmg *vmg)
{
	return rounddown(U16_MAX * vmg->geo.device_block,
			 vmg->geo.granule * vmg->geo.sb_size) / vmg->geo.sb_size;
}

/**
 * vmg_unplug_all - unplug what an earlier driver has left plugged
 * @vmg: The device, without any added block.
 *
 * Context: The worker. May sleep.
 * Return: 0; -EBUSY if the device answered NACK or BUSY; another negative errno.
 */
int vmg_unplug_all(struct vmg *vmg)
{
	int rc;

	vmg_reap_for_room(vmg);
	rc = send(vmg, new_request(vmg, VIRTIO_MEM_REQ_UNPLUG_ALL));
	return rc ?: vmg_reap_all(vmg);
}

/**
 * vmg_state - ask the device whether device blocks are plugged
 * @vmg: The device.
 * @addr: Guest physical address of the first device block.
 * @nr_blocks: Number of device blocks, at most U16_MAX.
 *
 * Context: In a kdump kernel, without a worker; the caller serializes. May sleep.
 * Return: VIRTIO_MEM_STATE_*, or whatever else the device has written; or a negative
 * errno.
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

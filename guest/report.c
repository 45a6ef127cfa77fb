// SPDX-License-Identifier: GPL-2.0
/*
 * The report: messages to a device that listens (VHOST_MEM_F_GUEST_REPORT). They are sent
 * by the worker, as it is the only user of the queue: others leave what they have
 * to say, and wake it. One message is in flight at a time, beside requests; nobody
 * waits for its response while there is other work.
 *
 * What is said is a courtesy. Whatever the device makes of it, a resize goes on.
 */
#include <linux/log2.h>
#include <linux/memory.h>
#include <linux/mm.h>

#include "guest.h"

static_assert(sizeof(struct vhost_mem_report_req) ==
	      sizeof(struct virtio_mem_req));

/**
 * vmg_report_init - prepare to speak
 * @vmg: The device, of which the configuration has been read.
 */
void vmg_report_init(struct vmg *vmg)
{
	vmg_proposal_init(vmg);
	vmg_report_restart(vmg);
}

/**
 * vmg_report_restart - the device knows nothing of what was said
 * @vmg: The device. No message is in flight.
 */
void vmg_report_restart(struct vmg *vmg)
{
	struct vmg_report *report = &vmg->report;

	report->hints = true;
	report->status.said = VHOST_MEM_REPORT_STATUS_NONE;
	report->status.said_reclaimable = 0;
	report->status.next = jiffies;
}

/*
 * Any size can be plugged that is made of plug granules; what else would suit us,
 * @block_shift tells.
 */
static bool next_hints(struct vmg *vmg, struct vhost_mem_report_req *req)
{
	struct virtio_device *vdev = vmg->vdev;
	struct vhost_mem_report_hints *hints = &req->u.hints;
	u64 limit = mhp_get_pluggable_range(true).end + 1;

	if (!vmg->report.hints)
		return false;
	vmg->report.hints = false;
	req->type = cpu_to_virtio16(vdev, VHOST_MEM_REQ_HINTS);
	hints->addr_limit = cpu_to_virtio64(vdev, limit);
	hints->page_shift = cpu_to_virtio16(vdev, PAGE_SHIFT);
	hints->block_shift =
		cpu_to_virtio16(vdev, ilog2(memory_block_size_bytes()));
	hints->align_shift =
		cpu_to_virtio16(vdev, ilog2(vmg->geo.granule * vmg->geo.sb_size));
	return true;
}

/*
 * The message in flight has been answered, or the device is gone. A device that does
 * not understand one message will not understand the next one either. This does not
 * touch what it and we agree about.
 */
static void message_done(struct vmg *vmg, struct vmg_request *message,
			 bool answered)
{
	u16 type = virtio16_to_cpu(vmg->vdev, message->resp.type);

	if (answered && type != VIRTIO_MEM_RESP_ACK) {
		dev_warn(&vmg->vdev->dev, "message %#x was answered %u, saying nothing more\n",
			 message->type, type);
		WRITE_ONCE(vmg->report.off, true);
	} else if (answered && message->type == VHOST_MEM_REQ_PROPOSAL) {
		vmg_decision(vmg, (void *)&message->req,
			     virtio16_to_cpu(vmg->vdev,
					     message->resp.u.state.state));
	}
	/* Nothing comes from a device that is gone: nobody has to wait for it. */
	wake_up_all(&vmg->waiters);
}

/**
 * vmg_speak - send a message, if there is one
 * @vmg: The device.
 *
 * It waits for nothing. So it can be called while requests are in flight, from
 * wherever more of them could be sent.
 *
 * Context: The worker.
 * Return: whether a message is in flight.
 */
bool vmg_speak(struct vmg *vmg)
{
	struct vmg_request *message = &vmg->report.message;
	struct vhost_mem_report_req *req = (void *)&message->req;

	if (message->in_flight)
		return true;
	/* Room for it is looked for first: what was said is not kept. */
	if (!vmg_has_report(vmg) || !vmg_queue_has_room(vmg))
		return false;
	memset(message, 0, sizeof(*message));
	if (!next_hints(vmg, req) && !vmg_next_proposal(vmg, req) &&
	    !vmg_next_status(vmg, req))
		return false;
	message->type = virtio16_to_cpu(vmg->vdev, req->type);
	message->done = message_done;
	/* If it fails, the device is gone: requests will notice. */
	return !vmg_queue_send(vmg, message);
}

/**
 * vmg_speak_all - send all messages that there are, with nothing else to do
 * @vmg: The device. No request is in flight.
 *
 * Context: The worker.
 * Return: jiffies until it should be called again, if nobody has something to say
 * before.
 */
unsigned long vmg_speak_all(struct vmg *vmg)
{
	unsigned long next;

	if (!vmg_has_report(vmg)) {
		vmg_proposal_drop(vmg);
		return MAX_SCHEDULE_TIMEOUT;
	}
	next = vmg_status_update(vmg);
	while (vmg_speak(vmg))
		vmg_wait_spoken(vmg);
	return next;
}

/**
 * vmg_wait_spoken - wait for the response to the message in flight
 * @vmg: The device.
 *
 * Context: The worker.
 */
void vmg_wait_spoken(struct vmg *vmg)
{
	while (vmg->report.message.in_flight)
		vmg_reap_one(vmg);
}

/**
 * vmg_report_moving - memory in use is being moved away
 * @vmg: The device. Requests may be in flight.
 *
 * Context: The worker.
 */
void vmg_report_moving(struct vmg *vmg)
{
	if (vmg_status_moving(vmg))
		vmg_speak(vmg);
}

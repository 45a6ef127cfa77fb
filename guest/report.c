// SPDX-License-Identifier: GPL-2.0
/*
 * Guest reports, sent to a device that accepts them (VHOST_MEM_F_GUEST_REPORT). The
 * worker sends them because it is the only user of the queue: others leave what is to be
 * reported, and wake it. At most one report is in flight, beside requests, and the
 * worker does not wait for its response while there is other work.
 *
 * Reports are a courtesy: whatever the device makes of them, a resize continues.
 */
#include <linux/log2.h>
#include <linux/memory.h>
#include <linux/mm.h>

#include "guest.h"

static_assert(sizeof(struct vhost_mem_report_req) ==
	      sizeof(struct virtio_mem_req));

/**
 * vmg_report_init - prepare for guest reports
 * @vmg: The device, of which the constant configuration has been read.
 *
 * Context: Probe.
 */
void vmg_report_init(struct vmg *vmg)
{
	vmg_proposal_init(vmg);
	vmg_report_restart(vmg);
}

/**
 * vmg_report_restart - have everything reported again
 * @vmg: The device, which was reset and so has forgotten earlier reports. None is in
 *	flight.
 *
 * Context: Probe; or resume, while the worker is frozen.
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
 * The alignment is the plug granule, because any number of them can be plugged; that
 * whole memory blocks suit Linux better follows from block_shift.
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
 * The report in flight was answered, or the device is gone. A device that does not
 * understand one report will not understand the next one either, so send no more. Its
 * requests are not affected by that.
 */
static void message_done(struct vmg *vmg, struct vmg_request *message,
			 bool answered)
{
	u16 type = virtio16_to_cpu(vmg->vdev, message->resp.type);

	if (answered && type != VIRTIO_MEM_RESP_ACK) {
		dev_warn(&vmg->vdev->dev, "guest report %#x got response %u, sending no more reports\n",
			 message->type, type);
		WRITE_ONCE(vmg->report.off, true);
	} else if (answered && message->type == VHOST_MEM_REQ_PROPOSAL) {
		vmg_decision(vmg, (void *)&message->req,
			     virtio16_to_cpu(vmg->vdev,
					     message->resp.u.state.state));
	}
	/* With the decision, or without one if the device is gone: stop waiting. */
	wake_up_all(&vmg->waiters);
}

/**
 * vmg_speak - send the next guest report, if there is one
 * @vmg: The device.
 *
 * May be called wherever requests may be sent, also while some are in flight.
 *
 * Context: The worker, not in done(). Does not sleep.
 * Return: whether a report is in flight.
 */
bool vmg_speak(struct vmg *vmg)
{
	struct vmg_request *message = &vmg->report.message;
	struct vhost_mem_report_req *req = (void *)&message->req;

	vmg_assert_worker(vmg);
	if (message->in_flight)
		return true;
	/* Check for room first: the functions below count a report as sent. */
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
 * vmg_speak_all - send all guest reports that there are, and wait for the responses
 * @vmg: The device. No request is in flight.
 *
 * Context: The worker, with nothing else to do. May sleep.
 * Return: number of jiffies after which to call this again, unless the worker is woken
 * for a report earlier.
 */
unsigned long vmg_speak_all(struct vmg *vmg)
{
	unsigned long next;

	vmg_assert_worker(vmg);
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
 * vmg_wait_spoken - wait for the response to the guest report in flight, if any
 * @vmg: The device.
 *
 * Context: The worker. May sleep.
 */
void vmg_wait_spoken(struct vmg *vmg)
{
	while (vmg->report.message.in_flight)
		vmg_reap_one(vmg);
}

/**
 * vmg_report_moving - report that memory in use is being migrated, if it is time to
 * @vmg: The device. Requests may be in flight.
 *
 * Context: The worker, not in done(). Does not sleep.
 */
void vmg_report_moving(struct vmg *vmg)
{
	if (vmg_status_moving(vmg))
		vmg_speak(vmg);
}

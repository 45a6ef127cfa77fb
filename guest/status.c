// SPDX-License-Identifier: GPL-2.0
/*
 * Saying how a resize goes: why the requested size is not reached, and how much
 * could be given back. The device is told what has changed, and not too often.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "guest.h"

/* Between two of them; also how long memory may move without a word about it. */
#define STATUS_INTERVAL	HZ
/* How often to look at what could be given back. */
#define RECLAIMABLE_INTERVAL	(10 * HZ)
/* What is not worth a word. */
#define RECLAIMABLE_CHANGE	SZ_64M

/* Where something in use stands in the way, that is what is left of it. */
static u64 reclaimable(const struct vmg *vmg)
{
	if (vmg->report.status.now == VHOST_MEM_REPORT_STATUS_UNMOVABLE)
		return 0;
	return min_t(u64, PFN_PHYS(max(si_mem_available(), 0L)),
		     vmg->map.nr_plugged * vmg->geo.sb_size);
}

/**
 * vmg_status_pass - the worker begins with a resize
 * @vmg: The device.
 */
void vmg_status_pass(struct vmg *vmg)
{
	vmg->report.status.pass = jiffies;
}

/**
 * vmg_status_moving - memory in use is being moved away
 * @vmg: The device. Requests may be in flight.
 *
 * What has been tried before, and is tried again, is not news.
 *
 * Context: The worker.
 * Return: whether that is the status now.
 */
bool vmg_status_moving(struct vmg *vmg)
{
	if (vmg->worker.retry_ms ||
	    time_before(jiffies, vmg->report.status.pass + STATUS_INTERVAL))
		return false;
	vmg->report.status.now = VHOST_MEM_REPORT_STATUS_MOVING;
	vmg->report.status.reclaimable = reclaimable(vmg);
	return true;
}

static u16 status_of(const struct vmg *vmg, int rc)
{
	if (rc == -ENOMEM)
		return VHOST_MEM_REPORT_STATUS_NO_MEMORY;
	if (rc == -ENOSPC)
		return VHOST_MEM_REPORT_STATUS_NOT_ONLINE;
	if (vmg->map.nr_plugged * vmg->geo.sb_size == vmg->config.requested_size)
		return VHOST_MEM_REPORT_STATUS_NONE;
	if (rc == -EBUSY && vmg->map.nr_plugged > vmg->config.requested)
		return VHOST_MEM_REPORT_STATUS_UNMOVABLE;
	return VHOST_MEM_REPORT_STATUS_OTHER;
}

/**
 * vmg_status_done - the worker has ended a resize
 * @vmg: The device.
 * @rc: 0, or a negative errno.
 */
void vmg_status_done(struct vmg *vmg, int rc)
{
	/* Then it is not over, only another one. */
	if (!vmg_interrupted(vmg))
		vmg->report.status.now = status_of(vmg, rc);
	vmg->report.status.reclaimable = reclaimable(vmg);
}

static bool has_changed(const struct vmg *vmg)
{
	const struct vmg_status *status = &vmg->report.status;
	u64 change = max_t(u64, vmg->map.nr_plugged * vmg->geo.sb_size / 8,
			   RECLAIMABLE_CHANGE);

	return status->now != status->said ||
	       max(status->reclaimable, status->said_reclaimable) -
	       min(status->reclaimable, status->said_reclaimable) >= change;
}

/**
 * vmg_status_update - look at what could be given back
 * @vmg: The device.
 *
 * Return: jiffies until it should be called again.
 */
unsigned long vmg_status_update(struct vmg *vmg)
{
	vmg->report.status.reclaimable = reclaimable(vmg);
	/* One that came too early for a message. */
	if (has_changed(vmg) && time_before(jiffies, vmg->report.status.next))
		return STATUS_INTERVAL;
	return vmg->map.nr_plugged ? RECLAIMABLE_INTERVAL : MAX_SCHEDULE_TIMEOUT;
}

/**
 * vmg_next_status - make a message of how it goes, if that has changed
 * @vmg: The device.
 * @req: The message.
 *
 * Context: The worker.
 * Return: whether there is one.
 */
bool vmg_next_status(struct vmg *vmg, struct vhost_mem_report_req *req)
{
	struct vmg_status *status = &vmg->report.status;

	if (!has_changed(vmg) || time_before(jiffies, status->next))
		return false;
	status->said = status->now;
	status->said_reclaimable = status->reclaimable;
	status->next = jiffies + STATUS_INTERVAL;
	req->type = cpu_to_virtio16(vmg->vdev, VHOST_MEM_REQ_STATUS);
	req->code = cpu_to_virtio16(vmg->vdev, status->now);
	req->u.state.reclaimable = cpu_to_virtio64(vmg->vdev, status->reclaimable);
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The status report: why the plugged size is not the requested size, and how much memory
 * is reclaimable. It is sent when it has changed, and not more often than once a second.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "guest.h"

/*
 * Minimum jiffies between two status reports; also for how long memory is migrated before
 * that is reported.
 */
#define STATUS_INTERVAL	HZ
/* Jiffies between two estimates of reclaimable memory. */
#define RECLAIMABLE_INTERVAL	(10 * HZ)
/* Changes of fewer bytes of reclaimable memory are not reported. */
#define RECLAIMABLE_CHANGE	SZ_64M

/*
 * Estimate of the bytes that could be unplugged. None, if unplugging has just failed
 * because of memory that cannot be migrated.
 */
static u64 reclaimable(const struct vmg *vmg)
{
	if (vmg->report.status.now == VHOST_MEM_REPORT_STATUS_UNMOVABLE)
		return 0;
	return min_t(u64, PFN_PHYS(max(si_mem_available(), 0L)),
		     vmg->map.nr_plugged * vmg->geo.sb_size);
}

/**
 * vmg_status_pass - note that the worker begins a resize
 * @vmg: The device.
 *
 * Context: The worker.
 */
void vmg_status_pass(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	vmg->report.status.pass = jiffies;
}

/**
 * vmg_status_moving - set the status "moving" if memory has been migrated for a while
 * @vmg: The device. Requests may be in flight.
 *
 * Not during a retry: then the reason for the first failure remains the status.
 *
 * Context: The worker.
 * Return: whether that is the status now.
 */
bool vmg_status_moving(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
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
 * vmg_status_done - set the status after a resize
 * @vmg: The device.
 * @rc: What the resize has returned: 0, or a negative errno.
 *
 * Context: The worker.
 */
void vmg_status_done(struct vmg *vmg, int rc)
{
	vmg_assert_worker(vmg);
	/* After an interruption another resize follows, whose result will count. */
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
 * vmg_status_update - estimate the reclaimable memory again
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: number of jiffies after which to call this again.
 */
unsigned long vmg_status_update(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	vmg->report.status.reclaimable = reclaimable(vmg);
	/* A change that may not be reported yet. */
	if (has_changed(vmg) && time_before(jiffies, vmg->report.status.next))
		return STATUS_INTERVAL;
	return vmg->map.nr_plugged ? RECLAIMABLE_INTERVAL : MAX_SCHEDULE_TIMEOUT;
}

/**
 * vmg_next_status - make a status report, if the status has changed and it is time to
 * @vmg: The device.
 * @req: The report to fill in, zeroed.
 *
 * Context: The worker. The caller sends the report: it counts as sent from now on.
 * Return: whether there is one.
 */
bool vmg_next_status(struct vmg *vmg, struct vhost_mem_report_req *req)
{
	struct vmg_status *status = &vmg->report.status;

	vmg_assert_worker(vmg);

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

// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the device for another size: because a user proposes it, or because memory
 * is short. A user's proposal is said as it is, once. What is asked for otherwise
 * follows from what the device wants by then, and is not asked for when memory is
 * under way.
 */
#include <linux/math.h>
#include <linux/minmax.h>

#include "guest.h"

/* A user waits so long for a response, and looks for it later otherwise. */
#define PROPOSAL_WAIT	(5 * HZ)
/* Between two that are not a user's; and after a denial, growing. */
#define ASK_INTERVAL	HZ
#define PAUSE_MIN	(1 * HZ)
#define PAUSE_MAX	(60 * HZ)

/**
 * vmg_proposal - a user proposes another size
 * @vmg: The device.
 * @size: The size, as the device could request it.
 *
 * Return: 0, also if there is no response yet; a negative errno.
 */
int vmg_proposal(struct vmg *vmg, u64 size)
{
	struct vmg_report *report = &vmg->report;
	long rc;

	if (!vmg_has_report(vmg))
		return -EOPNOTSUPP;
	spin_lock(&report->lock);
	report->proposal = size;
	report->decision = VMG_UNDECIDED;
	report->proposal_pending = true;
	spin_unlock(&report->lock);
	wake_up(&vmg->wait);
	rc = wait_event_killable_timeout(report->changed,
					 READ_ONCE(report->decision) != VMG_UNDECIDED ||
					 !vmg_has_report(vmg), PROPOSAL_WAIT);
	return min(rc, 0L);
}

static bool next_proposal(struct vmg_report *report, u64 *size)
{
	bool pending;

	spin_lock(&report->lock);
	pending = report->proposal_pending;
	WRITE_ONCE(report->proposal_pending, false);
	*size = report->proposal;
	spin_unlock(&report->lock);
	return pending;
}

/* Whether what the device wants us to have is still to come. */
static bool under_way(const struct vmg *vmg)
{
	return vmg->requested > vmg->nr_plugged ||
	       vmg->nr_given < vmg->nr_plugged || READ_ONCE(vmg->nr_offline);
}

/* Why to ask for more memory, or 0; and what to ask for. */
static u16 next_own(struct vmg *vmg, u64 *size)
{
	struct vmg_report *report = &vmg->report;
	u16 reason = xchg(&report->reason, 0);
	u64 requested;

	if (!reason || time_before(jiffies, report->next_ask))
		return 0;
	/*
	 * The last decision may be known before what follows from it, so the device
	 * is asked. A resize may be going on, with the size that it began with; the
	 * worker learns of a new one when that is over.
	 */
	virtio_cread_le(vmg->vdev, struct virtio_mem_config, requested_size,
			&requested);
	*size = roundup(requested + READ_ONCE(report->ask_step),
			vmg->step * vmg->piece_size);
	*size = min(*size, vmg->region_size);
	if (*size <= requested || requested != vmg->requested_size ||
	    under_way(vmg))
		return 0;
	WRITE_ONCE(report->denied, false);
	WRITE_ONCE(report->next_ask, jiffies + ASK_INTERVAL);
	return reason;
}

/**
 * vmg_next_proposal - make a message of a size to ask for, if there is one
 * @vmg: The device.
 * @req: The message.
 *
 * Context: The worker.
 * Return: whether there is one.
 */
bool vmg_next_proposal(struct vmg *vmg, struct vhost_mem_report_req *req)
{
	u16 reason;
	u64 size;

	if (next_proposal(&vmg->report, &size))
		reason = VHOST_MEM_REPORT_REASON_USER;
	else
		reason = next_own(vmg, &size);
	if (!reason)
		return false;
	req->type = cpu_to_virtio16(vmg->vdev, VHOST_MEM_REQ_PROPOSAL);
	req->code = cpu_to_virtio16(vmg->vdev, reason);
	req->u.proposal.size = cpu_to_virtio64(vmg->vdev, size);
	return true;
}

static void own_decision(struct vmg_report *report, int decision)
{
	if (decision == VHOST_MEM_REPORT_DECISION_DENIED) {
		report->pause = clamp_t(unsigned long, 2 * report->pause,
					PAUSE_MIN, PAUSE_MAX);
		WRITE_ONCE(report->next_ask, jiffies + report->pause);
		WRITE_ONCE(report->denied, true);
	} else {
		report->pause = 0;
	}
}

/**
 * vmg_decision - the device has answered a message of vmg_next_proposal()
 * @vmg: The device.
 * @req: The message.
 * @decision: The response.
 */
void vmg_decision(struct vmg *vmg, const struct vhost_mem_report_req *req,
		  int decision)
{
	struct vmg_report *report = &vmg->report;

	/* One that is not known is none to be encouraged by. */
	if (decision > VHOST_MEM_REPORT_DECISION_PENDING)
		decision = VHOST_MEM_REPORT_DECISION_DENIED;
	if (virtio16_to_cpu(vmg->vdev, req->code) !=
	    VHOST_MEM_REPORT_REASON_USER) {
		own_decision(report, decision);
		return;
	}
	spin_lock(&report->lock);
	/* If there is another proposal by now, this was the response to an old one. */
	if (!report->proposal_pending)
		WRITE_ONCE(report->decision, decision);
	spin_unlock(&report->lock);
}

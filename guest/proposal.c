// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the device for another size: because a user proposes it, or because memory
 * is short. A user's proposal is said as it is, once. What is asked for otherwise
 * follows from what the device wants by then, and is not asked for when memory is
 * under way.
 */
#include <linux/math.h>
#include <linux/memory.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "guest.h"

/* How much more memory is asked for at once, if a block is not larger. */
#define STEP	SZ_128M
/* A user waits so long for a response, and looks for it later otherwise. */
#define PROPOSAL_WAIT	(5 * HZ)
/* Between two that are not a user's; and after a denial, growing. */
#define ASK_INTERVAL	HZ
#define PAUSE_MIN	(1 * HZ)
#define PAUSE_MAX	(60 * HZ)

/**
 * vmg_proposal_init - nothing was asked for yet
 * @vmg: The device, of which the configuration has been read.
 */
void vmg_proposal_init(struct vmg *vmg)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;

	spin_lock_init(&proposal->lock);
	proposal->decision = VMG_NO_PROPOSAL;
	proposal->step = max3((u64)STEP, (u64)memory_block_size_bytes(),
			      vmg->geo.device_block);
	proposal->next_ask = jiffies;
}

/**
 * vmg_proposal - a user proposes another size
 * @vmg: The device.
 * @size: The size, as the device could request it.
 *
 * Return: 0, also if there is no response yet; a negative errno.
 */
int vmg_proposal(struct vmg *vmg, u64 size)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;
	long rc;

	if (!vmg_has_report(vmg))
		return -EOPNOTSUPP;
	spin_lock(&proposal->lock);
	proposal->size = size;
	proposal->decision = VMG_UNDECIDED;
	proposal->pending = true;
	spin_unlock(&proposal->lock);
	wake_up(&vmg->worker.wait);
	rc = wait_event_killable_timeout(vmg->waiters,
					 READ_ONCE(proposal->decision) != VMG_UNDECIDED ||
					 !vmg_has_report(vmg), PROPOSAL_WAIT);
	return min(rc, 0L);
}

static bool next_proposal(struct vmg_proposal *proposal, u64 *size)
{
	bool pending;

	spin_lock(&proposal->lock);
	pending = proposal->pending;
	WRITE_ONCE(proposal->pending, false);
	*size = proposal->size;
	spin_unlock(&proposal->lock);
	return pending;
}

/* Whether what the device wants us to have is still to come. */
static bool under_way(const struct vmg *vmg)
{
	return vmg->config.requested > vmg->map.nr_plugged ||
	       vmg->map.nr_given < vmg->map.nr_plugged || READ_ONCE(vmg->map.nr_offline);
}

/* Why to ask for more memory, or 0; and what to ask for. */
static u16 next_own(struct vmg *vmg, u64 *size)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;
	u16 reason = xchg(&proposal->reason, 0);
	u64 requested;

	if (!reason || time_before(jiffies, proposal->next_ask))
		return 0;
	/*
	 * The last decision may be known before what follows from it, so the device
	 * is asked. A resize may be going on, with the size that it began with; the
	 * worker learns of a new one when that is over.
	 */
	virtio_cread_le(vmg->vdev, struct virtio_mem_config, requested_size,
			&requested);
	*size = roundup(requested + READ_ONCE(proposal->step),
			vmg->geo.granule * vmg->geo.sb_size);
	*size = min(*size, vmg->geo.region_size);
	if (*size <= requested || requested != vmg->config.requested_size ||
	    under_way(vmg))
		return 0;
	WRITE_ONCE(proposal->denied, false);
	WRITE_ONCE(proposal->next_ask, jiffies + ASK_INTERVAL);
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

	if (next_proposal(&vmg->report.proposal, &size))
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

static void own_decision(struct vmg_proposal *proposal, int decision)
{
	if (decision == VHOST_MEM_REPORT_DECISION_DENIED) {
		proposal->pause = clamp_t(unsigned long, 2 * proposal->pause,
					  PAUSE_MIN, PAUSE_MAX);
		WRITE_ONCE(proposal->next_ask, jiffies + proposal->pause);
		WRITE_ONCE(proposal->denied, true);
	} else {
		proposal->pause = 0;
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
	struct vmg_proposal *proposal = &vmg->report.proposal;

	/* One that is not known is none to be encouraged by. */
	if (decision > VHOST_MEM_REPORT_DECISION_PENDING)
		decision = VHOST_MEM_REPORT_DECISION_DENIED;
	if (virtio16_to_cpu(vmg->vdev, req->code) !=
	    VHOST_MEM_REPORT_REASON_USER) {
		own_decision(proposal, decision);
		return;
	}
	spin_lock(&proposal->lock);
	/* If there is another proposal by now, this was the response to an old one. */
	if (!proposal->pending)
		WRITE_ONCE(proposal->decision, decision);
	spin_unlock(&proposal->lock);
}

/**
 * vmg_propose_more - ask for more memory, if it is time to
 * @vmg: The device.
 * @reason: Why, a VHOST_MEM_REPORT_REASON_.
 *
 * Context: Any.
 */
void vmg_propose_more(struct vmg *vmg, u16 reason)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;

	if (time_before(jiffies, READ_ONCE(proposal->next_ask)))
		return;
	WRITE_ONCE(proposal->reason, reason);
	wake_up(&vmg->worker.wait);
}

/**
 * vmg_proposal_paused - whether to ask, and so to wait, is of no use for now
 * @vmg: The device.
 *
 * Context: Any.
 * Return: whether more was denied, and is not asked for yet.
 */
bool vmg_proposal_paused(const struct vmg *vmg)
{
	const struct vmg_proposal *proposal = &vmg->report.proposal;

	return READ_ONCE(proposal->denied) &&
	       time_before(jiffies, READ_ONCE(proposal->next_ask));
}

/**
 * vmg_proposal_forget - forget that more was denied
 * @vmg: The device.
 *
 * Context: Any.
 */
void vmg_proposal_forget(struct vmg *vmg)
{
	WRITE_ONCE(vmg->report.proposal.denied, false);
	WRITE_ONCE(vmg->report.proposal.next_ask, jiffies);
}

/**
 * vmg_proposal_drop - there is nobody to send a proposal to
 * @vmg: The device.
 *
 * Context: The worker.
 */
void vmg_proposal_drop(struct vmg *vmg)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;

	WRITE_ONCE(proposal->reason, 0);
	spin_lock(&proposal->lock);
	WRITE_ONCE(proposal->pending, false);
	spin_unlock(&proposal->lock);
}

/**
 * vmg_has_proposal - whether there is one to be sent
 * @vmg: The device.
 *
 * Context: Any.
 * Return: whether there may be.
 */
bool vmg_has_proposal(const struct vmg *vmg)
{
	return READ_ONCE(vmg->report.proposal.pending) ||
	       READ_ONCE(vmg->report.proposal.reason);
}

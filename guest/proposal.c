// SPDX-License-Identifier: GPL-2.0
/*
 * Proposing another requested size to the device: because a user wants it, or because
 * memory is short. A user's proposal is sent once, as it is. The driver's own proposals
 * are relative to the requested size at the time when they are sent, and are not made
 * while memory that was requested before is still to come.
 */
#include <linux/math.h>
#include <linux/memory.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "guest.h"

/* Default of proposal_step, in bytes, unless a memory or device block is larger. */
#define STEP	SZ_128M
/* Jiffies for which a user waits for the decision, which can be read later as well. */
#define PROPOSAL_WAIT	(5 * HZ)
/* Minimum jiffies between two own proposals; after denials a pause, doubled each time. */
#define ASK_INTERVAL	HZ
#define PAUSE_MIN	(1 * HZ)
#define PAUSE_MAX	(60 * HZ)
/*
 * Up to this pause a denial need not be the last word: a host that has to take memory from
 * another guest denies what it grants some seconds later.
 */
#define PAUSE_HOPEFUL	(4 * HZ)

/**
 * vmg_proposal_init - begin without any proposal
 * @vmg: The device, of which the constant configuration has been read.
 *
 * Context: Probe.
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
 * vmg_proposal - send a user's proposal, and wait for the decision
 * @vmg: The device.
 * @size: Proposed size in bytes: a multiple of the device block, at most the region
 *	size.
 *
 * Context: A process. May sleep, for up to PROPOSAL_WAIT.
 * Return: 0, also if there is no decision yet; -EOPNOTSUPP if the device does not accept
 * reports; -ERESTARTSYS if the task is being killed.
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

/* Takes a user's proposal that was not sent yet; false if there is none. */
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

/* Whether requested memory is still to be plugged, exposed or brought online. */
static bool under_way(const struct vmg *vmg)
{
	return vmg->config.requested > vmg->map.nr_plugged ||
	       vmg->map.nr_exposed < vmg->map.nr_plugged || READ_ONCE(vmg->map.nr_offline);
}

/* The reason for an own proposal that is to be sent now, and its size; or 0. */
static u16 next_own(struct vmg *vmg, u64 *size)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;
	u16 reason = xchg(&proposal->reason, 0);
	u64 requested;

	if (!reason || time_before(jiffies, proposal->next_ask))
		return 0;
	/*
	 * Read the requested size from the device: what the worker has read may be from
	 * before the last decision, or from the start of the resize under way.
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
 * vmg_next_proposal - make a report of the next proposal, if there is one
 * @vmg: The device.
 * @req: The report to fill in, zeroed.
 *
 * Context: The worker. The caller sends the report: it counts as sent from now on.
 * Return: whether there is one.
 */
bool vmg_next_proposal(struct vmg *vmg, struct vhost_mem_report_req *req)
{
	u16 reason;
	u64 size;

	vmg_assert_worker(vmg);

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
		WRITE_ONCE(proposal->pause,
			   clamp_t(unsigned long, 2 * proposal->pause,
				   PAUSE_MIN, PAUSE_MAX));
		WRITE_ONCE(proposal->next_ask, jiffies + proposal->pause);
		WRITE_ONCE(proposal->denied, true);
	} else {
		WRITE_ONCE(proposal->pause, 0);
	}
}

/**
 * vmg_decision - note the device's decision on a report of vmg_next_proposal()
 * @vmg: The device.
 * @req: The report.
 * @decision: VHOST_MEM_REPORT_DECISION_*, or whatever else the device has written.
 *
 * Context: The worker, in done().
 */
void vmg_decision(struct vmg *vmg, const struct vhost_mem_report_req *req,
		  int decision)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;

	vmg_assert_worker(vmg);
	/* Take an unknown decision for a denial. */
	if (decision > VHOST_MEM_REPORT_DECISION_PENDING)
		decision = VHOST_MEM_REPORT_DECISION_DENIED;
	if (virtio16_to_cpu(vmg->vdev, req->code) !=
	    VHOST_MEM_REPORT_REASON_USER) {
		own_decision(proposal, decision);
		return;
	}
	spin_lock(&proposal->lock);
	/* Ignore the decision on a proposal that the user has replaced meanwhile. */
	if (!proposal->pending)
		WRITE_ONCE(proposal->decision, decision);
	spin_unlock(&proposal->lock);
}

/**
 * vmg_propose_more - have the worker propose a larger size, unless it is too early
 * @vmg: The device.
 * @reason: VHOST_MEM_REPORT_REASON_PRESSURE or VHOST_MEM_REPORT_REASON_OOM.
 *
 * Context: Any, also interrupts.
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
 * vmg_proposal_paused - whether own proposals pause after several denials
 * @vmg: The device.
 *
 * If so, waiting for memory is of no use.
 *
 * Context: Any.
 * Return: whether they do; false in a pause of up to PAUSE_HOPEFUL.
 */
bool vmg_proposal_paused(const struct vmg *vmg)
{
	const struct vmg_proposal *proposal = &vmg->report.proposal;

	return READ_ONCE(proposal->denied) &&
	       READ_ONCE(proposal->pause) > PAUSE_HOPEFUL &&
	       time_before(jiffies, READ_ONCE(proposal->next_ask));
}

/**
 * vmg_proposal_forget - end the pause after a denial
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
 * vmg_proposal_drop - drop all proposals, as the device does not accept reports any more
 * @vmg: The device.
 *
 * Context: The worker.
 */
void vmg_proposal_drop(struct vmg *vmg)
{
	struct vmg_proposal *proposal = &vmg->report.proposal;

	vmg_assert_worker(vmg);

	WRITE_ONCE(proposal->reason, 0);
	spin_lock(&proposal->lock);
	WRITE_ONCE(proposal->pending, false);
	spin_unlock(&proposal->lock);
}

/**
 * vmg_has_proposal - whether there may be a proposal to send
 * @vmg: The device.
 *
 * Context: Any.
 * Return: false if vmg_next_proposal() would find none.
 */
bool vmg_has_proposal(const struct vmg *vmg)
{
	return READ_ONCE(vmg->report.proposal.pending) ||
	       READ_ONCE(vmg->report.proposal.reason);
}

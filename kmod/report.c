// SPDX-License-Identifier: GPL-2.0
/*
 * Guest reports: proposals, status and hints.
 *
 * See Documentation/virt/vhost-mem-report.rst. Nothing the guest reports is
 * trusted: it is kept for the administrator to see, and the policy decides on
 * proposals. A guest that reports without end costs a lock and a few assignments
 * per report, in the worker that is accounted to the VM, and one event per 50 ms.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "config.h"
#include "decision.h"
#include "geometry.h"
#include "job.h"
#include "report.h"
#include "response.h"
#include "vhost_mem.h"

static bool proposal_pending(const struct vhost_mem_proposal *proposal)
{
	return proposal->valid && proposal->decision == VHOST_MEM_DECISION_PENDING;
}

/* Decide on a proposal by the region's policy, and request what is granted. */
static enum vhost_mem_decision report_decide_locked(struct vhost_mem_region *region,
						    u64 proposed)
{
	struct vhost_mem_report *report = &region->report;
	ktime_t now = ktime_get();
	struct vhost_mem_decision_sizes sizes = {
		.requested	= region->sizes.requested,
		.limit		= region->sizes.limit,
		.minimum	= region->sizes.minimum,
		.since_ms	= U64_MAX,
		.fixed		= region->closed,
		.no_growth	= region->leaving,
	};
	struct vhost_mem_cause cause = {
		.origin	= VHOST_MEM_ORIGIN_GUEST,
		.pid	= region->creator.pid,
	};
	enum vhost_mem_decision decision;
	u64 target;

	lockdep_assert_held(&region->config_lock);

	if (report->changed)
		sizes.since_ms = ktime_ms_delta(now, report->changed);
	decision = vhost_mem_decision_make(&report->policy, &sizes, proposed,
					   &target);
	if (target != sizes.requested) {
		report->changed = now;
		strscpy(cause.comm, region->creator.comm, sizeof(cause.comm));
		vhost_mem_config_request_locked(region, target, &cause);
	}
	return decision;
}

static int report_proposal(struct vhost_mem_region *region,
			   const struct vhost_mem_message *message,
			   struct vhost_mem_response *response)
{
	struct vhost_mem_report *report = &region->report;
	enum vhost_mem_decision decision;
	u64 size = message->value;
	int ret;

	BUILD_BUG_ON((int)VHOST_MEM_REASON_IDLE !=
		     VHOST_MEM_REPORT_REASON_IDLE);
	BUILD_BUG_ON((int)VHOST_MEM_DECISION_PENDING !=
		     VHOST_MEM_REPORT_DECISION_PENDING);

	if (message->code > VHOST_MEM_REPORT_REASON_IDLE)
		return -EINVAL;
	ret = vhost_mem_geometry_check_requested(size, region->size,
						 region->block_size);
	if (ret)
		return ret;

	spin_lock(&region->config_lock);
	decision = report_decide_locked(region, size);
	report->proposal = (struct vhost_mem_proposal) {
		.size		= size,
		.reason		= message->code,
		.time		= ktime_get(),
		.decision	= decision,
		.valid		= true,
	};
	response->state = decision;
	/* A guest whose proposals are all denied causes no events by them. */
	if (decision != VHOST_MEM_DECISION_DENIED ||
	    report->policy.policy != VHOST_MEM_POLICY_DENY)
		vhost_mem_notify(region, VHOST_MEM_EVENT_PROPOSAL);
	spin_unlock(&region->config_lock);
	return 0;
}

static int report_status(struct vhost_mem_region *region,
			 const struct vhost_mem_message *message)
{
	struct vhost_mem_report *report = &region->report;

	BUILD_BUG_ON((int)VHOST_MEM_GUEST_STATUS_OTHER !=
		     VHOST_MEM_REPORT_STATUS_OTHER);

	if (message->code > VHOST_MEM_REPORT_STATUS_OTHER)
		return -EINVAL;
	if (message->value > region->size)
		return -ERANGE;

	spin_lock(&region->config_lock);
	report->status = message->code;
	report->reclaimable = message->value;
	report->has_status = true;
	vhost_mem_notify(region, VHOST_MEM_EVENT_PROPOSAL);
	spin_unlock(&region->config_lock);
	return 0;
}

static int report_hints(struct vhost_mem_region *region,
			const struct vhost_mem_message *message)
{
	struct vhost_mem_report *report = &region->report;

	if (message->code)
		return -EINVAL;
	/* The attributes of the hints are 1 shifted left by these. */
	if (message->page_shift >= 64 || message->block_shift >= 64 ||
	    message->align_shift >= 64)
		return -ERANGE;

	spin_lock(&region->config_lock);
	report->addr_limit = message->value;
	report->page_shift = message->page_shift;
	report->block_shift = message->block_shift;
	report->align_shift = message->align_shift;
	report->has_hints = true;
	vhost_mem_notify(region, VHOST_MEM_EVENT_PROPOSAL);
	spin_unlock(&region->config_lock);
	return 0;
}

/**
 * vhost_mem_report_serve() - serve a guest report
 * @region: The region, published.
 * @message: A copy that the guest cannot change any more.
 * @response: Filled in, every member.
 *
 * Context: May sleep. Takes region->config_lock.
 */
void vhost_mem_report_serve(struct vhost_mem_region *region,
			    const struct vhost_mem_message *message,
			    struct vhost_mem_response *response)
{
	int ret = -EINVAL;

	*response = (struct vhost_mem_response){};
	if (!message->reserved) {
		switch (message->type) {
		case VHOST_MEM_REQ_PROPOSAL:
			ret = report_proposal(region, message, response);
			break;
		case VHOST_MEM_REQ_STATUS:
			ret = report_status(region, message);
			break;
		case VHOST_MEM_REQ_HINTS:
			ret = report_hints(region, message);
			break;
		}
	}
	response->type = vhost_mem_response_type(ret);
}

/**
 * vhost_mem_report_update_locked() - decide on a pending proposal
 *	again, after the requested size was set
 * @region: The region, published.
 * @old: Bytes that were requested before.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_report_update_locked(struct vhost_mem_region *region, u64 old)
{
	struct vhost_mem_proposal *proposal = &region->report.proposal;

	lockdep_assert_held(&region->config_lock);

	if (proposal_pending(proposal))
		proposal->decision =
			vhost_mem_decision_update(proposal->size, old,
						  region->sizes.requested);
}

/**
 * vhost_mem_report_forget_locked() - drop what the guest reported
 * @region: The region, published.
 *
 * For a system reset, after which another guest may start. The policy stays: it
 * is the administrator's.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_report_forget_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_report *report = &region->report;

	lockdep_assert_held(&region->config_lock);

	report->proposal.valid = false;
	report->has_status = false;
	report->has_hints = false;
}

/**
 * vhost_mem_report_set_policy_locked() - set the policy for proposals
 * @region: The region, published.
 * @policy: The new policy; its members were checked.
 *
 * Context: region->config_lock held. The caller tells listeners.
 */
void vhost_mem_report_set_policy_locked(struct vhost_mem_region *region,
					const struct vhost_mem_report_policy *policy)
{
	lockdep_assert_held(&region->config_lock);

	region->report.policy = *policy;
	/* Nobody will decide on a proposal that is pending now. */
	if (policy->policy == VHOST_MEM_POLICY_DENY &&
	    vhost_mem_report_pending_locked(region))
		vhost_mem_report_deny_locked(region);
}

/**
 * vhost_mem_report_pending_locked() - is a proposal pending?
 * @region: The region, published.
 *
 * Context: region->config_lock held.
 * Return: Whether the last proposal waits for a decision.
 */
bool vhost_mem_report_pending_locked(const struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	return proposal_pending(&region->report.proposal);
}

/**
 * vhost_mem_report_deny_locked() - deny the pending proposal
 * @region: The region, published; a proposal is pending.
 *
 * Context: region->config_lock held. The caller tells listeners.
 */
void vhost_mem_report_deny_locked(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	region->report.proposal.decision = VHOST_MEM_DECISION_DENIED;
}

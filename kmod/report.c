// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's report: what it proposes, how it gets on, what would suit it; and what
 * the administrator's policy makes of a proposal.
 *
 * Documentation/virt/vhost-mem-report.rst. The guest is not believed anything: what
 * it says is kept for the administrator to see, and a proposal is for the policy to
 * decide. One that is repeated without end costs a lock and a few assignments each
 * time, in the worker that is accounted to the VM, and one event each 50 ms.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/minmax.h>

#include "geometry.h"
#include "report.h"
#include "response.h"
#include "vhost_mem.h"

/* At first. */
#define VHOST_MEM_POLICY_INTERVAL	1000

/**
 * vhost_mem_report_init() - deny everything
 * @region: The region, not published yet; its sizes are known.
 *
 * Context: Any.
 */
void vhost_mem_report_init(struct vhost_mem_region *region)
{
	region->report.policy = (struct vhost_mem_report_policy) {
		.policy		= VHOST_MEM_POLICY_DENY,
		.max		= region->size,
		.step		= region->size,
		.interval_ms	= VHOST_MEM_POLICY_INTERVAL,
	};
}

/* Does it wait for a response? */
static bool proposal_waits(const struct vhost_mem_proposal *proposal)
{
	return proposal->valid && proposal->decision == VHOST_MEM_DECISION_PENDING;
}

/*
 * Grant a proposal as far as the policy goes. At most one change of the requested size
 * in an interval, in whatever direction: each of them is an event and an interrupt.
 */
static enum vhost_mem_decision report_grant(struct vhost_mem_region *region,
					    u64 size)
{
	const struct vhost_mem_report_policy *policy = &region->report.policy;
	u64 most = min(policy->max, region->limit);
	struct vhost_mem_report *report = &region->report;
	u64 requested = region->requested_size;
	ktime_t now = ktime_get();
	u64 since = ktime_ms_delta(now, report->changed);
	u64 target = size;

	lockdep_assert_held(&region->config_lock);

	if (size > requested) {
		/* The most may be less than what is requested. */
		if (most <= requested)
			return VHOST_MEM_DECISION_DENIED;
		/* A sum of two sizes of regions does not overflow. */
		target = min3(size, most, requested + policy->step);
	}
	if (report->changed && since < policy->interval_ms)
		return VHOST_MEM_DECISION_PENDING;
	report->changed = now;
	vhost_mem_config_request(region, target);
	return target == size ? VHOST_MEM_DECISION_GRANTED :
				VHOST_MEM_DECISION_PARTIAL;
}

static enum vhost_mem_decision report_decide(struct vhost_mem_region *region,
					     u64 size)
{
	lockdep_assert_held(&region->config_lock);

	if (size == region->requested_size)
		return VHOST_MEM_DECISION_GRANTED;
	/* Nobody could grant it either. */
	if (region->closed || (region->leaving && size > region->requested_size))
		return VHOST_MEM_DECISION_DENIED;
	switch (region->report.policy.policy) {
	case VHOST_MEM_POLICY_AUTO:
		return report_grant(region, size);
	case VHOST_MEM_POLICY_MANUAL:
		return VHOST_MEM_DECISION_PENDING;
	case VHOST_MEM_POLICY_DENY:
		break;
	}
	return VHOST_MEM_DECISION_DENIED;
}

static int report_proposal(struct vhost_mem_region *region,
			   const struct vhost_mem_message *message,
		     struct vhost_mem_response *response)
{
	struct vhost_mem_report *report = &region->report;
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
	report->proposal = (struct vhost_mem_proposal) {
		.size		= size,
		.reason		= message->code,
		.time		= ktime_get(),
		.decision	= report_decide(region, size),
		.valid		= true,
	};
	response->state = report->proposal.decision;
	/* What is denied is not worth an event each time. */
	if (report->proposal.decision != VHOST_MEM_DECISION_DENIED ||
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
	/* They are shifted by. */
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
 * vhost_mem_report_serve() - hear what the guest says
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
 * vhost_mem_report_requested() - the requested size has changed
 * @region: The region, published.
 * @old: What it was.
 *
 * A proposal that waits is granted by that, or partly, if it was changed towards it.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_report_requested(struct vhost_mem_region *region, u64 old)
{
	struct vhost_mem_proposal *proposal = &region->report.proposal;
	u64 now = region->requested_size;

	lockdep_assert_held(&region->config_lock);

	if (!proposal_waits(proposal))
		return;
	if (now == proposal->size)
		proposal->decision = VHOST_MEM_DECISION_GRANTED;
	else if ((old < now && now < proposal->size) ||
		 (proposal->size < now && now < old))
		proposal->decision = VHOST_MEM_DECISION_PARTIAL;
}

/**
 * vhost_mem_report_forget() - another guest, or none, is to come
 * @region: The region, published.
 *
 * The policy stays: it is the administrator's.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_report_forget(struct vhost_mem_region *region)
{
	struct vhost_mem_report *report = &region->report;

	lockdep_assert_held(&region->config_lock);

	report->proposal.valid = false;
	report->has_status = false;
	report->has_hints = false;
}

/**
 * vhost_mem_report_set_policy() - set what becomes of the guest's proposals
 * @region: The region, published.
 * @policy: It; the administrator's, and checked.
 *
 * Context: region->config_lock held. The caller tells listeners.
 */
void vhost_mem_report_set_policy(struct vhost_mem_region *region,
				 const struct vhost_mem_report_policy *policy)
{
	lockdep_assert_held(&region->config_lock);

	region->report.policy = *policy;
	/* Nothing waits that nobody will decide. */
	if (policy->policy == VHOST_MEM_POLICY_DENY &&
	    vhost_mem_report_waits(region))
		vhost_mem_report_deny(region);
}

/**
 * vhost_mem_report_waits() - does a proposal wait for the administrator?
 * @region: The region, published.
 *
 * Context: region->config_lock held.
 * Return: Whether one does.
 */
bool vhost_mem_report_waits(const struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	return proposal_waits(&region->report.proposal);
}

/**
 * vhost_mem_report_deny() - deny the proposal that waits for the administrator
 * @region: The region, published; a proposal waits.
 *
 * Context: region->config_lock held. The caller tells listeners.
 */
void vhost_mem_report_deny(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	region->report.proposal.decision = VHOST_MEM_DECISION_DENIED;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Decisions: what becomes of a size that the guest proposes.
 *
 * Pure: no lock and no region, and the caller applies the result. So the unit tests
 * compile this file as it is, and nothing here can change a size.
 */

#include <linux/minmax.h>

#include "decision.h"

/* Grant a proposal as far as policy and limit allow. */
static enum vhost_mem_decision
decision_grant(const struct vhost_mem_report_policy *policy,
	       const struct vhost_mem_decision_sizes *sizes,
	       u64 proposed, u64 *target)
{
	u64 max = min(policy->max, sizes->limit);
	u64 granted = proposed;

	if (proposed > sizes->requested) {
		/* The administrator may have requested more than @max. */
		if (max <= sizes->requested)
			return VHOST_MEM_DECISION_DENIED;
		/* No overflow: each is at most the size of a region. */
		granted = min3(proposed, max, sizes->requested + policy->step);
	} else {
		if (sizes->minimum >= sizes->requested)
			return VHOST_MEM_DECISION_DENIED;
		granted = max(proposed, sizes->minimum);
	}
	/*
	 * Shrinking has to wait for the interval as well: a change in either
	 * direction causes an event and an interrupt, and the guest decides how often
	 * it proposes one.
	 */
	if (sizes->since_ms < policy->interval_ms)
		return VHOST_MEM_DECISION_PENDING;
	*target = granted;
	return granted == proposed ? VHOST_MEM_DECISION_GRANTED :
				     VHOST_MEM_DECISION_PARTIAL;
}

/**
 * vhost_mem_decision_make() - decide on a proposal
 * @policy: The region's policy.
 * @sizes: The region's sizes.
 * @proposed: Bytes that the guest proposes; checked against the geometry.
 * @target: Set to the size to request, in bytes. It equals @sizes->requested
 *	unless the decision is to change the requested size.
 *
 * Context: Any.
 * Return: The decision.
 */
enum vhost_mem_decision
vhost_mem_decision_make(const struct vhost_mem_report_policy *policy,
			const struct vhost_mem_decision_sizes *sizes,
			u64 proposed, u64 *target)
{
	*target = sizes->requested;
	if (proposed == sizes->requested)
		return VHOST_MEM_DECISION_GRANTED;
	/* The administrator could not grant it either. */
	if (sizes->fixed || (sizes->no_growth && proposed > sizes->requested))
		return VHOST_MEM_DECISION_DENIED;
	switch (policy->policy) {
	case VHOST_MEM_POLICY_AUTO:
		return decision_grant(policy, sizes, proposed, target);
	case VHOST_MEM_POLICY_MANUAL:
		return VHOST_MEM_DECISION_PENDING;
	case VHOST_MEM_POLICY_DENY:
		break;
	}
	return VHOST_MEM_DECISION_DENIED;
}

/**
 * vhost_mem_decision_update() - decide on a pending proposal again, after the
 *	requested size was set
 * @proposed: Bytes that the guest proposes.
 * @old: Bytes that were requested before.
 * @requested: Bytes that are requested now.
 *
 * Context: Any.
 * Return: GRANTED if the proposed size is requested now; PARTIAL if the
 * requested size came closer without reaching or passing it; otherwise PENDING.
 */
enum vhost_mem_decision vhost_mem_decision_update(u64 proposed, u64 old,
						  u64 requested)
{
	if (requested == proposed)
		return VHOST_MEM_DECISION_GRANTED;
	if ((old < requested && requested < proposed) ||
	    (proposed < requested && requested < old))
		return VHOST_MEM_DECISION_PARTIAL;
	return VHOST_MEM_DECISION_PENDING;
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Decisions on what the guest proposes: policy in, decision out. */
#ifndef _VHOST_MEM_DECISION_H
#define _VHOST_MEM_DECISION_H

#include <linux/types.h>
#include <uapi/linux/vhost_mem_netlink.h>

/* Milliseconds, until the administrator sets another interval. */
#define VHOST_MEM_POLICY_INTERVAL_DEFAULT	1000

/**
 * struct vhost_mem_report_policy - what the administrator allows proposals to do
 * @policy: Whether proposals are denied, kept for the administrator, or granted
 *	within the members below.
 * @max: Bytes beyond which no proposal raises the requested size.
 * @step: Bytes by which one proposal may raise the requested size, at most; not 0.
 * @interval_ms: Milliseconds that have to pass between two changes of the
 *	requested size by proposals.
 */
struct vhost_mem_report_policy {
	enum vhost_mem_policy policy;
	u64 max;
	u64 step;
	u64 interval_ms;
};

/**
 * struct vhost_mem_decision_sizes - the state of a region on which, besides the policy,
 *	a decision depends
 * @requested: Bytes that are requested now.
 * @limit: Maximum number of bytes that the administrator allows to be requested.
 * @minimum: Minimum number of bytes that the administrator allows to be requested.
 * @since_ms: Milliseconds since a proposal last changed @requested; U64_MAX if
 *	none has.
 * @fixed: The requested size cannot change any more.
 * @no_growth: The requested size can only shrink.
 */
struct vhost_mem_decision_sizes {
	u64 requested;
	u64 limit;
	u64 minimum;
	u64 since_ms;
	bool fixed;
	bool no_growth;
};

enum vhost_mem_decision
vhost_mem_decision_make(const struct vhost_mem_report_policy *policy,
			const struct vhost_mem_decision_sizes *sizes,
			u64 proposed, u64 *target);
enum vhost_mem_decision vhost_mem_decision_update(u64 proposed, u64 old,
						  u64 requested);

#endif /* _VHOST_MEM_DECISION_H */

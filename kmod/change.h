/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of a region from outside of its VM. */
#ifndef _VHOST_MEM_CHANGE_H
#define _VHOST_MEM_CHANGE_H

#include <linux/types.h>

#include "decision.h"
#include "job.h"

struct vhost_mem_pool;
struct vhost_mem_region;

/**
 * struct vhost_mem_change - what the administrator or the VMM changes at once
 * @has_expected: Change nothing unless the requested size is @expected.
 * @has_requested: Set the requested size to @requested.
 * @has_limit: Set the limit to @limit.
 * @has_minimum: Set the minimum to @minimum.
 * @has_reserved: Set the reserved size to @reserved.
 * @has_policy: Set the policy to @policy.
 * @has_rules: Set the number of rules to @rules.
 * @deny: Deny the pending proposal.
 * @expected: Bytes.
 * @requested: Bytes; checked against the region's geometry.
 * @limit: Bytes; checked against the region's geometry.
 * @found: Set to the requested size, in bytes, if it is not @expected.
 * @minimum: Bytes; checked against the region's geometry.
 * @reserved: Bytes; checked against the region's geometry.
 * @rules: Number of the rules that this change follows from.
 * @pool: Pool to which the region is moved; NULL if it stays where it is.
 * @policy: Policy for proposals; its members were checked.
 * @cause: Who changes it.
 */
struct vhost_mem_change {
	bool has_expected;
	bool has_requested;
	bool has_limit;
	bool has_minimum;
	bool has_reserved;
	bool has_policy;
	bool has_rules;
	bool deny;
	u64 expected;
	u64 requested;
	u64 limit;
	u64 found;
	u64 minimum;
	u64 reserved;
	u32 rules;
	struct vhost_mem_pool *pool;
	struct vhost_mem_report_policy policy;
	struct vhost_mem_cause cause;
};

/**
 * struct vhost_mem_member - one of several regions that are changed together
 * @region: The region.
 * @change: What to change of it.
 */
struct vhost_mem_member {
	struct vhost_mem_region *region;
	struct vhost_mem_change change;
};

int vhost_mem_change_apply(struct vhost_mem_region *region,
			   struct vhost_mem_change *change);
int vhost_mem_change_apply_many(struct vhost_mem_member *members,
				unsigned int nr, unsigned int *failed);
int vhost_mem_change_requested(struct vhost_mem_region *region, u64 size);
int vhost_mem_change_cancel(struct vhost_mem_region *region, u64 id,
			    bool revert, const struct vhost_mem_cause *cause);
void vhost_mem_change_system_reset(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_CHANGE_H */

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
 * enum vhost_mem_changes - what is changed, and on what condition
 * @VHOST_MEM_CHANGE_EXPECTED: Change nothing unless the requested size is the expected
 *	one.
 * @VHOST_MEM_CHANGE_REQUESTED: Set the requested size.
 * @VHOST_MEM_CHANGE_LIMIT: Set the limit.
 * @VHOST_MEM_CHANGE_MINIMUM: Set the minimum.
 * @VHOST_MEM_CHANGE_RESERVED: Set the reserved size.
 * @VHOST_MEM_CHANGE_POLICY: Set the policy for proposals.
 * @VHOST_MEM_CHANGE_RULES: Set the number of rules.
 * @VHOST_MEM_CHANGE_DENY: Deny the pending proposal.
 */
enum vhost_mem_changes {
	VHOST_MEM_CHANGE_EXPECTED	= 1 << 0,
	VHOST_MEM_CHANGE_REQUESTED	= 1 << 1,
	VHOST_MEM_CHANGE_LIMIT		= 1 << 2,
	VHOST_MEM_CHANGE_MINIMUM	= 1 << 3,
	VHOST_MEM_CHANGE_RESERVED	= 1 << 4,
	VHOST_MEM_CHANGE_POLICY		= 1 << 5,
	VHOST_MEM_CHANGE_RULES		= 1 << 6,
	VHOST_MEM_CHANGE_DENY		= 1 << 7,
};

/**
 * struct vhost_mem_change - what the administrator or the VMM changes at once
 * @what: Mask of enum vhost_mem_changes. It says which of the sizes, rules and policy are
 *	set.
 * @rules: Number of the rules that this change follows from.
 * @expected: Bytes.
 * @requested: Bytes; checked against the region's geometry.
 * @limit: Bytes; checked against the region's geometry.
 * @minimum: Bytes; checked against the region's geometry.
 * @reserved: Bytes; checked against the region's geometry.
 * @found: Set to the requested size, in bytes, if it is not @expected.
 * @pool: Pool to which the region is moved; NULL if it stays where it is.
 * @policy: Its members were checked.
 * @cause: Who changes it.
 */
struct vhost_mem_change {
	u32 what;
	u32 rules;
	u64 expected;
	u64 requested;
	u64 limit;
	u64 minimum;
	u64 reserved;
	u64 found;
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

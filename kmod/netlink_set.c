// SPDX-License-Identifier: GPL-2.0
/* What a netlink command sets of a region: checked, and explained if it is refused. */

#include <linux/err.h>
#include <net/genetlink.h>

#include "change.h"
#include "geometry.h"
#include "netlink_pool.h"
#include "netlink_set.h"
#include "pool.h"
#include "registry.h"
#include "vhost_mem.h"

/* Check a size, and explain to the caller what is wrong with it. */
static int netlink_check_size(struct genl_info *info,
			      struct vhost_mem_region *region,
			      struct nlattr *attr)
{
	u64 size = nla_get_u64(attr);
	int ret;

	ret = vhost_mem_geometry_check_requested(size, region->size,
						 region->block_size);
	if (ret == -EINVAL)
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "size is no multiple of the block size",
					   ": %llu, block size %llu", size,
					   region->block_size);
	else if (ret)
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "size exceeds the region size",
					   ": %llu, region size %llu", size,
					   region->size);
	return ret;
}

/**
 * vhost_mem_netlink_check_policy() - check the step of a policy, and set its interval
 * @info: The command.
 * @step: The attribute that has set the step, or NULL.
 * @interval: The attribute with the interval, or NULL.
 * @policy: The policy; its interval is set if there is one.
 *
 * Context: A netlink command.
 * Return: 0; -EINVAL or -ERANGE with an explanation.
 */
int vhost_mem_netlink_check_policy(struct genl_info *info, struct nlattr *step,
				   struct nlattr *interval,
				   struct vhost_mem_report_policy *policy)
{
	if (!policy->step) {
		NL_SET_ERR_MSG_ATTR(info->extack, step,
				    "with a step of 0 no growth would ever be granted");
		return -EINVAL;
	}
	if (!interval)
		return 0;
	policy->interval_ms = nla_get_u64(interval);
	if (policy->interval_ms >= VHOST_MEM_POLICY_INTERVAL_MIN &&
	    policy->interval_ms <= VHOST_MEM_POLICY_INTERVAL_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack, interval,
				   "the interval is not from 100 ms to one day",
				   ": %llu ms", policy->interval_ms);
	return -ERANGE;
}

/* Merge the attributes into the current policy, and explain what is wrong with them. */
static int netlink_get_policy(struct genl_info *info,
			      struct vhost_mem_region *region,
			      struct vhost_mem_report_policy *policy)
{
	struct nlattr *interval = info->attrs[VHOST_MEM_A_REGION_POLICY_INTERVAL];
	struct nlattr *which = info->attrs[VHOST_MEM_A_REGION_POLICY];
	struct nlattr *step = info->attrs[VHOST_MEM_A_REGION_POLICY_STEP];
	struct nlattr *max = info->attrs[VHOST_MEM_A_REGION_POLICY_MAX];
	int ret = 0;

	/* Written only with the registry locked, as it is. */
	*policy = region->report.policy;
	if (which)
		policy->policy = nla_get_u32(which);
	if (max) {
		policy->max = nla_get_u64(max);
		ret = netlink_check_size(info, region, max);
	}
	if (step && !ret) {
		policy->step = nla_get_u64(step);
		ret = netlink_check_size(info, region, step);
	}
	if (ret)
		return ret;
	return vhost_mem_netlink_check_policy(info, step, interval, policy);
}

/**
 * vhost_mem_netlink_has_policy() - does a command set the policy?
 * @info: The command; its attributes are those of a region.
 *
 * Context: A netlink command.
 * Return: Whether any part of the policy is there.
 */
bool vhost_mem_netlink_has_policy(const struct genl_info *info)
{
	return info->attrs[VHOST_MEM_A_REGION_POLICY] ||
	       info->attrs[VHOST_MEM_A_REGION_POLICY_MAX] ||
	       info->attrs[VHOST_MEM_A_REGION_POLICY_STEP] ||
	       info->attrs[VHOST_MEM_A_REGION_POLICY_INTERVAL];
}

/* What the pool has is what it has now; it may have had less when it refused. */
static void netlink_explain_pool(struct genl_info *info,
				 struct vhost_mem_region *region,
				 const struct vhost_mem_change *change)
{
	struct nlattr *attr = info->attrs[VHOST_MEM_A_REGION_POOL] ?:
			      info->attrs[VHOST_MEM_A_REGION_RESERVED];
	/* Constant while the registry is locked. */
	struct vhost_mem_pool *pool = change->pool ?: region->share.pool;
	struct vhost_mem_pool_info has;

	vhost_mem_pool_look(pool, &has);
	/* The name is last, as the kernel sends no more than 79 characters. */
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
				   "the pool has no room for it",
				   ": %llu free in %s", has.free, pool->name);
}

static void netlink_explain_minimum(struct genl_info *info,
				    const struct vhost_mem_region *region,
				    const struct vhost_mem_change *change)
{
	struct nlattr *requested = info->attrs[VHOST_MEM_A_REGION_REQUESTED_SIZE];
	struct nlattr *attr = info->attrs[VHOST_MEM_A_REGION_MINIMUM] ?: requested;

	if (change->limit < change->minimum)
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "limit is below the minimum",
					   ": %llu, minimum %llu",
					   change->limit, change->minimum);
	else
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
					   "requested size is below the minimum",
					   ": %llu, minimum %llu",
					   requested ? change->requested :
					   READ_ONCE(region->sizes.requested),
					   change->minimum);
}

/**
 * vhost_mem_netlink_explain() - explain why a change whose attributes are valid was refused
 * @info: The command; its attributes are those of the change.
 * @error: The negative errno.
 * @region: The region.
 * @change: The change.
 *
 * Context: The registry is locked. Takes region->config_lock.
 */
void vhost_mem_netlink_explain(struct genl_info *info, int error,
			       struct vhost_mem_region *region,
			       const struct vhost_mem_change *change)
{
	struct nlattr *requested = info->attrs[VHOST_MEM_A_REGION_REQUESTED_SIZE];

	switch (error) {
	case -EDQUOT:
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, requested,
					   "requested size exceeds the limit",
					   ": %llu, limit %llu",
					   change->requested, change->limit);
		break;
	case -EDOM:
		netlink_explain_minimum(info, region, change);
		break;
	case -ENOBUFS:
		netlink_explain_pool(info, region, change);
		break;
	case -ESTALE:
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, requested,
					   "the requested size has changed",
					   ": %llu, expected %llu",
					   change->found, change->expected);
		break;
	case -ENOENT:
		NL_SET_ERR_MSG(info->extack,
			       "no proposal of the guest is pending");
		break;
	case -ESHUTDOWN:
		NL_SET_ERR_MSG(info->extack,
			       "the device is being removed from the VM, or closed");
		break;
	}
}

/**
 * vhost_mem_netlink_get_change() - check what a command sets of a region
 * @info: The command; its attributes are those of the region.
 * @region: The region.
 * @change: Filled in, but for its cause.
 *
 * Nobody else changes limit or policy while the registry is locked: what is read of them
 * here is still true when vhost_mem_change_apply() changes everything in one step.
 *
 * Context: The registry is locked, until the change is applied and, if it is refused,
 * explained.
 * Return: 0, or a negative errno with an explanation.
 */
int vhost_mem_netlink_get_change(struct genl_info *info,
				 struct vhost_mem_region *region,
				 struct vhost_mem_change *change)
{
	struct nlattr *expected =
		info->attrs[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE];
	struct nlattr *requested = info->attrs[VHOST_MEM_A_REGION_REQUESTED_SIZE];
	struct nlattr *reserved = info->attrs[VHOST_MEM_A_REGION_RESERVED];
	struct nlattr *minimum = info->attrs[VHOST_MEM_A_REGION_MINIMUM];
	struct nlattr *limit = info->attrs[VHOST_MEM_A_REGION_LIMIT];
	struct nlattr *rules = info->attrs[VHOST_MEM_A_REGION_RULES];
	struct nlattr *pool = info->attrs[VHOST_MEM_A_REGION_POOL];
	int ret;

	vhost_mem_registry_assert_locked();

	*change = (struct vhost_mem_change) {
		.what = (expected ? VHOST_MEM_CHANGE_EXPECTED : 0) |
			(requested ? VHOST_MEM_CHANGE_REQUESTED : 0) |
			(limit ? VHOST_MEM_CHANGE_LIMIT : 0) |
			(minimum ? VHOST_MEM_CHANGE_MINIMUM : 0) |
			(reserved ? VHOST_MEM_CHANGE_RESERVED : 0) |
			(rules ? VHOST_MEM_CHANGE_RULES : 0) |
			(vhost_mem_netlink_has_policy(info) ?
			 VHOST_MEM_CHANGE_POLICY : 0) |
			(info->attrs[VHOST_MEM_A_REGION_PROPOSAL_DECISION] ?
			 VHOST_MEM_CHANGE_DENY : 0),
		.limit = READ_ONCE(region->sizes.limit),
		.minimum = READ_ONCE(region->sizes.minimum),
	};
	ret = netlink_get_policy(info, region, &change->policy);
	if (limit && !ret) {
		change->limit = nla_get_u64(limit);
		ret = netlink_check_size(info, region, limit);
	}
	if (minimum && !ret) {
		change->minimum = nla_get_u64(minimum);
		ret = netlink_check_size(info, region, minimum);
	}
	if (reserved && !ret) {
		change->reserved = nla_get_u64(reserved);
		ret = netlink_check_size(info, region, reserved);
	}
	if (pool && !ret) {
		change->pool = vhost_mem_netlink_pool(info, pool);
		ret = PTR_ERR_OR_ZERO(change->pool);
	}
	if (requested && !ret) {
		change->requested = nla_get_u64(requested);
		ret = netlink_check_size(info, region, requested);
	}
	if (expected)
		change->expected = nla_get_u64(expected);
	if (rules)
		change->rules = nla_get_u32(rules);
	return ret;
}

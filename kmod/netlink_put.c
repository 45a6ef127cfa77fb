// SPDX-License-Identifier: GPL-2.0
/* A region as the attributes of a netlink message. */

#include <linux/ktime.h>
#include <linux/pid.h>
#include <net/netlink.h>

#include "vhost_mem.h"

static bool netlink_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VHOST_MEM_A_REGION_PAD);
}

static bool netlink_put_progress(struct sk_buff *skb,
				 const struct vhost_mem_resize_state *resize)
{
	return !nla_put_u32(skb, VHOST_MEM_A_REGION_PROGRESS,
			    resize->progress) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_ASKED_AGO,
			       resize->asked_ms) &&
	       (!resize->heard ||
		netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUEST_AGO,
				resize->request_ms));
}

static bool netlink_put_sizes(struct sk_buff *skb,
			      struct vhost_mem_region *region)
{
	u64 addr, usable, requested, limit, plugged, limbo, backed;
	struct vhost_mem_resize_state resize;
	enum vhost_mem_state state;
	bool addr_valid, leaving;

	/*
	 * Backed before plugged: memory is freed before the plugged size
	 * shrinks, so who reads them in this order sees no more backed than
	 * plugged, except for what was plugged and touched in between.
	 */
	backed = vhost_mem_guard_backed(region);
	spin_lock(&region->config_lock);
	addr_valid = region->addr_valid;
	addr = region->addr;
	usable = region->usable_size;
	requested = region->requested_size;
	limit = region->limit;
	plugged = region->plugged_size;
	limbo = region->limbo_size;
	leaving = region->leaving;
	state = region->state;
	/* With the sizes, which it must not contradict. */
	vhost_mem_resize_get(region, &resize);
	spin_unlock(&region->config_lock);

	return !nla_put_u32(skb, VHOST_MEM_A_REGION_STATE, state) &&
	       (!addr_valid ||
		netlink_put_u64(skb, VHOST_MEM_A_REGION_ADDR, addr)) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_USABLE_SIZE, usable) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			       requested) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_PLUGGED_SIZE, plugged) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_BACKED_SIZE, backed) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_LIMIT, limit) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_LIMBO_SIZE, limbo) &&
	       (!leaving ||
		!nla_put_flag(skb, VHOST_MEM_A_REGION_LEAVING)) &&
	       netlink_put_progress(skb, &resize);
}

static bool netlink_put_violation(struct sk_buff *skb,
				  struct vhost_mem_region *region)
{
	u64 count = atomic64_read(&region->refused_faults);
	enum vhost_mem_access access;
	u64 addr;

	spin_lock(&region->config_lock);
	addr = region->addr + region->violation_offset;
	access = region->violation_access;
	spin_unlock(&region->config_lock);

	return netlink_put_u64(skb, VHOST_MEM_A_REGION_REFUSED_FAULTS, count) &&
	       (!count ||
		(netlink_put_u64(skb, VHOST_MEM_A_REGION_VIOLATION_ADDR,
				 addr) &&
		 !nla_put_u32(skb, VHOST_MEM_A_REGION_VIOLATION_ACCESS,
			      access)));
}

static bool netlink_put_policy(struct sk_buff *skb,
			       const struct vhost_mem_voice_policy *policy)
{
	return !nla_put_u32(skb, VHOST_MEM_A_REGION_POLICY, policy->policy) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_POLICY_MAX,
			       policy->max) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_POLICY_STEP,
			       policy->step) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_POLICY_INTERVAL,
			       policy->interval_ms);
}

static bool netlink_put_wish(struct sk_buff *skb,
			     const struct vhost_mem_wish *wish)
{
	if (!wish->valid)
		return true;
	return netlink_put_u64(skb, VHOST_MEM_A_REGION_WISH_SIZE, wish->size) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_WISH_REASON,
			    wish->reason) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_WISH_AGO,
			       ktime_ms_delta(ktime_get(), wish->time)) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_WISH_VERDICT,
			    wish->verdict);
}

static bool netlink_put_hints(struct sk_buff *skb,
			      const struct vhost_mem_voice *voice)
{
	return netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_PAGE_SIZE,
			       1ULL << voice->page_shift) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_BLOCK_SIZE,
			       1ULL << voice->block_shift) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_ALIGN,
			       1ULL << voice->align_shift) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_HINT_ADDR_LIMIT,
			       voice->addr_limit);
}

static bool netlink_put_voice(struct sk_buff *skb,
			      struct vhost_mem_region *region)
{
	struct vhost_mem_voice voice;

	spin_lock(&region->config_lock);
	voice = region->voice;
	spin_unlock(&region->config_lock);

	return netlink_put_policy(skb, &voice.policy) &&
	       netlink_put_wish(skb, &voice.wish) &&
	       (!voice.has_status ||
		(!nla_put_u32(skb, VHOST_MEM_A_REGION_GUEST_STATUS,
			      voice.status) &&
		 netlink_put_u64(skb, VHOST_MEM_A_REGION_GUEST_SPARE,
				 voice.spare))) &&
	       (!voice.has_hints || netlink_put_hints(skb, &voice));
}

/**
 * vhost_mem_netlink_put() - put what there is to know of a region into a message
 * @skb: The message.
 * @region: The region.
 * @ns: PID namespace of who reads it.
 *
 * Context: May sleep. Takes region->config_lock.
 * Return: Whether there was room for it.
 */
bool vhost_mem_netlink_put(struct sk_buff *skb, struct vhost_mem_region *region,
			   struct pid_namespace *ns)
{
	u32 unplugged = region->flags & VHOST_MEM_CREATE_READABLE ?
			VHOST_MEM_UNPLUGGED_READABLE :
			VHOST_MEM_UNPLUGGED_INACCESSIBLE;

	return !nla_put_u32(skb, VHOST_MEM_A_REGION_ID, region->id) &&
	       !nla_put_string(skb, VHOST_MEM_A_REGION_NAME, region->name) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_PID,
			    pid_nr_ns(region->pid, ns)) &&
	       !nla_put_string(skb, VHOST_MEM_A_REGION_COMM, region->comm) &&
	       !nla_put_u32(skb, VHOST_MEM_A_REGION_UNPLUGGED, unplugged) &&
	       (!(region->flags & VHOST_MEM_CREATE_NODE) ||
		!nla_put_u32(skb, VHOST_MEM_A_REGION_NODE, region->node_id)) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_BLOCK_SIZE,
			       region->block_size) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_SIZE, region->size) &&
	       netlink_put_sizes(skb, region) &&
	       netlink_put_u64(skb, VHOST_MEM_A_REGION_REQUESTS,
			       atomic64_read(&region->requests)) &&
	       netlink_put_violation(skb, region) &&
	       netlink_put_voice(skb, region);
}

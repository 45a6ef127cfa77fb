// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: generic netlink, see Documentation/netlink/specs/vhost_mem.yaml.
 *
 * Any process in the initial network namespace may list regions, with their sizes and
 * progress. All else, events and changes are for administrators of the host, see
 * netlink_rights.c. No command waits for a VMM or a guest.
 */

#include <linux/err.h>
#include <linux/pid_namespace.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "change.h"
#include "geometry.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_job.h"
#include "netlink_pool.h"
#include "netlink_put.h"
#include "netlink_rights.h"
#include "pool.h"
#include "registry.h"
#include "vhost_mem.h"

static int netlink_fill(struct sk_buff *reply, struct vhost_mem_region *region,
			const struct genl_info *info, bool admin)
{
	const struct vhost_mem_netlink_reader reader = {
		.ns	= task_active_pid_ns(current),
		.admin	= admin,
	};
	void *hdr = genlmsg_put(reply, info->snd_portid, info->snd_seq,
				&vhost_mem_nl_family, 0, info->genlhdr->cmd);

	if (!hdr || !vhost_mem_netlink_put(reply, region, &reader))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

static int netlink_fill_dump(struct sk_buff *skb,
			     struct vhost_mem_region *region,
			     struct netlink_callback *cb)
{
	const struct vhost_mem_netlink_reader reader = {
		.ns	= task_active_pid_ns(current),
		.admin	= vhost_mem_netlink_is_admin(cb->skb),
	};
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &vhost_mem_nl_family,
				NLM_F_MULTI, VHOST_MEM_CMD_REGION_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (!vhost_mem_netlink_put(skb, region, &reader)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

/* The region that a command names. It stays valid while the registry is locked. */
static struct vhost_mem_region *netlink_find(struct genl_info *info)
{
	struct vhost_mem_region *region;
	u32 id;

	if (GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_REGION_ID)) {
		NL_SET_ERR_MSG(info->extack, "the id of a region is missing");
		return ERR_PTR(-EINVAL);
	}
	id = nla_get_u32(info->attrs[VHOST_MEM_A_REGION_ID]);
	region = vhost_mem_registry_find(id);
	if (!region) {
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack,
					   info->attrs[VHOST_MEM_A_REGION_ID],
					   "there is no such region", ": %u",
					   id);
		return ERR_PTR(-ENOENT);
	}
	return region;
}

/*
 * Call @fn, if there is one, for the region that a command names, and reply with the
 * region's new state. The reply is allocated first, so that nothing has changed if there
 * is no memory for it.
 */
static int netlink_do(struct sk_buff *skb, struct genl_info *info,
		      int (*fn)(struct genl_info *info,
				struct vhost_mem_region *region))
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct vhost_mem_region *region;
	int ret;

	if (!reply)
		return -ENOMEM;
	vhost_mem_registry_lock();
	region = netlink_find(info);
	ret = PTR_ERR_OR_ZERO(region);
	if (!ret && fn)
		ret = fn(info, region);
	if (!ret)
		ret = netlink_fill(reply, region, info, vhost_mem_netlink_is_admin(skb));
	vhost_mem_registry_unlock();
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/* The operations are documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_region_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_do(skb, info, NULL);
}

int vhost_mem_nl_region_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct vhost_mem_region *region;
	unsigned long id = cb->args[0];
	int ret = 0;

	vhost_mem_registry_lock();
	/* If it changes between two messages, NLM_F_DUMP_INTR tells the reader. */
	cb->seq = vhost_mem_registry_generation();
	while ((region = vhost_mem_registry_next(&id))) {
		ret = netlink_fill_dump(skb, region, cb);
		if (ret)
			break;
		id++;
	}
	vhost_mem_registry_unlock();
	cb->args[0] = id;
	/* What did not fit goes into the next message. At least one region always fits. */
	return skb->len ?: ret;
}

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
	if (!policy->step) {
		NL_SET_ERR_MSG_ATTR(info->extack, step,
				    "with a step of 0 no growth would ever be granted");
		return -EINVAL;
	}
	if (!interval)
		return 0;
	policy->interval_ms = nla_get_u64(interval);
	if (policy->interval_ms < VHOST_MEM_POLICY_INTERVAL_MIN ||
	    policy->interval_ms > VHOST_MEM_POLICY_INTERVAL_MAX) {
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, interval,
					   "the interval is not from 100 ms to one day",
					   ": %llu ms", policy->interval_ms);
		return -ERANGE;
	}
	return 0;
}

static bool netlink_has_policy(const struct genl_info *info)
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
	struct vhost_mem_pool *pool = change->pool;
	struct vhost_mem_pool_info has;
	u64 charge;

	spin_lock(&region->config_lock);
	charge = vhost_mem_pool_charge_of_locked(region);
	/* Constant while the registry is locked. */
	pool = pool ?: region->share.pool;
	spin_unlock(&region->config_lock);
	vhost_mem_pool_look(pool, &has);
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
				   "the pool has no room for it",
				   ": %s has %llu free, reserved size %llu, charged now %llu",
				   pool->name, has.free,
				   change->has_reserved ? change->reserved :
				   READ_ONCE(region->share.reserved), charge);
}

/* Explain why a change was refused although each attribute is valid. */
static void netlink_explain(struct genl_info *info, int error,
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
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack,
					   info->attrs[VHOST_MEM_A_REGION_MINIMUM] ?: requested,
					   "requested size or limit is below the minimum",
					   ": requested %llu, limit %llu, minimum %llu",
					   requested ? change->requested :
					   READ_ONCE(region->sizes.requested),
					   change->limit, change->minimum);
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

/*
 * The registry is locked, so nobody else changes limit or policy: what is read of them
 * here is still true when vhost_mem_change_apply() changes everything in one step.
 */
static int netlink_set(struct genl_info *info, struct vhost_mem_region *region)
{
	struct nlattr *expected =
		info->attrs[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE];
	struct nlattr *requested = info->attrs[VHOST_MEM_A_REGION_REQUESTED_SIZE];
	struct nlattr *reserved = info->attrs[VHOST_MEM_A_REGION_RESERVED];
	struct nlattr *minimum = info->attrs[VHOST_MEM_A_REGION_MINIMUM];
	struct nlattr *limit = info->attrs[VHOST_MEM_A_REGION_LIMIT];
	struct nlattr *pool = info->attrs[VHOST_MEM_A_REGION_POOL];
	struct vhost_mem_change change = {
		.has_expected	= expected,
		.has_requested	= requested,
		.has_limit	= limit,
		.has_minimum	= minimum,
		.has_reserved	= reserved,
		.has_policy	= netlink_has_policy(info),
		.deny		= info->attrs[VHOST_MEM_A_REGION_PROPOSAL_DECISION],
		.limit		= READ_ONCE(region->sizes.limit),
		.minimum	= READ_ONCE(region->sizes.minimum),
	};
	int ret;

	vhost_mem_registry_assert_locked();

	ret = netlink_get_policy(info, region, &change.policy);
	if (limit && !ret) {
		change.limit = nla_get_u64(limit);
		ret = netlink_check_size(info, region, limit);
	}
	if (minimum && !ret) {
		change.minimum = nla_get_u64(minimum);
		ret = netlink_check_size(info, region, minimum);
	}
	if (reserved && !ret) {
		change.reserved = nla_get_u64(reserved);
		ret = netlink_check_size(info, region, reserved);
	}
	if (pool && !ret) {
		change.pool = vhost_mem_netlink_pool(info, pool);
		ret = PTR_ERR_OR_ZERO(change.pool);
	}
	if (requested && !ret) {
		change.requested = nla_get_u64(requested);
		ret = netlink_check_size(info, region, requested);
	}
	if (ret)
		return ret;
	if (expected)
		change.expected = nla_get_u64(expected);
	ret = vhost_mem_netlink_get_cause(info, &change.cause);
	if (ret)
		return ret;
	ret = vhost_mem_change_apply(region, &change);
	if (ret)
		netlink_explain(info, ret, region, &change);
	return ret;
}

int vhost_mem_nl_region_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	if (ret)
		return ret;
	if (!info->attrs[VHOST_MEM_A_REGION_LIMIT] && !netlink_has_policy(info) &&
	    !info->attrs[VHOST_MEM_A_REGION_POOL] &&
	    !info->attrs[VHOST_MEM_A_REGION_RESERVED] &&
	    !info->attrs[VHOST_MEM_A_REGION_MINIMUM] &&
	    !info->attrs[VHOST_MEM_A_REGION_PROPOSAL_DECISION] &&
	    GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_REGION_REQUESTED_SIZE)) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set: neither requested size nor limit, minimum, pool, reserved size, policy or decision");
		return -EINVAL;
	}
	if (info->attrs[VHOST_MEM_A_REGION_NOTE] &&
	    GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_REGION_REQUESTED_SIZE)) {
		NL_SET_ERR_MSG(info->extack,
			       "a note is for a requested size, and there is none");
		return -EINVAL;
	}

	return netlink_do(skb, info, netlink_set);
}

static const u8 netlink_event_cmds[] = {
	[VHOST_MEM_EVENT_CREATED]	= VHOST_MEM_CMD_REGION_CREATED_NTF,
	[VHOST_MEM_EVENT_JOB]		= VHOST_MEM_CMD_REGION_JOB_NTF,
	[VHOST_MEM_EVENT_RESIZED]	= VHOST_MEM_CMD_REGION_RESIZED_NTF,
	[VHOST_MEM_EVENT_PLUGGED]	= VHOST_MEM_CMD_REGION_PLUGGED_NTF,
	[VHOST_MEM_EVENT_VIOLATION]	= VHOST_MEM_CMD_REGION_VIOLATION_NTF,
	[VHOST_MEM_EVENT_STALLED]	= VHOST_MEM_CMD_REGION_STALLED_NTF,
	[VHOST_MEM_EVENT_PROPOSAL]		= VHOST_MEM_CMD_REGION_PROPOSAL_NTF,
	[VHOST_MEM_EVENT_GONE]		= VHOST_MEM_CMD_REGION_GONE_NTF,
};

/*
 * Without retries: listeners recover from a lost event, but closing a VM because memory
 * is short must not wait for memory for one. Accounted, because messages about a region
 * that is gone are kept until it is their turn.
 */
#define NETLINK_EVENT_GFP \
	(GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)

static struct sk_buff *netlink_make_event(struct vhost_mem_region *region,
					  enum vhost_mem_event event, bool late)
{
	const struct vhost_mem_netlink_reader reader = {
		.ns	= &init_pid_ns,
		.admin	= true,
		.event	= !late,
	};
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&vhost_mem_nl_family, &init_net,
				VHOST_MEM_NLGRP_EVENTS))
		return NULL;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, NETLINK_EVENT_GFP);
	if (!skb)
		return ERR_PTR(-ENOMEM);
	hdr = genlmsg_put(skb, 0, 0, &vhost_mem_nl_family, 0,
			  netlink_event_cmds[event]);
	if (!hdr || !vhost_mem_netlink_put(skb, region, &reader) ||
	    ((event == VHOST_MEM_EVENT_JOB || event == VHOST_MEM_EVENT_GONE) &&
	     !vhost_mem_netlink_put_ended_job(skb, region))) {
		nlmsg_free(skb);
		return ERR_PTR(-EMSGSIZE);
	}
	genlmsg_end(skb, hdr);
	return skb;
}

static void netlink_send_event(struct sk_buff *skb, bool late)
{
	if (late)
		vhost_mem_netlink_number(nlmsg_find_attr(nlmsg_hdr(skb),
							 GENL_HDRLEN,
							 VHOST_MEM_A_REGION_SEQUENCE));
	genlmsg_multicast(&vhost_mem_nl_family, skb, 0, VHOST_MEM_NLGRP_EVENTS,
			  GFP_KERNEL);
}

/* recv() of every listener fails with ENOBUFS, which tells it to dump all regions again. */
static void netlink_lose_event(void)
{
	genl_set_err(&vhost_mem_nl_family, &init_net, 0,
		     VHOST_MEM_NLGRP_EVENTS, -ENOBUFS);
}

/* Events describe the region in full. (The generator knows of no rights for groups.) */
static const struct genl_multicast_group netlink_groups[] = {
	[VHOST_MEM_NLGRP_EVENTS] = {
		.name	= VHOST_MEM_MCGRP_EVENTS,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

static const struct vhost_mem_notify_sender netlink_sender = {
	.make	= netlink_make_event,
	.send	= netlink_send_event,
	.lost	= netlink_lose_event,
};

/**
 * vhost_mem_netlink_init() - register the family, and start sending events
 *
 * Context: Module initialization, before there is a region. May sleep.
 * Return: 0 or a negative errno.
 */
int __init vhost_mem_netlink_init(void)
{
	int ret;

	/* Regions belong to the host, not to a network namespace. */
	vhost_mem_nl_family.netnsok = false;
	vhost_mem_nl_family.mcgrps = netlink_groups;
	BUILD_BUG_ON(ARRAY_SIZE(netlink_groups) != VHOST_MEM_NLGRP_EVENTS + 1);
	ret = genl_register_family(&vhost_mem_nl_family);
	if (!ret)
		vhost_mem_notify_start(&netlink_sender);
	return ret;
}

/**
 * vhost_mem_netlink_exit() - send the remaining events, and unregister the family
 *
 * Context: Module exit, or failed initialization: there is no region. May sleep.
 */
void vhost_mem_netlink_exit(void)
{
	vhost_mem_notify_stop();
	genl_unregister_family(&vhost_mem_nl_family);
}
MODULE_ALIAS_GENL_FAMILY(VHOST_MEM_FAMILY_NAME);

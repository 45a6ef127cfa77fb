// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: generic netlink, see Documentation/netlink/specs/vhost_mem.yaml.
 *
 * Everybody in the initial network namespace may list regions; changing one
 * takes CAP_NET_ADMIN. No command waits for a VMM or a guest.
 */

#include <linux/err.h>
#include <linux/pid_namespace.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "geometry.h"
#include "netlink_gen.h"
#include "vhost_mem.h"

/* Milliseconds: events would be a flood, or nobody would live to see one. */
#define VHOST_MEM_POLICY_INTERVAL_MIN	100
#define VHOST_MEM_POLICY_INTERVAL_MAX	86400000

static int netlink_fill(struct sk_buff *skb, struct vhost_mem_region *region,
			struct pid_namespace *ns, u32 portid, u32 seq,
			int flags, u8 cmd)
{
	void *hdr = genlmsg_put(skb, portid, seq, &vhost_mem_nl_family, flags,
				cmd);

	if (!hdr)
		return -EMSGSIZE;
	if (!vhost_mem_netlink_put(skb, region, ns)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* The region that a command is about; the registry is locked. */
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
 * Do what a command wants done, if anything, with the region that it is about,
 * and reply with the region as it is then. The reply comes first: where there is
 * no memory for it, nothing has changed.
 */
static int netlink_do(struct genl_info *info,
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
		ret = netlink_fill(reply, region, task_active_pid_ns(current),
				   info->snd_portid, info->snd_seq, 0,
				   info->genlhdr->cmd);
	vhost_mem_registry_unlock();
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/* Documented in the specification, like the two below. */
int vhost_mem_nl_region_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_do(info, NULL);
}

int vhost_mem_nl_region_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	struct vhost_mem_region *region;
	unsigned long id = cb->args[0];
	int ret = 0;

	vhost_mem_registry_lock();
	while ((region = vhost_mem_registry_next(&id))) {
		ret = netlink_fill(skb, region, task_active_pid_ns(current),
				   NETLINK_CB(cb->skb).portid,
				   cb->nlh->nlmsg_seq, NLM_F_MULTI,
				   VHOST_MEM_CMD_REGION_GET);
		if (ret)
			break;
		id++;
	}
	vhost_mem_registry_unlock();
	cb->args[0] = id;
	/* What did not fit goes into the next message; something always does. */
	return skb->len ?: ret;
}

/* Check a size; if it is refused, say why. */
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

/* The policy as it will be; if something about it is wrong, say what. */
static int netlink_get_policy(struct genl_info *info,
			      struct vhost_mem_region *region,
			      struct vhost_mem_voice_policy *policy)
{
	struct nlattr *interval = info->attrs[VHOST_MEM_A_REGION_POLICY_INTERVAL];
	struct nlattr *which = info->attrs[VHOST_MEM_A_REGION_POLICY];
	struct nlattr *step = info->attrs[VHOST_MEM_A_REGION_POLICY_STEP];
	struct nlattr *max = info->attrs[VHOST_MEM_A_REGION_POLICY_MAX];
	int ret = 0;

	/* Changed only with the registry's lock held. */
	*policy = region->voice.policy;
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
				    "a step of 0 would never grant anything");
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

/*
 * The registry's lock is held, so nobody else changes limit or policy: what was
 * checked is still true when it is applied, and all of it is or nothing. What
 * the guest may change behind us, whether a wish waits, comes first.
 */
static int netlink_set(struct genl_info *info, struct vhost_mem_region *region)
{
	struct nlattr *requested = info->attrs[VHOST_MEM_A_REGION_REQUESTED_SIZE];
	struct nlattr *limit = info->attrs[VHOST_MEM_A_REGION_LIMIT];
	u64 new_limit = limit ? nla_get_u64(limit) : READ_ONCE(region->limit);
	struct vhost_mem_voice_policy policy;
	int ret;

	ret = netlink_get_policy(info, region, &policy);
	if (limit && !ret)
		ret = netlink_check_size(info, region, limit);
	if (requested && !ret)
		ret = netlink_check_size(info, region, requested);
	if (ret)
		return ret;
	if (requested && nla_get_u64(requested) > new_limit) {
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, requested,
					   "requested size exceeds the limit",
					   ": %llu, limit %llu",
					   nla_get_u64(requested), new_limit);
		return -EDQUOT;
	}

	if (info->attrs[VHOST_MEM_A_REGION_WISH_VERDICT] &&
	    vhost_mem_voice_deny(region)) {
		NL_SET_ERR_MSG(info->extack,
			       "no wish of the guest waits for an answer");
		return -ENOENT;
	}
	if (limit)
		vhost_mem_config_set_limit(region, new_limit);
	if (netlink_has_policy(info))
		vhost_mem_voice_set_policy(region, &policy);
	if (requested)
		ret = vhost_mem_config_set_requested(region,
						     nla_get_u64(requested));
	if (ret == -ESHUTDOWN)
		NL_SET_ERR_MSG_ATTR(info->extack, requested,
				    "the device is being removed from the VM");
	return ret;
}

int vhost_mem_nl_region_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (!info->attrs[VHOST_MEM_A_REGION_LIMIT] && !netlink_has_policy(info) &&
	    !info->attrs[VHOST_MEM_A_REGION_WISH_VERDICT] &&
	    GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_REGION_REQUESTED_SIZE)) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set is given: no requested size, limit, policy or verdict");
		return -EINVAL;
	}

	return netlink_do(info, netlink_set);
}

/**
 * vhost_mem_netlink_notify() - tell the listeners of the group "events"
 * @region: The region.
 * @cmd: VHOST_MEM_CMD_REGION_*_NTF.
 *
 * Listeners may miss an event, by netlink's nature; nothing here depends on
 * their getting it.
 *
 * Context: May sleep. Takes region->config_lock.
 */
void vhost_mem_netlink_notify(struct vhost_mem_region *region, u8 cmd)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&vhost_mem_nl_family, &init_net,
				VHOST_MEM_NLGRP_EVENTS))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	if (netlink_fill(skb, region, &init_pid_ns, 0, 0, 0, cmd)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_multicast(&vhost_mem_nl_family, skb, 0, VHOST_MEM_NLGRP_EVENTS,
			  GFP_KERNEL);
}

/**
 * vhost_mem_netlink_init() - register the family
 *
 * Context: Module initialization.
 * Return: 0 or a negative errno.
 */
int __init vhost_mem_netlink_init(void)
{
	/* Regions belong to the host, not to a network namespace. */
	vhost_mem_nl_family.netnsok = false;
	return genl_register_family(&vhost_mem_nl_family);
}

/**
 * vhost_mem_netlink_exit() - unregister the family
 *
 * Context: Module exit.
 */
void vhost_mem_netlink_exit(void)
{
	genl_unregister_family(&vhost_mem_nl_family);
}
MODULE_ALIAS_GENL_FAMILY(VHOST_MEM_FAMILY_NAME);

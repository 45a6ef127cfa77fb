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
#include "netlink.h"
#include "netlink_dump.h"
#include "netlink_gen.h"
#include "netlink_job.h"
#include "netlink_put.h"
#include "netlink_reply.h"
#include "netlink_rights.h"
#include "netlink_set.h"
#include "registry.h"
#include "vhost_mem.h"

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

static int netlink_put(struct sk_buff *reply, const struct sk_buff *skb,
		       struct vhost_mem_region *region)
{
	const struct vhost_mem_netlink_reader reader = {
		.ns	= task_active_pid_ns(current),
		.admin	= vhost_mem_netlink_is_admin(skb),
	};

	return vhost_mem_netlink_put(reply, region, &reader) ? 0 : -EMSGSIZE;
}

static int netlink_get(struct sk_buff *reply, const struct sk_buff *skb,
		       struct genl_info *info)
{
	struct vhost_mem_region *region = netlink_find(info);

	return IS_ERR(region) ? PTR_ERR(region) : netlink_put(reply, skb, region);
}

/* The operations are documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_region_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_REGION_GET,
				       netlink_get);
}

int vhost_mem_nl_region_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	return vhost_mem_netlink_dump(skb, cb, netlink_fill_dump);
}

static int netlink_set(struct sk_buff *reply, const struct sk_buff *skb,
		       struct genl_info *info)
{
	struct vhost_mem_region *region = netlink_find(info);
	struct vhost_mem_change change;
	int ret;

	if (IS_ERR(region))
		return PTR_ERR(region);
	ret = vhost_mem_netlink_get_change(info, region, &change);
	if (!ret)
		ret = vhost_mem_netlink_get_cause(info, &change.cause);
	if (ret)
		return ret;
	ret = vhost_mem_change_apply(region, &change);
	if (ret) {
		vhost_mem_netlink_explain(info, ret, region, &change);
		return ret;
	}
	return netlink_put(reply, skb, region);
}

int vhost_mem_nl_region_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	if (ret)
		return ret;
	if (!info->attrs[VHOST_MEM_A_REGION_LIMIT] && !vhost_mem_netlink_has_policy(info) &&
	    !info->attrs[VHOST_MEM_A_REGION_POOL] &&
	    !info->attrs[VHOST_MEM_A_REGION_RESERVED] &&
	    !info->attrs[VHOST_MEM_A_REGION_MINIMUM] &&
	    !info->attrs[VHOST_MEM_A_REGION_RULES] &&
	    !info->attrs[VHOST_MEM_A_REGION_PROPOSAL_DECISION] &&
	    GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_REGION_REQUESTED_SIZE)) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set: neither requested size nor limit, minimum, pool, reserved size, policy, decision or number of rules");
		return -EINVAL;
	}
	if (info->attrs[VHOST_MEM_A_REGION_NOTE] &&
	    GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_REGION_REQUESTED_SIZE)) {
		NL_SET_ERR_MSG(info->extack,
			       "a note is for a requested size, and there is none");
		return -EINVAL;
	}

	return vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_REGION_SET,
				       netlink_set);
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

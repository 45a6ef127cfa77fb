// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: the commands for what new regions start with, see
 * Documentation/netlink/specs/vhost_mem.yaml.
 */

#include <linux/err.h>
#include <linux/mutex.h>
#include <net/genetlink.h>

#include "defaults.h"
#include "netlink_gen.h"
#include "netlink_pool.h"
#include "netlink_rights.h"
#include "netlink_set.h"
#include "pool.h"
#include "registry.h"

/* Held by who sets the defaults, until the event is sent: so the last event is true. */
static DEFINE_MUTEX(vhost_mem_defaults_mutex);

static bool defaults_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VHOST_MEM_A_DEFAULTS_PAD);
}

static bool defaults_put_size(struct sk_buff *skb, int attr, u64 value)
{
	return value == VHOST_MEM_DEFAULTS_NONE ||
	       defaults_put_u64(skb, attr, value);
}

static int defaults_fill(struct sk_buff *skb, const struct vhost_mem_defaults *defaults,
			 u32 port, u32 sequence, u8 cmd)
{
	const struct vhost_mem_report_policy *policy = &defaults->policy;
	void *hdr = genlmsg_put(skb, port, sequence, &vhost_mem_nl_family, 0, cmd);

	if (!hdr ||
	    !defaults_put_size(skb, VHOST_MEM_A_DEFAULTS_LIMIT, defaults->limit) ||
	    !defaults_put_u64(skb, VHOST_MEM_A_DEFAULTS_MINIMUM, defaults->minimum) ||
	    nla_put_string(skb, VHOST_MEM_A_DEFAULTS_POOL, defaults->pool->name) ||
	    nla_put_u32(skb, VHOST_MEM_A_DEFAULTS_POLICY, policy->policy) ||
	    !defaults_put_size(skb, VHOST_MEM_A_DEFAULTS_POLICY_MAX, policy->max) ||
	    !defaults_put_size(skb, VHOST_MEM_A_DEFAULTS_POLICY_STEP, policy->step) ||
	    !defaults_put_u64(skb, VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL,
			      policy->interval_ms))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

/* Merge the attributes into @policy, and explain what is wrong with them. */
static int defaults_get_policy(struct genl_info *info,
			       struct vhost_mem_report_policy *policy)
{
	struct nlattr *interval = info->attrs[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL];
	struct nlattr *which = info->attrs[VHOST_MEM_A_DEFAULTS_POLICY];
	struct nlattr *step = info->attrs[VHOST_MEM_A_DEFAULTS_POLICY_STEP];
	struct nlattr *max = info->attrs[VHOST_MEM_A_DEFAULTS_POLICY_MAX];

	if (which)
		policy->policy = nla_get_u32(which);
	if (max)
		policy->max = nla_get_u64(max);
	if (step)
		policy->step = nla_get_u64(step);
	return vhost_mem_netlink_check_policy(info, step, interval, policy);
}

/* Merge the attributes into @defaults, and explain what is wrong with them. */
static int defaults_get_change(struct genl_info *info,
			       struct vhost_mem_defaults *defaults)
{
	struct nlattr *minimum = info->attrs[VHOST_MEM_A_DEFAULTS_MINIMUM];
	struct nlattr *limit = info->attrs[VHOST_MEM_A_DEFAULTS_LIMIT];
	struct nlattr *pool = info->attrs[VHOST_MEM_A_DEFAULTS_POOL];

	if (limit)
		defaults->limit = nla_get_u64(limit);
	if (minimum)
		defaults->minimum = nla_get_u64(minimum);
	if (defaults->limit < defaults->minimum) {
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, minimum ?: limit,
					   "the limit is below the minimum",
					   ": limit %llu, minimum %llu",
					   defaults->limit, defaults->minimum);
		return -EDOM;
	}
	if (pool) {
		defaults->pool = vhost_mem_netlink_pool(info, pool);
		if (IS_ERR(defaults->pool))
			return PTR_ERR(defaults->pool);
	}
	return defaults_get_policy(info, &defaults->policy);
}

/*
 * Set the defaults, if @event is a message for listeners, which is used up; and reply with
 * the defaults.
 */
static int defaults_do(struct genl_info *info, struct sk_buff *event)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	struct vhost_mem_defaults defaults;
	int ret = 0;

	/* First, so that nothing has changed if there is no memory for it. */
	if (!reply) {
		nlmsg_free(event);
		return -ENOMEM;
	}
	vhost_mem_registry_lock();
	vhost_mem_defaults_get(&defaults);
	if (event)
		ret = defaults_get_change(info, &defaults);
	if (!ret)
		ret = defaults_fill(reply, &defaults, info->snd_portid,
				    info->snd_seq, info->genlhdr->cmd);
	if (event && !ret)
		ret = defaults_fill(event, &defaults, 0, 0,
				    VHOST_MEM_CMD_DEFAULTS_NTF);
	if (event && !ret)
		vhost_mem_defaults_set(&defaults);
	vhost_mem_registry_unlock();
	if (ret) {
		nlmsg_free(event);
		nlmsg_free(reply);
		return ret;
	}
	if (event)
		genlmsg_multicast(&vhost_mem_nl_family, event, 0,
				  VHOST_MEM_NLGRP_EVENTS, GFP_KERNEL);
	return genlmsg_reply(reply, info);
}

/* The operations are documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_defaults_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	return ret ?: defaults_do(info, NULL);
}

static bool defaults_is_empty(const struct genl_info *info)
{
	int i;

	for (i = VHOST_MEM_A_DEFAULTS_LIMIT; i <= VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL; i++) {
		if (info->attrs[i])
			return false;
	}
	return true;
}

int vhost_mem_nl_defaults_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *event;
	int ret;

	ret = vhost_mem_netlink_check_admin(skb, info);
	if (ret)
		return ret;
	if (defaults_is_empty(info)) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set: neither limit nor minimum, pool or policy");
		return -EINVAL;
	}
	event = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!event)
		return -ENOMEM;
	mutex_lock(&vhost_mem_defaults_mutex);
	ret = defaults_do(info, event);
	mutex_unlock(&vhost_mem_defaults_mutex);
	return ret;
}

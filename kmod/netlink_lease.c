// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: the commands for leases, see Documentation/netlink/specs/vhost_mem.yaml.
 *
 * Only administrators see leases, because their numbers are what a VMM claims them by.
 */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/user_namespace.h>
#include <net/genetlink.h>

#include "geometry.h"
#include "lease.h"
#include "netlink_gen.h"
#include "netlink_pool.h"
#include "netlink_reply.h"
#include "netlink_rights.h"
#include "pool.h"
#include "pools.h"
#include "registry.h"

static bool lease_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VHOST_MEM_A_LEASE_PAD);
}

static bool lease_put(struct sk_buff *skb, const struct vhost_mem_lease *lease)
{
	return lease_put_u64(skb, VHOST_MEM_A_LEASE_NUMBER, lease->number) &&
	       !nla_put_string(skb, VHOST_MEM_A_LEASE_NAME, lease->name) &&
	       !nla_put_string(skb, VHOST_MEM_A_LEASE_POOL, lease->pool->name) &&
	       lease_put_u64(skb, VHOST_MEM_A_LEASE_SIZE, lease->size) &&
	       (!lease->has_user ||
		!nla_put_u32(skb, VHOST_MEM_A_LEASE_USER,
			     from_kuid_munged(&init_user_ns, lease->user))) &&
	       lease_put_u64(skb, VHOST_MEM_A_LEASE_EXPIRES_IN,
			     vhost_mem_lease_left(lease));
}

static int lease_fill_dump(struct sk_buff *skb,
			   const struct vhost_mem_lease *lease,
			   struct netlink_callback *cb)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &vhost_mem_nl_family,
				NLM_F_MULTI, VHOST_MEM_CMD_LEASE_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (!lease_put(skb, lease)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static struct vhost_mem_lease *lease_find(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[VHOST_MEM_A_LEASE_NUMBER];
	struct vhost_mem_lease *lease;

	if (GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_LEASE_NUMBER)) {
		NL_SET_ERR_MSG(info->extack, "the number of a lease is missing");
		return ERR_PTR(-EINVAL);
	}
	lease = vhost_mem_lease_find(nla_get_u64(attr));
	if (lease)
		return lease;
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr,
				   "there is no such lease, or not any more",
				   ": %llu", nla_get_u64(attr));
	return ERR_PTR(-ENOENT);
}

static int lease_get_time(struct genl_info *info, unsigned int *ms)
{
	struct nlattr *time = info->attrs[VHOST_MEM_A_LEASE_TIME];
	u64 given = time ? nla_get_u64(time) : VHOST_MEM_LEASE_TIME_DEFAULT;

	if (given < VHOST_MEM_LEASE_TIME_MIN ||
	    given > VHOST_MEM_LEASE_TIME_MAX) {
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, time,
					   "the time is not from one second to one day",
					   ": %llu ms", given);
		return -ERANGE;
	}
	*ms = given;
	return 0;
}

static int lease_get_size(struct genl_info *info, struct vhost_mem_lease *wanted)
{
	struct nlattr *size = info->attrs[VHOST_MEM_A_LEASE_SIZE];

	wanted->size = size ? nla_get_u64(size) : 0;
	if (wanted->size && PAGE_ALIGNED(wanted->size))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, size,
			    "the size is missing, 0, or no multiple of the page size");
	return -EINVAL;
}

static int lease_get_name(struct genl_info *info, struct vhost_mem_lease *wanted)
{
	struct nlattr *name = info->attrs[VHOST_MEM_A_LEASE_NAME];

	/* The policy has seen to it that it fits. */
	if (name)
		strscpy(wanted->name, nla_data(name), sizeof(wanted->name));
	if (!vhost_mem_geometry_check_name(wanted->name))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, name,
			    "the name is a number, or has other than printable ASCII characters");
	return -EINVAL;
}

static int lease_get_user(struct genl_info *info, struct vhost_mem_lease *wanted)
{
	struct nlattr *user = info->attrs[VHOST_MEM_A_LEASE_USER];

	if (!user)
		return 0;
	wanted->has_user = true;
	wanted->user = make_kuid(&init_user_ns, nla_get_u32(user));
	if (uid_valid(wanted->user))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, user, "there is no such user");
	return -EINVAL;
}

/* Nothing else is charged to the pool by a command while the registry is locked. */
static void lease_explain(struct genl_info *info, int error,
			  const struct vhost_mem_lease *wanted)
{
	struct vhost_mem_pool_info has;

	if (error == -ENOSPC) {
		NL_SET_ERR_MSG(info->extack, "there are too many leases");
		return;
	}
	if (error != -ENOBUFS)
		return;
	vhost_mem_pool_look(wanted->pool, &has);
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack,
				   info->attrs[VHOST_MEM_A_LEASE_SIZE],
				   "the pool has no room for it",
				   ": %llu of %llu free, %u wait",
				   has.free, has.size, has.waiting);
}

static struct vhost_mem_lease *lease_add(struct genl_info *info)
{
	struct nlattr *pool = info->attrs[VHOST_MEM_A_LEASE_POOL];
	struct vhost_mem_lease wanted = { .pool = &vhost_mem_pool_default };
	struct vhost_mem_lease *lease;
	unsigned int ms;
	int ret;

	ret = lease_get_size(info, &wanted);
	if (!ret)
		ret = lease_get_name(info, &wanted);
	if (!ret)
		ret = lease_get_user(info, &wanted);
	if (!ret)
		ret = lease_get_time(info, &ms);
	if (ret)
		return ERR_PTR(ret);
	if (pool) {
		wanted.pool = vhost_mem_netlink_pool(info, pool);
		if (IS_ERR(wanted.pool))
			return ERR_CAST(wanted.pool);
	}
	lease = vhost_mem_lease_add(&wanted, ms);
	if (IS_ERR(lease))
		lease_explain(info, PTR_ERR(lease), &wanted);
	return lease;
}

static int lease_put_found(struct sk_buff *reply, const struct vhost_mem_lease *lease)
{
	if (IS_ERR(lease))
		return PTR_ERR(lease);
	return lease_put(reply, lease) ? 0 : -EMSGSIZE;
}

static int lease_get(struct sk_buff *reply, const struct sk_buff *skb,
		     struct genl_info *info)
{
	return lease_put_found(reply, lease_find(info));
}

static int lease_make(struct sk_buff *reply, const struct sk_buff *skb,
		      struct genl_info *info)
{
	return lease_put_found(reply, lease_add(info));
}

/* The operations are documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_lease_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	return ret ?: vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_LEASE_GET,
					      lease_get);
}

int vhost_mem_nl_lease_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	return ret ?: vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_LEASE_ADD,
					      lease_make);
}

int vhost_mem_nl_lease_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vhost_mem_lease *lease;
	int ret;

	ret = vhost_mem_netlink_check_admin(skb, info);
	if (ret)
		return ret;
	vhost_mem_registry_lock();
	lease = lease_find(info);
	ret = PTR_ERR_OR_ZERO(lease);
	if (!ret)
		vhost_mem_lease_drop(lease);
	vhost_mem_registry_unlock();
	return ret;
}

int vhost_mem_nl_lease_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct vhost_mem_lease *lease;
	u64 number = cb->args[0];
	int ret = 0;

	if (!vhost_mem_netlink_is_admin(cb->skb))
		return -EPERM;
	vhost_mem_registry_lock();
	/* Each lease that there is all the time is listed, as the list is in their order. */
	while ((lease = vhost_mem_lease_next(number))) {
		ret = lease_fill_dump(skb, lease, cb);
		if (ret)
			break;
		number = lease->number + 1;
	}
	vhost_mem_registry_unlock();
	cb->args[0] = number;
	return skb->len ?: ret;
}

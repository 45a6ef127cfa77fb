// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: the commands for pools, see Documentation/netlink/specs/vhost_mem.yaml.
 *
 * To move a region to a pool, and to promise memory to it, are changes of the region, see
 * netlink.c.
 */

#include <linux/err.h>
#include <net/genetlink.h>

#include "geometry.h"
#include "netlink_gen.h"
#include "netlink_pool.h"
#include "netlink_reply.h"
#include "netlink_rights.h"
#include "pool.h"
#include "pools.h"
#include "registry.h"

static bool pool_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return !nla_put_u64_64bit(skb, attr, value, VHOST_MEM_A_POOL_PAD);
}

static bool pool_put(struct sk_buff *skb, struct vhost_mem_pool *pool)
{
	struct vhost_mem_pool_info info;

	vhost_mem_pool_look(pool, &info);

	return !nla_put_string(skb, VHOST_MEM_A_POOL_NAME, pool->name) &&
	       (info.size == VHOST_MEM_POOL_UNLIMITED ?
		!nla_put_flag(skb, VHOST_MEM_A_POOL_UNLIMITED) :
		pool_put_u64(skb, VHOST_MEM_A_POOL_SIZE, info.size)) &&
	       pool_put_u64(skb, VHOST_MEM_A_POOL_CHARGED, info.charged) &&
	       pool_put_u64(skb, VHOST_MEM_A_POOL_RESERVED, info.promised) &&
	       pool_put_u64(skb, VHOST_MEM_A_POOL_EARMARKED, info.earmarked) &&
	       (!info.over ||
		pool_put_u64(skb, VHOST_MEM_A_POOL_OVER, info.over)) &&
	       !nla_put_u32(skb, VHOST_MEM_A_POOL_REGIONS, info.regions) &&
	       !nla_put_u32(skb, VHOST_MEM_A_POOL_WAITING, info.waiting) &&
	       pool_put_u64(skb, VHOST_MEM_A_POOL_LEASED, info.leased) &&
	       !nla_put_u32(skb, VHOST_MEM_A_POOL_LEASES, info.leases);
}

static int pool_fill_dump(struct sk_buff *skb, struct vhost_mem_pool *pool,
			  struct netlink_callback *cb)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &vhost_mem_nl_family,
				NLM_F_MULTI, VHOST_MEM_CMD_POOL_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (!pool_put(skb, pool)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * vhost_mem_netlink_pool() - find the pool that an attribute names
 * @info: The command.
 * @attr: The attribute, a name.
 *
 * Context: The registry is locked.
 * Return: The pool; ERR_PTR(-ENOENT), explained to the caller, if there is none.
 */
struct vhost_mem_pool *vhost_mem_netlink_pool(struct genl_info *info,
					      struct nlattr *attr)
{
	struct vhost_mem_pool *pool = vhost_mem_pools_find(nla_data(attr));

	if (pool)
		return pool;
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack, attr, "there is no such pool",
				   ": %s", (const char *)nla_data(attr));
	return ERR_PTR(-ENOENT);
}

static struct vhost_mem_pool *pool_find(struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_POOL_NAME)) {
		NL_SET_ERR_MSG(info->extack, "the name of a pool is missing");
		return ERR_PTR(-EINVAL);
	}
	return vhost_mem_netlink_pool(info, info->attrs[VHOST_MEM_A_POOL_NAME]);
}

/* Returns the pool, which may be a new one, or an ERR_PTR(). */
static struct vhost_mem_pool *pool_set(struct genl_info *info)
{
	struct nlattr *name = info->attrs[VHOST_MEM_A_POOL_NAME];
	struct nlattr *size = info->attrs[VHOST_MEM_A_POOL_SIZE];
	u64 bytes = size ? nla_get_u64(size) : VHOST_MEM_POOL_UNLIMITED;
	char checked[VHOST_MEM_NAME_MAX] = {};
	struct vhost_mem_pool_info before;
	struct vhost_mem_pool *pool;
	int ret;

	if (!name || !size == !info->attrs[VHOST_MEM_A_POOL_UNLIMITED]) {
		NL_SET_ERR_MSG(info->extack,
			       "a pool needs a name, and either a size or to be unlimited");
		return ERR_PTR(-EINVAL);
	}
	/* The policy has seen to it that it fits. */
	strscpy(checked, nla_data(name), sizeof(checked));
	if (!checked[0] || vhost_mem_geometry_check_name(checked)) {
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "the name is empty, a number, or has other than printable ASCII characters");
		return ERR_PTR(-EINVAL);
	}
	pool = vhost_mem_pools_find(checked);
	if (!pool)
		return vhost_mem_pools_add(checked, bytes);
	vhost_mem_pool_look(pool, &before);
	ret = vhost_mem_pool_resize(pool, bytes);
	if (!ret)
		return pool;
	NL_SET_ERR_MSG_ATTR_VALUES(info->extack, size,
				   "size is less than what is promised",
				   ": %llu, promised %llu", bytes, before.promised);
	return ERR_PTR(ret);
}

static int pool_put_found(struct sk_buff *reply, struct vhost_mem_pool *pool)
{
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	return pool_put(reply, pool) ? 0 : -EMSGSIZE;
}

static int pool_get(struct sk_buff *reply, const struct sk_buff *skb,
		    struct genl_info *info)
{
	return pool_put_found(reply, pool_find(info));
}

static int pool_change(struct sk_buff *reply, const struct sk_buff *skb,
		       struct genl_info *info)
{
	return pool_put_found(reply, pool_set(info));
}

/* The operations are documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_pool_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_POOL_GET,
				       pool_get);
}

int vhost_mem_nl_pool_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);

	return ret ?: vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_POOL_SET,
					      pool_change);
}

int vhost_mem_nl_pool_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vhost_mem_pool_info before;
	struct vhost_mem_pool *pool;
	int ret;

	ret = vhost_mem_netlink_check_admin(skb, info);
	if (ret)
		return ret;
	vhost_mem_registry_lock();
	pool = pool_find(info);
	ret = PTR_ERR_OR_ZERO(pool);
	if (!ret) {
		vhost_mem_pool_look(pool, &before);
		ret = vhost_mem_pools_delete(pool);
		if (ret)
			NL_SET_ERR_MSG_ATTR_VALUES(info->extack,
						   info->attrs[VHOST_MEM_A_POOL_NAME],
						   "the pool is \"default\" or that of new regions, or has regions or leases",
						   ": %u, %u", before.regions, before.leases);
	}
	vhost_mem_registry_unlock();
	return ret;
}

int vhost_mem_nl_pool_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	unsigned long n = cb->args[0];
	struct vhost_mem_pool *pool;
	int ret = 0;

	vhost_mem_registry_lock();
	/* If a pool comes or goes between two messages, NLM_F_DUMP_INTR tells the reader. */
	cb->seq = vhost_mem_pools_generation();
	while ((pool = vhost_mem_pools_nth(n))) {
		ret = pool_fill_dump(skb, pool, cb);
		if (ret)
			break;
		n++;
	}
	vhost_mem_registry_unlock();
	cb->args[0] = n;
	return skb->len ?: ret;
}

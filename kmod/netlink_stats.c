// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: stats-get, see Documentation/netlink/specs/vhost_mem.yaml.
 *
 * How often a guest plugs, and is refused, is for everybody, as sizes and progress are. How
 * long its requests take, and that it reports something, is for administrators.
 */

#include <net/genetlink.h>

#include "netlink_dump.h"
#include "netlink_gen.h"
#include "netlink_reply.h"
#include "netlink_rights.h"
#include "registry.h"
#include "stats.h"
#include "vhost_mem.h"

static bool stats_put_u64(struct sk_buff *skb, int attr, const atomic64_t *value)
{
	return !nla_put_u64_64bit(skb, attr, atomic64_read(value),
				  VHOST_MEM_A_STATS_PAD);
}

static bool stats_is_report(enum vhost_mem_request_type type)
{
	return type == VHOST_MEM_REQUEST_TYPE_PROPOSAL ||
	       type == VHOST_MEM_REQUEST_TYPE_STATUS ||
	       type == VHOST_MEM_REQUEST_TYPE_HINTS;
}

static bool stats_put_response(struct sk_buff *skb, int attr,
			       const atomic64_t *value)
{
	return !nla_put_u64_64bit(skb, attr, atomic64_read(value),
				  VHOST_MEM_A_REQUESTS_PAD);
}

static bool stats_put_latency(struct sk_buff *skb,
			      const struct vhost_mem_request_stats *requests)
{
	u64 buckets[VHOST_MEM_LATENCY_BUCKETS];
	unsigned int i;

	for (i = 0; i < VHOST_MEM_LATENCY_BUCKETS; i++)
		buckets[i] = atomic64_read(&requests->latency[i]);
	return !nla_put(skb, VHOST_MEM_A_REQUESTS_LATENCY, sizeof(buckets),
			buckets);
}

static bool stats_put_type(struct sk_buff *skb, enum vhost_mem_request_type type,
			   const struct vhost_mem_request_stats *requests,
			   bool admin)
{
	const atomic64_t *responses = requests->responses;
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < VHOST_MEM_STATS_RESPONSES; i++) {
		if (atomic64_read(&responses[i]))
			break;
	}
	if (i == VHOST_MEM_STATS_RESPONSES || (!admin && stats_is_report(type)))
		return true;
	nest = nla_nest_start(skb, VHOST_MEM_A_STATS_TYPES);
	if (!nest || nla_put_u32(skb, VHOST_MEM_A_REQUESTS_TYPE, type) ||
	    !stats_put_response(skb, VHOST_MEM_A_REQUESTS_ACK,
				&responses[VIRTIO_MEM_RESP_ACK]) ||
	    !stats_put_response(skb, VHOST_MEM_A_REQUESTS_NACK,
				&responses[VIRTIO_MEM_RESP_NACK]) ||
	    !stats_put_response(skb, VHOST_MEM_A_REQUESTS_BUSY,
				&responses[VIRTIO_MEM_RESP_BUSY]) ||
	    !stats_put_response(skb, VHOST_MEM_A_REQUESTS_ERROR,
				&responses[VIRTIO_MEM_RESP_ERROR]) ||
	    (admin && !stats_put_latency(skb, requests)))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool stats_put(struct sk_buff *skb, const struct vhost_mem_region *region,
		      bool admin)
{
	const struct vhost_mem_stats *stats = &region->stats;
	const atomic64_t *busy = stats->busy;
	unsigned int i;

	if (nla_put_u32(skb, VHOST_MEM_A_STATS_ID, region->id) ||
	    nla_put_string(skb, VHOST_MEM_A_STATS_NAME, region->name) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_REQUESTS, &region->stats.served) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_INTERRUPTS,
			   &region->config_call.signals) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_WAKES, &stats->wakes) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_FROZEN,
			   &busy[VHOST_MEM_BUSY_FROZEN]) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_PINNED,
			   &busy[VHOST_MEM_BUSY_PINNED]) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_POOL,
			   &busy[VHOST_MEM_BUSY_POOL]) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_INTERRUPTED,
			   &busy[VHOST_MEM_BUSY_INTERRUPTED]) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_NO_MEMORY,
			   &busy[VHOST_MEM_BUSY_NO_MEMORY]) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_NO_HUGE_PAGES,
			   &busy[VHOST_MEM_BUSY_NO_HUGE_PAGES]) ||
	    !stats_put_u64(skb, VHOST_MEM_A_STATS_BUSY_UNCONFIRMED,
			   &busy[VHOST_MEM_BUSY_UNCONFIRMED]))
		return false;
	for (i = 0; i < VHOST_MEM_STATS_TYPES; i++) {
		if (!stats_put_type(skb, i, &stats->requests[i], admin))
			return false;
	}
	return true;
}

static int stats_get(struct sk_buff *reply, const struct sk_buff *skb,
		     struct genl_info *info)
{
	struct nlattr *id = info->attrs[VHOST_MEM_A_STATS_ID];
	struct vhost_mem_region *region;

	region = vhost_mem_registry_find(nla_get_u32(id));
	if (!region) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "there is no such region");
		return -ENOENT;
	}
	return stats_put(reply, region, vhost_mem_netlink_is_admin(skb)) ?
	       0 : -EMSGSIZE;
}

/* The operation is documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, VHOST_MEM_A_STATS_ID)) {
		NL_SET_ERR_MSG(info->extack, "the id of a region is missing");
		return -EINVAL;
	}
	return vhost_mem_netlink_reply(skb, info, VHOST_MEM_CMD_STATS_GET,
				       stats_get);
}

static int stats_fill_dump(struct sk_buff *skb, struct vhost_mem_region *region,
			   struct netlink_callback *cb)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &vhost_mem_nl_family,
				NLM_F_MULTI, VHOST_MEM_CMD_STATS_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (!stats_put(skb, region, vhost_mem_netlink_is_admin(cb->skb))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

int vhost_mem_nl_stats_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	return vhost_mem_netlink_dump(skb, cb, stats_fill_dump);
}

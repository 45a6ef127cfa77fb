// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fake_stats.h"
#include "fixture.h"

#define PUT(name, value) nla_put_u64(msg, VHOST_MEM_A_##name, value)

static void put_type(struct nl_msg *msg, uint32_t type, uint64_t ack, uint64_t busy,
		     unsigned int bucket)
{
	uint64_t latency[VHOST_MEM_LATENCY_BUCKETS] = {};
	struct nlattr *nest = nla_nest_start(msg, VHOST_MEM_A_STATS_TYPES);

	/* One is slow. */
	latency[bucket] = ack + busy - 1;
	latency[bucket + 6] = 1;
	nla_put_u32(msg, VHOST_MEM_A_REQUESTS_TYPE, type);
	PUT(REQUESTS_ACK, ack);
	PUT(REQUESTS_NACK, 0);
	PUT(REQUESTS_BUSY, busy);
	PUT(REQUESTS_ERROR, 0);
	nla_put(msg, VHOST_MEM_A_REQUESTS_LATENCY, sizeof(latency), latency);
	nla_nest_end(msg, nest);
}

struct nl_msg *fake_stats_message(const struct region *region)
{
	struct nl_msg *msg = nlmsg_alloc();
	bool vm1 = region->id == 1;
	static uint64_t more;

	if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, VHOST_MEM_CMD_STATS_GET,
				 VHOST_MEM_FAMILY_VERSION))
		abort();
	nla_put_u32(msg, VHOST_MEM_A_STATS_ID, region->id);
	nla_put_string(msg, VHOST_MEM_A_STATS_NAME, region->name);
	PUT(STATS_REQUESTS, vm1 ? 1033 + more : 0);
	PUT(STATS_BUSY_FROZEN, 0);
	PUT(STATS_BUSY_PINNED, vm1 ? 2 : 0);
	PUT(STATS_BUSY_POOL, vm1 ? 1 : 0);
	PUT(STATS_BUSY_INTERRUPTED, 0);
	PUT(STATS_BUSY_NO_MEMORY, 0);
	PUT(STATS_BUSY_NO_HUGE_PAGES, 0);
	PUT(STATS_BUSY_UNCONFIRMED, 0);
	PUT(STATS_INTERRUPTS, vm1 ? 17 : 0);
	PUT(STATS_WAKES, vm1 ? 1 : 0);
	if (vm1) {
		put_type(msg, VHOST_MEM_REQUEST_TYPE_PLUG, 1000 + more, 3, 7);
		put_type(msg, VHOST_MEM_REQUEST_TYPE_STATE, 30, 0, 1);
		/* Newer than vmemctl. */
		put_type(msg, 77, 1, 0, 1);
		more += 10;
	}
	return msg;
}

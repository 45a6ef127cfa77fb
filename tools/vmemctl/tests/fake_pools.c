// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vhost_mem_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fake_pools.h"
#include "fake_regions.h"
#include "fixture.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What the regions of the default pool take of it. */
#define CHARGED (18 * GIB)

struct fake_pool {
	char name[64];
	uint64_t size;		/* 0: unlimited */
	uint64_t reserved;
	bool gone;
};

static struct fake_pool pools[] = {
	{ "default", 16 * GIB, 2 * GIB, false }, { "gold", 0, 0, false }, { "", 0, 0, true },
};
/* A pool that is made gets this place. */
static struct fake_pool *const new_pool = &pools[2];

const struct fake_pool *fake_pool_nth(int n)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pools); i++) {
		if (!pools[i].gone && !n--)
			return &pools[i];
	}
	return NULL;
}

struct nl_msg *fake_pool_message(const struct fake_pool *pool)
{
	struct nl_msg *msg = nlmsg_alloc();
	bool first = pool == &pools[0];

	if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, VHOST_MEM_CMD_POOL_GET,
				 VHOST_MEM_FAMILY_VERSION))
		abort();
	nla_put_string(msg, VHOST_MEM_A_POOL_NAME, pool->name);
	if (pool->size)
		nla_put_u64(msg, VHOST_MEM_A_POOL_SIZE, pool->size);
	else
		nla_put_flag(msg, VHOST_MEM_A_POOL_UNLIMITED);
	nla_put_u64(msg, VHOST_MEM_A_POOL_CHARGED, first ? CHARGED : 0);
	nla_put_u64(msg, VHOST_MEM_A_POOL_RESERVED, pool->reserved);
	nla_put_u64(msg, VHOST_MEM_A_POOL_EARMARKED, 0);
	if (first && pool->size && pool->size < CHARGED)
		nla_put_u64(msg, VHOST_MEM_A_POOL_OVER, CHARGED - pool->size);
	nla_put_u32(msg, VHOST_MEM_A_POOL_REGIONS, first ? 4 : 0);
	nla_put_u32(msg, VHOST_MEM_A_POOL_WAITING, first ? 1 : 0);
	return msg;
}

static struct fake_pool *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pools); i++) {
		if (!pools[i].gone && !strcmp(pools[i].name, name))
			return &pools[i];
	}
	return NULL;
}

static int set(struct fake_pool *pool, struct nlattr **tb, const char **text)
{
	struct nlattr *size = tb[VHOST_MEM_A_POOL_SIZE];
	static int times;

	if (!size == !tb[VHOST_MEM_A_POOL_UNLIMITED])
		abort();
	if (size && (nla_get_u64(size) < pool->reserved || (plays("refuses") && ++times < 3))) {
		*text = "size is less than what is promised to regions of the pool: 1, promised 2";
		return -EBUSY;
	}
	pool->size = size ? nla_get_u64(size) : 0;
	return 0;
}

int fake_pool_do(int cmd, struct nlattr **tb, const struct fake_pool **pool,
		 const char **text)
{
	const char *name = nla_get_string(tb[VHOST_MEM_A_POOL_NAME]);
	struct fake_pool *found = find(name);

	if (!found && cmd == VHOST_MEM_CMD_POOL_SET) {
		found = new_pool;
		found->gone = false;
		snprintf(found->name, sizeof(found->name), "%s", name);
	}
	*pool = cmd == VHOST_MEM_CMD_POOL_DEL ? NULL : found;
	if (!found) {
		*text = "there is no such pool";
		return -ENOENT;
	}
	if (cmd == VHOST_MEM_CMD_POOL_SET)
		return set(found, tb, text);
	if (cmd != VHOST_MEM_CMD_POOL_DEL)
		return 0;
	if (found == pools) {
		*text = "the pool is the default one, or has regions: 4";
		return -EBUSY;
	}
	found->gone = true;
	return 0;
}

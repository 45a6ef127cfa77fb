// SPDX-License-Identifier: GPL-2.0
/*
 * Pools, leases and groups while everything in them fails: what is charged, promised and
 * leased is what it was before, and no lease is lost or there twice.
 */

#include "fail_nth.h"
#include "group.h"
#include "leases.h"
#include "pools.h"

static uint64_t pool_now(int attr)
{
	struct genl nl;
	struct pool pool = {};

	CHECK_EQ(genl_open(&nl), 0);
	pools_get(&nl, STATE_POOL, &pool);
	close(nl.fd);
	return pool.value[attr];
}

static int run_pool_set(void)
{
	return pools_set(&fixture.nl, STATE_POOL, 2 * POOL);
}

static bool done_pool_set(void)
{
	return pool_now(VHOST_MEM_A_POOL_SIZE) == 2 * POOL;
}

/* It may be gone, and its message lost. */
static int run_pool_delete(void)
{
	int ret = pools_delete(&fixture.nl, STATE_POOL);

	return ret == -ENOENT ? 0 : ret;
}

static bool done_pool_delete(void)
{
	return !pool_now(VHOST_MEM_A_POOL_SIZE);
}

static int run_pool_get(void)
{
	struct pool pool;

	return pools_get(&fixture.nl, STATE_POOL, &pool);
}

static int run_pool_move(void)
{
	return pools_move(&fixture.nl, fixture.dev.id, STATE_POOL);
}

static bool done_pool_move(void)
{
	return pool_now(VHOST_MEM_A_POOL_CHARGED) == LEASE + 5 * HUGE;
}

static int run_pool_reserve(void)
{
	return pools_reserve(&fixture.nl, fixture.dev.id, 7 * HUGE);
}

static bool done_pool_reserve(void)
{
	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_RESERVED) == 7 * HUGE &&
	       genl_value(fixture.dev.id, VHOST_MEM_A_REGION_CHARGED) == 7 * HUGE;
}

/* A lease whose message was lost is there. Another one would be a second one. */
static bool added;

static void prepare_lease_add(void)
{
	fixture_pool();
	added = false;
}

static int run_lease_add(void)
{
	return added ? 0 : leases_add(&fixture.nl, STATE_POOL, LEASE,
				      LEASES_ANYBODY, 0, NULL);
}

static bool lease_unknown(int ret)
{
	added = pool_now(VHOST_MEM_A_POOL_LEASES) == 2;
	return netlink_unknown(ret);
}

static bool done_lease_add(void)
{
	return pool_now(VHOST_MEM_A_POOL_LEASES) == 2 &&
	       pool_now(VHOST_MEM_A_POOL_LEASED) == 2 * LEASE;
}

static int run_lease_drop(void)
{
	int ret = leases_drop(&fixture.nl, fixture.lease);

	return ret == -ENOENT ? 0 : ret;
}

static bool done_lease_drop(void)
{
	return !pool_now(VHOST_MEM_A_POOL_LEASED) &&
	       !pool_now(VHOST_MEM_A_POOL_CHARGED);
}

static int run_lease_get(void)
{
	struct lease lease;

	return leases_get(&fixture.nl, fixture.lease, &lease);
}

static void prepare_lease_use(void)
{
	fixture_pool_only();
	fixture.dev.fd = device_open();
}

static int run_lease_use(void)
{
	return leases_create(fixture.dev.fd, REGION, HUGE, fixture.lease,
			     &fixture.dev.id);
}

static bool done_lease_use(void)
{
	return !pool_now(VHOST_MEM_A_POOL_LEASES) &&
	       pool_now(VHOST_MEM_A_POOL_RESERVED) == LEASE &&
	       pool_now(VHOST_MEM_A_POOL_CHARGED) == LEASE &&
	       genl_value(fixture.dev.id, VHOST_MEM_A_REGION_RESERVED) == LEASE;
}

static void prepare_group(void)
{
	fixture_pool();
	fixture.second = device_new(REGION, HUGE, 0);
}

static int run_group(void)
{
	struct group group = {};

	group_add(&group, fixture.dev.id, 6 * HUGE);
	group_u64(&group, VHOST_MEM_A_REGION_LIMIT, 6 * HUGE);
	group_add(&group, fixture.second.id, 3 * HUGE);
	group_u64(&group, VHOST_MEM_A_REGION_MINIMUM, 2 * HUGE);
	return group_set(&fixture.nl, &group, NULL);
}

static bool done_group(void)
{
	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE) == 6 * HUGE &&
	       genl_value(fixture.dev.id, VHOST_MEM_A_REGION_LIMIT) == 6 * HUGE &&
	       genl_value(fixture.second.id, VHOST_MEM_A_REGION_REQUESTED_SIZE) == 3 * HUGE &&
	       genl_value(fixture.second.id, VHOST_MEM_A_REGION_MINIMUM) == 2 * HUGE;
}

static void take_stats(const void *attrs, size_t length, void *arg)
{
	bool *found = arg;
	size_t at = 0;

	*found = genl_next(attrs, length, &at);
}

static int run_stats_get(void)
{
	char attrs[16];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_STATS_ID, &fixture.dev.id, 4);
	bool found = false;
	int ret;

	ret = genl_ask(&fixture.nl, VHOST_MEM_CMD_STATS_GET, attrs, length, take_stats,
		       &found);
	return ret ? ret : found ? 0 : -ENODATA;
}

SWEEP(pool_create, fixture_netlink, run_pool_set, done_pool_set,
      .unknown = netlink_unknown)
SWEEP(pool_resize, fixture_pool, run_pool_set, done_pool_set,
      .unknown = netlink_unknown)
SWEEP(pool_delete, fixture_empty_pool, run_pool_delete, done_pool_delete,
      .unknown = netlink_unknown)
SWEEP(pool_get, fixture_pool, run_pool_get, NULL, .unknown = netlink_unknown)
SWEEP(pool_move, fixture_pool, run_pool_move, done_pool_move,
      .unknown = netlink_unknown)
SWEEP(pool_reserve, fixture_pool, run_pool_reserve, done_pool_reserve,
      .unknown = netlink_unknown)
SWEEP(lease_add, prepare_lease_add, run_lease_add, done_lease_add,
      .unknown = lease_unknown)
SWEEP(lease_drop, fixture_pool, run_lease_drop, done_lease_drop,
      .unknown = netlink_unknown)
SWEEP(lease_get, fixture_pool, run_lease_get, NULL, .unknown = netlink_unknown)
SWEEP(lease_use, prepare_lease_use, run_lease_use, done_lease_use)
SWEEP(group, prepare_group, run_group, done_group, .unknown = netlink_unknown)
SWEEP(stats_get, fixture_netlink, run_stats_get, NULL, .unknown = netlink_unknown)

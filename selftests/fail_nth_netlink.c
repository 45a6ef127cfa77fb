// SPDX-License-Identifier: GPL-2.0
/* Netlink commands while everything in them fails. */

#include "fail_nth.h"

/*
 * The command's own failure comes as a message and says that nothing was done.
 * When that message, or the one of its success, is lost, nobody knows.
 */
static bool netlink_unknown(int ret)
{
	return ret == -ENOBUFS || ret == -EAGAIN || ret == -EFAULT;
}

static int run_netlink_get(void)
{
	struct genl_region region;

	return genl_get(&scene.nl, scene.dev.id, &region);
}

static int run_netlink_set(void)
{
	struct genl_region region;

	return genl_set(&scene.nl, scene.dev.id, 2 * HUGE, &region);
}

static int run_netlink_limit(void)
{
	uint64_t limit = 3 * HUGE;
	char attrs[64];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &scene.dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_LIMIT, &limit, 8);
	return genl_request(&scene.nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			    NULL);
}

static bool done_netlink_limit(void)
{
	return genl_value(scene.dev.id, VHOST_MEM_A_REGION_LIMIT) == 3 * HUGE &&
	       device_config(scene.dev.fd).requested_size == 3 * HUGE;
}

static int run_netlink_listen(void)
{
	return genl_listen(&scene.nl);
}

static bool done_netlink_listen(void)
{
	struct genl_region event;

	if (run_set_requested())
		return false;
	/* What the scene has plugged is an event, too, a moment later. */
	do {
		if (genl_event(&scene.nl, 10000, &event))
			return false;
	} while (event.cmd != VHOST_MEM_CMD_REGION_RESIZED_NTF);
	return true;
}

static int run_netlink_dump(void)
{
	struct genl_region regions[STATE_REGIONS_MAX];
	int ret = genl_dump(&scene.nl, regions, STATE_REGIONS_MAX);

	return ret < 0 ? ret : ret == 1 ? 0 : -ENODATA;
}

SWEEP(netlink_get, scene_netlink, run_netlink_get, NULL,
      .unknown = netlink_unknown)
SWEEP(netlink_set, scene_netlink, run_netlink_set, done_set_requested,
      .unknown = netlink_unknown)
SWEEP(netlink_set_listener, scene_listener, run_netlink_set, done_set_requested,
      .unknown = netlink_unknown)
SWEEP(netlink_limit, scene_netlink, run_netlink_limit, done_netlink_limit,
      .unknown = netlink_unknown)
SWEEP(netlink_listen, scene_netlink, run_netlink_listen, done_netlink_listen)
SWEEP(netlink_dump, scene_netlink, run_netlink_dump, NULL,
      .unknown = netlink_unknown)

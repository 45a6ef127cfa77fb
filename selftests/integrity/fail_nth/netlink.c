// SPDX-License-Identifier: GPL-2.0
/* Netlink commands while everything in them fails. */

#include "fail_nth.h"

bool netlink_unknown(int ret)
{
	return ret == -ENOBUFS || ret == -EAGAIN || ret == -EFAULT;
}

static int run_netlink_get(void)
{
	struct genl_region region;

	return genl_get(&fixture.nl, fixture.dev.id, &region);
}

static int run_netlink_set(void)
{
	struct genl_region region;

	return genl_set(&fixture.nl, fixture.dev.id, 2 * HUGE, &region);
}

static int run_netlink_limit(void)
{
	uint64_t limit = 3 * HUGE;
	char attrs[64];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &fixture.dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_LIMIT, &limit, 8);
	return genl_request(&fixture.nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			    NULL);
}

static bool done_netlink_limit(void)
{
	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_LIMIT) == 3 * HUGE &&
	       device_config(fixture.dev.fd).requested_size == 3 * HUGE;
}

static int run_netlink_listen(void)
{
	return genl_listen(&fixture.nl);
}

static bool done_netlink_listen(void)
{
	struct genl_region event;

	if (run_set_requested())
		return false;
	/* What the fixture has plugged is an event, too, a moment later. */
	do {
		if (genl_event(&fixture.nl, 10000, &event))
			return false;
	} while (event.cmd != VHOST_MEM_CMD_REGION_RESIZED_NTF);
	return true;
}

static int run_netlink_dump(void)
{
	struct genl_region regions[STATE_REGIONS_MAX];
	int ret = genl_dump(&fixture.nl, regions, STATE_REGIONS_MAX);

	return ret < 0 ? ret : ret == 1 ? 0 : -ENODATA;
}

static uint64_t job;

static void fixture_job(void)
{
	fixture_netlink();
	job = genl_value(fixture.dev.id, VHOST_MEM_A_REGION_JOB);
}

/* Of a job that was cancelled, although the answer was lost, nothing is left to cancel. */
static int run_job_cancel(void)
{
	int ret = genl_job_cancel(&fixture.nl, job, false, NULL);

	return ret == -ENOENT ? 0 : ret;
}

static bool done_job_cancel(void)
{
	struct virtio_mem_config config = device_config(fixture.dev.fd);
	struct genl_job ended;

	return config.requested_size == config.plugged_size &&
	       !genl_job_get(&fixture.nl, job, &ended) &&
	       ended.value[VHOST_MEM_A_JOB_STATE] ==
	       VHOST_MEM_JOB_STATE_CANCELLED;
}

static int run_job_dump(void)
{
	int ret = genl_job_dump(&fixture.nl, 0, NULL, 0);

	return ret < 0 ? ret : ret ? 0 : -ENODATA;
}

SWEEP(netlink_get, fixture_netlink, run_netlink_get, NULL,
      .unknown = netlink_unknown)
SWEEP(netlink_set, fixture_netlink, run_netlink_set, done_set_requested,
      .unknown = netlink_unknown)
SWEEP(netlink_set_listener, fixture_listener, run_netlink_set, done_set_requested,
      .unknown = netlink_unknown)
SWEEP(netlink_limit, fixture_netlink, run_netlink_limit, done_netlink_limit,
      .unknown = netlink_unknown)
SWEEP(netlink_listen, fixture_netlink, run_netlink_listen, done_netlink_listen)
SWEEP(netlink_job_cancel, fixture_job, run_job_cancel, done_job_cancel,
      .unknown = netlink_unknown)
SWEEP(netlink_job_dump, fixture_job, run_job_dump, NULL,
      .unknown = netlink_unknown)
SWEEP(netlink_dump, fixture_netlink, run_netlink_dump, NULL,
      .unknown = netlink_unknown)

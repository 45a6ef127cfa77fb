// SPDX-License-Identifier: GPL-2.0
/* A region comes and goes while everything in it fails. */

#include <fcntl.h>

#include "fail_nth.h"

static int run_open(void)
{
	fixture.dev.fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);
	return fixture.dev.fd < 0 ? -errno : 0;
}

static bool done_open(void)
{
	return fixture.dev.fd >= 0;
}

SWEEP(open, fixture_none, run_open, done_open)

static int create(uint64_t size, uint64_t block, uint32_t flags)
{
	return device_create(fixture.dev.fd, size, block, flags, "fail",
			     &fixture.dev.id);
}

static int run_create(void)
{
	return create(REGION, HUGE, 0);
}

static int run_create_readable(void)
{
	return create(REGION, HUGE, VHOST_MEM_CREATE_READABLE);
}

static int run_create_prealloc(void)
{
	return create(REGION, HUGE, VHOST_MEM_CREATE_PREALLOC);
}

/* A block map too large for one allocation of contiguous memory. */
static int run_create_large(void)
{
	return create(64 * GiB, PAGE, 0);
}

static int look_up(struct genl_region *region)
{
	struct genl nl;
	int ret;

	CHECK_EQ(genl_open(&nl), 0);
	ret = genl_get(&nl, fixture.dev.id, region);
	close(nl.fd);
	return ret;
}

static bool done_create(void)
{
	struct genl_region region;

	return fixture.dev.id && !look_up(&region) &&
	       !strcmp(region.name, "fail");
}

SWEEP(create, fixture_open, run_create, done_create)
SWEEP(create_readable, fixture_open, run_create_readable, done_create)
SWEEP(create_prealloc, fixture_open, run_create_prealloc, done_create)
SWEEP(create_large, fixture_open, run_create_large, done_create)
SWEEP(create_listener, fixture_open_listener, run_create, done_create)

static int run_close(void)
{
	int fd = fixture.dev.fd;

	fixture.dev.fd = -1;
	return close(fd) ? -errno : 0;
}

static bool done_close(void)
{
	struct genl_region region;

	return !fixture.dev.id || look_up(&region) == -ENOENT;
}

SWEEP(close, fixture_open, run_close, done_close)
SWEEP(close_region, fixture_region, run_close, done_close)
SWEEP(close_plugged, fixture_plugged, run_close, done_close)
SWEEP(close_huge, fixture_plugged_huge, run_close, done_close)
SWEEP(close_readable, fixture_plugged_readable, run_close, done_close)
SWEEP(close_listener, fixture_listener, run_close, done_close)
SWEEP(close_running, fixture_running, run_close, done_close)

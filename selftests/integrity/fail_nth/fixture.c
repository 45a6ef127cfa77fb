// SPDX-License-Identifier: GPL-2.0
/* Fixtures: the state in which a call is made. */

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "fail_nth.h"
#include "leases.h"
#include "pools.h"

struct fixture fixture;

static int listen_to_events(void)
{
	struct genl socket;

	CHECK_EQ(genl_open(&socket), 0);
	CHECK_EQ(genl_listen(&socket), 0);
	return socket.fd;
}

void fixture_none(void)
{
	fixture = (struct fixture){
		.dev = { .fd = -1, .size = REGION, .block = HUGE },
		.second.fd = -1,
		.nl.fd = -1,
		.listener = -1,
		.pipe = { -1, -1 },
		.eventfd = -1,
	};
}

void fixture_open(void)
{
	fixture_none();
	fixture.dev.fd = device_open();
}

void fixture_open_listener(void)
{
	fixture_open();
	fixture.listener = listen_to_events();
}

void fixture_region_of(uint64_t block, uint32_t flags)
{
	fixture_none();
	fixture.dev = device_new(REGION, block, flags);
}

void fixture_region(void)
{
	fixture_region_of(HUGE, 0);
}

void fixture_readable(void)
{
	fixture_region_of(HUGE, VHOST_MEM_CREATE_READABLE);
}

void fixture_prealloc(void)
{
	fixture_region_of(PAGE, VHOST_MEM_CREATE_PREALLOC);
}

static void plug_some(void)
{
	struct device *dev = &fixture.dev;

	CHECK_EQ(device_plug(dev, 0, 4), 0);
	CHECK_EQ(device_plug(dev, 6, 1), 0);
	for (unsigned int i = 0; i < 4; i++)
		CHECK_WRITES(dev->mem + i * dev->block, i + 1);
	fixture.written = true;
}

void fixture_plugged(void)
{
	fixture_region();
	plug_some();
}

void fixture_plugged_huge(void)
{
	fixture_region();
	madvise(fixture.dev.mem, fixture.dev.size, MADV_HUGEPAGE);
	plug_some();
}

void fixture_plugged_readable(void)
{
	unsigned char value;

	fixture_readable();
	plug_some();
	CHECK_EQ(touch_read(fixture.dev.mem + 5 * HUGE, &value), 0);
	CHECK_EQ(touch_read(fixture.dev.mem + 20 * HUGE, &value), 0);
}

void fixture_small(void)
{
	fixture_region_of(PAGE, 0);
	CHECK_EQ(device_plug(&fixture.dev, 0, 2), 0);
}

void fixture_two_mappings(void)
{
	fixture_plugged();
	fixture.mapping = device_map(fixture.dev.fd, fixture.dev.size);
	CHECK(fixture.mapping);
}

void fixture_guest(void)
{
	fixture_region();
	guest_init(&fixture.guest, &fixture.dev, 16, 0);
	fixture.have_guest = true;
}

void fixture_ready(void)
{
	fixture_guest();
	guest_setup(&fixture.guest);
}

void fixture_running(void)
{
	fixture_ready();
	CHECK_EQ(guest_start(&fixture.guest), 0);
}

static void open_netlink(void)
{
	struct timeval timeout = { .tv_sec = 5 };

	CHECK_EQ(genl_open(&fixture.nl), 0);
	CHECK_EQ(setsockopt(fixture.nl.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			    sizeof(timeout)), 0);
}

void fixture_netlink(void)
{
	fixture_plugged();
	open_netlink();
}

static void make_pool(void)
{
	CHECK_EQ(pools_set(&fixture.nl, STATE_POOL, POOL), 0);
}

static void make_lease(void)
{
	CHECK_EQ(leases_add(&fixture.nl, STATE_POOL, LEASE, LEASES_ANYBODY, 0,
			    &fixture.lease), 0);
}

void fixture_empty_pool(void)
{
	fixture_none();
	open_netlink();
	make_pool();
}

void fixture_pool_only(void)
{
	fixture_empty_pool();
	make_lease();
}

void fixture_pool(void)
{
	fixture_netlink();
	make_pool();
	make_lease();
}

/* Whatever the call has made of it. Numbers of leases increase. */
static void end_pool(void)
{
	uint64_t last;

	if (fixture.lease) {
		CHECK_EQ(leases_add(&fixture.nl, "default", HUGE, LEASES_ANYBODY, 0,
				    &last), 0);
		for (uint64_t i = fixture.lease; i <= last; i++)
			leases_drop(&fixture.nl, i);
	}
	pools_delete(&fixture.nl, STATE_POOL);
}

void fixture_listener(void)
{
	fixture_netlink();
	fixture.listener = listen_to_events();
}

void fixture_pipe(void)
{
	fixture_plugged();
	CHECK_EQ(pipe(fixture.pipe), 0);
	CHECK_EQ(write(fixture.pipe[1], "\x77", 1), 1);
}

void fixture_eventfd(void)
{
	fixture_region();
	fixture.eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(fixture.eventfd >= 0);
}

void fixture_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void fixture_end(void)
{
	if (fixture.have_guest)
		guest_free(&fixture.guest);
	if (fixture.mapping)
		munmap(fixture.mapping, fixture.dev.size);
	if (fixture.dev.mem)
		munmap(fixture.dev.mem, fixture.dev.size);
	if (fixture.second.mem)
		munmap(fixture.second.mem, fixture.second.size);
	fixture_close_fd(&fixture.dev.fd);
	fixture_close_fd(&fixture.second.fd);
	if (fixture.nl.fd >= 0)
		end_pool();
	fixture_close_fd(&fixture.nl.fd);
	fixture_close_fd(&fixture.listener);
	fixture_close_fd(&fixture.pipe[0]);
	fixture_close_fd(&fixture.pipe[1]);
	fixture_close_fd(&fixture.eventfd);
	fixture_none();
}

bool fixture_has_bytes(uint64_t plugged)
{
	struct device *dev = &fixture.dev;
	unsigned char value;

	if (!fixture.written || !dev->mem)
		return true;
	for (unsigned int i = 0; i < 4; i++)
		if (plugged >> i & 1 &&
		    (touch_read(dev->mem + i * dev->block, &value) ||
		     value != i + 1))
			return false;
	return true;
}

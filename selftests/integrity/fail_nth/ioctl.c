// SPDX-License-Identifier: GPL-2.0
/* The device's own ioctls while everything in them fails. */

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fail_nth.h"

static int run_set_address(void)
{
	return device_set(fixture.dev.fd, VHOST_MEM_SET_ADDRESS, GiB);
}

static bool done_set_address(void)
{
	return device_config(fixture.dev.fd).addr == GiB;
}

int run_set_requested(void)
{
	return device_set(fixture.dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 2 * HUGE);
}

bool done_set_requested(void)
{
	return device_config(fixture.dev.fd).requested_size == 2 * HUGE;
}

static int run_config_call(void)
{
	struct vhost_mem_fd arg = {
		.size = sizeof(arg), .fd = fixture.eventfd,
	};

	return device_ioctl(fixture.dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg);
}

/* A work item signals it. */
static bool done_config_call(void)
{
	return !run_set_requested() && !guest_wait_fd(fixture.eventfd, 10000);
}

static int run_get_config(void)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	return device_ioctl(fixture.dev.fd, VHOST_MEM_GET_CONFIG, &arg);
}

static uint64_t large_map[MiB / sizeof(uint64_t)];

static void fixture_large(void)
{
	fixture_open();
	CHECK_EQ(device_create(fixture.dev.fd, 64 * GiB, PAGE, 0, "",
			       &fixture.dev.id), 0);
}

static int run_block_map_large(void)
{
	return device_block_map(fixture.dev.fd, VHOST_MEM_GET_BLOCK_MAP, 0,
				64 * GiB / PAGE / 2, large_map);
}

static int run_plug(void)
{
	return device_plug(&fixture.dev, 4, 2);
}

static bool done_plug(void)
{
	return device_plugged(&fixture.dev, 4) && device_plugged(&fixture.dev, 5) &&
	       !touch_write(fixture.dev.mem + 4 * HUGE, 1) &&
	       device_config(fixture.dev.fd).plugged_size == 7 * HUGE;
}

static void fixture_prealloc_huge(void)
{
	fixture_region_of(HUGE, VHOST_MEM_CREATE_PREALLOC);
}

/* All memory is allocated, or nothing is plugged. */
static bool done_plug_prealloc(void)
{
	unsigned char value;

	return device_count_plugged(&fixture.dev) == 2 &&
	       genl_value(fixture.dev.id, VHOST_MEM_A_REGION_BACKED_SIZE) ==
	       2 * fixture.dev.block &&
	       !touch_read(fixture.dev.mem + 6 * fixture.dev.block - 1, &value) &&
	       !value;
}

/* Blocks 8, 9 and 12: two runs, of which the second may fail. */
static int run_set_map(void)
{
	uint64_t map = 0x1300;

	return device_block_map(fixture.dev.fd, VHOST_MEM_SET_BLOCK_MAP, 0,
				REGION / fixture.dev.block, &map);
}

static bool done_set_map(void)
{
	return device_count_plugged(&fixture.dev) == 3 &&
	       device_config(fixture.dev.fd).plugged_size == 3 * fixture.dev.block &&
	       device_plugged(&fixture.dev, 12) &&
	       !touch_write(fixture.dev.mem + 9 * fixture.dev.block, 1);
}

static int run_freeze(void)
{
	return device_set(fixture.dev.fd, VHOST_MEM_SET_FROZEN, 1);
}

static bool done_freeze(void)
{
	return device_plug(&fixture.dev, 8, 1) == -EAGAIN;
}

static int run_leaving(void)
{
	return device_set(fixture.dev.fd, VHOST_MEM_SET_LEAVING, 1);
}

static bool done_leaving(void)
{
	return !device_set(fixture.dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, HUGE) &&
	       device_set(fixture.dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
			  2 * HUGE) == -ESHUTDOWN;
}

static int memory_fd = -1;

static int run_memory_fd(void)
{
	struct vhost_mem_value arg = { .size = sizeof(arg) };

	memory_fd = ioctl(fixture.dev.fd, VHOST_MEM_GET_MEMORY_FD, &arg);
	return memory_fd < 0 ? -errno : 0;
}

static bool done_memory_fd(void)
{
	unsigned char *mem = device_map(memory_fd, fixture.dev.size), value = 0;
	bool done = mem && !touch_read(mem, &value) && value == 1;

	if (mem)
		munmap(mem, fixture.dev.size);
	close(memory_fd);
	return done;
}

/* Block 6, of which nothing was touched, and the one before it. */
static int run_discard(void)
{
	return fallocate(memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 5 * HUGE, 2 * HUGE) ? -errno : 0;
}

static bool done_discard(void)
{
	unsigned char value = 1;

	close(memory_fd);
	return device_count_plugged(&fixture.dev) == 5 &&
	       !touch_read(fixture.dev.mem + 6 * HUGE, &value) && !value;
}

static void fixture_memory_fd(void)
{
	fixture_plugged();
	CHECK_EQ(run_memory_fd(), 0);
}

static int run_unplug(void)
{
	return device_unplug(&fixture.dev, 1, 2);
}

static bool done_unplug(void)
{
	unsigned char value;

	if (fixture.dev.flags & VHOST_MEM_CREATE_READABLE ?
	    touch_read(fixture.dev.mem + HUGE, &value) || value :
	    touch_read(fixture.dev.mem + HUGE, &value) != SIGBUS)
		return false;
	return touch_write(fixture.dev.mem + HUGE, 1) == SIGBUS &&
	       !touch_read(fixture.dev.mem, &value) && value == 1 &&
	       device_count_plugged(&fixture.dev) == 3 &&
	       genl_value(fixture.dev.id, VHOST_MEM_A_REGION_BACKED_SIZE) <= 3 * HUGE;
}

static int run_system_reset(void)
{
	return device_set(fixture.dev.fd, VHOST_MEM_SYSTEM_RESET, 0);
}

static bool done_system_reset(void)
{
	return !device_count_plugged(&fixture.dev) &&
	       !device_config(fixture.dev.fd).plugged_size &&
	       !genl_value(fixture.dev.id, VHOST_MEM_A_REGION_BACKED_SIZE) &&
	       touch_write(fixture.dev.mem, 1) == SIGBUS;
}

SWEEP(set_address, fixture_region, run_set_address, done_set_address)
SWEEP(set_requested_size, fixture_region, run_set_requested, done_set_requested)
SWEEP(set_requested_size_listener, fixture_listener, run_set_requested,
      done_set_requested)
SWEEP(set_config_call, fixture_eventfd, run_config_call, done_config_call)
SWEEP(get_config, fixture_plugged, run_get_config, NULL)
SWEEP(get_block_map, fixture_large, run_block_map_large, NULL)

SWEEP(plug, fixture_plugged, run_plug, done_plug)
SWEEP(plug_readable, fixture_plugged_readable, run_plug, done_plug)
SWEEP(plug_prealloc, fixture_prealloc, run_plug, done_plug_prealloc)
SWEEP(plug_prealloc_huge, fixture_prealloc_huge, run_plug, done_plug_prealloc)
SWEEP(set_block_map, fixture_region, run_set_map, done_set_map)
SWEEP(set_block_map_prealloc, fixture_prealloc_huge, run_set_map, done_set_map)
SWEEP(set_frozen, fixture_plugged, run_freeze, done_freeze)
SWEEP(set_leaving, fixture_plugged, run_leaving, done_leaving)
SWEEP(get_memory_fd, fixture_plugged, run_memory_fd, done_memory_fd)
SWEEP(discard, fixture_memory_fd, run_discard, done_discard)
SWEEP(unplug, fixture_plugged, run_unplug, done_unplug)
SWEEP(unplug_huge, fixture_plugged_huge, run_unplug, done_unplug)
SWEEP(unplug_readable, fixture_plugged_readable, run_unplug, done_unplug)
SWEEP(system_reset, fixture_plugged, run_system_reset, done_system_reset)
SWEEP(system_reset_huge, fixture_plugged_huge, run_system_reset,
      done_system_reset)
SWEEP(system_reset_readable, fixture_plugged_readable, run_system_reset,
      done_system_reset)

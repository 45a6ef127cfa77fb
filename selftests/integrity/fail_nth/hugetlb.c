// SPDX-License-Identifier: GPL-2.0
/* Regions of huge pages of the host's pool while everything in them fails. */

#include "fail_nth.h"
#include "hugetlb.h"

/* Pages in the pool: more than a region has blocks. */
#define PAGES (REGION / HUGE + 8)

static uint32_t flags;

static void fixture_pool_pages(void)
{
	hugetlb_pool(PAGES);
	CHECK_EQ(hugetlb_free(), PAGES);
	fixture_open();
}

static int run_create(void)
{
	return device_create(fixture.dev.fd, REGION, HUGE, flags, "fail",
			     &fixture.dev.id);
}

static bool done_create(void)
{
	bool reserved = flags & VHOST_MEM_CREATE_RESERVED;

	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_PAGE_SIZE) == HUGE &&
	       hugetlb_reserved() == reserved * REGION / HUGE;
}

/* Blocks 0 to 3 and 6 are plugged. */
static void fixture_plugged_pages(void)
{
	hugetlb_pool(PAGES);
	CHECK_EQ(hugetlb_free(), PAGES);
	fixture_region_of(HUGE, flags);
	CHECK_EQ(device_plug(&fixture.dev, 0, 4), 0);
	CHECK_EQ(device_plug(&fixture.dev, 6, 1), 0);
	for (unsigned int i = 0; i < 4; i++)
		CHECK_WRITES(fixture.dev.mem + i * HUGE, i + 1);
	fixture.written = true;
}

/* As many pages as blocks are plugged have left the pool. */
static bool has_pages(uint64_t blocks)
{
	return device_count_plugged(&fixture.dev) == blocks &&
	       device_config(fixture.dev.fd).plugged_size == blocks * HUGE &&
	       hugetlb_free() == PAGES - blocks;
}

static int run_plug(void)
{
	return device_plug(&fixture.dev, 4, 2);
}

static bool done_plug(void)
{
	return has_pages(7) && !touch_write(fixture.dev.mem + 6 * HUGE - 1, 1);
}

static int run_unplug(void)
{
	return device_unplug(&fixture.dev, 1, 2);
}

static bool done_unplug(void)
{
	return has_pages(3) &&
	       touch_write(fixture.dev.mem + HUGE, 1) == SIGBUS;
}

static int run_system_reset(void)
{
	return device_set(fixture.dev.fd, VHOST_MEM_SYSTEM_RESET, 0);
}

static bool done_system_reset(void)
{
	return has_pages(0) && touch_write(fixture.dev.mem, 1) == SIGBUS;
}

/* Two runs, of which the second may fail. */
static int run_set_map(void)
{
	uint64_t map = 0x1300;

	return device_block_map(fixture.dev.fd, VHOST_MEM_SET_BLOCK_MAP, 0,
				REGION / HUGE, &map);
}

static void fixture_no_pages(void)
{
	fixture_plugged_pages();
	fixture.written = false;
	CHECK_EQ(run_system_reset(), 0);
	CHECK_EQ(device_set(fixture.dev.fd, VHOST_MEM_SET_USABLE_SIZE, REGION),
		 0);
}

static bool done_set_map(void)
{
	return has_pages(3) && !touch_write(fixture.dev.mem + 12 * HUGE, 1);
}

static int run_close(void)
{
	int fd = fixture.dev.fd;

	fixture.dev.fd = -1;
	return close(fd) ? -errno : 0;
}

static bool done_close(void)
{
	return hugetlb_free() == PAGES &&
	       touch_write(fixture.dev.mem, 1) == SIGBUS;
}

/* hugetlbfs has one errno for a mount that lacks memory, or pages. */
static const struct call calls[] = {
	{ .name = "create", .prepare = fixture_pool_pages, .run = run_create,
	  .done = done_create, .errors = { -ENOSR } },
	{ .name = "plug", .prepare = fixture_plugged_pages, .run = run_plug,
	  .done = done_plug },
	{ .name = "unplug", .prepare = fixture_plugged_pages,
	  .run = run_unplug, .done = done_unplug },
	{ .name = "system_reset", .prepare = fixture_plugged_pages,
	  .run = run_system_reset, .done = done_system_reset },
	{ .name = "set_block_map", .prepare = fixture_no_pages,
	  .run = run_set_map, .done = done_set_map },
	{ .name = "close", .prepare = fixture_plugged_pages, .run = run_close,
	  .done = done_close },
};

/* Whatever has failed, nothing of the pool is lost. */
static void sweep_pool(uint32_t more)
{
	flags = VHOST_MEM_CREATE_HUGETLB | more;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		sweep(&calls[i]);
		CHECK(hugetlb_free_soon(PAGES));
		CHECK_EQ(hugetlb_reserved(), 0);
	}
	hugetlb_pool_of(HUGE, 0);
}

TEST(hugetlb)
{
	sweep_pool(0);
}

TEST(hugetlb_reserved)
{
	sweep_pool(VHOST_MEM_CREATE_RESERVED);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Swap: plugged memory goes out and comes back with its bytes, and what is
 * unplugged while it is out takes no swap any more. On a swap device in memory
 * of the test's own.
 */
#include <sys/mman.h>

#include "exhaust.h"
#include "genl.h"
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define BLOCKS 8
#define SIZE (BLOCKS * HUGE)
/* Slots that CPUs keep for themselves. */
#define SLACK (2 * MiB)

static struct swap swap;

/*
 * Run a test with swap, in a child: so that the swap goes away also when that
 * fails, and nothing is mapped then.
 */
static void with_swap(const char *size, int (*fn)(void *arg))
{
	int ret = swap_new(&swap, size);

	if (ret == -ENOSYS)
		ktap_skip("no zram in this kernel");
	CHECK_EQ(ret, 0);
	ret = in_child(fn, NULL);
	CHECK_EQ(swap_free(&swap), 0);
	CHECK_EQ(ret, 0);
}

/* Bytes of the swap device that are in use. */
static uint64_t swap_used(void)
{
	FILE *file = fopen("/proc/swaps", "re");
	unsigned long long size, used = 0;
	char line[256], path[64];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %*s %llu %llu", path, &size, &used) ==
		    3 && !strcmp(path, swap.path))
			break;
	fclose(file);
	return used * KiB;
}

static uint64_t backed(const struct device *dev)
{
	return genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE);
}

/* Nearly all of it: pages that are isolated elsewhere stay. */
static void page_out(struct device *dev, uint64_t bytes)
{
	uint64_t out = 0;

	for (int i = 0; i < 20 && out < bytes - bytes / 8; i++) {
		CHECK_EQ(madvise(dev->mem, dev->size, MADV_PAGEOUT) ? -errno :
								      0, 0);
		out = smaps_field(dev->mem, "Swap");
	}
	ktap_context("%llu of %llu bytes are swapped out",
		     (unsigned long long)out, (unsigned long long)bytes);
	CHECK(out >= bytes - bytes / 8 && out <= bytes);
	CHECK(swap_used() + SLACK >= out);
}

static int swapped_out_blocks(void *arg)
{
	struct device dev = device_new(SIZE, HUGE, 0);

	(void)arg;
	CHECK_EQ(device_plug(&dev, 0, BLOCKS), 0);
	exhaust_fill(&dev, 0, SIZE);
	page_out(&dev, SIZE);
	/* Still the region's, and still plugged. */
	CHECK_EQ(backed(&dev), SIZE);
	CHECK_EQ(device_count_plugged(&dev), BLOCKS);
	exhaust_check(&dev, 0, SIZE);

	/*
	 * Unplugged while they are out: the swap is free again, and the guard
	 * does not let them be read from there.
	 */
	page_out(&dev, SIZE);
	CHECK_EQ(device_unplug(&dev, 0, 4), 0);
	CHECK_EQ(backed(&dev), SIZE / 2);
	CHECK(smaps_field(dev.mem, "Swap") <= SIZE / 2);
	CHECK(swap_used() <= SIZE / 2 + SLACK);
	for (uint64_t at = 0; at < SIZE / 2; at += HUGE)
		CHECK_REFUSED(dev.mem + at);
	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	for (uint64_t at = 0; at < SIZE / 2; at += PAGE)
		CHECK_READS(dev.mem + at, 0);
	exhaust_check(&dev, SIZE / 2, SIZE);

	exhaust_fill(&dev, 0, SIZE);
	page_out(&dev, SIZE);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(backed(&dev), 0);
	CHECK(swap_used() <= SLACK);

	/* And at the end of the region, by close(). */
	CHECK_EQ(device_plug(&dev, 0, BLOCKS), 0);
	exhaust_fill(&dev, 0, SIZE);
	page_out(&dev, SIZE);
	close(dev.fd);
	CHECK(swap_used() <= SLACK);
	CHECK_REFUSED(dev.mem);
	return 0;
}

TEST(unplug_of_swapped_out_blocks)
{
	with_swap("64M", swapped_out_blocks);
}

/* Readable regions have write faults of their own. */
static int swapped_out_readable(void *arg)
{
	struct device dev = device_new(SIZE, HUGE, VHOST_MEM_CREATE_READABLE);

	(void)arg;
	CHECK_EQ(device_plug(&dev, 0, BLOCKS), 0);
	exhaust_fill(&dev, 0, SIZE);
	page_out(&dev, SIZE);
	CHECK_EQ(device_unplug(&dev, 2, 2), 0);
	for (uint64_t at = 2 * HUGE; at < 4 * HUGE; at += 64 * PAGE)
		CHECK_UNPLUGGED(&dev, dev.mem + at);
	exhaust_check(&dev, 0, 2 * HUGE);
	exhaust_check(&dev, 4 * HUGE, SIZE);
	page_out(&dev, SIZE - 2 * HUGE);
	exhaust_fill(&dev, 0, 2 * HUGE);
	exhaust_check(&dev, 0, 2 * HUGE);
	exhaust_check(&dev, 4 * HUGE, SIZE);
	CHECK_EQ(backed(&dev), SIZE - 2 * HUGE);
	return 0;
}

TEST(readable_blocks_come_back)
{
	with_swap("64M", swapped_out_readable);
}

/* A huge page is split when it is swapped out, or swapped out as a whole. */
static int swapped_out_huge(void *arg)
{
	struct device dev = device_new(SIZE, HUGE, 0);

	(void)arg;
	madvise(dev.mem, dev.size, MADV_HUGEPAGE);
	CHECK_EQ(device_plug(&dev, 0, BLOCKS), 0);
	exhaust_fill(&dev, 0, SIZE);
	page_out(&dev, SIZE);
	CHECK_EQ(backed(&dev), SIZE);
	CHECK_EQ(device_unplug(&dev, 1, 2), 0);
	CHECK_EQ(backed(&dev), SIZE - 2 * HUGE);
	CHECK_REFUSED(dev.mem + HUGE);
	CHECK_REFUSED(dev.mem + 3 * HUGE - 1);
	exhaust_check(&dev, 0, HUGE);
	exhaust_check(&dev, 3 * HUGE, SIZE);
	return 0;
}

TEST(huge_pages_come_back)
{
	with_swap("64M", swapped_out_huge);
}

/* --- by the limit of a cgroup --- */

static int more_than_the_limit(void *arg)
{
	struct cgroup cgroup = cgroup_new("swap");
	struct device dev;

	(void)arg;
	cgroup_enter(&cgroup);
	cgroup_set(&cgroup, "memory.max", SIZE / 2 + 4 * MiB);
	dev = device_new(SIZE, HUGE, 0);
	CHECK_EQ(device_plug(&dev, 0, BLOCKS), 0);
	exhaust_fill(&dev, 0, SIZE);
	CHECK(cgroup_get(&cgroup, "memory.swap.current", NULL) > 2 * MiB);
	CHECK_EQ(backed(&dev), SIZE);
	exhaust_check(&dev, 0, SIZE);
	exhaust_check(&dev, 0, SIZE);
	CHECK_EQ(device_unplug(&dev, 0, BLOCKS), 0);
	CHECK(cgroup_get(&cgroup, "memory.swap.current", NULL) <= SLACK);
	CHECK_EQ(cgroup_get(&cgroup, "memory.events", "oom_kill"), 0);
	return 0;
}

TEST(more_than_the_limit_with_swap)
{
	with_swap("64M", more_than_the_limit);
}

/**
 * struct writer - writes until it is killed
 * @cgroup: What limits it.
 * @dev: Where to: the region of another process.
 * @done: How far it has come, in bytes; shared with that.
 */
struct writer {
	struct cgroup cgroup;
	struct device dev;
	volatile uint64_t *done;
};

static int write_until_killed(void *arg)
{
	struct writer *writer = arg;

	cgroup_enter(&writer->cgroup);
	for (uint64_t at = 0; at < writer->dev.size; at += PAGE) {
		exhaust_fill(&writer->dev, at, at + PAGE);
		*writer->done = at + PAGE;
	}
	return 0;
}

/*
 * Neither memory nor swap: who wants more is killed, as anywhere, and what it
 * has written is in the region.
 */
static int full_swap(void *arg)
{
	struct writer writer = {
		.cgroup = cgroup_new("swap-full"),
		.dev = device_new(4 * SIZE, HUGE, 0),
		.done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};
	struct device *dev = &writer.dev;
	uint64_t used;

	(void)arg;
	CHECK(writer.done != MAP_FAILED);
	cgroup_set(&writer.cgroup, "memory.max", SIZE);
	CHECK_EQ(device_plug(dev, 0, 4 * BLOCKS), 0);
	CHECK_EQ(in_child(write_until_killed, &writer), -SIGKILL);
	CHECK(cgroup_get(&writer.cgroup, "memory.events", "oom_kill") > 0);
	/* It got the most of the limit, and of the 8 MiB of swap. */
	CHECK(*writer.done > SIZE / 2 + 8 * MiB - SLACK &&
	      *writer.done <= SIZE + 8 * MiB);
	CHECK_EQ(device_count_plugged(dev), 4 * BLOCKS);
	used = swap_used();
	CHECK(used >= 8 * MiB - SLACK);

	/* Unplugging needs none, and makes room for the others. */
	CHECK_EQ(device_unplug(dev, 0, 1), 0);
	CHECK_REFUSED(dev->mem);
	cgroup_set(&writer.cgroup, "memory.max", UINT64_MAX);
	exhaust_check(dev, HUGE, *writer.done);
	for (uint64_t at = *writer.done + PAGE; at < dev->size; at += 64 * PAGE)
		CHECK_READS(dev->mem + at, 0);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(backed(dev), 0);
	CHECK(swap_used() <= SLACK);
	return 0;
}

TEST(full_swap_loses_nothing)
{
	with_swap("8M", full_swap);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages: where they are used, and where they must never be.
 *
 * tier: full
 */

#include <sys/mman.h>
#include <sys/prctl.h>

#include "device.h"
#include "genl.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define SHMEM_ENABLED "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/"

/* Without the huge zero page, which is not shmem's ("FilePmdMapped"). */
static uint64_t pmd_mapped(const void *at)
{
	return smaps_field(at, "ShmemPmdMapped");
}

static uint64_t backed(struct device *dev)
{
	return genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE);
}

TEST(plugged_memory_is_mapped_by_huge_pages)
{
	static const uint64_t blocks[] = { 2 * MiB, 4 * MiB };

	for (int i = 0; i < 4; i++) {
		struct device dev = device_new(16 * MiB, blocks[i % 2],
					       i / 2 * VHOST_MEM_CREATE_READABLE);

		CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
		CHECK_EQ(device_plug(&dev, 1, 2), 0);
		for (uint64_t at = dev.block; at < 3 * dev.block; at += PAGE)
			CHECK_WRITES(dev.mem + at, 1);
		CHECK_EQ(pmd_mapped(dev.mem), 2 * dev.block);
		CHECK_EQ(maps_count(dev.mem, dev.size), 1);
		CHECK_UNPLUGGED(&dev, dev.mem + dev.block - 1);
		CHECK_UNPLUGGED(&dev, dev.mem + 3 * dev.block);
		CHECK_EQ(device_unplug(&dev, 2, 1), 0);
		CHECK_EQ(pmd_mapped(dev.mem), dev.block);
		CHECK_EQ(backed(&dev), dev.block);
		CHECK_UNPLUGGED(&dev, dev.mem + 2 * dev.block);
		CHECK_READS(dev.mem + 2 * dev.block - 1, 0);
		CHECK_READS(dev.mem + 2 * dev.block - PAGE, 1);
		device_close(&dev);
	}
}

/* Of memory that is allocated at PLUG, nobody can ask before. */
TEST(preallocated_memory_has_huge_pages)
{
	struct device dev = device_new(16 * MiB, 2 * MiB,
				       VHOST_MEM_CREATE_PREALLOC);
	struct device small = device_new(4 * MiB, 64 * KiB,
					 VHOST_MEM_CREATE_PREALLOC |
					 VHOST_MEM_CREATE_READABLE);

	CHECK_EQ(device_plug(&dev, 1, 3), 0);
	CHECK_EQ(backed(&dev), 6 * MiB);
	CHECK_EQ(pmd_mapped(dev.mem), 0);
	for (uint64_t at = 2 * MiB; at < 8 * MiB; at += PAGE)
		CHECK_READS(dev.mem + at, 0);
	CHECK_EQ(pmd_mapped(dev.mem), 6 * MiB);
	CHECK_UNPLUGGED(&dev, dev.mem + 2 * MiB - 1);
	CHECK_UNPLUGGED(&dev, dev.mem + 8 * MiB);
	CHECK_WRITES(dev.mem + 4 * MiB, 1);
	CHECK_EQ(device_unplug(&dev, 2, 1), 0);
	CHECK_EQ(backed(&dev), 4 * MiB);
	CHECK_UNPLUGGED(&dev, dev.mem + 4 * MiB);
	CHECK_EQ(device_plug(&dev, 2, 1), 0);
	CHECK_EQ(backed(&dev), 6 * MiB);
	CHECK_READS(dev.mem + 4 * MiB, 0);

	/* A huge page would open the block beside. */
	CHECK_EQ(device_plug(&small, 3, 2), 0);
	CHECK_EQ(backed(&small), 128 * KiB);
	CHECK_READS(small.mem + 3 * 64 * KiB, 0);
	CHECK_EQ(pmd_mapped(small.mem), 0);
	CHECK_UNPLUGGED(&small, small.mem + 3 * 64 * KiB - 1);
	CHECK_UNPLUGGED(&small, small.mem + 5 * 64 * KiB);
}

TEST(not_asked_for_no_huge_pages)
{
	struct device dev = device_new(16 * MiB, 2 * MiB, 0);

	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_EQ(pmd_mapped(dev.mem), 0);
	CHECK_EQ(backed(&dev), PAGE);
}

TEST(huge_page_after_huge_zero_page)
{
	struct device dev = device_new(16 * MiB, 2 * MiB,
				       VHOST_MEM_CREATE_READABLE);

	CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
	for (uint64_t at = 0; at < dev.size; at += PAGE)
		CHECK_READS(dev.mem + at, 0);
	CHECK_EQ(device_plug(&dev, 3, 1), 0);
	for (uint64_t at = 0; at < dev.size; at += PAGE)
		CHECK_READS(dev.mem + at, 0);
	CHECK_WRITES(dev.mem + 3 * dev.block, 1);
	CHECK_EQ(pmd_mapped(dev.mem), 2 * MiB);
	CHECK_EQ(backed(&dev), 2 * MiB);
}

/* Reading unplugged memory must not cost page tables for each 4 KiB of it. */
TEST(reading_unplugged_costs_little)
{
	static const uint64_t blocks[] = { 2 * MiB, 4 * KiB };

	for (int i = 0; i < 2; i++) {
		struct device dev = device_new(1 * GiB, blocks[i],
					       VHOST_MEM_CREATE_READABLE);
		uint64_t before, growth;

		CHECK_READS(dev.mem, 0);
		before = proc_field("/proc/self/status", "VmPTE");
		for (uint64_t at = 0; at < dev.size; at += PAGE)
			if (dev.mem[at])
				CHECK(!"zero");
		growth = proc_field("/proc/self/status", "VmPTE") - before;
		ktap_say("blocks of %llu KiB: 1 GiB for %llu KiB of page tables",
			 (unsigned long long)(blocks[i] / KiB),
			 (unsigned long long)(growth / KiB));
		CHECK(growth <= 256 * KiB);
		CHECK_EQ(backed(&dev), 0);
		device_close(&dev);
	}
}

TEST(reading_without_huge_pages_works)
{
	struct device dev;

	CHECK_EQ(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
	dev = device_new(8 * MiB, 2 * MiB, VHOST_MEM_CREATE_READABLE);
	for (uint64_t at = 0; at < dev.size; at += PAGE)
		CHECK_READS(dev.mem + at, 0);
	CHECK_EQ(device_plug(&dev, 1, 1), 0);
	CHECK_WRITES(dev.mem + 2 * MiB, 1);
	CHECK_EQ(touch_write(dev.mem, 1), SIGBUS);
	CHECK_READS(dev.mem + 2 * MiB + PAGE, 0);
}

/* Plugged except for one block in each huge page. */
static struct device nearly_all_plugged(uint64_t block, uint32_t flags)
{
	struct device dev = device_new(8 * MiB, block, flags);
	uint64_t per_huge = HUGE / block;

	CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
	for (uint64_t i = 0; i < dev.size / HUGE; i++) {
		CHECK_EQ(device_plug(&dev, i * per_huge, per_huge / 2), 0);
		CHECK_EQ(device_plug(&dev, i * per_huge + per_huge / 2 + 1,
				     per_huge / 2 - 1), 0);
	}
	return dev;
}

static void check_no_huge_page(struct device *dev)
{
	for (uint64_t at = 0; at < dev->size; at += HUGE) {
		CHECK_UNPLUGGED(dev, dev->mem + at + HUGE / 2);
		CHECK_UNPLUGGED(dev, dev->mem + at + HUGE / 2 + dev->block - 1);
	}
	CHECK_EQ(pmd_mapped(dev->mem), 0);
	CHECK_EQ(backed(dev), device_config(dev->fd).plugged_size);
}

static void write_plugged(struct device *dev)
{
	for (uint64_t at = 0; at < dev->size; at += PAGE)
		if (device_plugged(dev, at / dev->block))
			CHECK_WRITES(dev->mem + at, 0x42);
}

TEST(small_blocks_have_no_huge_pages)
{
	for (int i = 0; i < 4; i++) {
		struct device dev;

		dev = nearly_all_plugged(i % 2 ? 4 * KiB : 64 * KiB,
					 i / 2 * VHOST_MEM_CREATE_READABLE);
		write_plugged(&dev);
		check_no_huge_page(&dev);
		device_close(&dev);
	}
}

TEST(collapse_of_small_blocks_is_refused)
{
	for (int i = 0; i < 4; i++) {
		struct device dev;

		dev = nearly_all_plugged(i % 2 ? 4 * KiB : 64 * KiB,
					 i / 2 * VHOST_MEM_CREATE_READABLE);
		write_plugged(&dev);
		CHECK_EQ(madvise(dev.mem, dev.size, MADV_COLLAPSE), -1);
		check_no_huge_page(&dev);
		CHECK_EQ(madvise(dev.mem, dev.size, MADV_COLLAPSE), -1);
		check_no_huge_page(&dev);
		device_close(&dev);
	}
}

TEST(khugepaged_leaves_small_blocks_alone)
{
	struct device dev = nearly_all_plugged(64 * KiB, 0);

	write_plugged(&dev);
	write_file(KHUGEPAGED "scan_sleep_millisecs", "1");
	write_file(KHUGEPAGED "alloc_sleep_millisecs", "1");
	write_file(KHUGEPAGED "max_ptes_none", "511");
	sleep(3);
	write_file(KHUGEPAGED "scan_sleep_millisecs", "10000");
	check_no_huge_page(&dev);
}

/* What the administrator can force on every mount must not open the guard. */
static int forced(void *arg)
{
	uint64_t *block = arg;
	struct device dev = device_new(4 * MiB, *block, 0);
	unsigned char value;

	CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	/* Whether it works or not; and pages may be there after the first. */
	for (int i = 0; i < 4; i++) {
		touch_read(dev.mem + i * 64, &value);
		touch_write(dev.mem + i * 64, 1);
		CHECK_REFUSED(dev.mem + dev.block);
		CHECK_REFUSED(dev.mem + 2 * MiB - 1);
	}
	/* Through a mapping that finds them there. */
	dev.mem = device_map(dev.fd, dev.size);
	CHECK(dev.mem);
	for (int i = 0; i < 4; i++) {
		touch_read(dev.mem + i * 64, &value);
		CHECK_REFUSED(dev.mem + dev.block);
		CHECK_REFUSED(dev.mem + 2 * MiB - 1);
	}
	CHECK(backed(&dev) <= device_config(dev.fd).plugged_size);
	return 0;
}

TEST(forced_huge_pages_do_not_open_the_guard)
{
	uint64_t block = 64 * KiB;
	int ret, ret4;

	if (write_file(SHMEM_ENABLED, "force"))
		ktap_skip("cannot force huge pages");
	ret = in_child(forced, &block);
	block = 4 * KiB;
	ret4 = in_child(forced, &block);
	write_file(SHMEM_ENABLED, "never");
	CHECK_EQ(ret, 0);
	CHECK_EQ(ret4, 0);
}

static int denied(void *arg)
{
	struct device dev = device_new(8 * MiB, 2 * MiB, 0);

	(void)arg;
	CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
	CHECK_EQ(device_plug(&dev, 0, 2), 0);
	for (uint64_t at = 0; at < 4 * MiB; at += PAGE)
		CHECK_WRITES(dev.mem + at, 1);
	CHECK_EQ(pmd_mapped(dev.mem), 0);
	CHECK_REFUSED(dev.mem + 4 * MiB);
	CHECK_EQ(device_unplug(&dev, 0, 2), 0);
	CHECK_REFUSED(dev.mem);
	return 0;
}

TEST(denied_huge_pages)
{
	int ret;

	if (write_file(SHMEM_ENABLED, "deny"))
		ktap_skip("cannot deny huge pages");
	ret = in_child(denied, NULL);
	write_file(SHMEM_ENABLED, "never");
	CHECK_EQ(ret, 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

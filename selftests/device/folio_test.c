// SPDX-License-Identifier: GPL-2.0
/*
 * Large folios that are no huge pages: a fault maps all of one, and nothing beside it.
 *
 * Linux 7 makes folios of tmpfs in every size, as large as fits between the pages that
 * are there already; 6.12 makes huge pages or single ones. What is accessible is the
 * same.
 *
 * tier: full
 */
#include <dirent.h>
#include <sys/mman.h>

#include "device.h"
#include "genl.h"
#include "swap.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define PAGES (HUGE / PAGE)

static uint64_t backed(struct device *dev)
{
	return genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE);
}

/*
 * Blocks 1 and 2 are plugged, and of each one page is there before the mapping gets
 * large folios: the first of block 1, the last of block 2. Then shmem can make one folio
 * of each size, 1 to 256 pages, in either block, the largest ones beside each other.
 */
static struct device filled(uint32_t flags)
{
	struct device dev = device_new(4 * HUGE, HUGE, flags);
	unsigned char *first = dev.mem + HUGE, *last = dev.mem + 3 * HUGE - PAGE;

	CHECK_EQ(device_plug(&dev, 1, 2), 0);
	CHECK_WRITES(first, 1);
	CHECK_WRITES(last, 1);
	CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
	for (uint64_t pages = 1; pages < PAGES; pages *= 2) {
		CHECK_WRITES(first + pages * PAGE, 1);
		CHECK_WRITES(last - pages * PAGE, 1);
	}
	ktap_say("%llu KiB for 20 pages, %llu KiB of it mapped",
		 (unsigned long long)(backed(&dev) / KiB),
		 (unsigned long long)(smaps_field(dev.mem, "Rss") / KiB));
	CHECK(backed(&dev) >= 20 * PAGE);
	CHECK(backed(&dev) <= 2 * HUGE);
	return dev;
}

/* What was written to a page of block 1 or 2, which is @page pages from the outside. */
static int content(uint64_t page)
{
	return !(page & (page - 1));
}

static void check_block(struct device *dev, unsigned char *mem, int block)
{
	for (uint64_t page = 0; page < PAGES; page++) {
		uint64_t from_outside = block == 1 ? page : PAGES - 1 - page;

		CHECK_READS(mem + block * dev->block + page * PAGE,
			    content(from_outside));
	}
}

static void check_unplugged(struct device *dev, unsigned char *mem, int block)
{
	for (uint64_t page = 0; page < PAGES; page++)
		CHECK_UNPLUGGED(dev, mem + block * dev->block + page * PAGE);
}

static void check_all(struct device *dev, unsigned char *mem)
{
	check_unplugged(dev, mem, 0);
	check_block(dev, mem, 1);
	check_block(dev, mem, 2);
	check_unplugged(dev, mem, 3);
}

TEST(each_is_mapped_and_nothing_beside)
{
	for (int readable = 0; readable < 2; readable++) {
		struct device dev;
		unsigned char *again;

		dev = filled(readable ? VHOST_MEM_CREATE_READABLE : 0);
		check_all(&dev, dev.mem);
		/* Pages that are there are mapped by others around a fault, too. */
		again = device_map(dev.fd, dev.size);
		CHECK(again);
		check_all(&dev, again);
		munmap(again, dev.size);
		device_close(&dev);
	}
}

TEST(unplug_takes_all_of_a_block_and_no_more)
{
	for (int i = 0; i < 4; i++) {
		struct device dev;

		dev = filled(i / 2 ? VHOST_MEM_CREATE_READABLE : 0);
		CHECK_EQ(device_unplug(&dev, 1 + i % 2, 1), 0);
		check_unplugged(&dev, dev.mem, 1 + i % 2);
		check_block(&dev, dev.mem, 2 - i % 2);
		CHECK(backed(&dev) <= HUGE);
		CHECK_EQ(device_plug(&dev, 1 + i % 2, 1), 0);
		for (uint64_t page = 0; page < PAGES; page++)
			CHECK_READS(dev.mem + (1 + i % 2) * HUGE + page * PAGE, 0);
		CHECK_EQ(device_unplug(&dev, 1, 2), 0);
		check_unplugged(&dev, dev.mem, 1);
		check_unplugged(&dev, dev.mem, 2);
		CHECK_EQ(backed(&dev), 0);
		device_close(&dev);
	}
}

/* As a balloon does it. */
static void discard_one_of_each(struct device *dev)
{
	for (uint64_t page = 1; page < PAGES; page *= 2) {
		unsigned char *at = dev->mem + HUGE + page * PAGE;

		CHECK_EQ(madvise(at, PAGE, MADV_REMOVE), 0);
		CHECK_READS(at, 0);
		CHECK_WRITES(at, 1);
	}
	check_all(dev, dev->mem);
	CHECK_EQ(device_unplug(dev, 1, 2), 0);
	CHECK_EQ(backed(dev), 0);
}

TEST(a_page_of_each_is_discarded)
{
	struct device dev = filled(0);

	discard_one_of_each(&dev);
}

static int discarded_in_swap(void *arg)
{
	struct device dev = filled(0);

	(void)arg;
	CHECK_EQ(madvise(dev.mem + HUGE, 2 * HUGE, MADV_PAGEOUT), 0);
	ktap_say("%llu KiB still mapped",
		 (unsigned long long)(smaps_field(dev.mem, "Rss") / KiB));
	discard_one_of_each(&dev);
	return 0;
}

TEST(a_page_of_each_is_discarded_in_swap)
{
	struct swap swap;
	int ret = swap_new(&swap, "16M");

	if (ret == -ENOSYS)
		ktap_skip("no zram in this kernel");
	CHECK_EQ(ret, 0);
	/* So that nothing is mapped when the swap goes away. */
	ret = in_child(discarded_in_swap, NULL);
	CHECK_EQ(swap_free(&swap), 0);
	CHECK_EQ(ret, 0);
}

/* One page of it is held, and so the block is. */
TEST(a_held_page_keeps_the_block)
{
	struct device dev = filled(0);
	int fd = pin_memory(dev.mem + HUGE + 300 * PAGE, PAGE);

	if (fd == -ENOSYS)
		ktap_skip("nothing pins memory here");
	CHECK(fd >= 0);
	CHECK_EQ(device_unplug(&dev, 1, 1), -EBUSY);
	CHECK_EQ(device_unplug(&dev, 1, 2), -EBUSY);
	check_all(&dev, dev.mem);
	CHECK_EQ(device_unplug(&dev, 2, 1), 0);
	check_unplugged(&dev, dev.mem, 2);
	/* In limbo nobody reaches it, nor what is beside it in the folio. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	check_unplugged(&dev, dev.mem, 1);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), dev.block);
	close(fd);
	CHECK_EQ(device_soon(device_plug, &dev, 1, 1), 0);
	for (uint64_t page = 0; page < PAGES; page++)
		CHECK_READS(dev.mem + HUGE + page * PAGE, 0);
}

/* Set the policy for each size of folios; false if there is none. */
static bool set_sizes(const char *value)
{
	DIR *dir = opendir(THP);
	struct dirent *entry;
	char path[512];
	bool done = false;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "hugepages-", 10))
			continue;
		snprintf(path, sizeof(path), THP "%s/shmem_enabled", entry->d_name);
		if (!write_file(path, value))
			done = true;
	}
	if (dir)
		closedir(dir);
	return done;
}

static int every_size(void *arg)
{
	static const uint64_t blocks[] = { 4 * KiB, 64 * KiB, 1 * MiB, 2 * MiB };

	(void)arg;
	for (int i = 0; i < 16; i++) {
		uint64_t block = blocks[i / 4];
		struct device dev = device_new(4 * HUGE, block,
					       (i & 1 ? VHOST_MEM_CREATE_READABLE : 0) |
					       (i & 2 ? VHOST_MEM_CREATE_PREALLOC : 0));
		uint64_t blocks_nr = dev.size / block;

		CHECK_EQ(madvise(dev.mem, dev.size, MADV_HUGEPAGE), 0);
		/* Every other one, at most 16 of each. */
		for (uint64_t b = 1; b < blocks_nr && b < 32; b += 2)
			CHECK_EQ(device_plug(&dev, b, 1), 0);
		for (uint64_t b = 0; b < blocks_nr && b < 32; b++) {
			unsigned char *at = dev.mem + b * block;

			if (b % 2) {
				CHECK_WRITES(at + block / 2, 1);
				CHECK_WRITES(at, 1);
			}
			CHECK_EQ(madvise(at, block, MADV_COLLAPSE), -1);
		}
		for (uint64_t b = 0; b < blocks_nr && b < 32; b++) {
			if (b % 2)
				continue;
			CHECK_UNPLUGGED(&dev, dev.mem + b * block);
			CHECK_UNPLUGGED(&dev, dev.mem + (b + 1) * block - 1);
		}
		CHECK(backed(&dev) <= device_config(dev.fd).plugged_size);
		device_close(&dev);
	}
	return 0;
}

/* The administrator's sizes are for shared memory without a mount of its own. */
TEST(sizes_for_shared_memory_do_not_open_the_guard)
{
	int ret;

	if (!set_sizes("always"))
		ktap_skip("no hugepages-*/shmem_enabled");
	ret = in_child(every_size, NULL);
	set_sizes("never");
	/* As it was. */
	write_file(THP "hugepages-2048kB/shmem_enabled", "inherit");
	CHECK_EQ(ret, 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a region: what is plugged is memory, what is not cannot be
 * touched. For each block size and both kinds of regions.
 *
 * tier: quick
 */
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "device.h"
#include "genl.h"

static const uint64_t block_sizes[] = {
	4 * KiB, 64 * KiB, 2 * MiB, 4 * MiB,
};

/* Regions of 16 blocks, of each kind. */
#define NR_BLOCKS 16

static void for_each_kind(void (*fn)(struct device *dev))
{
	for (size_t i = 0; i < sizeof(block_sizes) / sizeof(*block_sizes); i++)
		for (uint32_t flags = 0; flags <= VHOST_MEM_CREATE_READABLE;
		     flags += VHOST_MEM_CREATE_READABLE) {
			struct device dev = device_new(NR_BLOCKS *
						       block_sizes[i],
						       block_sizes[i], flags);

			ktap_context("block size %llu KiB, %s",
				     (unsigned long long)block_sizes[i] / KiB,
				     flags ? "readable" : "inaccessible");
			fn(&dev);
			device_close(&dev);
		}
}

static void settle(void)
{
	write_file("/proc/sys/vm/stat_refresh", "1");
}

static uint64_t shmem_bytes(void)
{
	settle();
	return proc_field("/proc/meminfo", "Shmem");
}

static void fill(unsigned char *at, uint64_t bytes, unsigned char value)
{
	memset(at, value, bytes);
}

static bool is_filled(const unsigned char *at, uint64_t bytes,
		      unsigned char value)
{
	return at[0] == value && !memcmp(at, at + 1, bytes - 1);
}

static void check_unplugged_at_first(struct device *dev)
{
	for (uint64_t at = 0; at < dev->size; at += dev->block / 2) {
		CHECK_UNPLUGGED(dev, dev->mem + at);
		CHECK_UNPLUGGED(dev, dev->mem + at + dev->block / 2 - 1);
	}
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
}

TEST(everything_is_unplugged_at_first)
{
	for_each_kind(check_unplugged_at_first);
}

static void check_plugged(struct device *dev)
{
	CHECK_EQ(device_plug(dev, 3, 2), 0);
	CHECK(is_filled(dev->mem + 3 * dev->block, 2 * dev->block, 0));
	fill(dev->mem + 3 * dev->block, 2 * dev->block, 0x5a);
	CHECK(is_filled(dev->mem + 3 * dev->block, 2 * dev->block, 0x5a));
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE),
		 2 * dev->block);
	/* The neighbours, at the borders. */
	CHECK_UNPLUGGED(dev, dev->mem + 3 * dev->block - 1);
	CHECK_UNPLUGGED(dev, dev->mem + 5 * dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE),
		 2 * dev->block);
}

TEST(plugged_memory_is_zero_and_works)
{
	for_each_kind(check_plugged);
}

static void check_neighbours(struct device *dev)
{
	for (uint64_t i = 0; i < NR_BLOCKS; i += 2)
		CHECK_EQ(device_plug(dev, i, 1), 0);
	for (int round = 0; round < 2; round++)
		for (uint64_t i = 0; i < NR_BLOCKS; i++) {
			unsigned char *first = dev->mem + i * dev->block;
			unsigned char *last = first + dev->block - 1;

			if (i % 2) {
				CHECK_UNPLUGGED(dev, first);
				CHECK_UNPLUGGED(dev, last);
				continue;
			}
			CHECK_READS(first, round * 7);
			CHECK_READS(last, round * 7);
			CHECK_WRITES(first, 7);
			CHECK_WRITES(last, 7);
		}
	/* An access that crosses the border is refused. */
	if (!(dev->flags & VHOST_MEM_CREATE_READABLE)) {
		int zero = open("/dev/zero", O_RDONLY);

		CHECK_EQ(read(zero, dev->mem + dev->block - 8, 16), 8);
		CHECK_EQ(read(zero, dev->mem + 2 * dev->block - 8, 8), -1);
		CHECK_EQ(errno, EFAULT);
		close(zero);
	}
}

TEST(neighbours_at_block_borders)
{
	for_each_kind(check_neighbours);
}

static void check_unplug(struct device *dev)
{
	uint64_t before = shmem_bytes();

	CHECK_EQ(device_plug(dev, 0, NR_BLOCKS), 0);
	fill(dev->mem, dev->size, 0xa5);
	/* All of it, give or take what others allocate meanwhile. */
	if (dev->size >= 16 * MiB)
		CHECK(shmem_bytes() >= before + dev->size - 4 * MiB);
	CHECK_EQ(device_unplug(dev, 2, 12), 0);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE),
		 4 * dev->block);
	for (uint64_t i = 2; i < 14; i++)
		CHECK_UNPLUGGED(dev, dev->mem + i * dev->block + i);
	if (dev->size >= 16 * MiB)
		CHECK(shmem_bytes() <= before + 4 * dev->block + 4 * MiB);
	/* Blocks that stayed plugged have their contents. */
	CHECK(is_filled(dev->mem, 2 * dev->block, 0xa5));
	CHECK(is_filled(dev->mem + 14 * dev->block, 2 * dev->block, 0xa5));
	/* Blocks that are plugged again are zero. */
	CHECK_EQ(device_plug(dev, 2, 12), 0);
	CHECK(is_filled(dev->mem + 2 * dev->block, 12 * dev->block, 0));
	CHECK_EQ(device_unplug(dev, 0, NR_BLOCKS), 0);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	if (dev->size >= 16 * MiB)
		CHECK(shmem_bytes() <= before + 4 * MiB);
}

TEST(unplug_frees_and_replug_is_zero)
{
	for_each_kind(check_unplug);
}

static void check_reset(struct device *dev)
{
	CHECK_EQ(device_plug(dev, 1, 3), 0);
	CHECK_EQ(device_plug(dev, 9, 1), 0);
	fill(dev->mem + dev->block, 3 * dev->block, 1);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	for (uint64_t i = 0; i < NR_BLOCKS; i++)
		CHECK_UNPLUGGED(dev, dev->mem + i * dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	CHECK_EQ(device_config(dev->fd).plugged_size, 0);
	CHECK_EQ(device_plug(dev, 1, 1), 0);
	CHECK_READS(dev->mem + dev->block, 0);
}

TEST(system_reset_unplugs_everything)
{
	for_each_kind(check_reset);
}

/* The same memory through a second mapping, and one VMA each. */
static void check_two_mappings(struct device *dev)
{
	unsigned char *other = device_map(dev->fd, dev->size);

	CHECK(other);
	CHECK_UNPLUGGED(dev, dev->mem);
	CHECK_EQ(device_plug(dev, 0, 2), 0);
	CHECK_WRITES(other + dev->block, 0x77);
	CHECK_READS(dev->mem + dev->block, 0x77);
	CHECK_WRITES(dev->mem, 0x78);
	CHECK_READS(other, 0x78);
	CHECK_EQ(device_unplug(dev, 0, 2), 0);
	CHECK_UNPLUGGED(dev, dev->mem + dev->block);
	CHECK_UNPLUGGED(dev, other + dev->block);
	for (uint64_t i = 0; i < NR_BLOCKS; i += 3)
		CHECK_EQ(device_plug(dev, i, 1), 0);
	CHECK_EQ(maps_count(dev->mem, dev->size), 1);
	CHECK_EQ(maps_count(other, dev->size), 1);
	munmap(other, dev->size);
}

TEST(two_mappings_one_vma_each)
{
	for_each_kind(check_two_mappings);
}

static void check_unaligned_mapping(struct device *dev)
{
	unsigned char *room = mmap(NULL, dev->size + 2 * HUGE, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *mem;

	/* Huge pages do not fit here. */
	mem = mmap((void *)(((uintptr_t)room | (HUGE - 1)) + 1 + PAGE),
		   dev->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		   dev->fd, 0);
	CHECK(mem != MAP_FAILED);
	madvise(mem, dev->size, MADV_HUGEPAGE);
	CHECK_EQ(device_plug(dev, 4, 1), 0);
	CHECK_UNPLUGGED(dev, mem + 4 * dev->block - 1);
	CHECK_UNPLUGGED(dev, mem + 5 * dev->block);
	fill(mem + 4 * dev->block, dev->block, 3);
	CHECK(is_filled(dev->mem + 4 * dev->block, dev->block, 3));
	CHECK_EQ(device_unplug(dev, 4, 1), 0);
	CHECK_UNPLUGGED(dev, mem + 4 * dev->block);
	munmap(room, dev->size + 2 * HUGE);
}

TEST(unaligned_mapping)
{
	for_each_kind(check_unaligned_mapping);
}

static void check_partial_munmap(struct device *dev)
{
	CHECK_EQ(device_plug(dev, 0, NR_BLOCKS), 0);
	fill(dev->mem, dev->size, 9);
	/* A hole in the middle, not even at a block's border. */
	CHECK_EQ(munmap(dev->mem + 5 * dev->block + PAGE * (dev->block > PAGE),
			2 * dev->block), 0);
	CHECK_READS(dev->mem + 5 * dev->block - 1, 9);
	CHECK_EQ(device_unplug(dev, 4, 6), 0);
	CHECK_UNPLUGGED(dev, dev->mem + 4 * dev->block);
	CHECK_UNPLUGGED(dev, dev->mem + 9 * dev->block);
	CHECK_READS(dev->mem + 4 * dev->block - 1, 9);
	CHECK_READS(dev->mem + 10 * dev->block, 9);
	/* Its pieces move, and are guarded where they are. */
	if (dev->block >= PAGE) {
		unsigned char *from = dev->mem + 9 * dev->block;
		unsigned char *to = mremap(from, 2 * dev->block, 2 * dev->block,
					   MREMAP_MAYMOVE);

		CHECK(to != MAP_FAILED);
		CHECK_UNPLUGGED(dev, to);
		CHECK_READS(to + dev->block, 9);
	}
}

TEST(munmap_in_parts)
{
	for_each_kind(check_partial_munmap);
}

static int child_touches(void *arg)
{
	struct device *dev = arg;

	CHECK_UNPLUGGED(dev, dev->mem);
	CHECK_READS(dev->mem + dev->block, 0x11);
	CHECK_WRITES(dev->mem + dev->block, 0x22);
	return 0;
}

static void check_fork(struct device *dev)
{
	CHECK_EQ(device_plug(dev, 1, 1), 0);
	CHECK_WRITES(dev->mem + dev->block, 0x11);
	CHECK_EQ(in_child(child_touches, dev), 0);
	CHECK_READS(dev->mem + dev->block, 0x22);
}

TEST(child_shares_the_memory)
{
	for_each_kind(check_fork);
}

static void check_closed(struct device *dev)
{
	int to_child[2], to_parent[2], status;
	char byte = 0;
	pid_t pid;

	CHECK_EQ(device_plug(dev, 0, NR_BLOCKS), 0);
	fill(dev->mem, dev->size, 0x33);
	CHECK_EQ(pipe(to_child), 0);
	CHECK_EQ(pipe(to_parent), 0);
	/* A child that only has the mapping. */
	pid = fork();
	if (!pid) {
		close(dev->fd);
		CHECK_READS(dev->mem, 0x33);
		CHECK_EQ(write(to_parent[1], &byte, 1), 1);
		CHECK_EQ(read(to_child[0], &byte, 1), 1);
		for (uint64_t i = 0; i < NR_BLOCKS; i++)
			CHECK_UNPLUGGED(dev, dev->mem + i * dev->block);
		_exit(0);
	}
	close(to_parent[1]);
	CHECK_EQ(read(to_parent[0], &byte, 1), 1);
	close(dev->fd);
	for (uint64_t i = 0; i < NR_BLOCKS; i++)
		CHECK_UNPLUGGED(dev, dev->mem + i * dev->block);
	CHECK_EQ(write(to_child[1], &byte, 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	close(to_parent[0]);
	close(to_child[0]);
	close(to_child[1]);
	dev->fd = -1;
}

TEST(mapping_outlives_close)
{
	uint64_t before = shmem_bytes();

	for_each_kind(check_closed);
	CHECK(shmem_bytes() <= before + 4 * MiB);
}

static void check_syscalls(struct device *dev)
{
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;
	int zero = open("/dev/zero", O_RDWR);
	char buffer[16] = "something";
	int pipe_fd[2];

	CHECK_EQ(pipe(pipe_fd), 0);
	CHECK_EQ(device_plug(dev, 1, 1), 0);
	CHECK_EQ(read(zero, dev->mem, 16), -1);
	CHECK_EQ(errno, EFAULT);
	CHECK_EQ(write(pipe_fd[1], dev->mem, 16), readable ? 16 : -1);
	if (readable) {
		CHECK_EQ(read(pipe_fd[0], buffer, 16), 16);
		CHECK(is_filled((void *)buffer, 16, 0));
	} else {
		CHECK_EQ(errno, EFAULT);
	}
	CHECK_EQ(write(pipe_fd[1], "0123456789abcdef", 16), 16);
	CHECK_EQ(read(pipe_fd[0], dev->mem + dev->block, 16), 16);
	CHECK(!memcmp(dev->mem + dev->block, "0123456789abcdef", 16));
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	close(zero);
}

TEST(system_calls_are_refused_with_efault)
{
	for_each_kind(check_syscalls);
}

static void check_msync(struct device *dev)
{
	CHECK_EQ(device_plug(dev, 0, 1), 0);
	CHECK_WRITES(dev->mem, 1);
	CHECK_EQ(msync(dev->mem, dev->size, MS_SYNC), 0);
	CHECK_EQ(msync(dev->mem, dev->size, MS_ASYNC), 0);
	CHECK_EQ(msync(dev->mem, dev->size, MS_INVALIDATE), 0);
	CHECK_READS(dev->mem, 1);
}

TEST(msync_has_nothing_to_do)
{
	for_each_kind(check_msync);
}

static void check_mbind(struct device *dev)
{
	unsigned long nodes = 1;

	/* NUMA policy of a region: on one node it is at least accepted. */
	if (syscall(SYS_mbind, dev->mem, dev->size, MPOL_BIND, &nodes, 64, 0) &&
	    errno == ENOSYS)
		ktap_skip("no mbind()");
	CHECK_EQ(device_plug(dev, 0, 2), 0);
	CHECK_EQ(syscall(SYS_mbind, dev->mem, 2 * dev->block, MPOL_BIND, &nodes,
			 64, MPOL_MF_MOVE), 0);
	fill(dev->mem, 2 * dev->block, 4);
	CHECK_UNPLUGGED(dev, dev->mem + 2 * dev->block);
}

TEST(numa_policy)
{
	for_each_kind(check_mbind);
}

struct reader {
	const volatile unsigned char *at;
	volatile bool stop;
};

static void *read_in_a_loop(void *arg)
{
	struct reader *reader = arg;
	unsigned char value;

	while (!reader->stop)
		touch_read(reader->at, &value);
	return NULL;
}

/*
 * A zero page must not stay mapped in a block that is plugged: who reads the
 * block all the time must see what is then written through another mapping.
 */
static void check_stale_zero(uint64_t block)
{
	struct device dev = device_new(4 * MiB > block ? 4 * MiB : block, block,
				       VHOST_MEM_CREATE_READABLE);
	unsigned char *other = device_map(dev.fd, dev.size);
	uint64_t nr = dev.size / block;

	CHECK(other);
	for (int round = 0; round < 300; round++) {
		struct reader reader = { .at = dev.mem + round % nr * block };
		pthread_t thread;

		CHECK_EQ(pthread_create(&thread, NULL, read_in_a_loop, &reader),
			 0);
		if (round % 3)
			sched_yield();
		CHECK_EQ(device_plug(&dev, round % nr, 1), 0);
		CHECK_WRITES(other + round % nr * block, 0x99);
		reader.stop = true;
		pthread_join(thread, NULL);
		CHECK_READS(reader.at, 0x99);
		CHECK_EQ(device_unplug(&dev, round % nr, 1), 0);
		CHECK_READS(reader.at, 0);
	}
	device_close(&dev);
}

TEST(readable_zero_page_does_not_stay)
{
	check_stale_zero(4 * KiB);
	check_stale_zero(2 * MiB);
	check_stale_zero(4 * MiB);
}

/* Writers that race PLUG must get through, or SIGBUS, but not hang. */
static void *write_in_a_loop(void *arg)
{
	struct reader *reader = arg;

	while (!reader->stop)
		touch_write((void *)reader->at, 1);
	return NULL;
}

TEST(readable_writers_race_plug)
{
	struct device dev = device_new(4 * MiB, 2 * MiB,
				       VHOST_MEM_CREATE_READABLE);
	struct reader reader = { .at = dev.mem + 5 };
	struct reader reader2 = { .at = dev.mem + PAGE };
	pthread_t writer, thread;

	CHECK_EQ(pthread_create(&writer, NULL, write_in_a_loop, &reader), 0);
	CHECK_EQ(pthread_create(&thread, NULL, read_in_a_loop, &reader2), 0);
	for (int round = 0; round < 300; round++) {
		CHECK_EQ(device_plug(&dev, 0, 1), 0);
		CHECK_EQ(device_unplug(&dev, 0, 1), 0);
	}
	reader.stop = reader2.stop = true;
	pthread_join(writer, NULL);
	pthread_join(thread, NULL);
	CHECK_READS(dev.mem + 5, 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
}

TEST(largest_region)
{
	/* As large as one can map; in blocks of 16 MiB. */
	uint64_t size = 64ULL << 40;
	struct device dev = device_new(size, 16 * MiB, 0);
	uint64_t last = size / dev.block - 1;

	CHECK_REFUSED(dev.mem + size - 1);
	CHECK_EQ(device_plug(&dev, last, 1), 0);
	CHECK_WRITES(dev.mem + size - 1, 1);
	CHECK_REFUSED(dev.mem + size - dev.block - 1);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_REFUSED(dev.mem + size - 1);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

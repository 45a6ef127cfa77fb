// SPDX-License-Identifier: GPL-2.0
/*
 * Regions of huge pages of the host's pool (hugetlb): pages come by PLUG and go by
 * UNPLUG, whatever else is tried; an empty pool is BUSY; what is referenced is not
 * unplugged, or is in limbo.
 *
 * tier: full
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/userfaultfd.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "cgroup.h"
#include "genl.h"
#include "hugetlb.h"
#include "reference.h"
#include "vcpu.h"
#include "victim.h"
#include "vring.h"

#define HUGETLB VHOST_MEM_CREATE_HUGETLB
#define POOL 32
#define NR_BLOCKS 16

/* A pool, and a region none of whose blocks is plugged. */
static struct device new_device(uint64_t block)
{
	hugetlb_pool(POOL);
	CHECK_EQ(hugetlb_free(), POOL);
	return device_new(NR_BLOCKS * block, block, HUGETLB);
}

static struct device new_victim(void)
{
	hugetlb_pool(POOL);
	return victim_new(HUGE, HUGETLB);
}

static int create(uint32_t size, uint32_t flags, uint64_t block,
		  uint64_t page_size)
{
	struct vhost_mem_create_region arg = {
		.size = size, .flags = flags, .region_size = 2 * GiB,
		.block_size = block, .page_size = page_size,
	};
	int fd = device_open();
	int ret = device_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg);

	close(fd);
	return ret;
}

TEST(create_values)
{
	const uint32_t size = sizeof(struct vhost_mem_create_region);
	const uint32_t old = offsetof(struct vhost_mem_create_region, page_size);

	hugetlb_pool(1);
	CHECK_EQ(create(size, HUGETLB, HUGE, HUGE), 0);
	CHECK_EQ(create(size, HUGETLB, 64 * HUGE, HUGE), 0);
	CHECK_EQ(create(size, HUGETLB | VHOST_MEM_CREATE_PREALLOC, HUGE, HUGE), 0);
	CHECK_EQ(create(size, HUGETLB | VHOST_MEM_CREATE_KEEP, HUGE, HUGE), 0);
	CHECK_EQ(create(old, 0, HUGE, 0), 0);
	CHECK_EQ(create(old, HUGETLB, HUGE, 0), -EINVAL);
	CHECK_EQ(create(size, HUGETLB, HUGE, 0), -EINVAL);
	CHECK_EQ(create(size, 0, HUGE, HUGE), -EINVAL);
	CHECK_EQ(create(size, HUGETLB, HUGE / 2, HUGE), -EINVAL);
	CHECK_EQ(create(size, HUGETLB, PAGE, PAGE), -EOPNOTSUPP);
	CHECK_EQ(create(size, HUGETLB, 4 * MiB, 4 * MiB), -EOPNOTSUPP);
	CHECK_EQ(create(size, HUGETLB, 4 * MiB, 3 * MiB), -EOPNOTSUPP);
	CHECK_EQ(create(size, HUGETLB | VHOST_MEM_CREATE_READABLE, HUGE, HUGE),
		 -EINVAL);
	CHECK_EQ(hugetlb_free(), 1);
}

TEST(pages_come_by_plug_and_go_by_unplug)
{
	struct device dev = new_device(HUGE);
	unsigned char *mem = dev.mem;

	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PAGE_SIZE), HUGE);
	CHECK_EQ(hugetlb_free(), POOL);
	CHECK_REFUSED(mem);
	CHECK_EQ(device_plug(&dev, 1, 4), 0);
	CHECK_EQ(hugetlb_free(), POOL - 4);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 4 * HUGE);
	for (int i = 1; i < 5; i++) {
		CHECK_READS(mem + i * HUGE, 0);
		CHECK_WRITES(mem + (i + 1) * HUGE - 1, 0x40 + i);
	}
	CHECK_REFUSED(mem);
	CHECK_REFUSED(mem + HUGE - 1);
	CHECK_REFUSED(mem + 5 * HUGE);
	/* Nothing is reserved for what is mapped, or was touched. */
	CHECK_EQ(hugetlb_reserved(), 0);
	CHECK_EQ(device_unplug(&dev, 2, 2), 0);
	CHECK_EQ(hugetlb_free(), POOL - 2);
	CHECK_REFUSED(mem + 2 * HUGE);
	CHECK_REFUSED(mem + 4 * HUGE - 1);
	CHECK_READS(mem + 5 * HUGE - 1, 0x44);
	CHECK_EQ(device_plug(&dev, 2, 1), 0);
	CHECK_READS(mem + 3 * HUGE - 1, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(hugetlb_free(), POOL);
	CHECK_REFUSED(mem + HUGE);
	CHECK_EQ(device_plug(&dev, 0, NR_BLOCKS), 0);
	CHECK_WRITES(mem, 1);
	/* The end of the device is the end of the memory, also where it is mapped. */
	close(dev.fd);
	CHECK_EQ(hugetlb_free(), POOL);
	CHECK_REFUSED(mem);
}

TEST(blocks_of_many_pages)
{
	struct device dev = new_device(8 * MiB);

	CHECK_EQ(device_plug(&dev, 1, 2), 0);
	CHECK_EQ(hugetlb_free(), POOL - 8);
	memset(dev.mem + dev.block, 0x77, 2 * dev.block);
	CHECK_REFUSED(dev.mem + dev.block - 1);
	CHECK_REFUSED(dev.mem + 3 * dev.block);
	/* The pool ends in the middle of a block. */
	hugetlb_pool(POOL - 2);
	CHECK_EQ(device_plug(&dev, 3, 6), -ENOSR);
	CHECK_EQ(hugetlb_free(), POOL - 2 - 8);
	CHECK_EQ(device_count_plugged(&dev), 2);
	CHECK_REFUSED(dev.mem + 3 * dev.block);
	CHECK_EQ(device_plug(&dev, 3, 5), 0);
	CHECK_EQ(device_unplug(&dev, 1, 7), 0);
	CHECK_EQ(hugetlb_free(), POOL - 2);
	device_close(&dev);
}

TEST(empty_pool_is_busy)
{
	struct genl_region region;
	struct guest guest;
	struct device dev = new_device(HUGE);
	struct genl nl;

	hugetlb_pool(3);
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(device_plug(&dev, 0, 4), -ENOSR);
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_EQ(hugetlb_free(), 3);
	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 2), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_plug(&guest, 2, 2), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_PROGRESS],
		 VHOST_MEM_PROGRESS_NO_HUGE_PAGES);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_PLUGGED_SIZE], 2 * HUGE);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_CHARGED], 2 * HUGE);
	CHECK_EQ(hugetlb_free(), 1);
	CHECK_REFUSED(dev.mem + 2 * HUGE);
	/* What is there can be had. */
	CHECK_EQ(guest_plug(&guest, 2, 1), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_plug(&guest, 3, 1), VIRTIO_MEM_RESP_BUSY);
	hugetlb_pool(4);
	CHECK_EQ(guest_plug(&guest, 3, 1), VIRTIO_MEM_RESP_ACK);
	CHECK_WRITES(dev.mem + 3 * HUGE, 1);
	guest_free(&guest);
	device_close(&dev);
	CHECK_EQ(hugetlb_free(), 4);
}

/* Until there is a page, whoever gives it back: another region, or anybody else. */
TEST(guest_is_notified_after_a_shortage)
{
	struct device dev = new_device(HUGE), other = new_device(HUGE);
	struct guest guest;
	uint64_t generation;

	hugetlb_pool(1);
	CHECK_EQ(device_plug(&other, 0, 1), 0);
	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	generation = device_generation(dev.fd);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_BUSY);
		if (i == 2)
			CHECK_EQ(device_unplug(&other, 0, 1), 0);
		guest_wait_config_change(&guest, &generation);
	}
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_plug(&guest, 1, 1), VIRTIO_MEM_RESP_BUSY);
	hugetlb_pool(2);
	guest_wait_config_change(&guest, &generation);
	CHECK_EQ(guest_plug(&guest, 1, 1), VIRTIO_MEM_RESP_ACK);
	guest_free(&guest);
	device_close(&other);
	device_close(&dev);
}

static void check_reference(enum reference_kind kind)
{
	struct device dev = new_device(4 * MiB);
	unsigned char *at = dev.mem + 2 * dev.block + HUGE;
	struct reference ref;
	int ret;

	ktap_context("%s", reference_names[kind]);
	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	memset(dev.mem, 0x31, 4 * dev.block);
	ret = reference_take(&ref, kind, at, PAGE);
	if (ret) {
		CHECK_EQ(ret, -ENOSYS);
		device_close(&dev);
		return;
	}
	/* UNPLUG is refused, and changes nothing. */
	CHECK_EQ(device_unplug(&dev, 2, 1), -EBUSY);
	CHECK_EQ(device_unplug(&dev, 0, 4), -EBUSY);
	CHECK_EQ(hugetlb_free(), POOL - 8);
	CHECK_READS(at, 0x31);
	CHECK_EQ(device_unplug(&dev, 0, 1), 0);
	/* A reset cannot be refused. The page is out of reach, and not free. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), dev.block);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), HUGE);
	CHECK_EQ(hugetlb_free(), POOL - 1);
	CHECK_REFUSED(at);
	CHECK_REFUSED(at - HUGE);
	CHECK_EQ(device_plug(&dev, 2, 1), -EBUSY);
	/* It counts. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 2 * dev.block),
		 0);
	CHECK_EQ(device_plug(&dev, 4, 2), -EBUSY);
	CHECK_EQ(device_plug(&dev, 4, 1), 0);
	reference_drop(&ref);
	CHECK_EQ(device_soon(device_plug, &dev, 2, 1), 0);
	CHECK_READS(at, 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), 0);
	CHECK_EQ(device_unplug(&dev, 2, 1), 0);
	device_close(&dev);
	CHECK(hugetlb_free_soon(POOL));
}

TEST(referenced_pages)
{
	for (int kind = 0; kind < REFERENCE_KINDS; kind++)
		check_reference(kind);
}

TEST(closed_region_is_listed_while_its_memory_is_held)
{
	struct device dev = new_device(HUGE);
	struct reference ref;
	int before;

	CHECK_EQ(device_plug(&dev, 0, 2), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_EQ(reference_take(&ref, REFERENCE_PIPE, dev.mem, PAGE), 0);
	before = genl_count_regions();
	close(dev.fd);
	CHECK_EQ(genl_count_regions(), before);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), HUGE);
	CHECK_EQ(hugetlb_free(), POOL - 1);
	CHECK_REFUSED(dev.mem);
	reference_drop(&ref);
	CHECK(genl_gone_before(dev.id, time(NULL) + 30));
	CHECK(hugetlb_free_soon(POOL));
	CHECK_REFUSED(dev.mem);
}

/* References are taken, and mappings made, while blocks come and go. */
static struct device race_dev;
static atomic_bool race_stop;

static void *race_thread(void *arg)
{
	struct iovec iov = { .iov_len = PAGE };
	char page[PAGE];
	uint64_t i = (uintptr_t)arg;
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	while (!race_stop) {
		iov.iov_base = race_dev.mem + i++ % 4 * HUGE;
		touch_write(iov.iov_base, 1);
		if (vmsplice(fds[1], &iov, 1, 0) == PAGE)
			CHECK_EQ(read(fds[0], page, PAGE), PAGE);
	}
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

TEST(references_race_with_unplug)
{
	time_t end = time(NULL) + 10;
	pthread_t threads[2];

	race_dev = new_device(HUGE);
	CHECK_EQ(device_set(race_dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 4 * HUGE),
		 0);
	for (uintptr_t i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, race_thread,
					(void *)i), 0);
	while (time(NULL) < end) {
		int ret = device_plug(&race_dev, 0, 4);

		/* Something may be in limbo, and whatever happens, no more is held. */
		CHECK(!ret || ret == -EBUSY || ret == -EEXIST);
		CHECK(hugetlb_free() >= POOL - 4);
		for (int i = 0; i < 4; i++) {
			ret = device_unplug(&race_dev, i, 1);
			CHECK(!ret || ret == -EBUSY || ret == -ENOENT);
		}
		if (!(rand() % 8))
			CHECK_EQ(device_set(race_dev.fd, VHOST_MEM_SYSTEM_RESET,
					    0), 0);
	}
	race_stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(device_set(race_dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK(hugetlb_free_soon(POOL));
	CHECK_EQ(device_soon(device_plug, &race_dev, 0, 4), 0);
	CHECK_READS(race_dev.mem, 0);
	device_close(&race_dev);
}

TEST(system_calls_on_holes)
{
	struct device dev = new_victim();
	char data[64] = "data";
	struct iovec local = { data, sizeof(data) };
	struct iovec remote = { dev.mem, sizeof(data) };
	int mem = open("/proc/self/mem", O_RDWR), fds[2], fd;

	CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), -1);
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), -1);
	CHECK_EQ(errno, EFAULT);
	CHECK(mem >= 0);
	CHECK_EQ(pwrite(mem, data, sizeof(data), (uintptr_t)dev.mem), -1);
	CHECK_EQ(pread(mem, data, sizeof(data), (uintptr_t)dev.mem), -1);
	CHECK_EQ(pipe(fds), 0);
	remote.iov_len = PAGE;
	CHECK_EQ(vmsplice(fds[1], &remote, 1, SPLICE_F_GIFT), -1);
	CHECK_EQ(write(fds[1], dev.mem, PAGE), -1);
	CHECK_EQ(write(fds[1], data, sizeof(data)), (int)sizeof(data));
	CHECK_EQ(read(fds[0], dev.mem, sizeof(data)), -1);
	fd = pin_memory(dev.mem, PAGE);
	CHECK(fd == -EFAULT || fd == -ENOSYS);
	fd = pin_memory(dev.mem + 3 * HUGE, 2 * HUGE);
	CHECK(fd < 0);
	mlock(dev.mem, dev.size);
	victim_check(&dev);
	munlock(dev.mem, dev.size);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	victim_check(&dev);
	munlockall();
	for (int i = 1; i <= 5; i++) {
		char what[] = { '0' + i, 0 };

		write_file("/proc/self/clear_refs", what);
		victim_check(&dev);
	}
	write_file("/proc/sys/vm/compact_memory", "1");
	victim_check(&dev);
	close(mem);
	device_close(&dev);
}

TEST(madvise_and_mprotect)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE,
		MADV_MERGEABLE, MADV_HUGEPAGE, 25 /* COLLAPSE */, MADV_COLD,
		MADV_PAGEOUT, MADV_WIPEONFORK, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, 24 /* DONTNEED_LOCKED */, MADV_REMOVE,
		MADV_DODUMP, 102 /* GUARD_INSTALL */, 103,
	};
	static const int prots[] = {
		PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE | PROT_EXEC,
		PROT_READ | PROT_WRITE,
	};
	struct device dev = new_victim();

	for (size_t i = 0; i < sizeof(advice) / sizeof(*advice); i++) {
		ktap_context("advice %d", advice[i]);
		madvise(dev.mem, dev.size, advice[i]);
		victim_check(&dev);
		madvise(dev.mem + HUGE, 3 * HUGE, advice[i]);
		madvise(dev.mem + PAGE, 5 * HUGE, advice[i]);
		victim_check(&dev);
	}
	CHECK_EQ(madvise(dev.mem, HUGE, MADV_POPULATE_WRITE), -1);
	CHECK_EQ(madvise(dev.mem + 2 * HUGE, HUGE, MADV_REMOVE), -1);
	for (size_t i = 0; i < sizeof(prots) / sizeof(*prots); i++)
		CHECK_EQ(mprotect(dev.mem, dev.size, prots[i]), 0);
	victim_check(&dev);
	/* Of a part, which splits the mapping. */
	CHECK_EQ(mprotect(dev.mem + HUGE, 2 * HUGE, PROT_READ), 0);
	CHECK_EQ(touch_write(dev.mem + 2 * HUGE, 1), SIGSEGV);
	CHECK_READS(dev.mem + 2 * HUGE, 0x6b);
	CHECK_EQ(mprotect(dev.mem + HUGE, 2 * HUGE, PROT_READ | PROT_WRITE), 0);
	victim_check(&dev);
	device_close(&dev);
}

TEST(holes_cannot_be_punched)
{
	struct device dev = new_victim();
	struct vhost_mem_value value = { .size = sizeof(value) };
	int fd = ioctl(dev.fd, VHOST_MEM_GET_MEMORY_FD, &value);
	char path[64];

	CHECK(fd >= 0);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			   2 * HUGE, HUGE), -1);
	CHECK_EQ(errno, EOPNOTSUPP);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, HUGE), -1);
	CHECK_EQ(fallocate(fd, 0, 0, HUGE), -1);
	CHECK_EQ(ftruncate(fd, 0), -1);
	CHECK_EQ(fallocate(dev.fd, FALLOC_FL_KEEP_SIZE, 0, HUGE), -1);
	sprintf(path, "/proc/self/map_files/%lx-%lx", (unsigned long)dev.mem,
		(unsigned long)dev.mem + dev.size);
	CHECK_EQ(open(path, O_RDWR), -1);
	CHECK_EQ(open(path, O_RDONLY), -1);
	CHECK_EQ(truncate(path, 0), -1);
	CHECK_EQ(truncate(path, dev.size), -1);
	CHECK_EQ(truncate(path, HUGE), -1);
	victim_check(&dev);
	close(fd);
	device_close(&dev);
}

/* Whatever is mapped at @mem, only what is plugged can be written by it. */
static void check_mapping(struct device *dev, unsigned char *mem)
{
	for (uint64_t at = 0; at < dev->size; at += HUGE)
		if (!touch_write(mem + at, 0x6b))
			CHECK(at / HUGE == 2 || at / HUGE == 3);
	victim_check(dev);
}

TEST(mappings)
{
	struct device dev = new_victim();
	struct vhost_mem_value value = { .size = sizeof(value) };
	int fd = ioctl(dev.fd, VHOST_MEM_GET_MEMORY_FD, &value);
	unsigned char *mem, *room;

	mem = mmap(NULL, dev.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(mem != MAP_FAILED);
	CHECK_EQ((uintptr_t)mem % HUGE, 0);
	check_mapping(&dev, mem);
	CHECK_READS(mem + 3 * HUGE, 0x6b);
	munmap(mem, dev.size);
	close(fd);

	CHECK(mmap(NULL, dev.size, PROT_READ, MAP_PRIVATE, dev.fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, HUGE, PROT_READ, MAP_SHARED, dev.fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, dev.size, PROT_READ, MAP_SHARED, dev.fd, HUGE) ==
	      MAP_FAILED);
	room = mmap(NULL, 4 * dev.size, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	room += HUGE - (uintptr_t)room % HUGE;
	CHECK(mmap(room + PAGE, dev.size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED, dev.fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	/* For reading only, and then for writing. */
	mem = mmap(room, dev.size, PROT_READ, MAP_SHARED | MAP_FIXED, dev.fd, 0);
	CHECK(mem == room);
	CHECK_EQ(mprotect(mem, dev.size, PROT_READ | PROT_WRITE), 0);
	check_mapping(&dev, mem);
	/* Not all of it, beside what is left. */
	munmap(mem + 3 * HUGE, HUGE);
	munmap(mem + PAGE, HUGE);
	victim_check(&dev);
	CHECK_READS(mem + 2 * HUGE, 0x6b);
	check_mapping(&dev, mem);
	syscall(SYS_remap_file_pages, mem, HUGE, 0, 2 * HUGE / PAGE, 0);
	check_mapping(&dev, mem);
	syscall(SYS_remap_file_pages, mem, dev.size, 0, 0, 0);
	victim_check(&dev);
	munmap(room, 2 * dev.size);

	mem = device_map(dev.fd, dev.size);
	CHECK(mremap(mem, dev.size, dev.size + HUGE, MREMAP_MAYMOVE) ==
	      MAP_FAILED);
	CHECK(mremap(mem, 0, dev.size, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(mremap(mem, dev.size, dev.size, MREMAP_MAYMOVE | MREMAP_FIXED,
		     room + PAGE) == MAP_FAILED);
	room = mremap(mem, dev.size, dev.size, MREMAP_MAYMOVE | MREMAP_FIXED,
		      room);
	if (room != MAP_FAILED) {
		check_mapping(&dev, room);
		CHECK_READS(room + 2 * HUGE, 0x6b);
	}
	device_close(&dev);
	CHECK_EQ(hugetlb_free(), POOL);
}

static int child(void *arg)
{
	struct device *dev = arg;

	for (uint64_t i = 0; i < VICTIM_BLOCKS; i++)
		if (!touch_write(dev->mem + i * HUGE, 0x6b) != (i == 2 || i == 3))
			return 1;
	return touch_write(dev->mem + 4 * HUGE, 1) == SIGBUS ? 0 : 2;
}

TEST(fork)
{
	struct device dev = new_victim();

	CHECK_EQ(in_child(child, &dev), 0);
	victim_check(&dev);
	CHECK_EQ(device_unplug(&dev, 2, 2), 0);
	CHECK_EQ(hugetlb_free(), POOL);
	device_close(&dev);
}

/* Whatever can be registered fills no hole. */
TEST(userfaultfd)
{
	static const uint64_t modes[] = {
		UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP,
		4 /* MINOR */, UFFDIO_REGISTER_MODE_MISSING | 4,
	};
	struct device dev = new_victim();
	unsigned char *source = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool registered = false;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct uffdio_register reg = {
			.range = { (uintptr_t)dev.mem, dev.size },
			.mode = modes[i],
		};
		/* MINOR_HUGETLBFS */
		struct uffdio_api api = { .api = UFFD_API, .features = 1 << 9 };
		struct uffdio_copy copy = {
			.dst = (uintptr_t)dev.mem, .src = (uintptr_t)source,
			.len = HUGE,
		};
		struct {
			struct uffdio_range range;
			uint64_t mode;
			int64_t mapped;
		} more = { .range = { (uintptr_t)dev.mem, HUGE } };
		int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

		if (fd < 0)
			ktap_skip("userfaultfd: %s", strerror(errno));
		CHECK_EQ(ioctl(fd, UFFDIO_API, &api), 0);
		if (!ioctl(fd, UFFDIO_REGISTER, &reg)) {
			registered = true;
			CHECK_EQ(ioctl(fd, UFFDIO_COPY, &copy), -1);
			CHECK_EQ(ioctl(fd, UFFDIO_ZEROPAGE, &more), -1);
			/* UFFDIO_CONTINUE, UFFDIO_POISON */
			CHECK_EQ(ioctl(fd, _IOWR(UFFDIO, 0x07, more), &more), -1);
			CHECK_REFUSED(dev.mem);
			CHECK_EQ(hugetlb_free(), POOL - 2);
		}
		close(fd);
		victim_check(&dev);
	}
	if (!registered)
		ktap_say("nothing can be registered");
	munmap(source, HUGE);
	device_close(&dev);
}

TEST(block_map_with_too_small_a_pool)
{
	struct device dev = new_device(HUGE);
	uint64_t map = 0x0f0f;

	hugetlb_pool(6);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, dev.size), 0);
	CHECK_EQ(device_block_map(dev.fd, VHOST_MEM_SET_BLOCK_MAP, 0, NR_BLOCKS,
				  &map), -ENOSR);
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_EQ(hugetlb_free(), 6);
	hugetlb_pool(8);
	CHECK_EQ(device_block_map(dev.fd, VHOST_MEM_SET_BLOCK_MAP, 0, NR_BLOCKS,
				  &map), 0);
	CHECK_EQ(hugetlb_free(), 0);
	CHECK_WRITES(dev.mem + 11 * HUGE, 1);
	device_close(&dev);
}

static void do_nothing(int sig)
{
	(void)sig;
}

/* hugetlbfs gives up for any signal: all or nothing. */
TEST(plug_while_signals_arrive)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = do_nothing };
	struct device dev = new_device(HUGE);
	int interrupted = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 20; i++) {
		int ret = device_plug(&dev, 0, NR_BLOCKS);

		CHECK(!ret || ret == -EINTR);
		CHECK_EQ(hugetlb_free(), ret ? POOL : POOL - NR_BLOCKS);
		interrupted += ret == -EINTR;
		if (!ret)
			CHECK_EQ(device_unplug(&dev, 0, NR_BLOCKS), 0);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	ktap_say("%d of 20 were interrupted", interrupted);
	CHECK_EQ(device_plug(&dev, 0, NR_BLOCKS), 0);
	device_close(&dev);
}

TEST(cgroup_limits_huge_pages)
{
	struct device dev = new_device(HUGE);
	struct cgroup cgroup;

	if (write_file("/sys/fs/cgroup/cgroup.subtree_control", "+hugetlb"))
		ktap_skip("no hugetlb controller");
	cgroup = cgroup_new("hugetlb");
	cgroup_enter(&cgroup);
	cgroup_set(&cgroup, "hugetlb.2MB.max", 3 * HUGE);
	CHECK_EQ(device_plug(&dev, 0, 4), -ENOSR);
	CHECK_EQ(cgroup_get(&cgroup, "hugetlb.2MB.current", NULL), 0);
	CHECK_EQ(device_plug(&dev, 0, 3), 0);
	CHECK_EQ(cgroup_get(&cgroup, "hugetlb.2MB.current", NULL), 3 * HUGE);
	CHECK_EQ(device_plug(&dev, 3, 1), -ENOSR);
	CHECK_EQ(device_unplug(&dev, 1, 1), 0);
	CHECK_EQ(device_plug(&dev, 3, 1), 0);
	device_close(&dev);
	CHECK_EQ(cgroup_get(&cgroup, "hugetlb.2MB.current", NULL), 0);
}

/* Hardware errors of memory, simulated: the page is lost for the pool, and nothing else. */
TEST(memory_error_in_a_plugged_page)
{
	struct sigaction ignore = { .sa_handler = do_nothing }, old;
	struct device dev = new_victim();
	unsigned char value;

	sigaction(SIGBUS, &ignore, &old);
	if (madvise(dev.mem + 2 * HUGE, PAGE, MADV_HWPOISON))
		ktap_skip("MADV_HWPOISON: %s", strerror(errno));
	sigaction(SIGBUS, &old, NULL);
	CHECK_EQ(touch_read(dev.mem + 2 * HUGE, &value), SIGBUS);
	CHECK_READS(dev.mem + 3 * HUGE, 0x6b);
	CHECK_REFUSED(dev.mem);
	CHECK_EQ(device_unplug(&dev, 2, 1), 0);
	CHECK_REFUSED(dev.mem + 2 * HUGE);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), 0);
	CHECK_EQ(device_plug(&dev, 2, 1), 0);
	CHECK_READS(dev.mem + 2 * HUGE, 0);
	device_close(&dev);
}

TEST(gigantic_pages)
{
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg), .flags = HUGETLB, .region_size = 4 * GiB,
		.block_size = GiB, .page_size = GiB,
	};
	struct device dev = { .fd = device_open(), .size = 4 * GiB, .block = GiB };
	int ret;

	if (!hugetlb_pool_of(GiB, 1))
		ktap_skip("no page of 1 GiB");
	ret = device_ioctl(dev.fd, VHOST_MEM_CREATE_REGION, &arg);
	CHECK_EQ(ret, 0);
	dev.id = arg.id;
	dev.mem = mmap(NULL, dev.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       dev.fd, 0);
	CHECK(dev.mem != MAP_FAILED);
	CHECK_EQ((uintptr_t)dev.mem % GiB, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, dev.size), 0);
	CHECK_REFUSED(dev.mem + GiB);
	CHECK_EQ(device_plug(&dev, 1, 2), -ENOSR);
	CHECK_EQ(device_plug(&dev, 1, 1), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), GiB);
	CHECK_READS(dev.mem + GiB, 0);
	CHECK_WRITES(dev.mem + 2 * GiB - 1, 1);
	CHECK_REFUSED(dev.mem + GiB - 1);
	CHECK_REFUSED(dev.mem + 2 * GiB);
	CHECK_EQ(device_unplug(&dev, 1, 1), 0);
	CHECK_REFUSED(dev.mem + GiB);
	CHECK_EQ(device_plug(&dev, 3, 1), 0);
	CHECK_READS(dev.mem + 4 * GiB - 1, 0);
	device_close(&dev);
	CHECK(hugetlb_pool_of(GiB, 0));
}

TEST(guest_of_kvm)
{
	struct device dev = new_victim();
	struct vcpu vcpu = vcpu_new(dev.mem, dev.size);
	unsigned char byte = 0;

	CHECK_EQ(vcpu_access(&vcpu, 2 * HUGE, false, &byte), 0);
	CHECK_EQ(byte, 0x6b);
	CHECK_EQ(vcpu_access(&vcpu, 4 * HUGE - 1, true, &byte), 0);
	CHECK_EQ(vcpu_access(&vcpu, 0, false, &byte), -EFAULT);
	CHECK_EQ(vcpu_access(&vcpu, 4 * HUGE, true, &byte), -EFAULT);
	victim_check(&dev);
	/* What the guest has in use is unplugged, too. */
	CHECK_EQ(device_unplug(&dev, 2, 1), 0);
	CHECK_EQ(hugetlb_free(), POOL - 1);
	CHECK_EQ(vcpu_access(&vcpu, 2 * HUGE, false, &byte), -EFAULT);
	CHECK_EQ(vcpu_access(&vcpu, 2 * HUGE, true, &byte), -EFAULT);
	CHECK_EQ(vcpu_access(&vcpu, 3 * HUGE, false, &byte), 0);
	CHECK_EQ(device_plug(&dev, 2, 1), 0);
	CHECK_EQ(vcpu_access(&vcpu, 2 * HUGE, false, &byte), 0);
	CHECK_EQ(byte, 0);
	device_close(&dev);
}

int main(int argc, char **argv)
{
	int ret = ktap_main(argc, argv);

	hugetlb_pool_of(HUGE, 0);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Regions whose huge pages are reserved (VHOST_MEM_CREATE_RESERVED): there is a page for
 * every block from the creation on, whoever else wants it, or no region; and the
 * reservation ends with the region.
 *
 * tier: full
 */
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "genl.h"
#include "hugetlb.h"
#include "reference.h"

#define RESERVED (VHOST_MEM_CREATE_HUGETLB | VHOST_MEM_CREATE_RESERVED)
#define NR 16

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

/* A pool with just enough pages, and a region that has reserved them. */
static struct device new_device(void)
{
	hugetlb_pool(NR);
	CHECK_EQ(hugetlb_reserved(), 0);
	return device_new(NR * HUGE, HUGE, RESERVED);
}

static int create(uint64_t blocks, uint32_t flags)
{
	int fd = device_open();
	int ret = device_create(fd, blocks * HUGE, HUGE, flags, "", NULL);

	close(fd);
	return ret;
}

static unsigned char *map_huge(int flags)
{
	return mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB | flags, -1, 0);
}

/* Nobody else gets a page: no mapping, no other region, and none by waiting for it. */
static void check_others(void)
{
	struct device other;
	unsigned char *mem;

	CHECK(map_huge(0) == MAP_FAILED);
	mem = map_huge(MAP_NORESERVE);
	CHECK(mem != MAP_FAILED);
	CHECK_EQ(touch_write(mem, 1), SIGBUS);
	munmap(mem, HUGE);
	CHECK_EQ(create(1, RESERVED), -ENOSR);
	other = device_new(HUGE, HUGE, VHOST_MEM_CREATE_HUGETLB);
	CHECK_EQ(device_plug(&other, 0, 1), -ENOSR);
	device_close(&other);
}

/* The pool is, soon, as if there never had been a region. */
static void check_gone(void)
{
	time_t end = time(NULL) + 30;
	unsigned char *mem[NR];

	CHECK(hugetlb_free_soon(NR));
	while (hugetlb_reserved()) {
		CHECK(time(NULL) <= end);
		usleep(10000);
	}
	for (int i = 0; i < NR; i++) {
		mem[i] = map_huge(0);
		CHECK(mem[i] != MAP_FAILED);
		CHECK_WRITES(mem[i], 1);
	}
	for (int i = 0; i < NR; i++)
		munmap(mem[i], HUGE);
	CHECK_EQ(hugetlb_free(), NR);
}

TEST(as_many_pages_as_there_are)
{
	hugetlb_pool(NR);
	/* Whatever the module wants to find out. */
	CHECK_EQ(create(1, VHOST_MEM_CREATE_HUGETLB), 0);
	CHECK_EQ(create(NR + 1, RESERVED), -ENOSR);
	CHECK_EQ(create(2 * GiB / HUGE, RESERVED), -ENOSR);
	CHECK_EQ(create(1ULL << 24, RESERVED), -ENOSR);
	CHECK_EQ(hugetlb_reserved(), 0);
	CHECK_EQ(create(NR, RESERVED), 0);
	CHECK_EQ(hugetlb_reserved(), 0);
	CHECK_EQ(create(1, VHOST_MEM_CREATE_RESERVED), -EINVAL);
	CHECK_EQ(create(1, RESERVED | VHOST_MEM_CREATE_READABLE), -EINVAL);
	CHECK_EQ(create(NR, RESERVED | VHOST_MEM_CREATE_KEEP |
			VHOST_MEM_CREATE_PREALLOC), 0);
	check_gone();
}

TEST(nobody_else_gets_them)
{
	struct device dev = new_device();
	struct genl_region region;
	struct genl nl;

	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	CHECK(region.attrs & 1ULL << VHOST_MEM_A_REGION_PAGES_RESERVED);
	CHECK_EQ(hugetlb_free(), NR);
	CHECK_EQ(hugetlb_reserved(), NR);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_BACKED_SIZE], 0);
	CHECK_REFUSED(dev.mem);
	check_others();
	CHECK_EQ(device_plug(&dev, 0, NR / 2), 0);
	CHECK_EQ(hugetlb_free(), NR / 2);
	CHECK_EQ(hugetlb_reserved(), NR / 2);
	check_others();
	CHECK_EQ(device_plug(&dev, NR / 2, NR / 2), 0);
	memset(dev.mem, 0x5a, dev.size);
	CHECK_EQ(hugetlb_free(), 0);
	CHECK_EQ(hugetlb_reserved(), 0);
	check_others();
	/* What comes back is still the region's. */
	CHECK_EQ(device_unplug(&dev, 3, 7), 0);
	CHECK_EQ(hugetlb_reserved(), 7);
	CHECK_REFUSED(dev.mem + 3 * HUGE);
	check_others();
	CHECK_EQ(device_plug(&dev, 3, 7), 0);
	CHECK_READS(dev.mem + 3 * HUGE, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(hugetlb_reserved(), NR);
	check_others();
	CHECK_EQ(device_plug(&dev, 0, NR), 0);
	device_close(&dev);
	check_gone();
}

TEST(what_is_not_reserved_is_not_shown)
{
	struct device dev;
	struct genl_region region;
	struct genl nl;

	hugetlb_pool(NR);
	dev = device_new(HUGE, HUGE, VHOST_MEM_CREATE_HUGETLB);
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	CHECK(!(region.attrs & 1ULL << VHOST_MEM_A_REGION_PAGES_RESERVED));
	device_close(&dev);
}

/* A region that comes to nothing after its pages were reserved. */
TEST(creation_fails_later)
{
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg), .flags = RESERVED, .region_size = NR * HUGE,
		.block_size = HUGE, .page_size = HUGE, .reservation = 1ULL << 40,
	};
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = device_open();

	hugetlb_pool(NR);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg), -ENOENT);
	CHECK_EQ(hugetlb_reserved(), 0);
	/* The number of the region cannot be written. */
	arg.reservation = 0;
	arg.id = 0;
	memcpy(page, &arg, sizeof(arg));
	CHECK_EQ(mprotect(page, PAGE, PROT_READ), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, page), -EFAULT);
	CHECK_EQ(hugetlb_reserved(), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg), 0);
	CHECK_EQ(hugetlb_reserved(), NR);
	close(fd);
	check_gone();
}

TEST(reservation_ends_with_the_last_mapping)
{
	struct device dev = new_device();

	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	CHECK_WRITES(dev.mem, 1);
	close(dev.fd);
	CHECK_EQ(hugetlb_free(), NR);
	CHECK_EQ(hugetlb_reserved(), NR);
	CHECK_REFUSED(dev.mem);
	munmap(dev.mem, dev.size);
	check_gone();
}

TEST(killed_vmm)
{
	int fds[2], status;
	pid_t pid;
	char byte;

	hugetlb_pool(NR);
	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		struct device dev = device_new(NR * HUGE, HUGE, RESERVED);

		CHECK_EQ(device_plug(&dev, 0, NR / 2), 0);
		memset(dev.mem, 1, NR / 2 * HUGE);
		CHECK_EQ(write(fds[1], "", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	CHECK_EQ(hugetlb_reserved(), NR / 2);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	close(fds[1]);
	check_gone();
}

/* A page in limbo is the region's, and goes back to its reservation. */
TEST(limbo)
{
	struct device dev = new_device();
	struct reference ref;

	CHECK_EQ(device_plug(&dev, 0, NR), 0);
	CHECK_WRITES(dev.mem + 5 * HUGE, 1);
	CHECK_EQ(reference_take(&ref, REFERENCE_PIPE, dev.mem + 5 * HUGE, PAGE),
		 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(hugetlb_free(), NR - 1);
	CHECK_EQ(hugetlb_reserved(), NR - 1);
	check_others();
	CHECK_EQ(device_plug(&dev, 5, 1), -EBUSY);
	reference_drop(&ref);
	CHECK_EQ(device_soon(device_plug, &dev, 5, 1), 0);
	CHECK_EQ(device_plug(&dev, 0, 5), 0);
	CHECK_EQ(device_plug(&dev, 6, NR - 6), 0);
	/* Once more, and the page is all that is left of the region. */
	CHECK_WRITES(dev.mem + 5 * HUGE, 1);
	CHECK_EQ(reference_take(&ref, REFERENCE_PIPE, dev.mem + 5 * HUGE, PAGE),
		 0);
	device_close(&dev);
	CHECK_EQ(hugetlb_free(), NR - 1);
	reference_drop(&ref);
	CHECK(genl_gone_before(dev.id, time(NULL) + 30));
	check_gone();
}

static int create_unmapped(void *arg)
{
	if (unshare(CLONE_NEWUSER))
		return 2;
	return device_create(*(int *)arg, NR * HUGE, HUGE, RESERVED, "", NULL) ?
	       1 : 0;
}

/* The mount of a region is none of the VMM's user namespace. */
TEST(user_namespace)
{
	int fd = device_open(), ret;

	hugetlb_pool(NR);
	/* The first region of the host is tried elsewhere. */
	CHECK_EQ(create(1, VHOST_MEM_CREATE_HUGETLB), 0);
	ret = in_child(create_unmapped, &fd);
	if (ret == 2)
		ktap_skip("no user namespaces");
	CHECK_EQ(ret, 0);
	CHECK_EQ(hugetlb_reserved(), NR);
	close(fd);
	check_gone();
}

/* The cgroup of the process comes first. */
TEST(cgroup_limit)
{
	struct device dev = new_device();
	struct cgroup cgroup;

	if (write_file("/sys/fs/cgroup/cgroup.subtree_control", "+hugetlb"))
		ktap_skip("no hugetlb controller");
	cgroup = cgroup_new("reserved");
	cgroup_enter(&cgroup);
	cgroup_set(&cgroup, "hugetlb.2MB.max", 3 * HUGE);
	CHECK_EQ(device_plug(&dev, 0, 4), -ENOSR);
	CHECK_EQ(hugetlb_reserved(), NR);
	CHECK_EQ(device_plug(&dev, 0, 3), 0);
	CHECK_EQ(hugetlb_reserved(), NR - 3);
	device_close(&dev);
	CHECK_EQ(cgroup_get(&cgroup, "hugetlb.2MB.current", NULL), 0);
	CHECK_EQ(hugetlb_free(), NR);
	CHECK_EQ(hugetlb_reserved(), 0);
}

/* The administrator cannot take away what is reserved. */
TEST(pool_shrinks)
{
	struct device dev = new_device();

	CHECK(!hugetlb_pool_of(HUGE, 0));
	CHECK_EQ(hugetlb_free(), NR);
	CHECK_EQ(device_plug(&dev, 0, NR), 0);
	CHECK_WRITES(dev.mem + NR * HUGE - 1, 1);
	device_close(&dev);
	CHECK_EQ(hugetlb_reserved(), 0);
}

TEST(gigantic_pages)
{
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg), .flags = RESERVED, .region_size = 2 * GiB,
		.block_size = GiB, .page_size = GiB,
	};
	struct device dev = { .fd = device_open(), .size = GiB, .block = GiB };

	if (!hugetlb_pool_of(GiB, 1))
		ktap_skip("no page of 1 GiB");
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_CREATE_REGION, &arg), -ENOSR);
	arg.region_size = GiB;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_CREATE_REGION, &arg), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, GiB), 0);
	/* It cannot be taken away. */
	CHECK(!hugetlb_pool_of(GiB, 0));
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_EQ(device_unplug(&dev, 0, 1), 0);
	close(dev.fd);
	CHECK(hugetlb_pool_of(GiB, 0));
}

int main(int argc, char **argv)
{
	int ret = ktap_main(argc, argv);

	hugetlb_pool_of(HUGE, 0);
	return ret;
}

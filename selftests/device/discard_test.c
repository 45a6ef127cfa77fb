// SPDX-License-Identifier: GPL-2.0
/*
 * The descriptor of a region's memory: memory can be mapped and, in plugged blocks,
 * freed, for balloons. Nothing else can be done with it.
 *
 * tier: quick
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "genl.h"
#include "reference.h"
#include "victim.h"

#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static int memory_fd(struct device *dev)
{
	struct vhost_mem_value arg = { .size = sizeof(arg) };
	int fd = ioctl(dev->fd, VHOST_MEM_GET_MEMORY_FD, &arg);

	CHECK(fd >= 0);
	return fd;
}

static int do_fallocate(int fd, int mode, uint64_t offset, uint64_t length)
{
	return fallocate(fd, mode, offset, length) ? -errno : 0;
}

static uint64_t backed(struct device *dev)
{
	return genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE);
}

static void fill(struct device *dev)
{
	memset(dev->mem + 2 * dev->block, 0x6b, 2 * dev->block);
}

/* Blocks 2 and 3 are plugged. */
static void punch_each(struct device *dev)
{
	int fd = memory_fd(dev);

	/* The second half of block 2, and the first page of block 3. */
	CHECK_EQ(do_fallocate(fd, PUNCH, 2 * dev->block + dev->block / 2 /
			      PAGE * PAGE, dev->block), 0);
	CHECK_READS(dev->mem + 3 * dev->block - 1, 0);
	CHECK_READS(dev->mem + 3 * dev->block, dev->block > PAGE ? 0 : 0x6b);
	CHECK_READS(dev->mem + 4 * dev->block - 1, 0x6b);
	if (dev->block > PAGE)
		CHECK_READS(dev->mem + 2 * dev->block, 0x6b);
	CHECK_EQ(device_count_plugged(dev), 2);
	fill(dev);
	victim_check(dev);

	/* All of it, unplugged blocks, too, which it leaves as they are. */
	CHECK_EQ(do_fallocate(fd, PUNCH, 0, dev->size), 0);
	CHECK_EQ(backed(dev), 0);
	CHECK_EQ(device_count_plugged(dev), 2);
	for (uint64_t at = 2 * dev->block; at < 4 * dev->block; at += PAGE)
		CHECK_READS(dev->mem + at, 0);
	fill(dev);
	victim_check(dev);
	CHECK_EQ(do_fallocate(fd, PUNCH, 4 * dev->block, dev->block), 0);
	CHECK_EQ(madvise(dev->mem, 2 * dev->block, MADV_REMOVE), 0);
	victim_check(dev);
	CHECK_EQ(madvise(dev->mem + 3 * dev->block, dev->block, MADV_REMOVE), 0);
	CHECK_READS(dev->mem + 2 * dev->block, 0x6b);
	CHECK_READS(dev->mem + 3 * dev->block, 0);
	fill(dev);
	close(fd);
}

TEST(punched_memory_is_free_and_its_blocks_stay_plugged)
{
	victim_each(punch_each);
}

static void punch_nothing_else(struct device *dev)
{
	static const int modes[] = {
		0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE,
	};
	uint64_t at = 2 * dev->block;
	int fd = memory_fd(dev);

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		CHECK_EQ(do_fallocate(fd, modes[i], at, dev->block),
			 -EOPNOTSUPP);
	CHECK_EQ(do_fallocate(fd, PUNCH, at + 1, dev->block), -EINVAL);
	CHECK_EQ(do_fallocate(fd, PUNCH, at, PAGE - 1), -EINVAL);
	CHECK_EQ(do_fallocate(fd, PUNCH, at, 0), -EINVAL);
	/* Beyond its end there is nothing, whether that is refused or not. */
	do_fallocate(fd, PUNCH, dev->size, dev->block);
	do_fallocate(fd, PUNCH, (1ULL << 63) - dev->block, dev->block - PAGE);
	close(fd);
}

TEST(other_modes_and_parts_of_pages_are_refused)
{
	victim_each(punch_nothing_else);
}

static void use_fd(struct device *dev)
{
	int fd = memory_fd(dev), pipe_fds[2];
	unsigned char *mem;
	struct stat st;
	char byte = 1;

	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK_EQ(st.st_size, dev->size);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(pread(fd, &byte, 1, 2 * dev->block) < 0);
	CHECK(pwrite(fd, &byte, 1, 2 * dev->block) < 0);
	CHECK(ftruncate(fd, 0) < 0);
	CHECK(ftruncate(fd, dev->size + dev->block) < 0);
	CHECK_EQ(pipe(pipe_fds), 0);
	CHECK(splice(fd, NULL, pipe_fds[1], NULL, PAGE, SPLICE_F_NONBLOCK) < 0);
	CHECK(sendfile(pipe_fds[1], fd, NULL, PAGE) < 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	CHECK_EQ(ioctl(fd, VHOST_MEM_SYSTEM_RESET, &(struct vhost_mem_value){
		 .size = sizeof(struct vhost_mem_value) }), -1);

	/* It is mapped as the device is, and with the guard in front. */
	CHECK(mmap(NULL, dev->block, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, dev->size, PROT_READ, MAP_PRIVATE, fd, 0) ==
	      MAP_FAILED);
	mem = device_map(fd, dev->size);
	CHECK(mem);
	CHECK_READS(mem + 2 * dev->block, 0x6b);
	CHECK_UNPLUGGED(dev, mem);
	CHECK_UNPLUGGED(dev, mem + 4 * dev->block);
	munmap(mem, dev->size);
	close(fd);
}

TEST(descriptor_can_be_mapped_and_no_more)
{
	victim_each(use_fd);
}

TEST(descriptor_does_not_keep_the_region)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct genl_region region;
	int fd = memory_fd(&dev);
	struct genl nl;

	CHECK_EQ(device_plug(&dev, 0, 2), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_EQ(genl_open(&nl), 0);
	close(dev.fd);
	for (int i = 0; !genl_get(&nl, dev.id, &region); i++) {
		CHECK(i < 3000);
		usleep(10000);
	}
	CHECK_REFUSED(dev.mem);
	CHECK_EQ(do_fallocate(fd, PUNCH, 0, dev.size), 0);
	CHECK_REFUSED(dev.mem);
	munmap(dev.mem, dev.size);
	dev.mem = device_map(fd, dev.size);
	CHECK(dev.mem);
	CHECK_REFUSED(dev.mem);
}

/* What is in limbo keeps what it has, and is not given back twice. */
TEST(punch_leaves_what_is_held_and_unplugged)
{
	struct device dev = device_new(8 * HUGE, HUGE, 0);
	int fd = memory_fd(&dev);
	struct reference ref;
	char page[PAGE];

	CHECK_EQ(device_plug(&dev, 0, 2), 0);
	memset(dev.mem, 0x5a, 2 * HUGE);
	CHECK_EQ(reference_take(&ref, REFERENCE_PIPE, dev.mem, PAGE), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(do_fallocate(fd, PUNCH, 0, dev.size), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), -EBUSY);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), HUGE);
	CHECK_EQ(read(ref.fds[0], page, PAGE), PAGE);
	CHECK_EQ(page[0], 0x5a);
	reference_drop(&ref);
}

static int get_fd(void *arg)
{
	struct vhost_mem_value value = { .size = sizeof(value) };

	return ioctl(*(int *)arg, VHOST_MEM_GET_MEMORY_FD, &value) < 0 ? errno :
									 0;
}

TEST(descriptor_is_for_the_owner_to_hand_out)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);

	CHECK_EQ(in_child(get_fd, &dev.fd), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(in_child(get_fd, &dev.fd), EPERM);
	close(memory_fd(&dev));
}

/*
 * udmabuf takes a descriptor of shmem's, if it is sealed against shrinking, and gets
 * at its pages without a fault.
 */
TEST(udmabuf_gets_no_pages)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct udmabuf_create create = {
		.memfd = memory_fd(&dev), .offset = 0, .size = 2 * MiB,
	};
	int udmabuf = open("/dev/udmabuf", O_RDWR);

	if (udmabuf < 0)
		ktap_skip("no /dev/udmabuf");
	CHECK(ioctl(udmabuf, UDMABUF_CREATE, &create) < 0);
	create.memfd = dev.fd;
	CHECK(ioctl(udmabuf, UDMABUF_CREATE, &create) < 0);
	CHECK_EQ(backed(&dev), 0);
	close(create.memfd);
	close(udmabuf);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

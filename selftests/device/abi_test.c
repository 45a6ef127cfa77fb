// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctls of /dev/vhost-mem but VHOST_MEM_CREATE_REGION: orders, limits, errors.
 *
 * tier: quick
 */

#include <poll.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vhost_mem_report.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SIZE (64 * MiB)
#define BLOCK (2 * MiB)

static const unsigned long all_ioctls[] = {
	VHOST_MEM_CREATE_REGION, VHOST_MEM_SET_ADDRESS,
	VHOST_MEM_SET_REQUESTED_SIZE, VHOST_MEM_SET_RUNNING,
	VHOST_MEM_SYSTEM_RESET, VHOST_MEM_SET_CONFIG_CALL,
	VHOST_MEM_GET_CONFIG, VHOST_MEM_GET_BLOCK_MAP,
	VHOST_MEM_PLUG, VHOST_MEM_UNPLUG, VHOST_MEM_SET_LEAVING,
	VHOST_MEM_GET_MEMORY_FD, VHOST_MEM_SET_CONFIRM,
	VHOST_MEM_GET_PENDING, VHOST_MEM_CONFIRM,
};

/* Size of the argument of each ioctl. */
static uint32_t argument_size(unsigned long cmd)
{
	switch (cmd) {
	case VHOST_MEM_CREATE_REGION:
		return sizeof(struct vhost_mem_create_region);
	case VHOST_MEM_SET_CONFIG_CALL:
		return sizeof(struct vhost_mem_fd);
	case VHOST_MEM_GET_CONFIG:
		return sizeof(struct vhost_mem_config);
	case VHOST_MEM_GET_BLOCK_MAP:
		return sizeof(struct vhost_mem_block_map);
	case VHOST_MEM_PLUG:
	case VHOST_MEM_UNPLUG:
		return sizeof(struct vhost_mem_range);
	case VHOST_MEM_SET_CONFIRM:
		return sizeof(struct vhost_mem_set_confirm);
	case VHOST_MEM_GET_PENDING:
		return sizeof(struct vhost_mem_pending);
	case VHOST_MEM_CONFIRM:
		return sizeof(struct vhost_mem_confirm);
	default:
		return sizeof(struct vhost_mem_value);
	}
}

/* Size of its first version. */
static uint32_t first_size(unsigned long cmd)
{
	if (cmd == VHOST_MEM_CREATE_REGION)
		return offsetof(struct vhost_mem_create_region, reservation);
	return argument_size(cmd);
}

/* Of an ioctl with a good argument: nothing waits to be confirmed. */
static int good_result(unsigned long cmd)
{
	return cmd == VHOST_MEM_GET_PENDING ? -ENOENT :
	       cmd == VHOST_MEM_CONFIRM ? -ESTALE : 0;
}

/* An argument with which the ioctl succeeds on an unplugged device_new() device. */
static void good_argument(unsigned long cmd, void *arg, uint64_t *bitmap)
{
	struct vhost_mem_create_region *create = arg;
	struct vhost_mem_block_map *map = arg;
	struct vhost_mem_range *range = arg;
	struct vhost_mem_value *value = arg;
	struct vhost_mem_fd *fd = arg;

	memset(arg, 0, argument_size(cmd));
	*(uint32_t *)arg = argument_size(cmd);
	switch (cmd) {
	case VHOST_MEM_CREATE_REGION:
		create->region_size = SIZE;
		create->block_size = BLOCK;
		break;
	case VHOST_MEM_SET_CONFIG_CALL:
	case VHOST_MEM_SET_CONFIRM:
		fd->fd = -1;
		break;
	case VHOST_MEM_GET_CONFIG:
	case VHOST_MEM_SYSTEM_RESET:
		break;
	case VHOST_MEM_GET_BLOCK_MAP:
		map->nr_blocks = SIZE / BLOCK;
		map->bitmap = (uintptr_t)bitmap;
		break;
	case VHOST_MEM_PLUG:
	case VHOST_MEM_UNPLUG:
		range->addr = GUEST_ADDR;
		range->length = BLOCK;
		break;
	case VHOST_MEM_SET_ADDRESS:
		value->value = GUEST_ADDR;
		break;
	case VHOST_MEM_SET_REQUESTED_SIZE:
		value->value = SIZE;
		break;
	}
}

TEST(numbers_and_structures_are_what_they_were)
{
	CHECK_EQ(VHOST_MEM_CREATE_REGION, 0xaf90);
	CHECK_EQ(VHOST_MEM_UNPLUG, 0xaf99);
	CHECK_EQ(VHOST_MEM_GET_MEMORY_FD, 0xaf9e);
	CHECK_EQ(sizeof(struct vhost_mem_create_region), 112);
	CHECK_EQ(sizeof(struct vhost_mem_value), 16);
	CHECK_EQ(sizeof(struct vhost_mem_fd), 8);
	CHECK_EQ(sizeof(struct vhost_mem_config), 72);
	CHECK_EQ(sizeof(struct vhost_mem_block_map), 32);
	CHECK_EQ(sizeof(struct vhost_mem_range), 24);
	CHECK_EQ(VHOST_MEM_SET_CONFIRM, 0xaf9f);
	CHECK_EQ(VHOST_MEM_GET_PENDING, 0xafa0);
	CHECK_EQ(VHOST_MEM_CONFIRM, 0xafa1);
	CHECK_EQ(sizeof(struct vhost_mem_set_confirm), 16);
	CHECK_EQ(sizeof(struct vhost_mem_pending), 32);
	CHECK_EQ(sizeof(struct vhost_mem_confirm), 16);
}

TEST(enodev_before_create)
{
	uint64_t arg[16], bitmap;
	int fd = device_open();

	for (size_t i = 1; i < COUNT(all_ioctls); i++) {
		good_argument(all_ioctls[i], arg, &bitmap);
		CHECK_EQ(device_ioctl(fd, all_ioctls[i], arg), -ENODEV);
	}
	CHECK(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	      MAP_FAILED);
	CHECK_EQ(errno, ENODEV);
}

TEST(einval_size_too_small)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint64_t arg[16], bitmap;

	for (size_t i = 0; i < COUNT(all_ioctls); i++) {
		uint32_t size = first_size(all_ioctls[i]);

		good_argument(all_ioctls[i], arg, &bitmap);
		*(uint32_t *)arg = 0;
		CHECK_EQ(device_ioctl(dev.fd, all_ioctls[i], arg), -EINVAL);
		*(uint32_t *)arg = 4;
		CHECK_EQ(device_ioctl(dev.fd, all_ioctls[i], arg), -EINVAL);
		*(uint32_t *)arg = size - 1;
		CHECK_EQ(device_ioctl(dev.fd, all_ioctls[i], arg), -EINVAL);
	}
}

/* A program that was built before the structure had grown. */
TEST(create_of_the_first_version)
{
	uint64_t arg[16], bitmap;
	int fd = device_open();

	CHECK_EQ(first_size(VHOST_MEM_CREATE_REGION), 96);
	good_argument(VHOST_MEM_CREATE_REGION, arg, &bitmap);
	*(uint32_t *)arg = 96;
	/* What is behind it is not the module's. */
	arg[96 / 8] = ~0ULL;
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, arg), 0);
	CHECK_EQ(arg[96 / 8], ~0ULL);
}

TEST(grown_structure_with_zero_tail)
{
	uint64_t arg[PAGE / 8], bitmap;

	for (size_t i = 0; i < COUNT(all_ioctls); i++) {
		unsigned long cmd = all_ioctls[i];
		uint32_t sizes[] = { argument_size(cmd) + 8, PAGE };

		for (size_t s = 0; s < COUNT(sizes); s++) {
			struct device dev = { .fd = -1 };
			int fd;

			if (cmd == VHOST_MEM_CREATE_REGION) {
				fd = device_open();
			} else {
				dev = device_new(SIZE, BLOCK, 0);
				fd = dev.fd;
			}
			if (cmd == VHOST_MEM_UNPLUG)
				CHECK_EQ(device_plug(&dev, 0, 1), 0);
			if (cmd == VHOST_MEM_SET_RUNNING)
				CHECK_EQ(device_ioctl(fd, VHOST_SET_OWNER,
						      NULL), 0);
			memset(arg, 0, sizeof(arg));
			good_argument(cmd, arg, &bitmap);
			*(uint32_t *)arg = sizes[s];
			CHECK_EQ(device_ioctl(fd, cmd, arg), good_result(cmd));
			CHECK_EQ(*(uint32_t *)arg, sizes[s]);
			close(fd);
		}
	}
}

TEST(e2big_non_zero_tail)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint64_t arg[PAGE / 8 + 1], bitmap;
	int fd = device_open();

	for (size_t i = 0; i < COUNT(all_ioctls); i++) {
		unsigned long cmd = all_ioctls[i];
		uint32_t size = argument_size(cmd);
		int at = cmd == VHOST_MEM_CREATE_REGION ? fd : dev.fd;

		memset(arg, 0, sizeof(arg));
		good_argument(cmd, arg, &bitmap);
		*(uint32_t *)arg = size + 8;
		((char *)arg)[size + 7] = 1;
		CHECK_EQ(device_ioctl(at, cmd, arg), -E2BIG);
		((char *)arg)[size + 7] = 0;
		((char *)arg)[PAGE - 1] = 1;
		*(uint32_t *)arg = PAGE;
		CHECK_EQ(device_ioctl(at, cmd, arg), -E2BIG);
		((char *)arg)[PAGE - 1] = 0;
		*(uint32_t *)arg = PAGE + 1;
		CHECK_EQ(device_ioctl(at, cmd, arg), -E2BIG);
		*(uint32_t *)arg = UINT32_MAX;
		CHECK_EQ(device_ioctl(at, cmd, arg), -E2BIG);
	}
	/* The call has had no effect. */
	CHECK_EQ(device_count_plugged(&dev), 0);
}

TEST(efault_bad_pointers)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *bad[] = { NULL, (void *)1, pages + PAGE, (void *)-1L,
			(void *)(1UL << 63), dev.mem };
	uint64_t bitmap;

	CHECK(pages != MAP_FAILED);
	munmap(pages + PAGE, PAGE);
	for (size_t i = 0; i < COUNT(all_ioctls); i++) {
		uint32_t size = argument_size(all_ioctls[i]);
		void *cut = pages + PAGE - size + 4;

		for (size_t b = 0; b < COUNT(bad); b++)
			CHECK_EQ(device_ioctl(dev.fd, all_ioctls[i], bad[b]),
				 -EFAULT);
		/* The last 4 bytes are missing. */
		memset(cut, 0, size - 4);
		*(uint32_t *)cut = size;
		CHECK_EQ(device_ioctl(dev.fd, all_ioctls[i], cut), -EFAULT);
	}
	/* Not writable. */
	good_argument(VHOST_MEM_GET_CONFIG, pages, &bitmap);
	mprotect(pages, PAGE, PROT_READ);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_CONFIG, pages), -EFAULT);
}

TEST(enotty_unknown_ioctl)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint64_t arg[16] = { 64 };

	/* The vhost core answers its own range only to the owner. */
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	arg[0] = 0;
	CHECK_EQ(device_ioctl(dev.fd, _IO(VHOST_MEM_VIRTIO, 0x8f), arg),
		 -ENOTTY);
	CHECK_EQ(device_ioctl(dev.fd, _IO(VHOST_MEM_VIRTIO, 0xa2), arg),
		 -ENOTTY);
	/* The right number with a size, a direction, or another type. */
	CHECK_EQ(device_ioctl(dev.fd,
			      _IOW(VHOST_MEM_VIRTIO, 0x96, uint64_t), arg),
		 -ENOTTY);
	CHECK_EQ(device_ioctl(dev.fd,
			      _IOWR(VHOST_MEM_VIRTIO, 0x90,
				    struct vhost_mem_create_region), arg),
		 -ENOTTY);
	CHECK_EQ(device_ioctl(dev.fd, _IO(0xae, 0x96), arg), -ENOTTY);
}

TEST(enotty_unknown_ioctl_without_owner)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint64_t arg[16] = { 0 };

	CHECK_EQ(device_ioctl(dev.fd, _IO(VHOST_MEM_VIRTIO, 0xa2), arg),
		 -ENOTTY);
	CHECK_EQ(device_ioctl(dev.fd, TCGETS, arg), -ENOTTY);
	CHECK_EQ(device_ioctl(dev.fd, TCGETS, NULL), -ENOTTY);
}

TEST(set_address_values)
{
	static const struct {
		uint64_t value;
		int expected;
	} table[] = {
		{ 0, 0 },
		{ GUEST_ADDR, 0 },
		{ VHOST_MEM_ADDRESS_LIMIT - SIZE, 0 },
		{ GUEST_ADDR + PAGE, -EINVAL },
		{ 1, -EINVAL },
		{ UINT64_MAX, -EINVAL },
		{ VHOST_MEM_ADDRESS_LIMIT - SIZE + BLOCK, -ERANGE },
		{ VHOST_MEM_ADDRESS_LIMIT, -ERANGE },
		{ 0 - SIZE, -ERANGE },
		{ 0 - BLOCK, -ERANGE },
	};
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint64_t before = GUEST_ADDR;

	for (size_t i = 0; i < COUNT(table); i++) {
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS,
				    table[i].value), table[i].expected);
		if (!table[i].expected)
			before = table[i].value;
		CHECK_EQ(device_config(dev.fd).addr, before);
	}
}

TEST(set_address_with_plugged_blocks)
{
	struct device dev = device_new(SIZE, BLOCK, 0);

	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 0), -EBUSY);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_unplug(&dev, 0, 1), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 0), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), -ERANGE);
	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, 0, BLOCK), 0);
}

TEST(set_requested_size_values)
{
	struct device dev = device_new(SIZE, BLOCK, 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 0), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, BLOCK), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
			    SIZE + BLOCK), -ERANGE);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
			    0 - BLOCK), -ERANGE);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, BLOCK / 2),
		 -EINVAL);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, UINT64_MAX),
		 -EINVAL);
	CHECK_EQ(device_config(dev.fd).requested_size, SIZE);
}

TEST(reserved_members)
{
	static const unsigned long cmds[] = {
		VHOST_MEM_SET_ADDRESS, VHOST_MEM_SET_REQUESTED_SIZE,
		VHOST_MEM_SET_RUNNING, VHOST_MEM_SYSTEM_RESET,
		VHOST_MEM_GET_BLOCK_MAP, VHOST_MEM_PLUG, VHOST_MEM_UNPLUG,
	};
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint64_t arg[16], bitmap;

	for (size_t i = 0; i < COUNT(cmds); i++) {
		good_argument(cmds[i], arg, &bitmap);
		((uint32_t *)arg)[1] = 1;
		CHECK_EQ(device_ioctl(dev.fd, cmds[i], arg), -EINVAL);
	}
	CHECK_EQ(device_count_plugged(&dev), 0);
}

TEST(system_reset_and_running_values)
{
	struct device dev = device_new(SIZE, BLOCK, 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 1), -EINVAL);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_RUNNING, 2), -EINVAL);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_RUNNING, UINT64_MAX),
		 -EINVAL);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_RUNNING, 0), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_RUNNING, 0), 0);
}

TEST(config_call_values)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	struct vhost_mem_fd arg = { .size = sizeof(arg) };
	int call = eventfd(0, EFD_NONBLOCK);
	uint64_t count;

	arg.fd = -2;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg),
		 -EINVAL);
	arg.fd = dev.fd;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg),
		 -EINVAL);
	arg.fd = 9999;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg),
		 -EBADF);
	arg.fd = call;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 0), 0);
	CHECK_EQ(poll(&(struct pollfd){ call, POLLIN, 0 }, 1, 10000), 1);
	CHECK_EQ(read(call, &count, 8), 8);
	/* A refused value does not signal the config call. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 1), -EINVAL);
	CHECK_EQ(poll(&(struct pollfd){ call, POLLIN, 0 }, 1, 200), 0);
	arg.fd = -1;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL, &arg), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	CHECK_EQ(poll(&(struct pollfd){ call, POLLIN, 0 }, 1, 200), 0);
}

TEST(block_map_ranges)
{
	static const struct {
		uint64_t first, nr;
		int expected;
	} table[] = {
		{ 0, 1, 0 },
		{ 0, 200, 0 },
		{ 64, 136, 0 },
		{ 192, 8, 0 },
		{ 0, 0, -EINVAL },
		{ 1, 1, -EINVAL },
		{ 63, 1, -EINVAL },
		{ 0, 201, -ERANGE },
		{ 192, 9, -ERANGE },
		{ 256, 1, -ERANGE },
		{ UINT64_MAX - 63, 64, -ERANGE },
		{ 64, UINT64_MAX, -ERANGE },
		{ 64, UINT64_MAX - 63, -ERANGE },
	};
	struct device dev = device_new(200 * PAGE, PAGE, 0);
	uint64_t bitmap[5];

	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_EQ(device_plug(&dev, 65, 1), 0);
	CHECK_EQ(device_plug(&dev, 199, 1), 0);
	for (size_t i = 0; i < COUNT(table); i++) {
		uint64_t words = (table[i].nr + 63) / 64;

		memset(bitmap, 0xee, sizeof(bitmap));
		CHECK_EQ(device_block_map(dev.fd, VHOST_MEM_GET_BLOCK_MAP,
					  table[i].first, table[i].nr, bitmap),
			 table[i].expected);
		if (table[i].expected)
			continue;
		for (uint64_t b = 0; b < words * 64; b++) {
			uint64_t block = table[i].first + b;
			bool plugged = block == 0 || block == 65 ||
				       block == 199;

			CHECK_EQ(bitmap[b / 64] >> b % 64 & 1,
				 b < table[i].nr && plugged);
		}
		/* Nothing behind it was written. */
		CHECK_EQ(bitmap[words], 0xeeeeeeeeeeeeeeeeULL);
	}
}

TEST(block_map_bad_bitmap)
{
	struct device dev = device_new(64 * MiB, PAGE, 0);
	struct vhost_mem_block_map arg = {
		.size = sizeof(arg), .nr_blocks = 64 * MiB / PAGE,
	};

	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_BLOCK_MAP, &arg), -EFAULT);
	arg.bitmap = 1ULL << 63;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_BLOCK_MAP, &arg), -EFAULT);
	/* In the region itself: unplugged, and then plugged. */
	arg.bitmap = (uintptr_t)dev.mem;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_BLOCK_MAP, &arg), -EFAULT);
	CHECK_EQ(device_plug(&dev, 0, 16), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_BLOCK_MAP, &arg), 0);
	CHECK_READS(dev.mem, 0xff);
	CHECK_READS(dev.mem + 1, 0xff);
	CHECK_READS(dev.mem + 2, 0);
}

TEST(arguments_inside_the_region)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	struct vhost_mem_config *config = (void *)(dev.mem + BLOCK - 32);
	struct vhost_mem_range *range = (void *)dev.mem;
	uint64_t bitmap;

	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	/* Its second half lies in an unplugged block. */
	config->size = sizeof(*config);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_CONFIG, config), -EFAULT);
	/* Unplugs the block that holds the argument. */
	good_argument(VHOST_MEM_UNPLUG, range, &bitmap);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_UNPLUG, range), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_UNPLUG, range), -EFAULT);
	CHECK_EQ(device_count_plugged(&dev), 0);
}

TEST(plug_and_unplug_errors)
{
	struct device dev = device_new(1 * GiB, BLOCK, 0);
	uint64_t nr = 1 * GiB / BLOCK;

	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, GUEST_ADDR, 0), -EINVAL);
	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, GUEST_ADDR, PAGE),
		 -EINVAL);
	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, GUEST_ADDR + PAGE, BLOCK),
		 -EINVAL);
	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, GUEST_ADDR - BLOCK,
			      BLOCK), -ERANGE);
	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, 0, BLOCK), -ERANGE);
	CHECK_EQ(device_range(dev.fd, VHOST_MEM_PLUG, GUEST_ADDR, 0 - BLOCK),
		 -ERANGE);
	CHECK_EQ(device_plug(&dev, 0, nr + 1), -ERANGE);
	CHECK_EQ(device_plug(&dev, nr, 1), -ERANGE);
	CHECK_EQ(device_unplug(&dev, 0, 1), -ENOENT);
	CHECK_EQ(device_plug(&dev, 1, 1), 0);
	CHECK_EQ(device_plug(&dev, 1, 1), -EEXIST);
	CHECK_EQ(device_plug(&dev, 0, 3), -EEXIST);
	CHECK_EQ(device_unplug(&dev, 0, 2), -ENOENT);
	CHECK_EQ(device_unplug(&dev, 1, 2), -ENOENT);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 2 * BLOCK),
		 0);
	CHECK_EQ(device_plug(&dev, 2, 2), -ENOSPC);
	/* The requested size is looked at before the state of blocks. */
	CHECK_EQ(device_plug(&dev, 1, 2), -ENOSPC);
	CHECK_EQ(device_plug(&dev, 2, 1), 0);
	CHECK_EQ(device_plug(&dev, 3, 1), -ENOSPC);
	CHECK_EQ(device_count_plugged(&dev), 2);
	CHECK_EQ(device_config(dev.fd).plugged_size, 2 * BLOCK);
	CHECK_EQ(device_unplug(&dev, 1, 2), 0);
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
}

TEST(enxio_plug_without_address)
{
	int fd = device_open();

	CHECK_EQ(device_create(fd, SIZE, BLOCK, 0, "", NULL), 0);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	CHECK_EQ(device_range(fd, VHOST_MEM_PLUG, 0, BLOCK), -ENXIO);
	CHECK_EQ(device_range(fd, VHOST_MEM_UNPLUG, 0, BLOCK), -ENXIO);
	CHECK_EQ(device_config(fd).addr, 0);
}

TEST(features)
{
	static const uint64_t ring = FEATURE(VIRTIO_F_VERSION_1) |
				     FEATURE(VIRTIO_RING_F_INDIRECT_DESC) |
				     FEATURE(VIRTIO_RING_F_EVENT_IDX) |
				     FEATURE(VHOST_F_LOG_ALL);
	static const uint64_t always =
		ring | FEATURE(VIRTIO_MEM_F_PERSISTENT_SUSPEND) |
		FEATURE(VHOST_MEM_F_GUEST_REPORT);
	static const struct {
		uint32_t flags;
		uint64_t more;
	} table[] = {
		{ 0, FEATURE(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE) },
		{ VHOST_MEM_CREATE_READABLE, 0 },
		{ VHOST_MEM_CREATE_NODE | VHOST_MEM_CREATE_READABLE,
		  FEATURE(VIRTIO_MEM_F_ACPI_PXM) },
		{ VHOST_MEM_CREATE_NODE,
		  FEATURE(VIRTIO_MEM_F_ACPI_PXM) |
		  FEATURE(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE) },
	};
	uint64_t features;
	int fd = device_open();

	features = ring;
	CHECK_EQ(device_ioctl(fd, VHOST_SET_FEATURES, &features), -ENODEV);
	for (size_t i = 0; i < COUNT(table); i++) {
		uint64_t offered = always | table[i].more;

		fd = device_open();
		CHECK_EQ(device_create(fd, SIZE, BLOCK, table[i].flags, "",
				       NULL), 0);
		CHECK_EQ(device_ioctl(fd, VHOST_GET_FEATURES, &features), 0);
		CHECK_EQ(features, offered);
		CHECK_EQ(device_ioctl(fd, VHOST_GET_FEATURES, NULL), -EFAULT);
		CHECK_EQ(device_ioctl(fd, VHOST_SET_FEATURES, NULL), -EFAULT);
		for (int bit = 0; bit < 64; bit++) {
			bool must = FEATURE(bit) & (FEATURES_INACCESSIBLE);

			/* A feature that is not offered; or a required one is missing. */
			features = offered ^ FEATURE(bit);
			CHECK_EQ(device_ioctl(fd, VHOST_SET_FEATURES,
					      &features),
				 (offered & FEATURE(bit)) && !must ?
				 0 : -EOPNOTSUPP);
		}
		close(fd);
	}
}

static int set_running_elsewhere(void *arg)
{
	int fd = *(int *)arg;
	uint64_t index = 0;

	CHECK_EQ(device_set(fd, VHOST_MEM_SET_RUNNING, 1), -EPERM);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_RUNNING, 0), -EPERM);
	CHECK_EQ(device_ioctl(fd, VHOST_GET_VRING_BASE, &index), -EPERM);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_OWNER, NULL), -EBUSY);
	return 0;
}

TEST(owner)
{
	struct device dev = device_new(SIZE, BLOCK, 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_RUNNING, 1), -EPERM);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_RUNNING, 0), -EPERM);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), -EBUSY);
	CHECK_EQ(in_child(set_running_elsewhere, &dev.fd), 0);
}

TEST(enxio_running_too_early)
{
	uint64_t features = FEATURES_INACCESSIBLE;
	int fd = device_open();

	CHECK_EQ(device_create(fd, SIZE, BLOCK, 0, "", NULL), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_RUNNING, 1), -ENXIO);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_ADDRESS, 0), 0);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_RUNNING, 1), -ENXIO);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_FEATURES, &features), 0);
	/* Now a ring is missing. */
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_RUNNING, 1), -EFAULT);
}

TEST(one_virtqueue)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	struct vhost_vring_state state = { .index = 1, .num = 8 };

	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_NUM, &state), -ENOBUFS);
	state.index = UINT32_MAX;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_NUM, &state), -ENOBUFS);
	state.index = 0;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_NUM, &state), 0);
	state.num = 7;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_NUM, &state), -EINVAL);
}

/* A device that is leaving cannot get more memory, until leaving is reset. */
TEST(eshutdown_larger_size_for_a_leaving_device)
{
	struct device dev = device_new(SIZE, BLOCK, 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 4 * BLOCK), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_LEAVING, 2), -EINVAL);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_LEAVING, 1), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 5 * BLOCK),
		 -ESHUTDOWN);
	CHECK_EQ(device_config(dev.fd).requested_size, 4 * BLOCK);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, BLOCK), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_LEAVING, 0), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

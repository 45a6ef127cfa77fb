// SPDX-License-Identifier: GPL-2.0
/*
 * VHOST_MEM_CREATE_REGION: sizes, flags, names, and what it gives back.
 *
 * tier: quick
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "device.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SIZE (64 * MiB)
#define BLOCK (2 * MiB)

static int create(struct vhost_mem_create_region *arg)
{
	int fd = device_open();
	int ret = device_ioctl(fd, VHOST_MEM_CREATE_REGION, arg);

	close(fd);
	return ret;
}

static struct vhost_mem_create_region create_argument(void)
{
	return (struct vhost_mem_create_region) {
		.size = sizeof(struct vhost_mem_create_region),
		.region_size = SIZE,
		.block_size = BLOCK,
	};
}

TEST(create_values)
{
	static const struct {
		const char *what;
		uint64_t region_size, block_size;
		uint32_t flags;
		uint16_t node_id, reserved;
		uint32_t id;
		int expected;
	} table[] = {
		{ .what = "usual", .region_size = SIZE, .block_size = BLOCK },
		{ .what = "smallest", .region_size = PAGE,
		  .block_size = PAGE },
		{ .what = "readable", .region_size = SIZE,
		  .block_size = BLOCK, .flags = VHOST_MEM_CREATE_READABLE },
		{ .region_size = BLOCK, .block_size = BLOCK,
		  .flags = VHOST_MEM_CREATE_KEEP },
		{ .what = "node", .region_size = SIZE, .block_size = BLOCK,
		  .flags = VHOST_MEM_CREATE_NODE, .node_id = 65535 },
		{ .what = "most blocks", .region_size = 64 * GiB,
		  .block_size = PAGE },
		{ .what = "largest", .region_size = VHOST_MEM_ADDRESS_LIMIT,
		  .block_size = VHOST_MEM_ADDRESS_LIMIT >> 24 },
		{ .what = "no region size", .block_size = BLOCK,
		  .expected = -EINVAL },
		{ .what = "no block size", .region_size = SIZE,
		  .expected = -EINVAL },
		{ .what = "block size no power of two",
		  .region_size = 6 * MiB, .block_size = 3 * MiB,
		  .expected = -EINVAL },
		{ .what = "block smaller than a page", .region_size = SIZE,
		  .block_size = PAGE / 2, .expected = -EINVAL },
		{ .what = "half a block", .region_size = BLOCK * 3 / 2,
		  .block_size = BLOCK, .expected = -EINVAL },
		{ .what = "too many blocks",
		  .region_size = 64 * GiB + PAGE, .block_size = PAGE,
		  .expected = -ERANGE },
		{ .what = "too large",
		  .region_size = 2 * VHOST_MEM_ADDRESS_LIMIT,
		  .block_size = VHOST_MEM_ADDRESS_LIMIT,
		  .expected = -ERANGE },
		{ .what = "block of 2^63", .region_size = 1ULL << 63,
		  .block_size = 1ULL << 63, .expected = -ERANGE },
		{ .what = "unknown flag", .region_size = SIZE,
		  .block_size = BLOCK, .flags = 1 << 6,
		  .expected = -EOPNOTSUPP },
		{ .what = "last flag", .region_size = SIZE,
		  .block_size = BLOCK, .flags = 1U << 31,
		  .expected = -EOPNOTSUPP },
		{ .what = "reserved pages of no pool", .region_size = SIZE,
		  .block_size = BLOCK, .flags = VHOST_MEM_CREATE_RESERVED,
		  .expected = -EINVAL },
		{ .what = "node without flag", .region_size = SIZE,
		  .block_size = BLOCK, .node_id = 1, .expected = -EINVAL },
		{ .what = "reserved", .region_size = SIZE,
		  .block_size = BLOCK, .reserved = 1, .expected = -EINVAL },
		{ .what = "id", .region_size = SIZE, .block_size = BLOCK,
		  .id = 1, .expected = -EINVAL },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct vhost_mem_create_region arg = create_argument();

		ktap_context("%s", table[i].what);
		arg.flags = table[i].flags;
		arg.region_size = table[i].region_size;
		arg.block_size = table[i].block_size;
		arg.node_id = table[i].node_id;
		arg.reserved = table[i].reserved;
		arg.id = table[i].id;
		CHECK_EQ(create(&arg), table[i].expected);
		if (!table[i].expected)
			CHECK(arg.id != 0);
	}
}

TEST(create_names)
{
	static const char *const good[] = {
		"", "vm1", "1a", "a/b", "~", "!", "x\0 y", "%s%n",
	};
	static const char *const bad[] = {
		"1", "42", "a b", " ", "a\n", "\033[2J", "\177", "\303\244",
	};
	struct vhost_mem_create_region arg;

	for (size_t i = 0; i < COUNT(good); i++) {
		arg = create_argument();
		strcpy(arg.name, good[i]);
		CHECK_EQ(create(&arg), 0);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		arg = create_argument();
		strcpy(arg.name, bad[i]);
		CHECK_EQ(create(&arg), -EINVAL);
	}
	arg = create_argument();
	memset(arg.name, 'n', sizeof(arg.name));
	CHECK_EQ(create(&arg), -EINVAL);
	arg.name[sizeof(arg.name) - 1] = 0;
	CHECK_EQ(create(&arg), 0);
}

TEST(create_once)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	uint32_t id;

	CHECK_EQ(device_create(dev.fd, SIZE, BLOCK, 0, "", &id), -EEXIST);
	/* Also with other values, good or bad. */
	CHECK_EQ(device_create(dev.fd, PAGE, PAGE, 0, "", &id), -EEXIST);
	CHECK_EQ(device_config(dev.fd).region_size, SIZE);
	/* A failure is not the one time. */
	dev.fd = device_open();
	CHECK_EQ(device_create(dev.fd, 0, BLOCK, 0, "", &id), -EINVAL);
	CHECK_EQ(device_create(dev.fd, SIZE, BLOCK, 0, "", &id), 0);
	CHECK(id != dev.id);
}

TEST(create_with_argument_that_cannot_be_written)
{
	unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vhost_mem_create_region arg = create_argument();
	int fd = device_open();

	memcpy(page, &arg, sizeof(arg));
	mprotect(page, PAGE, PROT_READ);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, page), -EFAULT);
	/* A region whose id nobody knows is not there. */
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_ADDRESS, 0), -ENODEV);
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_CREATE_REGION, page), 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

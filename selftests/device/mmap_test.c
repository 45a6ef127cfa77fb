// SPDX-License-Identifier: GPL-2.0
/*
 * The file /dev/vhost-mem: how a region may be mapped, and that nothing else can be done
 * with its descriptor.
 *
 * tier: quick
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device.h"

#define SIZE (64 * MiB)
#define BLOCK (2 * MiB)

TEST(mmap_only_whole_and_shared)
{
	int fd = device_open();

	CHECK_EQ(device_create(fd, SIZE, BLOCK, 0, "", NULL), 0);
#define REFUSED(length, flags, offset)					\
	do {								\
		CHECK(mmap(NULL, length, PROT_READ | PROT_WRITE, flags,	\
			   fd, offset) == MAP_FAILED);			\
		CHECK_EQ(errno, EINVAL);				\
	} while (0)
	REFUSED(SIZE - PAGE, MAP_SHARED, 0);
	REFUSED(SIZE + PAGE, MAP_SHARED, 0);
	REFUSED(PAGE, MAP_SHARED, 0);
	REFUSED(SIZE, MAP_SHARED, PAGE);
	REFUSED(SIZE - PAGE, MAP_SHARED, PAGE);
	REFUSED(SIZE, MAP_SHARED, 1ULL << 52);
	REFUSED(SIZE, MAP_PRIVATE, 0);
	/* Several mappings are possible, and mappings with PROT_NONE, too. */
	for (int prot = 0; prot < 8; prot++)
		CHECK(mmap(NULL, SIZE, prot, MAP_SHARED, fd, 0) != MAP_FAILED);
}

TEST(mmap_does_not_populate_unplugged)
{
	int fd = device_open();
	unsigned char *mem;

	CHECK_EQ(device_create(fd, SIZE, BLOCK, 0, "", NULL), 0);
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_POPULATE, fd, 0);
	CHECK(mem != MAP_FAILED);
	CHECK_REFUSED(mem);
	CHECK_EQ(smaps_field(mem, "Rss"), 0);
}

TEST(open_read_only)
{
	int fd = open(DEVICE_PATH, O_RDONLY);
	void *mem;

	CHECK(fd >= 0);
	CHECK_EQ(device_create(fd, SIZE, BLOCK, 0, "", NULL), 0);
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(mem == MAP_FAILED);
	/* A read-only mapping cannot be made writable. */
	mem = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (mem != MAP_FAILED)
		CHECK(mprotect(mem, SIZE, PROT_READ | PROT_WRITE) < 0);
	else
		CHECK_EQ(errno, EINVAL);
}

TEST(no_other_file_operations)
{
	struct device dev = device_new(SIZE, BLOCK, 0);
	char byte = 0;

	CHECK_EQ(read(dev.fd, &byte, 1), -1);
	CHECK_EQ(write(dev.fd, &byte, 1), -1);
	CHECK_EQ(pwrite(dev.fd, &byte, 1, 0), -1);
	CHECK_EQ(fallocate(dev.fd, 0, 0, SIZE), -1);
	CHECK_EQ(fallocate(dev.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			   0, SIZE), -1);
	CHECK_EQ(ftruncate(dev.fd, 0), -1);
	CHECK_EQ(lseek(dev.fd, 0, SEEK_END), -1);
	CHECK_EQ(errno, ESPIPE);
}

TEST(device_node)
{
	struct stat st;

	CHECK_EQ(stat(DEVICE_PATH, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(st.st_mode & 0007, 0);
	CHECK_EQ(major(st.st_rdev), 10);
	CHECK_EQ(minor(st.st_rdev), 243);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

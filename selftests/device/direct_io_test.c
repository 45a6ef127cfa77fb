// SPDX-License-Identifier: GPL-2.0
/*
 * O_DIRECT: a block device reads from and writes to pages of a region, which are pinned
 * while that is under way. The device is null_blk, with requests that take a second.
 *
 * tier: full
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define NR_BLOCKS 8
#define DISK "/dev/nullb0"

static const uint64_t blocks[] = { 4 * KiB, 64 * KiB, 2 * MiB };

static int open_disk(void)
{
	int fd = -1;

	if (system("modprobe null_blk nr_devices=1 gb=1 irqmode=2 completion_nsec=1000000000"))
		ktap_skip("no null_blk");
	for (int i = 0; fd < 0 && i < 500; i++) {
		fd = open(DISK, O_RDWR | O_DIRECT | O_CLOEXEC);
		if (fd < 0)
			usleep(10000);
	}
	CHECK(fd >= 0);
	return fd;
}

static aio_context_t aio_new(void)
{
	aio_context_t aio = 0;

	CHECK_EQ(syscall(SYS_io_setup, 8, &aio), 0);
	return aio;
}

/* Begin to read the disk into, or to write, a page. */
static int begin(aio_context_t aio, int disk, int opcode, void *page)
{
	struct iocb iocb = {
		.aio_lio_opcode = opcode,
		.aio_fildes = disk,
		.aio_buf = (uintptr_t)page,
		.aio_nbytes = PAGE,
	};
	struct iocb *list[] = { &iocb };

	return syscall(SYS_io_submit, aio, 1, list) == 1 ? 0 : -errno;
}

static int64_t result(aio_context_t aio)
{
	struct io_event event;

	CHECK_EQ(syscall(SYS_io_getevents, aio, 1, 1, &event, NULL), 1);
	return event.res;
}

TEST(unplug_is_refused_while_a_disk_uses_a_page)
{
	int disk = open_disk();
	aio_context_t aio = aio_new();

	for (int i = 0; i < 6; i++) {
		struct device dev = device_new(NR_BLOCKS * blocks[i / 2], blocks[i / 2], 0);
		int opcode = i % 2 ? IOCB_CMD_PREAD : IOCB_CMD_PWRITE;

		ktap_context("%s, blocks of %llu KiB", i % 2 ? "read" : "write",
			     (unsigned long long)dev.block / KiB);
		CHECK_EQ(device_plug(&dev, 0, 4), 0);
		for (uint64_t n = 0; n < 4; n++)
			CHECK_WRITES(dev.mem + n * dev.block, 1);
		CHECK_EQ(begin(aio, disk, opcode, dev.mem + 2 * dev.block), 0);
		CHECK_EQ(device_unplug(&dev, 2, 1), -EBUSY);
		CHECK(device_plugged(&dev, 2));
		/* Other blocks are not concerned. */
		CHECK_EQ(device_unplug(&dev, 0, 2), 0);
		CHECK_EQ(result(aio), PAGE);
		CHECK_EQ(device_soon(device_unplug, &dev, 2, 2), 0);
		CHECK_UNPLUGGED(&dev, dev.mem + 2 * dev.block);
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
		device_close(&dev);
	}
	syscall(SYS_io_destroy, aio);
	close(disk);
}

TEST(memory_that_a_disk_uses_counts_after_a_reset)
{
	int disk = open_disk();
	aio_context_t aio = aio_new();
	struct device dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);

	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_EQ(begin(aio, disk, IOCB_CMD_PREAD, dev.mem), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), HUGE);
	CHECK_UNPLUGGED(&dev, dev.mem);
	CHECK_EQ(device_plug(&dev, 0, 1), -EBUSY);
	CHECK_EQ(result(aio), PAGE);
	CHECK_EQ(device_soon(device_plug, &dev, 0, 1), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), 0);
	CHECK_READS(dev.mem, 0);
	syscall(SYS_io_destroy, aio);
	close(disk);
}

TEST(disk_cannot_use_an_unplugged_page)
{
	int disk = open_disk();
	aio_context_t aio = aio_new();

	for (int i = 0; i < 3; i++) {
		struct device dev = device_new(NR_BLOCKS * blocks[i], blocks[i], 0);

		ktap_context("blocks of %llu KiB", (unsigned long long)dev.block / KiB);
		CHECK_EQ(device_plug(&dev, 0, 1), 0);
		CHECK_EQ(begin(aio, disk, IOCB_CMD_PREAD, dev.mem + dev.block), 0);
		CHECK_EQ(result(aio), -EFAULT);
		CHECK_EQ(begin(aio, disk, IOCB_CMD_PWRITE, dev.mem + dev.block), 0);
		CHECK_EQ(result(aio), -EFAULT);
		CHECK_EQ(pread(disk, dev.mem + dev.block, PAGE, 0), -1);
		CHECK_EQ(errno, EFAULT);
		CHECK_UNPLUGGED(&dev, dev.mem + dev.block);
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
		device_close(&dev);
	}
	syscall(SYS_io_destroy, aio);
	close(disk);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

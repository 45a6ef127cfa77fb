// SPDX-License-Identifier: GPL-2.0
/*
 * rawnet DEVICE COMMAND: a virtio-net driver that puts rings and buffers
 * wherever it is told, past the guest's kernel (rogue_map.ko and sysfs). DEVICE
 * counts the virtio-net devices, from 0; it stays as it is between commands. fs0 is
 * the first virtio-fs device, which has its two queues at the same numbers.
 *
 *   clear RINGS            zero the memory of the rings
 *   start RINGS            reset the device, negotiate, set rings from RINGS on, start
 *   send N BUFFER LEN      offer N buffers of LEN bytes, all of them at BUFFER,
 *                          to be sent, and kick
 *   receive N BUFFER LEN   ... to be filled
 *   kick                   kick both queues, without looking at the rings
 *   used                   print how many buffers were returned
 *
 * Rings are never full: from one start to the next only QUEUE_SIZE buffers can
 * be offered.
 */
#include <errno.h>
#include <glob.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "rogue.h"

#define QUEUE_SIZE	64
#define QUEUE_BYTES	4096	/* of one queue's rings, which fill a page */
#define AVAIL_OFFSET	2048
#define USED_OFFSET	3072
#define RX		0
#define TX		1

/* The device's registers, by the capabilities in its configuration space. */
static volatile struct virtio_pci_common_cfg *common;
static volatile char *notify;
static uint32_t notify_multiplier;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int open_in(const char *dir, const char *file)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDWR);
	if (fd < 0)
		fail(path);
	return fd;
}

static const char *find_device(const char *name)
{
	bool fs = !strncmp(name, "fs", 2);
	int id = 0x1040 + (fs ? VIRTIO_ID_FS : VIRTIO_ID_NET);
	int nr = atoi(name + (fs ? 2 : 0));
	static glob_t found;
	size_t i;
	int fd;

	glob("/sys/bus/pci/devices/*", 0, NULL, &found);
	for (i = 0; i < found.gl_pathc; i++) {
		uint16_t ids[2];

		fd = open_in(found.gl_pathv[i], "config");
		if (pread(fd, ids, sizeof(ids), 0) != sizeof(ids))
			fail("config");
		close(fd);
		if (ids[0] == 0x1af4 && ids[1] == id && !nr--)
			return found.gl_pathv[i];
	}
	errno = ENODEV;
	fail(name);
	return NULL;
}

/* The guest's kernel has virtio_pci, which knows no use for the device. */
static void take_device(const char *dir)
{
	char path[256];
	const char *name = strrchr(dir, '/') + 1;
	int fd;

	snprintf(path, sizeof(path), "%s/driver/unbind", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return;		/* done by an earlier command */
	if (write(fd, name, strlen(name)) < 0)
		fail(path);
	close(fd);
	fd = open_in(dir, "enable");
	if (write(fd, "1", 1) != 1)
		fail("enable");
	close(fd);
}

static volatile void *map_bar(const char *dir, int bar, uint32_t offset)
{
	char name[16];
	volatile char *mem;
	int fd;

	snprintf(name, sizeof(name), "resource%d", bar);
	fd = open_in(dir, name);
	mem = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mem == MAP_FAILED)
		fail(name);
	return mem + offset;
}

static void find_registers(const char *name)
{
	const char *dir = find_device(name);
	unsigned char config[256];
	uint16_t command;
	int fd, at;

	take_device(dir);
	fd = open_in(dir, "config");
	if (pread(fd, config, sizeof(config), 0) != sizeof(config))
		fail("config");
	/* Memory, bus master; no interrupts, as nobody handles them. */
	command = 0x0406;
	if (pwrite(fd, &command, 2, 4) != 2)
		fail("config");
	for (at = config[0x34]; at; at = config[at + 1]) {
		struct virtio_pci_notify_cap *cap = (void *)&config[at];

		if (cap->cap.cap_vndr != 9)
			continue;
		if (cap->cap.cfg_type == VIRTIO_PCI_CAP_COMMON_CFG) {
			common = map_bar(dir, cap->cap.bar, cap->cap.offset);
		} else if (cap->cap.cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG) {
			notify = map_bar(dir, cap->cap.bar, cap->cap.offset);
			notify_multiplier = cap->notify_off_multiplier;
		}
	}
	if (!common || !notify) {
		errno = ENXIO;
		fail("virtio capabilities");
	}
}

static uint64_t queue_address(int queue, uint64_t rings)
{
	return rings + queue * QUEUE_BYTES;
}

/* The device knows where its rings are. */
static volatile char *map_queue(int queue)
{
	common->queue_select = queue;
	return rogue_map(common->queue_desc_lo |
			 (uint64_t)common->queue_desc_hi << 32, QUEUE_BYTES);
}

static void set_queue(int queue, uint64_t addr)
{
	common->queue_select = queue;
	common->queue_size = QUEUE_SIZE;
	common->queue_desc_lo = addr;
	common->queue_desc_hi = addr >> 32;
	common->queue_avail_lo = addr + AVAIL_OFFSET;
	common->queue_avail_hi = (addr + AVAIL_OFFSET) >> 32;
	common->queue_used_lo = addr + USED_OFFSET;
	common->queue_used_hi = (addr + USED_OFFSET) >> 32;
	common->queue_enable = 1;
}

static void start(uint64_t rings)
{
	common->device_status = 0;
	while (common->device_status)
		usleep(1000);
	common->device_status = VIRTIO_CONFIG_S_ACKNOWLEDGE |
				VIRTIO_CONFIG_S_DRIVER;
	common->guest_feature_select = 0;
	common->guest_feature = 0;
	common->guest_feature_select = 1;
	common->guest_feature = 1 << (VIRTIO_F_VERSION_1 - 32);
	common->device_status |= VIRTIO_CONFIG_S_FEATURES_OK;
	set_queue(RX, queue_address(RX, rings));
	set_queue(TX, queue_address(TX, rings));
	common->device_status |= VIRTIO_CONFIG_S_DRIVER_OK;
	printf("status 0x%x\n", common->device_status);
}

static void kick(int queue)
{
	common->queue_select = queue;
	*(volatile uint16_t *)(notify + common->queue_notify_off *
			       notify_multiplier) = queue;
}

static void offer(int queue, unsigned int nr, uint64_t buffer, uint32_t len)
{
	volatile char *rings = map_queue(queue);
	volatile struct vring_desc *desc = (volatile void *)rings;
	volatile struct vring_avail *avail = (volatile void *)(rings +
							       AVAIL_OFFSET);
	uint16_t idx = avail->idx;
	unsigned int i;

	avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	for (i = 0; i < nr; i++, idx++) {
		desc[idx % QUEUE_SIZE].addr = buffer;
		desc[idx % QUEUE_SIZE].len = len;
		desc[idx % QUEUE_SIZE].flags = queue == RX ?
					       VRING_DESC_F_WRITE : 0;
		avail->ring[idx % QUEUE_SIZE] = idx % QUEUE_SIZE;
	}
	__sync_synchronize();
	avail->idx = idx;
	__sync_synchronize();
	kick(queue);
}

static unsigned int used(int queue)
{
	volatile struct vring_used *ring = (volatile void *)(map_queue(queue) +
							     USED_OFFSET);

	return ring->idx;
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[2] : "";

	find_registers(argc > 1 ? argv[1] : "0");
	if (!strcmp(command, "clear") && argc == 4) {
		memset((void *)rogue_map(strtoull(argv[3], NULL, 0),
					 2 * QUEUE_BYTES), 0, 2 * QUEUE_BYTES);
	} else if (!strcmp(command, "start") && argc == 4) {
		start(strtoull(argv[3], NULL, 0));
	} else if (!strcmp(command, "send") && argc == 6) {
		offer(TX, atoi(argv[3]), strtoull(argv[4], NULL, 0),
		      atoi(argv[5]));
	} else if (!strcmp(command, "receive") && argc == 6) {
		offer(RX, atoi(argv[3]), strtoull(argv[4], NULL, 0),
		      atoi(argv[5]));
	} else if (!strcmp(command, "kick")) {
		kick(RX);
		kick(TX);
	} else if (!strcmp(command, "used")) {
		printf("sent %u, received %u\n", used(TX), used(RX));
	} else {
		fprintf(stderr, "rawnet: see the source for commands\n");
		return 2;
	}
	return 0;
}

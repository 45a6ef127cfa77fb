// SPDX-License-Identifier: GPL-2.0
/* See edu.h. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "edu.h"
#include "ktap.h"

#define DRIVER "/sys/bus/pci/drivers/vfio-pci"

/* A transfer takes a tenth of a second, but for emulation and load. */
#define TRANSFER_MS 30000
#define REFUSED_MS 30000

static bool is_edu(const char *address)
{
	char path[512], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), DRIVER "/%s/modalias", address);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	fclose(file);
	return !strncmp(text, "pci:v00001234d000011E8", 22);
}

/* Its PCI address. */
static bool find(char *address, size_t size)
{
	DIR *dir = opendir(DRIVER);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		found = is_edu(entry->d_name);
		if (found)
			snprintf(address, size, "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static int open_group(const char *address)
{
	char path[300], target[300];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), DRIVER "/%s/iommu_group", address);
	length = readlink(path, target, sizeof(target) - 1);
	CHECK(length > 0);
	target[length] = 0;
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(target, '/'));
	/* That of the test before may be on its way to be closed. */
	for (int n = 0; (fd = open(path, O_RDWR | O_CLOEXEC)) < 0; n++) {
		CHECK_EQ(errno, EBUSY);
		CHECK(n < 300);
		usleep(100000);
	}
	return fd;
}

static struct vfio_region_info region_info(struct edu *edu, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	CHECK_EQ(ioctl(edu->device, VFIO_DEVICE_GET_REGION_INFO, &info), 0);
	return info;
}

/* What the device needs to do DMA at all. */
static void enable(struct edu *edu)
{
	off_t at = region_info(edu, VFIO_PCI_CONFIG_REGION_INDEX).offset + PCI_COMMAND;
	uint16_t command;

	CHECK_EQ(pread(edu->device, &command, sizeof(command), at), sizeof(command));
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	CHECK_EQ(pwrite(edu->device, &command, sizeof(command), at), sizeof(command));
}

struct edu edu_open(void)
{
	struct vfio_region_info info;
	char address[256];
	struct edu edu;
	void *bar;

	if (system("modprobe vfio_iommu_type1 && modprobe vfio-pci ids=1234:11e8"))
		ktap_skip("no VFIO");
	if (!find(address, sizeof(address)))
		ktap_skip("no device 1234:11e8 that vfio-pci has");
	edu.container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	CHECK(edu.container >= 0);
	edu.group = open_group(address);
	CHECK_EQ(ioctl(edu.group, VFIO_GROUP_SET_CONTAINER, &edu.container), 0);
	CHECK_EQ(ioctl(edu.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU), 0);
	edu.device = ioctl(edu.group, VFIO_GROUP_GET_DEVICE_FD, address);
	CHECK(edu.device >= 0);
	enable(&edu);
	info = region_info(&edu, VFIO_PCI_BAR0_REGION_INDEX);
	bar = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED, edu.device,
		   info.offset);
	CHECK(bar != MAP_FAILED);
	edu.bar = bar;
	edu.bar_size = info.size;
	edu.kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(edu.kmsg >= 0);
	CHECK_EQ(lseek(edu.kmsg, 0, SEEK_END), 0);
	return edu;
}

void edu_close(struct edu *edu)
{
	munmap((void *)edu->bar, edu->bar_size);
	close(edu->device);
	close(edu->group);
	close(edu->container);
	close(edu->kmsg);
}

int edu_map(struct edu *edu, uint64_t iova, void *mem, uint64_t length)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)mem, .iova = iova, .size = length,
	};

	return ioctl(edu->container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

int edu_unmap(struct edu *edu, uint64_t iova, uint64_t length)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = iova, .size = length,
	};

	if (ioctl(edu->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -errno;
	return unmap.size == length ? 0 : -ENOENT;
}

static volatile uint64_t *reg(struct edu *edu, unsigned int at)
{
	return (volatile uint64_t *)(edu->bar + at);
}

static void transfer(struct edu *edu, uint64_t from, uint64_t to, uint64_t command)
{
	uint64_t end = ktap_now_ms() + TRANSFER_MS;

	*reg(edu, EDU_SRC) = from;
	*reg(edu, EDU_DST) = to;
	*reg(edu, EDU_COUNT) = EDU_BYTES;
	*reg(edu, EDU_COMMAND) = command | EDU_RUN;
	while (*reg(edu, EDU_COMMAND) & EDU_RUN) {
		CHECK(ktap_now_ms() < end);
		usleep(1000);
	}
}

void edu_read(struct edu *edu, uint64_t iova)
{
	transfer(edu, iova, EDU_AT, 0);
}

void edu_write(struct edu *edu, uint64_t iova)
{
	transfer(edu, EDU_AT, iova, EDU_TO_MEMORY);
}

/* Intel's "fault addr 0x1234000", or AMD's "IO_PAGE_FAULT ... address=0x1234000". */
static bool tells_of(const char *line, uint64_t iova)
{
	const char *at = NULL;

	if (strstr(line, "DMAR: "))
		at = strstr(line, "fault addr ");
	else if (strstr(line, "AMD-Vi: "))
		at = strstr(line, "address=");
	at = at ? strstr(at, "0x") : NULL;
	return at && strtoull(at, NULL, 16) / 4096 == iova / 4096;
}

int edu_was_refused(struct edu *edu, uint64_t iova)
{
	char line[2048];
	int found = 0;

	while (true) {
		ssize_t length = read(edu->kmsg, line, sizeof(line) - 1);

		/* Lines were lost: the next read goes on after them. */
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			break;
		line[length] = 0;
		found |= tells_of(line, iova);
	}
	CHECK_EQ(errno, EAGAIN);
	return found;
}

int edu_is_refused(struct edu *edu, void (*transfer)(struct edu *edu, uint64_t iova),
		   uint64_t iova)
{
	uint64_t end = ktap_now_ms() + REFUSED_MS;

	do {
		uint64_t next = ktap_now_ms() + 1000;

		transfer(edu, iova);
		/* It learns of it by an interrupt. */
		do {
			if (edu_was_refused(edu, iova))
				return true;
			usleep(10000);
		} while (ktap_now_ms() < next);
	} while (ktap_now_ms() < end);
	return false;
}

// SPDX-License-Identifier: GPL-2.0
/* See device.h. */

#include <endian.h>
#include <fcntl.h>
#include <linux/if_xdp.h>
#include <linux/io_uring.h>
#include <setjmp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "device.h"

int device_open(void)
{
	int fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		ktap_say(DEVICE_PATH ": %s", strerror(errno));
		ktap_fail();
	}
	return fd;
}

int device_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? -errno : 0;
}

int device_create(int fd, uint64_t size, uint64_t block, uint32_t flags,
		  const char *name, uint32_t *id)
{
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg),
		.flags = flags,
		.region_size = size,
		.block_size = block,
		.page_size = flags & VHOST_MEM_CREATE_HUGETLB ? HUGE : 0,
	};
	int ret;

	snprintf(arg.name, sizeof(arg.name), "%s", name);
	ret = device_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg);
	if (!ret && id)
		*id = arg.id;
	return ret;
}

int device_set(int fd, unsigned long cmd, uint64_t value)
{
	struct vhost_mem_value arg = { .size = sizeof(arg), .value = value };

	return device_ioctl(fd, cmd, &arg);
}

int device_range(int fd, unsigned long cmd, uint64_t addr, uint64_t length)
{
	struct vhost_mem_range arg = {
		.size = sizeof(arg), .addr = addr, .length = length,
	};

	return device_ioctl(fd, cmd, &arg);
}

unsigned char *device_map(int fd, uint64_t size)
{
	/* The kernel aligns it for huge pages only if it is large. */
	uint64_t room = size + HUGE;
	unsigned char *hint, *mem;

	hint = mmap(NULL, room, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hint == MAP_FAILED)
		return NULL;
	munmap(hint, room);
	hint = (void *)(((uintptr_t)hint + HUGE - 1) & ~(HUGE - 1));
	mem = mmap(hint, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return mem == MAP_FAILED ? NULL : mem;
}

struct device device_new(uint64_t size, uint64_t block, uint32_t flags)
{
	struct device dev = {
		.fd = device_open(),
		.flags = flags,
		.size = size,
		.block = block,
	};

	CHECK_EQ(device_create(dev.fd, size, block, flags, "test", &dev.id), 0);
	dev.mem = device_map(dev.fd, size);
	CHECK(dev.mem);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, size), 0);
	return dev;
}

void device_close(struct device *dev)
{
	munmap(dev->mem, dev->size);
	close(dev->fd);
}

int device_plug(struct device *dev, uint64_t first, uint64_t nr)
{
	return device_range(dev->fd, VHOST_MEM_PLUG,
			    GUEST_ADDR + first * dev->block, nr * dev->block);
}

int device_unplug(struct device *dev, uint64_t first, uint64_t nr)
{
	return device_range(dev->fd, VHOST_MEM_UNPLUG,
			    GUEST_ADDR + first * dev->block, nr * dev->block);
}

int device_soon(int (*change)(struct device *dev, uint64_t first, uint64_t nr),
		struct device *dev, uint64_t first, uint64_t nr)
{
	time_t end = time(NULL) + 30;
	int ret;

	while ((ret = change(dev, first, nr)) == -EBUSY && time(NULL) < end)
		usleep(10000);
	return ret;
}

struct virtio_mem_config device_config(int fd)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };
	struct virtio_mem_config *config = &arg.config;

	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_CONFIG, &arg), 0);
	config->block_size = le64toh(config->block_size);
	config->node_id = le16toh(config->node_id);
	config->addr = le64toh(config->addr);
	config->region_size = le64toh(config->region_size);
	config->usable_region_size = le64toh(config->usable_region_size);
	config->plugged_size = le64toh(config->plugged_size);
	config->requested_size = le64toh(config->requested_size);
	return *config;
}

uint64_t device_generation(int fd)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_CONFIG, &arg), 0);
	return arg.generation;
}

int device_block_map(int fd, unsigned long cmd, uint64_t first, uint64_t nr,
		     uint64_t *map)
{
	struct vhost_mem_block_map arg = {
		.size = sizeof(arg), .first_block = first, .nr_blocks = nr,
		.bitmap = (uintptr_t)map,
	};

	return device_ioctl(fd, cmd, &arg);
}

bool device_plugged(struct device *dev, uint64_t block)
{
	uint64_t nr = dev->size / dev->block, first = block & ~63ULL;
	uint64_t bitmap = 0;

	CHECK_EQ(device_block_map(dev->fd, VHOST_MEM_GET_BLOCK_MAP, first,
				  nr - first < 64 ? nr - first : 64, &bitmap),
		 0);
	return bitmap >> block % 64 & 1;
}

uint64_t device_count_plugged(struct device *dev)
{
	uint64_t nr = dev->size / dev->block, count = 0;
	uint64_t *bitmap = calloc((nr + 63) / 64, sizeof(*bitmap));

	CHECK(bitmap);
	CHECK_EQ(device_block_map(dev->fd, VHOST_MEM_GET_BLOCK_MAP, 0, nr,
				  bitmap), 0);
	for (uint64_t i = 0; i < (nr + 63) / 64; i++)
		count += __builtin_popcountll(bitmap[i]);
	free(bitmap);
	return count;
}

static __thread sigjmp_buf touch_jmp;
static __thread volatile sig_atomic_t touching;

static void touch_handler(int sig)
{
	if (touching)
		siglongjmp(touch_jmp, sig);
	/* The access was not ours: die of the signal. */
	signal(sig, SIG_DFL);
}

__attribute__((constructor)) static void touch_init(void)
{
	struct sigaction action = {
		.sa_handler = touch_handler,
		.sa_flags = SA_NODEFER,
	};

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

int touch_read(const volatile void *at, unsigned char *value)
{
	int sig = sigsetjmp(touch_jmp, 0);

	if (!sig) {
		touching = 1;
		*value = *(const volatile unsigned char *)at;
	}
	touching = 0;
	return sig;
}

int touch_write(volatile void *at, unsigned char value)
{
	int sig = sigsetjmp(touch_jmp, 0);

	if (!sig) {
		touching = 1;
		*(volatile unsigned char *)at = value;
	}
	touching = 0;
	return sig;
}

static bool parse_field(const char *line, const char *field, uint64_t *value)
{
	size_t len = strlen(field);

	if (strncmp(line, field, len) || line[len] != ':')
		return false;
	*value = strtoull(line + len + 1, NULL, 10);
	if (strstr(line, "kB"))
		*value *= KiB;
	return true;
}

uint64_t proc_field(const char *path, const char *field)
{
	FILE *file = fopen(path, "re");
	uint64_t value = 0;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (parse_field(line, field, &value))
			break;
	fclose(file);
	return value;
}

uint64_t smaps_field(const void *at, const char *field)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long from, to;
	uint64_t value = 0;
	bool inside = false;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (uintptr_t)at && (uintptr_t)at < to;
		else if (inside && parse_field(line, field, &value))
			break;
	}
	fclose(file);
	return value;
}

unsigned int maps_count(const void *start, uint64_t length)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned int count = 0;
	unsigned long from, to;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2 &&
		    from < (uintptr_t)start + length && to > (uintptr_t)start)
			count++;
	fclose(file);
	return count;
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static int pin_by_io_uring(void *at, uint64_t length)
{
	struct iovec iov = { .iov_base = at, .iov_len = length };
	struct io_uring_params params = { 0 };
	int fd = syscall(SYS_io_uring_setup, 1, &params);
	int ret;

	if (fd < 0)
		return -ENOSYS;
	if (!syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &iov,
		     1))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int pin_memory(void *at, uint64_t length)
{
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)at, .len = length, .chunk_size = PAGE,
	};
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	int ret;

	/* Older kernels register no memory of files with io_uring. */
	if (fd < 0)
		return pin_by_io_uring(at, length);
	if (!setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int in_child(int (*fn)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	pid = fork();
	CHECK(pid >= 0);
	if (!pid)
		_exit(fn(arg));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

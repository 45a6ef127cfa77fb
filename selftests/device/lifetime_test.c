// SPDX-License-Identifier: GPL-2.0
/*
 * Life and end of devices, regions and the module, in the usual order and in others.
 *
 * VHOST_MEM_KO in the environment names the module's file.
 *
 * tier: full
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "device.h"
#include "genl.h"
#include "module.h"
#include "passfd.h"
#include "vring.h"

#define MEMINFO "/proc/meminfo"

static int load(void)
{
	return module_load(getenv("VHOST_MEM_KO"));
}

static void need_module(void)
{
	if (!getenv("VHOST_MEM_KO"))
		ktap_skip("VHOST_MEM_KO is not set");
}

/* KASAN keeps what was freed for a while; there, kmemleak looks for leaks. */
static bool have_quarantine(void)
{
	struct utsname name;

	return !uname(&name) && strstr(name.release, "kasan");
}

struct usage {
	uint64_t shmem, slab, available, vmalloc, inodes;
};

static uint64_t slab_objects(const char *name)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	unsigned long long active = 0;
	char line[256], found[64];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %llu", found, &active) == 2 &&
		    !strcmp(found, name))
			break;
	if (file)
		fclose(file);
	return active;
}

static struct usage usage(void)
{
	struct usage u;

	/* What is freed by RCU and work queues, and counted for each CPU. */
	sleep(1);
	write_file("/proc/sys/vm/drop_caches", "3");
	write_file("/proc/sys/vm/stat_refresh", "1");
	/* Free objects of the slabs that CPUs keep would count as used. */
	write_file("/sys/kernel/slab/shmem_inode_cache/shrink", "1");
	u.shmem = proc_field(MEMINFO, "Shmem");
	u.slab = proc_field(MEMINFO, "SUnreclaim");
	u.available = proc_field(MEMINFO, "MemFree");
	u.vmalloc = proc_field(MEMINFO, "VmallocUsed");
	u.inodes = slab_objects("shmem_inode_cache");
	return u;
}

static void check_usage(struct usage before, uint64_t slab_tolerance)
{
	struct usage after = { 0 };

	/* Others use memory, too: it only has to be free at some time. */
	for (int i = 0; i < 10; i++) {
		after = usage();
		if (after.shmem <= before.shmem + 256 * KiB &&
		    after.available + 32 * MiB >= before.available &&
		    after.vmalloc <= before.vmalloc + 1 * MiB &&
		    (have_quarantine() ||
		     (after.slab <= before.slab + slab_tolerance &&
		      after.inodes <= before.inodes + 60)))
			return;
	}
#define SAY(name)							\
	ktap_say(#name ": %lld more", (long long)(after.name - before.name))
	SAY(shmem);
	SAY(slab);
	SAY(available);
	SAY(vmalloc);
	SAY(inodes);
	ktap_fail();
}

static void cycle(int i)
{
	static const uint64_t sizes[] = { 64 * MiB, 1 * GiB, 64 * GiB };
	uint64_t block = i % 2 ? 4 * KiB : 2 * MiB;
	uint32_t flags = i % 4 / 2 ? VHOST_MEM_CREATE_READABLE : 0;
	struct device dev = device_new(sizes[i % 3], block, flags);
	struct guest guest;

	CHECK_EQ(device_plug(&dev, i % 8, 16), 0);
	CHECK_WRITES(dev.mem + i % 8 * block, 1);
	CHECK_WRITES(dev.mem + (i % 8 + 15) * block, 1);
	CHECK_UNPLUGGED(&dev, dev.mem + (i % 8 + 16) * block);
	if (i % 5 == 0) {
		guest_init(&guest, &dev, 64, 0);
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(guest_unplug(&guest, i % 8, 1), VIRTIO_MEM_RESP_ACK);
	}
	/* In either order. */
	if (i % 2) {
		munmap(dev.mem, dev.size);
		close(dev.fd);
	} else {
		close(dev.fd);
		munmap(dev.mem, dev.size);
	}
	if (i % 5 == 0)
		guest_free(&guest);
}

TEST(cycles_leak_nothing)
{
	struct usage before;

	for (int i = 0; i < 60; i++)
		cycle(i);
	before = usage();
	for (int i = 0; i < 300; i++)
		cycle(i);
	CHECK_EQ(genl_count_regions(), 0);
	/* 300 of anything that is half a kilobyte or larger. */
	check_usage(before, 2 * MiB);
}

/* Failures on the way must not leak either. */
TEST(failed_creates_leak_nothing)
{
	struct usage before;
	int fd;

	for (int i = 0; i < 4000; i++) {
		if (i == 200)
			before = usage();
		fd = device_open();
		CHECK_EQ(device_create(fd, 1ULL << 51, 1ULL << 51,
				       i % 2 * VHOST_MEM_CREATE_READABLE,
				       i % 4 ? "1" : "name", NULL),
			 i % 4 ? -EINVAL : 0);
		close(fd);
	}
	CHECK_EQ(genl_count_regions(), 0);
	check_usage(before, 2 * MiB);
}

/*
 * A VMM in a child: plugs and unplugs by its queue for ever, with threads that
 * use the memory.
 */
static struct device vmm_dev;

static void *vmm_touch(void *arg)
{
	unsigned int i = (unsigned int)(uintptr_t)arg;

	for (;; i = i * 1664525 + 1013904223)
		touch_write(vmm_dev.mem + i % vmm_dev.size, 1);
	return NULL;
}

static void vmm(uint32_t flags, int ready)
{
	struct guest guest;
	pthread_t thread;

	vmm_dev = device_new(64 * MiB, 2 * MiB, flags);
	guest_init(&guest, &vmm_dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	for (uintptr_t i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&thread, NULL, vmm_touch, (void *)i),
			 0);
	for (unsigned int i = 0;; i++) {
		CHECK_EQ(guest_plug(&guest, 0, 32), VIRTIO_MEM_RESP_ACK);
		if (!i)
			CHECK_EQ(write(ready, "", 1), 1);
		CHECK_EQ(guest_unplug(&guest, i % 32, 1), VIRTIO_MEM_RESP_ACK);
		CHECK_EQ(guest_unplug_all(&guest), VIRTIO_MEM_RESP_ACK);
	}
}

static void no_regions_soon(void)
{
	for (int i = 0; genl_count_regions(); i++) {
		CHECK(i < 3000);
		usleep(10000);
	}
}

TEST(killed_vmm_leaves_nothing)
{
	struct usage before = usage();

	for (int i = 0; i < 20; i++) {
		int fds[2], status;
		char byte;
		pid_t pid;

		CHECK_EQ(pipe(fds), 0);
		pid = fork();
		if (!pid) {
			vmm(i % 2 * VHOST_MEM_CREATE_READABLE, fds[1]);
			_exit(1);
		}
		close(fds[1]);
		CHECK_EQ(read(fds[0], &byte, 1), 1);
		close(fds[0]);
		CHECK_EQ(genl_count_regions(), 1);
		usleep(i * 20000);
		CHECK_EQ(kill(pid, SIGKILL), 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
		no_regions_soon();
	}
	check_usage(before, 4 * MiB);
}

static void *close_it(void *arg)
{
	usleep(2000);
	close(*(int *)arg);
	return NULL;
}

TEST(close_during_requests_and_faults)
{
	for (int i = 0; i < 40; i++) {
		struct device dev = device_new(64 * MiB, 2 * MiB,
					       i % 2 * VHOST_MEM_CREATE_READABLE);
		struct guest guest;
		pthread_t thread;

		guest_init(&guest, &dev, 64, 0);
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
		for (int n = 0; n < 30; n++) {
			struct guest_buffer buffers[2] = {
				{ .addr = guest_alloc(&guest, 24), .len = 24 },
				{ .addr = guest_alloc(&guest, 10), .len = 10,
				  .in = true },
			};
			struct virtio_mem_req req = {
				.type = n % 2 ? VIRTIO_MEM_REQ_UNPLUG_ALL :
						VIRTIO_MEM_REQ_PLUG,
				.u.plug = { .addr = GUEST_ADDR,
					    .nb_blocks = 32 },
			};

			memcpy(guest_at(&guest, buffers[0].addr), &req, 24);
			guest_add(&guest, buffers, 2, false);
		}
		guest_kick(&guest);
		CHECK_EQ(pthread_create(&thread, NULL, close_it, &dev.fd), 0);
		for (uint64_t n = 0; n < 2000; n++)
			touch_write(dev.mem + n * PAGE % dev.size, 1);
		pthread_join(thread, NULL);
		for (uint64_t n = 0; n < 32; n++)
			CHECK_UNPLUGGED(&dev, dev.mem + n * 2 * MiB);
		munmap(dev.mem, dev.size);
		guest_free(&guest);
	}
	CHECK_EQ(genl_count_regions(), 0);
}

/* The descriptor outlives the process that set everything up. */
TEST(owner_dies_and_the_descriptor_lives)
{
	struct genl_region region;
	int sockets[2], fd, status;
	struct genl nl;
	pid_t pid;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	pid = fork();
	if (!pid) {
		struct device dev = device_new(64 * MiB, 2 * MiB,
					       VHOST_MEM_CREATE_KEEP);
		struct guest guest;

		guest_init(&guest, &dev, 64, 0);
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(guest_plug(&guest, 0, 4), VIRTIO_MEM_RESP_ACK);
		CHECK_WRITES(dev.mem, 0x5c);
		/* And a request that nobody waits for. */
		guest_offer(&guest, 0);
		guest_kick(&guest);
		send_fd(sockets[0], dev.fd);
		raise(SIGKILL);
	}
	fd = receive_fd(sockets[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_dump(&nl, &region, 1), 1);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_PLUGGED_SIZE], 8 * MiB);
	CHECK_EQ(device_config(fd).plugged_size, 8 * MiB);
	/* A process that has the descriptor can map the memory. */
	{
		unsigned char *mem = device_map(fd, 64 * MiB);

		CHECK(mem);
		CHECK_READS(mem, 0x5c);
		CHECK_REFUSED(mem + 8 * MiB);
		/* And, before or after the owner's end was noticed, all the rest. */
		CHECK_EQ(device_ioctl(fd, VHOST_RESET_OWNER, NULL), 0);
		CHECK_READS(mem, 0x5c);
		CHECK_EQ(device_set(fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
		CHECK_REFUSED(mem);
		munmap(mem, 64 * MiB);
	}
	close(fd);
	no_regions_soon();
}

TEST(partial_set_up_and_close)
{
	for (int i = 0; i < 100; i++) {
		struct vhost_mem_fd call = { .size = sizeof(call), .fd = -1 };
		uint64_t features = FEATURES_INACCESSIBLE;
		int fd = device_open();

		if (i % 10 > 0 && i % 2)
			CHECK_EQ(device_ioctl(fd, VHOST_SET_OWNER, NULL), 0);
		if (i % 10 > 1)
			CHECK_EQ(device_create(fd, 64 * MiB, 2 * MiB, 0, "",
					       NULL), 0);
		if (i % 10 > 3)
			CHECK_EQ(device_ioctl(fd, VHOST_MEM_SET_CONFIG_CALL,
					      &call), 0);
		if (i % 10 > 5)
			CHECK_EQ(device_ioctl(fd, VHOST_SET_FEATURES,
					      &features), 0);
		if (i % 10 > 7)
			device_map(fd, 64 * MiB);
		close(fd);
	}
	CHECK_EQ(genl_count_regions(), 0);
}

TEST(module_stays_while_it_is_used)
{
	struct device dev;
	unsigned char *mem;
	int fd;

	need_module();
	CHECK_EQ(genl_count_regions(), 0);
	/* A file without a region. */
	fd = device_open();
	CHECK_EQ(module_unload(), -EAGAIN);
	close(fd);
	/* A region; and then a mapping of it that is all that is left. */
	dev = device_new(64 * MiB, 2 * MiB, VHOST_MEM_CREATE_READABLE);
	CHECK_EQ(module_unload(), -EAGAIN);
	mem = device_map(dev.fd, dev.size);
	munmap(dev.mem, dev.size);
	close(dev.fd);
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(module_unload(), -EAGAIN);
		CHECK_READS(mem, 0);
		CHECK_EQ(touch_write(mem, 1), SIGBUS);
		usleep(10000);
	}
	/* A part of it. */
	CHECK_EQ(munmap(mem + PAGE, dev.size - PAGE), 0);
	CHECK_EQ(module_unload(), -EAGAIN);
	CHECK_READS(mem, 0);
	munmap(mem, PAGE);
	CHECK_EQ(module_unload_soon(), 0);
	CHECK(access(DEVICE_PATH, F_OK) < 0);
	CHECK_EQ(load(), 0);
	dev = device_new(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_WRITES(dev.mem, 1);
}

/* Somebody keeps the inode of a region, and the module goes. */
TEST(module_goes_before_an_inode)
{
	struct device dev;
	char path[64];
	int fd;

	need_module();
	dev = device_new(64 * MiB, 2 * MiB, 0);
	sprintf(path, "/proc/self/map_files/%lx-%lx", (unsigned long)dev.mem,
		(unsigned long)(dev.mem + dev.size));
	fd = open(path, O_PATH);
	if (fd < 0)
		ktap_skip("%s: %s", path, strerror(errno));
	device_close(&dev);
	CHECK_EQ(module_unload_soon(), 0);
	sprintf(path, "/proc/self/fd/%d", fd);
	close(open(path, O_RDWR));
	truncate(path, 4096);
	close(fd);
	CHECK_EQ(load(), 0);
}

TEST(load_and_unload_many_times)
{
	need_module();
	for (int i = 0; i < 20; i++) {
		struct device dev;

		CHECK_EQ(module_unload_soon(), 0);
		CHECK_EQ(load(), 0);
		dev = device_new(64 * MiB, 2 * MiB, i % 2);
		CHECK_EQ(device_plug(&dev, 0, 1), 0);
		CHECK_WRITES(dev.mem, 1);
		/* Events that are still to come. */
		device_close(&dev);
	}
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

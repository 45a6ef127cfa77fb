// SPDX-License-Identifier: GPL-2.0
/*
 * Memory runs out: what a region costs is charged to memory cgroups, and their
 * limits hit whoever is in them and nobody else.
 *
 * Swap and other limits are in swap.c and limits.c.
 *
 * tier: full
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "exhaust.h"
#include "genl.h"
#include "state.h"

#define REGION (128 * MiB)
#define LIMIT (32 * MiB)
/* Bytes of a cgroup that may not belong to the region, such as per-CPU caches. */
#define SLACK (2 * MiB)

unsigned char exhaust_value(uint64_t offset)
{
	return (offset / PAGE * 37 + offset / HUGE) % 255 + 1;
}

void exhaust_fill(struct device *dev, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at += PAGE)
		CHECK_WRITES(dev->mem + at, exhaust_value(at));
}

void exhaust_check(struct device *dev, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at += PAGE) {
		ktap_context("at offset 0x%llx", (unsigned long long)at);
		CHECK_READS(dev->mem + at, exhaust_value(at));
	}
}

void exhaust_wait_charged(const struct cgroup *cgroup, uint64_t bytes)
{
	uint64_t seen = 0;

	/* The kernel brings statistics up to date every other second. */
	for (int i = 0; i < 300; i++) {
		seen = cgroup_get(cgroup, "memory.stat", "shmem");
		if (seen == bytes)
			return;
		usleep(100000);
	}
	CHECK_EQ(seen, bytes);
}

static void wait_used_below(const struct cgroup *cgroup, uint64_t bytes)
{
	uint64_t seen = 0;

	for (int i = 0; i < 300; i++) {
		seen = cgroup_get(cgroup, "memory.current", NULL);
		if (seen < bytes)
			return;
		usleep(100000);
	}
	ktap_say("%llu bytes are still charged", (unsigned long long)seen);
	ktap_fail();
}

static struct cgroup cgroup_limited(const char *name, uint64_t limit)
{
	struct cgroup cgroup = cgroup_new(name);

	cgroup_set(&cgroup, "memory.swap.max", 0);
	cgroup_set(&cgroup, "memory.max", limit);
	return cgroup;
}

/* --- touching more than the limit --- */

/**
 * struct vmm - a VMM in a cgroup
 * @cgroup: The cgroup.
 * @resize: It plugs and unplugs meanwhile.
 * @id: The number of its region; shared with the test.
 */
struct vmm {
	struct cgroup cgroup;
	bool resize;
	uint32_t *id;
};

static struct device vmm_dev;

static void *vmm_resize(void *arg)
{
	(void)arg;
	for (;;) {
		device_unplug(&vmm_dev, 0, 4);
		device_plug(&vmm_dev, 0, 4);
	}
	return NULL;
}

static int vmm_touch_everything(void *arg)
{
	struct vmm *vmm = arg;
	pthread_t thread;

	cgroup_enter(&vmm->cgroup);
	vmm_dev = device_new(REGION, HUGE, 0);
	*vmm->id = vmm_dev.id;
	CHECK_EQ(device_plug(&vmm_dev, 0, REGION / HUGE), 0);
	if (vmm->resize)
		CHECK_EQ(pthread_create(&thread, NULL, vmm_resize, NULL), 0);
	exhaust_fill(&vmm_dev, 4 * HUGE, REGION);
	return 0;
}

static void oom_at_fault(bool resize)
{
	struct vmm vmm = {
		.cgroup = cgroup_limited(resize ? "oom-resize" : "oom", LIMIT),
		.resize = resize,
		.id = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};
	struct device innocent = device_new(8 * MiB, HUGE, 0);
	struct genl_region region;
	struct state before;
	struct genl nl;

	CHECK(vmm.id != MAP_FAILED);
	*vmm.id = 0;	/* charged to us */
	CHECK_EQ(device_plug(&innocent, 0, 2), 0);
	exhaust_fill(&innocent, 0, 4 * MiB);
	CHECK_EQ(genl_open(&nl), 0);
	state_init();
	state_take(&before, innocent.fd);

	CHECK_EQ(in_child(vmm_touch_everything, &vmm), -SIGKILL);
	CHECK(cgroup_get(&vmm.cgroup, "memory.events", "oom_kill") > 0);
	CHECK(*vmm.id);
	CHECK_EQ(genl_get(&nl, *vmm.id, &region), -ENOENT);
	exhaust_wait_charged(&vmm.cgroup, 0);
	wait_used_below(&vmm.cgroup, SLACK);
	CHECK_EQ(cgroup_remove(&vmm.cgroup), 0);

	CHECK_STATE_SETTLES(innocent.fd, &before);
	exhaust_check(&innocent, 0, 4 * MiB);
	CHECK_EQ(device_plug(&innocent, 2, 2), 0);
	CHECK_WRITES(innocent.mem + 8 * MiB - 1, 1);
	CHECK_EQ(device_unplug(&innocent, 0, 4), 0);
}

TEST(oom_at_fault_kills_the_vmm_alone)
{
	oom_at_fault(false);
}

TEST(oom_at_fault_during_unplug)
{
	oom_at_fault(true);
}

/* --- charging --- */

/**
 * struct toucher - somebody in a cgroup who touches blocks
 * @cgroup: The cgroup.
 * @dev: Whose blocks.
 * @first, @nr: Which.
 */
struct toucher {
	struct cgroup cgroup;
	struct device *dev;
	uint64_t first, nr;
};

static int touch(void *arg)
{
	struct toucher *toucher = arg;
	uint64_t from = toucher->first * HUGE;

	cgroup_enter(&toucher->cgroup);
	exhaust_fill(toucher->dev, from, from + toucher->nr * HUGE);
	return 0;
}

TEST(who_touches_pays_until_unplug)
{
	struct device dev = device_new(64 * MiB, HUGE, 0);
	struct toucher a = {
		.cgroup = cgroup_new("pays-a"), .dev = &dev, .nr = 8,
	};
	struct toucher b = {
		.cgroup = cgroup_new("pays-b"), .dev = &dev, .first = 8, .nr = 4,
	};

	/* Plugging charges nothing. */
	CHECK_EQ(device_plug(&dev, 0, 12), 0);
	exhaust_wait_charged(&a.cgroup, 0);
	CHECK_EQ(in_child(touch, &a), 0);
	CHECK_EQ(in_child(touch, &b), 0);
	exhaust_wait_charged(&a.cgroup, 16 * MiB);
	exhaust_wait_charged(&b.cgroup, 8 * MiB);
	CHECK(cgroup_get(&a.cgroup, "memory.current", NULL) >= 16 * MiB);

	/* Touched again by somebody else: it is charged already. */
	a.first = 8;
	a.nr = 4;
	CHECK_EQ(in_child(touch, &a), 0);
	exhaust_wait_charged(&a.cgroup, 16 * MiB);

	/* Each cgroup is uncharged what is unplugged, whoever unplugs it. */
	CHECK_EQ(device_unplug(&dev, 6, 4), 0);
	exhaust_wait_charged(&a.cgroup, 12 * MiB);
	exhaust_wait_charged(&b.cgroup, 4 * MiB);
	wait_used_below(&a.cgroup, 12 * MiB + SLACK);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	exhaust_wait_charged(&a.cgroup, 0);
	exhaust_wait_charged(&b.cgroup, 0);
	wait_used_below(&a.cgroup, SLACK);

	/* Again, and to the end: with the mapping still there. */
	CHECK_EQ(device_plug(&dev, 0, 12), 0);
	CHECK_EQ(in_child(touch, &b), 0);
	exhaust_wait_charged(&b.cgroup, 8 * MiB);
	close(dev.fd);
	exhaust_wait_charged(&b.cgroup, 0);
	wait_used_below(&b.cgroup, SLACK);
	CHECK_EQ(cgroup_remove(&a.cgroup), 0);
	CHECK_EQ(cgroup_remove(&b.cgroup), 0);
}

/* --- the kernel's own memory --- */

/*
 * Two megabytes of block map where there is one: that is an error and kills
 * nobody.
 */
TEST(no_memory_for_the_block_map)
{
	static uint64_t map[VHOST_MEM_BLOCKS_MAX / 64];
	struct vhost_mem_block_map arg = {
		.size = sizeof(arg),
		.nr_blocks = VHOST_MEM_BLOCKS_MAX,
		.bitmap = (uintptr_t)map,
	};
	const uint64_t size = VHOST_MEM_BLOCKS_MAX * PAGE;
	struct cgroup cgroup = cgroup_new("map");
	int fd = device_open(), small = device_open();
	struct state before;
	uint64_t used;

	/* The pages are there, so that only the kernel needs some. */
	memset(map, 1, sizeof(map));
	state_init();
	state_take(&before, fd);
	cgroup_set(&cgroup, "memory.swap.max", 0);
	cgroup_enter(&cgroup);
	used = cgroup_settled(&cgroup);
	cgroup_set(&cgroup, "memory.max", used + MiB);
	CHECK_EQ(device_create(fd, size, PAGE, 0, "map", NULL), -ENOMEM);
	CHECK_EQ(device_create(fd, size, PAGE, VHOST_MEM_CREATE_READABLE,
			       "map", NULL), -ENOMEM);
	CHECK_STATE(fd, &before);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_ADDRESS, 0), -ENODEV);
	/* There is memory enough for others. */
	CHECK_EQ(device_create(small, 64 * MiB, HUGE, 0, "small", NULL), 0);
	close(small);
	cgroup_set(&cgroup, "memory.max", UINT64_MAX);
	CHECK_EQ(device_create(fd, size, PAGE, 0, "map", NULL), 0);

	state_take(&before, fd);
	used = cgroup_settled(&cgroup);
	CHECK(used >= 2 * MiB);
	cgroup_set(&cgroup, "memory.max", used + MiB);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_BLOCK_MAP, &arg), -ENOMEM);
	CHECK_EQ(map[0], 0x0101010101010101);
	cgroup_set(&cgroup, "memory.max", UINT64_MAX);
	CHECK_STATE(fd, &before);
	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_BLOCK_MAP, &arg), 0);
	CHECK_EQ(map[0], 0);
	CHECK_EQ(map[VHOST_MEM_BLOCKS_MAX / 64 - 1], 0);
	CHECK_EQ(cgroup_get(&cgroup, "memory.events", "oom_kill"), 0);
}

static int open_without_end(void *arg)
{
	int fd;

	cgroup_enter(arg);
	do {
		fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && !device_create(fd, 64 * MiB, HUGE, 0, "", NULL));
	return fd < 0 ? 1 : 2;
}

/* Devices are charged too: how many there can be is limited by that. */
TEST(devices_until_memory_is_out)
{
	struct cgroup cgroup = cgroup_limited("devices", 4 * MiB);
	struct rlimit files = { .rlim_cur = 1024, .rlim_max = 4096 };
	struct state before;
	int ret;

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
	state_init();
	state_take(&before, -1);
	ret = in_child(open_without_end, &cgroup);
	if (ret > 0)
		ktap_say("%s", ret == 1 ? "open() failed" : "creating failed");
	else
		CHECK_EQ(ret, -SIGKILL);
	/* The cgroup's limit was reached, not that of descriptors. */
	CHECK(cgroup_get(&cgroup, "memory.events", "max") > 0);
	CHECK_STATE_SETTLES(-1, &before);
	wait_used_below(&cgroup, SLACK);
	CHECK_EQ(cgroup_remove(&cgroup), 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

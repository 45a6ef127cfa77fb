// SPDX-License-Identifier: GPL-2.0
/*
 * A process passes memory whose page faults do not end to an ioctl or a ring: it
 * stalls that process, and nobody else; and each process that waits can be killed.
 *
 * tier: full
 */
#include <pthread.h>
#include <sys/mman.h>

#include "genl.h"
#include "stalls.h"
#include "vring.h"

#define NR_BLOCKS STALLS_BLOCKS
/* Seconds after which something counts as hanging, under emulation and load. */
#define HANGS 20

/* Processes that are killed when something hangs, so that it ends. */
static pid_t to_kill;
static struct stalled *to_release;

__attribute__((noreturn)) static void hangs(const char *what)
{
	ktap_say("%s: has not ended after %d seconds", what, HANGS);
	if (to_kill)
		kill(to_kill, SIGKILL);
	if (to_release)
		stalled_release(to_release);
	ktap_fail();
}

static void ends_in_time(pid_t pid, int *status, const char *what)
{
	time_t end = time(NULL) + HANGS;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (time(NULL) > end)
			hangs(what);
		usleep(2000);
	}
}

/* --- who is stalled --- */

/* What a child does with the device, and with memory that stalls it. */
typedef void stall_fn(struct device *dev, struct stalled *stalled);

struct call {
	stall_fn *fn;
	struct device *dev;
	struct stalled stalled;
};

static void *call_it(void *arg)
{
	struct call *call = arg;

	call->fn(call->dev, &call->stalled);
	return NULL;
}

/* A child that is stalled when this returns. */
static pid_t stall(stall_fn *fn, struct device *dev, const void *content,
		   size_t length)
{
	int told[2];
	char byte;
	pid_t pid;

	CHECK_EQ(pipe(told), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		struct call call = { .fn = fn, .dev = dev };
		pthread_t thread;

		call.stalled = stalled_new(16 * PAGE, content, length);
		CHECK_EQ(pthread_create(&thread, NULL, call_it, &call), 0);
		CHECK_EQ(stalled_wait(&call.stalled, 1000 * HANGS), 0);
		CHECK_EQ(write(told[1], "", 1), 1);
		for (;;)
			pause();
	}
	close(told[1]);
	CHECK_EQ(read(told[0], &byte, 1), 1);
	close(told[0]);
	to_kill = pid;
	return pid;
}

static void stalled_can_be_killed(pid_t pid)
{
	int status;

	CHECK_EQ(kill(pid, SIGKILL), 0);
	ends_in_time(pid, &status, "the stalled process, killed");
	CHECK(WIFSIGNALED(status));
	to_kill = 0;
}

static void set_block_map(struct device *dev, struct stalled *stalled)
{
	device_block_map(dev->fd, VHOST_MEM_SET_BLOCK_MAP, 0, NR_BLOCKS,
			 (void *)stalled->mem);
}

static void own_and_set_table(struct device *dev, struct stalled *stalled)
{
	CHECK_EQ(device_ioctl(dev->fd, VHOST_SET_OWNER, NULL), 0);
	device_ioctl(dev->fd, VHOST_SET_MEM_TABLE, stalled->mem);
}

static void own_and_set_vring(struct device *dev, struct stalled *stalled)
{
	CHECK_EQ(device_ioctl(dev->fd, VHOST_SET_OWNER, NULL), 0);
	device_ioctl(dev->fd, VHOST_SET_VRING_ADDR, stalled->mem);
}

static void own_and_start(struct device *dev, struct stalled *stalled)
{
	struct guest guest;

	guest_init(&guest, dev, 16, 0);
	guest.used = (void *)stalled->mem;
	guest_setup(&guest);
	guest_start(&guest);
}

/* --- who is not --- */

struct timed {
	const char *what;
	int (*fn)(struct device *dev);
	struct device *dev;
	int ret;
};

static void *run_timed(void *arg)
{
	struct timed *timed = arg;

	timed->ret = timed->fn(timed->dev);
	return NULL;
}

/* A call of this process, which ends in time; what it returns. */
static int in_time(const char *what, int (*fn)(struct device *dev),
		   struct device *dev)
{
	static struct timed timed;
	struct timespec end;
	pthread_t thread;

	timed = (struct timed){ .what = what, .fn = fn, .dev = dev };
	CHECK_EQ(pthread_create(&thread, NULL, run_timed, &timed), 0);
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += HANGS;
	if (pthread_timedjoin_np(thread, NULL, &end))
		hangs(what);
	return timed.ret;
}

static int do_get_config(struct device *dev)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	return device_ioctl(dev->fd, VHOST_MEM_GET_CONFIG, &arg);
}

static int do_get_block_map(struct device *dev)
{
	return device_block_map(dev->fd, VHOST_MEM_GET_BLOCK_MAP, 0, NR_BLOCKS,
				&(uint64_t){ 0 });
}

static int do_get_features(struct device *dev)
{
	return device_ioctl(dev->fd, VHOST_GET_FEATURES, &(uint64_t){ 0 });
}

static int do_map(struct device *dev)
{
	void *mem = device_map(dev->fd, dev->size);

	if (mem)
		munmap(mem, dev->size);
	return mem ? 0 : -errno;
}

static int do_netlink(struct device *dev)
{
	struct genl_region region;
	struct genl nl;
	int ret;

	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_dump(&nl, &region, 1), 1);
	ret = genl_get(&nl, dev->id, &region);
	if (!ret)
		ret = genl_set(&nl, dev->id, dev->size, &region);
	close(nl.fd);
	return ret;
}

#define IN_TIME(fn, dev, expected) CHECK_EQ(in_time(#fn, fn, dev), expected)

/* What is for everybody who has the file, and for the administrator. */
static void others_go_on(struct device *dev)
{
	IN_TIME(do_get_config, dev, 0);
	IN_TIME(do_get_block_map, dev, 0);
	IN_TIME(do_get_features, dev, 0);
	IN_TIME(do_map, dev, 0);
	IN_TIME(do_netlink, dev, 0);
}

/* A process that may have to wait for the stalled one. */
static void waiter_can_be_killed(struct device *dev)
{
	static const unsigned long cmds[] = {
		VHOST_MEM_SET_REQUESTED_SIZE, VHOST_MEM_SYSTEM_RESET,
		VHOST_MEM_SET_FROZEN, VHOST_MEM_SET_RUNNING,
	};
	static const unsigned long vhost_cmds[] = {
		VHOST_SET_OWNER, VHOST_RESET_OWNER, VHOST_SET_MEM_TABLE,
		VHOST_SET_FEATURES,
	};
	static char arg[PAGE];

	for (int i = 0; i < 8; i++) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			if (i % 2)
				device_set(dev->fd, cmds[i / 2], 0);
			else
				device_ioctl(dev->fd, vhost_cmds[i / 2], arg);
			for (;;)
				pause();
		}
		usleep(50000);
		CHECK_EQ(kill(pid, SIGKILL), 0);
		ends_in_time(pid, &status, "a process that waits, killed");
	}
}

static struct device small_device(void)
{
	return device_new(NR_BLOCKS * PAGE, PAGE, 0);
}

/* Once there is nobody any more who is stalled, all is as usual. */
static void all_goes_on(struct device *dev)
{
	/* -EPERM if there was none. */
	device_ioctl(dev->fd, VHOST_RESET_OWNER, NULL);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_FROZEN, 0), 0);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(device_plug(dev, 0, 1), 0);
	CHECK_WRITES(dev->mem, 1);
	CHECK_EQ(device_unplug(dev, 0, 1), 0);
}

static void stalls_nobody_else(stall_fn *fn)
{
	struct device dev = small_device();
	pid_t pid = stall(fn, &dev, NULL, 0);

	others_go_on(&dev);
	waiter_can_be_killed(&dev);
	others_go_on(&dev);
	stalled_can_be_killed(pid);
	all_goes_on(&dev);
	device_close(&dev);
}

TEST(get_block_map_stalls_nobody_else)
{
	stalls_nobody_else(stalls_get_block_map);
}

TEST(set_block_map_stalls_nobody_else)
{
	stalls_nobody_else(set_block_map);
}

TEST(get_config_stalls_nobody_else)
{
	stalls_nobody_else(stalls_get_config);
}

TEST(argument_stalls_nobody_else)
{
	stalls_nobody_else(stalls_any_argument);
}

TEST(memory_table_stalls_nobody_else)
{
	stalls_nobody_else(own_and_set_table);
}

TEST(vring_ioctl_stalls_nobody_else)
{
	stalls_nobody_else(own_and_set_vring);
}

TEST(start_stalls_nobody_else)
{
	stalls_nobody_else(own_and_start);
}

TEST(ring_stalls_nobody_else)
{
	stalls_nobody_else(stalls_own_and_kick);
}

/* --- while the region is created --- */

/* The argument can be read, but the region's number cannot be written. */
static void create_region(struct device *dev, struct stalled *stalled)
{
	device_ioctl(dev->fd, VHOST_MEM_CREATE_REGION, stalled->mem);
}

static int do_open_and_create(struct device *dev)
{
	struct device other = small_device();

	(void)dev;
	CHECK_EQ(device_plug(&other, 0, 1), 0);
	device_close(&other);
	return 0;
}

TEST(create_region_stalls_nobody_else)
{
	struct device dev = { .fd = device_open(), .size = NR_BLOCKS * PAGE,
			      .block = PAGE };
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg), .region_size = dev.size,
		.block_size = PAGE,
	};
	pid_t pid = stall(create_region, &dev, &arg, sizeof(arg));

	IN_TIME(do_get_config, &dev, -ENODEV);
	IN_TIME(do_get_block_map, &dev, -ENODEV);
	IN_TIME(do_get_features, &dev, 0);
	IN_TIME(do_open_and_create, &dev, 0);
	waiter_can_be_killed(&dev);
	stalled_can_be_killed(pid);
	close(dev.fd);
}

/* --- the owner, while somebody else is stalled, or its own worker --- */

static struct guest guest;

static int do_requested_size(struct device *dev)
{
	return device_set(dev->fd, VHOST_MEM_SET_REQUESTED_SIZE, dev->size);
}

static int do_freeze(struct device *dev)
{
	int ret = device_set(dev->fd, VHOST_MEM_SET_FROZEN, 1);

	return ret ? ret : device_set(dev->fd, VHOST_MEM_SET_FROZEN, 0);
}

static int do_reset(struct device *dev)
{
	return device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0);
}

static int do_restart(struct device *dev)
{
	(void)dev;
	guest_restart(&guest);
	return 0;
}

static int do_guest(struct device *dev)
{
	(void)dev;
	CHECK_EQ(guest_plug(&guest, 0, 4), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_unplug(&guest, 1, 1), VIRTIO_MEM_RESP_ACK);
	return 0;
}

static int do_close(struct device *dev)
{
	device_close(dev);
	return 0;
}

/* Who only maps the region can look at the block map, and stall while it does. */
TEST(block_map_of_another_process_does_not_stall_the_owner)
{
	struct device dev = small_device();
	pid_t pid;

	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	pid = stall(stalls_get_block_map, &dev, NULL, 0);
	others_go_on(&dev);
	IN_TIME(do_guest, &dev, 0);
	IN_TIME(do_requested_size, &dev, 0);
	IN_TIME(do_freeze, &dev, 0);
	IN_TIME(do_reset, &dev, 0);
	IN_TIME(do_restart, &dev, 0);
	IN_TIME(do_guest, &dev, 0);
	IN_TIME(do_close, &dev, 0);
	stalled_can_be_killed(pid);
}

static int denied_calls(struct device *dev)
{
	static const unsigned long cmds[] = {
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR,
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL, VHOST_SET_MEM_TABLE,
		VHOST_SET_LOG_BASE, VHOST_RESET_OWNER, VHOST_SET_FEATURES,
		VHOST_MEM_SET_RUNNING, VHOST_MEM_SYSTEM_RESET,
		VHOST_MEM_SET_FROZEN, VHOST_MEM_SET_ADDRESS,
		VHOST_MEM_SET_REQUESTED_SIZE,
	};

	for (size_t i = 0; i < sizeof(cmds) / sizeof(*cmds); i++) {
		_Alignas(8) char arg[PAGE] = { 0 };
		struct vhost_mem_value *value = (void *)arg;

		if (cmds[i] >= VHOST_MEM_CREATE_REGION &&
		    cmds[i] <= VHOST_MEM_SET_FROZEN)
			value->size = sizeof(*value);
		if (device_ioctl(dev->fd, cmds[i], arg) != -EPERM)
			return 1 + i;
	}
	return 0;
}

/*
 * The worker is stalled by the owner's own ring. Others who have the file do not
 * wait for it, as they may change nothing; nor do they make the owner wait.
 */
TEST(denied_calls_do_not_wait_for_the_worker)
{
	struct stalled stalled = stalled_new(16 * PAGE, NULL, 0);
	struct device dev = small_device();
	int status;
	pid_t pid;

	guest_init(&guest, &dev, 16, 0);
	guest.desc = (void *)stalled.mem;
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	guest_offer(&guest, 0);
	CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
	CHECK_EQ(stalled_wait(&stalled, 1000 * HANGS), 0);
	to_release = &stalled;
	pid = fork();
	if (!pid)
		_exit(denied_calls(&dev));
	ends_in_time(pid, &status, "a denied call");
	CHECK_EQ(status, 0);
	others_go_on(&dev);
	IN_TIME(do_requested_size, &dev, 0);
	to_release = NULL;
	stalled_release(&stalled);
	CHECK_EQ(guest_stop(&guest), 0);
	device_close(&dev);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

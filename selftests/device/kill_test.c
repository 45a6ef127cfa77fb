// SPDX-License-Identifier: GPL-2.0
/*
 * A long request is interrupted: while one PLUG allocates gigabytes, the VMM is
 * killed, or stops, freezes, resets or closes the device, asks to confirm changes, or a
 * smaller size is requested. The request has to end at once, which is seen by how much
 * memory it has allocated; and all of that has to be freed.
 *
 * tier: full
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "cgroup.h"
#include "confirm.h"
#include "genl.h"
#include "passfd.h"
#include "vring.h"

/* Bytes of a request; allocated when it is interrupted; never to be reached. */
#define LARGE (2 * GiB)
#define BEGUN (64 * MiB)
#define TOO_MUCH (LARGE / 2)
/* Seconds after which something counts as hanging, under emulation and load. */
#define HANGS 60

static struct cgroup cgroup;
/* Of the whole host: before, and the most of it that was seen. */
static uint64_t shmem_before, shmem_most;

/*
 * What a kernel thread allocates for a process that has died is charged to nobody
 * in particular. So not to the cgroup alone.
 */
static void look_at_shmem(void)
{
	uint64_t now = proc_field("/proc/meminfo", "Shmem");

	if (now > shmem_most)
		shmem_most = now;
}

static struct device large_device(void)
{
	return device_new(LARGE, HUGE, VHOST_MEM_CREATE_PREALLOC);
}

static void need_memory(void)
{
	if (proc_field("/proc/meminfo", "MemAvailable") < LARGE + GiB)
		ktap_skip("too little memory");
	cgroup = cgroup_new("kill");
	shmem_before = proc_field("/proc/meminfo", "Shmem");
}

static void wait_until_begun(void)
{
	time_t end = time(NULL) + HANGS;

	while (cgroup_get(&cgroup, "memory.current", NULL) < BEGUN) {
		CHECK(time(NULL) < end);
		usleep(1000);
	}
}

/* It has ended long before it had all. */
static void check_interrupted(void)
{
	uint64_t peak = cgroup_get(&cgroup, "memory.peak", NULL);

	if (shmem_most > shmem_before + peak)
		peak = shmem_most - shmem_before;
	if (peak >= TOO_MUCH) {
		ktap_say("%llu MiB had been allocated",
			 (unsigned long long)peak / MiB);
		ktap_fail();
	}
}

static void check_all_is_free(void)
{
	time_t end = time(NULL) + HANGS;

	while (cgroup_get(&cgroup, "memory.current", NULL) > BEGUN) {
		look_at_shmem();
		CHECK(time(NULL) < end);
		usleep(10000);
	}
}

/* --- the request --- */

struct plug {
	struct device dev;
	struct guest guest;
	uint64_t response;
	pthread_t thread;
	int ret;
};

static void *plug_all(void *arg)
{
	struct plug *plug = arg;

	plug->ret = device_plug(&plug->dev, 0, LARGE / HUGE);
	return NULL;
}

static void begin_by_ioctl(struct plug *plug)
{
	CHECK_EQ(device_ioctl(plug->dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(pthread_create(&plug->thread, NULL, plug_all, plug), 0);
}

static int end_by_ioctl(struct plug *plug)
{
	pthread_join(plug->thread, NULL);
	return plug->ret;
}

static void begin_by_queue(struct plug *plug)
{
	struct guest *guest = &plug->guest;
	struct virtio_mem_req req = {
		.type = VIRTIO_MEM_REQ_PLUG,
		.u.plug = { .addr = GUEST_ADDR, .nb_blocks = LARGE / HUGE },
	};
	struct guest_buffer buffers[2] = {
		{ .len = sizeof(req) },
		{ .len = sizeof(struct virtio_mem_resp), .in = true },
	};

	guest_init(guest, &plug->dev, 16, 0);
	guest_setup(guest);
	CHECK_EQ(guest_start(guest), 0);
	for (int i = 0; i < 2; i++)
		buffers[i].addr = guest_alloc(guest, buffers[i].len);
	memcpy(guest_at(guest, buffers[0].addr), &req, sizeof(req));
	memset(guest_at(guest, buffers[1].addr), 0xcc, buffers[1].len);
	plug->response = buffers[1].addr;
	guest_add(guest, buffers, 2, false);
	guest_kick(guest);
}

/* Its response. */
static int end_by_queue(struct plug *plug)
{
	struct virtio_mem_resp *resp;
	struct vring_used_elem elem;

	CHECK_EQ(guest_wait(&plug->guest, &elem), 0);
	resp = guest_at(&plug->guest, plug->response);
	return resp->type;
}

/* --- the VMM is killed --- */

/* With @then, it calls that while the request is under way. */
static void vmm(void (*begin)(struct plug *plug), int send_to,
		void (*then)(struct plug *plug))
{
	static struct plug plug;

	cgroup_enter(&cgroup);
	plug.dev = large_device();
	if (send_to >= 0)
		send_fd(send_to, plug.dev.fd);
	begin(&plug);
	if (then) {
		wait_until_begun();
		then(&plug);
	}
	for (;;)
		pause();
}

static void kill_vmm(pid_t pid)
{
	time_t end = time(NULL) + HANGS;
	int status;

	wait_until_begun();
	CHECK_EQ(kill(pid, SIGKILL), 0);
	while (waitpid(pid, &status, WNOHANG) != pid) {
		look_at_shmem();
		CHECK(time(NULL) < end);
		usleep(1000);
	}
	CHECK(WIFSIGNALED(status));
}

static void no_regions_before(time_t end)
{
	while (genl_count_regions()) {
		look_at_shmem();
		CHECK(time(NULL) < end);
		usleep(1000);
	}
}

static void killed(void (*begin)(struct plug *plug),
		   void (*then)(struct plug *plug))
{
	time_t end = time(NULL) + HANGS;
	pid_t pid;

	need_memory();
	pid = fork();
	if (!pid)
		vmm(begin, -1, then);
	if (then) {
		wait_until_begun();
		/* It is to wait by then; if it does not yet, the test shows less. */
		usleep(20000);
	}
	kill_vmm(pid);
	no_regions_before(end);
	check_interrupted();
	check_all_is_free();
}

TEST(killed_while_it_plugs_by_ioctl)
{
	killed(begin_by_ioctl, NULL);
}

TEST(killed_while_its_guest_plugs)
{
	killed(begin_by_queue, NULL);
}

static void fetch(struct plug *plug)
{
	struct vhost_mem_pending pending;

	confirm_fetch(plug->dev.fd, &pending);
}

static void confirm(struct plug *plug)
{
	confirm_apply(plug->dev.fd, 1, VHOST_MEM_CONFIRM_DONE);
}

/* Both wait for the worker that serves the request: it must not be forever. */
TEST(killed_while_it_fetches_and_its_guest_plugs)
{
	killed(begin_by_queue, fetch);
}

TEST(killed_while_it_confirms_and_its_guest_plugs)
{
	killed(begin_by_queue, confirm);
}

static uint32_t region_id(int fd)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_CONFIG, &arg), 0);
	return arg.id;
}

/* Nobody acts for the guest any more, but the device is still open. */
TEST(killed_while_its_guest_plugs_and_another_has_the_file)
{
	time_t end = time(NULL) + HANGS;
	int sockets[2], fd;
	pid_t pid;

	need_memory();
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	pid = fork();
	if (!pid)
		vmm(begin_by_queue, sockets[1], NULL);
	fd = receive_fd(sockets[0]);
	kill_vmm(pid);
	while (genl_value(region_id(fd), VHOST_MEM_A_REGION_STATE) !=
	       VHOST_MEM_STATE_ORPHANED) {
		look_at_shmem();
		CHECK(time(NULL) < end);
		usleep(1000);
	}
	check_interrupted();
	check_all_is_free();
	while (device_config(fd).plugged_size) {
		CHECK(time(NULL) < end);
		usleep(1000);
	}
}

/* --- the VMM changes its mind --- */

static int freeze(struct plug *plug)
{
	return device_set(plug->dev.fd, VHOST_MEM_SET_FROZEN, 1);
}

static int reset(struct plug *plug)
{
	return device_set(plug->dev.fd, VHOST_MEM_SYSTEM_RESET, 0);
}

static int stop(struct plug *plug)
{
	return device_set(plug->dev.fd, VHOST_MEM_SET_RUNNING, 0);
}

static int ask_to_confirm(struct plug *plug)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	CHECK(fd >= 0);
	return confirm_set(plug->dev.fd, fd, 1000);
}

static int request_less(struct plug *plug)
{
	struct genl nl;
	int ret;

	CHECK_EQ(genl_open(&nl), 0);
	ret = genl_set(&nl, plug->dev.id, BEGUN, NULL);
	close(nl.fd);
	return ret;
}

static void interrupted(bool by_queue, int (*by)(struct plug *plug),
			int expected)
{
	static struct plug plug;

	need_memory();
	cgroup_enter(&cgroup);
	plug.dev = large_device();
	(by_queue ? begin_by_queue : begin_by_ioctl)(&plug);
	wait_until_begun();
	CHECK_EQ(by(&plug), 0);
	CHECK_EQ((by_queue ? end_by_queue : end_by_ioctl)(&plug), expected);
	check_interrupted();
	/* Nothing has changed. */
	CHECK_EQ(device_config(plug.dev.fd).plugged_size, 0);
	CHECK_EQ(device_count_plugged(&plug.dev), 0);
	CHECK_UNPLUGGED(&plug.dev, plug.dev.mem);
	CHECK_EQ(genl_value(plug.dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	check_all_is_free();
	/* And it goes on as ever. */
	CHECK_EQ(device_set(plug.dev.fd, VHOST_MEM_SET_FROZEN, 0), 0);
	CHECK_EQ(device_set(plug.dev.fd, VHOST_MEM_SET_RUNNING, 0), 0);
	CHECK_EQ(device_plug(&plug.dev, 0, 2), 0);
	CHECK_WRITES(plug.dev.mem, 1);
}

TEST(frozen_while_its_guest_plugs)
{
	interrupted(true, freeze, VIRTIO_MEM_RESP_BUSY);
}

TEST(asked_to_confirm_while_its_guest_plugs)
{
	interrupted(true, ask_to_confirm, VIRTIO_MEM_RESP_BUSY);
}

TEST(reset_while_its_guest_plugs)
{
	interrupted(true, reset, VIRTIO_MEM_RESP_BUSY);
}

TEST(stopped_while_its_guest_plugs)
{
	interrupted(true, stop, VIRTIO_MEM_RESP_BUSY);
}

TEST(less_is_requested_while_it_plugs_by_ioctl)
{
	interrupted(false, request_less, -ENOSPC);
}

TEST(less_is_requested_while_its_guest_plugs)
{
	interrupted(true, request_less, VIRTIO_MEM_RESP_NACK);
}

TEST(closed_while_its_guest_plugs)
{
	time_t end = time(NULL) + HANGS;
	static struct plug plug;

	need_memory();
	cgroup_enter(&cgroup);
	plug.dev = large_device();
	begin_by_queue(&plug);
	wait_until_begun();
	device_close(&plug.dev);
	no_regions_before(end);
	check_interrupted();
	check_all_is_free();
}

/* --- others meanwhile --- */

#define WIDE (512 * MiB)
#define WIDE_BLOCK (4 * MiB)
#define LAST (WIDE / WIDE_BLOCK - 1)
#define UNPLUGS 4
/* Faults in that time: a fraction of what is usual, and many times none. */
#define ENOUGH 100

struct faulting {
	unsigned char *at;
	atomic_bool stop;
	atomic_ulong faults;
};

static void *fault_in_a_loop(void *arg)
{
	struct faulting *f = arg;

	while (!atomic_load(&f->stop)) {
		CHECK_EQ(madvise(f->at, PAGE, MADV_DONTNEED), 0);
		CHECK_READS(f->at, 0x77);
		atomic_fetch_add(&f->faults, 1);
	}
	return NULL;
}

/*
 * A range of small pages is looked through from its beginning, and the last page
 * cannot go. All the while there are faults in a block that is not concerned.
 */
TEST(faults_go_on_during_a_long_unplug)
{
	struct device dev = device_new(WIDE, WIDE_BLOCK, 0);
	struct faulting f = { .at = dev.mem + LAST * WIDE_BLOCK };
	unsigned long before, during = 0;
	pthread_t thread;
	int held;

	CHECK_EQ(device_plug(&dev, 0, LAST + 1), 0);
	CHECK_EQ(madvise(dev.mem, WIDE, MADV_NOHUGEPAGE), 0);
	if (madvise(dev.mem, WIDE, MADV_POPULATE_WRITE))
		ktap_skip("populate: %s", strerror(errno));
	CHECK_WRITES(f.at, 0x77);
	held = pin_memory(f.at - PAGE, PAGE);
	if (held < 0)
		ktap_skip("nothing can be pinned");
	CHECK_EQ(pthread_create(&thread, NULL, fault_in_a_loop, &f), 0);
	for (int i = 0; i < UNPLUGS; i++) {
		before = atomic_load(&f.faults);
		CHECK_EQ(device_unplug(&dev, 0, LAST), -EBUSY);
		during += atomic_load(&f.faults) - before;
	}
	atomic_store(&f.stop, true);
	pthread_join(thread, NULL);
	ktap_say("%lu faults during %d unplugs of %llu MiB", during, UNPLUGS,
		 WIDE / MiB);
	CHECK(during >= ENOUGH);
	close(held);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of processes, and everything else that can be full: each is a clean
 * error that changes nothing, and the same call succeeds when there is room.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "exhaust.h"
#include "genl.h"
#include "state.h"
#include "vring.h"

#define NOBODY 65534
#define SIZE (64 * MiB)

static void limit(int resource, rlim_t value)
{
	struct rlimit rlimit;

	CHECK_EQ(getrlimit(resource, &rlimit), 0);
	rlimit.rlim_cur = value;
	CHECK_EQ(setrlimit(resource, &rlimit), 0);
}

static void limit_lift(int resource)
{
	struct rlimit rlimit;

	CHECK_EQ(getrlimit(resource, &rlimit), 0);
	rlimit.rlim_cur = rlimit.rlim_max;
	CHECK_EQ(setrlimit(resource, &rlimit), 0);
}

/* Limits that root is not subject to. Its processes stay in its cgroup. */
static void become_nobody(void)
{
	CHECK_EQ(setgroups(0, NULL), 0);
	CHECK_EQ(setresgid(NOBODY, NOBODY, NOBODY), 0);
	CHECK_EQ(setresuid(NOBODY, NOBODY, NOBODY), 0);
}

static void sysctl_set(const char *path, unsigned long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", value);
	CHECK_EQ(write_file(path, text), 0);
}

static unsigned long sysctl_get(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long value;

	CHECK(file);
	CHECK_EQ(fscanf(file, "%lu", &value), 1);
	fclose(file);
	return value;
}

/* --- descriptors --- */

static int try_open(void)
{
	int fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

TEST(no_more_descriptors)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct state before;
	int fd, other;

	state_init();
	state_take(&before, dev.fd);
	/* The next descriptor is the first that cannot be opened. */
	fd = dup(dev.fd);
	close(fd);
	limit(RLIMIT_NOFILE, fd);
	CHECK_EQ(try_open(), -EMFILE);
	/* Calls that need no descriptor work. */
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_EQ(device_unplug(&dev, 0, 1), 0);
	limit_lift(RLIMIT_NOFILE);
	CHECK_STATE(dev.fd, &before);

	other = try_open();
	CHECK(other >= 0);
	limit(RLIMIT_NOFILE, other + 1);
	CHECK_EQ(device_create(other, SIZE, HUGE, 0, "", NULL), 0);
	CHECK(device_map(other, SIZE));
}

/* Used in place of an eventfd that could not be created. */
TEST(bad_descriptors)
{
	static const unsigned long vring[] = {
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL,
		VHOST_SET_VRING_ERR,
	};
	struct device dev = device_new(SIZE, HUGE, 0);
	struct vhost_mem_fd config = { .size = sizeof(config) };
	struct vhost_vring_file file = { .index = 0 };
	struct state before;
	struct guest guest;
	int none[2];

	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	state_init();
	state_take(&before, dev.fd);
	none[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	none[0] = dup(dev.fd);
	close(none[0]);
	for (int i = 0; i < 2; i++) {
		int error = i ? -EINVAL : -EBADF;

		file.fd = config.fd = none[i];
		for (int j = 0; j < 3; j++) {
			ktap_context("%s, ioctl %d", i ? "no eventfd" :
				     "no descriptor", j);
			CHECK_EQ(device_ioctl(dev.fd, vring[j], &file), error);
		}
		CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIG_CALL,
				      &config), error);
	}
	CHECK_STATE(dev.fd, &before);
	/* Those that were there before are still in use. */
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_wait_fd(guest.config, 10000), 0);
}

static int create_as_nobody(void *arg)
{
	struct device *dev = arg;

	become_nobody();
	return -device_create(dev->fd, SIZE, HUGE, 0, "", NULL);
}

/* A region is a file, too, of which the host may have no more. */
TEST(no_more_files_on_the_host)
{
	static const char path[] = "/proc/sys/fs/file-max";
	unsigned long max = sysctl_get(path);
	struct device dev = { .fd = device_open() };
	struct state before;
	int ret;

	state_init();
	state_take(&before, dev.fd);
	sysctl_set(path, 0);
	ret = in_child(create_as_nobody, &dev);
	sysctl_set(path, max);
	CHECK_EQ(ret, ENFILE);
	CHECK_STATE(dev.fd, &before);
	CHECK_EQ(in_child(create_as_nobody, &dev), 0);
}

/* --- address space --- */

static void *try_map(int fd)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

TEST(no_more_address_space)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct state before;
	void *at;

	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	exhaust_fill(&dev, 0, 4 * HUGE);
	state_init();
	state_take(&before, dev.fd);
	limit(RLIMIT_AS, SIZE + SIZE / 2);
	at = try_map(dev.fd);
	CHECK(at == MAP_FAILED && errno == ENOMEM);
	limit_lift(RLIMIT_AS);
	CHECK_STATE(dev.fd, &before);
	exhaust_check(&dev, 0, 4 * HUGE);
	at = try_map(dev.fd);
	CHECK(at != MAP_FAILED);
	CHECK_READS(at, exhaust_value(0));
}

TEST(no_more_mappings)
{
	static const char path[] = "/proc/sys/vm/max_map_count";
	unsigned long max = sysctl_get(path);
	struct device dev = device_new(SIZE, HUGE, 0);
	struct state before;
	int failed, split;
	unsigned int i;
	void *at;

	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	exhaust_fill(&dev, 0, 4 * HUGE);
	state_init();
	state_take(&before, dev.fd);
	/* Enough for other processes that run. */
	sysctl_set(path, 1000);
	for (i = 0; i < 2000; i++) {
		/* No two of them can be merged. */
		at = mmap(NULL, PAGE, i % 2 ? PROT_NONE : PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED)
			break;
	}
	at = try_map(dev.fd);
	failed = at == MAP_FAILED ? errno : 0;
	split = munmap(dev.mem + HUGE, HUGE) ? errno : 0;
	sysctl_set(path, max);
	CHECK(i < 2000);
	CHECK_EQ(failed, ENOMEM);
	CHECK_EQ(split, ENOMEM);
	CHECK_STATE(dev.fd, &before);
	exhaust_check(&dev, 0, 4 * HUGE);
	CHECK_EQ(device_unplug(&dev, 1, 1), 0);
	CHECK_REFUSED(dev.mem + HUGE);
	at = try_map(dev.fd);
	CHECK(at != MAP_FAILED);
	CHECK_EQ(munmap(dev.mem + HUGE, HUGE), 0);
	CHECK_READS(at, exhaust_value(0));
}

/* --- limits that do not apply to a region --- */

/*
 * A region is no file that a process writes, and nothing of it is locked: a VMM
 * that may do neither works from the start to the end.
 */
TEST(neither_file_size_nor_locked_memory_limit_it)
{
	int fd[2] = { device_open(), device_open() };

	/* The limits are not root's. */
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_FSIZE, 0);
	become_nobody();
	for (int i = 0; i < 2; i++) {
		struct device dev = {
			.fd = fd[i],
			.size = SIZE,
			.block = HUGE,
			.flags = i ? VHOST_MEM_CREATE_PREALLOC : 0,
		};
		struct guest guest;

		CHECK_EQ(device_create(dev.fd, SIZE, HUGE, dev.flags, "",
				       &dev.id), 0);
		dev.mem = device_map(dev.fd, SIZE);
		CHECK(dev.mem);
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR),
			 0);
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE),
			 0);
		CHECK_EQ(device_plug(&dev, 0, 4), 0);
		exhaust_fill(&dev, 0, 4 * HUGE);
		guest_init(&guest, &dev, 16, 0);
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(guest_plug(&guest, 4, 4), VIRTIO_MEM_RESP_ACK);
		CHECK_EQ(guest_unplug(&guest, 0, 2), VIRTIO_MEM_RESP_ACK);
		exhaust_check(&dev, 2 * HUGE, 4 * HUGE);
		CHECK_EQ(guest_unplug_all(&guest), VIRTIO_MEM_RESP_ACK);
	}
}

/* --- processes --- */

static bool worker_is_a_thread(void)
{
	DIR *dir = opendir("/proc/self/task");
	char path[300], comm[32];
	struct dirent *entry;
	bool found = false;
	FILE *file;

	CHECK(dir);
	while (!found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		found = fgets(comm, sizeof(comm), file) &&
			!strncmp(comm, "vhost-", 6);
		fclose(file);
	}
	closedir(dir);
	return found;
}

static bool can_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0) {
		CHECK_EQ(errno, EAGAIN);
		return false;
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	return true;
}

/*
 * The worker is a thread of its owner, or (before 6.4) one of the kernel, which
 * is nobody's and so is not limited. What is limited fails, and then works.
 */
static void owner_without_worker(struct device *dev, void (*forbid)(void *arg),
				 void (*allow)(void *arg), void *arg)
{
	struct state before;
	struct guest guest;
	int ret;

	state_init();
	state_take(&before, dev->fd);
	forbid(arg);
	CHECK(!can_fork());
	ret = device_ioctl(dev->fd, VHOST_SET_OWNER, NULL);
	if (!ret) {
		CHECK(!worker_is_a_thread());
		ktap_skip("the worker is none of the owner's threads");
	}
	ktap_say("without a worker: %s", strerror(-ret));
	CHECK(ret == -EAGAIN || ret == -ENOMEM);
	CHECK_STATE(dev->fd, &before);
	/* There is still no owner. */
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_RUNNING, 1), -EPERM);
	allow(arg);
	CHECK(can_fork());
	guest_init(&guest, dev, 16, 0);
	CHECK(worker_is_a_thread());
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
}

static void pids_forbid(void *arg)
{
	cgroup_set(arg, "pids.max", 1);
}

static void pids_allow(void *arg)
{
	cgroup_set(arg, "pids.max", UINT64_MAX);
}

TEST(no_more_processes_in_the_cgroup)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct cgroup cgroup = cgroup_new("pids");

	cgroup_enter(&cgroup);
	owner_without_worker(&dev, pids_forbid, pids_allow, &cgroup);
}

static void nproc_forbid(void *arg)
{
	(void)arg;
	limit(RLIMIT_NPROC, 0);
}

static void nproc_allow(void *arg)
{
	(void)arg;
	limit_lift(RLIMIT_NPROC);
}

TEST(no_more_processes_of_the_user)
{
	struct device dev = device_new(SIZE, HUGE, 0);

	become_nobody();
	owner_without_worker(&dev, nproc_forbid, nproc_allow, NULL);
}

/* --- full queues --- */

/* A full eventfd cannot be signalled; nobody waits until it is read. */
TEST(full_eventfds_stop_nobody)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	uint64_t full = UINT64_MAX - 1;
	struct guest guest;

	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	/* As they are if nobody reads them, and writing would wait. */
	CHECK_EQ(fcntl(guest.call, F_SETFL, 0), 0);
	CHECK_EQ(fcntl(guest.config, F_SETFL, 0), 0);
	guest_wait_fd(guest.call, 0);
	guest_wait_fd(guest.config, 0);
	CHECK_EQ(write(guest.config, &full, sizeof(full)), sizeof(full));
	CHECK_EQ(write(guest.call, &full, sizeof(full)), sizeof(full));
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    SIZE - i * HUGE), 0);
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	}
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_unplug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_stop(&guest), 0);
}

/* A listener that never reads loses events; nobody waits for it. */
TEST(deaf_listener_stops_nobody)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct genl deaf, nl;
	struct genl_region event;
	struct guest guest;
	bool lost = false;
	int small = 1, ret;

	CHECK_EQ(genl_open(&deaf), 0);
	CHECK_EQ(setsockopt(deaf.fd, SOL_SOCKET, SO_RCVBUF, &small,
			    sizeof(small)), 0);
	CHECK_EQ(genl_listen(&deaf), 0);
	CHECK_EQ(genl_open(&nl), 0);
	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(genl_set(&nl, dev.id, (i % 8 + 8) * HUGE, NULL), 0);
		CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
		CHECK_EQ(guest_unplug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
		CHECK_REFUSED(dev.mem);
	}
	/* No job is left: that it ended would be an event, and one is all that fits. */
	CHECK_EQ(genl_set(&nl, dev.id, 0, NULL), 0);
	/* It is told that it has lost some, and hears of new ones after that. */
	do {
		ret = genl_event(&deaf, 1000, &event);
		lost |= ret == -ENOBUFS;
	} while (ret != -ETIMEDOUT);
	CHECK(lost);
	CHECK_EQ(genl_set(&nl, dev.id, HUGE, NULL), 0);
	CHECK_EQ(genl_event(&deaf, 10000, &event), 0);
	CHECK_EQ(event.cmd, VHOST_MEM_CMD_REGION_RESIZED_NTF);
	CHECK_EQ(event.value[VHOST_MEM_A_REGION_REQUESTED_SIZE], HUGE);
}

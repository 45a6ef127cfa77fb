// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM is replaced: another process gets the open file, and with it the region,
 * its blocks and their contents.
 *
 * tier: quick
 */
#include <endian.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "cgroup.h"
#include "device.h"
#include "genl.h"
#include "passfd.h"
#include "vring.h"

#define ACK VIRTIO_MEM_RESP_ACK
#define SIZE (64 * HUGE)

static struct cgroup vmm_cgroup;

static int reset_owner(int fd)
{
	return device_ioctl(fd, VHOST_RESET_OWNER, NULL);
}

static uint32_t region_id(int fd)
{
	struct vhost_mem_config arg = { .size = sizeof(arg) };

	CHECK_EQ(device_ioctl(fd, VHOST_MEM_GET_CONFIG, &arg), 0);
	return arg.id;
}

/* The end of the owner is noticed a moment later. */
static void becomes_orphaned(int fd)
{
	genl_becomes(region_id(fd), VHOST_MEM_A_REGION_STATE,
		     VHOST_MEM_STATE_ORPHANED);
}

/* The first VMM: its guest plugs and writes; then it hands the file over. */
struct first {
	int socket;
	bool reset;	/* in good order */
	uint32_t flags;
};

static int run_first(void *arg)
{
	struct first *first = arg;
	struct device dev = device_new(SIZE, HUGE, first->flags);
	struct guest guest;

	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 1, 2), ACK);
	CHECK_EQ(guest_plug(&guest, 9, 1), ACK);
	for (unsigned int i = 0; i < 3; i++)
		CHECK_WRITES(dev.mem + (i < 2 ? i + 1 : 9) * HUGE + i, 0x50 + i);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 8 * HUGE), 0);
	if (first->reset)
		CHECK_EQ(reset_owner(dev.fd), 0);
	send_fd(first->socket, dev.fd);
	if (!first->reset)
		raise(SIGKILL);
	return 0;
}

/* The second one finds everything as it was, and its guest goes on. */
static void check_second(int fd)
{
	struct device dev = { .fd = fd, .size = SIZE, .block = HUGE };
	struct guest guest;

	dev.mem = device_map(fd, SIZE);
	CHECK_EQ(device_config(fd).plugged_size, 3 * HUGE);
	CHECK_EQ(device_config(fd).requested_size, 8 * HUGE);
	CHECK_EQ(le64toh(device_config(fd).addr), GUEST_ADDR);
	for (unsigned int i = 0; i < 3; i++)
		CHECK_READS(dev.mem + (i < 2 ? i + 1 : 9) * HUGE + i, 0x50 + i);
	CHECK_REFUSED(dev.mem);
	CHECK_REFUSED(dev.mem + 3 * HUGE);

	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_state(&guest, 1, 2), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(guest_plug(&guest, 3, 5), ACK);
	CHECK_EQ(guest_unplug(&guest, 1, 1), ACK);
	CHECK_REFUSED(dev.mem + HUGE);
	CHECK_READS(dev.mem + 2 * HUGE + 1, 0x51);
}

TEST(a_file_handed_over_keeps_its_blocks)
{
	int sockets[2];
	struct first first = { .reset = true };

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	first.socket = sockets[1];
	CHECK_EQ(in_child(run_first, &first), 0);
	check_second(receive_fd(sockets[0]));
}

TEST(a_dead_owner_can_be_replaced)
{
	int sockets[2];
	struct first first = { .flags = VHOST_MEM_CREATE_KEEP };
	int fd;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	first.socket = sockets[1];
	CHECK_EQ(in_child(run_first, &first), -SIGKILL);
	fd = receive_fd(sockets[0]);
	becomes_orphaned(fd);
	/* Repeating it changes nothing. */
	CHECK_EQ(reset_owner(fd), 0);
	check_second(fd);
}

/* The region was created without VHOST_MEM_CREATE_KEEP. */
TEST(memory_of_a_dead_owner_is_unplugged)
{
	struct first first = { .flags = 0 };
	unsigned char *mem;
	struct device dev;
	int sockets[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	first.socket = sockets[1];
	CHECK_EQ(in_child(run_first, &first), -SIGKILL);
	dev = (struct device){
		.fd = receive_fd(sockets[0]), .size = SIZE, .block = HUGE,
	};
	mem = device_map(dev.fd, SIZE);
	CHECK(mem);
	becomes_orphaned(dev.fd);
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_EQ(genl_value(region_id(dev.fd), VHOST_MEM_A_REGION_BACKED_SIZE),
		 0);
	for (unsigned int i = 0; i < 12; i++)
		CHECK_REFUSED(mem + i * HUGE);

	/* A process that has the file can start again. */
	CHECK_EQ(device_plug(&dev, 0, 2), 0);
	CHECK_READS(mem + HUGE, 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(genl_value(region_id(dev.fd), VHOST_MEM_A_REGION_STATE),
		 VHOST_MEM_STATE_STOPPED);
	CHECK(device_plugged(&dev, 1));
}

/* A VMM with other memory, too, and threads. */
#define OTHER_MEMORY (128 * MiB)

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int run_large(void *arg)
{
	struct first *first = arg;
	struct device dev;
	struct guest guest;
	pthread_t thread;
	char *other;

	cgroup_enter(&vmm_cgroup);
	dev = device_new(SIZE, HUGE, first->flags);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	other = mmap(NULL, OTHER_MEMORY, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(other != MAP_FAILED);
	memset(other, 1, OTHER_MEMORY);
	CHECK_EQ(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
	send_fd(first->socket, dev.fd);
	raise(SIGKILL);
	return 0;
}

/*
 * A supervisor opens the device and hands it to the VMM. That it still has it when
 * the VMM has been killed does not keep the VMM's memory.
 */
TEST(memory_of_a_dead_owner_is_free)
{
	for (int keep = 0; keep < 2; keep++) {
		struct first first = { .flags = keep * VHOST_MEM_CREATE_KEEP };
		int sockets[2], fd;
		uint64_t used;
		time_t end;

		CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
		first.socket = sockets[1];
		vmm_cgroup = cgroup_new(keep ? "keep" : "vmm");
		CHECK_EQ(in_child(run_large, &first), -SIGKILL);
		fd = receive_fd(sockets[0]);
		/* From here on: to touch all that memory takes a debug kernel long. */
		end = time(NULL) + 60;
		do {
			used = cgroup_get(&vmm_cgroup, "memory.current", NULL);
			if (used < OTHER_MEMORY / 2)
				break;
			usleep(10000);
		} while (time(NULL) < end);
		CHECK(used < OTHER_MEMORY / 2);
		becomes_orphaned(fd);
		close(fd);
		close(sockets[0]);
		close(sockets[1]);
	}
}

/* Its last thread has not ended yet: somebody acts for it. */
static void *outlive_leader(void *arg)
{
	struct device *dev = arg;

	sleep(2);
	CHECK_EQ(device_config(dev->fd).plugged_size, HUGE);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_STATE),
		 VHOST_MEM_STATE_STOPPED);
	CHECK_EQ(device_unplug(dev, 0, 1), 0);
	_exit(42);
	return NULL;
}

static int run_leader_ends(void *arg)
{
	static struct device dev;
	pthread_t thread;

	(void)arg;
	dev = device_new(SIZE, HUGE, 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_EQ(pthread_create(&thread, NULL, outlive_leader, &dev), 0);
	/* Only this thread. */
	syscall(SYS_exit, 0);
	return 1;
}

TEST(owner_lives_while_a_thread_of_it_does)
{
	CHECK_EQ(in_child(run_leader_ends, NULL), 42);
}

static int try_reset(void *fd)
{
	return -reset_owner(*(int *)fd);
}

static int reset_and_own(void *fd)
{
	if (reset_owner(*(int *)fd))
		return 1;
	return device_ioctl(*(int *)fd, VHOST_SET_OWNER, NULL) ? 2 : 0;
}

TEST(a_living_owner_cannot_be_replaced)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct guest guest;

	/* Nobody is the owner: nothing to reset. */
	CHECK_EQ(reset_owner(dev.fd), -EPERM);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(in_child(try_reset, &dev.fd), EPERM);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);

	/* The owner can give up; then another one can be the owner, and die, too. */
	CHECK_EQ(reset_owner(dev.fd), 0);
	CHECK_EQ(reset_owner(dev.fd), -EPERM);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK_EQ(reset_owner(dev.fd), 0);
	CHECK_EQ(in_child(reset_and_own, &dev.fd), 1);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_OWNER, NULL), 0);
	CHECK(device_plugged(&dev, 0));
}

/* What has got the open file only to map the region: a vhost-user process. */
static int run_mapper(void *arg)
{
	struct device *dev = arg;
	uint64_t features = FEATURES_INACCESSIBLE, map;
	struct vhost_mem_fd call = { .size = sizeof(call), .fd = -1 };

	CHECK_READS(device_map(dev->fd, SIZE), 0x77);
	CHECK_EQ(device_config(dev->fd).plugged_size, HUGE);
	CHECK_EQ(device_block_map(dev->fd, VHOST_MEM_GET_BLOCK_MAP, 0, 1, &map), 0);
	CHECK_EQ(map, 1);

	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_REQUESTED_SIZE, 0), -EPERM);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), -EPERM);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_RUNNING, 0), -EPERM);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_FROZEN, 1), -EPERM);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_USABLE_SIZE, SIZE), -EPERM);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), -EPERM);
	CHECK_EQ(device_ioctl(dev->fd, VHOST_MEM_SET_CONFIG_CALL, &call), -EPERM);
	CHECK_EQ(device_plug(dev, 1, 1), -EPERM);
	CHECK_EQ(device_unplug(dev, 0, 1), -EPERM);
	CHECK_EQ(device_block_map(dev->fd, VHOST_MEM_SET_BLOCK_MAP, 0, 1, &map),
		 -EPERM);
	CHECK_EQ(device_ioctl(dev->fd, VHOST_SET_FEATURES, &features), -EPERM);
	CHECK_EQ(reset_owner(dev->fd), -EPERM);
	return 0;
}

TEST(who_only_maps_can_change_nothing)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct guest guest;

	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_WRITES(dev.mem, 0x77);
	CHECK_EQ(in_child(run_mapper, &dev), 0);
	CHECK_EQ(device_config(dev.fd).requested_size, SIZE);
	CHECK_EQ(device_count_plugged(&dev), 1);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
}

/* The queue was resting after BUSY: it is not at rest for the next owner. */
TEST(no_rest_is_handed_over)
{
	struct device dev = device_new(SIZE, HUGE, 0);
	struct guest guest;

	for (int i = 0; i < 20; i++) {
		guest_init(&guest, &dev, 64, 0);
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_FROZEN, 1), 0);
		CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_BUSY);
		CHECK_EQ(reset_owner(dev.fd), 0);
		guest_free(&guest);
	}
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

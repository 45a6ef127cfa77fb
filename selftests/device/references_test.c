// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of a region that are referenced by something else than a mapping: pins, pipes,
 * sockets, copies under way. A VMM never holds more memory than is requested, whatever
 * it does.
 *
 *  - UNPLUG of such a block fails (EBUSY, BUSY), and changes nothing;
 *  - a reset or close() cannot be refused, and unplugs it; then its size reduces what
 *    can be plugged until it is free.
 *
 * tier: full
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "cgroup.h"
#include "genl.h"
#include "reference.h"
#include "vring.h"

#define NR_BLOCKS 16
/* Rounds of a loop that would get hold of one more block in each. */
#define ROUNDS 40
/* What is charged besides: pipes, page tables, what CPUs have in stock. */
#define SLACK (12 * MiB)
/* Seconds until what was let go has to be free; it takes one or two. */
#define PATIENCE 30

static const uint64_t blocks[] = { 4 * KiB, 64 * KiB, 2 * MiB };

static struct device new_device(uint64_t block, uint32_t flags)
{
	struct device dev = device_new(NR_BLOCKS * block, block, flags);

	madvise(dev.mem, dev.size, MADV_HUGEPAGE);
	return dev;
}

/* false: this kernel cannot hold on to such memory in this way. */
static bool hold(struct reference *ref, enum reference_kind kind,
		 struct device *dev, uint64_t block)
{
	int ret = reference_take(ref, kind, dev->mem + block * dev->block, PAGE);

	/* Where writes are tracked, newer kernels make no long pins. */
	if (ret == -ENOSYS || (ret == -EFAULT && kind == REFERENCE_PIN &&
			       dev->flags & VHOST_MEM_CREATE_READABLE))
		return false;
	CHECK_EQ(ret, 0);
	return true;
}

static void say_kind(const struct device *dev, int kind)
{
	ktap_context("%s, blocks of %llu KiB%s", reference_names[kind],
		     (unsigned long long)dev->block / KiB,
		     dev->flags ? ", readable" : "");
}

/* Each way to hold on to each kind of block; how many of them there are. */
static void each_reference(void (*fn)(struct device *dev,
				      enum reference_kind kind))
{
	for (int i = 0; i < 6; i++) {
		for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
			struct device dev;

			dev = new_device(blocks[i % 3],
					 i / 3 * VHOST_MEM_CREATE_READABLE);
			say_kind(&dev, kind);
			fn(&dev, kind);
			device_close(&dev);
		}
	}
}

static void check_unplug_refused(struct device *dev, enum reference_kind kind)
{
	unsigned char *mem = dev->mem;
	struct reference ref;

	CHECK_EQ(device_plug(dev, 0, 4), 0);
	for (uint64_t i = 0; i < 4; i++)
		CHECK_WRITES(mem + i * dev->block, 0x30 + i);
	if (!hold(&ref, kind, dev, 2))
		return;
	CHECK_EQ(device_unplug(dev, 2, 1), -EBUSY);
	/* All or nothing. */
	CHECK_EQ(device_unplug(dev, 1, 3), -EBUSY);
	CHECK_EQ(device_config(dev->fd).plugged_size, 4 * dev->block);
	for (uint64_t i = 0; i < 4; i++) {
		CHECK(device_plugged(dev, i));
		CHECK_READS(mem + i * dev->block, 0x30 + i);
		CHECK_WRITES(mem + (i + 1) * dev->block - 1, 1);
	}
	/* Others are not concerned. */
	CHECK_EQ(device_unplug(dev, 0, 2), 0);
	CHECK_UNPLUGGED(dev, mem);
	CHECK_READS(mem + 2 * dev->block, 0x32);
	reference_drop(&ref);
	CHECK_EQ(device_soon(device_unplug, dev, 2, 2), 0);
	CHECK_UNPLUGGED(dev, mem + 2 * dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
}

TEST(unplug_is_refused_while_a_page_is_held)
{
	each_reference(check_unplug_refused);
}

static void check_guest_is_told_busy(struct device *dev,
				     enum reference_kind kind)
{
	struct reference ref;
	struct guest guest;
	int ret;

	guest_init(&guest, dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 4), VIRTIO_MEM_RESP_ACK);
	CHECK_WRITES(dev->mem + 3 * dev->block, 0x33);
	if (hold(&ref, kind, dev, 3)) {
		CHECK_EQ(guest_unplug(&guest, 2, 2), VIRTIO_MEM_RESP_BUSY);
		CHECK_EQ(guest_unplug_all(&guest), VIRTIO_MEM_RESP_BUSY);
		CHECK_EQ(guest_state(&guest, 0, 4), VIRTIO_MEM_STATE_PLUGGED);
		CHECK_READS(dev->mem + 3 * dev->block, 0x33);
		reference_drop(&ref);
		for (int i = 0; i < 100; i++) {
			ret = guest_unplug_all(&guest);
			if (ret != VIRTIO_MEM_RESP_BUSY)
				break;
			usleep(10000);
		}
		CHECK_EQ(ret, VIRTIO_MEM_RESP_ACK);
		CHECK_EQ(device_count_plugged(dev), 0);
	}
	guest_free(&guest);
}

TEST(guest_is_told_busy_while_a_page_is_held)
{
	for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
		struct device dev = new_device(kind % 2 ? HUGE : PAGE, 0);

		ktap_context("%s", reference_names[kind]);
		check_guest_is_told_busy(&dev, kind);
		device_close(&dev);
	}
}

static int hold_until_told(void *arg)
{
	struct device *dev = arg;
	struct reference ref;
	char byte;

	CHECK_EQ(reference_take(&ref, REFERENCE_PIPE, dev->mem, PAGE), 0);
	CHECK_EQ(write(STDERR_FILENO, "", 1), 1);
	return read(STDIN_FILENO, &byte, 1);
}

/* The mapping, or what it was used for, is another process's. */
TEST(unplug_is_refused_while_a_child_holds_a_page)
{
	struct device dev = new_device(HUGE, 0);
	int to_child[2], from_child[2], status;
	char byte;
	pid_t pid;

	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_WRITES(dev.mem, 1);
	CHECK_EQ(pipe(to_child), 0);
	CHECK_EQ(pipe(from_child), 0);
	pid = fork();
	if (!pid) {
		dup2(to_child[0], STDIN_FILENO);
		dup2(from_child[1], STDERR_FILENO);
		close(to_child[1]);
		_exit(hold_until_told(&dev));
	}
	close(from_child[1]);
	CHECK_EQ(read(from_child[0], &byte, 1), 1);
	CHECK_EQ(device_unplug(&dev, 0, 1), -EBUSY);
	CHECK_READS(dev.mem, 1);
	close(to_child[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(device_soon(device_unplug, &dev, 0, 1), 0);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		ktap_skip("no CPU %d", cpu);
}

/* What the kernel itself keeps of a page that was just touched is no reference. */
TEST(fresh_memory_is_unplugged_at_once)
{
	for (int i = 0; i < 60; i++) {
		struct device dev = new_device(blocks[i % 3], 0);

		CHECK_EQ(device_plug(&dev, 0, 8), 0);
		run_on(0);
		for (uint64_t n = 0; n < 8; n++)
			CHECK_WRITES(dev.mem + n * dev.block, 1);
		run_on(i / 3 % 2);
		CHECK_EQ(device_unplug(&dev, 0, 4), 0);
		CHECK_EQ(device_unplug(&dev, 4, 4), 0);
		device_close(&dev);
	}
}

/* --- how much memory can be got hold of --- */

static uint64_t charged(const struct cgroup *cgroup)
{
	return cgroup_get(cgroup, "memory.current", NULL);
}

/* One block is requested; there is a whole one more while one is exchanged. */
static void check_bounded(const struct cgroup *cgroup, uint64_t before)
{
	uint64_t now = charged(cgroup);

	if (now > before + 2 * HUGE + SLACK) {
		ktap_say("%llu MiB are held, 2 MiB requested",
			 (unsigned long long)(now - before) / MiB);
		ktap_fail();
	}
}

/* Two means to be a block of huge pages: asked for, or allocated at once. */
static struct device one_block_requested(int prealloc)
{
	struct device dev = new_device(HUGE, prealloc ?
				       VHOST_MEM_CREATE_PREALLOC : 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, HUGE), 0);
	return dev;
}

/* Every page of a block, so that it holds all of it also without huge pages. */
static int hold_block(struct reference *ref, struct device *dev, uint64_t block)
{
	return reference_take(ref, REFERENCE_PIPE, dev->mem + block * HUGE,
			      HUGE);
}

static void loop_of_unplugs(struct cgroup *cgroup, struct device *dev)
{
	uint64_t before = charged(cgroup);
	struct reference refs[ROUNDS];
	int ret;

	for (int i = 0; i < ROUNDS; i++) {
		/* What could not be unplugged still is plugged. */
		if (!device_plugged(dev, 0))
			CHECK_EQ(device_plug(dev, 0, 1), 0);
		memset(dev->mem, i, HUGE);
		CHECK_EQ(hold_block(&refs[i], dev, 0), 0);
		ret = device_unplug(dev, 0, 1);
		CHECK(!ret || ret == -EBUSY);
		check_bounded(cgroup, before);
	}
	for (int i = 0; i < ROUNDS; i++)
		reference_drop(&refs[i]);
	CHECK_EQ(device_soon(device_unplug, dev, 0, 1), 0);
}

TEST(unplug_in_a_loop_gives_no_more_memory)
{
	struct cgroup cgroup = cgroup_new("references");

	cgroup_enter(&cgroup);
	for (int prealloc = 0; prealloc < 2; prealloc++) {
		struct device dev = one_block_requested(prealloc);

		loop_of_unplugs(&cgroup, &dev);
		device_close(&dev);
	}
}

/* A reset unplugs it all the same; but then nothing can be plugged. */
static void loop_of_resets(struct cgroup *cgroup, struct device *dev)
{
	uint64_t before = charged(cgroup);
	struct reference refs[ROUNDS];
	int ret, nr = 0;

	for (int i = 0; i < ROUNDS; i++) {
		ret = device_plug(dev, i % NR_BLOCKS, 1);
		if (ret == -EBUSY && i)
			continue;
		CHECK_EQ(ret, 0);
		memset(dev->mem + i % NR_BLOCKS * HUGE, i, HUGE);
		CHECK_EQ(hold_block(&refs[nr++], dev, i % NR_BLOCKS), 0);
		CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
		CHECK_EQ(device_count_plugged(dev), 0);
		CHECK_UNPLUGGED(dev, dev->mem + i % NR_BLOCKS * HUGE);
		check_bounded(cgroup, before);
	}
	CHECK_EQ(nr, 1);
	while (nr)
		reference_drop(&refs[--nr]);
	CHECK_EQ(device_soon(device_plug, dev, 0, 1), 0);
	CHECK_READS(dev->mem, 0);
}

TEST(resets_in_a_loop_give_no_more_memory)
{
	struct cgroup cgroup = cgroup_new("references");

	cgroup_enter(&cgroup);
	for (int prealloc = 0; prealloc < 2; prealloc++) {
		struct device dev = one_block_requested(prealloc);

		loop_of_resets(&cgroup, &dev);
		device_close(&dev);
	}
}

/* The guest plugs: it is told that it is not for now, and told when it is. */
TEST(guest_cannot_plug_beside_what_is_still_held)
{
	struct device dev = one_block_requested(false);
	struct reference ref;
	struct guest guest;
	uint64_t generation;

	guest_init(&guest, &dev, 16, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	memset(dev.mem, 0x5a, HUGE);
	CHECK_EQ(hold_block(&ref, &dev, 0), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	guest_restart(&guest);
	generation = device_generation(dev.fd);
	CHECK_EQ(guest_plug(&guest, 1, 1), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(device_count_plugged(&dev), 0);
	reference_drop(&ref);
	guest_wait_config_change(&guest, &generation);
	for (int i = 0; i < 100 * PATIENCE; i++) {
		if (guest_plug(&guest, 1, 1) == VIRTIO_MEM_RESP_ACK)
			break;
		usleep(10000);
	}
	CHECK(device_plugged(&dev, 1));
	CHECK_READS(dev.mem + HUGE, 0);
	guest_free(&guest);
}

/*
 * A region of which something is referenced. To let go of pages that were taken from
 * their region takes seconds: so one of each kind at the same time.
 */
struct held {
	struct device dev;
	struct reference ref;
	bool there;
};

/* A block that is still held: not plugged, and not accessible. false: it cannot be. */
static bool check_held_block(struct device *dev, enum reference_kind kind,
			     struct reference *ref)
{
	CHECK_EQ(device_plug(dev, 0, 3), 0);
	for (uint64_t i = 0; i < 3; i++)
		memset(dev->mem + i * dev->block, 0x5a, dev->block);
	if (!hold(ref, kind, dev, 1))
		return false;
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(device_count_plugged(dev), 0);
	CHECK_EQ(device_config(dev->fd).plugged_size, 0);
	for (uint64_t i = 0; i < 3; i++)
		CHECK_UNPLUGGED(dev, dev->mem + i * dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_LIMBO_SIZE), dev->block);

	/* There is room for others, but not for that one. */
	CHECK_EQ(device_plug(dev, 1, 1), -EBUSY);
	CHECK_EQ(device_plug(dev, 0, 2), -EBUSY);
	CHECK_EQ(device_plug(dev, 2, 1), 0);
	CHECK_READS(dev->mem + 2 * dev->block, 0);
	CHECK_UNPLUGGED(dev, dev->mem + dev->block);
	/* All that is left of what is requested, and a block more. */
	CHECK_EQ(device_plug(dev, 3, NR_BLOCKS - 3), 0);
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SET_REQUESTED_SIZE,
			    (NR_BLOCKS - 1) * dev->block), 0);
	CHECK_EQ(device_plug(dev, 0, 1), -EBUSY);
	/* A second reset forgets nothing. */
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(device_plug(dev, 1, 1), -EBUSY);
	return true;
}

/* When nobody holds it any more: empty. */
static void check_released_block(struct device *dev)
{
	CHECK_EQ(device_soon(device_plug, dev, 1, 1), 0);
	for (uint64_t at = 0; at < dev->block; at += PAGE)
		CHECK_READS(dev->mem + dev->block + at, 0);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_LIMBO_SIZE), 0);
	CHECK_EQ(device_unplug(dev, 1, 1), 0);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
}

TEST(block_that_is_held_cannot_be_plugged)
{
	static struct held held[REFERENCE_KINDS];

	for (int i = 0; i < 6; i++) {
		for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
			struct held *h = &held[kind];

			h->dev = new_device(blocks[i % 3],
					    i / 3 * VHOST_MEM_CREATE_READABLE);
			say_kind(&h->dev, kind);
			h->there = check_held_block(&h->dev, kind, &h->ref);
		}
		for (int kind = 0; kind < REFERENCE_KINDS; kind++)
			if (held[kind].there)
				reference_drop(&held[kind].ref);
		for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
			say_kind(&held[kind].dev, kind);
			if (held[kind].there)
				check_released_block(&held[kind].dev);
			device_close(&held[kind].dev);
		}
	}
}

/* --- close --- */

static int find_region(uint32_t id)
{
	struct genl_region region;
	struct genl nl;
	int ret;

	CHECK_EQ(genl_open(&nl), 0);
	ret = genl_get(&nl, id, &region);
	close(nl.fd);
	return ret;
}

static void check_ended(uint32_t id, uint64_t held)
{
	CHECK_EQ(find_region(id), 0);
	CHECK_EQ(genl_value(id, VHOST_MEM_A_REGION_STATE),
		 VHOST_MEM_STATE_ENDED);
	CHECK_EQ(genl_value(id, VHOST_MEM_A_REGION_PLUGGED_SIZE), 0);
	CHECK_EQ(genl_value(id, VHOST_MEM_A_REGION_LIMBO_SIZE), held);
	CHECK(genl_value(id, VHOST_MEM_A_REGION_BACKED_SIZE) <= held);
}

static void region_is_gone_soon(uint32_t id)
{
	CHECK(genl_gone_before(id, time(NULL) + PATIENCE));
}

/* The administrator sees who has memory, until nobody has. */
TEST(closed_region_is_listed_while_its_memory_is_held)
{
	static struct held held[REFERENCE_KINDS];

	for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
		struct held *h = &held[kind];

		h->dev = new_device(kind % 2 ? PAGE : HUGE, 0);
		say_kind(&h->dev, kind);
		CHECK_EQ(device_plug(&h->dev, 0, 2), 0);
		CHECK_WRITES(h->dev.mem, 1);
		h->there = hold(&h->ref, kind, &h->dev, 0);
		close(h->dev.fd);
	}
	/* Longer than it takes to look after what was let go. */
	sleep(3);
	for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
		struct held *h = &held[kind];

		if (!h->there)
			continue;
		say_kind(&h->dev, kind);
		check_ended(h->dev.id, h->dev.block);
		CHECK_EQ(touch_write(h->dev.mem, 1), SIGBUS);
		reference_drop(&h->ref);
	}
	for (int kind = 0; kind < REFERENCE_KINDS; kind++) {
		say_kind(&held[kind].dev, kind);
		region_is_gone_soon(held[kind].dev.id);
		munmap(held[kind].dev.mem, held[kind].dev.size);
	}
}

/* Neither is it forgotten when the mapping goes, and the process. */
static int hold_and_close(void *arg)
{
	struct device dev = new_device(HUGE, 0);
	struct reference ref;
	int fd = *(int *)arg;

	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	memset(dev.mem, 1, HUGE);
	CHECK_EQ(hold_block(&ref, &dev, 0), 0);
	CHECK_EQ(dup2(ref.fds[0], fd), fd);
	CHECK_EQ(fcntl(fd, F_SETFD, 0), 0);
	CHECK_EQ(write(STDOUT_FILENO, &dev.id, sizeof(dev.id)), sizeof(dev.id));
	pause();
	return 0;
}

TEST(region_of_a_killed_process_is_listed_while_its_memory_is_held)
{
	int ids[2], sent = 100, status;
	uint32_t id;
	char path[64];
	pid_t pid;
	int held;

	CHECK_EQ(pipe(ids), 0);
	pid = fork();
	if (!pid) {
		dup2(ids[1], STDOUT_FILENO);
		_exit(hold_and_close(&sent));
	}
	CHECK_EQ(read(ids[0], &id, sizeof(id)), sizeof(id));
	sprintf(path, "/proc/%d/fd/%d", pid, sent);
	held = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(held >= 0);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	sleep(3);
	check_ended(id, HUGE);
	close(held);
	region_is_gone_soon(id);
}

/* --- the registration of a buffer against PLUG and UNPLUG --- */

#define PINNERS 2

struct pinner {
	pthread_t thread;
	struct device *dev;
	int ring;
	atomic_bool held;
	unsigned long pins;
};

static atomic_bool stop_pinning;

/* 0: a registration; -EAGAIN: none now; -ENOSYS: never. */
static int pin(struct pinner *p, int *fd)
{
	struct iovec iov = { p->dev->mem, PAGE };

	*fd = -1;
	if (p->ring >= 0) {
		if (!syscall(SYS_io_uring_register, p->ring,
			     IORING_REGISTER_BUFFERS, &iov, 1))
			return 0;
		if (errno != EOPNOTSUPP)
			return -EAGAIN;
		/* An older kernel, which registers no memory of files. */
		close(p->ring);
		p->ring = -1;
	}
	*fd = pin_memory(p->dev->mem, PAGE);
	return *fd >= 0 ? 0 : *fd == -EOPNOTSUPP ? -ENOSYS : -EAGAIN;
}

static void unpin(struct pinner *p, int fd)
{
	if (fd < 0) {
		syscall(SYS_io_uring_register, p->ring,
			IORING_UNREGISTER_BUFFERS, NULL, 0);
		return;
	}
	close(fd);
	/* It is let go later, and the block is to be unplugged sometimes. */
	usleep(5000);
}

static void *pin_and_unpin(void *arg)
{
	struct pinner *p = arg;
	int fd, ret = 0;

	while (!atomic_load(&stop_pinning) && ret != -ENOSYS) {
		ret = pin(p, &fd);
		if (ret)
			continue;
		atomic_store(&p->held, true);
		/* Passing ones are waited for; others are not. */
		usleep(p->pins % 4 * 100 + (p->pins % 8 ? 0 : 40000));
		p->pins++;
		atomic_store(&p->held, false);
		unpin(p, fd);
	}
	return NULL;
}

/* "Registered, not yet released, and UNPLUG has returned 0" must not be. */
static void race_pins(uint64_t block, unsigned int seconds)
{
	struct pinner pinners[PINNERS] = { 0 };
	unsigned long unplugs = 0, refused = 0, pins = 0;
	struct io_uring_params params;
	struct device dev = new_device(block, 0);
	time_t end = time(NULL) + seconds;

	atomic_store(&stop_pinning, false);
	for (int i = 0; i < PINNERS; i++) {
		memset(&params, 0, sizeof(params));
		pinners[i].dev = &dev;
		pinners[i].ring = syscall(SYS_io_uring_setup, 1, &params);
		CHECK_EQ(pthread_create(&pinners[i].thread, NULL, pin_and_unpin,
					&pinners[i]), 0);
	}
	while (time(NULL) < end) {
		int ret;

		CHECK_EQ(device_plug(&dev, 0, 1), 0);
		/* Not always in step with the others. */
		usleep(unplugs % 8 * 20);
		while ((ret = device_unplug(&dev, 0, 1)) == -EBUSY)
			refused++;
		CHECK_EQ(ret, 0);
		for (int i = 0; i < PINNERS; i++)
			if (atomic_load(&pinners[i].held)) {
				ktap_say("blocks of %llu KiB: pinned, and unplugged, after %lu unplugs",
					 (unsigned long long)block / KiB, unplugs);
				ktap_fail();
			}
		unplugs++;
	}
	atomic_store(&stop_pinning, true);
	for (int i = 0; i < PINNERS; i++) {
		pthread_join(pinners[i].thread, NULL);
		if (pinners[i].ring >= 0)
			close(pinners[i].ring);
		pins += pinners[i].pins;
	}
	ktap_say("blocks of %llu KiB: %lu pins, %lu unplugs, %lu refused",
		 (unsigned long long)block / KiB, pins, unplugs, refused);
	device_close(&dev);
}

TEST(pins_race_with_unplug)
{
	for (int i = 0; i < 3; i++)
		race_pins(blocks[i], 2);
}

/* --- the memory's descriptor, and MADV_REMOVE --- */

static int punch(int fd, uint64_t offset, uint64_t length)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
			 length) ? -errno : 0;
}

static int memory_fd(struct device *dev)
{
	struct vhost_mem_value arg = { .size = sizeof(arg) };
	int fd = ioctl(dev->fd, VHOST_MEM_GET_MEMORY_FD, &arg);

	CHECK(fd >= 0);
	return fd;
}

/* To punch what a pipe still has, and touch it again, gives no second page. */
static void loop_of_punches(bool by_madvise)
{
	struct cgroup cgroup = cgroup_new(by_madvise ? "madvise" : "punch");
	struct device dev = one_block_requested(false);
	struct reference refs[ROUNDS];
	int fd = memory_fd(&dev);
	uint64_t before;

	cgroup_enter(&cgroup);
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	before = charged(&cgroup);
	for (int i = 0; i < ROUNDS; i++) {
		memset(dev.mem, 0x5a, HUGE);
		CHECK_EQ(hold_block(&refs[i], &dev, 0), 0);
		if (by_madvise)
			CHECK_EQ(madvise(dev.mem, HUGE, MADV_REMOVE), 0);
		else
			CHECK_EQ(punch(fd, 0, HUGE), 0);
		for (uint64_t at = 0; at < HUGE; at += PAGE)
			CHECK_READS(dev.mem + at, 0);
		check_bounded(&cgroup, before);
	}
	CHECK(device_plugged(&dev, 0));
	for (int i = 0; i < ROUNDS; i++)
		reference_drop(&refs[i]);
	/* And now it is freed. */
	CHECK_EQ(punch(fd, 0, HUGE), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	close(fd);
	device_close(&dev);
}

TEST(punches_in_a_loop_give_no_more_memory)
{
	loop_of_punches(false);
	loop_of_punches(true);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

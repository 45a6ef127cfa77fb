// SPDX-License-Identifier: GPL-2.0
/*
 * Migration: the source keeps its block map and logs what the kernel writes; the
 * target gets the same block map.
 *
 * tier: quick
 */
#include <endian.h>
#include <sys/mman.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define ACK VIRTIO_MEM_RESP_ACK
#define NACK VIRTIO_MEM_RESP_NACK
#define BUSY VIRTIO_MEM_RESP_BUSY
#define ERROR VIRTIO_MEM_RESP_ERROR

#define NR_BLOCKS 128
#define MAP_WORDS (NR_BLOCKS / 64)

static struct device dev;
static struct guest guest;

static void start(void)
{
	dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

static int freeze(bool on)
{
	return device_set(dev.fd, VHOST_MEM_SET_FROZEN, on);
}

static int set_map(struct device *to, uint64_t first, uint64_t nr,
		   uint64_t *map)
{
	return device_block_map(to->fd, VHOST_MEM_SET_BLOCK_MAP, first, nr, map);
}

TEST(a_frozen_region_answers_busy_and_changes_nothing)
{
	start();
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	CHECK_WRITES(dev.mem, 7);
	CHECK_EQ(freeze(true), 0);
	CHECK_EQ(guest_plug(&guest, 4, 1), BUSY);
	CHECK_EQ(guest_unplug(&guest, 0, 1), BUSY);
	CHECK_EQ(guest_unplug_all(&guest), BUSY);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), -EAGAIN);
	CHECK_EQ(guest_state(&guest, 0, 4), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(device_count_plugged(&dev), 4);
	CHECK_EQ(device_config(dev.fd).plugged_size, 4 * HUGE);
	CHECK_READS(dev.mem, 7);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(device_plug(&dev, 4, 1), -EAGAIN);
	CHECK_EQ(device_unplug(&dev, 0, 1), -EAGAIN);
	CHECK_EQ(set_map(&dev, 64, 64, &(uint64_t){ 1 }), -EAGAIN);
	CHECK_EQ(freeze(false), 0);
	CHECK_EQ(device_plug(&dev, 4, 1), 0);
	CHECK_EQ(device_unplug(&dev, 0, 1), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
}

TEST(what_could_never_succeed_is_not_answered_busy)
{
	start();
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	CHECK_EQ(freeze(true), 0);
	CHECK_EQ(guest_plug(&guest, 3, 1), ERROR);
	CHECK_EQ(guest_unplug(&guest, 4, 1), ERROR);
	CHECK_EQ(guest_plug(&guest, NR_BLOCKS, 1), ERROR);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 4 * HUGE), 0);
	CHECK_EQ(guest_plug(&guest, 4, 1), NACK);
}

TEST(the_guest_is_told_when_the_region_thaws)
{
	uint64_t generation;

	start();
	CHECK_EQ(freeze(true), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), BUSY);
	generation = device_generation(dev.fd);
	while (!guest_wait_fd(guest.config, 0))
		;
	CHECK_EQ(freeze(false), 0);
	guest_wait_config_change(&guest, &generation);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
}

TEST(a_frozen_region_can_be_resized_but_not_by_the_guest)
{
	start();
	CHECK_EQ(freeze(true), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 8 * HUGE), 0);
	CHECK_EQ(device_config(dev.fd).requested_size, 8 * HUGE);
	CHECK_EQ(guest_plug(&guest, 0, 8), BUSY);
	CHECK_EQ(freeze(false), 0);
	CHECK_EQ(guest_plug(&guest, 0, 8), ACK);
}

TEST(closing_a_frozen_region_gives_its_memory_back)
{
	uint64_t before = proc_field("/proc/meminfo", "Shmem");

	dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	CHECK_EQ(device_plug(&dev, 0, NR_BLOCKS), 0);
	for (unsigned int i = 0; i < NR_BLOCKS; i++)
		CHECK_WRITES(dev.mem + i * HUGE, 1);
	CHECK_EQ(freeze(true), 0);
	close(dev.fd);
	for (unsigned int i = 0; i < NR_BLOCKS; i++)
		CHECK_REFUSED(dev.mem + i * HUGE);
	CHECK(proc_field("/proc/meminfo", "Shmem") < before + 16 * MiB);
}

TEST(freezing_takes_only_0_and_1)
{
	dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_FROZEN, 2), -EINVAL);
	CHECK_EQ(freeze(false), 0);
	CHECK_EQ(freeze(true), 0);
	CHECK_EQ(freeze(true), 0);
	CHECK_EQ(freeze(false), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
}

/* Runs of several lengths, also over the borders of words. */
static bool scattered(unsigned int block)
{
	return (block * block + block / 7) % 5 < 2 || (block > 60 && block < 68);
}

/* A source that has shrunk: more is plugged and usable than is requested. */
static void make_source(struct device *source, uint64_t *map)
{
	*source = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	for (unsigned int i = 0; i < NR_BLOCKS; i++)
		if (scattered(i)) {
			CHECK_EQ(device_plug(source, i, 1), 0);
			CHECK_WRITES(source->mem + i * HUGE + i, i + 1);
		}
	CHECK_EQ(device_set(source->fd, VHOST_MEM_SET_REQUESTED_SIZE,
			    3 * HUGE), 0);
	CHECK_EQ(device_block_map(source->fd, VHOST_MEM_GET_BLOCK_MAP, 0, NR_BLOCKS,
			   map), 0);
}

/* A device as it is on the target, where little is requested yet. */
static void make_target(struct device *target, uint32_t flags)
{
	*target = device_new(NR_BLOCKS * HUGE, HUGE, flags);
	CHECK_EQ(device_set(target->fd, VHOST_MEM_SET_REQUESTED_SIZE, 0), 0);
	CHECK_EQ(device_set(target->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
}

static void blocks_arrive(uint32_t flags)
{
	struct device source, target;
	uint64_t map[MAP_WORDS], copy[MAP_WORDS];
	uint64_t usable;

	make_source(&source, map);
	make_target(&target, flags);
	usable = device_config(source.fd).usable_region_size;
	CHECK(device_config(target.fd).usable_region_size < usable);
	CHECK_EQ(device_set(target.fd, VHOST_MEM_SET_USABLE_SIZE, usable), 0);
	CHECK_EQ(set_map(&target, 0, NR_BLOCKS, map), 0);
	CHECK_EQ(device_set(target.fd, VHOST_MEM_SET_REQUESTED_SIZE,
			    3 * HUGE), 0);

	CHECK_EQ(device_block_map(target.fd, VHOST_MEM_GET_BLOCK_MAP, 0, NR_BLOCKS,
			   copy), 0);
	CHECK_EQ(memcmp(map, copy, sizeof(map)), 0);
	CHECK_EQ(device_config(target.fd).plugged_size,
		 device_config(source.fd).plugged_size);
	CHECK_EQ(device_config(target.fd).usable_region_size, usable);
	for (unsigned int i = 0; i < NR_BLOCKS; i++) {
		if (!device_plugged(&source, i)) {
			CHECK_REFUSED(target.mem + i * HUGE);
			continue;
		}
		CHECK_READS(target.mem + i * HUGE + i, 0);
		memcpy(target.mem + i * HUGE, source.mem + i * HUGE, HUGE);
		CHECK_READS(target.mem + i * HUGE + i, i + 1);
	}
}

TEST(the_blocks_of_a_map_are_plugged)
{
	blocks_arrive(0);
}

TEST(the_blocks_of_a_map_are_plugged_with_their_memory)
{
	blocks_arrive(VHOST_MEM_CREATE_PREALLOC);
}

TEST(a_map_can_come_in_parts)
{
	uint64_t first = 0xf00000000000000fULL, second = 0x1;

	make_target(&dev, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, dev.size), 0);
	CHECK_EQ(set_map(&dev, 64, 64, &second), 0);
	CHECK_EQ(set_map(&dev, 0, 64, &first), 0);
	CHECK_EQ(device_count_plugged(&dev), 9);
	CHECK_EQ(device_config(dev.fd).plugged_size, 9 * HUGE);
	CHECK(device_plugged(&dev, 63) && device_plugged(&dev, 64));
}

/* Nothing has changed? */
static void check_refused_map(int ret, int expected)
{
	CHECK_EQ(ret, expected);
	CHECK_EQ(device_count_plugged(&dev), 1);
	CHECK(device_plugged(&dev, 70));
	CHECK_EQ(device_config(dev.fd).plugged_size, HUGE);
}

TEST(a_map_that_does_not_fit_changes_nothing)
{
	uint64_t map[MAP_WORDS] = { 3, 0 };

	make_target(&dev, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, 100 * HUGE), 0);
	CHECK_EQ(set_map(&dev, 64, 64, &(uint64_t){ 1 << 6 }), 0);

	/* There is a plugged block in the range, whatever the map says of it. */
	check_refused_map(set_map(&dev, 0, NR_BLOCKS, map), -EEXIST);
	map[1] = 1 << 6;
	check_refused_map(set_map(&dev, 0, NR_BLOCKS, map), -EEXIST);
	/* A block outside the usable region. */
	check_refused_map(set_map(&dev, 64, 64, &(uint64_t){ 1ULL << 36 }),
			  -ERANGE);
	/* Bits behind the range. */
	check_refused_map(set_map(&dev, 0, 3, &(uint64_t){ 8 }), -EINVAL);
	/* The range itself. */
	check_refused_map(set_map(&dev, 1, 3, map), -EINVAL);
	check_refused_map(set_map(&dev, 0, 0, map), -EINVAL);
	check_refused_map(set_map(&dev, NR_BLOCKS, 1, map), -ERANGE);
	check_refused_map(set_map(&dev, 64, 65, map), -ERANGE);
	check_refused_map(set_map(&dev, 64, UINT64_MAX, map), -ERANGE);
	check_refused_map(set_map(&dev, 0, 64, NULL), -EFAULT);
}

/* An address limit that the administrator has set binds the VMM here, too. */
TEST(a_map_cannot_exceed_the_limit)
{
	struct genl nl;

	make_target(&dev, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, dev.size), 0);
	CHECK_EQ(set_map(&dev, 64, 64, &(uint64_t){ 1 << 6 }), 0);
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_limit(&nl, dev.id, 4 * HUGE), 0);
	check_refused_map(set_map(&dev, 0, 64, &(uint64_t){ 0xf }), -EDQUOT);
	CHECK_EQ(set_map(&dev, 0, 64, &(uint64_t){ 0x7 }), 0);
	CHECK_EQ(device_count_plugged(&dev), 4);
}

TEST(neither_map_nor_usable_size_are_set_while_running)
{
	start();
	CHECK_EQ(set_map(&dev, 0, 64, &(uint64_t){ 1 }), -EBUSY);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, dev.size),
		 -EBUSY);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(set_map(&dev, 0, 64, &(uint64_t){ 1 }), 0);
}

TEST(the_usable_size_grows_and_never_shrinks)
{
	make_target(&dev, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, HUGE + 1),
		 -EINVAL);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE,
			    dev.size + HUGE), -ERANGE);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, 90 * HUGE), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 90 * HUGE);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_USABLE_SIZE, HUGE), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 90 * HUGE);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK(device_config(dev.fd).usable_region_size < 90 * HUGE);
}

/* --- the log of written pages --- */

#define LOG_BYTES 4096

static unsigned char *set_log(void)
{
	unsigned char *log = mmap(NULL, LOG_BYTES, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t base = (uintptr_t)log;

	CHECK(log != MAP_FAILED);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_LOG_BASE, &base), 0);
	return log;
}

static int set_features(uint64_t features)
{
	return device_ioctl(dev.fd, VHOST_SET_FEATURES, &features);
}

static bool logged(const unsigned char *log, uint64_t addr)
{
	uint64_t page = addr / PAGE;

	return log[page / 8] & 1 << page % 8;
}

/* A request whose response goes to this address. */
static int state_request(uint64_t response)
{
	struct virtio_mem_req req = {
		.type = htole16(VIRTIO_MEM_REQ_STATE),
		.u.state.addr = htole64(GUEST_ADDR),
		.u.state.nb_blocks = htole16(1),
	};
	struct guest_buffer buffers[] = {
		{ guest_alloc(&guest, sizeof(req)), sizeof(req), false },
		{ response, 4, true },
		{ response + 4 * PAGE, 6, true },
	};
	struct vring_used_elem elem;

	memcpy(guest_at(&guest, buffers[0].addr), &req, sizeof(req));
	guest_add(&guest, buffers, 3, false);
	guest_kick(&guest);
	return guest_wait(&guest, &elem);
}

TEST(written_buffers_are_logged_while_logging_is_on)
{
	const uint64_t first = 512 * KiB, second = first + 4 * PAGE;
	uint64_t features;
	unsigned char *log;

	start();
	features = guest.features;
	log = set_log();
	CHECK_EQ(state_request(first), 0);
	CHECK(!logged(log, first) && !logged(log, second));

	/* Switched on and off while requests are served, as QEMU does it. */
	CHECK_EQ(set_features(features | FEATURE(VHOST_F_LOG_ALL)), 0);
	CHECK_EQ(state_request(first), 0);
	CHECK(logged(log, first) && logged(log, second));
	CHECK(!logged(log, first + PAGE) && !logged(log, second + PAGE));

	memset(log, 0, LOG_BYTES);
	CHECK_EQ(set_features(features), 0);
	CHECK_EQ(state_request(first), 0);
	CHECK(!logged(log, first) && !logged(log, second));
}

TEST(the_used_ring_is_logged)
{
	struct vhost_vring_addr addr = { .flags = 1 << VHOST_VRING_F_LOG };
	unsigned char *log;

	start();
	CHECK_EQ(guest_stop(&guest), 0);
	addr.desc_user_addr = (uintptr_t)guest.desc;
	addr.avail_user_addr = (uintptr_t)guest.avail;
	addr.used_user_addr = (uintptr_t)guest.used;
	addr.log_guest_addr = (unsigned char *)guest.used - guest.ram;
	CHECK_EQ(set_features(guest.features | FEATURE(VHOST_F_LOG_ALL)), 0);
	log = set_log();
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_ADDR, &addr), 0);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(state_request(512 * KiB), 0);
	CHECK(logged(log, addr.log_guest_addr));
}

TEST(no_other_feature_changes_while_running)
{
	start();
	CHECK_EQ(set_features(guest.features |
			      FEATURE(VIRTIO_RING_F_EVENT_IDX)), -EBUSY);
	CHECK_EQ(set_features(guest.features | FEATURE(VHOST_F_LOG_ALL) |
			      FEATURE(VIRTIO_RING_F_EVENT_IDX)), -EBUSY);
	CHECK_EQ(set_features(guest.features | FEATURE(VHOST_F_LOG_ALL)), 0);
	CHECK_EQ(set_features(guest.features), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
}

/* A request that is not waited for, as it is not going to be answered. */
static void send_plug(uint64_t first)
{
	struct virtio_mem_req req = {
		.type = htole16(VIRTIO_MEM_REQ_PLUG),
		.u.plug.addr = htole64(GUEST_ADDR + first * dev.block),
		.u.plug.nb_blocks = htole16(1),
	};
	struct guest_buffer buffers[] = {
		{ .addr = guest_alloc(&guest, sizeof(req)), .len = sizeof(req) },
		{ .addr = guest_alloc(&guest, sizeof(struct virtio_mem_resp)),
		  .len = sizeof(struct virtio_mem_resp), .in = true },
	};

	memcpy(guest_at(&guest, buffers[0].addr), &req, sizeof(req));
	guest_add(&guest, buffers, 2, false);
	guest_kick(&guest);
}

/* Without memory for the log the queue stops, and nothing else. */
TEST(a_log_that_cannot_be_written_stops_the_queue)
{
	unsigned char *log;

	start();
	log = set_log();
	CHECK_EQ(set_features(guest.features | FEATURE(VHOST_F_LOG_ALL)), 0);
	munmap(log, LOG_BYTES);
	send_plug(0);
	CHECK_EQ(guest_wait_fd(guest.err, 10000), 0);
	CHECK_EQ(set_features(guest.features), 0);
	guest_restart(&guest);
	CHECK_EQ(guest_state(&guest, 0, 1), VIRTIO_MEM_STATE_PLUGGED);
}

/* In an unplugged block of the region, of all places. */
TEST(a_log_in_an_unplugged_block_stops_the_queue)
{
	uint64_t base;

	start();
	base = (uintptr_t)dev.mem + 5 * HUGE;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_LOG_BASE, &base), 0);
	CHECK_EQ(set_features(guest.features | FEATURE(VHOST_F_LOG_ALL)), 0);
	send_plug(0);
	CHECK_EQ(guest_wait_fd(guest.err, 10000), 0);
	CHECK_REFUSED(dev.mem + 5 * HUGE);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's requests and their responses. D_nn in a name is the nn-th
 * normative statement for the device in the virtio specification's "Memory
 * Device" (version 1.4, see
 * Documentation/dev/conformance.rst), N_n something not normative that drivers rely on.
 *
 * tier: quick
 */
#include <endian.h>
#include <sys/mman.h>

#include "cgroup.h"
#include "device.h"
#include "genl.h"
#include "vring.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ACK VIRTIO_MEM_RESP_ACK
#define NACK VIRTIO_MEM_RESP_NACK
#define ERROR VIRTIO_MEM_RESP_ERROR
#define PLUG VIRTIO_MEM_REQ_PLUG
#define UNPLUG VIRTIO_MEM_REQ_UNPLUG
#define UNPLUG_ALL VIRTIO_MEM_REQ_UNPLUG_ALL
#define STATE VIRTIO_MEM_REQ_STATE
/* What is usable beyond the requested size, in a region that has it: two memory blocks. */
#ifdef __aarch64__
#define SLACK GiB
#else
#define SLACK (4 * GiB)
#endif

static struct device dev;
static struct guest guest;

static void start(uint64_t size, uint64_t block, uint32_t flags)
{
	dev = device_new(size, block, flags);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

static int resize(uint64_t size)
{
	return device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, size);
}

/* A request as it is, with junk in every byte that does not count. */
static int raw(uint16_t type, uint64_t addr, uint16_t nb_blocks)
{
	struct virtio_mem_req req;

	memset(&req, 0x99, sizeof(req));
	req.type = htole16(type);
	req.u.plug.addr = htole64(addr);
	req.u.plug.nb_blocks = htole16(nb_blocks);
	return guest_request(&guest, &req, NULL, NULL);
}

TEST(D_03_D_29_D_35_plugged_size_follows)
{
	start(256 * MiB, 2 * MiB, 0);
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	CHECK_EQ(guest_plug(&guest, 0, 5), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, 10 * MiB);
	CHECK_EQ(guest_plug(&guest, 100, 1), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, 12 * MiB);
	CHECK_EQ(guest_unplug(&guest, 1, 3), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, 6 * MiB);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PLUGGED_SIZE), 6 * MiB);
	CHECK_EQ(device_count_plugged(&dev), 3);
	CHECK_EQ(guest_plug(&guest, 0, 1), ERROR);
	CHECK_EQ(device_config(dev.fd).plugged_size, 6 * MiB);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
}

static void check_config(uint64_t requested)
{
	struct virtio_mem_config config = device_config(dev.fd);

	CHECK_EQ(config.block_size, dev.block);
	CHECK_EQ(config.region_size, dev.size);
	CHECK_EQ(config.addr, GUEST_ADDR);
	CHECK_EQ(config.node_id, 0);
	CHECK_EQ(config.requested_size, requested);
	CHECK(config.usable_region_size >= requested);
	CHECK(config.usable_region_size <= dev.size);
	CHECK_EQ(config.usable_region_size % dev.block, 0);
	CHECK_EQ(config.plugged_size % dev.block, 0);
}

TEST(D_02_D_04_D_05_D_06_D_07_config_is_sound)
{
	static const uint64_t blocks[] = { 4 * KiB, 2 * MiB, 128 * MiB, GiB };

	for (size_t i = 0; i < COUNT(blocks); i++) {
		start(4 * GiB, blocks[i], 0);
		for (uint64_t n = 0; n <= 4; n++) {
			uint64_t size = n * 4 * GiB / 4;

			CHECK_EQ(resize(size), 0);
			check_config(size);
			if (n)
				CHECK_EQ(guest_plug(&guest, n - 1, 1), ACK);
			check_config(size);
		}
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
		check_config(4 * GiB);
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(D_02_address_cannot_change_while_running)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 0), -EBUSY);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR),
		 -EBUSY);
	check_config(64 * MiB);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 0), 0);
}

TEST(D_08_usable_size_does_not_shrink)
{
	start(8 * GiB, 2 * MiB, 0);
	CHECK_EQ(resize(0), 0);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 0);
	CHECK_EQ(resize(1 * GiB), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, GiB + SLACK);
	CHECK_EQ(resize(512 * MiB), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, GiB + SLACK);
	CHECK_EQ(resize(0), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, GiB + SLACK);
	/* Queries work there, and nothing can be plugged. */
	CHECK_EQ(guest_state(&guest, 0, 1), VIRTIO_MEM_STATE_UNPLUGGED);
	CHECK_EQ(guest_plug(&guest, 0, 1), NACK);
	guest_restart(&guest);
	CHECK_EQ(device_config(dev.fd).usable_region_size, GiB + SLACK);
}

TEST(D_08_D_41_unplug_all_and_reset_shrink_usable_size)
{
	start(8 * GiB, 2 * MiB, 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 8 * GiB);
	CHECK_EQ(resize(2 * MiB), 0);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 2 * MiB + SLACK);
	CHECK_EQ(guest_state(&guest, SLACK / (2 * MiB), 1),
		 VIRTIO_MEM_STATE_UNPLUGGED);
	CHECK_EQ(raw(STATE, GUEST_ADDR + 2 * MiB + SLACK, 1), ERROR);
	CHECK_EQ(resize(0), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 0);
	CHECK_EQ(raw(STATE, GUEST_ADDR, 1), ERROR);
	CHECK_EQ(raw(PLUG, GUEST_ADDR, 1), ERROR);
	CHECK_EQ(resize(8 * GiB), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 8 * GiB);
}

TEST(D_01_D_09_D_11_config_call_on_resize)
{
	struct genl nl;

	start(64 * MiB, 2 * MiB, 0);
	guest_wait_fd(guest.config, 200);
	CHECK_EQ(resize(0), 0);
	CHECK_EQ(guest_wait_fd(guest.config, 10000), 0);
	CHECK_EQ(resize(2 * MiB), 0);
	CHECK_EQ(guest_wait_fd(guest.config, 10000), 0);
	/* Also if nothing changed. */
	CHECK_EQ(resize(2 * MiB), 0);
	CHECK_EQ(guest_wait_fd(guest.config, 10000), 0);
	/* And by the administrator. */
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_set(&nl, dev.id, 4 * MiB, NULL), 0);
	CHECK_EQ(guest_wait_fd(guest.config, 10000), 0);
	CHECK_EQ(resize(1), -EINVAL);
	CHECK_EQ(guest_wait_fd(guest.config, 200), -ETIMEDOUT);
}

static uint64_t generation(void)
{
	return device_generation(dev.fd);
}

/* The VMM sees by the generation whether the guest has to be told. */
TEST(D_09_D_10_generation_tells_what_the_guest_is_told)
{
	uint64_t before;

	start(64 * MiB, 2 * MiB, 0);
	before = generation();
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	CHECK_EQ(guest_unplug(&guest, 0, 1), ACK);
	CHECK_EQ(guest_unplug(&guest, 0, 1), ERROR);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(generation(), before);
	CHECK_EQ(resize(2 * MiB), 0);
	CHECK(generation() != before);
	before = generation();
	CHECK_EQ(resize(1), -EINVAL);
	CHECK_EQ(generation(), before);
}

/*
 * Memory that is allocated at PLUG: what the VMM's cgroup has no room for cannot
 * be plugged now, which kills nobody, and the guest is told to try again until
 * it can.
 */
TEST(D_28_busy_without_memory)
{
	struct cgroup cgroup = cgroup_new("busy");
	uint64_t used, before;
	int ret;

	cgroup_enter(&cgroup);
	cgroup_set(&cgroup, "memory.swap.max", 0);
	start(512 * MiB, 2 * MiB, VHOST_MEM_CREATE_PREALLOC);
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 8 * MiB);
	memset(dev.mem, 0x42, 8 * MiB);
	used = cgroup_get(&cgroup, "memory.current", NULL);
	CHECK(used >= 8 * MiB);
	cgroup_set(&cgroup, "memory.max", used + 32 * MiB);

	before = generation();
	guest_wait_fd(guest.config, 0);
	CHECK_EQ(guest_plug(&guest, 64, 32), VIRTIO_MEM_RESP_BUSY);
	/* Malformed is malformed all the same, too much is too much. */
	CHECK_EQ(guest_plug(&guest, 3, 32), ERROR);
	CHECK_EQ(guest_plug(&guest, 4, 253), ERROR);
	/* Nothing has changed. */
	CHECK_EQ(guest_state(&guest, 4, 252), VIRTIO_MEM_STATE_UNPLUGGED);
	CHECK_EQ(device_config(dev.fd).plugged_size, 8 * MiB);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 8 * MiB);
	CHECK(cgroup_get(&cgroup, "memory.current", NULL) < used + 16 * MiB);
	CHECK_REFUSED(dev.mem + 128 * MiB);
	for (uint64_t at = 0; at < 8 * MiB; at += PAGE)
		CHECK_READS(dev.mem + at, 0x42);
	/* Less goes. */
	CHECK_EQ(guest_plug(&guest, 4, 1), ACK);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 10 * MiB);

	cgroup_set(&cgroup, "memory.max", UINT64_MAX);
	for (int i = 0;; i++) {
		CHECK(i < 100);
		guest_wait_config_change(&guest, &before);
		ret = guest_plug(&guest, 64, 32);
		if (ret == ACK)
			break;
		CHECK_EQ(ret, VIRTIO_MEM_RESP_BUSY);
	}
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 74 * MiB);
	CHECK_READS(dev.mem + 128 * MiB, 0);
	CHECK_WRITES(dev.mem + 192 * MiB - 1, 1);
	CHECK_EQ(cgroup_get(&cgroup, "memory.events", "oom_kill"), 0);
}

/*
 * What is pinned cannot be unplugged now, and the guest is told to try again
 * until it can.
 */
TEST(D_34_D_38_busy_while_pages_are_pinned)
{
	uint64_t before;
	int fd, ret;

	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 0, 8), ACK);
	memset(dev.mem, 0x31, 16 * MiB);
	fd = pin_memory(dev.mem + 4 * MiB, PAGE);
	if (fd == -ENOSYS)
		ktap_skip("no AF_XDP");
	CHECK(fd >= 0);
	before = generation();
	guest_wait_fd(guest.config, 0);
	CHECK_EQ(guest_unplug(&guest, 0, 8), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(guest_unplug(&guest, 2, 1), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(guest_unplug_all(&guest), VIRTIO_MEM_RESP_BUSY);
	/* Malformed is malformed all the same. */
	CHECK_EQ(guest_unplug(&guest, 2, 7), ERROR);
	/* Nothing has changed. */
	CHECK_EQ(guest_state(&guest, 0, 8), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(device_config(dev.fd).plugged_size, 16 * MiB);
	for (uint64_t at = 0; at < 16 * MiB; at += PAGE)
		CHECK_READS(dev.mem + at, 0x31);
	CHECK_EQ(guest_unplug(&guest, 0, 1), ACK);
	close(fd);
	for (int i = 0;; i++) {
		CHECK(i < 100);
		guest_wait_config_change(&guest, &before);
		ret = guest_unplug_all(&guest);
		if (ret == ACK)
			break;
		CHECK_EQ(ret, VIRTIO_MEM_RESP_BUSY);
	}
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_REFUSED(dev.mem + 4 * MiB);
}

TEST(D_12_features_that_must_be_accepted)
{
	uint64_t features = FEATURE(VIRTIO_F_VERSION_1);

	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_FEATURES, &features),
		 -EOPNOTSUPP);
	features = FEATURE(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_FEATURES, &features),
		 -EOPNOTSUPP);
	features = FEATURES_INACCESSIBLE;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_FEATURES, &features), 0);
	CHECK_EQ(guest_start(&guest), 0);
	features |= FEATURE(VIRTIO_RING_F_EVENT_IDX);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_FEATURES, &features), -EBUSY);
}

TEST(D_13_D_14_device_reset_keeps_blocks_and_memory)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 3, 4), ACK);
	memset(dev.mem + 6 * MiB, 0x21, 8 * MiB);
	for (int i = 0; i < 5; i++) {
		guest_restart(&guest);
		CHECK_EQ(guest_state(&guest, 3, 4), VIRTIO_MEM_STATE_PLUGGED);
		CHECK_EQ(guest_state(&guest, 2, 6), VIRTIO_MEM_STATE_MIXED);
		CHECK_EQ(device_config(dev.fd).plugged_size, 8 * MiB);
		for (uint64_t at = 6 * MiB; at < 14 * MiB; at += PAGE)
			CHECK_READS(dev.mem + at, 0x21);
		CHECK_REFUSED(dev.mem + 6 * MiB - 1);
		CHECK_REFUSED(dev.mem + 14 * MiB);
	}
}

/*
 * A driver that lets its guest suspend resets the device, and sets it up again
 * when it wakes up.
 */
TEST(D_15_D_23_suspend_keeps_blocks_and_memory)
{
	uint64_t features = 0;

	dev = device_new(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_GET_FEATURES, &features), 0);
	CHECK(features & FEATURE(VIRTIO_MEM_F_PERSISTENT_SUSPEND));
	guest_init(&guest, &dev, 64, FEATURE(VIRTIO_MEM_F_PERSISTENT_SUSPEND));
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 3, 5), ACK);
	memset(dev.mem + 6 * MiB, 0x57, 10 * MiB);

	CHECK_EQ(guest_stop(&guest), 0);
	/* Asleep: nothing changes, whatever the administrator wants. */
	CHECK_EQ(resize(32 * MiB), 0);
	CHECK_EQ(device_config(dev.fd).plugged_size, 10 * MiB);
	guest_restart(&guest);

	CHECK_EQ(guest_state(&guest, 3, 5), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(guest_state(&guest, 0, 3), VIRTIO_MEM_STATE_UNPLUGGED);
	CHECK_EQ(guest_state(&guest, 8, 24), VIRTIO_MEM_STATE_UNPLUGGED);
	CHECK_EQ(device_config(dev.fd).plugged_size, 10 * MiB);
	CHECK_EQ(device_config(dev.fd).requested_size, 32 * MiB);
	for (uint64_t at = 6 * MiB; at < 16 * MiB; at += PAGE)
		CHECK_READS(dev.mem + at, 0x57);
	CHECK_EQ(guest_plug(&guest, 0, 3), ACK);
}

/* And nobody finds it again: not this guest, and not by another way. */
TEST(D_17_what_was_unplugged_does_not_come_back)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 0, 8), ACK);
	memset(dev.mem, 0x17, 16 * MiB);
	CHECK_EQ(guest_unplug(&guest, 2, 4), ACK);
	CHECK_REFUSED(dev.mem + 4 * MiB);
	CHECK_REFUSED(dev.mem + 12 * MiB - 1);
	CHECK_EQ(guest_plug(&guest, 2, 4), ACK);
	for (uint64_t at = 0; at < 16 * MiB; at += PAGE / 2)
		CHECK_READS(dev.mem + at, at >= 4 * MiB && at < 12 * MiB ?
			    0 : 0x17);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(guest_plug(&guest, 0, 8), ACK);
	for (uint64_t at = 0; at < 16 * MiB; at += PAGE / 2)
		CHECK_READS(dev.mem + at, 0);
}

TEST(D_16_D_18_D_19_plugged_memory_is_memory)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	for (uint64_t at = 0; at < 4 * MiB; at += 64)
		dev.mem[at] = at / 64 * 7;
	/* Whatever happens to its neighbours. */
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(guest_plug(&guest, 2, 5), ACK);
		CHECK_WRITES(dev.mem + 4 * MiB, 1);
		CHECK_EQ(guest_plug(&guest, 1, 1), ERROR);
		CHECK_EQ(guest_unplug(&guest, 2, 5), ACK);
		CHECK_EQ(guest_unplug(&guest, 1, 2), ERROR);
	}
	for (uint64_t at = 0; at < 4 * MiB; at += 64)
		CHECK_READS(dev.mem + at, at / 64 * 7 & 0xff);
}

TEST(D_20_unplugged_memory_can_be_read)
{
	start(64 * MiB, 2 * MiB, VHOST_MEM_CREATE_READABLE);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
	CHECK_WRITES(dev.mem + 2 * MiB, 1);
	CHECK_EQ(guest_unplug(&guest, 1, 1), ACK);
	for (uint64_t at = 0; at < dev.size; at += PAGE)
		CHECK_READS(dev.mem + at, 0);
	CHECK_EQ(touch_write(dev.mem + 2 * MiB, 1), SIGBUS);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
}

TEST(D_21_D_22_system_reset_unplugs_everything)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
	CHECK_EQ(guest_plug(&guest, 30, 2), ACK);
	CHECK_WRITES(dev.mem + 2 * MiB, 1);
	CHECK_EQ(resize(0), 0);
	/* Running or not. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_REFUSED(dev.mem + 2 * MiB);
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 0);
	CHECK_EQ(device_config(dev.fd).requested_size, 0);
	CHECK_EQ(resize(64 * MiB), 0);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
	CHECK_READS(dev.mem + 2 * MiB, 0);
}

/* The request buffer is longer than a request, with junk in it. */
TEST(D_24_D_30_D_36_D_42_anything_else_is_ignored)
{
	static const unsigned int lengths[] = { 25, 64, 4096, 65536 };
	struct virtio_mem_req req = { 0 };

	start(64 * MiB, 2 * MiB, 0);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct guest_split split = { .request_len = lengths[i] };

		req.u.plug.addr = htole64(GUEST_ADDR);
		req.u.plug.nb_blocks = htole16(1);
		req.type = htole16(PLUG);
		CHECK_EQ(guest_request(&guest, &req, &split, NULL), ACK);
		req.type = htole16(STATE);
		CHECK_EQ(guest_request(&guest, &req, &split, NULL), ACK);
		req.type = htole16(UNPLUG);
		CHECK_EQ(guest_request(&guest, &req, &split, NULL), ACK);
		req.type = htole16(UNPLUG_ALL);
		CHECK_EQ(guest_request(&guest, &req, &split, NULL), ACK);
	}
}

TEST(D_25_D_31_D_37_D_43_padding_is_ignored)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(raw(PLUG, GUEST_ADDR, 2), ACK);
	CHECK_EQ(device_count_plugged(&dev), 2);
	CHECK_EQ(raw(STATE, GUEST_ADDR, 2), ACK);
	CHECK_EQ(raw(UNPLUG, GUEST_ADDR, 1), ACK);
	CHECK_EQ(device_count_plugged(&dev), 1);
	CHECK_EQ(raw(UNPLUG_ALL, 0x9999, 0x9999), ACK);
	CHECK_EQ(device_count_plugged(&dev), 0);
}

/* Malformed ranges, for PLUG, UNPLUG and STATE. */
static void check_malformed(uint16_t type)
{
	static const struct {
		uint64_t addr;
		uint16_t nb_blocks;
	} table[] = {
		{ GUEST_ADDR + 1, 1 },
		{ GUEST_ADDR + MiB, 1 },
		{ GUEST_ADDR + 2 * MiB - 1, 1 },
		{ GUEST_ADDR, 0 },
		{ GUEST_ADDR + 2 * MiB, 0 },
		{ GUEST_ADDR - 2 * MiB, 1 },
		{ GUEST_ADDR - 2 * MiB, 2 },
		{ GUEST_ADDR - 2 * MiB, 65535 },
		{ 0, 1 },
		{ 0, 65535 },
		{ GUEST_ADDR + 256 * MiB + SLACK, 1 },
		{ GUEST_ADDR + 254 * MiB + SLACK, 2 },
		{ GUEST_ADDR, (256 * MiB + SLACK) / (2 * MiB) + 1 },
		{ GUEST_ADDR, 65535 },
		{ GUEST_ADDR + 8 * GiB, 1 },
		{ 0 - 2 * MiB, 1 },
		{ 0 - 2 * MiB, 2 },
		{ 0 - 2 * MiB, 65535 },
		{ UINT64_MAX, 65535 },
		{ 1ULL << 63, 1 },
	};

	start(8 * GiB, 2 * MiB, 0);
	CHECK_EQ(resize(256 * MiB), 0);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 256 * MiB + SLACK);
	for (size_t i = 0; i < COUNT(table); i++) {
		CHECK_EQ(raw(type, table[i].addr, table[i].nb_blocks), ERROR);
		CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	}
	CHECK_EQ(device_count_plugged(&dev), 0);
	/* The first and the last that are not. */
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_EQ(guest_plug(&guest, (256 * MiB + SLACK) / (2 * MiB) - 1, 1),
		 ACK);
}

TEST(D_26_plug_of_malformed_ranges)
{
	check_malformed(PLUG);
}

TEST(D_32_unplug_of_malformed_ranges)
{
	check_malformed(UNPLUG);
}

TEST(D_44_state_of_malformed_ranges)
{
	check_malformed(STATE);
}

TEST(D_27_plug_of_plugged_blocks)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 4, 3), ACK);
	CHECK_WRITES(dev.mem + 8 * MiB, 0x44);
	CHECK_EQ(guest_plug(&guest, 4, 3), ERROR);
	CHECK_EQ(guest_plug(&guest, 4, 1), ERROR);
	CHECK_EQ(guest_plug(&guest, 3, 2), ERROR);
	CHECK_EQ(guest_plug(&guest, 6, 2), ERROR);
	CHECK_EQ(guest_plug(&guest, 0, 20), ERROR);
	/* Nothing of it was plugged, and nothing lost. */
	CHECK_EQ(device_count_plugged(&dev), 3);
	CHECK_READS(dev.mem + 8 * MiB, 0x44);
	CHECK_REFUSED(dev.mem + 6 * MiB);
	CHECK_REFUSED(dev.mem + 14 * MiB);
}

TEST(D_33_unplug_of_unplugged_blocks)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 4, 3), ACK);
	CHECK_WRITES(dev.mem + 8 * MiB, 0x44);
	CHECK_EQ(guest_unplug(&guest, 0, 1), ERROR);
	CHECK_EQ(guest_unplug(&guest, 3, 2), ERROR);
	CHECK_EQ(guest_unplug(&guest, 6, 2), ERROR);
	CHECK_EQ(guest_unplug(&guest, 0, 20), ERROR);
	CHECK_EQ(device_count_plugged(&dev), 3);
	CHECK_READS(dev.mem + 8 * MiB, 0x44);
	CHECK_EQ(guest_unplug(&guest, 4, 3), ACK);
	CHECK_EQ(guest_unplug(&guest, 4, 3), ERROR);
}

TEST(D_36_D_39_D_40_unplug_all)
{
	start(64 * MiB, 2 * MiB, 0);
	/* Also if there is nothing to do. */
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(guest_plug(&guest, 0, 32), ACK);
	memset(dev.mem, 1, dev.size);
	CHECK_EQ(raw(UNPLUG_ALL, 1, 0), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
	for (uint64_t i = 0; i < 32; i++)
		CHECK_REFUSED(dev.mem + i * 2 * MiB);
}

TEST(D_45_D_46_D_47_D_48_state)
{
	start(256 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 60, 10), ACK);
	for (uint64_t first = 55; first < 75; first++)
		for (uint64_t end = first + 1; end <= 75; end++) {
			uint16_t expected = VIRTIO_MEM_STATE_MIXED;

			if (first >= 60 && end <= 70)
				expected = VIRTIO_MEM_STATE_PLUGGED;
			else if (end <= 60 || first >= 70)
				expected = VIRTIO_MEM_STATE_UNPLUGGED;
			CHECK_EQ(guest_state(&guest, first, end - first),
				 expected);
		}
}

TEST(N_1_nack_only_beyond_the_requested_size)
{
	start(256 * MiB, 2 * MiB, 0);
	CHECK_EQ(resize(20 * MiB), 0);
	CHECK_EQ(guest_plug(&guest, 0, 11), NACK);
	CHECK_EQ(guest_plug(&guest, 0, 10), ACK);
	CHECK_EQ(guest_plug(&guest, 10, 1), NACK);
	CHECK_EQ(guest_unplug(&guest, 9, 1), ACK);
	CHECK_EQ(guest_plug(&guest, 10, 2), NACK);
	CHECK_EQ(guest_plug(&guest, 10, 1), ACK);
	/* Requested less than plugged: nothing is taken away. */
	CHECK_EQ(resize(2 * MiB), 0);
	CHECK_EQ(device_config(dev.fd).plugged_size, 20 * MiB);
	CHECK_EQ(guest_plug(&guest, 20, 1), NACK);
	CHECK_EQ(resize(0), 0);
	CHECK_EQ(guest_plug(&guest, 20, 1), NACK);
	CHECK_EQ(guest_unplug(&guest, 0, 1), ACK);
	CHECK_EQ(resize(22 * MiB), 0);
	CHECK_EQ(guest_plug(&guest, 20, 2), ACK);
}

TEST(checks_come_in_order)
{
	start(8 * GiB, 2 * MiB, 0);
	CHECK_EQ(resize(4 * MiB), 0);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	/* Outside before too much; too much before plugged. */
	CHECK_EQ(raw(PLUG, GUEST_ADDR + 6 * GiB, 1), ERROR);
	CHECK_EQ(raw(PLUG, GUEST_ADDR + 1, 1), ERROR);
	CHECK_EQ(guest_plug(&guest, 0, 0), ERROR);
	CHECK_EQ(guest_plug(&guest, 0, 1), NACK);
	CHECK_EQ(resize(8 * MiB), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), ERROR);
}

TEST(N_2_N_3_N_4_usable_region)
{
	const uint64_t last = SLACK / (2 * MiB);

	start(8 * GiB, 2 * MiB, 0);
	CHECK_EQ(device_count_plugged(&dev), 0);
	CHECK_EQ(resize(2 * MiB), 0);
	CHECK_EQ(guest_unplug_all(&guest), ACK);
	/* Room to choose from. */
	CHECK_EQ(device_config(dev.fd).usable_region_size, 2 * MiB + SLACK);
	CHECK_EQ(guest_plug(&guest, last + 1, 1), ERROR);
	CHECK_EQ(guest_plug(&guest, last, 1), ACK);
	CHECK_EQ(resize(100 * MiB), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 100 * MiB + SLACK);
	CHECK_EQ(guest_plug(&guest, last + 1, 1), ACK);
	CHECK_EQ(resize(8 * GiB), 0);
	CHECK_EQ(device_config(dev.fd).usable_region_size, 8 * GiB);
}

TEST(unknown_types)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	for (unsigned int type = 4; type < 65536; type += type < 64 ? 1 : 4111)
		CHECK_EQ(raw(type, GUEST_ADDR, 1), ERROR);
	CHECK_EQ(raw(0xffff, GUEST_ADDR, 1), ERROR);
	CHECK_EQ(device_count_plugged(&dev), 1);
}

TEST(most_blocks_of_a_request)
{
	start(64 * GiB, 4 * KiB, 0);
	CHECK_EQ(guest_plug(&guest, 1, 65535), ACK);
	CHECK_EQ(device_config(dev.fd).plugged_size, 65535 * 4 * KiB);
	CHECK_REFUSED(dev.mem);
	CHECK_REFUSED(dev.mem + 65536 * 4 * KiB);
	CHECK_WRITES(dev.mem + 4 * KiB, 1);
	CHECK_WRITES(dev.mem + 65535 * 4 * KiB, 1);
	CHECK_EQ(guest_state(&guest, 1, 65535), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(guest_state(&guest, 0, 65535), VIRTIO_MEM_STATE_MIXED);
	CHECK_EQ(guest_unplug(&guest, 1, 65535), ACK);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE), 0);
}

TEST(length_overflow_is_refused)
{
	/* 65535 blocks of this are more than 2^64 bytes. */
	dev = (struct device) { .fd = device_open(), .size = 1ULL << 51,
				.block = 1ULL << 51 };
	CHECK_EQ(device_create(dev.fd, dev.size, dev.block, 0, "", &dev.id),
		 0);
	dev.mem = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, 0), 0);
	CHECK_EQ(resize(dev.size), 0);
	dev.size = PAGE;
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	for (unsigned int nr = 8192; nr < 65536; nr += 8191)
		CHECK_EQ(raw(PLUG, 0, nr), ERROR);
	CHECK_EQ(raw(PLUG, 0, 8192), ERROR);
	CHECK_EQ(raw(PLUG, 0, 65535), ERROR);
	CHECK_EQ(raw(PLUG, 0, 1), ACK);
	CHECK_EQ(raw(UNPLUG, 0, 32768), ERROR);
	CHECK_EQ(raw(UNPLUG, 0, 1), ACK);
}

TEST(vmm_cannot_plug_while_running)
{
	start(64 * MiB, 2 * MiB, 0);
	CHECK_EQ(device_plug(&dev, 0, 1), -EBUSY);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_EQ(device_unplug(&dev, 0, 1), -EBUSY);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), -EEXIST);
	CHECK_EQ(device_plug(&dev, 1, 1), 0);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_state(&guest, 0, 2), VIRTIO_MEM_STATE_PLUGGED);
}

/* What the guest has been told is what the VMM reads, at once. */
TEST(config_agrees_with_every_response)
{
	start(256 * MiB, 2 * MiB, 0);
	for (uint64_t i = 0; i < 128; i++) {
		CHECK_EQ(guest_plug(&guest, i, 1), ACK);
		CHECK_EQ(device_config(dev.fd).plugged_size,
			 (i + 1) * 2 * MiB);
	}
	for (uint64_t i = 128; i > 0; i--) {
		CHECK_EQ(guest_unplug(&guest, i - 1, 1), ACK);
		CHECK_EQ(device_config(dev.fd).plugged_size,
			 (i - 1) * 2 * MiB);
	}
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTS), 256);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

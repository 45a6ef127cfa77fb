// SPDX-License-Identifier: GPL-2.0
/*
 * The request virtqueue: what a guest can do to the ring and its buffers. What
 * can be answered is answered; what cannot stops this queue, tells the VMM,
 * and is over with the next device reset.
 *
 * tier: quick
 */
#include <endian.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ACK VIRTIO_MEM_RESP_ACK
#define ERROR VIRTIO_MEM_RESP_ERROR
#define NR_BLOCKS 32

static struct device dev;
static struct guest guest;

static void start_features(uint32_t flags, uint64_t features)
{
	dev = device_new(NR_BLOCKS * 2 * MiB, 2 * MiB, flags);
	guest_init(&guest, &dev, 64, features);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

static void start(void)
{
	start_features(0, 0);
}

static uint64_t state(void)
{
	return genl_value(dev.id, VHOST_MEM_A_REGION_STATE);
}

/* A request and room for its response, in the guest's memory. */
static void put_request(uint16_t type, uint64_t first, uint16_t nr,
			struct guest_buffer buffers[2])
{
	struct virtio_mem_req req = {
		.type = htole16(type),
		.u.plug.addr = htole64(GUEST_ADDR + first * dev.block),
		.u.plug.nb_blocks = htole16(nr),
	};

	buffers[0].addr = guest_alloc(&guest, sizeof(req));
	buffers[0].len = sizeof(req);
	buffers[0].in = false;
	buffers[1].addr = guest_alloc(&guest, sizeof(struct virtio_mem_resp));
	buffers[1].len = sizeof(struct virtio_mem_resp);
	buffers[1].in = true;
	memcpy(guest_at(&guest, buffers[0].addr), &req, sizeof(req));
	memset(guest_at(&guest, buffers[1].addr), 0xcc, buffers[1].len);
}

static uint16_t response_in(uint64_t addr)
{
	return le16toh(((struct virtio_mem_resp *)guest_at(&guest, addr))->type);
}

/* The VMM gets an error signal, and after a device reset requests are served. */
static void check_broken(uint64_t plugged)
{
	CHECK_EQ(guest_wait_fd(guest.err, 60000), 0);
	for (int i = 0; state() != VHOST_MEM_STATE_BROKEN; i++) {
		CHECK(i < 6000);
		usleep(10000);
	}
	CHECK_EQ(device_count_plugged(&dev), plugged);
	/* No request is served until then. */
	CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
	guest_restart(&guest);
	CHECK_EQ(state(), VHOST_MEM_STATE_RUNNING);
	guest_wait_fd(guest.err, 0);
	CHECK_EQ(guest_plug(&guest, 30, 1), ACK);
	CHECK_EQ(guest_unplug(&guest, 30, 1), ACK);
}

TEST(any_split_into_buffers)
{
	static const struct {
		unsigned int out, in;
	} table[] = {
		{ 0, 0 }, { 1, 1 }, { 1, 0 }, { 0, 1 }, { 2, 3 }, { 23, 9 },
		{ 7, 5 }, { 16, 8 }, { 8, 2 }, { 3, 1 },
	};

	for (int events = 0; events < 2; events++) {
		start_features(0, events ? FEATURE(VIRTIO_RING_F_EVENT_IDX) :
					   0);
		for (size_t i = 0; i < 2 * COUNT(table); i++) {
			struct guest_split split = {
				.out = table[i / 2].out,
				.in = table[i / 2].in,
				.indirect = i % 2,
			};
			struct virtio_mem_req req = {
				.type = htole16(VIRTIO_MEM_REQ_PLUG),
				.u.plug.addr = htole64(GUEST_ADDR + i * 2 * MiB),
				.u.plug.nb_blocks = htole16(1),
			};
			struct virtio_mem_resp resp;

			CHECK_EQ(guest_request(&guest, &req, &split, NULL),
				 ACK);
			req.type = htole16(VIRTIO_MEM_REQ_STATE);
			req.u.plug.nb_blocks = htole16(2);
			CHECK_EQ(guest_request(&guest, &req, &split, &resp),
				 ACK);
			CHECK_EQ(le16toh(resp.u.state.state),
				 VIRTIO_MEM_STATE_MIXED);
		}
		CHECK_EQ(device_count_plugged(&dev), 2 * COUNT(table));
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(longer_response_buffers)
{
	start();
	for (unsigned int len = 11; len < 60000; len = len * 3 / 2) {
		struct guest_split split = { .response_len = len };
		struct virtio_mem_req req = {
			.type = htole16(VIRTIO_MEM_REQ_UNPLUG_ALL),
		};

		CHECK_EQ(guest_request(&guest, &req, &split, NULL), ACK);
	}
}

TEST(short_requests_are_errors)
{
	struct guest_buffer buffers[2];
	struct vring_used_elem elem;

	start();
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	for (unsigned int len = 1; len < sizeof(struct virtio_mem_req); len++) {
		struct guest_split split = {
			.request_len = len, .out = len % 5, .indirect = len % 2,
		};
		struct virtio_mem_req req = {
			.type = htole16(VIRTIO_MEM_REQ_UNPLUG_ALL),
		};

		CHECK_EQ(guest_request(&guest, &req, &split, NULL), ERROR);
	}
	/* No request at all. */
	put_request(VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0, buffers);
	guest_add(&guest, buffers + 1, 1, false);
	guest_kick(&guest);
	CHECK_EQ(guest_wait(&guest, &elem), 0);
	CHECK_EQ(response_in(buffers[1].addr), ERROR);
	CHECK_EQ(device_count_plugged(&dev), 1);
	CHECK_EQ(state(), VHOST_MEM_STATE_RUNNING);
}

TEST(short_response_breaks_the_queue)
{
	start();
	for (unsigned int len = 0; len < sizeof(struct virtio_mem_resp);
	     len++) {
		struct guest_buffer buffers[2];

		put_request(VIRTIO_MEM_REQ_PLUG, 0, 1, buffers);
		buffers[1].len = len;
		guest_add(&guest, buffers, len ? 2 : 1, false);
		guest_kick(&guest);
		/* A request that cannot be answered is not done. */
		check_broken(0);
	}
}

TEST(requests_before_start_are_served_at_start)
{
	struct guest_buffer buffers[2];
	struct vring_used_elem elem;

	start();
	CHECK_EQ(guest_stop(&guest), 0);
	put_request(VIRTIO_MEM_REQ_PLUG, 0, 1, buffers);
	guest_add(&guest, buffers, 2, false);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_wait(&guest, &elem), 0);
	CHECK_EQ(response_in(buffers[1].addr), ACK);
	/* Started or stopped twice is the same as once. */
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(state(), VHOST_MEM_STATE_STOPPED);
}

TEST(a_full_ring_with_one_kick)
{
	for (int events = 0; events < 2; events++) {
		struct vring_used_elem elem;

		start_features(0, events ? FEATURE(VIRTIO_RING_F_EVENT_IDX) :
					   0);
		guest_free(&guest);
		device_close(&dev);
		/* More than the worker does in one go. */
		dev = device_new(NR_BLOCKS * 2 * MiB, 2 * MiB, 0);
		guest_init(&guest, &dev, 256,
			   events ? FEATURE(VIRTIO_RING_F_EVENT_IDX) : 0);
		guest_setup(&guest);
		CHECK_EQ(guest_start(&guest), 0);
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < 128; i++) {
				struct guest_buffer buffers[2];

				put_request(i % 2 ? VIRTIO_MEM_REQ_UNPLUG :
						    VIRTIO_MEM_REQ_PLUG,
					    3, 2, buffers);
				guest_add(&guest, buffers, 2, false);
			}
			guest_kick(&guest);
			for (int i = 0; i < 128; i++) {
				CHECK_EQ(guest_wait(&guest, &elem), 0);
				/* In order. */
				CHECK_EQ(elem.id, i * 2 % 256);
				CHECK_EQ(elem.len, 10);
			}
		}
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTS), 384);
		CHECK_EQ(device_count_plugged(&dev), 0);
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(no_call_eventfd)
{
	struct vhost_vring_file none = { .fd = -1 };
	struct guest_buffer buffers[2];

	start();
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_CALL, &none), 0);
	put_request(VIRTIO_MEM_REQ_PLUG, 0, 1, buffers);
	guest_add(&guest, buffers, 2, false);
	guest_kick(&guest);
	for (int i = 0; guest.used->idx != 1; i++) {
		CHECK(i < 6000);
		usleep(10000);
	}
	CHECK_EQ(response_in(buffers[1].addr), ACK);
}

TEST(kicks_without_requests)
{
	start();
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_EQ(guest.used->idx, 1);
	CHECK_EQ(state(), VHOST_MEM_STATE_RUNNING);
}

/* Malformed chains. Each stops the queue, and has no other effect. */
static void bad_loop(void)
{
	guest_desc(&guest, 0, 0x10000, 24, VRING_DESC_F_NEXT, 0);
	guest_offer(&guest, 0);
}

static void bad_long_loop(void)
{
	for (int i = 0; i < 64; i++)
		guest_desc(&guest, i, 0x10000, 1, VRING_DESC_F_NEXT,
			   (i + 1) % 64);
	guest_offer(&guest, 0);
}

static void bad_next(void)
{
	guest_desc(&guest, 0, 0x10000, 24, VRING_DESC_F_NEXT, 64);
	guest_offer(&guest, 0);
}

static void bad_next_far(void)
{
	guest_desc(&guest, 0, 0x10000, 24, VRING_DESC_F_NEXT, 65535);
	guest_offer(&guest, 0);
}

static void bad_head(void)
{
	guest_offer(&guest, 64);
}

static void bad_head_far(void)
{
	guest_offer(&guest, 65535);
}

static void bad_avail_idx(void)
{
	guest.avail->idx += 65;
}

static void bad_avail_idx_back(void)
{
	guest.avail->idx -= 1;
}

static void bad_address(void)
{
	guest_desc(&guest, 0, 0x7fffffffff000, 24, VRING_DESC_F_NEXT, 1);
	guest_desc(&guest, 1, 0x20000, 10, VRING_DESC_F_WRITE, 0);
	guest_offer(&guest, 0);
}

static void bad_address_of_response(void)
{
	struct guest_buffer buffers[2];

	put_request(VIRTIO_MEM_REQ_STATE, 0, 1, buffers);
	buffers[1].addr = 0 - 4096ULL;
	guest_add(&guest, buffers, 2, false);
}

static void bad_wrap(void)
{
	guest_desc(&guest, 0, UINT64_MAX - 5, 24, VRING_DESC_F_NEXT, 1);
	guest_desc(&guest, 1, 0x20000, 10, VRING_DESC_F_WRITE, 0);
	guest_offer(&guest, 0);
}

static void bad_length(void)
{
	guest_desc(&guest, 0, 0x10000, UINT32_MAX, VRING_DESC_F_NEXT, 1);
	guest_desc(&guest, 1, 0x20000, 10, VRING_DESC_F_WRITE, 0);
	guest_offer(&guest, 0);
}

static void bad_order(void)
{
	guest_desc(&guest, 0, 0x20000, 10,
		   VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	guest_desc(&guest, 1, 0x10000, 24, 0, 0);
	guest_offer(&guest, 0);
}

static void bad_no_buffers(void)
{
	guest_desc(&guest, 0, 0x10000, 0, 0, 0);
	guest_offer(&guest, 0);
}

static void bad_indirect_length(void)
{
	guest_desc(&guest, 0, 0x10000, 17, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

static void bad_indirect_empty(void)
{
	guest_desc(&guest, 0, 0x10000, 0, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

static void bad_indirect_address(void)
{
	guest_desc(&guest, 0, 1ULL << 50, 32, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

static void bad_indirect_too_long(void)
{
	guest_desc(&guest, 0, 0x10000, 16 * 65537, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

static void bad_indirect_in_unplugged_block(void)
{
	guest_desc(&guest, 0, GUEST_ADDR + 4 * MiB, 32, VRING_DESC_F_INDIRECT,
		   0);
	guest_offer(&guest, 0);
}

/* A table that leads to a table. */
static void bad_indirect_nested(void)
{
	struct vring_desc *table = guest_at(&guest, 0x10000);

	table[0] = (struct vring_desc) {
		.addr = 0x10000, .len = 16, .flags = VRING_DESC_F_INDIRECT,
	};
	guest_desc(&guest, 0, 0x10000, 16, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

static void bad_indirect_loop(void)
{
	struct vring_desc *table = guest_at(&guest, 0x10000);

	for (int i = 0; i < 2; i++)
		table[i] = (struct vring_desc) {
			.addr = 0x20000, .len = 1,
			.flags = VRING_DESC_F_NEXT, .next = !i,
		};
	guest_desc(&guest, 0, 0x10000, 32, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

/* More buffers than fit into what the device takes them apart into. */
static void bad_too_many_buffers(void)
{
	struct vring_desc *table = guest_at(&guest, 0x10000);
	int n = 1100;

	for (int i = 0; i < n; i++)
		table[i] = (struct vring_desc) {
			.addr = 0x20000, .len = 1,
			.flags = i + 1 < n ? VRING_DESC_F_NEXT : 0,
			.next = i + 1,
		};
	guest_desc(&guest, 0, 0x10000, 16 * n, VRING_DESC_F_INDIRECT, 0);
	guest_offer(&guest, 0);
}

static void bad_response_in_unplugged_block(void)
{
	struct guest_buffer buffers[2];

	put_request(VIRTIO_MEM_REQ_STATE, 0, 1, buffers);
	buffers[1].addr = GUEST_ADDR + 6 * MiB;
	guest_add(&guest, buffers, 2, false);
}

/* Its last bytes are unplugged. */
static void bad_response_across_the_border(void)
{
	struct guest_buffer buffers[2];

	put_request(VIRTIO_MEM_REQ_STATE, 0, 1, buffers);
	buffers[1].addr = GUEST_ADDR + 2 * MiB - 5;
	guest_add(&guest, buffers, 2, false);
}

static void check_bad(uint32_t flags, uint64_t features)
{
	static const struct {
		const char *what;
		void (*fn)(void);
	} table[] = {
#define BAD(name) { #name, bad_##name }
		BAD(loop), BAD(long_loop), BAD(next), BAD(next_far),
		BAD(head), BAD(head_far), BAD(avail_idx), BAD(avail_idx_back),
		BAD(address), BAD(address_of_response), BAD(wrap), BAD(length),
		BAD(order), BAD(no_buffers), BAD(indirect_length),
		BAD(indirect_empty), BAD(indirect_address),
		BAD(indirect_too_long), BAD(indirect_in_unplugged_block),
		BAD(indirect_nested), BAD(indirect_loop),
		BAD(too_many_buffers), BAD(response_in_unplugged_block),
		BAD(response_across_the_border),
	};

	start_features(flags, features);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	for (size_t i = 0; i < COUNT(table); i++) {
		ktap_context("%s", table[i].what);
		table[i].fn();
		CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
		check_broken(1);
	}
}

TEST(bad_chains_break_the_queue)
{
	check_bad(0, 0);
}

TEST(bad_chains_break_the_queue_with_event_idx)
{
	check_bad(VHOST_MEM_CREATE_READABLE, FEATURE(VIRTIO_RING_F_EVENT_IDX));
}

TEST(request_in_unplugged_block)
{
	for (uint32_t flags = 0; flags <= VHOST_MEM_CREATE_READABLE; flags++) {
		struct guest_buffer buffers[2];
		struct vring_used_elem elem;

		start_features(flags, 0);
		CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
		put_request(VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0, buffers);
		buffers[0].addr = GUEST_ADDR + 2 * MiB;
		guest_add(&guest, buffers, 2, false);
		guest_kick(&guest);
		CHECK_EQ(guest_wait(&guest, &elem), 0);
		CHECK_EQ(response_in(buffers[1].addr), ERROR);
		CHECK_EQ(device_count_plugged(&dev), 1);
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(buffers_in_plugged_blocks)
{
	struct guest_buffer buffers[2];
	struct vring_used_elem elem;

	start();
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	put_request(VIRTIO_MEM_REQ_PLUG, 5, 1, buffers);
	memcpy(dev.mem + 2 * MiB - 10, guest_at(&guest, buffers[0].addr), 24);
	buffers[0].addr = GUEST_ADDR + 2 * MiB - 10;
	buffers[1].addr = GUEST_ADDR + 4 * MiB - 10;
	memset(dev.mem + 4 * MiB - 10, 0xcc, 10);
	guest_add(&guest, buffers, 2, true);
	guest_kick(&guest);
	CHECK_EQ(guest_wait(&guest, &elem), 0);
	CHECK_EQ(response_in(buffers[1].addr), ACK);
	CHECK_EQ(device_count_plugged(&dev), 3);
}

/* The request unplugs the memory of its own response. */
TEST(unplug_of_the_response_buffer)
{
	struct guest_buffer buffers[2];

	start();
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	put_request(VIRTIO_MEM_REQ_UNPLUG, 0, 1, buffers);
	buffers[1].addr = GUEST_ADDR + 64;
	CHECK_WRITES(dev.mem + 64, 1);
	guest_add(&guest, buffers, 2, false);
	guest_kick(&guest);
	check_broken(1);
	CHECK_REFUSED(dev.mem);
}

static void ring_in_region(uint64_t block)
{
	guest.desc = (void *)(dev.mem + block * 2 * MiB);
	guest.avail = (void *)(dev.mem + block * 2 * MiB + PAGE);
	guest.used = (void *)(dev.mem + block * 2 * MiB + 2 * PAGE);
	guest_setup(&guest);
}

TEST(ring_in_plugged_block)
{
	for (int events = 0; events < 2; events++) {
		start_features(0, events ? FEATURE(VIRTIO_RING_F_EVENT_IDX) :
					   0);
		CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
		CHECK_EQ(guest_stop(&guest), 0);
		ring_in_region(1);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(guest_plug(&guest, 2, 1), ACK);
		CHECK_EQ(guest_state(&guest, 1, 2), VIRTIO_MEM_STATE_PLUGGED);
		/* The request unplugs the block that holds the ring. */
		{
			struct guest_buffer buffers[2];

			put_request(VIRTIO_MEM_REQ_UNPLUG, 1, 1, buffers);
			guest_add(&guest, buffers, 2, false);
			guest_kick(&guest);
		}
		check_broken(1);
		CHECK_REFUSED(dev.mem + 2 * MiB);
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(ring_in_unplugged_block)
{
	start();
	CHECK_EQ(guest_stop(&guest), 0);
	ring_in_region(1);
	CHECK_EQ(guest_start(&guest), -EFAULT);
	CHECK_EQ(state(), VHOST_MEM_STATE_STOPPED);
	/* Only the used ring can be reached. */
	guest.used = (void *)(guest.ram + 2 * GUEST_RING_MAX * 16);
	guest_setup(&guest);
	if (!guest_start(&guest)) {
		CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
		check_broken(0);
	} else {
		guest_restart(&guest);
	}
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
}

/* The system reset of a VMM takes the ring away, between two requests. */
TEST(system_reset_takes_the_ring)
{
	for (int events = 0; events < 2; events++) {
		start_features(0, events ? FEATURE(VIRTIO_RING_F_EVENT_IDX) :
					   0);
		CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
		CHECK_EQ(guest_stop(&guest), 0);
		ring_in_region(1);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(guest_plug(&guest, 2, 1), ACK);
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
		CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
		check_broken(0);
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(region_missing_in_the_memory_table)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region region;
	} table = {
		.head.nregions = 1,
		.region.memory_size = GUEST_RAM,
	};
	struct guest_buffer buffers[2];

	start();
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	table.region.userspace_addr = (uintptr_t)guest.ram;
	/* While running, as QEMU does it. */
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_MEM_TABLE, &table), 0);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
	put_request(VIRTIO_MEM_REQ_STATE, 0, 1, buffers);
	buffers[1].addr = GUEST_ADDR;
	guest_add(&guest, buffers, 2, false);
	guest_kick(&guest);
	check_broken(2);
}

TEST(ring_cannot_change_while_running)
{
	struct vhost_vring_state vring_state = { .num = 0 };

	start();
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_BASE, &vring_state),
		 -EBUSY);
	vring_state.num = 8;
	CHECK_EQ(device_ioctl(dev.fd, VHOST_SET_VRING_NUM, &vring_state),
		 -EBUSY);
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_GET_VRING_BASE, &vring_state), 0);
	CHECK_EQ(vring_state.num, 1);
	/* The queue continues there, with the same ring. */
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 1, 1), ACK);
}

struct flood {
	pthread_t thread;
	volatile bool stop;
};

/* Makes requests available all the time, and does not wait for responses. */
static void *flood(void *arg)
{
	struct guest_buffer buffers[2];
	struct flood *flood = arg;
	uint16_t offered = 0;

	put_request(VIRTIO_MEM_REQ_STATE, 0, 1, buffers);
	guest_desc(&guest, 0, buffers[0].addr, 24, VRING_DESC_F_NEXT, 1);
	guest_desc(&guest, 1, buffers[1].addr, 10, VRING_DESC_F_WRITE, 0);
	while (!flood->stop) {
		if ((uint16_t)(offered - guest.used->idx) >= 60)
			continue;
		guest_offer(&guest, 0);
		offered++;
		guest_kick(&guest);
	}
	return NULL;
}

/* When SET_RUNNING 0 has returned nothing is written any more. */
TEST(stop_is_synchronous)
{
	for (int round = 0; round < 30; round++) {
		struct flood f = { .stop = false };
		struct vhost_vring_state base = { .num = 0 };
		uint16_t idx;

		start();
		CHECK_EQ(pthread_create(&f.thread, NULL, flood, &f), 0);
		usleep(round * 1000);
		CHECK_EQ(guest_stop(&guest), 0);
		idx = guest.used->idx;
		usleep(10000);
		CHECK_EQ(guest.used->idx, idx);
		CHECK_EQ(device_ioctl(dev.fd, VHOST_GET_VRING_BASE, &base), 0);
		CHECK_EQ(base.num, idx);
		f.stop = true;
		pthread_join(f.thread, NULL);
		guest_free(&guest);
		device_close(&dev);
	}
}

TEST(system_reset_and_resize_during_requests)
{
	struct flood f = { .stop = false };

	start();
	CHECK_EQ(pthread_create(&f.thread, NULL, flood, &f), 0);
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
		CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    i % 32 * 2 * MiB), 0);
		CHECK_EQ(device_config(dev.fd).plugged_size, 0);
	}
	f.stop = true;
	pthread_join(f.thread, NULL);
	CHECK_EQ(state(), VHOST_MEM_STATE_RUNNING);
}

/* A flood does not keep the VMM from stopping, nor others from asking. */
TEST(flood_starves_nobody)
{
	struct flood f = { .stop = false };
	struct genl nl;

	start();
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(pthread_create(&f.thread, NULL, flood, &f), 0);
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(genl_set(&nl, dev.id, i % 2 * 2 * MiB, NULL), 0);
		CHECK_EQ(guest_stop(&guest), 0);
		CHECK_EQ(guest_start(&guest), 0);
	}
	f.stop = true;
	pthread_join(f.thread, NULL);
}

/*
 * A VMM that serves its own page faults, and does not: the worker waits for
 * it in the middle of a request. The administrator is answered all the same.
 */
TEST(administrator_does_not_wait_for_a_vmm_that_hangs)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct guest_buffer buffers[2];
	struct genl_region regions[8];
	struct genl nl;
	int fd;

	start();
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd < 0)
		ktap_skip("userfaultfd: %s", strerror(errno));
	CHECK_EQ(ioctl(fd, UFFDIO_API, &api), 0);
	reg.range.start = (uintptr_t)guest.ram + MiB;
	reg.range.len = PAGE;
	CHECK_EQ(ioctl(fd, UFFDIO_REGISTER, &reg), 0);
	put_request(VIRTIO_MEM_REQ_PLUG, 0, 1, buffers);
	buffers[1].addr = MiB;
	guest_add(&guest, buffers, 2, false);
	guest_kick(&guest);
	/* It has begun, and waits for us. */
	for (int i = 0; !genl_value(dev.id, VHOST_MEM_A_REGION_PLUGGED_SIZE);
	     i++) {
		CHECK(i < 6000);
		usleep(10000);
	}
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_set(&nl, dev.id, 8 * MiB, regions), 0);
	CHECK_EQ(regions[0].value[VHOST_MEM_A_REGION_REQUESTED_SIZE], 8 * MiB);
	CHECK(genl_dump(&nl, regions, 8) >= 1);
	CHECK_EQ(device_config(dev.fd).requested_size, 8 * MiB);
	close(fd);
	CHECK_EQ(guest_stop(&guest), 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's requests while everything in the vhost worker fails. What fails is
 * not answered ERROR, which drivers take for the end of the device.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>

#include "fail_nth.h"
#include "hugetlb.h"

static int worker_nth_fd(void)
{
	char path[300], comm[32] = "";
	struct dirent *entry;
	int fd, found = -1;
	DIR *dir;

	dir = opendir("/proc/self/task");
	CHECK(dir);
	while (found < 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, comm, sizeof(comm) - 1) > 0 &&
		    !strncmp(comm, "vhost-", 6)) {
			snprintf(path, sizeof(path),
				 "/proc/self/task/%s/fail-nth",
				 entry->d_name);
			found = open(path, O_RDWR | O_CLOEXEC);
		}
		close(fd);
	}
	closedir(dir);
	if (found < 0)
		ktap_skip("the vhost worker is no thread of this process");
	return found;
}

/* The response; -EPIPE if the device gave the ring up. */
static int request(uint16_t type, uint64_t first, uint16_t nr)
{
	struct virtio_mem_req req = {
		.type = type,
		.u.plug.addr = GUEST_ADDR + first * fixture.dev.block,
		.u.plug.nb_blocks = nr,
	};
	struct virtio_mem_resp resp;
	struct guest_buffer buffers[] = {
		{ guest_alloc(&fixture.guest, sizeof(req)), sizeof(req), false },
		{ guest_alloc(&fixture.guest, sizeof(resp)), sizeof(resp), true },
	};
	struct pollfd fds[] = {
		{ .fd = fixture.guest.call, .events = POLLIN },
		{ .fd = fixture.guest.err, .events = POLLIN },
	};

	memcpy(guest_at(&fixture.guest, buffers[0].addr), &req, sizeof(req));
	guest_add(&fixture.guest, buffers, 2, false);
	guest_kick(&fixture.guest);
	if (poll(fds, 2, 60000) < 1)
		return -ETIMEDOUT;
	if (fixture.guest.used->idx == fixture.guest.last_used) {
		CHECK_EQ(guest_wait_fd(fixture.guest.err, 0), 0);
		return -EPIPE;
	}
	CHECK_EQ(guest_wait_fd(fixture.guest.call, 0), 0);
	fixture.guest.last_used++;
	memcpy(&resp, guest_at(&fixture.guest, buffers[1].addr), sizeof(resp));
	return resp.type;
}

/* Blocks 0 to 3 are plugged before. */
struct request {
	const char *name;
	uint16_t type;
	uint64_t first;
	uint16_t nr;
	uint64_t blocks;	/* the block map afterwards */
};

static void worker_restart(void)
{
	guest_restart(&fixture.guest);
	guest_wait_fd(fixture.guest.call, 0);
	guest_wait_fd(fixture.guest.err, 0);
}

static bool request_one(const struct request *req, int fd,
			unsigned int responses[8])
{
	struct state before, after;
	bool happened, done;
	int ret;

	CHECK_EQ(request(VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(request(VIRTIO_MEM_REQ_PLUG, 0, 4), VIRTIO_MEM_RESP_ACK);
	for (int i = 0; i < 4; i++)
		CHECK_WRITES(fixture.dev.mem + i * fixture.dev.block, i + 1);
	fixture.written = true;
	/* The worker is idle then, and its counter ours. */
	worker_restart();
	CHECK_EQ(request(VIRTIO_MEM_REQ_STATE, 0, 1), VIRTIO_MEM_RESP_ACK);
	usleep(10000);
	state_take(&before, fixture.dev.fd);
	fault_arm(fd, sweep_nth);
	ret = request(req->type, req->first, req->nr);
	CHECK_EQ(guest_stop(&fixture.guest), 0);
	happened = fault_disarm(fd);
	worker_restart();
	state_take(&after, fixture.dev.fd);

	expect(fixture_has_bytes(after.blocks), "bytes are lost");
	responses[ret < 0 ? 7 : ret & 3]++;
	done = after.blocks == req->blocks;
	if (!done)
		expect_same(&before, &after, false, "done in part");
	if (ret == VIRTIO_MEM_RESP_ACK)
		expect(done, "acknowledged but not done");
	else if (sweep_kind != USERCOPY || ret != -EPIPE)
		expect(before.blocks == after.blocks,
		       "answered %d, but done", ret);
	expect(happened || ret == VIRTIO_MEM_RESP_ACK,
	       "answered %d by itself", ret);
	/* Only who cannot be read or written to has violated the protocol. */
	if (sweep_kind != USERCOPY)
		expect(ret == VIRTIO_MEM_RESP_ACK ||
		       ret == VIRTIO_MEM_RESP_BUSY, "answered %d", ret);
	else
		expect(ret == VIRTIO_MEM_RESP_ACK || ret == -EPIPE ||
		       ret == VIRTIO_MEM_RESP_ERROR, "answered %d", ret);
	if (!done || before.blocks == req->blocks) {
		ret = request(req->type, req->first, req->nr);
		expect(ret == VIRTIO_MEM_RESP_ACK, "then answered %d", ret);
		state_take(&after, fixture.dev.fd);
		expect(after.blocks == req->blocks, "not done then");
	}
	return happened;
}

/* With all that is made to fail, in the worker of the fixture's guest. */
static void sweep_requests(void (*prepare)(void))
{
	static const struct request requests[] = {
		{ "PLUG", VIRTIO_MEM_REQ_PLUG, 4, 2, 0x3f },
		{ "UNPLUG", VIRTIO_MEM_REQ_UNPLUG, 1, 2, 0x9 },
		{ "UNPLUG_ALL", VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0, 0 },
		{ "STATE", VIRTIO_MEM_REQ_STATE, 0, 4, 0xf },
	};
	int fd;

	sweep_begin();
	prepare();
	fd = worker_nth_fd();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		for (int kind = 0; kind < FAULT_KINDS; kind++) {
			unsigned int responses[8] = { 0 };

			sweep_name = requests[i].name;
			sweep_kind = kind;
			fault_select(kind);
			for (sweep_nth = 1;
			     request_one(&requests[i], fd, responses);
			     sweep_nth++)
				expect(sweep_nth < NTH_MAX, "no end");
			ktap_say("%s: %u times %s; ACK:%u NACK:%u BUSY:%u ERROR:%u, ring given up:%u",
				 sweep_name, sweep_nth - 1, fault_attr[kind],
				 responses[VIRTIO_MEM_RESP_ACK],
				 responses[VIRTIO_MEM_RESP_NACK],
				 responses[VIRTIO_MEM_RESP_BUSY],
				 responses[VIRTIO_MEM_RESP_ERROR], responses[7]);
		}
	}
	close(fd);
	fixture_end();
	sweep_end();
}

TEST(requests)
{
	sweep_requests(fixture_running);
}

/* Then PLUG is what needs memory, and may be answered BUSY. */
static void start_guest(void)
{
	guest_init(&fixture.guest, &fixture.dev, 16, 0);
	fixture.have_guest = true;
	guest_setup(&fixture.guest);
	CHECK_EQ(guest_start(&fixture.guest), 0);
}

static void fixture_running_prealloc(void)
{
	fixture_prealloc();
	start_guest();
}

static void fixture_running_hugetlb(void)
{
	hugetlb_pool(REGION / HUGE);
	fixture_region_of(HUGE, VHOST_MEM_CREATE_HUGETLB);
	start_guest();
}

TEST(requests_hugetlb)
{
	sweep_requests(fixture_running_hugetlb);
	CHECK(hugetlb_free_soon(REGION / HUGE));
	hugetlb_pool(0);
}

TEST(requests_prealloc)
{
	sweep_requests(fixture_running_prealloc);
}

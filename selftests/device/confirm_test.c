// SPDX-License-Identifier: GPL-2.0
/*
 * A VMM that maps memory for DMA confirms what its guest's requests change: in each state
 * of a change it does what it should, something else, nothing, or dies; and the device is
 * stopped, reset, frozen or told to ask no more.
 *
 * tier: full
 */
#include <endian.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "confirm.h"
#include "genl.h"
#include "hugetlb.h"
#include "passfd.h"
#include "vring.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ACK VIRTIO_MEM_RESP_ACK
#define BUSY VIRTIO_MEM_RESP_BUSY
#define ERROR VIRTIO_MEM_RESP_ERROR
#define PLUG VIRTIO_MEM_REQ_PLUG
#define UNPLUG VIRTIO_MEM_REQ_UNPLUG
#define UNPLUG_ALL VIRTIO_MEM_REQ_UNPLUG_ALL
#define DONE VHOST_MEM_CONFIRM_DONE
#define FAILED VHOST_MEM_CONFIRM_FAILED
#define FORCE VHOST_MEM_CONFIRM_FORCE

#define SIZE (64 * HUGE)
/* A time-out that no test waits for; and one that tests do wait for. */
#define LONG_MS 600000
#define SHORT_MS 300
/* How long something must not happen. */
#define QUIET_MS 200

static struct device dev;
static struct guest guest;
static int asks;

static int set(unsigned long cmd, uint64_t value)
{
	return device_set(dev.fd, cmd, value);
}

/* A guest with blocks 0 to 3 plugged, whose VMM is asked from now on. */
static void start_flags(uint32_t flags)
{
	dev = device_new(SIZE, HUGE, flags);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	asks = eventfd(0, EFD_CLOEXEC);
	CHECK(asks >= 0);
	CHECK_EQ(confirm_set(dev.fd, asks, LONG_MS), 0);
}

static void start(void)
{
	start_flags(0);
}

static uint64_t plugged(void)
{
	return device_config(dev.fd).plugged_size / HUGE;
}

static bool is_answered(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return guest.used->idx != guest.last_used;
}

static void check_quiet(void)
{
	usleep(QUIET_MS * 1000);
	CHECK(!is_answered());
}

static void end(void)
{
	guest_free(&guest);
	device_close(&dev);
	close(asks);
}

/* A change that the guest asks for: PLUG of 8 and 9, UNPLUG of 1 and 2, or of all. */
static struct guest_sent send_type(uint16_t type)
{
	switch (type) {
	case PLUG:
		return guest_send_type(&guest, PLUG, 8, 2);
	case UNPLUG:
		return guest_send_type(&guest, UNPLUG, 1, 2);
	default:
		return guest_send_type(&guest, UNPLUG_ALL, 0, 0);
	}
}

static void check_pending(uint16_t type, const struct vhost_mem_pending *p)
{
	static const struct {
		uint16_t type;
		uint32_t pending;
		uint64_t offset, length;
	} expected[] = {
		{ PLUG, VHOST_MEM_PENDING_PLUG, 8 * HUGE, 2 * HUGE },
		{ UNPLUG, VHOST_MEM_PENDING_UNPLUG, HUGE, 2 * HUGE },
		{ UNPLUG_ALL, VHOST_MEM_PENDING_UNPLUG_ALL, 0, SIZE },
	};

	for (size_t i = 0; i < COUNT(expected); i++) {
		if (expected[i].type != type)
			continue;
		CHECK_EQ(p->type, expected[i].pending);
		CHECK_EQ(p->offset, expected[i].offset);
		CHECK_EQ(p->length, expected[i].length);
	}
	CHECK_EQ(p->size, sizeof(*p));
}

/* Send one, and let the VMM learn of it. */
static struct guest_sent ask(uint16_t type, struct vhost_mem_pending *pending)
{
	struct guest_sent sent = send_type(type);

	CHECK_EQ(confirm_wait(dev.fd, asks, pending), 0);
	check_pending(type, pending);
	return sent;
}

static int answer(const struct guest_sent *sent)
{
	return guest_receive(&guest, sent, NULL);
}

/* Blocks are as start() has left them. */
static void check_nothing_changed(void)
{
	CHECK_EQ(plugged(), 4);
	CHECK_EQ(device_count_plugged(&dev), 4);
	CHECK_WRITES(dev.mem, 1);
	CHECK_WRITES(dev.mem + 4 * HUGE - 1, 1);
	CHECK_UNPLUGGED(&dev, dev.mem + 8 * HUGE);
	CHECK_UNPLUGGED(&dev, dev.mem + 10 * HUGE - 1);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PLUGGED_SIZE), 4 * HUGE);
}

/* As the guest that asked for it has to find it. */
static void check_changed(uint16_t type)
{
	unsigned int nr = type == PLUG ? 6 : type == UNPLUG ? 2 : 0;

	CHECK_EQ(plugged(), nr);
	CHECK_EQ(device_count_plugged(&dev), nr);
	if (type == PLUG)
		CHECK_WRITES(dev.mem + 9 * HUGE, 1);
	else
		CHECK_UNPLUGGED(&dev, dev.mem + 2 * HUGE);
}

static const uint16_t types[] = { PLUG, UNPLUG, UNPLUG_ALL };

TEST(nobody_is_asked_without_it)
{
	struct vhost_mem_pending pending;

	start();
	CHECK_EQ(confirm_set(dev.fd, -1, 0), 0);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct guest_sent sent = send_type(types[i]);

		CHECK_EQ(answer(&sent), ACK);
		CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
	}
	CHECK_EQ(confirm_apply(dev.fd, 0, DONE), -ESTALE);
	CHECK_EQ(guest_wait_fd(asks, 0), -ETIMEDOUT);
}

TEST(arguments_are_checked)
{
	int file = fileno(tmpfile());
	struct {
		int fd;
		uint32_t timeout, reserved;
		int error;
	} table[] = {
		{ -2, 0, 0, -EINVAL }, { -2, 1, 0, -EINVAL },
		{ -1, 1, 0, -EINVAL }, { -1, 0, 1, -EINVAL },
		{ 12345, 1, 0, -EBADF }, { file, 1, 0, -EINVAL },
		{ 0, 0, 0, -EINVAL }, { 0, 1, 1, -EINVAL },
		{ 0, VHOST_MEM_CONFIRM_TIMEOUT_MAX + 1, 0, -ERANGE },
		{ 0, UINT32_MAX, 0, -ERANGE },
		{ 0, VHOST_MEM_CONFIRM_TIMEOUT_MAX, 0, 0 }, { 0, 1, 0, 0 },
		{ -1, 0, 0, 0 }, { -1, 0, 0, 0 },
	};
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	sent = ask(PLUG, &pending);
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vhost_mem_set_confirm arg = {
			.size = sizeof(arg), .timeout_ms = table[i].timeout,
			.fd = table[i].fd ?: asks, .reserved = table[i].reserved,
		};

		/* What fails changes nothing: the VMM still is asked. */
		if (table[i].error)
			CHECK(!is_answered());
		ktap_context("row %zu", i);
		CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_SET_CONFIRM, &arg),
			 table[i].error);
	}
	CHECK_EQ(answer(&sent), BUSY);
}

/* The guest learns of a change after the VMM's last word, and never before. */
static void confirm_each(uint32_t flags)
{
	struct vhost_mem_pending pending, again;
	struct guest_sent sent;

	for (size_t i = 0; i < COUNT(types); i++) {
		start_flags(flags);
		sent = ask(types[i], &pending);
		check_quiet();
		/* The VMM can map what is plugged, and others do not see it yet. */
		CHECK_EQ(device_count_plugged(&dev), 4);
		CHECK_EQ(plugged(), 4);
		CHECK_WRITES(dev.mem + 2 * HUGE, 1);
		if (types[i] == PLUG)
			CHECK_WRITES(dev.mem + 8 * HUGE, 1);
		CHECK_EQ(confirm_fetch(dev.fd, &again), 0);
		CHECK(!memcmp(&again, &pending, sizeof(again)));
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
		CHECK_EQ(answer(&sent), ACK);
		check_changed(types[i]);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), -ESTALE);
		CHECK_EQ(confirm_fetch(dev.fd, &again), -ENOENT);
		end();
	}
}

TEST(a_change_is_answered_when_it_is_confirmed)
{
	confirm_each(0);
}

TEST(a_change_is_answered_when_it_is_confirmed_readable)
{
	confirm_each(VHOST_MEM_CREATE_READABLE);
}

TEST(a_change_is_answered_when_it_is_confirmed_prealloc)
{
	confirm_each(VHOST_MEM_CREATE_PREALLOC);
}

TEST(a_change_is_answered_when_it_is_confirmed_hugetlb)
{
	hugetlb_pool(8);
	confirm_each(VHOST_MEM_CREATE_HUGETLB);
	CHECK(hugetlb_free_soon(8));
}

TEST(what_has_failed_is_as_it_was)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	for (size_t i = 0; i < COUNT(types); i++) {
		sent = ask(types[i], &pending);
		if (types[i] == PLUG)
			CHECK_WRITES(dev.mem + 8 * HUGE, 1);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, FAILED), 0);
		CHECK_EQ(answer(&sent), BUSY);
		check_nothing_changed();
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_BACKED_SIZE) <=
			 4 * HUGE, true);
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PROGRESS),
			 VHOST_MEM_PROGRESS_UNCONFIRMED);
	}
}

/* Requests that are refused are nobody's business. */
TEST(only_what_can_be_done_is_asked)
{
	struct vhost_mem_pending pending;

	start();
	CHECK_EQ(guest_plug(&guest, 3, 2), ERROR);
	CHECK_EQ(guest_unplug(&guest, 3, 2), ERROR);
	CHECK_EQ(guest_state(&guest, 0, 4), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(set(VHOST_MEM_SET_REQUESTED_SIZE, 5 * HUGE), 0);
	CHECK_EQ(guest_plug(&guest, 8, 2), VIRTIO_MEM_RESP_NACK);
	CHECK_EQ(set(VHOST_MEM_SET_FROZEN, 1), 0);
	CHECK_EQ(guest_unplug(&guest, 0, 1), BUSY);
	CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
	check_nothing_changed();
}

TEST(memory_that_is_still_pinned_stays_plugged)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;
	int fd;

	for (size_t i = 1; i < COUNT(types); i++) {
		start();
		fd = pin_memory(dev.mem + 2 * HUGE, PAGE);
		if (fd == -ENOSYS)
			ktap_skip("nothing to pin memory with");
		CHECK(fd >= 0);
		sent = ask(types[i], &pending);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), -EBUSY);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), -EBUSY);
		check_quiet();
		check_nothing_changed();
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, FAILED), 0);
		CHECK_EQ(answer(&sent), BUSY);
		check_nothing_changed();
		/* It is not the VMM. */
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PROGRESS),
			 VHOST_MEM_PROGRESS_PINNED);
		close(fd);
		/* It is let go a moment later. */
		sent = ask(types[i], &pending);
		for (int n = 0; confirm_apply(dev.fd, pending.seq, DONE) == -EBUSY; n++) {
			CHECK(n < 300);
			usleep(100000);
		}
		CHECK_EQ(answer(&sent), ACK);
		check_changed(types[i]);
		end();
	}
}

TEST(memory_that_cannot_be_mapped_again_is_taken_by_force)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;
	int fd;

	for (size_t i = 1; i < COUNT(types); i++) {
		start();
		fd = pin_memory(dev.mem + 2 * HUGE, PAGE);
		if (fd == -ENOSYS)
			ktap_skip("nothing to pin memory with");
		sent = ask(types[i], &pending);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), -EBUSY);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, FORCE), 0);
		CHECK_EQ(answer(&sent), ACK);
		check_changed(types[i]);
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), HUGE);
		close(fd);
		genl_becomes(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE, 0);
		end();
	}
}

/* The VMM has mapped it, and then something else fails. */
TEST(a_plug_that_fails_while_it_is_pinned)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;
	int fd;

	start();
	sent = ask(PLUG, &pending);
	CHECK_WRITES(dev.mem + 9 * HUGE, 0x77);
	fd = pin_memory(dev.mem + 9 * HUGE, PAGE);
	if (fd == -ENOSYS)
		ktap_skip("nothing to pin memory with");
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, FORCE), -EINVAL);
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, FAILED), 0);
	CHECK_EQ(answer(&sent), BUSY);
	check_nothing_changed();
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE), HUGE);
	CHECK_EQ(guest_plug(&guest, 9, 1), BUSY);
	close(fd);
	genl_becomes(dev.id, VHOST_MEM_A_REGION_LIMBO_SIZE, 0);
	sent = ask(PLUG, &pending);
	CHECK_READS(dev.mem + 9 * HUGE, 0);
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
}

TEST(only_what_was_fetched_can_be_confirmed)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;
	uint64_t seq;

	start();
	sent = ask(PLUG, &pending);
	seq = pending.seq;
	CHECK_EQ(confirm_apply(dev.fd, seq + 1, DONE), -ESTALE);
	CHECK_EQ(confirm_apply(dev.fd, seq - 1, DONE), -ESTALE);
	CHECK_EQ(confirm_apply(dev.fd, seq, 0), -EINVAL);
	CHECK_EQ(confirm_apply(dev.fd, seq, 4), -EINVAL);
	CHECK_EQ(confirm_apply(dev.fd, seq, UINT32_MAX), -EINVAL);
	check_quiet();
	CHECK_EQ(confirm_apply(dev.fd, seq, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
	/* The number of the next one can be guessed. */
	sent = send_type(UNPLUG);
	CHECK_EQ(guest_wait_fd(asks, 30000), 0);
	CHECK_EQ(confirm_apply(dev.fd, seq + 1, DONE), -ESTALE);
	check_quiet();
	CHECK_EQ(confirm_fetch(dev.fd, &pending), 0);
	CHECK_EQ(pending.seq, seq + 1);
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
}

TEST(what_nobody_fetches_in_time_is_cancelled)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	CHECK_EQ(confirm_set(dev.fd, asks, SHORT_MS), 0);
	for (size_t i = 0; i < COUNT(types); i++) {
		sent = send_type(types[i]);
		CHECK_EQ(answer(&sent), BUSY);
		check_nothing_changed();
		CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
		CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_PROGRESS),
			 VHOST_MEM_PROGRESS_UNCONFIRMED);
	}
	CHECK_EQ(guest_wait_fd(asks, 0), 0);
}

TEST(what_was_fetched_has_all_the_time)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	/* On a busy machine it takes a while until it is fetched. */
	CHECK_EQ(confirm_set(dev.fd, asks, 3000), 0);
	sent = ask(PLUG, &pending);
	usleep(4000000);
	CHECK(!is_answered());
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, FAILED), 0);
	CHECK_EQ(answer(&sent), BUSY);
}

/* The queue rests; what comes after is served after it. */
TEST(requests_wait_for_the_one_that_is_asked)
{
	struct vhost_mem_pending pending;
	struct guest_sent first, second, third;
	struct virtio_mem_resp response;

	start();
	first = ask(PLUG, &pending);
	second = guest_send_type(&guest, VIRTIO_MEM_REQ_STATE, 8, 2);
	third = send_type(UNPLUG);
	check_quiet();
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
	CHECK_EQ(answer(&first), ACK);
	CHECK_EQ(guest_receive(&guest, &second, &response), ACK);
	CHECK_EQ(le16toh(response.u.state.state), VIRTIO_MEM_STATE_PLUGGED);
	CHECK_EQ(confirm_wait(dev.fd, asks, &pending), 0);
	check_pending(UNPLUG, &pending);
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
	CHECK_EQ(answer(&third), ACK);
	CHECK_EQ(plugged(), 4);
}

/* --- what cancels a change --- */

static int ask_no_more(void)
{
	return confirm_set(dev.fd, -1, 0);
}

static int ask_anew(void)
{
	return confirm_set(dev.fd, asks, LONG_MS);
}

static int freeze(void)
{
	return set(VHOST_MEM_SET_FROZEN, 1);
}

static int reset(void)
{
	return set(VHOST_MEM_SYSTEM_RESET, 0);
}

static void cancel_each(int (*cancel)(void), bool fetched)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	for (size_t i = 0; i < COUNT(types); i++) {
		start();
		sent = send_type(types[i]);
		CHECK_EQ(guest_wait_fd(asks, 30000), 0);
		pending.seq = 1;
		if (fetched)
			CHECK_EQ(confirm_fetch(dev.fd, &pending), 0);
		CHECK_EQ(cancel(), 0);
		if (cancel == reset)
			CHECK_EQ(device_count_plugged(&dev), 0);
		else
			check_nothing_changed();
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), -ESTALE);
		CHECK_EQ(answer(&sent), BUSY);
		CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
		CHECK_EQ(plugged(), cancel == reset ? 0 : 4);
		if (cancel == freeze)
			CHECK_EQ(set(VHOST_MEM_SET_FROZEN, 0), 0);
		CHECK_EQ(ask_no_more(), 0);
		CHECK_EQ(guest_plug(&guest, 20, 1), ACK);
		end();
	}
}

TEST(asking_no_more_cancels)
{
	cancel_each(ask_no_more, false);
	cancel_each(ask_no_more, true);
}

TEST(asking_anew_cancels)
{
	cancel_each(ask_anew, false);
	cancel_each(ask_anew, true);
}

TEST(a_freeze_cancels)
{
	cancel_each(freeze, false);
	cancel_each(freeze, true);
}

TEST(a_system_reset_cancels)
{
	cancel_each(reset, false);
	cancel_each(reset, true);
}

/* The request is left in the ring, and begins again. */
TEST(a_stop_cancels_and_the_request_begins_again)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	for (unsigned int n = 0; n < 2 * COUNT(types); n++) {
		uint16_t type = types[n / 2];
		bool fetched = n % 2;

		start();
		sent = send_type(type);
		CHECK_EQ(guest_wait_fd(asks, 30000), 0);
		pending.seq = 1;
		if (fetched)
			CHECK_EQ(confirm_fetch(dev.fd, &pending), 0);
		CHECK_EQ(guest_stop(&guest), 0);
		check_nothing_changed();
		CHECK(!is_answered());
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), -ESTALE);
		CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
		/* The VMM's own changes are not asked. */
		CHECK_EQ(device_plug(&dev, 30, 1), 0);
		CHECK_EQ(device_unplug(&dev, 30, 1), 0);
		CHECK_EQ(guest_wait_fd(asks, 0), -ETIMEDOUT);
		CHECK_EQ(guest_start(&guest), 0);
		CHECK_EQ(confirm_wait(dev.fd, asks, &pending), 0);
		check_pending(type, &pending);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
		CHECK_EQ(answer(&sent), ACK);
		check_changed(type);
		end();
	}
}

/* Or the guest would send it again, and be told that it is wrong. */
TEST(what_was_done_is_answered_before_the_queue_stops)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	for (unsigned int n = 0; n < 60; n++) {
		uint16_t type = types[n % 3];

		start();
		sent = ask(type, &pending);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
		CHECK_EQ(guest_stop(&guest), 0);
		CHECK(is_answered());
		CHECK_EQ(answer(&sent), ACK);
		check_changed(type);
		CHECK_EQ(guest_start(&guest), 0);
		end();
	}
}

TEST(a_ring_that_begins_anew_has_no_old_answer)
{
	struct vhost_mem_pending pending;

	start();
	ask(PLUG, &pending);
	guest_restart(&guest);
	check_quiet();
	CHECK_EQ(guest_state(&guest, 8, 2), VIRTIO_MEM_STATE_UNPLUGGED);
	check_nothing_changed();
	CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
}

/* --- the guest meanwhile --- */

TEST(a_request_is_what_it_was_when_it_was_checked)
{
	struct vhost_mem_pending pending;
	struct virtio_mem_req *req;
	struct guest_sent sent;

	start();
	sent = ask(PLUG, &pending);
	req = guest_at(&guest, sent.out);
	req->type = htole16(UNPLUG_ALL);
	req->u.plug.addr = htole64(GUEST_ADDR + 40 * HUGE);
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
	check_changed(PLUG);
}

TEST(a_ring_that_is_broken_meanwhile)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	for (size_t i = 0; i < COUNT(types); i++) {
		start();
		sent = ask(types[i], &pending);
		/* The response would go to where nothing is. */
		guest.desc[(sent.head + 1) % guest.num].addr = htole64(1ULL << 60);
		CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
		genl_becomes(dev.id, VHOST_MEM_A_REGION_STATE, VHOST_MEM_STATE_BROKEN);
		CHECK(!is_answered());
		check_changed(types[i]);
		guest_restart(&guest);
		CHECK_EQ(guest_state(&guest, 50, 1), VIRTIO_MEM_STATE_UNPLUGGED);
		end();
	}
}

/* --- the VMM dies --- */

struct vmm {
	int socket;
	uint32_t flags;
	uint16_t type;
	bool fetches;
};

static int run_vmm(void *arg)
{
	struct vmm *vmm = arg;
	struct vhost_mem_pending pending;

	start_flags(vmm->flags);
	send_type(vmm->type);
	CHECK_EQ(guest_wait_fd(asks, 30000), 0);
	if (vmm->fetches)
		CHECK_EQ(confirm_fetch(dev.fd, &pending), 0);
	send_fd(vmm->socket, dev.fd);
	raise(SIGKILL);
	return 0;
}

static void vmm_dies(uint32_t flags, uint16_t type, bool fetches)
{
	struct vmm vmm = { .flags = flags, .type = type, .fetches = fetches };
	struct vhost_mem_config arg = { .size = sizeof(arg) };
	int sockets[2], left = flags & VHOST_MEM_CREATE_KEEP ? 4 : 0;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	vmm.socket = sockets[1];
	CHECK_EQ(in_child(run_vmm, &vmm), -SIGKILL);
	dev = (struct device) {
		.fd = receive_fd(sockets[0]), .size = SIZE, .block = HUGE,
	};
	CHECK_EQ(device_ioctl(dev.fd, VHOST_MEM_GET_CONFIG, &arg), 0);
	dev.id = arg.id;
	genl_becomes(dev.id, VHOST_MEM_A_REGION_STATE, VHOST_MEM_STATE_ORPHANED);
	CHECK_EQ(plugged(), left);
	CHECK_EQ(device_count_plugged(&dev), left);
	dev.mem = device_map(dev.fd, SIZE);
	CHECK(dev.mem);
	CHECK_REFUSED(dev.mem + 8 * HUGE);
	/* The next VMM is not asked, unless it wants to be. */
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 8, 2), ACK);
	CHECK_EQ(plugged(), left + 2);
	guest_free(&guest);
	device_close(&dev);
	close(sockets[0]);
	close(sockets[1]);
}

TEST(a_vmm_that_dies_leaves_nothing_behind)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		vmm_dies(0, types[i], false);
		vmm_dies(0, types[i], true);
	}
}

TEST(a_vmm_that_dies_leaves_what_was_confirmed)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		vmm_dies(VHOST_MEM_CREATE_KEEP, types[i], false);
		vmm_dies(VHOST_MEM_CREATE_KEEP, types[i], true);
	}
}

TEST(an_owner_that_gives_up_is_not_asked_any_more)
{
	struct vhost_mem_pending pending;

	start();
	ask(PLUG, &pending);
	CHECK_EQ(device_ioctl(dev.fd, VHOST_RESET_OWNER, NULL), 0);
	check_nothing_changed();
	CHECK_EQ(confirm_fetch(dev.fd, &pending), -ENOENT);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(guest_plug(&guest, 8, 2), ACK);
}

/* Everybody who waits, and the memory, goes with the device. */
TEST(a_device_that_is_closed_meanwhile)
{
	struct vhost_mem_pending pending;

	for (size_t i = 0; i < COUNT(types); i++) {
		start();
		ask(types[i], &pending);
		close(dev.fd);
		CHECK_REFUSED(dev.mem);
		CHECK_REFUSED(dev.mem + 8 * HUGE);
		munmap(dev.mem, dev.size);
		guest_free(&guest);
	}
}

/* Only the owner: who else has the open file may look at it, and nothing else. */
static int run_stranger(void *arg)
{
	struct vhost_mem_pending pending;

	(void)arg;
	CHECK_EQ(confirm_set(dev.fd, -1, 0), -EPERM);
	CHECK_EQ(confirm_fetch(dev.fd, &pending), -EPERM);
	CHECK_EQ(confirm_apply(dev.fd, 1, DONE), -EPERM);
	return 0;
}

TEST(a_stranger_cannot_answer)
{
	struct vhost_mem_pending pending;
	struct guest_sent sent;

	start();
	sent = ask(PLUG, &pending);
	CHECK_EQ(in_child(run_stranger, NULL), 0);
	check_quiet();
	CHECK_EQ(confirm_apply(dev.fd, pending.seq, DONE), 0);
	CHECK_EQ(answer(&sent), ACK);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The progress of a resize, as the administrator sees it: what the host can observe
 * without help of the guest.
 *
 * tier: full
 */
#include <endian.h>
#include <unistd.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#define ACK VIRTIO_MEM_RESP_ACK
#define NR_BLOCKS 64

/* A guest that sends no request for that long counts as quiet. */
#define QUIET_MS 10000

static struct device dev;
static struct guest guest;
static struct genl nl;

static int ask(uint64_t blocks)
{
	return device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, blocks * HUGE);
}

static void create(void)
{
	dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	CHECK_EQ(ask(0), 0);
	CHECK_EQ(genl_open(&nl), 0);
}

static void start(void)
{
	create();
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

static struct genl_region get(void)
{
	struct genl_region region;

	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	return region;
}

#define CHECK_PROGRESS(expected)					\
	CHECK_EQ(get().value[VHOST_MEM_A_REGION_PROGRESS],		\
		 VHOST_MEM_PROGRESS_##expected)

static bool responded(void)
{
	return get().attrs & 1ULL << VHOST_MEM_A_REGION_REQUEST_AGO;
}

static uint64_t requested_ago(void)
{
	return get().value[VHOST_MEM_A_REGION_REQUESTED_AGO];
}

TEST(done_when_nothing_is_left_to_do)
{
	start();
	CHECK_PROGRESS(DONE);
	CHECK_EQ(ask(2), 0);
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	CHECK_PROGRESS(DONE);
}

TEST(no_driver_until_one_is_served)
{
	create();
	CHECK_EQ(ask(2), 0);
	CHECK_PROGRESS(NO_DRIVER);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_PROGRESS(PENDING);
	/* A driver that stops may come back. */
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_PROGRESS(STOPPED);
	/* After a reset another guest comes, which may have none. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_PROGRESS(NO_DRIVER);
}

TEST(a_guest_at_work)
{
	start();
	CHECK_EQ(ask(4), 0);
	CHECK_PROGRESS(PENDING);
	CHECK(!responded());
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_PROGRESS(WORKING);
	CHECK(responded());
	/* Asked again, what it did before does not count. */
	CHECK_EQ(ask(5), 0);
	CHECK_PROGRESS(PENDING);
	CHECK(!responded());
}

static struct genl listener;

static void listen_for_events(void)
{
	CHECK_EQ(genl_open(&listener), 0);
	CHECK_EQ(genl_listen(&listener), 0);
}

/* The progress that the next event "stalled" of a region tells. */
static uint64_t stalled(uint32_t id)
{
	struct genl_region event;

	do
		CHECK_EQ(genl_event(&listener, 60000, &event), 0);
	while (event.cmd != VHOST_MEM_CMD_REGION_STALLED_NTF ||
	       event.value[VHOST_MEM_A_REGION_ID] != id);
	return event.value[VHOST_MEM_A_REGION_PROGRESS];
}

TEST(a_vmm_then_a_guest_that_does_not_react_and_one_that_gives_up)
{
	start();
	listen_for_events();
	/* Nobody reads the configuration: the guest cannot know. */
	CHECK_EQ(ask(4), 0);
	CHECK_EQ(stalled(dev.id), VHOST_MEM_PROGRESS_VMM_SILENT);
	CHECK_PROGRESS(VMM_SILENT);
	/* From now on it can. */
	device_config(dev.fd);
	CHECK_PROGRESS(PENDING);
	CHECK_EQ(stalled(dev.id), VHOST_MEM_PROGRESS_SILENT);
	CHECK_PROGRESS(SILENT);
	CHECK(requested_ago() >= QUIET_MS);

	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	CHECK_PROGRESS(WORKING);
	CHECK_EQ(stalled(dev.id), VHOST_MEM_PROGRESS_STALLED);
	CHECK_PROGRESS(STALLED);
	CHECK(get().value[VHOST_MEM_A_REGION_REQUEST_AGO] >= QUIET_MS);
}

/*
 * The guest could do nothing when it was asked, for longer than it takes to count
 * as quiet; then it could, and is quiet.
 */
TEST(a_guest_that_does_not_react_when_it_can)
{
	static struct guest other_guest;
	struct device other;

	create();
	other = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	guest_init(&other_guest, &other, 64, 0);
	guest_setup(&other_guest);
	CHECK_EQ(guest_start(&other_guest), 0);
	CHECK_EQ(device_set(other.fd, VHOST_MEM_SET_FROZEN, 1), 0);

	CHECK_EQ(ask(2), 0);
	CHECK_EQ(device_set(other.fd, VHOST_MEM_SET_REQUESTED_SIZE, HUGE), 0);
	usleep((QUIET_MS + 1000) * 1000);
	CHECK_PROGRESS(NO_DRIVER);
	listen_for_events();
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(device_set(other.fd, VHOST_MEM_SET_FROZEN, 0), 0);
	device_config(dev.fd);
	device_config(other.fd);
	/* It has only just been able to. */
	CHECK_PROGRESS(PENDING);
	for (int told = 0; told != 3; ) {
		struct genl_region event;

		CHECK_EQ(genl_event(&listener, 60000, &event), 0);
		if (event.cmd != VHOST_MEM_CMD_REGION_STALLED_NTF ||
		    (event.value[VHOST_MEM_A_REGION_ID] != dev.id &&
		     event.value[VHOST_MEM_A_REGION_ID] != other.id))
			continue;
		CHECK_EQ(event.value[VHOST_MEM_A_REGION_PROGRESS],
			 VHOST_MEM_PROGRESS_SILENT);
		told |= event.value[VHOST_MEM_A_REGION_ID] == dev.id ? 1 : 2;
	}
}

TEST(a_guest_that_is_done_is_not_reported_as_stalled)
{
	struct genl_region event;
	time_t end;
	int ret;

	start();
	CHECK_EQ(ask(1), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	listen_for_events();
	/* Other regions may have something to tell all the time. */
	end = time(NULL) + QUIET_MS / 1000 + 3;
	while (!(ret = genl_event(&listener, QUIET_MS + 2000, &event))) {
		CHECK(event.cmd != VHOST_MEM_CMD_REGION_STALLED_NTF ||
		      event.value[VHOST_MEM_A_REGION_ID] != dev.id);
		if (time(NULL) >= end)
			break;
	}
	CHECK(!ret || ret == -ETIMEDOUT);
}

TEST(what_the_host_refuses)
{
	int pin;

	start();
	CHECK_EQ(ask(4), 0);
	CHECK_EQ(guest_plug(&guest, 0, 5), VIRTIO_MEM_RESP_NACK);
	CHECK_PROGRESS(REFUSED);
	CHECK_EQ(guest_plug(&guest, NR_BLOCKS, 1), VIRTIO_MEM_RESP_ERROR);
	CHECK_PROGRESS(ERROR);
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	CHECK_EQ(ask(0), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_FROZEN, 1), 0);
	CHECK_PROGRESS(FROZEN);
	CHECK_EQ(guest_unplug(&guest, 0, 1), VIRTIO_MEM_RESP_BUSY);
	CHECK_PROGRESS(FROZEN);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_FROZEN, 0), 0);

	CHECK_WRITES(dev.mem, 1);
	pin = pin_memory(dev.mem, PAGE);
	if (pin == -ENOSYS)
		ktap_skip("this kernel cannot pin memory");
	CHECK(pin >= 0);
	CHECK_EQ(guest_unplug(&guest, 0, 1), VIRTIO_MEM_RESP_BUSY);
	CHECK_PROGRESS(PINNED);
}

TEST(a_broken_queue)
{
	start();
	CHECK_EQ(ask(4), 0);
	guest.avail->idx += 200;
	guest_kick(&guest);
	CHECK_EQ(guest_wait_fd(guest.err, 10000), 0);
	/* vhost has signalled what it found, which is before it returns to the module. */
	for (int i = 0; i < 1000 && get().value[VHOST_MEM_A_REGION_PROGRESS] !=
	     VHOST_MEM_PROGRESS_BROKEN; i++)
		usleep(10000);
	CHECK_PROGRESS(BROKEN);
}

int main(int argc, char **argv)
{
	ktap_beside = true;
	return ktap_main(argc, argv);
}

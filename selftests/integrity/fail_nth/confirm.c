// SPDX-License-Identifier: GPL-2.0
/* The confirmation of changes while everything in it fails. */
#include <sys/eventfd.h>

#include "confirm.h"
#include "fail_nth.h"

static struct vhost_mem_pending pending;
static struct guest_sent sent;

static int run_set_confirm(void)
{
	return confirm_set(fixture.dev.fd, fixture.eventfd, 1000);
}

/* Its guest is asked. */
static bool done_set_confirm(void)
{
	guest_init(&fixture.guest, &fixture.dev, 16, 0);
	fixture.have_guest = true;
	guest_setup(&fixture.guest);
	CHECK_EQ(guest_start(&fixture.guest), 0);
	guest_send_type(&fixture.guest, VIRTIO_MEM_REQ_PLUG, 0, 1);
	return !guest_wait_fd(fixture.eventfd, 10000);
}

static void fixture_asked(uint16_t type)
{
	fixture_running();
	fixture.eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(fixture.eventfd >= 0);
	CHECK_EQ(guest_plug(&fixture.guest, 0, 4), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(confirm_set(fixture.dev.fd, fixture.eventfd, 60000), 0);
	sent = guest_send_type(&fixture.guest, type,
			       type == VIRTIO_MEM_REQ_PLUG ? 4 : 1, 2);
	CHECK_EQ(confirm_wait(fixture.dev.fd, fixture.eventfd, &pending), 0);
}

static void fixture_asked_plug(void)
{
	fixture_asked(VIRTIO_MEM_REQ_PLUG);
}

static void fixture_asked_unplug(void)
{
	fixture_asked(VIRTIO_MEM_REQ_UNPLUG);
}

static int run_get_pending(void)
{
	struct vhost_mem_pending again;

	return confirm_fetch(fixture.dev.fd, &again);
}

static int run_confirm(void)
{
	return confirm_apply(fixture.dev.fd, pending.seq,
			     VHOST_MEM_CONFIRM_DONE);
}

static bool done_confirm_plug(void)
{
	return guest_receive(&fixture.guest, &sent, NULL) ==
	       VIRTIO_MEM_RESP_ACK && device_plugged(&fixture.dev, 5);
}

static bool done_confirm_unplug(void)
{
	return guest_receive(&fixture.guest, &sent, NULL) ==
	       VIRTIO_MEM_RESP_ACK && !device_plugged(&fixture.dev, 2);
}

SWEEP(set_confirm, fixture_eventfd, run_set_confirm, done_set_confirm)
SWEEP(get_pending, fixture_asked_plug, run_get_pending, NULL)
SWEEP(confirm_plug, fixture_asked_plug, run_confirm, done_confirm_plug)
SWEEP(confirm_unplug, fixture_asked_unplug, run_confirm, done_confirm_unplug)

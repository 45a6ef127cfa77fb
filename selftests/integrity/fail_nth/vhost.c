// SPDX-License-Identifier: GPL-2.0
/* The vhost core's ioctls, and starting and stopping, while they fail. */

#include "fail_nth.h"

static int run_set_owner(void)
{
	return device_ioctl(fixture.dev.fd, VHOST_SET_OWNER, NULL);
}

static bool done_set_owner(void)
{
	return run_set_owner() == -EBUSY;
}

static int run_set_features(void)
{
	return device_ioctl(fixture.dev.fd, VHOST_SET_FEATURES,
			    &fixture.guest.features);
}

static int run_get_features(void)
{
	uint64_t features = 0;

	return device_ioctl(fixture.dev.fd, VHOST_GET_FEATURES, &features);
}

static int run_mem_table(void)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[2];
	} table = {
		.head.nregions = 2,
		.regions = {
			{
				.memory_size = GUEST_RAM,
				.userspace_addr = (uintptr_t)fixture.guest.ram,
			}, {
				.guest_phys_addr = GUEST_ADDR,
				.memory_size = fixture.dev.size,
				.userspace_addr = (uintptr_t)fixture.dev.mem,
			},
		},
	};

	return device_ioctl(fixture.dev.fd, VHOST_SET_MEM_TABLE, &table);
}

static int run_vring_num(void)
{
	struct vhost_vring_state arg = { .num = 16 };

	return device_ioctl(fixture.dev.fd, VHOST_SET_VRING_NUM, &arg);
}

static int run_vring_base(void)
{
	struct vhost_vring_state arg = { .num = 0 };

	return device_ioctl(fixture.dev.fd, VHOST_SET_VRING_BASE, &arg);
}

static int run_get_vring_base(void)
{
	struct vhost_vring_state arg = { .num = 1 };
	int ret = device_ioctl(fixture.dev.fd, VHOST_GET_VRING_BASE, &arg);

	return ret ? ret : arg.num ? -EIO : 0;
}

static int run_vring_addr(void)
{
	struct vhost_vring_addr arg = {
		.desc_user_addr = (uintptr_t)fixture.guest.desc,
		.avail_user_addr = (uintptr_t)fixture.guest.avail,
		.used_user_addr = (uintptr_t)fixture.guest.used,
	};

	return device_ioctl(fixture.dev.fd, VHOST_SET_VRING_ADDR, &arg);
}

static int set_vring_fd(unsigned long cmd, int fd)
{
	struct vhost_vring_file arg = { .fd = fd };

	return device_ioctl(fixture.dev.fd, cmd, &arg);
}

static int run_vring_kick(void)
{
	return set_vring_fd(VHOST_SET_VRING_KICK, fixture.guest.kick);
}

static int run_vring_call(void)
{
	return set_vring_fd(VHOST_SET_VRING_CALL, fixture.guest.call);
}

static int run_vring_err(void)
{
	return set_vring_fd(VHOST_SET_VRING_ERR, fixture.guest.err);
}

static int run_start(void)
{
	return guest_start(&fixture.guest);
}

static bool done_start(void)
{
	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_STATE) ==
	       VHOST_MEM_STATE_RUNNING &&
	       guest_plug(&fixture.guest, 0, 1) == VIRTIO_MEM_RESP_ACK;
}

static int run_stop(void)
{
	return guest_stop(&fixture.guest);
}

static bool done_stop(void)
{
	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_STATE) ==
	       VHOST_MEM_STATE_STOPPED;
}

/* What was set can be used: the rest of the way to a request works. */
static bool done_vhost(void)
{
	guest_setup(&fixture.guest);
	return !run_start() && done_start();
}

static int run_reset_owner(void)
{
	return device_ioctl(fixture.dev.fd, VHOST_RESET_OWNER, NULL);
}

static bool done_reset_owner(void)
{
	return genl_value(fixture.dev.id, VHOST_MEM_A_REGION_STATE) ==
	       VHOST_MEM_STATE_STOPPED &&
	       !device_ioctl(fixture.dev.fd, VHOST_SET_OWNER, NULL) &&
	       done_vhost();
}

/* The worker is a thread; fork() has an errno of its own. */
SWEEP(set_owner, fixture_region, run_set_owner, done_set_owner,
      .errors = { -EAGAIN })
SWEEP(get_features, fixture_guest, run_get_features, NULL)
SWEEP(set_features, fixture_guest, run_set_features, done_vhost)
/* The vhost core takes every trouble with the table for this. */
SWEEP(set_mem_table, fixture_guest, run_mem_table, done_vhost,
      .errors = { -EFAULT })
SWEEP(set_vring_num, fixture_guest, run_vring_num, done_vhost)
SWEEP(set_vring_base, fixture_guest, run_vring_base, done_vhost)
SWEEP(get_vring_base, fixture_ready, run_get_vring_base, NULL)
SWEEP(set_vring_addr, fixture_guest, run_vring_addr, done_vhost)
SWEEP(set_vring_kick, fixture_guest, run_vring_kick, done_vhost)
SWEEP(set_vring_call, fixture_guest, run_vring_call, done_vhost)
SWEEP(set_vring_err, fixture_guest, run_vring_err, done_vhost)
/* The ring is touched, which may need memory. */
SWEEP(start, fixture_ready, run_start, done_start, .errors = { -EFAULT })
SWEEP(stop, fixture_running, run_stop, done_stop)
SWEEP(reset_owner, fixture_running, run_reset_owner, done_reset_owner)

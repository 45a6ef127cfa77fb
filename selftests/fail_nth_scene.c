// SPDX-License-Identifier: GPL-2.0
/* Scenes: what there is when a call is made. */

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "fail_nth.h"

struct scene scene;

static int listen_to_events(void)
{
	struct genl socket;

	CHECK_EQ(genl_open(&socket), 0);
	CHECK_EQ(genl_listen(&socket), 0);
	return socket.fd;
}

void scene_none(void)
{
	scene = (struct scene){
		.dev = { .fd = -1, .size = REGION, .block = HUGE },
		.nl.fd = -1,
		.listener = -1,
		.pipe = { -1, -1 },
		.eventfd = -1,
	};
}

void scene_open(void)
{
	scene_none();
	scene.dev.fd = device_open();
}

void scene_open_listener(void)
{
	scene_open();
	scene.listener = listen_to_events();
}

void scene_region_of(uint64_t block, uint32_t flags)
{
	scene_none();
	scene.dev = device_new(REGION, block, flags);
}

void scene_region(void)
{
	scene_region_of(HUGE, 0);
}

void scene_readable(void)
{
	scene_region_of(HUGE, VHOST_MEM_CREATE_READABLE);
}

void scene_prealloc(void)
{
	scene_region_of(PAGE, VHOST_MEM_CREATE_PREALLOC);
}

static void plug_some(void)
{
	struct device *dev = &scene.dev;

	CHECK_EQ(device_plug(dev, 0, 4), 0);
	CHECK_EQ(device_plug(dev, 6, 1), 0);
	for (unsigned int i = 0; i < 4; i++)
		CHECK_WRITES(dev->mem + i * dev->block, i + 1);
	scene.written = true;
}

void scene_plugged(void)
{
	scene_region();
	plug_some();
}

void scene_plugged_huge(void)
{
	scene_region();
	madvise(scene.dev.mem, scene.dev.size, MADV_HUGEPAGE);
	plug_some();
}

void scene_plugged_readable(void)
{
	unsigned char value;

	scene_readable();
	plug_some();
	CHECK_EQ(touch_read(scene.dev.mem + 5 * HUGE, &value), 0);
	CHECK_EQ(touch_read(scene.dev.mem + 20 * HUGE, &value), 0);
}

void scene_small(void)
{
	scene_region_of(PAGE, 0);
	CHECK_EQ(device_plug(&scene.dev, 0, 2), 0);
}

void scene_two_mappings(void)
{
	scene_plugged();
	scene.mapping = device_map(scene.dev.fd, scene.dev.size);
	CHECK(scene.mapping);
}

void scene_guest(void)
{
	scene_region();
	guest_init(&scene.guest, &scene.dev, 16, 0);
	scene.have_guest = true;
}

void scene_ready(void)
{
	scene_guest();
	guest_setup(&scene.guest);
}

void scene_running(void)
{
	scene_ready();
	CHECK_EQ(guest_start(&scene.guest), 0);
}

void scene_netlink(void)
{
	struct timeval timeout = { .tv_sec = 5 };

	scene_plugged();
	CHECK_EQ(genl_open(&scene.nl), 0);
	CHECK_EQ(setsockopt(scene.nl.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
			    sizeof(timeout)), 0);
}

void scene_listener(void)
{
	scene_netlink();
	scene.listener = listen_to_events();
}

void scene_pipe(void)
{
	scene_plugged();
	CHECK_EQ(pipe(scene.pipe), 0);
	CHECK_EQ(write(scene.pipe[1], "\x77", 1), 1);
}

void scene_eventfd(void)
{
	scene_region();
	scene.eventfd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(scene.eventfd >= 0);
}

void scene_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void scene_end(void)
{
	if (scene.have_guest)
		guest_free(&scene.guest);
	if (scene.mapping)
		munmap(scene.mapping, scene.dev.size);
	if (scene.dev.mem)
		munmap(scene.dev.mem, scene.dev.size);
	scene_close_fd(&scene.dev.fd);
	scene_close_fd(&scene.nl.fd);
	scene_close_fd(&scene.listener);
	scene_close_fd(&scene.pipe[0]);
	scene_close_fd(&scene.pipe[1]);
	scene_close_fd(&scene.eventfd);
	scene_none();
}

bool scene_has_bytes(uint64_t plugged)
{
	struct device *dev = &scene.dev;
	unsigned char value;

	if (!scene.written || !dev->mem)
		return true;
	for (unsigned int i = 0; i < 4; i++)
		if (plugged >> i & 1 &&
		    (touch_read(dev->mem + i * dev->block, &value) ||
		     value != i + 1))
			return false;
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/* Mappings and page faults while everything in them fails. */

#include <sys/mman.h>

#include "fail_nth.h"

static void scene_region_unmapped(void)
{
	scene_region();
	munmap(scene.dev.mem, scene.dev.size);
	scene.dev.mem = NULL;
}

static int run_mmap(void)
{
	void *at = mmap(NULL, scene.dev.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			scene.dev.fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	scene.mapping = at;
	return 0;
}

static int run_mmap_populate(void)
{
	void *at = mmap(NULL, scene.dev.size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, scene.dev.fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	scene.mapping = at;
	return 0;
}

static bool done_mmap(void)
{
	return scene.mapping && touch_write(scene.mapping, 1) == SIGBUS;
}

static bool done_mmap_plugged(void)
{
	return scene.mapping && !touch_write(scene.mapping, 1);
}

static void scene_mapping_closed(void)
{
	scene_plugged();
	scene_close_fd(&scene.dev.fd);
	scene.mapping = scene.dev.mem;
	scene.dev.mem = NULL;
}

static int run_munmap(void)
{
	if (munmap(scene.mapping, scene.dev.size))
		return -errno;
	scene.mapping = NULL;
	return 0;
}

static bool done_munmap(void)
{
	return !scene.mapping;
}

static int run_munmap_part(void)
{
	return munmap(scene.mapping + 3 * HUGE, HUGE) ? -errno : 0;
}

static bool done_munmap_part(void)
{
	return !maps_count(scene.mapping + 3 * HUGE, HUGE) &&
	       maps_count(scene.mapping, scene.dev.size) == 2;
}

static int run_mprotect_part(void)
{
	return mprotect(scene.mapping + 3 * HUGE, HUGE, PROT_READ) ? -errno : 0;
}

static bool done_mprotect_part(void)
{
	return maps_count(scene.mapping, scene.dev.size) == 3;
}

static int run_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(!scene_has_bytes(0xf));
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return status ? -EIO : 0;
}

SWEEP(mmap, scene_region_unmapped, run_mmap, done_mmap)
SWEEP(mmap_populate, scene_small, run_mmap_populate, done_mmap_plugged)
SWEEP(munmap, scene_two_mappings, run_munmap, done_munmap)
SWEEP(munmap_after_close, scene_mapping_closed, run_munmap, done_munmap)
SWEEP(munmap_part, scene_two_mappings, run_munmap_part, done_munmap_part)
SWEEP(mprotect_part, scene_two_mappings, run_mprotect_part, done_mprotect_part)

SWEEP(fork, scene_plugged, run_fork, NULL, .errors = { -EAGAIN })

/* --- page faults --- */

static int signal_error(int signal)
{
	return signal ? -EFAULT : 0;
}

static int run_touch_write(void)
{
	return signal_error(touch_write(scene.dev.mem + 6 * HUGE + 3 * PAGE,
					0x55));
}

static bool done_touch_write(void)
{
	unsigned char value;

	return !touch_read(scene.dev.mem + 6 * HUGE + 3 * PAGE, &value) &&
	       value == 0x55 && !device_unplug(&scene.dev, 6, 1);
}

static int run_touch_read(void)
{
	unsigned char value = 1;
	int signal = touch_read(scene.dev.mem + 30 * HUGE, &value);

	return signal ? signal_error(signal) : value ? -EIO : 0;
}

static bool done_touch_read(void)
{
	return !device_plug(&scene.dev, 30, 1) &&
	       !touch_write(scene.dev.mem + 30 * HUGE, 1);
}

/* A signal that cannot be delivered becomes SIGSEGV. */
static int run_touch_refused(void)
{
	int signal = touch_write(scene.dev.mem + 30 * HUGE, 1);

	return signal == SIGBUS ? 0 : signal == SIGSEGV ? -EFAULT : -EIO;
}

/* From the kernel: the fault is not repeated, the system call fails. */
static int run_read(void)
{
	ssize_t ret = read(scene.pipe[0], scene.dev.mem + 6 * HUGE, 1);

	return ret == 1 ? 0 : -errno;
}

static bool done_read(void)
{
	unsigned char value;

	return !touch_read(scene.dev.mem + 6 * HUGE, &value) && value == 0x77;
}

SWEEP(fault, scene_plugged, run_touch_write, done_touch_write)
SWEEP(fault_huge, scene_plugged_huge, run_touch_write, done_touch_write)
SWEEP(fault_readable, scene_plugged_readable, run_touch_write, done_touch_write)
SWEEP(fault_refused, scene_plugged, run_touch_refused, NULL)
SWEEP(fault_refused_readable, scene_plugged_readable, run_touch_refused, NULL)
SWEEP(fault_zero, scene_readable, run_touch_read, done_touch_read)
SWEEP(read_into_region, scene_pipe, run_read, done_read, .touches = true,
      .errors = { -EFAULT })

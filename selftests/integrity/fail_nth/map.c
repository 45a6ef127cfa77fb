// SPDX-License-Identifier: GPL-2.0
/* Mappings and page faults while everything in them fails. */

#include <sys/mman.h>

#include "fail_nth.h"

static void fixture_region_unmapped(void)
{
	fixture_region();
	munmap(fixture.dev.mem, fixture.dev.size);
	fixture.dev.mem = NULL;
}

static int run_mmap(void)
{
	void *at = mmap(NULL, fixture.dev.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			fixture.dev.fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	fixture.mapping = at;
	return 0;
}

static int run_mmap_populate(void)
{
	void *at = mmap(NULL, fixture.dev.size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, fixture.dev.fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	fixture.mapping = at;
	return 0;
}

static bool done_mmap(void)
{
	return fixture.mapping && touch_write(fixture.mapping, 1) == SIGBUS;
}

static bool done_mmap_plugged(void)
{
	return fixture.mapping && !touch_write(fixture.mapping, 1);
}

static void fixture_mapping_closed(void)
{
	fixture_plugged();
	fixture_close_fd(&fixture.dev.fd);
	fixture.mapping = fixture.dev.mem;
	fixture.dev.mem = NULL;
}

static int run_munmap(void)
{
	if (munmap(fixture.mapping, fixture.dev.size))
		return -errno;
	fixture.mapping = NULL;
	return 0;
}

static bool done_munmap(void)
{
	return !fixture.mapping;
}

static int run_munmap_part(void)
{
	return munmap(fixture.mapping + 3 * HUGE, HUGE) ? -errno : 0;
}

static bool done_munmap_part(void)
{
	return !maps_count(fixture.mapping + 3 * HUGE, HUGE) &&
	       maps_count(fixture.mapping, fixture.dev.size) == 2;
}

static int run_mprotect_part(void)
{
	return mprotect(fixture.mapping + 3 * HUGE, HUGE, PROT_READ) ? -errno : 0;
}

static bool done_mprotect_part(void)
{
	return maps_count(fixture.mapping, fixture.dev.size) == 3;
}

static int run_fork(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(!fixture_has_bytes(0xf));
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return status ? -EIO : 0;
}

SWEEP(mmap, fixture_region_unmapped, run_mmap, done_mmap)
SWEEP(mmap_populate, fixture_small, run_mmap_populate, done_mmap_plugged)
SWEEP(munmap, fixture_two_mappings, run_munmap, done_munmap)
SWEEP(munmap_after_close, fixture_mapping_closed, run_munmap, done_munmap)
SWEEP(munmap_part, fixture_two_mappings, run_munmap_part, done_munmap_part)
SWEEP(mprotect_part, fixture_two_mappings, run_mprotect_part, done_mprotect_part)

SWEEP(fork, fixture_plugged, run_fork, NULL, .errors = { -EAGAIN })

/* --- page faults --- */

static int signal_error(int signal)
{
	return signal ? -EFAULT : 0;
}

static int run_touch_write(void)
{
	return signal_error(touch_write(fixture.dev.mem + 6 * HUGE + 3 * PAGE,
					0x55));
}

static bool done_touch_write(void)
{
	unsigned char value;

	return !touch_read(fixture.dev.mem + 6 * HUGE + 3 * PAGE, &value) &&
	       value == 0x55 && !device_unplug(&fixture.dev, 6, 1);
}

static int run_touch_read(void)
{
	unsigned char value = 1;
	int signal = touch_read(fixture.dev.mem + 30 * HUGE, &value);

	return signal ? signal_error(signal) : value ? -EIO : 0;
}

static bool done_touch_read(void)
{
	return !device_plug(&fixture.dev, 30, 1) &&
	       !touch_write(fixture.dev.mem + 30 * HUGE, 1);
}

/* A signal that cannot be delivered becomes SIGSEGV. */
static int run_touch_refused(void)
{
	int signal = touch_write(fixture.dev.mem + 30 * HUGE, 1);

	return signal == SIGBUS ? 0 : signal == SIGSEGV ? -EFAULT : -EIO;
}

/* From the kernel: the fault is not repeated, the system call fails. */
static int run_read(void)
{
	ssize_t ret = read(fixture.pipe[0], fixture.dev.mem + 6 * HUGE, 1);

	return ret == 1 ? 0 : -errno;
}

static bool done_read(void)
{
	unsigned char value;

	return !touch_read(fixture.dev.mem + 6 * HUGE, &value) && value == 0x77;
}

SWEEP(fault, fixture_plugged, run_touch_write, done_touch_write)
SWEEP(fault_huge, fixture_plugged_huge, run_touch_write, done_touch_write)
SWEEP(fault_readable, fixture_plugged_readable, run_touch_write, done_touch_write)
SWEEP(fault_refused, fixture_plugged, run_touch_refused, NULL)
SWEEP(fault_refused_readable, fixture_plugged_readable, run_touch_refused, NULL)
SWEEP(fault_zero, fixture_readable, run_touch_read, done_touch_read)
SWEEP(read_into_region, fixture_pipe, run_read, done_read, .touches = true,
      .errors = { -EFAULT })

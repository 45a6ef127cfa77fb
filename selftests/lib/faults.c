// SPDX-License-Identifier: GPL-2.0
/* See faults.h. */

#include <fcntl.h>

#include "device.h"
#include "faults.h"

const char *const fault_attr[FAULT_KINDS] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};
const int fault_error[FAULT_KINDS] = { -ENOMEM, -ENOMEM, -EFAULT };

static void fault_set(const char *attr, const char *file, const char *text)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", attr, file);
	ret = write_file(path, text);
	if (ret == -ENOENT)
		ktap_skip("no %s in this kernel", path);
	CHECK_EQ(ret, 0);
}

/* A range of code that no failure may come from: all of it, or none. */
static void fault_enable(const char *attr, bool on)
{
	fault_set(attr, "reject-end", on ? "0" : "0xffffffffffffffff");
}

void fault_select(enum fault_kind kind)
{
	for (int i = 0; i < FAULT_KINDS; i++)
		fault_enable(fault_attr[i], kind == FAULT_KINDS ||
					    i == (int)kind);
}

int fault_open(void)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		ktap_skip("no fault injection in this kernel");
	return fd;
}

void fault_init(void)
{
	const char *verbose = getenv("FAIL_NTH_VERBOSE") ? "2" : "0";

	for (int i = 0; i < FAULT_KINDS; i++) {
		fault_set(fault_attr[i], "probability", "0");
		fault_set(fault_attr[i], "verbose", verbose);
		fault_set(fault_attr[i], "verbose_ratelimit_burst", "100000");
	}
	fault_set("failslab", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-wait", "N");
	fault_set("fail_page_alloc", "ignore-gfp-highmem", "N");
	fault_set("fail_page_alloc", "min-order", "0");
}

void fault_arm(int fd, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	CHECK_EQ(pwrite(fd, text, strlen(text), 0), strlen(text));
}

bool fault_disarm(int fd)
{
	char text[16] = "";
	bool happened;

	/* What was still to come may come now: then it has not happened. */
	happened = pread(fd, text, sizeof(text) - 1, 0) > 0 &&
		   atoi(text) == 0;
	while (pwrite(fd, "0", 1, 0) != 1)
		CHECK_EQ(errno, EFAULT);
	return happened;
}

static void chance_set(const char *attr)
{
	/* First: all that follows is for chosen tasks only. */
	fault_set(attr, "task-filter", "Y");
	fault_set(attr, "verbose", "0");
	fault_set(attr, "interval", "1");
	fault_set(attr, "times", "-1");
	fault_set(attr, "ignore-gfp-wait", "N");
	fault_set(attr, "probability", "1");
}

/* First: without the filter everybody's allocations would fail, init's as well. */
static void chance_unset(const char *attr)
{
	fault_set(attr, "probability", "0");
	fault_set(attr, "task-filter", "N");
}

bool fault_chance_begin(void)
{
	if (access("/proc/thread-self/make-it-fail", F_OK) ||
	    access("/sys/kernel/debug/failslab", F_OK) ||
	    access("/sys/kernel/debug/fail_page_alloc", F_OK))
		return false;
	chance_set("failslab");
	fault_set("fail_page_alloc", "min-order", "0");
	chance_set("fail_page_alloc");
	return true;
}

void fault_chance_end(void)
{
	chance_unset("failslab");
	chance_unset("fail_page_alloc");
}

int fault_chance_open(const char *thread)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%s/make-it-fail", thread);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

void fault_chance(int fd, bool chosen)
{
	CHECK_EQ(pwrite(fd, chosen ? "1" : "0", 1, 0), 1);
}

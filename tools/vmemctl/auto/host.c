// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../escape.h"
#include "../proc.h"
#include "host.h"

#define PRESSURE	"/proc/pressure/memory"
/* The unprivileged may have windows of a multiple of 2 s. */
#define TRIGGER		"some 150000 2000000"

int host_parse_meminfo(struct fleet_host *host, const char *text)
{
	struct host_memory memory;

	if (!proc_parse_memory(&memory, text))
		return -EBADMSG;
	host->total = memory.total;
	host->available = memory.available;
	return 0;
}

int host_parse_pressure(struct fleet_host *host, const char *text)
{
	unsigned int percent, hundredths;

	if (sscanf(text, "some avg10=%u.%2u ", &percent, &hundredths) != 2 || percent > 100)
		return -EBADMSG;
	host->pressure = percent * 100 + hundredths;
	return 0;
}

int host_read(struct fleet_host *host)
{
	struct timespec ts;
	char text[8192];
	int ret;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	host->now_ms = ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
	host->pressure = 0;
	if (proc_read(AT_FDCWD, PRESSURE, text, sizeof(text)))
		host_parse_pressure(host, text);
	errno = 0;
	ret = proc_read(AT_FDCWD, "/proc/meminfo", text, sizeof(text)) ?
	      host_parse_meminfo(host, text) : errno ? -errno : -EIO;
	if (ret)
		error("/proc/meminfo: %s", strerror(-ret));
	return ret;
}

int host_open_pressure(void)
{
	int fd = open(PRESSURE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, TRIGGER, sizeof(TRIGGER)) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

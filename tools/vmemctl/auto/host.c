// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../escape.h"
#include "host.h"

#define PRESSURE	"/proc/pressure/memory"
/* The unprivileged may have windows of a multiple of 2 s. */
#define TRIGGER		"some 150000 2000000"

static int read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		n = -errno;
	else
		text[n] = '\0';
	close(fd);
	return n < 0 ? n : 0;
}

static int parse_kib(const char *text, const char *name, uint64_t *bytes)
{
	unsigned long long kib;
	const char *p = strstr(text, name);

	if (!p || sscanf(p + strlen(name), "%llu kB", &kib) != 1 ||
	    __builtin_mul_overflow(kib, 1024, bytes))
		return -EBADMSG;
	return 0;
}

int host_parse_meminfo(struct fleet_host *host, const char *text)
{
	int ret = parse_kib(text, "MemTotal:", &host->total);

	return ret ? ret : parse_kib(text, "MemAvailable:", &host->available);
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
	if (!read_text(PRESSURE, text, sizeof(text)))
		host_parse_pressure(host, text);
	ret = read_text("/proc/meminfo", text, sizeof(text));
	if (!ret)
		ret = host_parse_meminfo(host, text);
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

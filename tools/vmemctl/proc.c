// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

/* Both lines are among the first three. */
#define MEMINFO_MAX	1024

const char *proc_dir = "/proc";

bool proc_read(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return n >= 0;
}

/* The number behind @label, which begins a line and is in KiB, in bytes. */
static uint64_t meminfo_bytes(const char *text, const char *label)
{
	const char *line = strstr(text, label);
	unsigned long long kib;

	if (!line || (line != text && line[-1] != '\n'))
		return 0;
	kib = strtoull(line + strlen(label), NULL, 10);
	return kib > UINT64_MAX / 1024 ? UINT64_MAX : kib * 1024;
}

void proc_host_memory(struct host_memory *memory)
{
	char path[256], text[MEMINFO_MAX];

	memset(memory, 0, sizeof(*memory));
	snprintf(path, sizeof(path), "%s/meminfo", proc_dir);
	if (!proc_read(AT_FDCWD, path, text, sizeof(text)))
		return;
	memory->total = meminfo_bytes(text, "MemTotal:");
	memory->available = meminfo_bytes(text, "MemAvailable:");
}

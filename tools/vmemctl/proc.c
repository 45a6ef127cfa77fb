// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
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
static bool meminfo_bytes(const char *text, const char *label, uint64_t *bytes)
{
	const char *line = strstr(text, label);
	unsigned long long kib;

	if (!line || (line != text && line[-1] != '\n') ||
	    sscanf(line + strlen(label), "%llu kB", &kib) != 1)
		return false;
	return !__builtin_mul_overflow(kib, 1024, bytes);
}

bool proc_parse_memory(struct host_memory *memory, const char *meminfo)
{
	bool known;

	memset(memory, 0, sizeof(*memory));
	known = meminfo_bytes(meminfo, "MemTotal:", &memory->total);
	return meminfo_bytes(meminfo, "MemAvailable:", &memory->available) && known;
}

void proc_host_memory(struct host_memory *memory)
{
	char path[256], text[MEMINFO_MAX];

	memset(memory, 0, sizeof(*memory));
	snprintf(path, sizeof(path), "%s/meminfo", proc_dir);
	if (proc_read(AT_FDCWD, path, text, sizeof(text)))
		proc_parse_memory(memory, text);
}

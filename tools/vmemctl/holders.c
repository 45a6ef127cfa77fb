// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holders.h"
#include "proc.h"

/* Bytes read of a file in fdinfo; the line that counts comes early. */
#define FDINFO_MAX	4096

/* The line that the module writes; all of it has to match. */
#define LABEL		"vhost-mem-region:\t"

static bool is_of_region(int dir, const char *name, uint32_t id)
{
	char text[FDINFO_MAX], line[sizeof(LABEL) + 16];
	const char *at = text;

	if (!proc_read(dir, name, text, sizeof(text)))
		return false;
	snprintf(line, sizeof(line), LABEL "%" PRIu32 "\n", id);
	while ((at = strstr(at, line))) {
		if (at == text || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

static bool holds(int proc, const char *pid, uint32_t id)
{
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%.20s/fdinfo", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			found = is_of_region(fd, entry->d_name, id);
	}
	closedir(dir);
	return found;
}

static void fill_in(int proc, const char *pid, struct holder *holder)
{
	char path[64];

	holder->pid = strtoul(pid, NULL, 10);
	snprintf(path, sizeof(path), "%.20s/comm", pid);
	if (!proc_read(proc, path, holder->comm, sizeof(holder->comm)))
		holder->comm[0] = '\0';
	holder->comm[strcspn(holder->comm, "\n")] = '\0';
}

size_t holders_find(const char *proc, uint32_t id, struct holder *holders)
{
	DIR *dir = opendir(proc);
	struct dirent *entry;
	size_t nr = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !holds(dirfd(dir), entry->d_name, id))
			continue;
		if (nr < HOLDERS_MAX)
			fill_in(dirfd(dir), entry->d_name, &holders[nr]);
		nr++;
	}
	closedir(dir);
	return nr;
}

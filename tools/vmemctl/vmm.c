// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "proc.h"
#include "vmm.h"

#define FILE_MAX	4096

static bool read_of(uint32_t pid, const char *name, char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%u/%s", proc_dir, pid, name);
	return proc_read(AT_FDCWD, path, text, FILE_MAX);
}

static bool has_ending(const char *text, size_t len, const char *ending)
{
	size_t n = strlen(ending);

	return len > n && !strncmp(text + len - n, ending, n);
}

/* The last part of the path @path that is a unit with processes of its own. */
static size_t last_unit(const char *path, size_t path_len, const char **unit)
{
	const char *end = path + path_len;
	size_t len, unit_len = 0;

	while (path < end) {
		len = strcspn(path, "/\n");
		if (has_ending(path, len, ".service") || has_ending(path, len, ".scope")) {
			*unit = path;
			unit_len = len;
		}
		path += len + 1;
	}
	return unit_len;
}

/* Lines are "0::/path", or "5:name=systemd:/path" where cgroups are of version 1. */
char *vmm_unit(char *buf, size_t size, const char *cgroup)
{
	const char *line, *end, *path, *unit = NULL;
	char name[FILE_MAX];
	size_t len;

	*buf = '\0';
	for (line = cgroup; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		path = strchr(line, '/');
		if (!path || path >= end ||
		    (strncmp(line, "0::", 3) && !memmem(line, path - line, ":name=systemd:", 14)))
			continue;
		len = last_unit(path, end - path, &unit);
		if (!len || len >= sizeof(name))
			continue;
		memcpy(name, unit, len);
		name[len] = '\0';
		escape_text(buf, size, name);
	}
	return buf;
}

/* The effective one: /proc/PID belongs to root where a process cannot be dumped. */
static void find_user(char *buf, const char *status)
{
	/* Most VMMs of a host are run by one user, and it may take a server to ask. */
	static char last_name[VMM_TEXT_MAX];
	static unsigned int last;
	const char *line = strstr(status, "\nUid:\t");
	struct passwd *pw;
	unsigned int uid;

	if (!line || sscanf(line, "\nUid:\t%*u\t%u", &uid) != 1)
		return;
	if (!*last_name || uid != last) {
		pw = getpwuid(uid);
		if (pw)
			escape_text(last_name, sizeof(last_name), pw->pw_name);
		else
			snprintf(last_name, sizeof(last_name), "%u", uid);
		last = uid;
	}
	strcpy(buf, last_name);
}

void vmm_find(struct vmm *vmm, const struct region *region)
{
	char text[FILE_MAX];

	memset(vmm, 0, sizeof(*vmm));
	/* Without its process: the PID may be that of another one by now. */
	if (!region->pid || (region_has(region, VHOST_MEM_A_REGION_STATE) &&
			     (region->state == VHOST_MEM_STATE_ORPHANED ||
			      region->state == VHOST_MEM_STATE_ENDED)))
		return;
	if (read_of(region->pid, "status", text))
		find_user(vmm->user, text);
	if (read_of(region->pid, "cgroup", text))
		vmm_unit(vmm->unit, sizeof(vmm->unit), text);
}

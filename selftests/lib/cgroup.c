// SPDX-License-Identifier: GPL-2.0
/* See cgroup.h. */

#include <inttypes.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "device.h"
#include "ktap.h"

static void cgroup_file(const struct cgroup *cgroup, const char *file,
			char *path, size_t size)
{
	snprintf(path, size, "%s/%s", cgroup->path, file);
}

struct cgroup cgroup_new(const char *name)
{
	struct cgroup cgroup;
	char path[192];

	snprintf(cgroup.path, sizeof(cgroup.path), "/sys/fs/cgroup/%s-%d", name,
		 getpid());
	CHECK_EQ(mkdir(cgroup.path, 0755), 0);
	cgroup_file(&cgroup, "memory.max", path, sizeof(path));
	CHECK_EQ(access(path, W_OK), 0);
	return cgroup;
}

void cgroup_enter(const struct cgroup *cgroup)
{
	char path[192];

	cgroup_file(cgroup, "cgroup.procs", path, sizeof(path));
	CHECK_EQ(write_file(path, "0"), 0);
}

void cgroup_set(const struct cgroup *cgroup, const char *file, uint64_t value)
{
	char path[192], text[32];

	cgroup_file(cgroup, file, path, sizeof(path));
	if (value == UINT64_MAX)
		snprintf(text, sizeof(text), "max");
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	CHECK_EQ(write_file(path, text), 0);
}

uint64_t cgroup_get(const struct cgroup *cgroup, const char *file,
		    const char *key)
{
	char path[192], line[256];
	uint64_t value = 0;
	bool found = false;
	FILE *stream;

	cgroup_file(cgroup, file, path, sizeof(path));
	stream = fopen(path, "re");
	CHECK(stream);
	while (!found && fgets(line, sizeof(line), stream)) {
		size_t skip = key ? strlen(key) : 0;

		if (key && (strncmp(line, key, skip) || line[skip] != ' '))
			continue;
		value = strtoull(line + skip, NULL, 10);
		found = true;
	}
	fclose(stream);
	CHECK(found);
	return value;
}

uint64_t cgroup_settled(const struct cgroup *cgroup)
{
	uint64_t used, before;
	char path[192];

	/* Page cache, say, of what this program was read from. Fails when done. */
	cgroup_file(cgroup, "memory.reclaim", path, sizeof(path));
	write_file(path, "1G");
	used = cgroup_get(cgroup, "memory.current", NULL);
	do {
		before = used;
		usleep(100 * 1000);
		used = cgroup_get(cgroup, "memory.current", NULL);
	} while (used < before);
	return used;
}

int cgroup_remove(const struct cgroup *cgroup)
{
	return rmdir(cgroup->path) ? -errno : 0;
}

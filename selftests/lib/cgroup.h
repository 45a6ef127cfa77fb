/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory cgroups of a test's own. They are gone with the VM; a name is used only
 * once, as it carries the process's number.
 */
#ifndef _SELFTESTS_CGROUP_H
#define _SELFTESTS_CGROUP_H

#include <stdint.h>

struct cgroup {
	char path[128];
};

/* Ends the test if there is no memory controller. */
struct cgroup cgroup_new(const char *name);
/* Put this process, and what it starts from now on, into it. */
void cgroup_enter(const struct cgroup *cgroup);
/* Write to a file of it, say "memory.max"; UINT64_MAX is "max". */
void cgroup_set(const struct cgroup *cgroup, const char *file, uint64_t value);
/* Read the number in a file; with @key, the one behind it. */
uint64_t cgroup_get(const struct cgroup *cgroup, const char *file,
		    const char *key);
/* "memory.current", when all that may go has gone. Nothing else may run in it. */
uint64_t cgroup_settled(const struct cgroup *cgroup);
/* Remove it: 0, or -EBUSY while something is in it or charged to it. */
int cgroup_remove(const struct cgroup *cgroup);

#endif /* _SELFTESTS_CGROUP_H */

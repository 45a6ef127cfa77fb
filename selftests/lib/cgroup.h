/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory cgroups for a test. Those that it does not remove are gone with the VM. A name
 * is used only once, as it contains the process ID.
 */
#ifndef _SELFTESTS_CGROUP_H
#define _SELFTESTS_CGROUP_H

#include <stdint.h>

struct cgroup {
	char path[128];
};

/* A new memory cgroup. Ends the test if there is no memory controller. */
struct cgroup cgroup_new(const char *name);
/* Move this process, and the processes it starts from now on, into it. */
void cgroup_enter(const struct cgroup *cgroup);
/* Write to one of its files, such as "memory.max"; UINT64_MAX is "max". */
void cgroup_set(const struct cgroup *cgroup, const char *file, uint64_t value);
/* Read the number in a file; with @key, the number behind that word. */
uint64_t cgroup_get(const struct cgroup *cgroup, const char *file,
		    const char *key);
/*
 * "memory.current" after everything has been reclaimed that can be. No process may run
 * in it.
 */
uint64_t cgroup_settled(const struct cgroup *cgroup);
/* Remove it: 0, or -EBUSY while it has a process or is charged for memory. */
int cgroup_remove(const struct cgroup *cgroup);

#endif /* _SELFTESTS_CGROUP_H */

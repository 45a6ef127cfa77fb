/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who runs a VMM, as /proc tells: for people to find it. Nothing is decided by it. The
 * PID may have been taken by another process a moment ago, and a user can run a VMM in
 * any unit of that user's own.
 */
#ifndef VMEMCTL_VMM_H
#define VMEMCTL_VMM_H

#include "region.h"

#define VMM_TEXT_MAX	128

/* Safe to print; "" is for what is not visible. */
struct vmm {
	char user[VMM_TEXT_MAX];	/* name, or number of a user without one */
	char unit[VMM_TEXT_MAX];	/* the innermost service or scope of systemd */
};

void vmm_find(struct vmm *vmm, const struct region *region);

/* The unit in the contents of a /proc/PID/cgroup; "" without one. For vmm_find(). */
char *vmm_unit(char *buf, size_t size, const char *cgroup);

#endif /* VMEMCTL_VMM_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Which processes hold the open file of a region, as /proc tells. */
#ifndef VMEMCTL_HOLDERS_H
#define VMEMCTL_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

#define HOLDERS_MAX	16
#define HOLDER_COMM_MAX	16

struct holder {
	uint32_t pid;
	char comm[HOLDER_COMM_MAX];	/* the process chooses it */
};

/*
 * Fills in up to HOLDERS_MAX processes that hold the open file of the region @id.
 * @proc is "/proc". Returns how many there are. Processes of others can be seen
 * by root only.
 */
size_t holders_find(const char *proc, uint32_t id, struct holder *holders);

#endif /* VMEMCTL_HOLDERS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Finds the processes that hold the open file of a region, in /proc. */
#ifndef VMEMCTL_HOLDERS_H
#define VMEMCTL_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

#define HOLDERS_MAX	16
#define HOLDER_COMM_MAX	16

struct holder {
	uint32_t pid;
	char comm[HOLDER_COMM_MAX];	/* chosen by the process */
};

/*
 * Fills in up to HOLDERS_MAX processes that hold the open file of the region @id.
 * @proc is "/proc". Returns how many there are, which may be more. Only root sees the
 * processes of other users.
 */
size_t holders_find(const char *proc, uint32_t id, struct holder *holders);

#endif /* VMEMCTL_HOLDERS_H */

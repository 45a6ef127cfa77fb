/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc tells: files as strings, and how much memory the host has. */
#ifndef VMEMCTL_PROC_H
#define VMEMCTL_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "/proc"; tests have one of their own. */
extern const char *proc_dir;

struct host_memory {
	uint64_t total;		/* bytes; 0: not known */
	uint64_t available;	/* bytes, as the kernel estimates it */
};

/*
 * Reads the file @name, relative to the open directory @dir unless it begins with "/",
 * as a string, cut to @size. Returns false on failure.
 */
bool proc_read(int dir, const char *name, char *text, size_t size);

/*
 * MemTotal and MemAvailable in the contents of a /proc/meminfo. Returns false if one of
 * them is missing or no possible size; that one is 0.
 */
bool proc_parse_memory(struct host_memory *memory, const char *meminfo);

/* The same of this host; both are 0 if it cannot be read. */
void proc_host_memory(struct host_memory *memory);

#endif /* VMEMCTL_PROC_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of host memory, as the kernel describes them. */
#ifndef VMEMCTL_POOL_H
#define VMEMCTL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"

struct pool {
	char name[REGION_STRING_MAX];
	bool unlimited;
	uint64_t size;		/* bytes; of no meaning if unlimited */
	uint64_t charged;
	uint64_t reserved;
	uint64_t earmarked;
	uint64_t over;
	uint32_t regions;
	uint32_t waiting;
};

struct pool_list {
	struct pool *pools;
	size_t nr;
};

/* Bytes of the host's memory. 0: unknown. */
struct host_memory {
	uint64_t total;
	uint64_t available;
};

/* These return 0 or a negative errno. */
int pool_get(struct vnl *nl, const char *name, struct pool *pool);
int pool_dump(struct vnl *nl, struct pool_list *list);
void pool_list_free(struct pool_list *list);

/* From a file like /proc/meminfo. */
void host_memory_read(const char *path, struct host_memory *host);

#endif /* VMEMCTL_POOL_H */

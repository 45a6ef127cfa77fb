/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of host memory, as the kernel describes them. */
#ifndef VMEMCTL_POOL_H
#define VMEMCTL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attrs.h"
#include "nl.h"

struct pool_list {
	struct pool *pools;
	size_t nr;
};

/* These return 0 or a negative errno. */
int pool_get(struct vnl *nl, const char *name, struct pool *pool);
/* Makes it if there is none. @pool is the pool afterwards. */
int pool_set(struct vnl *nl, const char *name, bool unlimited, uint64_t size,
	     struct pool *pool);
int pool_dump(struct vnl *nl, struct pool_list *list);
void pool_list_free(struct pool_list *list);

#endif /* VMEMCTL_POOL_H */

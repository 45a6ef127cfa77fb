/* SPDX-License-Identifier: GPL-2.0 */
/* Pools, by netlink. Functions return 0 or a negative errno. */
#ifndef _SELFTESTS_POOLS_H
#define _SELFTESTS_POOLS_H

#include <stdint.h>

#include "genl.h"

#define POOLS_UNLIMITED UINT64_MAX

/**
 * struct pool - a pool
 * @attrs: Bit VHOST_MEM_A_POOL_* is set for each attribute in the message.
 * @value: The numbers among them, by attribute.
 */
struct pool {
	uint64_t attrs;
	uint64_t value[VHOST_MEM_A_POOL_MAX + 1];
};

/* Create or resize it. */
int pools_set(struct genl *nl, const char *name, uint64_t size);
int pools_get(struct genl *nl, const char *name, struct pool *pool);
int pools_delete(struct genl *nl, const char *name);
int pools_move(struct genl *nl, uint32_t id, const char *name);
int pools_reserve(struct genl *nl, uint32_t id, uint64_t size);
/* One number of a pool; ends the test if there is no such pool. */
uint64_t pools_value(struct genl *nl, const char *name, int attr);

#endif /* _SELFTESTS_POOLS_H */

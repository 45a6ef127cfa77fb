// SPDX-License-Identifier: GPL-2.0
/* See pools.h. */

#include <string.h>

#include "ktap.h"
#include "pools.h"

static int request(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
		   struct pool *pool)
{
	struct genl_region reply = {};
	int ret;

	ret = genl_request(nl, cmd, attrs, length, &reply);
	if (!ret && pool) {
		pool->attrs = reply.attrs;
		memcpy(pool->value, reply.value, sizeof(pool->value));
	}
	return ret;
}

int pools_set(struct genl *nl, const char *name, uint64_t size)
{
	char attrs[256];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_POOL_NAME, name, strlen(name) + 1);
	if (size == POOLS_UNLIMITED)
		length = genl_put(attrs, length, VHOST_MEM_A_POOL_UNLIMITED, "", 0);
	else
		length = genl_put(attrs, length, VHOST_MEM_A_POOL_SIZE, &size, 8);
	return request(nl, VHOST_MEM_CMD_POOL_SET, attrs, length, NULL);
}

int pools_get(struct genl *nl, const char *name, struct pool *pool)
{
	char attrs[256];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_POOL_NAME, name,
				 strlen(name) + 1);

	return request(nl, VHOST_MEM_CMD_POOL_GET, attrs, length, pool);
}

int pools_delete(struct genl *nl, const char *name)
{
	char attrs[256];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_POOL_NAME, name,
				 strlen(name) + 1);

	return request(nl, VHOST_MEM_CMD_POOL_DEL, attrs, length, NULL);
}

int pools_move(struct genl *nl, uint32_t id, const char *name)
{
	char attrs[256];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_POOL, name,
			  strlen(name) + 1);
	return request(nl, VHOST_MEM_CMD_REGION_SET, attrs, length, NULL);
}

int pools_reserve(struct genl *nl, uint32_t id, uint64_t size)
{
	return genl_set_u64(nl, id, VHOST_MEM_A_REGION_RESERVED, size, NULL);
}

uint64_t pools_value(struct genl *nl, const char *name, int attr)
{
	struct pool pool;

	CHECK_EQ(pools_get(nl, name, &pool), 0);
	return pool.value[attr];
}

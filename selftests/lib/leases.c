// SPDX-License-Identifier: GPL-2.0
/* See leases.h. */

#include <string.h>

#include "device.h"
#include "leases.h"

_Static_assert((int)VHOST_MEM_A_LEASE_MAX <= (int)VHOST_MEM_A_REGION_MAX,
	       "genl_request() keeps the attributes of a region");

static int request(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
		   struct lease *lease)
{
	struct genl_region reply = {};
	int ret;

	ret = genl_request(nl, cmd, attrs, length, &reply);
	if (!ret && lease) {
		lease->attrs = reply.attrs;
		memcpy(lease->value, reply.value, sizeof(lease->value));
	}
	return ret;
}

int leases_add(struct genl *nl, const char *pool, uint64_t size, uint32_t user,
	       uint64_t ms, uint64_t *number)
{
	struct lease lease = {};
	char attrs[512];
	size_t length;
	int ret;

	length = genl_put(attrs, 0, VHOST_MEM_A_LEASE_NAME, "vm9", 4);
	length = genl_put(attrs, length, VHOST_MEM_A_LEASE_POOL, pool, strlen(pool) + 1);
	length = genl_put(attrs, length, VHOST_MEM_A_LEASE_SIZE, &size, 8);
	if (user != LEASES_ANYBODY)
		length = genl_put(attrs, length, VHOST_MEM_A_LEASE_USER, &user, 4);
	if (ms)
		length = genl_put(attrs, length, VHOST_MEM_A_LEASE_TIME, &ms, 8);
	ret = request(nl, VHOST_MEM_CMD_LEASE_ADD, attrs, length, &lease);
	if (!ret && number)
		*number = lease.value[VHOST_MEM_A_LEASE_NUMBER];
	return ret;
}

int leases_get(struct genl *nl, uint64_t number, struct lease *lease)
{
	char attrs[64];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_LEASE_NUMBER, &number, 8);

	return request(nl, VHOST_MEM_CMD_LEASE_GET, attrs, length, lease);
}

int leases_drop(struct genl *nl, uint64_t number)
{
	char attrs[64];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_LEASE_NUMBER, &number, 8);

	return request(nl, VHOST_MEM_CMD_LEASE_DEL, attrs, length, NULL);
}

int leases_create(int fd, uint64_t size, uint64_t block, uint64_t number, uint32_t *id)
{
	struct vhost_mem_create_region arg = {
		.size = sizeof(arg),
		.region_size = size,
		.block_size = block,
		.name = "test",
		.reservation = number,
	};
	int ret = device_ioctl(fd, VHOST_MEM_CREATE_REGION, &arg);

	if (!ret && id)
		*id = arg.id;
	return ret;
}

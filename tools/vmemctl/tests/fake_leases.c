// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vhost_mem_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fake_leases.h"
#include "fixture.h"

/* As the last lease-add wants it. */
static struct {
	char name[64];
	char pool[64];
	uint64_t size;
	uint64_t time;
	uint32_t user;
} lease = { "vm9", "default", 12 * GIB, 600000, UINT32_MAX };

struct nl_msg *fake_lease_message(void)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, VHOST_MEM_CMD_LEASE_GET,
				 VHOST_MEM_FAMILY_VERSION))
		abort();
	nla_put_u64(msg, VHOST_MEM_A_LEASE_NUMBER, 17);
	nla_put_string(msg, VHOST_MEM_A_LEASE_NAME, lease.name);
	nla_put_string(msg, VHOST_MEM_A_LEASE_POOL, lease.pool);
	nla_put_u64(msg, VHOST_MEM_A_LEASE_SIZE, lease.size);
	if (lease.user != UINT32_MAX)
		nla_put_u32(msg, VHOST_MEM_A_LEASE_USER, lease.user);
	nla_put_u64(msg, VHOST_MEM_A_LEASE_EXPIRES_IN, lease.time);
	return msg;
}

int fake_lease_do(struct nlmsghdr *nlh, const char **text)
{
	struct nlattr *tb[VHOST_MEM_A_LEASE_MAX + 1];

	if (genlmsg_parse(nlh, 0, tb, VHOST_MEM_A_LEASE_MAX, NULL) < 0)
		abort();
	if (genlmsg_hdr(nlh)->cmd == VHOST_MEM_CMD_LEASE_DEL)
		return nla_get_u64(tb[VHOST_MEM_A_LEASE_NUMBER]) == 17 ? 0 : -ENOENT;
	lease.size = nla_get_u64(tb[VHOST_MEM_A_LEASE_SIZE]);
	if (lease.size > 16 * GIB) {
		*text = "the pool has no room for it: default has 1 free";
		return -ENOBUFS;
	}
	snprintf(lease.name, sizeof(lease.name), "%s",
		 nla_get_string(tb[VHOST_MEM_A_LEASE_NAME]));
	if (tb[VHOST_MEM_A_LEASE_POOL])
		snprintf(lease.pool, sizeof(lease.pool), "%s",
			 nla_get_string(tb[VHOST_MEM_A_LEASE_POOL]));
	if (tb[VHOST_MEM_A_LEASE_TIME])
		lease.time = nla_get_u64(tb[VHOST_MEM_A_LEASE_TIME]);
	if (tb[VHOST_MEM_A_LEASE_USER])
		lease.user = nla_get_u32(tb[VHOST_MEM_A_LEASE_USER]);
	return 0;
}

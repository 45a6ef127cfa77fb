// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vhost_mem_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fake_defaults.h"
#include "fixture.h"

#define NR_ATTRS	(VHOST_MEM_A_DEFAULTS_MAX + 1)

/* By attribute; UINT64_MAX is none. */
static uint64_t values[NR_ATTRS] = {
	[VHOST_MEM_A_DEFAULTS_LIMIT]		= UINT64_MAX,
	[VHOST_MEM_A_DEFAULTS_POLICY_MAX]	= UINT64_MAX,
	[VHOST_MEM_A_DEFAULTS_POLICY_STEP]	= UINT64_MAX,
	[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL]	= 1000,
};
static char pool[64] = "default";

struct nl_msg *fake_defaults_message(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();
	int i;

	if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, cmd,
				 VHOST_MEM_FAMILY_VERSION))
		abort();
	for (i = 1; i < VHOST_MEM_A_DEFAULTS_PAD; i++) {
		if (i == VHOST_MEM_A_DEFAULTS_POOL)
			nla_put_string(msg, i, pool);
		else if (i == VHOST_MEM_A_DEFAULTS_POLICY)
			nla_put_u32(msg, i, values[i]);
		else if (values[i] != UINT64_MAX)
			nla_put_u64(msg, i, values[i]);
	}
	return msg;
}

int fake_defaults_set(struct nlmsghdr *nlh, const char **text)
{
	struct nlattr *tb[NR_ATTRS];
	uint64_t wanted[NR_ATTRS];
	int i;

	if (genlmsg_parse(nlh, 0, tb, VHOST_MEM_A_DEFAULTS_MAX, NULL) < 0)
		abort();
	memcpy(wanted, values, sizeof(wanted));
	for (i = 1; i < VHOST_MEM_A_DEFAULTS_PAD; i++) {
		if (!tb[i] || i == VHOST_MEM_A_DEFAULTS_POOL)
			continue;
		wanted[i] = i == VHOST_MEM_A_DEFAULTS_POLICY ? nla_get_u32(tb[i]) :
							       nla_get_u64(tb[i]);
	}
	if (wanted[VHOST_MEM_A_DEFAULTS_LIMIT] < wanted[VHOST_MEM_A_DEFAULTS_MINIMUM]) {
		*text = "the limit is below the minimum: limit 1, minimum 2";
		return -EDOM;
	}
	if (tb[VHOST_MEM_A_DEFAULTS_POOL])
		snprintf(pool, sizeof(pool), "%s", nla_get_string(tb[VHOST_MEM_A_DEFAULTS_POOL]));
	memcpy(values, wanted, sizeof(values));
	return 0;
}

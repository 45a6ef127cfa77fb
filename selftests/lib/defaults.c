// SPDX-License-Identifier: GPL-2.0
/* See defaults.h. */

#include <stdio.h>
#include <string.h>

#include "defaults.h"

static void parse(const void *attrs, size_t length, void *arg)
{
	struct defaults *defaults = arg;
	const struct nlattr *attr;
	size_t at = 0;

	memset(defaults, 0, sizeof(*defaults));
	while ((attr = genl_next(attrs, length, &at))) {
		int type = attr->nla_type & NLA_TYPE_MASK;

		if (type > VHOST_MEM_A_DEFAULTS_MAX)
			continue;
		defaults->attrs |= 1ULL << type;
		if (type == VHOST_MEM_A_DEFAULTS_POOL)
			snprintf(defaults->pool, sizeof(defaults->pool), "%s",
				 (const char *)(attr + 1));
		else
			memcpy(&defaults->value[type], attr + 1,
			       attr->nla_len - NLA_HDRLEN);
	}
}

int defaults_request(struct genl *nl, uint8_t cmd, const void *attrs, size_t length,
		     struct defaults *defaults)
{
	struct defaults unused;

	return genl_ask(nl, cmd, attrs, length, parse, defaults ? defaults : &unused);
}

int defaults_get(struct genl *nl, struct defaults *defaults)
{
	return defaults_request(nl, VHOST_MEM_CMD_DEFAULTS_GET, "", 0, defaults);
}

int defaults_set_u64(struct genl *nl, uint16_t attr, uint64_t value)
{
	char attrs[64];
	size_t length = genl_put(attrs, 0, attr, &value, 8);

	return defaults_request(nl, VHOST_MEM_CMD_DEFAULTS_SET, attrs, length, NULL);
}

static size_t put(char *attrs, uint64_t limit, uint64_t minimum, const char *pool,
		  uint32_t policy)
{
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_DEFAULTS_LIMIT, &limit, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_MINIMUM, &minimum, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_POOL, pool,
			  strlen(pool) + 1);
	return genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_POLICY, &policy, 4);
}

int defaults_set(struct genl *nl, uint64_t limit, uint64_t minimum, const char *pool,
		 uint32_t policy)
{
	char attrs[256];
	size_t length = put(attrs, limit, minimum, pool, policy);

	return defaults_request(nl, VHOST_MEM_CMD_DEFAULTS_SET, attrs, length, NULL);
}

int defaults_reset(struct genl *nl)
{
	uint64_t none = DEFAULTS_NONE, interval = 1000;
	char attrs[256];
	size_t length = put(attrs, none, 0, "default", VHOST_MEM_POLICY_DENY);

	length = genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_POLICY_MAX, &none, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_POLICY_STEP, &none, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL, &interval, 8);
	return defaults_request(nl, VHOST_MEM_CMD_DEFAULTS_SET, attrs, length, NULL);
}

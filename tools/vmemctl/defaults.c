// SPDX-License-Identifier: GPL-2.0
/* What new regions start with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "defaults.h"
#include "escape.h"
#include "vmemctl.h"

static bool has(const struct defaults *defaults, int attr)
{
	return defaults->present & DEFAULTS_BIT(attr);
}

static int take(struct nlmsghdr *nlh, void *arg)
{
	struct defaults *defaults = arg;

	memset(defaults, 0, sizeof(*defaults));
	defaults->present = attrs_decode(defaults, defaults_attrs, defaults_policy,
					 VHOST_MEM_A_DEFAULTS_MAX, nlh);
	return has(defaults, VHOST_MEM_A_DEFAULTS_POOL) ? 0 : -EBADMSG;
}

int defaults_get(struct vnl *nl, struct defaults *defaults)
{
	struct nl_msg *msg = vnl_message(nl, VHOST_MEM_CMD_DEFAULTS_GET, 0);

	return msg ? vnl_talk(nl, msg, take, defaults, NULL) : -ENOMEM;
}

static int put(struct nl_msg *msg, const struct defaults *change)
{
	int i, ret = 0;

	for (i = 1; i <= VHOST_MEM_A_DEFAULTS_MAX && ret >= 0; i++) {
		const struct attr *attr = &defaults_attrs[i];
		const void *value = (const char *)change + attr->offset;

		if (!has(change, i))
			continue;
		if (attr->kind == ATTR_STRING)
			ret = nla_put_string(msg, i, value);
		else if (attr->kind == ATTR_ENUM)
			ret = nla_put_u32(msg, i, *(const uint32_t *)value);
		else
			ret = nla_put_u64(msg, i, *(const uint64_t *)value);
	}
	return ret < 0 ? -ENOMEM : 0;
}

int defaults_set(struct vnl *nl, const struct defaults *change, struct defaults *defaults)
{
	struct nl_msg *msg = vnl_message(nl, VHOST_MEM_CMD_DEFAULTS_SET, 0);

	if (msg && put(msg, change)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg ? vnl_talk(nl, msg, take, defaults, NULL) : -ENOMEM;
}

int defaults_refused(const struct vnl *nl, int ret, const char *doing)
{
	if (ret == -EOPNOTSUPP && !nl->text[0])
		error("this version of the vhost_mem module does not support defaults");
	else
		vnl_refused(nl, ret, "%s the defaults", doing);
	return STATUS_REFUSED;
}

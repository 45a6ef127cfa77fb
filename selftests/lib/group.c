// SPDX-License-Identifier: GPL-2.0
/* See group.h. */

#include <linux/netlink.h>
#include <string.h>

#include "group.h"
#include "ktap.h"

void group_begin(struct group *group, uint32_t id)
{
	CHECK(group->nr < GROUP_MAX);
	CHECK(group->length + 128 < sizeof(group->attrs));
	group->at[group->nr++] = group->length;
	group->length = genl_put(group->attrs, group->length,
				 VHOST_MEM_A_REGION_CHANGE | NLA_F_NESTED, "", 0);
	if (id)
		group->length = genl_put(group->attrs, group->length,
					 VHOST_MEM_A_REGION_ID, &id, 4);
	group_u64(group, 0, 0);
}

/* Attribute 0 is none. */
void group_u64(struct group *group, uint16_t attr, uint64_t value)
{
	size_t at = group->at[group->nr - 1];
	struct nlattr *nest = (void *)(group->attrs + at);

	if (attr)
		group->length = genl_put(group->attrs, group->length, attr,
					 &value, 8);
	nest->nla_len = group->length - at;
}

void group_add(struct group *group, uint32_t id, uint64_t requested)
{
	group_begin(group, id);
	group_u64(group, VHOST_MEM_A_REGION_REQUESTED_SIZE, requested);
}

void group_note(struct group *group, const char *note)
{
	group->length = genl_put(group->attrs, group->length,
				 VHOST_MEM_A_REGION_NOTE, note, strlen(note) + 1);
}

static void take(const void *attrs, size_t length, void *arg)
{
	struct group_reply *reply = arg;
	const struct nlattr *nest, *attr;
	size_t at = 0, in;

	while (reply && (nest = genl_next(attrs, length, &at))) {
		CHECK_EQ(nest->nla_type & NLA_TYPE_MASK, VHOST_MEM_A_REGION_CHANGED);
		CHECK(reply->nr < GROUP_MAX);
		in = 0;
		while ((attr = genl_next(nest + 1, nest->nla_len - NLA_HDRLEN, &in))) {
			uint64_t value = 0;

			CHECK(attr->nla_type <= VHOST_MEM_A_REGION_MAX);
			if (attr->nla_type == VHOST_MEM_A_REGION_PAD)
				continue;
			memcpy(&value, attr + 1, attr->nla_len - NLA_HDRLEN);
			reply->attrs[reply->nr] |= 1ULL << attr->nla_type;
			reply->value[reply->nr][attr->nla_type] = value;
		}
		reply->nr++;
	}
}

int group_set(struct genl *nl, const struct group *group, struct group_reply *reply)
{
	if (reply)
		memset(reply, 0, sizeof(*reply));
	return genl_ask(nl, VHOST_MEM_CMD_REGION_SET_MANY, group->attrs,
			group->length, take, reply);
}

int group_blamed(const struct genl *nl, const struct group *group)
{
	for (int i = group->nr; i--; )
		if (nl->offset >= (int)group->at[i])
			return i;
	return -1;
}

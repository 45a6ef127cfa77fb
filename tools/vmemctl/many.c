// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "many.h"

struct answer {
	struct region *regions;
	size_t nr;
	size_t seen;
};

/* One of the regions in a reply: to where its change is. */
static int take_region(struct answer *answer, struct nlattr *nest)
{
	struct region region = {};
	size_t i;

	region.present = attrs_decode_nested(&region, region_attrs, region_policy,
					     VHOST_MEM_A_REGION_MAX, nest);
	if (!region_has(&region, VHOST_MEM_A_REGION_ID) ||
	    !region_has(&region, VHOST_MEM_A_REGION_REQUESTED_SIZE) ||
	    !region_has(&region, VHOST_MEM_A_REGION_PLUGGED_SIZE))
		return -EBADMSG;
	for (i = 0; i < answer->nr; i++) {
		if (answer->regions[i].id == region.id) {
			answer->regions[i] = region;
			answer->seen++;
			return 0;
		}
	}
	return -EBADMSG;
}

static int take_reply(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *nla;
	int rem, ret = 0;

	if (!genlmsg_valid_hdr(nlh, 0))
		return -EBADMSG;
	nla_for_each_attr(nla, genlmsg_attrdata(genlmsg_hdr(nlh), 0),
			  genlmsg_attrlen(genlmsg_hdr(nlh), 0), rem) {
		if (!ret && nla_type(nla) == VHOST_MEM_A_REGION_CHANGED)
			ret = take_region(arg, nla);
	}
	return ret;
}

/* Adds the changes to @msg, and says in @at where each of them begins. */
static int put_changes(struct nl_msg *msg, const struct region *changes, size_t nr,
		       uint32_t *at)
{
	struct nlattr *nest;
	size_t i;

	for (i = 0; i < nr; i++) {
		at[i] = nlmsg_hdr(msg)->nlmsg_len;
		nest = nla_nest_start(msg, VHOST_MEM_A_REGION_CHANGE | NLA_F_NESTED);
		if (!nest || region_encode(msg, &changes[i]))
			return -ENOMEM;
		nla_nest_end(msg, nest);
	}
	return 0;
}

int vnl_set_many(struct vnl *nl, struct region *changes, size_t nr, const char *note,
		 size_t *refused)
{
	struct nl_msg *msg = vnl_message(nl, VHOST_MEM_CMD_REGION_SET_MANY, 0);
	struct answer answer = { .regions = changes, .nr = nr };
	uint32_t at[VHOST_MEM_GROUP_MAX];
	size_t i;
	int ret;

	*refused = nr;
	if (!msg)
		return -ENOMEM;
	if (nr > VHOST_MEM_GROUP_MAX ||
	    (note && nla_put_string(msg, VHOST_MEM_A_REGION_NOTE, note) < 0) ||
	    put_changes(msg, changes, nr, at)) {
		nlmsg_free(msg);
		return nr > VHOST_MEM_GROUP_MAX ? -E2BIG : -ENOMEM;
	}
	ret = vnl_talk(nl, msg, take_reply, &answer, NULL);
	for (i = 0; ret && i < nr; i++) {
		if (nl->offset >= at[i])
			*refused = i;
	}
	if (!ret && answer.seen != nr)
		ret = -EBADMSG;
	return ret;
}

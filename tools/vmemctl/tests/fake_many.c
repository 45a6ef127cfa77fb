// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fake_jobs.h"
#include "fake_many.h"
#include "fake_regions.h"
#include "fixture.h"

#define ATTR(name)	VHOST_MEM_A_REGION_##name

static int check(struct fake_many *many, struct nlattr **tb)
{
	const struct region *region;

	/* Nothing that the kernel would not take. */
	if (!tb[ATTR(ID)] || !tb[ATTR(REQUESTED_SIZE)])
		abort();
	region = many->find(nla_get_u32(tb[ATTR(ID)]));
	if (!region)
		return -ENOENT;
	if (nla_get_u64(tb[ATTR(REQUESTED_SIZE)]) % region->block_size)
		abort();
	if (tb[ATTR(EXPECTED_REQUESTED_SIZE)] &&
	    nla_get_u64(tb[ATTR(EXPECTED_REQUESTED_SIZE)]) != region->requested_size)
		return -ESTALE;
	if (region_has(region, ATTR(LEAVING)))
		return -ESHUTDOWN;
	return nla_get_u64(tb[ATTR(REQUESTED_SIZE)]) > region->limit ? -EDQUOT : 0;
}

static void set(const struct fake_many *many, struct nlattr **tb, const char *note,
		struct nl_msg *reply)
{
	struct region *region = many->find(nla_get_u32(tb[ATTR(ID)]));
	uint64_t size = nla_get_u64(tb[ATTR(REQUESTED_SIZE)]);
	struct nlattr *nest;

	fake_job_set(region, size, VHOST_MEM_ORIGIN_ADMIN, note);
	region->requested_size = size;
	region->progress = size == region->plugged_size ? VHOST_MEM_PROGRESS_DONE :
							  VHOST_MEM_PROGRESS_PENDING;
	nest = nla_nest_start(reply, ATTR(CHANGED));
	nla_put_u32(reply, ATTR(ID), region->id);
	nla_put_u64(reply, ATTR(REQUESTED_SIZE), region->requested_size);
	nla_put_u64(reply, ATTR(PLUGGED_SIZE), region->plugged_size);
	nla_put_u64(reply, ATTR(LIMIT), region->limit);
	if (region_has(region, ATTR(JOB)))
		nla_put_u64(reply, ATTR(JOB), region->job);
	nla_nest_end(reply, nest);
}

struct nl_msg *fake_many_set(struct fake_many *many, struct nlmsghdr *nlh)
{
	struct nlattr *attr, *tb[VHOST_MEM_A_REGION_MAX + 1], *first;
	struct nl_msg *reply = nlmsg_alloc();
	const char *note = NULL;
	int rem, len, pass;

	if (!reply || !genlmsg_put(reply, 0, 0, FIXTURE_FAMILY, 0, 0,
				   VHOST_MEM_CMD_REGION_SET_MANY,
				   VHOST_MEM_FAMILY_VERSION))
		abort();
	many->error = plays("old") ? -EOPNOTSUPP : plays("eperm") ? -EPERM : 0;
	if (many->error) {
		nlmsg_free(reply);
		return NULL;
	}
	first = genlmsg_attrdata(genlmsg_hdr(nlh), 0);
	len = genlmsg_attrlen(genlmsg_hdr(nlh), 0);
	for (pass = 0; pass < 2; pass++) {
		nla_for_each_attr(attr, first, len, rem) {
			if (nla_type(attr) == ATTR(NOTE))
				note = nla_get_string(attr);
			if (nla_type(attr) != ATTR(CHANGE))
				continue;
			if (!(attr->nla_type & NLA_F_NESTED) ||
			    nla_parse_nested(tb, VHOST_MEM_A_REGION_MAX, attr, NULL) < 0)
				abort();
			if (pass)
				set(many, tb, note, reply);
			else
				many->error = check(many, tb);
			if (!many->error)
				continue;
			many->offset = (char *)attr - (char *)nlh;
			if (many->error == -EDQUOT)
				many->text = "requested size exceeds the limit";
			nlmsg_free(reply);
			return NULL;
		}
	}
	return reply;
}

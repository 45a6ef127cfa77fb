// SPDX-License-Identifier: GPL-2.0
/*
 * Control plane: region-set-many, see Documentation/netlink/specs/vhost_mem.yaml.
 *
 * Several regions are changed together, or none is. What is wrong with one of them is
 * explained as by region-set, and the explanation refers to that one's attribute.
 */

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/genetlink.h>

#include "change.h"
#include "netlink_gen.h"
#include "netlink_job.h"
#include "netlink_rights.h"
#include "netlink_set.h"
#include "registry.h"
#include "vhost_mem.h"

/* The policy knows no larger attribute of a change. */
#define MANY_ATTR_MAX	VHOST_MEM_A_REGION_MINIMUM

/* Maximum number of bytes of a region in the reply: six attributes and their nest. */
#define MANY_REPLY_MAX	128

/* An attribute change, and the region that it names. */
struct many_nest {
	u32 id;
	struct nlattr *attr;
};

/* All changes of a command, in the order of their regions. */
struct many {
	unsigned int nr;
	struct many_nest nests[VHOST_MEM_GROUP_MAX];
	struct vhost_mem_member members[VHOST_MEM_GROUP_MAX];
};

/* A command with the attributes of one of the changes. */
struct many_one {
	struct genl_info info;
	struct nlattr *attrs[VHOST_MEM_A_REGION_MAX + 1];
};

static int many_open(struct genl_info *info, const struct many_nest *nest,
		     struct many_one *one)
{
	*one = (struct many_one) { .info = *info };
	one->info.attrs = one->attrs;
	return nla_parse_nested(one->attrs, MANY_ATTR_MAX, nest->attr,
				vhost_mem_change_nl_policy, info->extack);
}

/* Has the explanation refer to the change, if it does not to one of its attributes. */
static void many_blame(struct genl_info *info, const struct many_nest *nest)
{
	if (info->extack && !info->extack->bad_attr)
		NL_SET_BAD_ATTR(info->extack, nest->attr);
}

static int many_compare(const void *a, const void *b)
{
	const struct many_nest *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Find the changes in the message, and see to it that each is about another region. */
static int many_collect(struct genl_info *info, struct many *many)
{
	struct nlattr *attr, *id;
	unsigned int i;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != VHOST_MEM_A_REGION_CHANGE)
			continue;
		if (many->nr == VHOST_MEM_GROUP_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "there are more changes than regions that can be changed together");
			return -E2BIG;
		}
		id = nla_find_nested(attr, VHOST_MEM_A_REGION_ID);
		if (!id) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "the id of a region is missing");
			return -EINVAL;
		}
		many->nests[many->nr++] = (struct many_nest) {
			.id	= nla_get_u32(id),
			.attr	= attr,
		};
	}
	if (!many->nr) {
		NL_SET_ERR_MSG(info->extack, "there is no change of a region");
		return -EINVAL;
	}
	sort(many->nests, many->nr, sizeof(many->nests[0]), many_compare, NULL);
	for (i = 1; i < many->nr; i++) {
		if (many->nests[i].id != many->nests[i - 1].id)
			continue;
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack, many->nests[i].attr,
					   "the region is there twice", ": %u",
					   many->nests[i].id);
		return -EINVAL;
	}
	return 0;
}

/* Check what is set of one of the regions, except against its present sizes. */
static int many_check(struct genl_info *info, const struct many_nest *nest,
		      struct vhost_mem_member *member)
{
	struct many_one one;
	int ret;

	ret = many_open(info, nest, &one);
	if (ret)
		return ret;
	member->region = vhost_mem_registry_find(nest->id);
	if (!member->region) {
		NL_SET_ERR_MSG_ATTR_VALUES(info->extack,
					   one.attrs[VHOST_MEM_A_REGION_ID],
					   "there is no such region", ": %u",
					   nest->id);
		return -ENOENT;
	}
	if (!one.attrs[VHOST_MEM_A_REGION_REQUESTED_SIZE] &&
	    !one.attrs[VHOST_MEM_A_REGION_LIMIT] &&
	    !one.attrs[VHOST_MEM_A_REGION_MINIMUM]) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest->attr,
				    "nothing to set: neither requested size nor limit nor minimum");
		return -EINVAL;
	}
	return vhost_mem_netlink_get_change(&one.info, member->region,
					    &member->change);
}

static void many_explain(struct genl_info *info, int error,
			 const struct many_nest *nest,
			 const struct vhost_mem_member *member)
{
	struct many_one one;

	/* It was parsed before. */
	if (!many_open(info, nest, &one))
		vhost_mem_netlink_explain(&one.info, error, member->region,
					  &member->change);
}

static int many_apply(struct genl_info *info, struct many *many)
{
	struct vhost_mem_cause cause;
	unsigned int i;
	int ret;

	ret = vhost_mem_netlink_get_cause(info, &cause);
	if (ret)
		return ret;
	for (i = 0; i < many->nr; i++) {
		ret = many_check(info, &many->nests[i], &many->members[i]);
		if (ret)
			goto refused;
		many->members[i].change.cause = cause;
	}
	ret = vhost_mem_change_apply_many(many->members, many->nr, &i);
	if (ret) {
		many_explain(info, ret, &many->nests[i], &many->members[i]);
		goto refused;
	}
	/* A dump may have some of the regions already, as they were before. */
	vhost_mem_registry_changed();
	return 0;

refused:
	many_blame(info, &many->nests[i]);
	return ret;
}

static bool many_put_u64(struct sk_buff *reply, int attr, u64 value)
{
	return !nla_put_u64_64bit(reply, attr, value, VHOST_MEM_A_REGION_PAD);
}

static bool many_put(struct sk_buff *reply, struct vhost_mem_region *region)
{
	struct nlattr *nest = nla_nest_start(reply, VHOST_MEM_A_REGION_CHANGED);
	const struct vhost_mem_job *job;
	struct vhost_mem_sizes sizes;
	u64 id;

	spin_lock(&region->config_lock);
	sizes = region->sizes;
	job = vhost_mem_job_last_locked(region);
	id = job ? job->id : 0;
	spin_unlock(&region->config_lock);

	if (!nest || nla_put_u32(reply, VHOST_MEM_A_REGION_ID, region->id) ||
	    !many_put_u64(reply, VHOST_MEM_A_REGION_REQUESTED_SIZE, sizes.requested) ||
	    !many_put_u64(reply, VHOST_MEM_A_REGION_PLUGGED_SIZE, sizes.plugged) ||
	    !many_put_u64(reply, VHOST_MEM_A_REGION_LIMIT, sizes.limit) ||
	    (id && !many_put_u64(reply, VHOST_MEM_A_REGION_JOB, id)) ||
	    !many_put_u64(reply, VHOST_MEM_A_REGION_MINIMUM, sizes.minimum))
		return false;
	nla_nest_end(reply, nest);
	return true;
}

static int many_fill(struct sk_buff *reply, struct genl_info *info,
		     const struct many *many)
{
	void *hdr = genlmsg_put(reply, info->snd_portid, info->snd_seq,
				&vhost_mem_nl_family, 0,
				VHOST_MEM_CMD_REGION_SET_MANY);
	unsigned int i;

	if (!hdr)
		return -EMSGSIZE;
	for (i = 0; i < many->nr; i++) {
		if (!many_put(reply, many->members[i].region))
			return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return 0;
}

/* @many is zeroed. */
static int many_do(struct genl_info *info, struct many *many)
{
	struct sk_buff *reply;
	int ret;

	ret = many_collect(info, many);
	if (ret)
		return ret;
	/* First, so that nothing has changed if there is no memory for it. */
	reply = genlmsg_new(many->nr * MANY_REPLY_MAX, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	vhost_mem_registry_lock();
	ret = many_apply(info, many);
	if (!ret)
		ret = many_fill(reply, info, many);
	vhost_mem_registry_unlock();
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	return genlmsg_reply(reply, info);
}

/* The operation is documented in Documentation/netlink/specs/vhost_mem.yaml. */
int vhost_mem_nl_region_set_many_doit(struct sk_buff *skb,
				      struct genl_info *info)
{
	int ret = vhost_mem_netlink_check_admin(skb, info);
	struct many *many;

	if (ret)
		return ret;
	many = kvzalloc(sizeof(*many), GFP_KERNEL_ACCOUNT);
	if (!many)
		return -ENOMEM;
	ret = many_do(info, many);
	kvfree(many);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "escape.h"
#include "grow.h"
#include "region.h"

static_assert(VHOST_MEM_A_REGION_MAX < 64, "struct region: present is too small");

static void copy_string(char *dst, struct nlattr *nla)
{
	snprintf(dst, REGION_STRING_MAX, "%s", nla_get_string(nla));
}

static bool decode_nest(void *object, const struct attr_set *set, struct nlattr *nla);

/* Returns false if it is malformed. */
static bool attr_decode(void *object, const struct attr *attr, struct nlattr *nla)
{
	void *member = (char *)object + attr->offset;

	switch (attr->kind) {
	case ATTR_U32:
	case ATTR_ENUM:
		*(uint32_t *)member = nla_get_u32(nla);
		break;
	case ATTR_COUNT:
	case ATTR_SIZE:
	case ATTR_ADDR:
	case ATTR_MS:
		*(uint64_t *)member = nla_get_u64(nla);
		break;
	case ATTR_STRING:
		copy_string(member, nla);
		break;
	case ATTR_FLAG:
		*(bool *)member = true;
		break;
	case ATTR_NEST:
		return decode_nest(member, attr->nested, nla);
	case ATTR_PAD:
		break;
	}
	return true;
}

/* An object has a bit for each. */
#define ATTRS_MAX	63
_Static_assert(VHOST_MEM_A_REGION_MAX <= ATTRS_MAX && VHOST_MEM_A_JOB_MAX <= ATTRS_MAX &&
	       VHOST_MEM_A_POOL_MAX <= ATTRS_MAX, "no bit left for an attribute");

static uint64_t decode_all(void *object, const struct attr *attrs, int max,
			   struct nlattr **tb)
{
	uint64_t present = 0;
	int i;

	for (i = 1; i <= max; i++) {
		if (!tb[i] || attrs[i].kind == ATTR_PAD)
			continue;
		if (!attr_decode(object, &attrs[i], tb[i]))
			return 0;
		present |= 1ULL << i;
	}
	return present;
}

/* Sets have an order in which none is nested in itself, so this ends. */
static bool decode_nest(void *object, const struct attr_set *set, struct nlattr *nla)
{
	uint64_t *present = object;

	*present = attrs_decode_nested(object, set->attrs, set->policy, set->max, nla);
	return *present;
}

uint64_t attrs_decode(void *object, const struct attr *attrs,
		      const struct nla_policy *policy, int max, struct nlmsghdr *nlh)
{
	struct nlattr *tb[ATTRS_MAX + 1];

	if (!genlmsg_valid_hdr(nlh, 0) ||
	    genlmsg_parse(nlh, 0, tb, max, policy) < 0)
		return 0;
	return decode_all(object, attrs, max, tb);
}

uint64_t attrs_decode_nested(void *object, const struct attr *attrs,
			     const struct nla_policy *policy, int max, struct nlattr *nest)
{
	struct nlattr *tb[ATTRS_MAX + 1];

	if (nla_parse_nested(tb, max, nest, policy) < 0)
		return 0;
	return decode_all(object, attrs, max, tb);
}

int region_decode(struct region *region, struct nlmsghdr *nlh)
{
	memset(region, 0, sizeof(*region));
	region->present = attrs_decode(region, region_attrs, region_policy,
				       VHOST_MEM_A_REGION_MAX, nlh);
	return region_has(region, VHOST_MEM_A_REGION_ID) ? 0 : -EBADMSG;
}

static int encode_attr(struct nl_msg *msg, const struct region *region, int i)
{
	const void *member = (const char *)region + region_attrs[i].offset;

	switch (region_attrs[i].kind) {
	case ATTR_U32:
	case ATTR_ENUM:
		return nla_put_u32(msg, i, *(const uint32_t *)member);
	case ATTR_COUNT:
	case ATTR_SIZE:
	case ATTR_ADDR:
	case ATTR_MS:
		return nla_put_u64(msg, i, *(const uint64_t *)member);
	case ATTR_STRING:
		return nla_put_string(msg, i, member);
	case ATTR_FLAG:
		return nla_put_flag(msg, i);
	case ATTR_NEST:		/* no request has one */
	case ATTR_PAD:
		break;
	}
	return 0;
}

int region_encode(struct nl_msg *msg, const struct region *region)
{
	int i;

	for (i = 1; i <= VHOST_MEM_A_REGION_MAX; i++) {
		if (region_has(region, i) && encode_attr(msg, region, i) < 0)
			return -ENOMEM;
	}
	return 0;
}

char *region_title(char *buf, size_t size, const struct region *region)
{
	if (region->name[0])
		return escape_text(buf, size, region->name);
	snprintf(buf, size, "region %u", region->id);
	return buf;
}

int region_list_add(struct region_list *list, const struct region *region)
{
	struct region *regions;

	regions = grow(list->regions, list->nr, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	list->regions = regions;
	list->regions[list->nr++] = *region;
	return 0;
}

static int compare_id(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

void region_list_sort(struct region_list *list)
{
	if (list->nr)
		qsort(list->regions, list->nr, sizeof(*list->regions), compare_id);
}

void region_list_free(struct region_list *list)
{
	free(list->regions);
	list->regions = NULL;
	list->nr = 0;
}

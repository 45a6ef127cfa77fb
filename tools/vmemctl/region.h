/* SPDX-License-Identifier: GPL-2.0 */
/* Regions: from messages and into them, their titles, lists of them. */
#ifndef VMEMCTL_REGION_H
#define VMEMCTL_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include "attrs.h"

struct nl_msg;
struct nlattr;

/* The bit of an attribute in region->present. */
#define REGION_BIT(attr)	(1ULL << (attr))

struct region_list {
	struct region *regions;
	size_t nr;
};

static inline bool region_has(const struct region *region, int attr)
{
	return region->present & REGION_BIT(attr);
}

/* The value of an attribute of the kind that @attr says; of a region, or of a job. */
static inline uint32_t region_u32(const void *region, const struct attr *attr)
{
	return *(const uint32_t *)((const char *)region + attr->offset);
}

static inline uint64_t region_u64(const void *region, const struct attr *attr)
{
	return *(const uint64_t *)((const char *)region + attr->offset);
}

static inline const char *region_string(const void *region, const struct attr *attr)
{
	return (const char *)region + attr->offset;
}

/* The maximum that can be requested; an old module has no limits. */
static inline uint64_t region_limit(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_LIMIT) ? region->limit :
							      region->size;
}

/*
 * Fills @object from a message of the family: those of its attributes, numbered up to
 * @max, that @attrs describes. Returns the bits of those that are present; 0 if one is
 * malformed, or none is there.
 */
uint64_t attrs_decode(void *object, const struct attr *attrs,
		      const struct nla_policy *policy, int max, struct nlmsghdr *nlh);
/* Likewise from the attributes in @nest. */
uint64_t attrs_decode_nested(void *object, const struct attr *attrs,
			     const struct nla_policy *policy, int max, struct nlattr *nest);

/* Has the administrator set a limit? */
static inline bool region_is_limited(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_LIMIT) &&
	       (!region_has(region, VHOST_MEM_A_REGION_SIZE) ||
		region->limit != region->size);
}

/*
 * Fills @region from a message of the family. Returns 0, or -EBADMSG if an attribute
 * is malformed or there is no id.
 */
int region_decode(struct region *region, struct nlmsghdr *nlh);

/* Adds the attributes that are present in @region to @msg. Returns 0 or -ENOMEM. */
int region_encode(struct nl_msg *msg, const struct region *region);

/* The region's name, made safe to print, or "region 3" if it has none. */
char *region_title(char *buf, size_t size, const struct region *region);

int region_list_add(struct region_list *list, const struct region *region);
void region_list_sort(struct region_list *list);
void region_list_free(struct region_list *list);

#endif /* VMEMCTL_REGION_H */

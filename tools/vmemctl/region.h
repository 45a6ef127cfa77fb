/* SPDX-License-Identifier: GPL-2.0 */
/* A region as the kernel described it in one message. */
#ifndef VMEMCTL_REGION_H
#define VMEMCTL_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/vhost_mem_netlink.h>

/* More than the specification allows; what is longer gets cut. */
#define REGION_STRING_MAX	128

struct nl_msg;

struct region {
	uint64_t present;	/* bit n: attribute n was in the message */
	uint32_t id;
	char name[REGION_STRING_MAX];
	uint32_t pid;
	char comm[REGION_STRING_MAX];
	uint32_t state;
	uint32_t unplugged;
	uint32_t node;
	uint64_t addr;
	uint64_t block_size;
	uint64_t size;
	uint64_t usable_size;
	uint64_t requested_size;
	uint64_t plugged_size;
	uint64_t backed_size;
	uint64_t requests;
	uint64_t refused_faults;
	uint64_t limit;
	uint64_t violation_addr;
	uint32_t violation_access;
	uint32_t progress;
	uint64_t requested_ago;	/* ms */
	uint64_t request_ago;	/* ms */
	uint32_t policy;
	uint64_t policy_max;
	uint64_t policy_step;
	uint64_t policy_interval;	/* ms */
	/* From here on: the guest's word, except for the decision. */
	uint64_t proposed_size;
	uint32_t proposal_reason;
	uint64_t proposal_ago;	/* ms */
	uint32_t proposal_decision;
	uint32_t guest_status;
	uint64_t guest_reclaimable;
	uint64_t hint_page_size;
	uint64_t hint_block_size;
	uint64_t hint_align;
	uint64_t hint_addr_limit;
	/* The host's again. */
	uint64_t limbo_size;
	bool leaving;
	uint64_t expected_requested_size;	/* only in a change */
	uint64_t sequence;
};

/* Of region->present. */
#define REGION_BIT(attr)	(1ULL << (attr))

struct region_list {
	struct region *regions;
	size_t nr;
};

static inline bool region_has(const struct region *region, int attr)
{
	return region->present & REGION_BIT(attr);
}

/* The most that can be requested; a module of before there were limits has none. */
static inline uint64_t region_limit(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_LIMIT) ? region->limit :
							      region->size;
}

/*
 * Fills @region from a message of the family. Returns -EBADMSG if an attribute
 * is malformed, or without an id, which nothing can be done with.
 */
int region_decode(struct region *region, struct nlmsghdr *nlh);

/* Adds the attributes that @region has to @msg. Returns 0 or -ENOMEM. */
int region_encode(struct nl_msg *msg, const struct region *region);

/* The region's name made safe to print, or "region 3" if it has none. */
char *region_title(char *buf, size_t size, const struct region *region);

int region_list_add(struct region_list *list, const struct region *region);
void region_list_sort(struct region_list *list);
void region_list_free(struct region_list *list);

#endif /* VMEMCTL_REGION_H */

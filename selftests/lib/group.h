/* SPDX-License-Identifier: GPL-2.0 */
/* Several regions that are changed together. */
#ifndef _SELFTESTS_GROUP_H
#define _SELFTESTS_GROUP_H

#include "genl.h"

/* One more than the kernel takes. */
#define GROUP_MAX (VHOST_MEM_GROUP_MAX + 1)

/**
 * struct group - a command region-set-many that is being made
 * @attrs: Its attributes so far.
 * @length: Bytes of them.
 * @at: Where in them each change begins, in bytes.
 * @nr: Number of changes.
 */
struct group {
	_Alignas(8) char attrs[4096];
	size_t length;
	size_t at[GROUP_MAX];
	int nr;
};

/**
 * struct group_reply - the regions in the reply
 * @nr: Number of them.
 * @attrs: Of each, bit VHOST_MEM_A_REGION_* is set for each attribute.
 * @value: Of each, the attributes.
 */
struct group_reply {
	int nr;
	uint64_t attrs[GROUP_MAX];
	uint64_t value[GROUP_MAX][VHOST_MEM_A_REGION_MAX + 1];
};

/* A change of a region, to which attributes are then added. */
void group_begin(struct group *group, uint32_t id);
void group_u64(struct group *group, uint16_t attr, uint64_t value);
/* A change of the requested size, and nothing else. */
void group_add(struct group *group, uint32_t id, uint64_t requested);
void group_note(struct group *group, const char *note);
/* Returns 0 or a negative errno; @reply can be NULL. */
int group_set(struct genl *nl, const struct group *group, struct group_reply *reply);
/* Which change the last error refers to; -1 if none. */
int group_blamed(const struct genl *nl, const struct group *group);

#endif /* _SELFTESTS_GROUP_H */

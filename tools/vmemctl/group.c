// SPDX-License-Identifier: GPL-2.0
#include "explain.h"
#include "group.h"
#include "split.h"

uint64_t group_sum_targets(const struct group *group)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < group->nr; i++)
		sum += group->members[i].target;
	return sum;
}

uint64_t group_sum_plugged(const struct group *group)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < group->nr; i++)
		sum += group->members[i].region.plugged_size;
	return sum;
}

/* Whole blocks between minimum and limit; of a module without minimums that is 0. */
static struct split_part part_of(const struct member *member)
{
	const struct region *region = &member->region;
	struct split_part part = {
		.min	= region->minimum,
		.max	= region_limit(region),
		.block	= region->block_size,
	};

	if (member->left) {
		part.min = region->plugged_size;
		part.max = region->plugged_size;
	}
	if (part.max < part.min)
		part.max = part.min;
	return part;
}

void group_split(struct group *group)
{
	struct split_part parts[VHOST_MEM_GROUP_MAX];
	size_t i;

	for (i = 0; i < group->nr; i++)
		parts[i] = part_of(&group->members[i]);
	split(parts, group->nr, group->total);
	for (i = 0; i < group->nr; i++)
		group->members[i].target = parts[i].share;
}

static bool has_target(const struct member *member)
{
	return member->region.plugged_size == member->target;
}

void group_look(struct group *group, int64_t now_ms)
{
	int64_t passed = now_ms - group->elapsed_ms;
	struct member *member;
	size_t i;

	for (i = 0; i < group->nr; i++) {
		member = &group->members[i];
		if (has_target(member) || member->region.plugged_size != member->plugged ||
		    !progress_obstacle(&member->region))
			member->stuck_ms = 0;
		else
			member->stuck_ms += passed;
		member->plugged = member->region.plugged_size;
	}
	group->elapsed_ms = now_ms;
}

enum wait_decision group_decide(const struct group *group)
{
	bool all = true, hopeless = true;
	const struct member *member;
	size_t i;

	for (i = 0; i < group->nr; i++) {
		member = &group->members[i];
		if (member->gone)
			return WAIT_GONE;
		if (member->region.requested_size != member->target)
			return WAIT_CHANGED;
		if (has_target(member))
			continue;
		all = false;
		if (member->stuck_ms < WAIT_HOPELESS_MS)
			hopeless = false;
	}
	if (all)
		return WAIT_REACHED;
	if (group->interrupted)
		return WAIT_INTERRUPTED;
	if (group->timeout_ms >= 0 && group->elapsed_ms >= group->timeout_ms)
		return WAIT_TIMEOUT;
	return hopeless && !group->insist ? WAIT_HOPELESS : WAIT_MORE;
}

/*
 * It keeps what it has. The others need not be able to have all of the rest; but some of
 * it, or the member may just as well go on trying.
 */
static bool leave(struct group *group, struct member *member)
{
	uint64_t missing, before = group_sum_targets(group);
	struct group old = *group;
	bool grows = member->region.plugged_size < member->target;

	missing = grows ? member->target - member->region.plugged_size :
			  member->region.plugged_size - member->target;
	member->left = true;
	group_split(group);
	/* What the sum lacks now is what nobody can have. */
	if (grows ? group_sum_targets(group) + missing > before :
		    group_sum_targets(group) < before + missing)
		return true;
	*group = old;
	return false;
}

struct member *group_pass_on(struct group *group)
{
	struct member *member;
	size_t i;

	for (i = 0; i < group->nr; i++) {
		member = &group->members[i];
		if (!member->left && !member->gone && !has_target(member) &&
		    member->stuck_ms >= GROUP_STUCK_MS && leave(group, member))
			return member;
	}
	return NULL;
}

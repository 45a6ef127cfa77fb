/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Regions that get a size together: when the wait for it ends, and who gets what one of
 * them cannot have. Pure functions; resize_many.c does the rest.
 */
#ifndef VMEMCTL_GROUP_H
#define VMEMCTL_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vhost_mem_netlink.h>

#include "region.h"
#include "wait.h"

/* So long a guest may fail at its part before others get the rest. */
#define GROUP_STUCK_MS	10000

struct member {
	struct region region;	/* as it was last seen */
	uint64_t target;
	uint64_t job;		/* 0: not known */
	uint64_t plugged;	/* since @stuck_ms began */
	int64_t stuck_ms;	/* how long nothing has moved, for a reason that is known */
	bool left;		/* what it cannot have is left to the others */
	bool gone;
};

struct group {
	struct member members[VHOST_MEM_GROUP_MAX];
	size_t nr;
	uint64_t total;		/* what is to be plugged in all */
	int64_t elapsed_ms;
	int64_t timeout_ms;	/* < 0: for ever */
	bool insist;		/* wait even if it looks hopeless */
	bool interrupted;
};

uint64_t group_sum_targets(const struct group *group);
uint64_t group_sum_plugged(const struct group *group);

/* Sets the targets, within what each may have. */
void group_split(struct group *group);

/* Notes at @now_ms after the start who is stuck. The members' regions are up to date. */
void group_look(struct group *group, int64_t now_ms);

enum wait_decision group_decide(const struct group *group);

/*
 * If a member is stuck, and others can have what it cannot, sets the targets to that, and
 * returns the member. Else NULL.
 */
struct member *group_pass_on(struct group *group);

#endif /* VMEMCTL_GROUP_H */

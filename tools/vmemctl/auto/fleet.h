/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All regions of the host, and what has to be known of them from one decision to the next.
 * The daemon and a replay share this.
 */
#ifndef VMEMCTL_AUTO_FLEET_H
#define VMEMCTL_AUTO_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../region.h"
#include "decide.h"
#include "rules.h"
#include "vm.h"

/* A region that is known, by its id, which the kernel uses once. */
struct member {
	uint32_t id;
	struct left {		/* of its rules, to be applied */
		bool any;
		bool said;	/* that it was refused */
		int refused;	/* a negative errno, or 0 */
	} left[VM_RULE_PARTS];
	struct vm_state state;
	enum decide_reason said;	/* the reason of the last line about it */
	const struct rule *found[RULE_KEYS];
};

struct fleet {
	struct member *members;	/* in the order of their ids */
	size_t nr;
};

/* The host as a whole. */
struct fleet_host {
	int64_t now_ms;
	uint32_t pressure;	/* see struct sample */
	uint64_t total;		/* bytes of memory */
	uint64_t available;	/* bytes */
	uint64_t pool;		/* bytes of the default pool; 0: of the rules, or the host */
};

/* A decision about a region; the line is without its name. */
typedef void fleet_fn(void *arg, struct member *member, const struct region *region,
		      const struct decision *decision, const char *line);

/*
 * Decides for the regions of @list, which is in the order of ids, pool by pool, and calls
 * @fn for each. Returns 0 or -ENOMEM.
 */
int fleet_decide(struct fleet *fleet, const struct region_list *list,
		 const struct rules *rules, const struct fleet_host *host, fleet_fn *fn,
		 void *arg);

void fleet_free(struct fleet *fleet);

#endif /* VMEMCTL_AUTO_FLEET_H */

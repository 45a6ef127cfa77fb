/* SPDX-License-Identifier: GPL-2.0 */
/* What one VM needs, and whether it follows: the first step of a decision. */
#ifndef VMEMCTL_AUTO_ASSESS_H
#define VMEMCTL_AUTO_ASSESS_H

#include <stdbool.h>
#include <stdint.h>

#include "decide.h"

/* What is known of a VM during one decision. Sizes are bytes. */
struct plan {
	struct share *share;	/* NULL: it is not managed */
	uint64_t used;		/* in whole blocks, at most its maximum */
	uint64_t need;		/* in whole blocks, from minimum to maximum */
	uint64_t grow;		/* to get */
	uint64_t excess;	/* that it could give back now, as it does not use it */
	uint64_t unfair;	/* beyond its share, in use or not; 0: few */
	bool wants;		/* a proposal of the guest waits */
	bool left_out;		/* it does not follow, so nothing of it is counted on */
};

/* Minimum and maximum of a VM with a block, in whole blocks. */
uint64_t vm_min(const struct vm_sample *vm);
uint64_t vm_max(const struct vm_sample *vm);

/* Brings @state up to date with what happened since the last decision. */
void assess_state(struct vm_state *state, const struct vm_sample *vm, int64_t now);

/*
 * Fills in what @vm needs: of @plan, and need, want and is_short of @d. @vm is one that
 * makes sense.
 */
void assess(const struct vm_sample *vm, struct vm_state *state, int64_t now,
	    struct plan *plan, struct decision *d);

#endif /* VMEMCTL_AUTO_ASSESS_H */

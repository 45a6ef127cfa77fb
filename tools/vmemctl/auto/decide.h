/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much memory each VM of the host should have. Pure functions: no clock, no I/O, the
 * same answer for the same state and sample. Documentation/virt/vhost-mem-auto.rst has
 * the formulas.
 */
#ifndef VMEMCTL_AUTO_DECIDE_H
#define VMEMCTL_AUTO_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond what a VM uses, it should have a tenth of that. */
#define DECIDE_HEADROOM_DIV	10
/* A VM that has less than a twentieth beyond what it uses is short. */
#define DECIDE_SHORT_DIV	20
/* Smaller grows are not worth it: the larger of 128 MiB and 2 %; shrinks: thrice that. */
#define DECIDE_DEAD_BYTES	(128ULL << 20)
#define DECIDE_DEAD_DIV		50
#define DECIDE_DEAD_SHRINK	3
/* No shrink so soon after a grow, unless it is of more than a quarter of the size. */
#define DECIDE_HOLD_MS		60000
#define DECIDE_LARGE_DIV	4
/* A VM gives back half of what it does not need each 30 s. */
#define DECIDE_STEP_DIV		2
#define DECIDE_STEP_MS		30000
/* Above this percentage of the pool, VMs give back what they do not need. */
#define DECIDE_FULL_PERCENT	75
/* What is in use, and more than a fair share by an eighth, goes in these steps, too. */
#define DECIDE_FAIR_DIV		8
/* avg10 of "some" of the host's memory pressure from which on they do, in 1/100 %. */
#define DECIDE_PRESSURE		1000
/* Guests estimate what is reclaimable each ten seconds: so old is that after a grow. */
#define DECIDE_SETTLE_MS	12000
/* For how long a proposal counts that could not be met. */
#define DECIDE_PROPOSAL_MS	30000
/* A guest proposes more when it has less than a sixteenth left. */
#define DECIDE_MARK_DIV		16
/* A proposal so soon after another one was met is for twice as much, so many times. */
#define DECIDE_AGAIN_MS		5000
#define DECIDE_AGAIN_MAX	3
/* For how long a VM that does not follow is left out, at first and at most. */
#define DECIDE_BACKOFF_MIN_MS	10000
#define DECIDE_BACKOFF_MAX_MS	600000

#define DECIDE_WEIGHT_DEFAULT	100
#define DECIDE_WEIGHT_MAX	10000

/* What enum vhost_mem_progress means for a decision. */
enum vm_progress {
	VM_DONE,	/* the guest has what is requested */
	VM_MOVING,	/* it is on the way, or has not had the time */
	VM_STUCK,	/* it does not get further */
	VM_AWAY,	/* nobody could do anything: no driver, stopped, frozen */
};

/* A VM as the kernel, its guest and the rules describe it. Sizes are bytes. */
struct vm_sample {
	uint64_t plugged;
	uint64_t requested;
	uint64_t min;		/* of the rules */
	uint64_t max;		/* of the rules, the limit and the region */
	uint64_t block;
	uint64_t reclaimable;	/* the guest's word, if @reported */
	uint64_t proposed;	/* the guest's word; 0: it has proposed nothing */
	int64_t proposal_ago_ms;
	uint32_t weight;
	enum vm_progress progress;
	bool reported;		/* the guest has said what is reclaimable */
	bool exempt;		/* of the rules: it is not managed */
	bool shrink_silent;	/* of the rules: no report means that it needs its minimum */
};

struct sample {
	int64_t now_ms;
	uint64_t pool;		/* bytes for all VMs together */
	uint32_t pressure;	/* of the host's memory: "some" avg10, in 1/100 % */
	const struct vm_sample *vms;
	size_t nr;
};

/*
 * What has to be known of the past of a VM. All zeroes: nothing; then it can shrink at
 * once, see vm_state_init().
 */
struct vm_state {
	bool known;
	uint64_t requested;	/* bytes; at the end of the last decision */
	uint64_t plugged;	/* bytes; of the last sample */
	int64_t grown_ms;	/* when it last grew; a time of samples */
	int64_t shrunk_ms;
	int64_t answered_ms;	/* when it last got all that a proposal led to */
	uint32_t again;		/* times that it asked for more right after that */
	int64_t retry_ms;	/* left out until then */
	uint32_t backoff_ms;	/* 0: it follows */
	bool stuck_growing;	/* what it did not do, if @backoff_ms */
};

enum decide_reason {
	DECIDE_KEEP,		/* what it has is right */
	DECIDE_GROW,		/* all that it should have */
	DECIDE_GROW_PART,	/* as much of it as is free */
	DECIDE_WAIT,		/* nothing is free */
	DECIDE_SHRINK_SHORT,	/* others are short */
	DECIDE_SHRINK_OVER,	/* more than the pool is requested */
	DECIDE_SHRINK_FULL,	/* the pool is nearly full, or others want headroom */
	DECIDE_SHRINK_PRESSURE,	/* the host is short */
	DECIDE_SHRINK_MAX,	/* it has more than its maximum */
	DECIDE_SPARE,		/* it has more than it needs, and nobody needs that */
	DECIDE_HOLD,		/* likewise, but it grew a moment ago */
	DECIDE_STEP,		/* likewise, but it shrank a moment ago */
	DECIDE_CANCEL,		/* it cannot grow now: what it did not take is taken back */
	DECIDE_STUCK,		/* it does not follow, and is left out */
	/* From here on nothing is decided. */
	DECIDE_SILENT,		/* not managed: it says nothing */
	DECIDE_AWAY,		/* not managed: nobody is there */
	DECIDE_EXEMPT,		/* not managed: a rule says so */
	DECIDE_BAD,		/* not managed: the sample makes no sense */
};

/* Sizes are bytes, and multiples of the VM's block. */
struct decision {
	enum decide_reason reason;
	uint64_t target;	/* to be requested */
	uint64_t ceiling;	/* what the guest may take on its own until the next one */
	uint64_t need;		/* what the guest uses, or says that it needs */
	uint64_t want;		/* the same with headroom, from minimum to maximum */
	uint64_t share;		/* what it should have of this pool */
	bool is_short;		/* it needs more now, not for headroom */
};

/* What holds for all VMs together. */
struct decide_totals {
	uint64_t pool;		/* bytes */
	uint64_t charged;	/* bytes; the larger of plugged and target of each VM */
	uint64_t waiting;	/* bytes that VMs should have, and do not get now */
	size_t changes;		/* VMs with another target */
};

/* Scratch memory of decide(), which allocates nothing itself. */
struct decide_room;

/* NULL: there is no memory. */
struct decide_room *decide_room_new(size_t nr);
void decide_room_free(struct decide_room *room);

/*
 * A VM that is seen for the first time at @now_ms, and whose size was requested
 * @requested_ago_ms before, by whomever. That may have been a grow, so it counts as one.
 */
void vm_state_init(struct vm_state *state, const struct vm_sample *vm, int64_t now_ms,
		   int64_t requested_ago_ms);

/*
 * Decides for all VMs of @sample. states[i] and decisions[i] belong to sample->vms[i];
 * @room is for at least as many. The states are brought up to date, as if every target
 * were requested now.
 *
 * Whatever the sample says: a target is from min to max and a multiple of the block, as
 * far as it is another than what is requested; and the sum of what is charged exceeds the
 * pool only if it did so before, or minima do.
 */
void decide(struct vm_state *states, const struct sample *sample,
	    struct decision *decisions, struct decide_totals *totals,
	    struct decide_room *room);

#define DECIDE_TEXT_MAX	320

/*
 * One line about a decision, with its numbers, without the VM's name. @buf has
 * DECIDE_TEXT_MAX bytes. Returns it.
 */
char *decide_text(char *buf, const struct sample *sample, size_t i,
		  const struct vm_state *state, const struct decision *decision);

#endif /* VMEMCTL_AUTO_DECIDE_H */

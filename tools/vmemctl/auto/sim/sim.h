/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host with VMs, simulated, to compare rules that divide memory: the same demand, the
 * same guests, the same pool for each of them.
 */
#ifndef VMEMCTL_AUTO_SIM_H
#define VMEMCTL_AUTO_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SIM_STEP_MS	500
#define SIM_MINUTES	120
#define SIM_GUESTS	12
#define SIM_MIB		(1ULL << 20)
#define SIM_GIB		(1ULL << 30)

/* What a rule sees of a guest, and sets. Sizes are bytes. */
struct sim_guest {
	uint64_t min, max, block;
	uint64_t plugged;
	uint64_t used;		/* of what is plugged, exactly and at once */
	uint64_t requested;	/* set by the rule */
	uint64_t ceiling;	/* set by ours: up to this, a proposal is granted at once */
	bool away;		/* it reboots */

	/* What our guest driver reports. */
	uint64_t reclaimable;	/* estimated each ten seconds */
	uint64_t proposed;	/* 0: nothing yet */
	int64_t proposed_ms;

	/* Known to the simulator only. */
	uint64_t demand;	/* what it would use if it had it */
	uint64_t peak;		/* most that was plugged since it booted */
	int64_t requested_ms;	/* when the requested size was set last */
	int64_t moved_ms;	/* when the plugged size changed last */
	uint64_t last_requested;
	int direction;		/* of the last change of that: 1, -1, or 0 */
	uint64_t low, high;	/* demand since the direction changed */
};

struct sim_host {
	int64_t now_ms;
	uint64_t pool;
	bool reports;		/* guests have our driver; else a rule sees @used itself */
	struct sim_guest guests[SIM_GUESTS];
};

/* A rule; step() is called each SIM_STEP_MS. */
struct sim_rule {
	const char *name;
	bool reports;
	void *(*start)(const struct sim_host *host);
	void (*step)(void *rule, struct sim_host *host);
	void (*end)(void *rule);
};

/* What the guests of a host need over time. */
struct sim_trace {
	const char *name;
	const char *what;
	uint64_t pool;
	/* Of guest @i, at host->now_ms; also whether it is away. */
	uint64_t (*demand)(const struct sim_host *host, int i, bool *away);
};

struct sim_result {
	double lacking;		/* GiB * minutes that guests needed and did not have */
	double idle;		/* GiB * minutes that guests had and did not need */
	double moved;		/* GiB that were plugged or unplugged */
	unsigned int reversals;	/* a guest's size was changed in the other direction */
	unsigned int needless;	/* of these, while its demand was the same within a tenth */
	uint64_t most;		/* bytes; the most that was plugged at a time */
};

extern const struct sim_rule sim_ours, sim_proxmox, sim_mom, sim_qmemman, sim_squeezed;

#define SIM_RULES	5
extern const struct sim_rule *const sim_rules[];	/* ours is the first; NULL ends */
extern const struct sim_trace sim_traces[];		/* a name of NULL ends */

/* Called after each step. */
typedef void sim_plot_fn(void *arg, const struct sim_host *host);

void sim_run(const struct sim_rule *rule, const struct sim_trace *trace,
	     struct sim_result *result, sim_plot_fn *plot, void *arg);

/*
 * Runs all rules on all traces, and prints a table in reStructuredText. @sums has an
 * element for each of the SIM_RULES.
 */
void sim_compare(FILE *file, struct sim_result *sums);

/* Adds all but the most that was plugged. */
void sim_add(struct sim_result *sum, const struct sim_result *result);

#endif /* VMEMCTL_AUTO_SIM_H */

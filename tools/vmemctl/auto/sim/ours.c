// SPDX-License-Identifier: GPL-2.0
/* decide() as the daemon calls it: each five seconds, and when a guest proposes. */
#include <stdlib.h>

#include "../decide.h"
#include "sim.h"

#define PERIOD_MS	5000

struct ours {
	struct decide_room *room;
	struct vm_state states[SIM_GUESTS];
	int64_t last_ms;
};

static void *start(const struct sim_host *host)
{
	struct ours *ours = calloc(1, sizeof(*ours));

	if (!ours)
		abort();
	ours->room = decide_room_new(SIM_GUESTS);
	if (!ours->room)
		abort();
	ours->last_ms = host->now_ms - PERIOD_MS;
	return ours;
}

/* As the kernel observes it: ten seconds without a step, and it is stalled. */
static enum vm_progress progress_of(const struct sim_host *host, const struct sim_guest *g)
{
	int64_t since = g->moved_ms > g->requested_ms ? g->moved_ms : g->requested_ms;

	if (g->away)
		return VM_AWAY;
	if (g->plugged == g->requested)
		return VM_DONE;
	return host->now_ms - since < 10000 ? VM_MOVING : VM_STUCK;
}

static void step(void *rule, struct sim_host *host)
{
	struct decision decisions[SIM_GUESTS];
	struct vm_sample vms[SIM_GUESTS];
	struct decide_totals totals;
	struct ours *ours = rule;
	struct sample sample = {
		.now_ms = host->now_ms, .pool = host->pool, .vms = vms, .nr = SIM_GUESTS,
	};
	bool due = host->now_ms - ours->last_ms >= PERIOD_MS;
	int i;

	for (i = 0; i < SIM_GUESTS; i++) {
		const struct sim_guest *g = &host->guests[i];

		due = due || (g->proposed && g->proposed_ms == host->now_ms);
		vms[i] = (struct vm_sample){
			.plugged = g->plugged, .requested = g->requested,
			.min = g->min, .max = g->max, .block = g->block,
			.reclaimable = g->reclaimable,
			.proposed = g->proposed,
			.proposal_ago_ms = host->now_ms - g->proposed_ms,
			.weight = DECIDE_WEIGHT_DEFAULT,
			.progress = progress_of(host, g), .reported = true,
		};
	}
	if (!due)
		return;
	ours->last_ms = host->now_ms;
	decide(ours->states, &sample, decisions, &totals, ours->room);
	for (i = 0; i < SIM_GUESTS; i++) {
		host->guests[i].requested = decisions[i].target;
		host->guests[i].ceiling = decisions[i].ceiling;
	}
}

static void end(void *rule)
{
	struct ours *ours = rule;

	decide_room_free(ours->room);
	free(ours);
}

const struct sim_rule sim_ours = { "vmemctl auto", true, start, step, end };

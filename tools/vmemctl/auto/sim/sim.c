// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "sim.h"

/* Each step a guest plugs or unplugs no more than this. */
#define PLUG_BYTES	(SIM_GIB * SIM_STEP_MS / 1000 * 2)
#define UNPLUG_BYTES	(SIM_GIB * SIM_STEP_MS / 1000 / 2)
/* From a change of the requested size until the guest begins. */
#define LATENCY_MS	SIM_STEP_MS
/* Of the most that a guest had since it booted, one part in so many stays plugged. */
#define UNMOVABLE_DIV	5
/* Demand that stays within a tenth of itself is the same. */
#define SAME_DIV	10
/* As our driver does it: see vhost-mem-guest.rst. */
#define ESTIMATE_MS	10000
#define PROPOSE_MS	1000
#define PROPOSE_BYTES	(128 * SIM_MIB)
#define MARK_DIV	16
#define MARK_MIN	(64 * SIM_MIB)
#define MARK_MAX	(1024 * SIM_MIB)

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t plugged_by_all(const struct sim_host *host)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < SIM_GUESTS; i++)
		sum += host->guests[i].plugged;
	return sum;
}

/* A guest plugs what is free in the pool; it unplugs what it can do without. */
static void move(struct sim_host *host, struct sim_guest *g, struct sim_result *result)
{
	uint64_t bytes = 0, least;

	if (g->away || host->now_ms - g->requested_ms < LATENCY_MS)
		return;
	if (g->plugged < g->requested) {
		bytes = smaller(g->requested - g->plugged, PLUG_BYTES);
		bytes = smaller(bytes, host->pool - plugged_by_all(host));
		bytes -= bytes % g->block;
		g->plugged += bytes;
	} else {
		least = larger(larger(g->used, g->peak / UNMOVABLE_DIV), g->requested);
		if (g->plugged > least)
			bytes = smaller(g->plugged - least, UNPLUG_BYTES);
		bytes -= bytes % g->block;
		g->plugged -= bytes;
	}
	if (bytes)
		g->moved_ms = host->now_ms;
	result->moved += (double)bytes / SIM_GIB;
	g->peak = larger(g->peak, g->plugged);
}

/* What our driver reports, and what the kernel grants without anybody. */
static void report(struct sim_host *host, struct sim_guest *g)
{
	uint64_t mark = larger(MARK_MIN, smaller(g->plugged / MARK_DIV, MARK_MAX));
	uint64_t unused = g->plugged - g->used;

	if (host->now_ms % ESTIMATE_MS == 0)
		g->reclaimable = unused;
	if (unused >= mark || g->plugged < g->requested || g->requested >= g->max ||
	    host->now_ms - g->proposed_ms < PROPOSE_MS)
		return;
	g->proposed = smaller(g->requested + PROPOSE_BYTES, g->max);
	g->proposed_ms = host->now_ms;
	if (g->proposed <= g->ceiling) {
		g->requested = g->proposed;
		g->requested_ms = host->now_ms;
	}
}

static void update(struct sim_host *host, const struct sim_trace *trace, int i)
{
	struct sim_guest *g = &host->guests[i];
	bool away = false;

	g->demand = smaller(trace->demand(host, i, &away), g->max);
	if (away) {
		g->demand = 0;
		g->plugged = 0;
		g->peak = 0;
		g->proposed = 0;
	}
	g->away = away;
	g->used = smaller(g->demand, g->plugged);
}

/* Notes a change of the requested size; it is needless if the demand stayed the same. */
static void count_change(struct sim_host *host, struct sim_guest *g,
			 struct sim_result *result)
{
	int direction = g->requested > g->last_requested ? 1 : -1;

	if (direction == -g->direction) {
		result->reversals++;
		result->needless += g->high - g->low <= g->high / SAME_DIV;
	}
	if (direction != g->direction)
		g->low = g->high = g->demand;
	g->direction = direction;
	g->last_requested = g->requested;
	g->requested_ms = host->now_ms;
}

static void count(struct sim_host *host, struct sim_result *result)
{
	int i;

	for (i = 0; i < SIM_GUESTS; i++) {
		struct sim_guest *g = &host->guests[i];
		double lacks = (double)g->demand - (double)g->plugged;

		g->low = smaller(g->low, g->demand);
		g->high = larger(g->high, g->demand);
		if (lacks > 0)
			result->lacking += lacks / SIM_GIB * SIM_STEP_MS / 60000;
		else
			result->idle -= lacks / SIM_GIB * SIM_STEP_MS / 60000;
		if (g->requested != g->last_requested)
			count_change(host, g, result);
	}
	result->most = larger(result->most, plugged_by_all(host));
}

void sim_run(const struct sim_rule *rule, const struct sim_trace *trace,
	     struct sim_result *result, sim_plot_fn *plot, void *arg)
{
	struct sim_host host = { .pool = trace->pool, .reports = rule->reports };
	void *state;
	int i;

	memset(result, 0, sizeof(*result));
	for (i = 0; i < SIM_GUESTS; i++) {
		host.guests[i] = (struct sim_guest){
			.min = SIM_GIB, .max = 16 * SIM_GIB, .block = 2 * SIM_MIB,
			.plugged = 2 * SIM_GIB, .requested = 2 * SIM_GIB,
			.last_requested = 2 * SIM_GIB, .proposed_ms = -PROPOSE_MS,
			.requested_ms = -LATENCY_MS,
		};
	}
	state = rule->start(&host);
	for (; host.now_ms < SIM_MINUTES * 60000; host.now_ms += SIM_STEP_MS) {
		for (i = 0; i < SIM_GUESTS; i++)
			update(&host, trace, i);
		for (i = 0; i < SIM_GUESTS && host.reports; i++) {
			if (!host.guests[i].away)
				report(&host, &host.guests[i]);
		}
		rule->step(state, &host);
		count(&host, result);
		for (i = 0; i < SIM_GUESTS; i++)
			move(&host, &host.guests[i], result);
		if (plot)
			plot(arg, &host);
	}
	rule->end(state);
}

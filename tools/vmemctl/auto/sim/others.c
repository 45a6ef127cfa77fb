// SPDX-License-Identifier: GPL-2.0
/*
 * How others divide memory, from their formulas and with the parameters that they come
 * with. Each sees exactly and at once what a guest uses, which none of them does in
 * reality, and has the same guests below it as ours.
 */
#include <stdlib.h>

#include "sim.h"

static void *nothing(const struct sim_host *host)
{
	(void)host;
	return NULL;
}

static uint64_t clamp(double bytes, const struct sim_guest *g)
{
	if (bytes <= g->min)
		return g->min;
	if (bytes >= g->max)
		return g->max;
	return (uint64_t)bytes / g->block * g->block;
}

static double plugged_by_all(const struct sim_host *host)
{
	double sum = 0;
	int i;

	for (i = 0; i < SIM_GUESTS; i++)
		sum += host->guests[i].plugged;
	return sum;
}

static bool is_due(const struct sim_host *host, int64_t ms)
{
	return host->now_ms % ms == 0;
}

/*
 * Proxmox VE, each ten seconds: 80 % of the host's memory are to be in use, within 10 MiB.
 * Beyond their minima, guests have it by their shares, here all the same; none changes by
 * more than 100 MiB at once.
 */
static void proxmox(void *rule, struct sim_host *host)
{
	const double goal = 0.8 * host->pool - plugged_by_all(host), step = 100 * SIM_MIB;
	double rest = 0, shares = 0, want[SIM_GUESTS];
	bool done[SIM_GUESTS] = { false }, again = true;
	int i;

	(void)rule;
	if (!is_due(host, 10000) || (goal < 10 * SIM_MIB && goal > -10.0 * SIM_MIB))
		return;
	rest = plugged_by_all(host) + goal;
	for (i = 0; i < SIM_GUESTS; i++) {
		done[i] = host->guests[i].away;
		rest -= done[i] ? 0 : host->guests[i].min;
		shares += !done[i];
	}
	while (again) {
		again = false;
		for (i = 0; i < SIM_GUESTS; i++) {
			const struct sim_guest *g = &host->guests[i];

			if (done[i])
				continue;
			want[i] = g->min + rest / shares;
			if (want[i] <= g->max)
				continue;
			want[i] = g->max;
			rest -= g->max - g->min;
			shares--;
			done[i] = again = true;
		}
	}
	for (i = 0; i < SIM_GUESTS; i++) {
		struct sim_guest *g = &host->guests[i];
		double change;

		if (g->away)
			continue;
		change = want[i] - g->plugged;
		change = change > step ? step : change < -step ? -step : change;
		if ((goal > 0) == (change > 0))
			g->requested = clamp(g->plugged + change, g);
	}
}

/*
 * MoM's rules for balloons, each ten seconds: below 20 % of free memory on the host, each
 * guest shrinks by up to 5 %, but keeps free what belongs to that degree of shortage;
 * above it, each grows by 5 %, or at once to 20 % of its maximum free. Changes of less
 * than 0.25 % are ignored.
 */
static void mom(void *rule, struct sim_host *host)
{
	double free = 1 - plugged_by_all(host) / host->pool, keep, size, least;
	int i;

	(void)rule;
	if (!is_due(host, 10000))
		return;
	for (i = 0; i < SIM_GUESTS; i++) {
		struct sim_guest *g = &host->guests[i];

		if (g->away)
			continue;
		if (free < 0.20) {
			keep = free <= 0.05 ? free - 0.05 : 0.201 * free / 0.20;
			least = g->used + keep * g->plugged;
			size = 0.95 * g->plugged;
			size = size < least ? least : size;
			if (size > g->plugged)
				continue;
		} else {
			least = g->used + 0.201 * g->max;
			size = 1.05 * g->plugged;
			size = size < least ? least : size;
		}
		if (size - g->plugged > 0.0025 * g->plugged ||
		    g->plugged - size > 0.0025 * g->plugged)
			g->requested = clamp(size, g);
	}
}

/*
 * Qubes' qmemman, whenever something changes: each guest prefers 1.3 times what it uses.
 * If there is that much, the rest is divided in proportion to it; if not, those that have
 * more give it to the others, in proportion to what these prefer. Nothing is done for
 * less than 150 MiB, unless 15 MiB are lacking of what somebody prefers. 50 MiB of the
 * host stay free.
 */
static void qmemman(void *rule, struct sim_host *host)
{
	double prefers[SIM_GUESTS], size[SIM_GUESTS], have = host->pool - 50.0 * SIM_MIB;
	double all = 0, poor = 0, moved = 0, for_poor = have, rest, rest_of;
	bool lacks = false, again = true;
	int i;

	(void)rule;
	for (i = 0; i < SIM_GUESTS; i++) {
		const struct sim_guest *g = &host->guests[i];

		prefers[i] = g->away ? 0 : clamp(1.3 * g->used, g);
		size[i] = prefers[i];
		all += prefers[i];
		if (prefers[i] > g->plugged)
			poor += prefers[i];
		else
			for_poor -= prefers[i];
	}
	rest = have - all;
	for (i = 0; i < SIM_GUESTS && rest < 0; i++) {
		if (prefers[i] > host->guests[i].plugged && for_poor < poor)
			size[i] = prefers[i] * for_poor / poor;
	}
	while (rest > 0 && again) {
		again = false;
		rest_of = 0;
		for (i = 0; i < SIM_GUESTS; i++)
			rest_of += size[i] < host->guests[i].max ? prefers[i] : 0;
		for (i = 0; i < SIM_GUESTS && rest_of > 0; i++) {
			double more = rest * prefers[i] / rest_of;
			const struct sim_guest *g = &host->guests[i];

			if (size[i] >= g->max || size[i] + more <= g->max)
				continue;
			rest -= g->max - size[i];
			size[i] = g->max;
			again = true;
			break;
		}
		for (i = 0; i < SIM_GUESTS && rest_of > 0 && !again; i++) {
			if (size[i] < host->guests[i].max)
				size[i] += rest * prefers[i] / rest_of;
		}
	}
	for (i = 0; i < SIM_GUESTS; i++) {
		const struct sim_guest *g = &host->guests[i];
		double more = size[i] - g->requested;

		if (g->away)
			continue;
		moved += more < 0 ? -more : more;
		lacks = lacks || (more > 15.0 * SIM_MIB &&
				  prefers[i] > g->requested + 15.0 * SIM_MIB);
	}
	for (i = 0; i < SIM_GUESTS && (lacks || moved > 150.0 * SIM_MIB); i++) {
		if (!host->guests[i].away)
			host->guests[i].requested = clamp(size[i], &host->guests[i]);
	}
}

/*
 * XAPI's squeezed, each ten seconds: every guest has the same part of the way from its
 * minimum to its maximum. A guest that has not moved for 20 s counts as what it has.
 */
static void squeezed(void *rule, struct sim_host *host)
{
	double rest = host->pool, range = 0, gamma;
	bool active[SIM_GUESTS];
	int i;

	(void)rule;
	if (!is_due(host, 10000))
		return;
	for (i = 0; i < SIM_GUESTS; i++) {
		const struct sim_guest *g = &host->guests[i];

		active[i] = !g->away && (g->plugged == g->requested ||
					 host->now_ms - g->moved_ms < 20000);
		rest -= active[i] ? g->min : g->plugged;
		range += active[i] ? g->max - g->min : 0;
	}
	if (range == 0)
		return;
	gamma = rest / range;
	gamma = gamma < 0 ? 0 : gamma > 1 ? 1 : gamma;
	for (i = 0; i < SIM_GUESTS; i++) {
		struct sim_guest *g = &host->guests[i];

		if (!g->away)
			g->requested = clamp(g->min + gamma * (g->max - g->min), g);
	}
}

const struct sim_rule sim_proxmox = { "Proxmox VE", false, nothing, proxmox, free };
const struct sim_rule sim_mom = { "MoM", false, nothing, mom, free };
const struct sim_rule sim_qmemman = { "qmemman", false, nothing, qmemman, free };
const struct sim_rule sim_squeezed = { "squeezed", false, nothing, squeezed, free };

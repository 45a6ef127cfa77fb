// SPDX-License-Identifier: GPL-2.0
/* Usage: sim-plot: each ten seconds of each trace with each rule as a line of CSV. */
#include <stdio.h>

#include "sim.h"

struct plot {
	const char *trace;
	const char *rule;
};

static void line(void *arg, const struct sim_host *host)
{
	double plugged = 0, demand = 0, lacking = 0;
	const struct plot *plot = arg;
	int i;

	if (host->now_ms % 10000)
		return;
	for (i = 0; i < SIM_GUESTS; i++) {
		const struct sim_guest *g = &host->guests[i];

		plugged += g->plugged;
		demand += g->demand;
		lacking += g->demand > g->plugged ? g->demand - g->plugged : 0;
	}
	printf("%s,%s,%.3f,%.3f,%.3f,%.3f,%.1f\n", plot->trace, plot->rule,
	       host->now_ms / 60000.0, plugged / SIM_GIB, demand / SIM_GIB, lacking / SIM_GIB,
	       (double)host->pool / SIM_GIB);
}

int main(void)
{
	struct sim_result result;
	struct plot plot;
	size_t t, k;

	puts("trace,rule,minute,plugged,demand,lacking,pool");
	for (t = 0; sim_traces[t].name; t++) {
		for (k = 0; k < SIM_RULES; k++) {
			plot = (struct plot){ sim_traces[t].name, sim_rules[k]->name };
			sim_run(sim_rules[k], &sim_traces[t], &result, line, &plot);
		}
	}
	return ferror(stdout) || fflush(stdout);
}

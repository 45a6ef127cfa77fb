// SPDX-License-Identifier: GPL-2.0
/* The table of Documentation/virt/vhost-mem-auto.rst. */
#include <stdio.h>
#include <string.h>

#include "sim.h"

#define LINE "============  ============  ========  ========  ========  =========  ========"

const struct sim_rule *const sim_rules[] = {
	&sim_ours, &sim_proxmox, &sim_mom, &sim_qmemman, &sim_squeezed, NULL
};

void sim_add(struct sim_result *sum, const struct sim_result *result)
{
	sum->lacking += result->lacking;
	sum->idle += result->idle;
	sum->moved += result->moved;
	sum->reversals += result->reversals;
	sum->needless += result->needless;
}

static void row(FILE *file, const char *trace, const char *rule, const struct sim_result *r)
{
	fprintf(file, "%-12s  %-12s  %8.1f  %8.0f  %8.0f  %9u  %8u\n", trace, rule, r->lacking,
		r->idle, r->moved, r->reversals, r->needless);
}

void sim_compare(FILE *file, struct sim_result *sums)
{
	struct sim_result result;
	size_t t, k;

	memset(sums, 0, SIM_RULES * sizeof(*sums));
	fprintf(file, LINE "\n%-12s  %-12s  %8s  %8s  %8s  %9s  %8s\n" LINE "\n", "trace", "rule",
		"lacking", "idle", "moved", "reversals", "needless");
	for (t = 0; sim_traces[t].name; t++) {
		for (k = 0; k < SIM_RULES; k++) {
			sim_run(sim_rules[k], &sim_traces[t], &result, NULL, NULL);
			row(file, k ? "\\" : sim_traces[t].name, sim_rules[k]->name, &result);
			sim_add(&sums[k], &result);
		}
	}
	for (k = 0; k < SIM_RULES; k++)
		row(file, k ? "\\" : "all", sim_rules[k]->name, &sums[k]);
	fputs(LINE "\n", file);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * 'vmemctl auto' against the rules of others, on the same hosts. The table in the
 * documentation is what comes of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auto/sim/sim.h"
#include "ktap.h"

/* A part of the table's file, which is where the program is built from. */
#define DOCUMENT "../../Documentation/virt/vhost-mem-auto.rst"

static char *compare(struct sim_result *sums)
{
	char *table;
	size_t size;
	FILE *file = open_memstream(&table, &size);

	if (!file)
		abort();
	sim_compare(file, sums);
	if (fclose(file))
		abort();
	return table;
}

static char *read_document(void)
{
	FILE *file = fopen(DOCUMENT, "r");
	char *text = calloc(1, 1 << 17);

	if (!text)
		abort();
	if (!file)
		ktap_skip("there is no %s", DOCUMENT);
	if (!fread(text, 1, (1 << 17) - 1, file))
		abort();
	fclose(file);
	return text;
}

/*
 * Less memory is lacking, and less is idle, than with any of the others; and sizes are
 * turned around less often while nothing has changed.
 */
TEST(auto_is_better_than_others)
{
	struct sim_result sums[SIM_RULES];
	char *table = compare(sums), *document;
	const char *dump = getenv("AUTO_TABLE");
	FILE *file;
	size_t k;

	for (k = 1; k < SIM_RULES; k++) {
		EXPECT(sim_rules[k]->name, sums[0].lacking < sums[k].lacking);
		EXPECT(sim_rules[k]->name, sums[0].idle < sums[k].idle);
		EXPECT(sim_rules[k]->name, sums[0].needless < sums[k].needless);
	}
	/* Figures of the design: 1 reversal for each VM and hour on steady load. */
	if (dump) {
		file = fopen(dump, "w");
		if (!file || fputs(table, file) < 0 || fclose(file))
			abort();
	}
	document = read_document();
	if (!strstr(document, table))
		ktap_wrong("the table in " DOCUMENT " is not this one:\n%s", table);
	free(document);
	free(table);
}

TEST(auto_is_calm_on_steady_load)
{
	const struct sim_trace *trace = sim_traces;
	struct sim_result result;

	while (strcmp(trace->name, "steady"))
		trace++;
	sim_run(&sim_ours, trace, &result, NULL, NULL);
	EXPECT("reversals", result.reversals <= SIM_GUESTS * SIM_MINUTES / 60);
}

/* What is plugged never exceeds the pool, as everybody plugs only what is free. */
TEST(auto_sim_keeps_the_pool)
{
	struct sim_result result;
	size_t t, k;

	for (t = 0; sim_traces[t].name; t++) {
		for (k = 0; k < SIM_RULES; k++) {
			sim_run(sim_rules[k], &sim_traces[t], &result, NULL, NULL);
			EXPECT(sim_traces[t].name, result.most <= sim_traces[t].pool);
		}
	}
}

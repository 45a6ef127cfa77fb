// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the guest driver over a simulated guest and device.
 *
 * Usage: guest [SEED]	a seed of those that are printed, to repeat a life
 */
#include <time.h>

#include "guest/random.h"
#include "guest/cases.h"

/* A life is lived three times: see lives(). */
#define FIXED 55
#define FRESH 25

static unsigned int number;

static void ok(const char *what)
{
	printf("ok %u guest: %s\n", ++number, what);
	fflush(stdout);
}

static void lives(u64 seed, unsigned int nr)
{
	while (nr--) {
		if (getenv("SIM_VERBOSE"))
			fprintf(stderr, "seed 0x%llx\n", seed);
		random_life(seed, false, false);
		random_life(seed, false, true);
		random_life(seed, true, true);
		seed++;
	}
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (u64)time(NULL);
	unsigned int i;

	if (argc > 1) {
		lives(seed, 1);
		return 0;
	}
	printf("KTAP version 1\n1..%u\n", 2 + nr_cases);
	lives(1, FIXED);
	ok("165 lives with fixed seeds");
	printf("# seed 0x%llx\n", seed);
	fflush(stdout);
	lives(seed << 16, FRESH);
	ok("75 lives with a random seed");
	for (i = 0; i < nr_cases; i++) {
		cases[i].run();
		ok(cases[i].what);
	}
	return 0;
}

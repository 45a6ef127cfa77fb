// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the guest driver over a simulated guest and device.
 *
 * Usage: guest [TEST]...
 *        SEED=N guest		one of the seeds that are printed, to repeat a life
 */
#include <time.h>

#include "guest/random.h"
#include "guest/cases.h"

/* A life is lived three times: see lives(). */
#define FIXED 55
#define FRESH 25

static u64 seed;

static void lives(u64 first, unsigned int nr)
{
	for (; nr--; first++) {
		random_life(first, false, false);
		random_life(first, false, true);
		random_life(first, true, true);
	}
}

CASE(fixed_lives, "165 lives with fixed seeds")
{
	lives(1, FIXED);
}

CASE(fresh_lives, "75 lives with a random seed")
{
	lives(seed, FRESH);
}

int main(int argc, char **argv)
{
	const char *given = getenv("SEED");

	if (given && *given) {
		lives(strtoull(given, NULL, 0), 1);
		return 0;
	}
	seed = (u64)time(NULL) << 16;
	ktap_say("seed 0x%llx", seed);
	return ktap_main(argc, argv);
}

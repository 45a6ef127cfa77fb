// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the guest driver over a simulated guest and device.
 *
 * Usage: guest [SEED]	a seed of those that are printed, to repeat a life
 */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest/random.h"
#include "guest/cases.h"

/* A life is lived three times: see lives(). */
#define FIXED 55
#define FRESH 25

static unsigned int number, failed;
static u64 seed;

static void lives(u64 first, unsigned int nr)
{
	for (; nr--; first++) {
		random_life(first, false, false);
		random_life(first, false, true);
		random_life(first, true, true);
	}
}

static void fixed_lives(void)
{
	lives(1, FIXED);
}

static void fresh_lives(void)
{
	lives(seed, FRESH);
}

/* In a process of its own, as a failure ends it. */
static void test(const char *what, void (*run)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		run();
		exit(0);
	}
	if (waitpid(child, &status, 0) != child || status) {
		printf("not ");
		failed++;
	}
	printf("ok %u guest: %s\n", ++number, what);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 1) {
		lives(strtoull(argv[1], NULL, 0), 1);
		return 0;
	}
	seed = (u64)time(NULL) << 16;
	printf("KTAP version 1\n1..%u\n# seed 0x%llx\n", 2 + nr_cases, seed);
	fflush(stdout);
	test("165 lives with fixed seeds", fixed_lives);
	test("75 lives with a random seed", fresh_lives);
	for (i = 0; i < nr_cases; i++)
		test(cases[i].what, cases[i].run);
	return failed != 0;
}

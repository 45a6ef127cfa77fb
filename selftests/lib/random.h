/* SPDX-License-Identifier: GPL-2.0 */
/* Tests that do random operations for some time, and can repeat them. */
#ifndef _SELFTESTS_RANDOM_H
#define _SELFTESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Values of --seed, default random, and --seconds, default 10. The seed is printed. */
extern uint64_t random_seed;
extern unsigned int random_seconds;
/*
 * Value of --operations, of programs that can count them and say so by @random_counts; 0
 * if they go by time.
 */
extern unsigned long random_operations;
extern bool random_counts;

/*
 * Take these options out of the arguments, and give the tests twice that time, a second for
 * each ten operations, and @more seconds on top. Returns what is left for ktap_main() in @argc and @argv;
 * ends the program if there is an unknown option.
 */
void random_options(int *argc, char ***argv, unsigned int more);

#endif /* _SELFTESTS_RANDOM_H */

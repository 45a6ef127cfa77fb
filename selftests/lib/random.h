/* SPDX-License-Identifier: GPL-2.0 */
/* Tests that do random operations for some time, and can repeat them. */
#ifndef _SELFTESTS_RANDOM_H
#define _SELFTESTS_RANDOM_H

#include <stdint.h>

/* Values of --seed, default random, and --seconds, default 10. The seed is printed. */
extern uint64_t random_seed;
extern unsigned int random_seconds;

/*
 * Take these options out of the arguments, and give the tests twice that time and
 * @more seconds on top. Returns what is left for ktap_main() in @argc and @argv;
 * ends the program if there is an unknown option.
 */
void random_options(int *argc, char ***argv, unsigned int more);

#endif /* _SELFTESTS_RANDOM_H */

// SPDX-License-Identifier: GPL-2.0
/* See random.h. */

#include <getopt.h>
#include <inttypes.h>

#include "ktap.h"
#include "random.h"

uint64_t random_seed;
unsigned int random_seconds = 10;
unsigned long random_operations;
bool random_counts;

void random_options(int *argc, char ***argv, unsigned int more)
{
	static const struct option options[] = {
		{ "operations", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ }
	};
	int option;

	random_seed = time(NULL);
	while ((option = getopt_long(*argc, *argv, "", options, NULL)) != -1)
		switch (option) {
		case 'o':
			if (!random_counts)
				exit(2);
			random_operations = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			random_seconds = atoi(optarg);
			break;
		case 's':
			random_seed = strtoull(optarg, NULL, 0);
			break;
		default:
			exit(2);
		}
	ktap_timeout += 2 * random_seconds + random_operations / 10 + more;
	if (random_operations)
		ktap_say("seed %" PRIu64 ", %lu operations", random_seed, random_operations);
	else
		ktap_say("seed %" PRIu64 ", %u seconds", random_seed, random_seconds);
	(*argv)[optind - 1] = (*argv)[0];
	*argc -= optind - 1;
	*argv += optind - 1;
}

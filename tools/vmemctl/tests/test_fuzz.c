// SPDX-License-Identifier: GPL-2.0
/* The fuzz programs with a few inputs: that they build, and that they pass. */
#include <stdio.h>
#include <stdlib.h>

#include "ktap.h"
#include "run.h"

static void run_program(const char *name)
{
	const char *dir = getenv("FUZZ_DIR");
	char command[4096];

	snprintf(command, sizeof(command), "'%s/%s_run' 2>&1", dir ? dir : ".", name);
	expect_quiet(command);
}

TEST(fuzz_size_without_libfuzzer)
{
	run_program("fuzz_size");
}

TEST(fuzz_nl_without_libfuzzer)
{
	run_program("fuzz_nl");
}

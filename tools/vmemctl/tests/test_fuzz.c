// SPDX-License-Identifier: GPL-2.0
/* The fuzz programs with a few inputs: that they build, and that they pass. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "ktap.h"

static void run_program(const char *name)
{
	const char *dir = getenv("FUZZ_DIR");
	char command[4096], text[4096];
	size_t len;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "'%s/%s_run' 2>&1", dir ? dir : ".", name);
	pipe = popen(command, "r");
	EXPECT("popen", pipe);
	if (!pipe)
		return;
	len = fread(text, 1, sizeof(text) - 1, pipe);
	text[len] = '\0';
	status = pclose(pipe);
	EXPECT_TEXT(name, text, "");
	EXPECT(name, WIFEXITED(status) && !WEXITSTATUS(status));
}

TEST(fuzz_size_without_libfuzzer)
{
	run_program("fuzz_size");
}

TEST(fuzz_nl_without_libfuzzer)
{
	run_program("fuzz_nl");
}

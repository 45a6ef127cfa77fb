// SPDX-License-Identifier: GPL-2.0
/* Files beside the program: completions, the manual page, monitoring/. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "ktap.h"

/* What the command prints is what went wrong. */
static void expect_quiet(const char *command)
{
	FILE *pipe = popen(command, "r");
	char text[4096];
	size_t len;
	int status;

	EXPECT("popen", pipe);
	if (!pipe)
		return;
	len = fread(text, 1, sizeof(text) - 1, pipe);
	text[len] = '\0';
	status = pclose(pipe);
	EXPECT_TEXT(command, text, "");
	EXPECT(command, WIFEXITED(status) && !WEXITSTATUS(status));
}

/* The script is one table. */
TEST(bash_completion)
{
	expect_quiet("bash tests/completion.sh 2>&1");
}

/* Nothing is missing in completions and manual page that the table of commands has. */
TEST(commands_are_complete)
{
	expect_quiet("python3 tests/check_commands.py 2>&1");
}

/* Rules, dashboard and document know the metrics and tracepoints that there are. */
TEST(monitoring)
{
	expect_quiet("python3 tests/check_monitoring.py 2>&1");
}

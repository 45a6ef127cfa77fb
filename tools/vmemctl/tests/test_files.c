// SPDX-License-Identifier: GPL-2.0
/* Files beside the program: completions, the manual page, monitoring/. */
#include "ktap.h"
#include "run.h"

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

// SPDX-License-Identifier: GPL-2.0
/* Files beside the program: completions, the manual page, monitoring/, the specification. */
#include <stdio.h>
#include <stdlib.h>

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

/* Every command that prints JSON, and the kernel's own client, see the same. */
TEST(ynl_agrees)
{
	const char *ynl = getenv("YNL");
	char command[512];

	if (!ynl || !*ynl)
		ktap_skip("there is no YNL; 'scripts/regen-netlink --check' unpacks it");
	snprintf(command, sizeof(command),
		 "python3 -B tests/check_ynl.py %s ../../Documentation/netlink/specs/vhost_mem.yaml 2>&1",
		 ynl);
	expect_quiet(command);
}

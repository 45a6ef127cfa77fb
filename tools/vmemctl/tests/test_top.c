// SPDX-License-Identifier: GPL-2.0
/* 'vmemctl top' in a terminal of tests/top.py: what the screen shows, and how it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What top.py prints with these arguments. */
static const char *top(const char *fake, const char *args)
{
	static char text[1 << 16];
	char command[256];
	size_t len;
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "FAKE=%s FAKE_PROC=tests/proc python3 tests/top.py %s 2>&1", fake, args);
	pipe = popen(command, "r");
	if (!pipe)
		ktap_fail();
	len = fread(text, 1, sizeof(text) - 1, pipe);
	text[len] = '\0';
	pclose(pipe);
	return text;
}

TEST(top_screens)
{
	static const struct {
		const char *fake, *args, *golden;
	} cases[] = {
		{ "regions,limit,limbo", "80x24", "top-80x24.txt" },
		/* Sorted by plugged, the second selected; then the terminal grows. */
		{ "regions,limit,limbo", "80x24 -r 132x30 -k pj", "top-132x30.txt" },
		/* The order turned round, the last selected, beyond the screen. */
		{ "regions", "60x12 -k Rjjjjj", "top-60x12.txt" },
		{ "regions", "20x5 -k jj", "top-20x5.txt" },
		{ "regions", "1x1 -k jp", "top-1x1.txt" },
		{ "empty", "80x24 -k jkR", "top-empty.txt" },
		{ "regions", "80x24 -- --vm 'tw*' --bytes", "top-vm.txt" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		expect_golden(cases[i].golden, top(cases[i].fake, cases[i].args));
}

/* Without one, the screen changes within a second; and it is left when the module is. */
TEST(top_events)
{
	const char *text;

	text = top("regions,missed", "80x24 -k jk");
	EXPECT("changed", strstr(text, "         1  vm1          running       4 GiB      4 GiB"));
	EXPECT("unloaded", strstr(text, "stderr: vmemctl: watching the regions: the vhost_mem module was unloaded\nstatus: 2\n"));
}

TEST(top_terminal)
{
	struct run r = { .args = { "top" }, .fake = "regions", .columns = 80 };
	static const char no_terminal[] =
		"vmemctl: top needs a terminal; 'vmemctl list' and 'vmemctl monitor' do not\n";
	const char *const bad[][2] = {
		{ "80x24 -t no-such-terminal", "\"no-such-terminal\"" },
		{ "80x24 -t ''", "\"\"" },
		{ "80x24 -t dumb", "\"dumb\"" },
	};
	char want[160];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(want, sizeof(want),
			 "stderr: vmemctl: top cannot use a terminal of the type %s; see the environment variable TERM\nstatus: 1\n",
			 bad[i][1]);
		EXPECT(bad[i][0], strstr(top("regions", bad[i][0]), want));
	}
	r.columns = 0;
	run(&r);
	EXPECT_EQ("pipe", r.status, 1);
	EXPECT_TEXT("pipe", r.err, no_terminal);
	EXPECT_TEXT("pipe", r.out, "");
	r.args[1] = "-j";
	run(&r);
	EXPECT_EQ("json", r.status, 1);
	EXPECT_TEXT("json", r.err, "vmemctl: \"top\" does not take --json; usage: vmemctl top [OPTION]... [ID]...\n");
}

// SPDX-License-Identifier: GPL-2.0
/* Command lines that are wrong, or that need no kernel. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NOT_LOADED "the vhost_mem module is not loaded (modprobe vhost_mem)"
#define USAGE_RESIZE "usage: vmemctl resize ID|--vm VM SIZE [--wait] [--timeout T] [--else E] [--note TEXT]"
#define USAGE_LIMIT "usage: vmemctl limit ID SIZE|none [--min SIZE]"
#define USAGE_POLICY \
	"usage: vmemctl policy ID [deny|manual|auto] [--max SIZE] [--step SIZE] [--interval T]"
#define USAGE_GRANT "usage: vmemctl grant ID [SIZE] [--wait] [--timeout T] [--else E] [--note TEXT]"
#define SORT_KEYS \
	"use id, name, vmm, pid, user, unit, node, state, block, plugged, requested, left, limit, max, backed, limbo, requests, refused or why"
#define NO_INTERVAL " is out of range: use 100 ms to 24 h"
#define TIMEOUT_MISSING "--timeout needs a time, such as 30, 1.5m or 2h"

static char *join(char *buf, size_t size, const char *const *args)
{
	size_t len = 0;
	int i;

	len += snprintf(buf, size, "vmemctl");
	for (i = 0; i < RUN_ARGS_MAX && args[i]; i++)
		len += snprintf(buf + len, size - len, " %s", args[i]);
	return buf;
}

TEST(cmdline_wrong)
{
	static const struct {
		const char *args[RUN_ARGS_MAX];
		int status;
		const char *err;
	} cases[] = {
		{ { "frob" }, 1, "unknown command \"frob\"; see 'vmemctl --help'" },
		{ { "" }, 1, "unknown command \"\"; see 'vmemctl --help'" },
		{ { "-" }, 1, "unknown command \"-\"; see 'vmemctl --help'" },
		{ { "fr\033ob" }, 1, "unknown command \"fr?ob\"; see 'vmemctl --help'" },
		{ { "lsit" }, 1, "unknown command \"lsit\"; did you mean \"list\"?" },
		{ { "mon" }, 1, "unknown command \"mon\"; did you mean \"monitor\"?" },
		{ { "help", "resise" }, 1, "unknown command \"resise\"; did you mean \"resize\"?" },
		{ { "help", "frob" }, 1, "unknown command \"frob\"; see 'vmemctl --help'" },
		{ { "help", "list", "all" }, 1,
		  "unknown command \"list all\"; see 'vmemctl list --help'" },
		{ { "help", "pool", "sit" }, 1,
		  "unknown command \"pool sit\"; did you mean \"pool set\"?" },
		{ { "help", "pool", "set", "up" }, 1,
		  "unexpected argument \"up\"; usage: vmemctl help [COMMAND]" },
		/* As it is called by other tools. */
		{ { "ls", "-l" }, 1, "unknown command \"ls\"; did you mean \"list\"?" },
		{ { "set", "1", "8G" }, 1, "unknown command \"set\"; did you mean \"resize\"?" },
		{ { "grow", "1", "1G" }, 1, "unknown command \"grow\"; did you mean \"resize\"?" },
		{ { "version" }, 1, "unknown command \"version\"; did you mean \"--version\"?" },
		{ { "create", "1" }, 1, "unknown command \"create\"; see 'vmemctl --help'" },
		{ { "pool", "create", "x", "1G" }, 1,
		  "unknown command \"pool create\"; did you mean \"pool add\"?" },
		{ { "pool", "rm", "x" }, 1, "unknown command \"pool rm\"; did you mean \"pool del\"?" },
		{ { "pool", "ls" }, 1, "unknown command \"pool ls\"; did you mean \"pool\"?" },
		{ { "pool", "show", "x" }, 1, "unknown command \"pool show\"; did you mean \"pool\"?" },
		{ { "pool", "default" }, 1,
		  "unknown command \"pool default\"; see 'vmemctl pool --help'" },
		{ { "lease", "delete", "1" }, 1,
		  "unknown command \"lease delete\"; did you mean \"lease del\"?" },
		{ { "lease", "list" }, 1, "unknown command \"lease list\"; did you mean \"lease\"?" },
		{ { "--", "-j" }, 1, "unknown command \"-j\"; see 'vmemctl --help'" },
		{ { "--frob" }, 1, "unknown option \"--frob\"; see 'vmemctl --help'" },
		{ { "--js" }, 1, "unknown option \"--js\"; did you mean \"--json\"?" },
		{ { "resize", "1", "1G", "--wait", "--timout=5" }, 1,
		  "unknown option \"--timout=5\"; did you mean \"--timeout\"?" },
		/* Nothing that the command does not take. */
		{ { "list", "--timout=5" }, 1,
		  "unknown option \"--timout=5\"; see 'vmemctl list --help'" },
		{ { "--=" }, 1, "unknown option \"--=\"; see 'vmemctl --help'" },
		{ { "-x" }, 1, "unknown option \"-x\"; see 'vmemctl --help'" },
		{ { "-jx" }, 1, "unknown option \"-jx\"; see 'vmemctl --help'" },
		{ { "list", "--sort" }, 1, "--sort needs keys, such as name or -plugged,id" },
		{ { "list", "--sort=" }, 1, "--sort \"\": unknown key \"\"; " SORT_KEYS },
		{ { "list", "--sort", "name,siz\033e" }, 1,
		  "--sort \"name,siz?e\": unknown key \"siz?e\"; " SORT_KEYS },
		{ { "list", "--sort", "id,name,vmm,pid,user" }, 1,
		  "--sort \"id,name,vmm,pid,user\": more than 4 keys" },
		{ { "list", "--state", "running,lost" }, 1,
		  "unknown state \"lost\": use stopped, running, broken, orphaned or ended" },
		{ { "list", "--color=blue" }, 1, "--color=blue: use auto, always or never" },
		{ { "show", "1", "--bytes" }, 1,
		  "\"show\" does not take --bytes; usage: vmemctl show ID..." },
		{ { "list", "-G" }, 1, "unknown option \"-G\"; see 'vmemctl list --help'" },
		{ { "--json=1", "list" }, 1, "--json takes no value, but \"1\" is given" },
		{ { "--help=list" }, 1, "--help takes no value, but \"list\" is given" },
		{ { "monitor", "1" }, 1, "unexpected argument \"1\"; usage: vmemctl monitor" },
		{ { "show" }, 1, "missing ID; usage: vmemctl show ID..." },
		{ { "resize" }, 1, "missing ID; " USAGE_RESIZE },
		{ { "resize", "1" }, 1, "missing SIZE; " USAGE_RESIZE },
		{ { "resize", "1", "-j" }, 1, "missing SIZE; " USAGE_RESIZE },
		{ { "resize", "1", "8G", "-1G" }, 1, "unexpected argument \"-1G\"; " USAGE_RESIZE },
		{ { "list", "--wait" }, 1, "\"list\" does not take --wait; usage: vmemctl list [OPTION]... [ID]..." },
		{ { "-w", "show", "1" }, 1, "\"show\" does not take --wait; usage: vmemctl show ID..." },
		{ { "monitor", "-t", "1" }, 1,
		  "\"monitor\" does not take --timeout; usage: vmemctl monitor" },
		{ { "resize", "1", "8G", "--timeout", "5" }, 1, "--timeout \"5\" needs --wait" },
		{ { "resize", "1", "8G", "--wait", "--timeout" }, 1, TIMEOUT_MISSING },
		{ { "resize", "1", "8G", "-wt" }, 1, TIMEOUT_MISSING },
		{ { "resize", "1", "8G", "--wait", "--timeout=" }, 1,
		  "invalid timeout \"\": use seconds, a number with ms, s, m or h, or none" },
		{ { "resize", "1", "8G", "--wait", "--timeout", "-1" }, 1,
		  "invalid timeout \"-1\": use seconds, a number with ms, s, m or h, or none" },
		{ { "resize", "1", "8G", "-w", "-t5x" }, 1,
		  "invalid timeout \"5x\": use seconds, a number with ms, s, m or h, or none" },
		{ { "resize", "1", "8X" }, 1,
		  "size \"8X\": unknown unit \"X\"; use K, M, G, T, P, E or none" },
		{ { "resize", "1", "" }, 1,
		  "size \"\" is not a number: use 8G, 512M, +1G, -1G or 50%, for example" },
		{ { "resize", "1", "101%" }, 1,
		  "size \"101%\" is more than 100% of the maximum" },
		{ { "resize", "1", "--", "--1G" }, 1,
		  "size \"--1G\" is not a number: use 8G, 512M, +1G, -1G or 50%, for example" },
		{ { "limit" }, 1, "missing ID; " USAGE_LIMIT },
		{ { "limit", "1" }, 1, "missing SIZE; " USAGE_LIMIT },
		{ { "limit", "1", "8G", "none" }, 1, "unexpected argument \"none\"; " USAGE_LIMIT },
		{ { "limit", "1", "8G", "--wait" }, 1,
		  "\"limit\" does not take --wait; " USAGE_LIMIT },
		{ { "limit", "1", "+1G" }, 1,
		  "invalid limit \"+1G\": use 8G, 512M, 50% or none, for example" },
		{ { "limit", "1", "-1G" }, 1,
		  "invalid limit \"-1G\": use 8G, 512M, 50% or none, for example" },
		{ { "limit", "1", "" }, 1, "invalid limit \"\": use 8G, 512M, 50% or none, for example" },
		{ { "limit", "1", "8X" }, 1,
		  "size \"8X\": unknown unit \"X\"; use K, M, G, T, P, E or none" },
		{ { "limit", "1", "101%" }, 1,
		  "size \"101%\" is more than 100% of the maximum" },
		{ { "policy" }, 1, "missing ID; " USAGE_POLICY },
		{ { "policy", "1", "manual", "me" }, 1, "unexpected argument \"me\"; " USAGE_POLICY },
		{ { "policy", "1", "" }, 1, "unknown policy \"\": use deny, manual or auto" },
		{ { "policy", "1", "Ask" }, 1, "unknown policy \"Ask\": use deny, manual or auto" },
		{ { "policy", "1", "8G" }, 1, "unknown policy \"8G\": use deny, manual or auto" },
		{ { "policy", "1", "as\033k" }, 1, "unknown policy \"as?k\": use deny, manual or auto" },
		{ { "policy", "1", "manual", "--wait" }, 1,
		  "\"policy\" does not take --wait; " USAGE_POLICY },
		{ { "resize", "1", "8G", "--max", "8G" }, 1, "\"resize\" does not take --max; " USAGE_RESIZE },
		{ { "list", "-s8G" }, 1, "\"list\" does not take --step; usage: vmemctl list [OPTION]... [ID]..." },
		{ { "grant", "1", "--interval=1" }, 1, "\"grant\" does not take --interval; " USAGE_GRANT },
		{ { "policy", "1", "--max" }, 1, "--max needs a size, such as 8G, 50% or none" },
		{ { "policy", "1", "-s" }, 1, "--step needs a size, such as 256M, 5% or none" },
		{ { "policy", "1", "-ji" }, 1,
		  "--interval needs a time, such as 500ms, 30 or 1.5m" },
		{ { "policy", "1", "--max=" }, 1,
		  "invalid --max \"\": use 8G, 512M, 50% or none, for example" },
		{ { "policy", "1", "--max", "+1G" }, 1,
		  "invalid --max \"+1G\": use 8G, 512M, 50% or none, for example" },
		{ { "policy", "1", "-s", "-1G" }, 1,
		  "invalid --step \"-1G\": use 8G, 512M, 50% or none, for example" },
		{ { "policy", "1", "--step", "1X" }, 1,
		  "size \"1X\": unknown unit \"X\"; use K, M, G, T, P, E or none" },
		{ { "policy", "1", "--interval", "soon" }, 1,
		  "invalid interval \"soon\": use seconds, or a number with ms, s, m or h" },
		{ { "policy", "1", "--interval", "0" }, 1, "interval \"0\"" NO_INTERVAL },
		{ { "policy", "1", "-i99ms" }, 1, "interval \"99ms\"" NO_INTERVAL },
		{ { "policy", "1", "-i", "0.0999" }, 1, "interval \"0.0999\"" NO_INTERVAL },
		{ { "policy", "1", "-i86400001ms" }, 1,
		  "interval \"86400001ms\"" NO_INTERVAL },
		{ { "policy", "1", "-i25h" }, 1, "interval \"25h\"" NO_INTERVAL },
		{ { "grant" }, 1, "missing ID; " USAGE_GRANT },
		{ { "grant", "1", "8G", "9G" }, 1, "unexpected argument \"9G\"; " USAGE_GRANT },
		{ { "grant", "1", "8X" }, 1,
		  "size \"8X\": unknown unit \"X\"; use K, M, G, T, P, E or none" },
		{ { "grant", "1", "-t5" }, 1, "--timeout \"5\" needs --wait" },
		{ { "deny" }, 1, "missing ID; usage: vmemctl deny ID" },
		{ { "deny", "1", "8G" }, 1, "unexpected argument \"8G\"; usage: vmemctl deny ID" },
		{ { "deny", "1", "-w" }, 1, "\"deny\" does not take --wait; usage: vmemctl deny ID" },
		/* Right, as far as one can see without the module. */
		{ { "policy", "1" }, 2, NOT_LOADED },
		{ { "policy", "1", "auto", "-m8G", "-s", "256M", "-i", "2s" }, 2, NOT_LOADED },
		{ { "policy", "1", "--max=none", "--step=5%", "--interval=500ms" }, 2, NOT_LOADED },
		{ { "policy", "1", "-i100ms" }, 2, NOT_LOADED },
		{ { "policy", "1", "-i0.1" }, 2, NOT_LOADED },
		{ { "policy", "1", "-i24h" }, 2, NOT_LOADED },
		{ { "grant", "1" }, 2, NOT_LOADED },
		{ { "grant", "1", "-1G", "-wt500ms" }, 2, NOT_LOADED },
		{ { "deny", "1", "-j" }, 2, NOT_LOADED },
		{ { "list" }, 2, NOT_LOADED },
		{ { "list", "-j" }, 2, NOT_LOADED },
		{ { "list", "-nbW", "--sort=-plugged,name", "1", "vm*" }, 2, NOT_LOADED },
		{ { "list", "--vm", "web*", "--state=running", "--color", "never" }, 2, NOT_LOADED },
		{ { "show", "1", "2", "3" }, 2, NOT_LOADED },
		{ { "-j", "list" }, 2, NOT_LOADED },
		{ { "--json", "list" }, 2, NOT_LOADED },
		{ { "show", "1" }, 2, NOT_LOADED },
		{ { "monitor" }, 2, NOT_LOADED },
		{ { "resize", "1", "8G" }, 2, NOT_LOADED },
		{ { "limit", "1", "8G" }, 2, NOT_LOADED },
		{ { "-j", "limit", "vm1", "none" }, 2, NOT_LOADED },
		{ { "resize", "1", "-1G" }, 2, NOT_LOADED },
		{ { "resize", "-j", "1", "-1G", "-w" }, 2, NOT_LOADED },
		{ { "resize", "--", "1", "-1G" }, 2, NOT_LOADED },
		{ { "resize", "1", "50%", "-wt", "30" }, 2, NOT_LOADED },
		{ { "resize", "1", "50%", "-jwt1.5m" }, 2, NOT_LOADED },
		{ { "resize", "1", "50%", "--wait", "--timeout=none" }, 2, NOT_LOADED },
		{ { "resize", "--timeout=2h", "1", "+1G", "--wait" }, 2, NOT_LOADED },
		{ { "--timeout", "0", "--wait", "resize", "1", "0" }, 2, NOT_LOADED },
	};
	char what[256], want[512];
	struct run r = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(r.args, cases[i].args, sizeof(r.args));
		run(&r);
		join(what, sizeof(what), r.args);
		snprintf(want, sizeof(want), "vmemctl: %s\n", cases[i].err);
		EXPECT_EQ(what, r.status, cases[i].status);
		EXPECT_TEXT(what, r.err, want);
		EXPECT_TEXT(what, r.out, "");
	}
}

TEST(cmdline_no_command)
{
	struct run r = { 0 };

	run(&r);
	EXPECT_EQ("vmemctl", r.status, 1);
	EXPECT_TEXT("vmemctl", r.out, "");
	EXPECT("vmemctl", !strncmp(r.err, "Usage: vmemctl ", 15));

	r.args[0] = "-j";
	run(&r);
	EXPECT_EQ("vmemctl -j", r.status, 1);
	EXPECT_TEXT("vmemctl -j", r.out, "");
	EXPECT("vmemctl -j", !strncmp(r.err, "Usage: vmemctl ", 15));
}

TEST(cmdline_help)
{
	static const struct {
		const char *args[RUN_ARGS_MAX];
		const char *line;
	} cases[] = {
		{ { "-h" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "--help" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "-jh" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "list", "-h" }, "Usage: vmemctl [-j] list [OPTION]... [ID]...\n" },
		{ { "-h", "list" }, "Usage: vmemctl [-j] list [OPTION]... [ID]...\n" },
		{ { "show", "--help" }, "Usage: vmemctl [-j] show ID...\n" },
		{ { "resize", "--help" },
		  "Usage: vmemctl [-j] resize ID|--vm VM SIZE [--wait] [--timeout T] [--else E] [--note TEXT]\n" },
		{ { "resize", "1", "-h" },
		  "Usage: vmemctl [-j] resize ID|--vm VM SIZE [--wait] [--timeout T] [--else E] [--note TEXT]\n" },
		{ { "limit", "-h" }, "Usage: vmemctl [-j] limit ID SIZE|none [--min SIZE]\n" },
		{ { "reserve", "-h" }, "Usage: vmemctl [-j] reserve ID SIZE|none\n" },
		{ { "pool", "-h" }, "Usage: vmemctl [-j] pool\n" },
		{ { "pool", "-h", "set" }, "Usage: vmemctl [-j] pool set NAME SIZE|none\n" },
		{ { "policy", "-h" },
		  "Usage: vmemctl [-j] policy ID [deny|manual|auto] [--max SIZE] [--step SIZE] [--interval T]\n" },
		{ { "grant", "-h" },
		  "Usage: vmemctl [-j] grant ID [SIZE] [--wait] [--timeout T] [--else E] [--note TEXT]\n" },
		{ { "deny", "-h" }, "Usage: vmemctl [-j] deny ID\n" },
		{ { "monitor", "-h" }, "Usage: vmemctl [-j] monitor\n" },
		{ { "help" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "help", "monitor" }, "Usage: vmemctl [-j] monitor\n" },
		{ { "help", "top" }, "Usage: vmemctl top [OPTION]... [ID]...\n" },
		{ { "help", "-h" }, "Usage: vmemctl [-j] help [COMMAND]\n" },
		{ { "help", "pool" }, "Usage: vmemctl [-j] pool\n" },
		{ { "help", "pool", "set" }, "Usage: vmemctl [-j] pool set NAME SIZE|none\n" },
		{ { "pool", "set", "-h" }, "Usage: vmemctl [-j] pool set NAME SIZE|none\n" },
		{ { "help", "help" }, "Usage: vmemctl [-j] help [COMMAND]\n" },
		{ { "help", "-j" }, "{\"list\":{\"args\":[\"ID\"],\"options\":[\"--help\",\"--version\"," },
	};
	struct run r = { 0 };
	char what[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(r.args, cases[i].args, sizeof(r.args));
		run(&r);
		join(what, sizeof(what), r.args);
		EXPECT_EQ(what, r.status, 0);
		EXPECT_TEXT(what, r.err, "");
		EXPECT(what, !strncmp(r.out, cases[i].line, strlen(cases[i].line)));
	}
}

/* Of "pool", those that begin with it are told, too. */
TEST(cmdline_help_second)
{
	struct run r = { .args = { "help", "pool" } };

	run(&r);
	EXPECT("pool set", strstr(r.out, "\nSee also:\n  pool set NAME SIZE|none\n"));
	EXPECT("pool move", strstr(r.out, "\n  pool move ID NAME\n"));
	EXPECT("policy", !strstr(r.out, "policy"));
	r.args[1] = "show";
	run(&r);
	EXPECT("show", !strstr(r.out, "See also"));
}

TEST(cmdline_version)
{
	struct run r = { .args = { "-V" } };

	run(&r);
	EXPECT_EQ("-V", r.status, 0);
	EXPECT("-V", !strncmp(r.out, "vmemctl ", 8) && strchr(r.out, '\n'));
	r.args[0] = "--version";
	run(&r);
	EXPECT_EQ("--version", r.status, 0);
	EXPECT("--version", !strncmp(r.out, "vmemctl ", 8));
}

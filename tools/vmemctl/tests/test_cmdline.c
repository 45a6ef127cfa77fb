// SPDX-License-Identifier: GPL-2.0
/* Command lines that are wrong, or that need no kernel. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NOT_LOADED "the vhost_mem module is not loaded (modprobe vhost_mem)"
#define USAGE_RESIZE "usage: vmemctl resize ID SIZE [--wait] [--timeout T]"
#define USAGE_LIMIT "usage: vmemctl limit ID SIZE|none"
#define TIMEOUT_MISSING "--timeout needs a time, like 30, 1.5m or 2h"

static char *join(char *buf, size_t size, const char *const *args)
{
	size_t len = 0;
	int i;

	len += snprintf(buf, size, "vmemctl");
	for (i = 0; i < RUN_ARGS_MAX && args[i]; i++)
		len += snprintf(buf + len, size - len, " %s", args[i]);
	return buf;
}

static void wrong(void)
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
		{ { "--", "-j" }, 1, "unknown command \"-j\"; see 'vmemctl --help'" },
		{ { "--frob" }, 1, "unknown option \"--frob\"; see 'vmemctl --help'" },
		{ { "--js" }, 1, "unknown option \"--js\"; see 'vmemctl --help'" },
		{ { "--=" }, 1, "unknown option \"--=\"; see 'vmemctl --help'" },
		{ { "-x" }, 1, "unknown option \"-x\"; see 'vmemctl --help'" },
		{ { "-jx" }, 1, "unknown option \"-jx\"; see 'vmemctl --help'" },
		{ { "list", "-G" }, 1, "unknown option \"-G\"; see 'vmemctl --help'" },
		{ { "--json=1", "list" }, 1, "option --json takes no value" },
		{ { "--help=list" }, 1, "option --help takes no value" },
		{ { "list", "1" }, 1, "\"1\" is too much; usage: vmemctl list" },
		{ { "monitor", "1" }, 1, "\"1\" is too much; usage: vmemctl monitor" },
		{ { "show" }, 1, "usage: vmemctl show ID" },
		{ { "show", "1", "2", "3" }, 1,
		  "\"2\" is too much; usage: vmemctl show ID" },
		{ { "resize" }, 1, USAGE_RESIZE },
		{ { "resize", "1" }, 1, USAGE_RESIZE },
		{ { "resize", "1", "-j" }, 1, USAGE_RESIZE },
		{ { "resize", "1", "8G", "-1G" }, 1, "\"-1G\" is too much; " USAGE_RESIZE },
		{ { "list", "--wait" }, 1, "list takes neither --wait nor --timeout" },
		{ { "-w", "show", "1" }, 1, "show takes neither --wait nor --timeout" },
		{ { "monitor", "-t", "1" }, 1,
		  "monitor takes neither --wait nor --timeout" },
		{ { "resize", "1", "8G", "--timeout", "5" }, 1, "--timeout needs --wait" },
		{ { "resize", "1", "8G", "--wait", "--timeout" }, 1, TIMEOUT_MISSING },
		{ { "resize", "1", "8G", "-wt" }, 1, TIMEOUT_MISSING },
		{ { "resize", "1", "8G", "--wait", "--timeout=" }, 1,
		  "timeout \"\": use seconds, or a number with s, m or h" },
		{ { "resize", "1", "8G", "--wait", "--timeout", "-1" }, 1,
		  "timeout \"-1\": use seconds, or a number with s, m or h" },
		{ { "resize", "1", "8G", "-w", "-t5x" }, 1,
		  "timeout \"5x\": use seconds, or a number with s, m or h" },
		{ { "resize", "1", "8X" }, 1,
		  "size \"8X\": unknown unit \"X\"; use K, M, G, T or none for bytes" },
		{ { "resize", "1", "" }, 1,
		  "size \"\": not a number; use e.g. 8G, 512M, +1G, -1G or 50%" },
		{ { "resize", "1", "101%" }, 1,
		  "size \"101%\": more than 100% of the maximum" },
		{ { "resize", "1", "--", "--1G" }, 1,
		  "size \"--1G\": not a number; use e.g. 8G, 512M, +1G, -1G or 50%" },
		{ { "limit" }, 1, USAGE_LIMIT },
		{ { "limit", "1" }, 1, USAGE_LIMIT },
		{ { "limit", "1", "8G", "none" }, 1, "\"none\" is too much; " USAGE_LIMIT },
		{ { "limit", "1", "8G", "--wait" }, 1,
		  "limit takes neither --wait nor --timeout" },
		{ { "limit", "1", "+1G" }, 1,
		  "limit \"+1G\": use e.g. 8G, 512M, 50% or none" },
		{ { "limit", "1", "-1G" }, 1,
		  "limit \"-1G\": use e.g. 8G, 512M, 50% or none" },
		{ { "limit", "1", "" }, 1, "limit \"\": use e.g. 8G, 512M, 50% or none" },
		{ { "limit", "1", "8X" }, 1,
		  "size \"8X\": unknown unit \"X\"; use K, M, G, T or none for bytes" },
		{ { "limit", "1", "101%" }, 1,
		  "size \"101%\": more than 100% of the maximum" },
		/* Right, as far as one can see without the module. */
		{ { "list" }, 2, NOT_LOADED },
		{ { "list", "-j" }, 2, NOT_LOADED },
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
		CHECK_INT(what, r.status, cases[i].status);
		CHECK_TEXT(what, r.err, want);
		CHECK_TEXT(what, r.out, "");
	}
}

static void no_command(void)
{
	struct run r = { 0 };

	run(&r);
	CHECK_INT("vmemctl", r.status, 1);
	CHECK_TEXT("vmemctl", r.out, "");
	CHECK("vmemctl", !strncmp(r.err, "Usage: vmemctl ", 15));

	r.args[0] = "-j";
	run(&r);
	CHECK_INT("vmemctl -j", r.status, 1);
	CHECK_TEXT("vmemctl -j", r.out, "");
	CHECK("vmemctl -j", !strncmp(r.err, "Usage: vmemctl ", 15));
}

static void help(void)
{
	static const struct {
		const char *args[RUN_ARGS_MAX];
		const char *line;
	} cases[] = {
		{ { "-h" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "--help" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "-jh" }, "Usage: vmemctl [OPTION]... COMMAND\n" },
		{ { "list", "-h" }, "Usage: vmemctl [-j] list\n" },
		{ { "-h", "list" }, "Usage: vmemctl [-j] list\n" },
		{ { "show", "--help" }, "Usage: vmemctl [-j] show ID\n" },
		{ { "resize", "--help" },
		  "Usage: vmemctl [-j] resize ID SIZE [--wait] [--timeout T]\n" },
		{ { "resize", "1", "-h" },
		  "Usage: vmemctl [-j] resize ID SIZE [--wait] [--timeout T]\n" },
		{ { "limit", "-h" }, "Usage: vmemctl [-j] limit ID SIZE|none\n" },
		{ { "monitor", "-h" }, "Usage: vmemctl [-j] monitor\n" },
	};
	struct run r = { 0 };
	char what[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(r.args, cases[i].args, sizeof(r.args));
		run(&r);
		join(what, sizeof(what), r.args);
		CHECK_INT(what, r.status, 0);
		CHECK_TEXT(what, r.err, "");
		CHECK(what, !strncmp(r.out, cases[i].line, strlen(cases[i].line)));
	}
}

static void version(void)
{
	struct run r = { .args = { "-V" } };

	run(&r);
	CHECK_INT("-V", r.status, 0);
	CHECK("-V", !strncmp(r.out, "vmemctl ", 8) && strchr(r.out, '\n'));
	r.args[0] = "--version";
	run(&r);
	CHECK_INT("--version", r.status, 0);
	CHECK("--version", !strncmp(r.out, "vmemctl ", 8));
}

const struct test cmdline_tests[] = {
	{ "cmdline_wrong", wrong },
	{ "cmdline_no_command", no_command },
	{ "cmdline_help", help },
	{ "cmdline_version", version },
	{ 0 }
};

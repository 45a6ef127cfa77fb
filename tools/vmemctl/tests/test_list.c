// SPDX-License-Identifier: GPL-2.0
/* The table of 'vmemctl list': its width, what is in it, in which order, in colour. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "golden.h"
#include "ktap.h"
#include "proc.h"
#include "run.h"
#include "vmm.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The processes and the memory of a host. */
#define PROC	"FAKE_PROC=tests/proc"

/* Columns that the longest line takes, not counting colours. */
static int widest(const char *text)
{
	int max = 0, n = 0;

	for (; *text; text++) {
		if (*text == '\033') {
			text = strchr(text, 'm');
			if (!text)
				return 100000;
			continue;
		}
		if (*text == '\n')
			n = 0;
		else if ((*text & 0xc0) != 0x80)
			n++;
		if (n > max)
			max = n;
	}
	return max;
}

/* Runs "list" with these arguments, which has to succeed. */
static void list(struct run *r, const char *arg, const char *more)
{
	r->args[0] = "list";
	r->args[1] = arg;
	r->args[2] = arg ? more : NULL;
	if (!r->fake)
		r->fake = "regions,limit,limbo";
	r->env[0] = PROC;
	run(r);
	EXPECT_EQ(arg ? arg : "list", r->status, 0);
	EXPECT_TEXT(arg ? arg : "list", r->err, "");
}

/* Whatever the width, no line is wider, and sizes and reasons are there at 80. */
TEST(list_width)
{
	char what[32];
	struct run r = { .env = { PROC, "NO_COLOR=1" } };
	int width;

	list(&r, NULL, NULL);
	expect_golden("list.txt", r.out);
	for (width = 1; width < 190; width += width < 70 ? 13 : 7) {
		r.columns = width;
		list(&r, NULL, NULL);
		snprintf(what, sizeof(what), "%d columns", width);
		EXPECT(what, widest(r.out) <= width);
		EXPECT(what, !strstr(r.out, " \n"));
	}
	r.columns = 80;
	list(&r, NULL, NULL);
	EXPECT("80 columns", widest(r.out) <= 80);
	expect_golden("list-80-utf8.txt", r.out);
	r.columns = 120;
	list(&r, NULL, NULL);
	expect_golden("list-120-utf8.txt", r.out);
	list(&r, "--wide", NULL);
	EXPECT("--wide", widest(r.out) > 120);
}

/* Without a terminal, $COLUMNS counts, and nothing if it makes no sense. */
TEST(list_columns)
{
	struct run r = { .env = { PROC, "COLUMNS=80" } };

	list(&r, NULL, NULL);
	expect_golden("list-80.txt", r.out);
	r.env[1] = "COLUMNS=100";
	list(&r, NULL, NULL);
	expect_golden("list-100.txt", r.out);
	list(&r, "--wide", NULL);
	expect_golden("list.txt", r.out);
	r.env[1] = "COLUMNS=-1";
	list(&r, NULL, NULL);
	expect_golden("list.txt", r.out);
	r.env[1] = "COLUMNS=wide";
	list(&r, NULL, NULL);
	expect_golden("list.txt", r.out);
	/* A terminal knows better. */
	r.env[1] = "COLUMNS=200";
	r.env[2] = "NO_COLOR=1";
	r.columns = 80;
	list(&r, NULL, NULL);
	expect_golden("list-80-utf8.txt", r.out);
}

TEST(list_bytes)
{
	struct run r = { 0 };

	list(&r, "--bytes", NULL);
	expect_golden("list-bytes.txt", r.out);
}

TEST(list_limit)
{
	struct run r = { .fake = "regions,limit" };

	/* 3 GiB requested, 4 GiB proposed, the limit is 6 GiB: it does not bind. */
	list(&r, "vm1", NULL);
	EXPECT("limit", !strstr(r.out, "at limit"));
	r.fake = "regions,limit,proposalmore";
	list(&r, "vm1", NULL);
	EXPECT("proposal", strstr(r.out, "at limit; guest stalled"));
	r.fake = "regions,limit,proposalmore,offline";
	list(&r, "vm1", NULL);
	EXPECT("done", strstr(r.out, "  at limit  ["));
}

/* The numbers of the regions, in the order of the lines. */
static void expect_ids(const char *what, const char *text, const char *want)
{
	char ids[256] = "", word[16];
	unsigned int id;
	size_t len = 0;

	/* From the title to the sums. */
	for (text = strchr(text, '\n'); text && sscanf(text, "%u%15s", &id, word) == 2;
	     text = strchr(text + 1, '\n')) {
		if (!strcmp(word, "regions:"))
			break;
		len += snprintf(ids + len, sizeof(ids) - len, "%s%u", len ? " " : "", id);
	}
	EXPECT_TEXT(what, ids, want);
}

TEST(list_sort)
{
	static const struct {
		const char *keys;
		const char *ids;
	} cases[] = {
		{ "--sort=id",		"1 2 3 4000000000" },
		{ "--sort=-id",		"4000000000 3 2 1" },
		{ "--sort=name",	"4000000000 2 3 1" },
		{ "--sort=name,-id",	"4000000000 3 2 1" },
		{ "--sort=-plugged",	"1 2 3 4000000000" },
		{ "--sort=-max,-id",	"3 2 1 4000000000" },
		{ "--sort=left",	"4000000000 1 2 3" },
		{ "--sort=-limbo",	"1 2 3 4000000000" },
		{ "--sort=-user,-unit,id", "1 2 3 4000000000" },
		{ "--sort=-why",	"1 2 3 4000000000" },
		{ "--sort=vmm",		"4000000000 2 3 1" },
		{ "--sort=state,-refused", "2 3 1 4000000000" },
	};
	struct run r = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		list(&r, cases[i].keys, NULL);
		expect_ids(cases[i].keys, r.out, cases[i].ids);
	}
	list(&r, "-j", "--sort=-id");
	EXPECT("json", !strncmp(r.out, "{\"region\":{\"4000000000\":{", 25));
}

TEST(list_filter)
{
	static const struct {
		const char *args[2];
		const char *out;	/* the line about regions */
	} cases[] = {
		{ { "1" }, "\n1 of 4 regions: 2 GiB plugged, 3 GiB requested, 8 GiB max, not free yet: 512 MiB\n" },
		{ { "3", "twin" }, "\n2 of 4 regions: 3 GiB plugged, 0 B requested, 2 TiB max\n" },
		{ { "tw?n" }, "\n2 of 4 regions: " },
		{ { "*" }, "\n4 regions: " },
		{ { "001" }, "\n1 of 4 regions: 2 GiB " },
		{ { "--vm", "tw*" }, "\n2 of 4 regions: " },
		{ { "--vm=TW*" }, "No region is as wanted.\n" },
		{ { "--state=running" }, "\n1 of 4 regions: 2 GiB " },
		{ { "--state=running,stopped" }, "\n3 of 4 regions: " },
		{ { "--state=ended" }, "No region is as wanted.\n" },
		{ { "--not-done" }, "\n1 of 4 regions: 2 GiB " },
		{ { "-n", "twin" }, "No region is as wanted.\n" },
		{ { "-n", "vm1" }, "\n1 of 4 regions: 2 GiB " },
	};
	struct run r = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		list(&r, cases[i].args[0], cases[i].args[1]);
		EXPECT_TEXT(cases[i].args[0], strstr(r.out, cases[i].out) ? "" : r.out, "");
	}
	list(&r, "-j", "--state=ended");
	EXPECT_TEXT("json", r.out, "{\"region\":{}}\n");
	/* An id beyond 32 bits is that of no region. */
	r.args[0] = "list";
	r.args[1] = "4294967297";
	r.args[2] = NULL;
	run(&r);
	EXPECT_EQ("unknown id", r.status, 1);
	EXPECT_TEXT("unknown id", r.err,
		    "vmemctl: no region \"4294967297\"; see 'vmemctl list'\n");
	EXPECT_TEXT("unknown id", r.out, "");
}

/* Only on a terminal, and not if the environment or the user says no. */
TEST(list_color)
{
	static const struct {
		int columns;
		const char *option, *env;
		bool color;
	} cases[] = {
		{ 0,	NULL,			NULL,		false },
		{ 200,	NULL,			NULL,		true },
		{ 200,	NULL,			"NO_COLOR=1",	false },
		{ 200,	NULL,			"NO_COLOR=",	true },
		{ 200,	NULL,			"TERM=dumb",	false },
		{ 200,	"--color=auto",		NULL,		true },
		{ 200,	"--color=never",	NULL,		false },
		{ 0,	"--color=auto",		NULL,		false },
		{ 0,	"--color=always",	NULL,		true },
		{ 200,	"--color=always",	"NO_COLOR=1",	true },
		/* Even where lines are cut, and no colour may be left on. */
		{ 30,	"--color=always",	NULL,		false },
	};
	struct run r = { .env = { PROC, "TERM=xterm" } };
	char what[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		r.columns = cases[i].columns;
		r.env[2] = cases[i].env;
		list(&r, cases[i].option, NULL);
		snprintf(what, sizeof(what), "%s %s %d", cases[i].option ? cases[i].option : "-",
			 cases[i].env ? cases[i].env : "-", cases[i].columns);
		EXPECT(what, !strchr(r.out, '\033') == !cases[i].color);
	}
	r.columns = 0;
	r.env[2] = NULL;
	list(&r, "--color=always", NULL);
	expect_golden("list-color.txt", r.out);
}

TEST(show_many)
{
	struct run r = {
		.args = { "show", "1", "3" }, .fake = "regions", .env = { PROC },
	};

	run(&r);
	EXPECT_EQ("show", r.status, 0);
	expect_golden("show-1-3.txt", r.out);

	r.args[3] = "-j";
	run(&r);
	EXPECT("json", !strncmp(r.out, "{\"region\":{\"1\":{\"id\":1,", 23) &&
	       strstr(r.out, "},\"3\":{\"id\":3,"));

	/* Nothing is printed if one of them is missing. */
	r.args[3] = "5";
	run(&r);
	EXPECT_EQ("one is missing", r.status, 1);
	EXPECT_TEXT("one is missing", r.out, "");
	EXPECT_TEXT("one is missing", r.err, "vmemctl: no region \"5\"; see 'vmemctl list'\n");
}

struct counts {
	unsigned int sent, received, opened;
};

/* How often a command does so, if it is given these words of fake_regions.h. */
static struct counts count(struct run *r, const char *fake)
{
	char path[] = "/tmp/vmemctl-count-XXXXXX", env[64];
	struct counts counts = { 0 };
	int fd = mkstemp(path);
	FILE *file;

	CHECK(fd >= 0);
	snprintf(env, sizeof(env), "FAKE_COUNT=%s", path);
	r->fake = fake;
	r->stdout_to = "/dev/null";
	r->env[0] = PROC;
	r->env[1] = env;
	run(r);
	EXPECT_EQ(fake, r->status, 0);
	EXPECT_TEXT(fake, r->err, "");
	file = fdopen(fd, "r");
	CHECK(file && fscanf(file, "%u %u %u", &counts.sent, &counts.received, &counts.opened) == 3);
	fclose(file);
	unlink(path);
	r->stdout_to = NULL;
	r->env[1] = NULL;
	return counts;
}

/*
 * On a host with a thousand regions a command asks no more often than on one with none, and
 * reads each answer once; libnl looks how long it is before that. Of /proc it reads what
 * it prints.
 */
TEST(many_regions)
{
	static const struct {
		const char *args[3];
		unsigned int opened;	/* more than without regions */
	} cases[] = {
		/* The memory of the host is read only if there are regions. */
		{ { "list" }, 2 * 1000 + 1 },
		{ { "list", "--sort=user,why", "--not-done" }, 2 * 1000 + 1 },
		{ { "-j", "list" }, 0 },
		{ { "-j", "list", "--sort=user" }, 2 * 1000 },
		{ { "metrics" }, 2 * 1000 },
		{ { "auto", "--once", "--dry-run" }, 0 },
	};
	struct run last = { 0 };
	struct counts none, many;
	const char *what;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run r = { .args = { cases[i].args[0], cases[i].args[1], cases[i].args[2] } };

		what = cases[i].args[1] ? cases[i].args[1] : cases[i].args[0];
		none = count(&r, "empty");
		many = count(&r, "regions,many");
		EXPECT_EQ(what, many.sent, none.sent);
		EXPECT_EQ(what, many.received, none.received + 2 * 1000);
		EXPECT_EQ(what, many.opened, none.opened + cases[i].opened);
	}
	last.args[0] = "list";
	last.args[1] = "vm7";
	EXPECT_EQ("list vm7", count(&last, "regions,many").opened, 2 + 1);
	list(&last, "vm1000", NULL);
	EXPECT("the last", strstr(last.out, "\n1 of 1000 regions: "));
}

TEST(vmm_unit)
{
	static const struct {
		const char *cgroup, *unit;
	} cases[] = {
		{ "", "" },
		{ "0::/\n", "" },
		{ "0::/system.slice/vm1.service\n", "vm1.service" },
		{ "0::/system.slice/vm1.service", "vm1.service" },
		{ "0::/user.slice/user-1.slice/user@1.service/app.slice/qemu.scope\n", "qemu.scope" },
		{ "0::/a.service/payload\n", "a.service" },
		{ "0::/.service\n", "" },
		{ "0::/x.service.d\n", "" },
		{ "12:pids:/pids.service\n1:name=systemd:/vm.scope\n0::/\n", "vm.scope" },
		{ "9:memory:/memory.service\n", "" },
		{ "no path\n0::/\033]0;x\a.service\n", "?]0;x?.service" },
	};
	char buf[VMM_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_TEXT(cases[i].cgroup, vmm_unit(buf, sizeof(buf), cases[i].cgroup),
			    cases[i].unit);
	vmm_unit(buf, 8, "0::/long-name.service\n");
	EXPECT_TEXT("cut", buf, "long-na");
}

// SPDX-License-Identifier: GPL-2.0
/* 'vmemctl metrics': golden files, promtool if there, and a strict checker of our own. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "golden.h"
#include "ktap.h"
#include "proc.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A directory for the test, and a file in it. */
static char dir[64], path[80];

static void make_dir(void)
{
	strcpy(dir, "/tmp/vmemctl-metrics.XXXXXX");
	if (!mkdtemp(dir))
		ktap_fail();
	snprintf(path, sizeof(path), "%s/vhost_mem.prom", dir);
}

static void remove_dir(void)
{
	unlink(path);
	if (rmdir(dir))
		ktap_wrong("something was left in %s", dir);
}

static void metrics(struct run *r, const char *fake, const char *arg, const char *more)
{
	*r = (struct run){
		.args = { "metrics", "--textfile", path, arg, more },
		.fake = fake, .env = { "FAKE_PROC=tests/proc" },
	};
	run(r);
	EXPECT_EQ("metrics", r->status, 0);
	EXPECT_TEXT("metrics", r->err, "");
	EXPECT_TEXT("metrics", r->out, "");
}

static void expect_file(const char *golden)
{
	static char text[1 << 16];

	if (proc_read(AT_FDCWD, path, text, sizeof(text)))
		expect_golden(golden, text);
	else
		ktap_wrong("%s cannot be read", path);
}

static void check_strictly(const char *option)
{
	char command[256];

	snprintf(command, sizeof(command), "python3 tests/check_openmetrics.py %s <%s 2>&1",
		 option, path);
	expect_quiet(command);
}

TEST(metrics)
{
	struct run r;

	make_dir();
	metrics(&r, "regions,limit,limbo,proposalmore", NULL, NULL);
	expect_file("metrics.prom");
	check_strictly("");
	metrics(&r, "regions,limit,limbo,proposalmore", "--openmetrics", NULL);
	expect_file("metrics.openmetrics");
	check_strictly("--openmetrics");
	metrics(&r, "regions,old", NULL, NULL);
	check_strictly("");
	metrics(&r, "empty", NULL, NULL);
	expect_file("metrics-empty.prom");
	check_strictly("");
	metrics(&r, "empty", "--openmetrics", NULL);
	check_strictly("--openmetrics");
	remove_dir();
}

TEST(metrics_of_requests)
{
	char command[256];
	struct run r;

	make_dir();
	metrics(&r, "regions,stats", NULL, NULL);
	expect_file("metrics-stats.prom");
	check_strictly("");
	snprintf(command, sizeof(command),
		 "grep -qxF 'vhost_mem_requests_total{id=\"1\",name=\"vm1\",type=\"plug\",response=\"busy\"} 3' %s || echo none",
		 path);
	expect_quiet(command);
	metrics(&r, "regions,stats", "--openmetrics", NULL);
	check_strictly("--openmetrics");
	remove_dir();
}

TEST(metrics_promtool)
{
	static const char *const fakes[] = { "regions,limit,limbo", "regions,old", "empty",
						"regions,stats" };
	const char *promtool = getenv("PROMTOOL");
	char command[256];
	struct run r;
	size_t i;

	if (!promtool || !*promtool)
		ktap_skip("there is no promtool");
	make_dir();
	for (i = 0; i < ARRAY_SIZE(fakes); i++) {
		metrics(&r, fakes[i], NULL, NULL);
		snprintf(command, sizeof(command), "%s check metrics <%s 2>&1", promtool, path);
		expect_quiet(command);
	}
	remove_dir();
}

static void put_old(mode_t mode)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs("old\n", file) < 0 || fclose(file) || chmod(path, mode))
		ktap_fail();
}

/* A reader sees the old file or the new one, and nobody else has to look after it. */
TEST(metrics_textfile)
{
	struct stat old, new;
	char text[16];
	struct run r;
	int fd;

	make_dir();
	umask(077);
	put_old(0600);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &old))
		ktap_fail();
	metrics(&r, "regions", NULL, NULL);
	EXPECT("replaced", !stat(path, &new) && new.st_ino != old.st_ino);
	EXPECT_EQ("mode", new.st_mode & 07777, 0644);
	/* Whoever has it open reads what was there. */
	EXPECT_EQ("old", read(fd, text, sizeof(text)), 4);

	/* Where it fails, the old one stays, and nothing else is left. */
	put_old(0644);
	r.fake = "regions,dumperr";
	run(&r);
	EXPECT_EQ("dump fails", r.status, 2);
	EXPECT_EQ("dump fails", stat(path, &new) ? -1 : new.st_size, 4);
	remove_dir();

	make_dir();
	if (mkdir(path, 0755))
		ktap_fail();
	r.fake = "regions";
	run(&r);
	EXPECT_EQ("a directory", r.status, 2);
	EXPECT("a directory", strstr(r.err, "vhost_mem.prom\": Is a directory\n"));
	rmdir(path);
	remove_dir();
	run(&r);
	EXPECT_EQ("no directory", r.status, 2);
	EXPECT("no directory", strstr(r.err, "vhost_mem.prom\": No such file or directory\n"));
}

TEST(metrics_stdout)
{
	struct run r = { .args = { "metrics" }, .fake = "empty" };

	run(&r);
	EXPECT_EQ("stdout", r.status, 0);
	expect_golden("metrics-empty.prom", r.out);
	r.args[1] = "-j";
	run(&r);
	EXPECT_EQ("json", r.status, 1);
	EXPECT_TEXT("json", r.err, "vmemctl: \"metrics\" does not take --json; usage: vmemctl metrics [--textfile PATH] [--openmetrics]\n");
	r.args[1] = NULL;
	r.stdout_to = "/dev/full";
	run(&r);
	EXPECT_EQ("full", r.status, 2);
}

TEST(escape_label)
{
	static const struct {
		const char *text, *label;
	} cases[] = {
		{ "", "" },
		{ "vm1", "vm1" },
		{ "a\"b\\c", "a\\\"b\\\\c" },
		{ "a\nb\033[2J\x7f", "a?b?[2J?" },
		{ "b\u00fcro \u732b", "b\u00fcro \u732b" },
		{ "\xff\xc3", "??" },
		{ "\xc2\x9b" "31m", "?31m" },
		{ "\\", "\\\\" },
	};
	char buf[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_TEXT(cases[i].text, escape_label(buf, sizeof(buf), cases[i].text),
			    cases[i].label);
}

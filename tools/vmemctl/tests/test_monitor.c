// SPDX-License-Identifier: GPL-2.0
/* What 'vmemctl monitor' does when events are lost. */
#include <stdio.h>
#include <string.h>

#include "golden.h"
#include "ktap.h"
#include "run.h"

/* Replaces the time at the beginning of each line, and the one in JSON. */
static void hide_times(char *text)
{
	char *line, *time;

	for (line = text; *line; line = strchr(line, '\n') + 1) {
		if (line[0] == '2')
			memcpy(line, "YYYY-MM-DD HH:MM:SS", 19);
		if (!strchr(line, '\n'))
			break;
	}
	for (time = text; (time = strstr(time, ",\"time\":\"2")); time++)
		memcpy(time + 9, "YYYY-MM-DDTHH:MM:SS+00:00", 25);
}

#define MODULE_GONE	"vmemctl: monitoring: the vhost_mem module was unloaded\n"

/*
 * The changes are told as the events that would have told of them, once each: what was
 * in the queue meanwhile is not told again, and a second loss is noticed by a number.
 */
TEST(monitor_missed)
{
	struct run r = { .args = { "monitor" }, .fake = "regions,missed" };

	run(&r);
	EXPECT_EQ("text", r.status, 2);
	EXPECT_TEXT("text", r.err,
		    "vmemctl: events lost; reading the regions again\n"
		    "vmemctl: 6 missed changes found by reading the regions again\n"
		    "vmemctl: events lost; reading the regions again\n"
		    "vmemctl: 0 missed changes found by reading the regions again\n"
		    MODULE_GONE);
	hide_times(r.out);
	expect_golden("monitor-missed.txt", r.out);

	r.args[1] = "-j";
	run(&r);
	hide_times(r.out);
	expect_golden("monitor-missed.json", r.out);
}

/* The kernel had no memory for an event: only the numbers show it. */
TEST(monitor_gap)
{
	struct run r = { .args = { "monitor", "-j" }, .fake = "regions,gap" };

	run(&r);
	EXPECT_EQ("gap", r.status, 2);
	EXPECT_TEXT("gap", r.err,
		    "vmemctl: events lost; reading the regions again\n"
		    "vmemctl: 0 missed changes found by reading the regions again\n"
		    MODULE_GONE);
	EXPECT("gap", strstr(r.out, "{\"event\":\"lost\",\"time\":\"2"));
	EXPECT("gap", !strstr(r.out, "\"missed\""));
}

/*
 * The end of a job tells who wanted what, and what came of it. One that had ended before
 * is not told, and an end that was lost is told once.
 */
TEST(monitor_jobs)
{
	struct run r = { .args = { "monitor" }, .fake = "regions,jobs,story,ended" };

	run(&r);
	EXPECT_EQ("text", r.status, 2);
	EXPECT_TEXT("text", r.err, MODULE_GONE);
	hide_times(r.out);
	expect_golden("monitor-jobs.txt", r.out);

	r.args[1] = "-j";
	run(&r);
	hide_times(r.out);
	expect_golden("monitor-jobs.json", r.out);

	r.fake = "regions,jobs,missed";
	r.args[1] = NULL;
	run(&r);
	hide_times(r.out);
	expect_golden("monitor-jobs-missed.txt", r.out);
	EXPECT("said", strstr(r.err, "vmemctl: 8 missed changes found by reading"));
}

// SPDX-License-Identifier: GPL-2.0
/* Figures, against the fake kernel of fake_kernel.c. */
#include <stdio.h>
#include <string.h>

#include "figures.h"
#include "ktap.h"
#include "run.h"

#define HEADER \
"  ID NAME             PLUG UNPLUG  OTHER   NACK   BUSY  ERROR    IRQ   WAKE    P50    P99 BUSY AS\n"
#define VM1 \
"   1 vm1              1003      0     30      0      3      0     17      1 <128us <128us pinned 2, pool 1\n"
#define TWIN \
"   2 twin                0      0      0      0      0      0      0      0      -      -\n"

static void check(const char *fake, const char *const *args, int status, const char *out,
		  const char *err)
{
	struct run r = { .fake = fake };
	int i;

	for (i = 0; args[i]; i++)
		r.args[i] = args[i];
	run(&r);
	EXPECT_EQ(args[1] ? args[1] : "", r.status, status);
	EXPECT_TEXT(args[1] ? args[1] : "", r.out, out);
	EXPECT_TEXT(args[1] ? args[1] : "", r.err, err);
}

#define CHECK_RUN(fake, status, out, err, ...) \
	check(fake, (const char *const[]){ __VA_ARGS__, NULL }, status, out, err)

TEST(stats)
{
	CHECK_RUN("regions,stats", 0, HEADER VM1 TWIN, "", "stats");
	CHECK_RUN("regions,stats", 0, HEADER VM1, "", "stats", "vm1");
	CHECK_RUN("regions,stats", 0, HEADER VM1, "", "stats", "1");
	CHECK_RUN("regions,stats", 1, "", "vmemctl: no region \"foo\"; see 'vmemctl list'\n",
		  "stats", "foo");
	CHECK_RUN("regions,stats", 1, "",
		  "vmemctl: invalid interval \"x\": use seconds, or a number with ms, s, m or h\n",
		  "stats", "vm1", "x");
	CHECK_RUN("regions,stats", 1, "",
		  "vmemctl: invalid count \"0\": use a number from 1\n",
		  "stats", "vm1", "1", "0");
	CHECK_RUN("regions,stats", 1, "", "vmemctl: unexpected argument \"9\"\n",
		  "stats", "5s", "3", "9");
	CHECK_RUN("regions", 2, "",
		  "vmemctl: this version of the vhost_mem module does not support figures\n",
		  "stats");
}

/* Ten more of vm1 in each interval; on a slow host that may be one of 20 s. */
TEST(stats_in_intervals)
{
	struct run r = { .fake = "regions,stats", .args = { "stats", "vm1", "10ms", "3" } };
	unsigned int lines = 0;
	char *line;

	run(&r);
	EXPECT_EQ("status", r.status, 0);
	EXPECT("head", !strncmp(r.out, HEADER, strlen(HEADER)));
	for (line = r.out; (line = strstr(line, "\n   1 vm1 ")); line++) {
		EXPECT("nothing else", strstr(line, "      0      0      0      0      0      0 <128us"));
		lines++;
	}
	EXPECT_EQ("lines", lines, 3);
}

TEST(stats_json)
{
	struct run r = { .fake = "regions,stats", .args = { "stats", "-j", "vm1" } };

	run(&r);
	EXPECT_EQ("status", r.status, 0);
	EXPECT_TEXT("json", r.out,
		    "{\"stats\":{\"1\":{\"counts\":{\"id\":1,\"name\":\"vm1\",\"requests\":1033,"
		    "\"busy-frozen\":0,\"busy-pinned\":2,\"busy-pool\":1,\"busy-interrupted\":0,"
		    "\"busy-no-memory\":0,\"interrupts\":17,\"wakes\":1,\"busy-no-huge-pages\":0,"
		    "\"busy-unconfirmed\":0},\"types\":{"
		    "\"plug\":{\"ack\":1000,\"nack\":0,\"busy\":3,\"error\":0,\"latency\":"
		    "[0,0,0,0,0,0,0,1002,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0]},"
		    "\"state\":{\"ack\":30,\"nack\":0,\"busy\":0,\"error\":0,\"latency\":"
		    "[0,29,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}}}}\n");
}

TEST(stats_percentiles)
{
	struct figures figures = {};
	uint64_t *latency = figures.types[VHOST_MEM_REQUEST_TYPE_UNPLUG].latency;

	EXPECT_EQ("none", figures_latency(&figures, 50), 0);
	latency[0] = 1;
	EXPECT_EQ("one", figures_latency(&figures, 99), 1);
	latency[10] = 1;
	EXPECT_EQ("half", figures_latency(&figures, 50), 1);
	EXPECT_EQ("the slow one", figures_latency(&figures, 99), 1024);
	latency[VHOST_MEM_LATENCY_BUCKETS - 1] = 8;
	EXPECT_EQ("beyond", figures_latency(&figures, 99), UINT64_MAX);
}

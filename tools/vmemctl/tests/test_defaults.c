// SPDX-License-Identifier: GPL-2.0
/* The commands for what new regions start with, and the event, against the fake kernel. */
#include <string.h>

#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct run_case cases[] = {
	{ "regions,defaults", { "defaults" }, 0,
	  "new regions: no limit, pool default, policy deny\n", "" },
	{ "regions,defaults", { "-j", "defaults" }, 0,
	  "{\"defaults\":{\"minimum\":0,\"pool\":\"default\",\"policy\":\"deny\","
	  "\"policy-interval\":1000}}\n", "" },
	{ "regions,defaults", { "defaults", "set", "--limit", "8G", "--min=512M", "--pool=gold" },
	  0, "new regions: limit 8 GiB, minimum 512 MiB, pool gold, policy deny\n", "" },
	{ "regions,defaults", { "defaults", "set", "--policy=auto", "-m", "4G", "--step=1G",
				"-i10" }, 0,
	  "new regions: no limit, pool default, policy auto up to 4 GiB, by 1 GiB, every 10 s\n",
	  "" },
	{ "regions,defaults", { "-j", "defaults", "set", "--limit=none", "--min=none",
				"--max=none", "--policy=manual" }, 0,
	  "{\"defaults\":{\"minimum\":0,\"pool\":\"default\",\"policy\":\"manual\","
	  "\"policy-interval\":1000}}\n", "" },
	{ "regions,defaults", { "defaults", "set" }, 1, "",
	  "nothing to set; see 'vmemctl defaults set --help'" },
	{ "regions,defaults", { "defaults", "set", "8G" }, 1, "",
	  "unexpected argument \"8G\"; usage: vmemctl defaults set [OPTION]..." },
	{ "regions,defaults", { "defaults", "set", "--limit", "50%" }, 1, "",
	  "--limit \"50%\" for regions of any size: use a size, such as 8G, or none" },
	{ "regions,defaults", { "defaults", "set", "--limit" }, 1, "",
	  "--limit needs a size, such as 8G or none" },
	{ "regions,defaults", { "defaults", "set", "--policy", "ask" }, 1, "",
	  "unknown policy \"ask\": use deny, manual or auto" },
	{ "regions,defaults", { "defaults", "set", "--note=x", "--min=1G" }, 1, "",
	  "\"defaults set\" does not take --note; usage: vmemctl defaults set [OPTION]..." },
	{ "regions,defaults", { "defaults", "set", "--limit=1G", "--min=2G" }, 2, "",
	  "setting the defaults: the limit is below the minimum: limit 1, minimum 2" },
	{ "regions,defaults,eperm", { "defaults" }, 2, "",
	  "getting the defaults needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)" },
	{ "regions,defaults,eperm", { "defaults", "set", "--min=1G" }, 2, "",
	  "setting the defaults needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)" },
	{ "regions", { "defaults" }, 2, "",
	  "this version of the vhost_mem module does not support defaults" },
};

TEST(defaults_commands)
{
	struct run r = { 0 };

	run_cases(&r, cases, ARRAY_SIZE(cases));
}

TEST(defaults_event)
{
	struct run r = { .args = { "monitor" }, .fake = "regions,defaults,story" };

	run(&r);
	EXPECT("text", strstr(r.out, "  defaults   new regions: no limit, pool default, policy deny\n"));
	r = (struct run){ .args = { "monitor", "-j" }, .fake = "regions,defaults,story" };
	run(&r);
	EXPECT("JSON", strstr(r.out, "\n{\"event\":\"defaults\",\"defaults\":{\"minimum\":0,"));
	EXPECT("JSON", strstr(r.out, "\"policy-interval\":1000},\"time\":\"20"));
}

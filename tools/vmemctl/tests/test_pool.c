// SPDX-License-Identifier: GPL-2.0
/* The commands for pools, and what regions have of them, against the fake kernel. */
#include "explain.h"
#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define HEADER \
"NAME                    SIZE     CHARGED    RESERVED        FREE        OVER  REGIONS  WAITING\n"
#define DEFAULT \
"default               16 GiB      18 GiB       2 GiB         0 B       2 GiB        4        1\n"
#define GOLD \
"gold                    none         0 B         0 B           -           -        0        0\n"

static const struct run_case cases[] = {
	{ "regions,pools", { "pool" }, 0, HEADER DEFAULT GOLD "The host has ", "" },
	{ "regions,pools", { "pool", "-j" }, 0,
	  "{\"pool\":{\"default\":{\"name\":\"default\",\"size\":17179869184,"
	  "\"charged\":19327352832,\"reserved\":2147483648,\"earmarked\":0,"
	  "\"over\":2147483648,\"regions\":4,\"waiting\":1},"
	  "\"gold\":{\"name\":\"gold\",\"unlimited\":true,\"charged\":0,", "" },
	{ "regions", { "pool" }, 2, "", "listing the pools: Operation not supported" },
	{ "regions,pools", { "pool", "list" }, 1, "",
	  "unknown command \"pool list\"; did you mean \"pool\"?" },

	{ "regions,pools", { "pool", "set", "default", "20G" }, 0,
	  "default: size 20 GiB, 18 GiB charged, 2 GiB reserved\n", "" },
	{ "regions,pools", { "pool", "set", "default", "4G" }, 0,
	  "default: size 4 GiB, 18 GiB charged, 2 GiB reserved; over by 14 GiB: nothing more is charged\n",
	  "" },
	{ "regions,pools", { "pool", "set", "default", "1G" }, 2, "",
	  "setting the size of pool default: size is less than what is promised to regions of the pool: 1, promised 2" },
	{ "regions,pools", { "pool", "set", "default", "20" }, 1, "",
	  "size of a pool \"20\" has no unit, so it means 20 B; use 20B if you mean that, or add K, M or G" },
	{ "regions,pools", { "pool", "set", "default", "none" }, 0,
	  "default: size none, 18 GiB charged, 2 GiB reserved\n", "" },
	{ "regions,pools", { "pool", "set", "default", "101%" }, 1, "",
	  "size \"101%\" is more than 100% of the maximum" },
	{ "regions,pools", { "pool", "set", "silver", "1G" }, 1, "",
	  "no pool \"silver\"; see 'vmemctl pool', and 'vmemctl pool add'" },
	{ "regions,pools", { "pool", "set", "default" }, 1, "",
	  "missing SIZE; usage: vmemctl pool set NAME SIZE|none" },
	{ "regions,pools,eperm", { "pool", "set", "gold", "1G" }, 2, "",
	  "setting the size of pool gold needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)" },

	{ "regions,pools", { "pool", "add", "silver", "1G" }, 0,
	  "silver: size 1 GiB, 0 B charged, 0 B reserved\n", "" },
	{ "regions,pools", { "pool", "add", "gold", "1G" }, 1, "",
	  "there is a pool \"gold\" already; see 'vmemctl pool set'" },
	{ "regions,pools", { "pool", "del", "gold" }, 0, "gold: deleted\n", "" },
	{ "regions,pools", { "-j", "pool", "del", "gold" }, 0, "{\"pool\":{},\"host\":", "" },
	{ "regions,pools", { "pool", "del", "default" }, 2, "",
	  "deleting pool default: the pool is the default one, or has regions: 4" },
	{ "regions,pools", { "pool", "del", "\033x" }, 1, "",
	  "no pool \"?x\"; see 'vmemctl pool', and 'vmemctl pool add'" },

	{ "regions,pools", { "pool", "move", "vm1", "gold" }, 0,
	  "vm1: pool gold, 2 GiB charged, 0 B reserved\n", "" },
	{ "regions,pools", { "pool", "move", "vm1", "silver" }, 1, "",
	  "no pool \"silver\"; see 'vmemctl pool', and 'vmemctl pool add'" },
	{ "regions,pools", { "pool", "move", "vm9", "gold" }, 1, "",
	  "no region \"vm9\"; see 'vmemctl list'" },
	{ "regions", { "pool", "move", "vm1", "gold" }, 2, "",
	  "vm1: this version of the vhost_mem module does not support pools" },

	{ "regions,pools", { "reserve", "vm1", "4G" }, 0,
	  "vm1: pool default, 2 GiB charged, 4 GiB reserved\n", "" },
	{ "regions,pools", { "reserve", "vm1", "25%" }, 0,
	  "vm1: pool default, 2 GiB charged, 2 GiB reserved\n", "" },
	{ "regions,pools", { "reserve", "vm1", "none" }, 0,
	  "vm1: pool default, 2 GiB charged, 0 B reserved\n", "" },
	{ "regions,pools", { "reserve", "vm1", "5G" }, 2, "",
	  "reserving memory for vm1: the pool has no room for it: default has 1 free" },
	{ "regions,pools", { "reserve", "vm1", "9G" }, 1, "",
	  "size \"9G\": 9 GiB is more than the maximum of 8 GiB" },
	{ "regions", { "reserve", "vm1", "1G" }, 2, "",
	  "vm1: this version of the vhost_mem module does not support reserved sizes" },

	{ "regions,pools", { "lease" }, 0,
	  "NUMBER  NAME              POOL                    SIZE    USER   EXPIRES\n"
	  "    17  vm9               default               12 GiB       -     600 s\n", "" },
	{ "regions,pools", { "-j", "lease" }, 0,
	  "{\"lease\":{\"17\":{\"number\":17,\"name\":\"vm9\",\"pool\":\"default\","
	  "\"size\":12884901888,\"expires-in\":600000}}}\n", "" },
	{ "regions,pools", { "lease", "add", "vm9", "12G" }, 0, "17\n", "" },
	{ "regions,pools", { "-j", "lease", "add", "vm8", "1G", "--for=90", "--pool=gold",
			     "--user=7" }, 0,
	  "{\"lease\":{\"17\":{\"number\":17,\"name\":\"vm8\",\"pool\":\"gold\","
	  "\"size\":1073741824,\"user\":7,\"expires-in\":90000}}}\n", "" },
	{ "regions,pools", { "lease", "add", "vm9", "17G" }, 2, "",
	  "adding the lease: the pool has no room for it: default has 1 free" },
	{ "regions,pools", { "lease", "add", "vm9", "10%" }, 1, "",
	  "size \"10%\" of a lease: use a size, such as 8G" },
	{ "regions,pools", { "lease", "add", "vm9", "none" }, 1, "",
	  "size \"none\" of a lease: use a size, such as 8G" },
	{ "regions,pools", { "lease", "add", "vm9", "1G", "--for", "2d" }, 1, "",
	  "invalid time \"2d\": use seconds, or a number with ms, s, m or h" },
	{ "regions,pools", { "lease", "add", "vm9", "1G", "--for", "25h" }, 1, "",
	  "--for \"25h\" is out of range: use 1 s to 24 h" },
	{ "regions,pools", { "lease", "add", "vm9", "1G", "--user", "no-such-user" }, 1, "",
	  "no user \"no-such-user\"" },
	{ "regions,pools,eperm", { "lease", "add", "vm9", "1G" }, 2, "",
	  "adding the lease needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)" },
	{ "regions,pools", { "lease", "del", "17" }, 0, "lease 17: deleted\n", "" },
	{ "regions,pools", { "lease", "del", "18" }, 1, "",
	  "no lease 18; it was used, deleted, or has expired; see 'vmemctl lease'" },
	{ "regions,pools", { "lease", "del", "vm9" }, 1, "",
	  "\"vm9\" is not the number of a lease; see 'vmemctl lease'" },

	{ "regions,pools", { "limit", "vm1", "6G", "--min", "1G" }, 0,
	  "vm1: limit 6 GiB, minimum 1 GiB\n", "" },
	{ "regions,pools", { "limit", "vm1", "none", "--min=4G" }, 0,
	  "vm1: no limit, maximum 8 GiB, minimum 4 GiB; requested size raised from 3 GiB to 4 GiB\n",
	  "" },
	{ "regions,pools", { "limit", "vm1", "6G", "--min", "none" }, 0, "vm1: limit 6 GiB\n", "" },
	{ "regions,pools", { "limit", "vm1", "6G", "--min" }, 1, "",
	  "--min needs a size, such as 1G, 10% or none" },
	{ "regions", { "limit", "vm1", "6G", "--min", "1G" }, 2, "",
	  "vm1: this version of the vhost_mem module does not support minimums" },
	{ "regions,pools", { "resize", "vm1", "4G", "--min", "1G" }, 1, "",
	  "\"resize\" does not take --min; usage: vmemctl resize ID|--vm VM SIZE [--wait] [--timeout T] [--else E] [--note TEXT]" },
};

TEST(reasons)
{
	struct region region = {
		.present	= REGION_BIT(VHOST_MEM_A_REGION_PROGRESS),
		.progress	= VHOST_MEM_PROGRESS_POOL_FULL,
	};

	/* Its turn will come; but what does not fit does not. */
	EXPECT_TEXT("full", progress_obstacle(&region),
		    "it waits for memory of its pool; see 'vmemctl pool'");
	EXPECT("full", !progress_is_hopeless(&region));
	region.progress = VHOST_MEM_PROGRESS_POOL_TOO_SMALL;
	EXPECT_TEXT("too small", progress_obstacle(&region),
		    "its pool is too small, less what is promised to others; see 'vmemctl pool'");
	EXPECT("too small", progress_is_hopeless(&region));
}

TEST(pools)
{
	struct run r = { .env = { "FAKE_PROC=tests/proc" } };

	run_cases(&r, cases, ARRAY_SIZE(cases));
}

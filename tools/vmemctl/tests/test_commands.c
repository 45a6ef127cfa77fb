// SPDX-License-Identifier: GPL-2.0
/* Whole commands against the fake kernel of fake_kernel.c. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define HEADER \
"        ID  NAME            VMM                   NODE  STATE           BLOCK  PLUGGED  REQUESTED    MAX  WHY\n"

/* Of a module that gives no reasons. */
#define HEADER_OLD \
"        ID  NAME            VMM                   NODE  STATE           BLOCK  PLUGGED  REQUESTED    MAX\n"

/* @text begins with this. */
#define STARTS(what, text, with) do {					\
	if (strncmp(text, with, strlen(with)))				\
		ktap_wrong("%s: got:\n%s\nwanted as its beginning:\n%s", \
			  what, text, with);				\
} while (0)

/* The output begins with .out, stderr with .err; "" means there is nothing. */
struct command_case {
	const char *fake;
	const char *args[RUN_ARGS_MAX];
	int status;
	const char *out;
	const char *err;
};

static void run_all(const struct command_case *cases, size_t nr)
{
	struct run r = { 0 };
	char what[128];
	size_t i;

	for (i = 0; i < nr; i++) {
		r.fake = cases[i].fake;
		memcpy(r.args, cases[i].args, sizeof(r.args));
		run(&r);
		snprintf(what, sizeof(what), "%s (%s, %s)", cases[i].args[0],
			 cases[i].args[1] ? cases[i].args[1] : "", cases[i].fake);
		EXPECT_EQ(what, r.status, cases[i].status);
		if (*cases[i].out)
			STARTS(what, r.out, cases[i].out);
		else
			EXPECT_TEXT(what, r.out, "");
		if (*cases[i].err)
			STARTS(what, r.err, cases[i].err);
		else
			EXPECT_TEXT(what, r.err, "");
	}
}

#define RUN_CASES(cases) run_all(cases, ARRAY_SIZE(cases))

TEST(list)
{
	static const struct command_case cases[] = {
		{ "empty", { "list" }, 0, "No memory regions: no VM uses vhost-mem.\n", "" },
		{ "empty", { "-j", "list" }, 0, "{\"region\":{}}\n", "" },
		{ "regions", { "list" }, 0, HEADER "         1  vm1 ", "" },
		{ "regions", { "list", "-j" }, 0, "{\"region\":{\"1\":{\"id\":1,", "" },
		{ "netns", { "list" }, 2, "",
		  "vmemctl: the vhost_mem module can be reached only from the initial network namespace\n" },
		{ "regions,intr", { "list" }, 0, HEADER "         1  vm1 ", "" },
		{ "regions,intrforever", { "list" }, 2, "",
		  "vmemctl: listing the regions: the list keeps changing; try again\n" },
		{ "regions,dumperr", { "list" }, 2, "",
		  "vmemctl: listing the regions: the list is locked\n" },
	};

	RUN_CASES(cases);
}

TEST(show)
{
	static const struct command_case cases[] = {
		{ "regions", { "show", "1" }, 0, "ID:               1\n", "" },
		{ "regions", { "show", "001" }, 0, "ID:               1\n", "" },
		{ "regions", { "show", "vm1" }, 0, "ID:               1\n", "" },
		{ "regions", { "show", "4000000000" }, 0, "ID:               4000000000\n", "" },
		{ "regions", { "show", "3", "-j" }, 0, "{\"region\":{\"3\":{\"id\":3,", "" },
		{ "regions", { "show", "twin" }, 1, "",
		  "vmemctl: \"twin\" is the name of several regions; use one of the ids 2, 3\n" },
		{ "regions", { "show", "foo" }, 1, "",
		  "vmemctl: no region \"foo\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "VM1" }, 1, "",
		  "vmemctl: no region \"VM1\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "" }, 1, "",
		  "vmemctl: no region \"\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "7" }, 1, "",
		  "vmemctl: no region \"7\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "0" }, 1, "",
		  "vmemctl: no region \"0\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "-1" }, 1, "",
		  "vmemctl: no region \"-1\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "4294967297" }, 1, "",
		  "vmemctl: no region \"4294967297\"; see 'vmemctl list'\n" },
		{ "regions", { "show", "99999999999999999999999" }, 1, "",
		  "vmemctl: no region \"99999999999999999999999\"; see 'vmemctl list'\n" },
		{ "empty", { "show", "vm1" }, 1, "",
		  "vmemctl: no region \"vm1\"; see 'vmemctl list'\n" },
		{ "regions", { "resize", "1,2", "1G" }, 1, "",
		  "vmemctl: no region \"1,2\"; several regions are --vm 1,2\n" },
		{ "regions", { "show", "1,2" }, 1, "",
		  "vmemctl: no region \"1,2\"; see 'vmemctl list'\n" },
		{ "regions,dumperr", { "show", "vm1" }, 2, "",
		  "vmemctl: looking for region \"vm1\": the list is locked\n" },
	};

	RUN_CASES(cases);
}

TEST(resize)
{
	static const struct command_case cases[] = {
		{ "regions", { "resize", "1", "8G" }, 0,
		  "vm1: 8 GiB requested, 2 GiB plugged\n", "" },
		{ "regions", { "resize", "vm1", "-1G" }, 0,
		  "vm1: 2 GiB requested, 2 GiB plugged\n", "" },
		{ "regions", { "resize", "vm1", "+512M" }, 0,
		  "vm1: 3.5 GiB requested, 2 GiB plugged\n", "" },
		{ "regions", { "resize", "vm1", "33%" }, 0,
		  "vm1: 2702 MiB requested, 2 GiB plugged\n", "" },
		{ "regions", { "resize", "vm1", "0", "-j" }, 0,
		  "{\"region\":{\"1\":{\"id\":1,", "" },
		{ "regions", { "resize", "vm1", "-4G" }, 1, "",
		  "vmemctl: size \"-4G\": only 3 GiB is requested now, less than 4 GiB\n" },
		{ "regions", { "resize", "vm1", "9G" }, 1, "",
		  "vmemctl: size \"9G\": 9 GiB is more than the maximum of 8 GiB\n" },
		{ "regions", { "resize", "vm1", "+6G" }, 1, "",
		  "vmemctl: size \"+6G\": 3 GiB is requested now, and the maximum is 8 GiB\n" },
		{ "regions", { "resize", "foo", "1G" }, 1, "",
		  "vmemctl: no region \"foo\"; see 'vmemctl list'\n" },
		{ "regions", { "resize", "4000000000", "1G" }, 2, "",
		  "vmemctl: region 4000000000: the kernel did not report its sizes\n" },
		{ "regions,extack", { "resize", "1", "3M" }, 2, "",
		  "vmemctl: resizing vm1 to 3 MiB: no multiple of the? block size\n" },
		{ "regions,einval", { "resize", "1", "3M" }, 2, "",
		  "vmemctl: resizing vm1 to 3 MiB: Invalid argument\n" },
		{ "regions,eperm", { "resize", "1", "3M" }, 2, "",
		  "vmemctl: resizing vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n" },
		{ "regions,enoent", { "resize", "1", "3M" }, 4, "",
		  "vmemctl: vm1: the region is gone\n" },
		/* A limit, and one that comes before our resize */
		{ "regions,limit", { "resize", "1", "6G" }, 0,
		  "vm1: 6 GiB requested, 2 GiB plugged\n", "" },
		{ "regions,limit", { "resize", "1", "50%" }, 0,
		  "vm1: 4 GiB requested, 2 GiB plugged\n", "" },
		{ "regions,limit", { "resize", "1", "7G" }, 1, "",
		  "vmemctl: size \"7G\": 7 GiB is more than the limit of 6 GiB; see 'vmemctl limit'\n" },
		{ "regions,limit", { "resize", "1", "+4G", "-w" }, 1, "",
		  "vmemctl: size \"+4G\": 7 GiB is more than the limit of 6 GiB; see 'vmemctl limit'\n" },
		{ "regions,limit", { "resize", "1", "100%" }, 1, "",
		  "vmemctl: size \"100%\": 8 GiB is more than the limit of 6 GiB; see 'vmemctl limit'\n" },
		{ "regions,limit", { "resize", "1", "9G" }, 1, "",
		  "vmemctl: size \"9G\": 9 GiB is more than the maximum of 8 GiB\n" },
		{ "regions,race", { "resize", "1", "4G" }, 2, "",
		  "vmemctl: resizing vm1 to 4 GiB: requested size exceeds the limit: 4294967296, limit 1073741824\n" },
		{ "regions,edquot", { "resize", "1", "4G" }, 2, "",
		  "vmemctl: resizing vm1 to 4 GiB: more than its limit; see 'vmemctl limit'\n" },
		{ "regions,old", { "resize", "1", "8G" }, 0,
		  "vm1: 8 GiB requested, 2 GiB plugged\n", "" },
		{ "regions,old", { "resize", "1", "9G" }, 1, "",
		  "vmemctl: size \"9G\": 9 GiB is more than the maximum of 8 GiB\n" },
		/* Why it will not be done soon. */
		{ "regions,nodriver", { "resize", "1", "4G" }, 0,
		  "vm1: 4 GiB requested, 2 GiB plugged: no driver has started in the guest\n", "" },
		{ "regions,orphaned", { "resize", "1", "4G" }, 0,
		  "vm1: 4 GiB requested, 2 GiB plugged: the VMM has exited, and another process holds the device\n", "" },
		/* A unit that was forgotten, and not. */
		{ "regions", { "resize", "1", "4194304" }, 1, "",
		  "vmemctl: size \"4194304\" has no unit, so it means 4 MiB, and 3 GiB is requested now; use 4194304B if you mean that, or add K, M or G\n" },
		{ "regions", { "resize", "1", "4194304B" }, 0, "vm1: 4 MiB requested", "" },
		{ "regions", { "resize", "1", "0" }, 0, "vm1: 0 B requested", "" },
		{ "regions", { "resize", "1", "2147483648" }, 0, "vm1: 2 GiB requested", "" },
		{ "regions", { "limit", "1", "4194304" }, 1, "",
		  "vmemctl: size \"4194304\" has no unit" },
		{ "regions", { "policy", "1", "--step", "4194304" }, 0, "vm1: policy manual", "" },
		/* Somebody else is faster: a relative size is one of what is there then. */
		{ "regions,steps", { "resize", "1", "+1G" }, 0, "vm1: 5 GiB requested", "" },
		{ "regions,steps", { "resize", "1", "-1G" }, 0, "vm1: 3 GiB requested", "" },
		{ "regions,steps", { "resize", "1", "6G" }, 0, "vm1: 6 GiB requested", "" },
		{ "regions,steps,old", { "resize", "1", "+1G" }, 0, "vm1: 4 GiB requested", "" },
		{ "regions,steps,limit", { "resize", "1", "+3G" }, 1, "",
		  "vmemctl: size \"+3G\": 7 GiB is more than the limit of 6 GiB" },
		{ "regions,restless", { "resize", "2", "+1G" }, 2, "",
		  "vmemctl: resizing twin to 16 GiB: the requested size is not the expected one\n" },
	};

	RUN_CASES(cases);
}

static void show_contains(const char *fake, const char *text)
{
	struct run r = { .args = { "show", "1" }, .fake = fake };

	run(&r);
	EXPECT_EQ(fake, r.status, 0);
	EXPECT(text, strstr(r.out, text));
	/* Where there is nothing to say it is not said. */
	r.fake = "regions";
	run(&r);
	EXPECT(text, !strstr(r.out, text));
}

TEST(show_endings)
{
	show_contains("regions,limbo", "\nNot free yet:     512 MiB (536870912 bytes): unplugged,");
	show_contains("regions,leaving", "\nLeaving:          the device is being removed");
	show_contains("regions,orphaned", "\nState:            orphaned\n");
	/* Nobody on this host has such a file. */
	show_contains("regions,orphaned", "\nHeld open by:     a process that is not visible from here\n");
	show_contains("regions,offline", "% of plugged: the guest has hardly touched it, and may keep it offline\n");
}

TEST(list_endings)
{
	struct run r = { .args = { "list" }, .fake = "regions,limbo,leaving" };

	run(&r);
	EXPECT_EQ("list", r.status, 0);
	EXPECT("list", strstr(r.out, "  running, leaving  "));
	EXPECT("list", strstr(r.out, "; 512 MiB not free yet  ["));
	r.args[1] = "-j";
	run(&r);
	EXPECT("list", strstr(r.out, "\"limbo-size\":536870912,\"leaving\":true,"));
}

TEST(limit)
{
	static const struct command_case cases[] = {
		{ "regions", { "limit", "1", "6G" }, 0, "vm1: limit 6 GiB\n", "" },
		{ "regions", { "limit", "vm1", "3G" }, 0, "vm1: limit 3 GiB\n", "" },
		{ "regions", { "limit", "vm1", "33%" }, 0,
		  "vm1: limit 2702 MiB; requested size lowered from 3 GiB to 2702 MiB, 2 GiB plugged\n", "" },
		{ "regions", { "limit", "vm1", "0" }, 0,
		  "vm1: limit 0 B; requested size lowered from 3 GiB to 0 B, 2 GiB plugged\n", "" },
		{ "regions,limit", { "limit", "1", "none" }, 0,
		  "vm1: no limit, maximum 8 GiB\n", "" },
		{ "regions,limit", { "limit", "1", "100%" }, 0,
		  "vm1: no limit, maximum 8 GiB\n", "" },
		{ "regions,limit", { "limit", "1", "8G" }, 0,
		  "vm1: no limit, maximum 8 GiB\n", "" },
		{ "regions", { "limit", "2", "none" }, 0,
		  "twin: no limit, maximum 1 TiB\n", "" },
		{ "regions", { "limit", "1", "1G", "-j" }, 0,
		  "{\"region\":{\"1\":{\"id\":1,", "" },
		{ "regions", { "limit", "1", "9G" }, 1, "",
		  "vmemctl: size \"9G\": 9 GiB is more than the maximum of 8 GiB\n" },
		{ "regions", { "limit", "foo", "1G" }, 1, "",
		  "vmemctl: no region \"foo\"; see 'vmemctl list'\n" },
		{ "regions", { "limit", "7", "none" }, 1, "",
		  "vmemctl: no region \"7\"; see 'vmemctl list'\n" },
		{ "regions", { "limit", "twin", "1G" }, 1, "",
		  "vmemctl: \"twin\" is the name of several regions; use one of the ids 2, 3\n" },
		{ "regions", { "limit", "4000000000", "1G" }, 2, "",
		  "vmemctl: region 4000000000: the kernel did not report its sizes\n" },
		{ "regions,extack", { "limit", "1", "3M" }, 2, "",
		  "vmemctl: limiting vm1 to 3 MiB: no multiple of the? block size\n" },
		{ "regions,einval", { "limit", "1", "3M" }, 2, "",
		  "vmemctl: limiting vm1 to 3 MiB: Invalid argument\n" },
		{ "regions,eperm", { "limit", "1", "none" }, 2, "",
		  "vmemctl: limiting vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n" },
		{ "regions,enoent", { "limit", "1", "1G" }, 4, "",
		  "vmemctl: vm1: the region is gone\n" },
		{ "regions,old", { "limit", "1", "1G" }, 2, "",
		  "vmemctl: vm1: this version of the vhost_mem module does not support limits\n" },
	};

	RUN_CASES(cases);
}

/* The region as it is afterwards, not as it was before. */
TEST(limit_json)
{
	struct run r = { .args = { "limit", "1", "1G", "-j" }, .fake = "regions" };

	run(&r);
	EXPECT_EQ("json", r.status, 0);
	EXPECT("json", strstr(r.out, "\"requested-size\":1073741824,"));
	EXPECT("json", strstr(r.out, "\"limit\":1073741824,"));
	EXPECT_TEXT("json", r.err, "");
}

#define BOUNDS "up to 6 GiB, by 256 MiB, every 1 s"

TEST(policy)
{
	static const struct command_case cases[] = {
		{ "regions", { "policy", "1" }, 0,
		  "vm1: policy manual; auto would be " BOUNDS "\n", "" },
		{ "regions", { "policy", "2" }, 0,
		  "twin: policy deny; auto would be up to 1 TiB, by 1 TiB, every 1 s\n", "" },
		{ "regions", { "policy", "1", "-j" }, 0, "{\"region\":{\"1\":{\"id\":1,", "" },
		/* Only what is given is set. */
		{ "regions", { "policy", "vm1", "auto" }, 0,
		  "vm1: policy auto " BOUNDS "\n", "" },
		{ "regions", { "policy", "vm1", "deny" }, 0,
		  "vm1: policy deny; auto would be " BOUNDS "\n", "" },
		{ "regions", { "policy", "vm1", "manual" }, 0,
		  "vm1: policy manual; auto would be " BOUNDS "\n", "" },
		{ "regions", { "policy", "vm1", "--max", "4G" }, 0,
		  "vm1: policy manual; auto would be up to 4 GiB, by 256 MiB, every 1 s\n", "" },
		{ "regions", { "policy", "vm1", "--step", "25%" }, 0,
		  "vm1: policy manual; auto would be up to 6 GiB, by 2 GiB, every 1 s\n", "" },
		{ "regions", { "policy", "vm1", "--interval", "1.5" }, 0,
		  "vm1: policy manual; auto would be up to 6 GiB, by 256 MiB, every 1500 ms\n", "" },
		{ "regions", { "policy", "vm1", "auto", "-mnone", "-s2M", "-i100ms" }, 0,
		  "vm1: policy auto up to 8 GiB, by 2 MiB, every 100 ms\n", "" },
		{ "regions", { "policy", "vm1", "auto", "-m0", "-snone", "-i24h" }, 0,
		  "vm1: policy auto up to 0 B, by 8 GiB, every 24 h\n", "" },
		/* A bound may be beyond the limit, which holds as well. */
		{ "regions,limit", { "policy", "vm1", "-m7G" }, 0,
		  "vm1: policy manual; auto would be up to 7 GiB, ", "" },
		{ "regions", { "policy", "vm1", "--max", "9G" }, 1, "",
		  "vmemctl: size \"9G\": 9 GiB is more than the maximum of 8 GiB\n" },
		{ "regions", { "policy", "vm1", "--step", "9G" }, 1, "",
		  "vmemctl: size \"9G\": 9 GiB is more than the maximum of 8 GiB\n" },
		{ "regions", { "policy", "vm1", "--max", "3M" }, 1, "",
		  "vmemctl: --max \"3M\" is not a multiple of the block size of 2 MiB\n" },
		{ "regions", { "policy", "vm1", "--step", "1M" }, 1, "",
		  "vmemctl: --step \"1M\" is not a multiple of the block size of 2 MiB\n" },
		{ "regions", { "policy", "vm1", "--step", "0%" }, 1, "",
		  "vmemctl: --step \"0%\" must not be 0\n" },
		{ "regions", { "policy", "foo", "manual" }, 1, "",
		  "vmemctl: no region \"foo\"; see 'vmemctl list'\n" },
		{ "regions", { "policy", "twin", "manual" }, 1, "",
		  "vmemctl: \"twin\" is the name of several regions; use one of the ids 2, 3\n" },
		{ "regions,extack", { "policy", "1", "manual" }, 2, "",
		  "vmemctl: setting the policy of vm1: no multiple of the? block size\n" },
		{ "regions,eperm", { "policy", "1", "manual" }, 2, "",
		  "vmemctl: setting the policy of vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n" },
		{ "regions,eperm", { "policy", "1" }, 0, "vm1: policy manual; ", "" },
		{ "regions,enoent", { "policy", "1", "manual" }, 4, "",
		  "vmemctl: vm1: the region is gone\n" },
		{ "regions,old", { "policy", "1" }, 2, "",
		  "vmemctl: vm1: this version of the vhost_mem module does not support policies\n" },
		{ "regions,old", { "policy", "1", "manual" }, 2, "",
		  "vmemctl: vm1: this version of the vhost_mem module does not support policies\n" },
	};

	RUN_CASES(cases);
}

#define GRANTING "vm1: the guest proposes 4 GiB, memory is short, 3 s ago; granting 4 GiB\n"
#define NO_PROPOSAL "vmemctl: vm1: the guest has no pending proposal"

TEST(grant)
{
	static const struct command_case cases[] = {
		{ "regions", { "grant", "1" }, 0,
		  GRANTING "vm1: 4 GiB requested, 2 GiB plugged\n", "" },
		/* What was read and told is set, whatever is proposed by then. */
		{ "regions,proposalrace", { "grant", "1" }, 0,
		  GRANTING "vm1: 4 GiB requested, 2 GiB plugged\n", "" },
		{ "regions", { "grant", "vm1", "-j" }, 0, "{\"region\":{\"1\":{\"id\":1,", "" },
		{ "regions,plug", { "grant", "1", "--wait" }, 0,
		  GRANTING "vm1: 4 GiB plugged after ", "" },
		{ "regions", { "grant", "1", "-wt", "0" }, 3, GRANTING,
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0 s; 2 GiB left" },
		{ "regions", { "grant", "1", "3584M" }, 0,
		  "vm1: the guest proposes 4 GiB, memory is short, 3 s ago; granting 3.5 GiB\n"
		  "vm1: 3.5 GiB requested, 2 GiB plugged\n", "" },
		{ "regions", { "grant", "1", "+512M" }, 0,
		  "vm1: the guest proposes 4 GiB, memory is short, 3 s ago; granting 3.5 GiB\n", "" },
		{ "regions,silent", { "grant", "1", "4G" }, 0,
		  "vm1: granting 4 GiB\nvm1: 4 GiB requested, 2 GiB plugged\n", "" },
		{ "regions,silent", { "grant", "1" }, 2, "", NO_PROPOSAL "\n" },
		{ "regions,granted", { "grant", "1" }, 2, "",
		  NO_PROPOSAL "; the last one, for 4 GiB: granted\n" },
		{ "regions", { "grant", "2" }, 2, "",
		  "vmemctl: twin: the guest has no pending proposal\n" },
		{ "regions,proposalmore", { "grant", "1" }, 0,
		  "vm1: the guest proposes 8 GiB, memory is short, 3 s ago; granting 8 GiB\n", "" },
		{ "regions,proposalmore,limit", { "grant", "1" }, 1, "",
		  "vmemctl: vm1: the guest proposes 8 GiB, more than the limit of 6 GiB; see 'vmemctl limit'\n" },
		{ "regions,proposalmore,limit", { "grant", "1", "6G" }, 0,
		  "vm1: the guest proposes 8 GiB, memory is short, 3 s ago; granting 6 GiB\n", "" },
		{ "regions,limit", { "grant", "1", "7G" }, 1, "",
		  "vmemctl: size \"7G\": 7 GiB is more than the limit of 6 GiB; see 'vmemctl limit'\n" },
		{ "regions,race", { "grant", "1" }, 2, GRANTING,
		  "vmemctl: resizing vm1 to 4 GiB: requested size exceeds the limit: 4294967296, limit 1073741824\n" },
		{ "regions,eperm", { "grant", "1" }, 2, GRANTING,
		  "vmemctl: resizing vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n" },
		{ "regions,enoent", { "grant", "1" }, 4, GRANTING,
		  "vmemctl: vm1: the region is gone\n" },
		{ "regions", { "grant", "foo" }, 1, "",
		  "vmemctl: no region \"foo\"; see 'vmemctl list'\n" },
		{ "regions,old", { "grant", "1" }, 2, "",
		  "vmemctl: vm1: this version of the vhost_mem module does not support proposals of guests\n" },
	};

	RUN_CASES(cases);
}

TEST(deny)
{
	static const struct command_case cases[] = {
		{ "regions", { "deny", "1" }, 0, "vm1: denied 4 GiB; 3 GiB requested\n", "" },
		/* What was denied is told, which may be another proposal than before. */
		{ "regions,proposalrace", { "deny", "1" }, 0,
		  "vm1: denied 8 GiB; 3 GiB requested\n", "" },
		{ "regions", { "deny", "1", "-j" }, 0, "{\"region\":{\"1\":{\"id\":1,", "" },
		{ "regions,silent", { "deny", "1" }, 2, "", NO_PROPOSAL "\n" },
		{ "regions,granted", { "deny", "1" }, 2, "",
		  NO_PROPOSAL "; the last one, for 4 GiB: granted\n" },
		{ "regions,enoent", { "deny", "1" }, 2, "", NO_PROPOSAL "\n" },
		{ "regions,enoent,vanish", { "deny", "1" }, 4, "",
		  "vmemctl: vm1: the region is gone\n" },
		{ "regions,eperm", { "deny", "1" }, 2, "",
		  "vmemctl: denying the proposal of vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n" },
		{ "regions,extack", { "deny", "1" }, 2, "",
		  "vmemctl: denying the proposal of vm1: no multiple of the? block size\n" },
		{ "regions", { "deny", "foo" }, 1, "",
		  "vmemctl: no region \"foo\"; see 'vmemctl list'\n" },
		{ "regions,old", { "deny", "1" }, 2, "",
		  "vmemctl: vm1: this version of the vhost_mem module does not support proposals of guests\n" },
	};
	struct run r = { .args = { "deny", "1", "-j" }, .fake = "regions" };

	RUN_CASES(cases);
	run(&r);
	EXPECT("json", strstr(r.out, "\"requested-size\":3221225472,"));
	EXPECT("json", strstr(r.out, "\"proposal-decision\":\"denied\","));
}

TEST(old_module)
{
	static const struct command_case cases[] = {
		{ "regions,old", { "list" }, 0, HEADER_OLD "         1  vm1 ", "" },
		{ "regions,old", { "resize", "1", "2G", "--wait" }, 0,
		  "vm1: 2 GiB plugged after 0", "" },
	};
	struct run r = { .args = { "show", "1" }, .fake = "regions,old" };

	RUN_CASES(cases);
	run(&r);
	EXPECT_EQ("show", r.status, 0);
	EXPECT("show", strstr(r.out, "\nLimit:            -\n"));
	EXPECT("show", strstr(r.out, "\nRefused faults:   2\n"));
	EXPECT("show", !strstr(r.out, "Policy:"));
	EXPECT("show", !strstr(r.out, "Guest proposes:"));
	EXPECT("show", !strstr(r.out, "Guest says:"));
	r.args[2] = "-j";
	run(&r);
	EXPECT_EQ("json", r.status, 0);
	EXPECT("json", strstr(r.out, "\"refused-faults\":2}"));
	EXPECT("json", !strstr(r.out, "limit"));
	EXPECT("json", !strstr(r.out, "proposal"));
}

TEST(resize_wait)
{
	static const struct command_case cases[] = {
		{ "regions,clock", { "resize", "1", "2G", "--wait" }, 0,
		  "vm1: 2 GiB plugged after 0", "" },
		{ "regions,plug,clock", { "resize", "1", "4G", "--wait" }, 0,
		  "vm1: 4 GiB plugged after ", "" },
		{ "regions,plug,clock", { "resize", "1", "0", "--wait" }, 0,
		  "vm1: 0 B plugged after ", "" },
		{ "regions,plug,stale,clock", { "resize", "1", "3G", "--wait" }, 0,
		  "vm1: 3 GiB plugged after ", "" },
		{ "regions,plug,lost,clock", { "resize", "1", "3G", "--wait" }, 0,
		  "vm1: 3 GiB plugged after ", "" },
		{ "regions,plug,spoof,clock", { "resize", "1", "3G", "--wait" }, 0,
		  "vm1: 3 GiB plugged after ", "" },
		/* Violations wake us up, and tell wrong sizes. */
		{ "regions,plug,violation,clock", { "resize", "1", "3G", "--wait" }, 0,
		  "vm1: 3 GiB plugged after ", "" },
		{ "regions,violation,clock", { "resize", "1", "4G", "-wt0.3" }, 3, "",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0.3 s" },
		/* Found by polling once a second */
		{ "regions,plug,noevents,clock", { "resize", "1", "2560M", "--wait" }, 0,
		  "vm1: 2.5 GiB plugged after ", "" },
		{ "regions,plug,clock", { "resize", "1", "3G", "-jw" }, 0,
		  "{\"region\":{\"1\":{\"id\":1,", "" },
		{ "regions,clock", { "resize", "1", "4G", "-w", "-t", "0.3" }, 3, "",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0.3 s" },
		{ "regions,clock", { "resize", "1", "1G", "-wt0" }, 3, "",
		  "vmemctl: vm1: 2 GiB still plugged after 0 s, 1 GiB requested; 1 GiB left to unplug\n" },
		{ "regions,clock", { "resize", "1", "4G", "-jwt0" }, 3,
		  "{\"region\":{\"1\":{\"id\":1,",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0 s; 2 GiB left\n" },
		{ "regions,other,clock", { "resize", "1", "3G", "-w" }, 3, "",
		  "vmemctl: vm1: somebody else has changed the requested size from 3 GiB to 4 GiB; 2 GiB plugged after " },
		{ "regions,gone,clock", { "resize", "1", "3G", "-w" }, 4, "",
		  "vmemctl: vm1: the region is gone, with 2 GiB of 3 GiB plugged after " },
		{ "regions,goneevent,clock", { "resize", "1", "3G", "-w" }, 4, "",
		  "vmemctl: vm1: the region is gone, with 2 GiB of 3 GiB plugged after " },
		{ "regions,unload,clock", { "resize", "1", "3G", "-w" }, 4, "",
		  "vmemctl: vm1: the region is gone, with 2 GiB of 3 GiB plugged after " },
		{ "regions,eperm,clock", { "resize", "1", "3G", "-w" }, 2, "",
		  "vmemctl: resizing vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n" },
	};

	RUN_CASES(cases);
}

TEST(resize_sigint)
{
	struct run r = {
		.args = { "resize", "1", "4G", "--wait" },
		.fake = "regions,sigint",
	};

	run(&r);
	EXPECT_EQ("SIGINT", r.status, 130);
	EXPECT_TEXT("SIGINT", r.out, "");
	STARTS("SIGINT", r.err, "vmemctl: vm1: 2 GiB of 4 GiB plugged after ");
	EXPECT("SIGINT", strstr(r.err, "; 2 GiB left: the guest is being notified"));
	EXPECT("SIGINT", strstr(r.err, "; the guest says: plugged memory is not online yet\n"));
}

TEST(resize_tty)
{
	struct run r = {
		.args = { "resize", "1", "3G", "--wait" },
		.fake = "regions,plug,clock",
		.tty = true,
	};

	run(&r);
	EXPECT_EQ("tty", r.status, 0);
	EXPECT_TEXT("tty", r.err,
		    "\rvm1 [█████▒▒▒░░░░░░░░░░░░] 2 GiB / 3 GiB  0 s\033[K"
		    "\rvm1 [██████▒▒░░░░░░░░░░░░] 2.5 GiB / 3 GiB  0 s\033[K"
		    "\r\033[K");
	STARTS("tty", r.out, "vm1: 3 GiB plugged after ");
}

#define VM1_EVENT "    1  vm1           plugged 2 GiB, requested 3 GiB, max 8 GiB\n"

/* Skips the time; the line after the event must be as wanted. */
static const char *expect_event(const char *text, const char *event, const char *rest)
{
	size_t time = strlen("2026-01-02 03:04:05  ");

	if (strlen(text) < time) {
		ktap_wrong("%s: there is no such line", event);
		return text;
	}
	STARTS(event, text + time, event);
	text += time + strlen(event);
	STARTS(event, text, rest);
	text = strchr(text, '\n');
	return text ? text + 1 : "";
}

TEST(monitor)
{
	struct run r = { .args = { "monitor" }, .fake = "regions,story" };
	const char *line;

	run(&r);
	EXPECT_EQ("unload", r.status, 2);
	EXPECT_TEXT("unload", r.err,
		    "vmemctl: monitoring: the vhost_mem module was unloaded\n");
	line = expect_event(r.out, "created  ", VM1_EVENT);
	line = expect_event(line, "resized  ", VM1_EVENT);
	line = expect_event(line, "plugged  ", VM1_EVENT);
	line = expect_event(line, "violation",
			    "    1  vm1           write at 0x2fffff000, 2 refused so far\n");
	line = expect_event(line, "proposal ",
			    "    1  vm1           proposes 4 GiB, memory is short, 3 s ago: pending; ");
	line = expect_event(line, "gone     ", "  4000000000  ?[2J");
	EXPECT_TEXT("end", line, "");
}

TEST(monitor_json)
{
	struct run r = { .args = { "monitor", "-j" }, .fake = "regions,story,lost" };
	static const char *const lines[] = {
		"{\"event\":\"created\",\"region\":{\"id\":1,\"name\":\"vm1\",",
		"{\"event\":\"resized\",\"region\":{\"id\":1,\"name\":\"vm1\",",
		"{\"event\":\"lost\",\"time\":\"20",
		"{\"event\":\"plugged\",\"region\":{\"id\":1,\"name\":\"vm1\",",
		"{\"event\":\"violation\",\"region\":{\"id\":1,\"name\":\"vm1\",",
		"{\"event\":\"proposal\",\"region\":{\"id\":1,\"name\":\"vm1\",",
		"{\"event\":\"gone\",\"region\":{\"id\":4000000000,",
	};
	const char *line;
	size_t i;

	run(&r);
	EXPECT_EQ("unload", r.status, 2);
	STARTS("lost", r.err, "vmemctl: events lost; ");
	line = r.out;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		STARTS("json", line, lines[i]);
		line = strchr(line, '\n');
		line = line ? line + 1 : "";
	}
	EXPECT_TEXT("end", line, "");
}

TEST(monitor_spoofed)
{
	struct run r = {
		.args = { "monitor" }, .fake = "regions,spoof,sigint",
	};

	run(&r);
	EXPECT_EQ("SIGINT", r.status, 1002);
	EXPECT_TEXT("SIGINT", r.out, "");
}

TEST(output_lost)
{
	struct run r = { .args = { "list" }, .fake = "regions", .stdout_to = "/dev/full" };

	run(&r);
	EXPECT_EQ("full", r.status, 2);
	EXPECT_TEXT("full", r.err,
		    "vmemctl: writing the output: No space left on device\n");

	r.stdout_to = "-";
	run(&r);
	EXPECT_EQ("closed", r.status, 2);
	EXPECT_TEXT("closed", r.err, "vmemctl: writing the output: Bad file descriptor\n");

	r.args[0] = "--help";
	r.stdout_to = "/dev/full";
	run(&r);
	EXPECT_EQ("help", r.status, 2);

	r.args[0] = "monitor";
	r.fake = "regions,story";
	run(&r);
	EXPECT_EQ("monitor, full", r.status, 2);

	/* Nobody reads: a monitor ends quietly, with an event or without. */
	r.stdout_to = "|";
	run(&r);
	EXPECT_EQ("monitor, nobody reads", r.status, 0);
	EXPECT_TEXT("monitor, nobody reads", r.err, "");
	r.fake = "regions";
	run(&r);
	EXPECT_EQ("monitor, nobody reads, no event", r.status, 0);
	r.stdout_to = "-";
	r.fake = "regions,story";
	run(&r);
	EXPECT_EQ("monitor, closed", r.status, 0);
	EXPECT_TEXT("monitor, closed", r.err, "");
}

// SPDX-License-Identifier: GPL-2.0
/* VM/NAME: names that several VMs have. */
#include <string.h>

#include "ktap.h"
#include "names.h"
#include "run.h"

#define PROC "FAKE_PROC=tests/proc"

static void check(const char *fake, const char *name, int status, const char *err)
{
	struct run r = { .fake = fake, .args = { "resize", name, "1G" }, .env = { PROC } };

	run(&r);
	EXPECT_EQ(name, r.status, status);
	EXPECT_TEXT(name, r.err, err);
	if (!status)
		EXPECT(name, strstr(r.out, "twin: 1 GiB requested"));
}

TEST(names_of_a_vm)
{
	static const char unit[] = "machine-qemu\\x2d1\\x2dvm1.scope/twin";

	check("regions,twins", "1234/twin", 0, "");
	check("regions,twins", "4242/twin", 0, "");
	check("regions,twins", unit, 0, "");
	check("regions,twins", "machine-qemu\\x2d1\\x2dvm1/twin", 0, "");
	check("regions,twins", "machine-qemu/twin", 1,
	      "vmemctl: no region \"machine-qemu/twin\"; see 'vmemctl list'\n");
	check("regions,twins", "1234/vm9", 1, "vmemctl: no region \"1234/vm9\"; see 'vmemctl list'\n");
	check("regions,twins", "/twin", 1, "vmemctl: no region \"/twin\"; see 'vmemctl list'\n");
	check("regions,twins", "1234/", 1, "vmemctl: no region \"1234/\"; see 'vmemctl list'\n");
}

/* What to type instead is offered where that is unique. */
TEST(names_are_ambiguous)
{
	check("regions,twins", "twin", 1,
	      "vmemctl: \"twin\" is the name of several regions; use one of the ids "
	      "2 (?[31mred/twin), 3 (machine-qemu\\x2d1\\x2dvm1/twin), or for all regions of the VM "
	      "--vm twin\n");
	check("regions", "4242/twin", 1,
	      "vmemctl: \"4242/twin\" is the name of several regions; use one of the ids 2, 3\n");
}

TEST(names_in_list)
{
	struct run r = { .fake = "regions,twins", .args = { "-j", "list", "1234/twin" },
			 .env = { PROC } };

	run(&r);
	EXPECT_EQ("list", r.status, 0);
	EXPECT("list", !strncmp(r.out, "{\"region\":{\"3\":", 15) && !strstr(r.out, ",\"2\":{"));
}

/* The names of regions without a VM, and with a slash in them. */
TEST(names_with_a_slash)
{
	struct region regions[] = {
		{ .id = 1, .pid = 7, .name = "b" },
		{ .id = 2, .pid = 8, .name = "7/b" },
		{ .id = 3, .name = "c" },
	}, found;
	struct region_list list = { .regions = regions, .nr = 3 };

	CHECK_EQ(name_find(&list, "7/b", &found), 1);
	CHECK_EQ(found.id, 2);
	CHECK_EQ(name_find(&list, "8/7/b", &found), 1);
	CHECK_EQ(found.id, 2);
	CHECK_EQ(name_find(&list, "0/c", &found), 0);
}

// SPDX-License-Identifier: GPL-2.0
/* To resize several regions together, against the fake kernel of fake_kernel.c. */
#include <stdio.h>
#include <string.h>

#include "group.h"
#include "ktap.h"
#include "run.h"

#define MIB	(1ULL << 20)
#define GIB	(1ULL << 30)

static void check(const char *fake, const char *const *args, int status, const char *out,
		  const char *err)
{
	struct run r = { .fake = fake };
	char what[128];
	int i;

	for (i = 0; args[i]; i++)
		r.args[i] = args[i];
	run(&r);
	snprintf(what, sizeof(what), "%s %s %s (%s)", args[0], args[1], args[2], fake);
	EXPECT_EQ(what, r.status, status);
	EXPECT_TEXT(what, r.out, out);
	EXPECT_TEXT(what, r.err, err);
}

#define CHECK_RUN(fake, status, out, err, ...) \
	check(fake, (const char *const[]){ __VA_ARGS__, NULL }, status, out, err)

TEST(resize_a_vm)
{
	CHECK_RUN("regions", 0,
		  "twin: 3 GiB requested, 3 GiB plugged\n"
		  "  2 twin: 1.5 GiB requested, 1.5 GiB plugged\n"
		  "  3 twin: 1.5 GiB requested, 1.5 GiB plugged\n", "",
		  "resize", "--vm", "twin", "3G");
	/* By the number of one of its regions; a difference. */
	CHECK_RUN("regions", 0,
		  "3: 256 MiB requested, 3 GiB plugged\n"
		  "  2 twin: 128 MiB requested, 1.5 GiB plugged\n"
		  "  3 twin: 128 MiB requested, 1.5 GiB plugged\n", "",
		  "resize", "--vm", "3", "+256M");
	/* These regions, of two VMs: 8 GiB and 512 GiB are their limits. */
	CHECK_RUN("regions", 0,
		  "2 regions: 65 GiB requested, 3.5 GiB plugged\n"
		  "  1 vm1: 1 GiB requested, 2 GiB plugged\n"
		  "  3 twin: 64 GiB requested, 1.5 GiB plugged\n", "",
		  "resize", "--vm", "1,3", "65G");
}

TEST(resize_a_vm_that_has_one_region)
{
	/* Also with a module that is too old for more. */
	CHECK_RUN("regions,old", 0, "vm1: 4 GiB requested, 2 GiB plugged\n", "",
		  "resize", "--vm", "vm1", "4G");
}

TEST(resize_a_vm_and_wait)
{
	struct run r = { .fake = "regions,plug",
			 .args = { "resize", "--vm", "1,2", "65G", "-w" } };

	run(&r);
	EXPECT_EQ("status", r.status, 0);
	EXPECT("all", strstr(r.out, "2 regions: 65 GiB requested, 65 GiB plugged after "));
}

TEST(resize_a_vm_refused)
{
	CHECK_RUN("regions", 1, "", "vmemctl: no VM \"foo\"; see 'vmemctl list'\n",
		  "resize", "--vm", "foo", "3G");
	CHECK_RUN("regions", 1, "", "vmemctl: no region \"foo\"; see 'vmemctl list'\n",
		  "resize", "--vm", "1,foo", "3G");
	CHECK_RUN("regions", 1, "", "vmemctl: region 2 is given twice\n",
		  "resize", "--vm", "2,2", "3G");
	CHECK_RUN("regions", 2, "",
		  "vmemctl: the process of region 4000000000 is not known, so its VM is not; use its id\n",
		  "resize", "--vm", "4000000000", "3G");
	CHECK_RUN("regions", 1, "",
		  "vmemctl: size \"129M\" is not a multiple of the block size of 128 MiB\n",
		  "resize", "--vm", "twin", "129M");
	CHECK_RUN("regions,strangers", 1, "",
		  "vmemctl: \"twin\" is the name of several VMs, of the processes 4242 and 4243; use the id of a region\n",
		  "resize", "--vm", "twin", "3G");
	CHECK_RUN("regions,old", 2, "",
		  "vmemctl: twin: this version of the vhost_mem module does not resize several regions at once\n",
		  "resize", "--vm", "twin", "3G");
	CHECK_RUN("regions,eperm", 2, "",
		  "vmemctl: resizing twin needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n",
		  "resize", "--vm", "twin", "3G");
	/* It says which one. */
	CHECK_RUN("regions,leaving", 2, "",
		  "vmemctl: resizing vm1 to 1 GiB: Cannot send after transport endpoint shutdown\n",
		  "resize", "--vm", "1,2", "65G");
	CHECK_RUN("regions", 1, "",
		  "vmemctl: \"twin\" is the name of several regions; use one of the ids 2, 3, or for all regions of the VM --vm twin\n",
		  "resize", "twin", "3G");
}

/* Three regions of 8 GiB, of which 1 GiB each is plugged. */
static void make(struct group *group, uint64_t total)
{
	size_t i;

	*group = (struct group){ .nr = 3, .total = total, .timeout_ms = -1 };
	for (i = 0; i < 3; i++) {
		group->members[i].region = (struct region){
			.present	= REGION_BIT(VHOST_MEM_A_REGION_PROGRESS),
			.id		= i + 1,
			.size		= 8 * GIB,
			.block_size	= 2 * MIB,
			.plugged_size	= GIB,
			.progress	= VHOST_MEM_PROGRESS_WORKING,
		};
		group->members[i].plugged = GIB;
	}
	group_split(group);
	for (i = 0; i < 3; i++)
		group->members[i].region.requested_size = group->members[i].target;
}

TEST(group_wait_ends)
{
	struct group group;

	make(&group, 6 * GIB);
	EXPECT_EQ("more", group_decide(&group), WAIT_MORE);
	group.members[1].region.requested_size = GIB;
	EXPECT_EQ("changed", group_decide(&group), WAIT_CHANGED);
	group.members[2].gone = true;
	make(&group, 3 * GIB);
	EXPECT_EQ("reached", group_decide(&group), WAIT_REACHED);
	make(&group, 6 * GIB);
	group.timeout_ms = 5000;
	group_look(&group, 4999);
	EXPECT_EQ("not yet", group_decide(&group), WAIT_MORE);
	group_look(&group, 5000);
	EXPECT_EQ("time-out", group_decide(&group), WAIT_TIMEOUT);
	group.interrupted = true;
	EXPECT_EQ("interrupted", group_decide(&group), WAIT_INTERRUPTED);
	make(&group, 6 * GIB);
	for (size_t i = 0; i < 3; i++)
		group.members[i].region.progress = VHOST_MEM_PROGRESS_NO_DRIVER;
	group_look(&group, WAIT_HOPELESS_MS);
	EXPECT_EQ("hopeless", group_decide(&group), WAIT_HOPELESS);
	group.insist = true;
	EXPECT_EQ("insists", group_decide(&group), WAIT_MORE);
}

TEST(group_passes_on_what_one_cannot_have)
{
	struct group group;

	make(&group, 9 * GIB);
	EXPECT_EQ("target", group.members[1].target, 3 * GIB);
	group.members[1].region.progress = VHOST_MEM_PROGRESS_STALLED;
	group_look(&group, GROUP_STUCK_MS - 1);
	EXPECT("not yet", !group_pass_on(&group));
	/* Something moves. */
	group.members[1].region.plugged_size += 2 * MIB;
	group_look(&group, GROUP_STUCK_MS);
	EXPECT("not stuck", !group_pass_on(&group));
	group_look(&group, 2 * GROUP_STUCK_MS);
	EXPECT("the stuck one", group_pass_on(&group) == &group.members[1]);
	EXPECT_EQ("keeps", group.members[1].target, GIB + 2 * MIB);
	EXPECT_EQ("others", group.members[0].target, 4 * GIB);
	EXPECT_EQ("others, rounded", group.members[2].target, 4 * GIB - 2 * MIB);
	EXPECT("once", !group_pass_on(&group));
}

TEST(group_passes_on_what_one_cannot_give)
{
	struct group group;

	make(&group, 1536 * MIB);
	group.members[0].region.progress = VHOST_MEM_PROGRESS_PINNED;
	group_look(&group, GROUP_STUCK_MS);
	EXPECT("the stuck one", group_pass_on(&group) == &group.members[0]);
	EXPECT_EQ("keeps", group.members[0].target, GIB);
	EXPECT_EQ("others", group.members[1].target, 256 * MIB);
	EXPECT_EQ("others", group.members[2].target, 256 * MIB);
}

TEST(group_keeps_on_trying_if_nobody_else_can)
{
	struct group group;

	make(&group, 24 * GIB);
	group.members[1].region.progress = VHOST_MEM_PROGRESS_NO_MEMORY;
	group_look(&group, GROUP_STUCK_MS);
	EXPECT("nobody", !group_pass_on(&group));
	EXPECT_EQ("target", group.members[1].target, 8 * GIB);
	EXPECT("not left", !group.members[1].left);
}

// SPDX-License-Identifier: GPL-2.0
/* Commands about jobs against the fake kernel of fake_kernel.c. */
#include <stdio.h>
#include <string.h>

#include "job.h"
#include "ktap.h"
#include "run.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define HEADER \
"JOB  REGION  ORIGIN        BY                     FROM     TO  PLUGGED  STATE         WHY           AGE         NOTE\n"
#define J17 \
"j17  vm1     admin         vmemctl/99            1 GiB  3 GiB    2 GiB  running       stalled       1 min 35 s  for the backup\n"

static void check(const char *fake, const char *const *args, int status, const char *out,
		  const char *err)
{
	char clocked[128], what[128];
	struct run r = { .fake = clocked };
	int i;

	/* How long a wait has taken is not up to the machine. */
	snprintf(clocked, sizeof(clocked), "%s,clock", fake);

	for (i = 0; args[i]; i++)
		r.args[i] = args[i];
	run(&r);
	snprintf(what, sizeof(what), "%s %s (%s)", args[0], args[1] ? args[1] : "", fake);
	EXPECT_EQ(what, r.status, status);
	EXPECT_TEXT(what, r.out, out);
	EXPECT_TEXT(what, r.err, err);
}

#define CHECK_RUN(fake, status, out, err, ...) \
	check(fake, (const char *const[]){ __VA_ARGS__, NULL }, status, out, err)

TEST(job_names)
{
	static const struct {
		const char *text;
		bool is_job;
		uint64_t id;
	} cases[] = {
		{ "j17", true, 17 },
		{ "j0", true, 0 },
		{ "j18446744073709551615", true, UINT64_MAX },
		{ "j18446744073709551616", true, 0 },
		{ "j", false, 0 },
		{ "", false, 0 },
		{ "17", false, 0 },
		{ "J17", false, 0 },
		{ "j-1", false, 0 },
		{ "j17x", false, 0 },
		{ "job17", false, 0 },
	};
	uint64_t id;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		id = 0;
		EXPECT_EQ(cases[i].text, job_parse(cases[i].text, &id), cases[i].is_job);
		EXPECT(cases[i].text, id == cases[i].id);
	}
}

TEST(jobs_list)
{
	CHECK_RUN("regions,jobs", 0, HEADER
"j12  vm1     vmm           qemu-system-x86/1234    0 B  2 GiB    2 GiB  done          -             1 h 0 min\n"
"j13  ?[2J    unknown (77)  a\\b?                    0 B    0 B      0 B  unknown (77)  unknown (77)  5 s         ?]0;x\n"
		  J17, "", "jobs");
	CHECK_RUN("regions,jobs", 0,
"JOB  REGION  ORIGIN  BY           FROM     TO  PLUGGED  STATE    WHY      AGE         NOTE\n"
"j17  vm1     admin   vmemctl/99  1 GiB  3 GiB    2 GiB  running  stalled  1 min 35 s  for the backup\n",
		  "", "jobs", "j17");
	CHECK_RUN("regions,nojobs", 0, "No jobs: nothing has been resized.\n", "", "jobs");
	CHECK_RUN("regions,jobs", 1, "",
		  "vmemctl: no job \"j99\", or it has ended long ago; see 'vmemctl jobs'\n",
		  "jobs", "j99");
	CHECK_RUN("regions,jobs", 1, "", "vmemctl: no region \"vm9\"; see 'vmemctl list'\n",
		  "jobs", "vm9");
	CHECK_RUN("regions,jobs", 0,
"{\"job\":{\"17\":{\"id\":17,\"region\":1,\"name\":\"vm1\",\"origin\":\"admin\",\"pid\":99,"
"\"comm\":\"vmemctl\",\"note\":\"for the backup\",\"from\":1073741824,"
"\"target\":3221225472,\"plugged-before\":1073741824,\"plugged\":2147483648,"
"\"state\":\"running\",\"reason\":\"stalled\",\"started-ago\":95000}}}\n",
		  "", "-j", "jobs", "j17");
	CHECK_RUN("regions,nojobs", 0, "{\"job\":{}}\n", "", "-j", "jobs");
}

/* Events end the sleep, and what has not changed is not printed again. */
TEST(jobs_follow)
{
	CHECK_RUN("regions,jobs,story", 2,
"JOB  REGION  ORIGIN  BY           FROM     TO  PLUGGED  STATE    WHY      AGE         NOTE\n"
"j17  vm1     admin   vmemctl/99  1 GiB  3 GiB    2 GiB  running  stalled  1 min 35 s  for the backup\n",
		  "vmemctl: following the jobs: the vhost_mem module was unloaded\n",
		  "jobs", "-w", "j17");
}

TEST(jobs_wait)
{
	CHECK_RUN("regions,jobs", 0, "vm1: j12 is done, with 2 GiB plugged\n", "",
		  "wait", "j12");
	CHECK_RUN("regions,jobs", 3, "",
		  "vmemctl: ?[2J: j13 has ended, unknown, with 0 B plugged of 0 B\n",
		  "wait", "j13");
	CHECK_RUN("regions,jobs", 3, "",
		  "vmemctl: vm1: 2 GiB of 3 GiB plugged after 0.1 s; 1 GiB left: the guest makes no progress; it may be unable to do more now; the guest says: plugged memory is not online yet\n",
		  "wait", "j17", "--timeout", "100ms");
	CHECK_RUN("regions,jobs,offline", 0, "vm1: 2 GiB plugged after 0 s\n", "",
		  "wait", "vm1");
	CHECK_RUN("regions,jobs", 1, "",
		  "vmemctl: no job \"j0\", or it has ended long ago; see 'vmemctl jobs'\n",
		  "wait", "j0");
	CHECK_RUN("regions", 1, "", "vmemctl: missing JOB or ID; usage: vmemctl wait JOB|ID [--timeout T]\n",
		  "wait");
}

TEST(jobs_cancel)
{
	CHECK_RUN("regions,jobs", 0,
		  "vm1: j17 (1 GiB to 3 GiB) cancelled; 2 GiB requested, 2 GiB plugged\n", "",
		  "cancel", "j17");
	CHECK_RUN("regions,jobs", 0,
		  "vm1: j17 (1 GiB to 3 GiB) cancelled; 1 GiB requested, 2 GiB plugged\n", "",
		  "cancel", "vm1", "--revert");
	CHECK_RUN("regions,jobs", 2, "", "vmemctl: j12 has ended already\n", "cancel", "j12");
	CHECK_RUN("regions,jobs,eperm", 2, "",
		  "vmemctl: cancelling j17 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n", "cancel", "1");
	CHECK_RUN("regions,nojobs", 1, "",
		  "vmemctl: vm1: no job is running; see 'vmemctl jobs'\n", "cancel", "vm1");
}

TEST(jobs_resize)
{
	CHECK_RUN("regions,jobs", 0, "vm1: 4 GiB requested (j18), 2 GiB plugged\n", "",
		  "resize", "vm1", "4G", "--note", "for the backup");
	CHECK_RUN("regions,jobs,plug", 0, "vm1: 4 GiB plugged after 0 s\n", "",
		  "resize", "vm1", "4G", "-w");
	CHECK_RUN("regions,jobs,other", 3, "",
		  "vmemctl: vm1: somebody else has changed the requested size from 5 GiB to 4 GiB; 2 GiB plugged after 0 s; j18 was superseded by j19 (vmm, somebody/4711)\n",
		  "resize", "vm1", "5G", "-w");
}

TEST(jobs_resize_else)
{
	CHECK_RUN("regions,jobs", 3, "",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0.1 s; 2 GiB left: the guest is being notified; the guest says: plugged memory is not online yet; cancelled j18, 2 GiB requested now\n",
		  "resize", "vm1", "4G", "-wt100ms", "--else", "stop");
	CHECK_RUN("regions,jobs", 3, "",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0.1 s; 2 GiB left: the guest is being notified; the guest says: plugged memory is not online yet; cancelled j18, 3 GiB requested now\n",
		  "resize", "vm1", "4G", "-wt100ms", "-e", "revert");
	CHECK_RUN("regions,jobs", 3, "",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0.1 s; 2 GiB left: the guest is being notified; the guest says: plugged memory is not online yet\n",
		  "resize", "vm1", "4G", "-wt100ms", "--else=keep");
	/* It was done just before it was to be cancelled. */
	CHECK_RUN("regions,jobs,raced", 0, "vm1: 4 GiB plugged after 0.1 s\n", "",
		  "resize", "vm1", "4G", "-wt100ms", "-e", "stop");
	CHECK_RUN("regions", 3, "",
		  "vmemctl: vm1: 2 GiB of 4 GiB plugged after 0.1 s; 2 GiB left: the guest is being notified; the guest says: plugged memory is not online yet; this version of the vhost_mem module has no jobs, so 4 GiB stay requested\n",
		  "resize", "vm1", "4G", "-wt100ms", "-e", "stop");
	CHECK_RUN("regions", 1, "", "vmemctl: --else \"stop\" needs --wait\n",
		  "resize", "vm1", "4G", "-e", "stop");
	CHECK_RUN("regions", 1, "",
		  "vmemctl: unknown --else \"halt\": use stop, revert or keep\n",
		  "resize", "vm1", "4G", "-we", "halt");
	CHECK_RUN("regions", 1, "",
		  "vmemctl: --note \"01234567890123456789012345678901\" is longer than 31 bytes\n",
		  "resize", "vm1", "4G", "--note", "01234567890123456789012345678901");
	CHECK_RUN("regions", 1, "", "vmemctl: --note must not have control characters\n",
		  "resize", "vm1", "4G", "--note", "a\033b");
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: who resizes a region, and what it comes to; to cancel, to revert, to list.
 *
 * tier: quick
 */
#include <endian.h>
#include <unistd.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#include <linux/vhost_mem_report.h>

#define ACK VIRTIO_MEM_RESP_ACK
#define NR_BLOCKS 64
#define NR_ENDED 8
#define EVENT_MS 30000

#define JOB(job, name) ((job).value[VHOST_MEM_A_JOB_##name])
#define HAS(job, name) (!!((job).attrs & 1ULL << VHOST_MEM_A_JOB_##name))

#define CHECK_JOB(job, _state, _from, _target, _before, _plugged)	\
	do {								\
		CHECK_EQ(JOB(job, STATE), VHOST_MEM_JOB_STATE_##_state);	\
		CHECK_EQ(JOB(job, FROM), (_from) * HUGE);		\
		CHECK_EQ(JOB(job, TARGET), (_target) * HUGE);		\
		CHECK_EQ(JOB(job, PLUGGED_BEFORE), (_before) * HUGE);	\
		CHECK_EQ(JOB(job, PLUGGED), (_plugged) * HUGE);		\
	} while (0)

static struct device dev;
static struct guest guest;
static struct genl nl, listener;

static int ask(uint64_t blocks)
{
	return device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, blocks * HUGE);
}

/* A region in which nothing is plugged or requested. */
static void create(void)
{
	dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	CHECK_EQ(ask(0), 0);
	CHECK_EQ(genl_open(&nl), 0);
}

static void start(void)
{
	create();
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

/* The job that began last. */
static struct genl_job last(void)
{
	struct genl_job job;
	char attrs[16];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_JOB_REGION, &dev.id, 4);

	CHECK_EQ(genl_job(&nl, VHOST_MEM_CMD_JOB_GET, attrs, length, &job), 0);
	return job;
}

static uint64_t last_id(void)
{
	struct genl_job job = last();

	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_JOB), JOB(job, ID));
	return JOB(job, ID);
}

static struct genl_job get(uint64_t id)
{
	struct genl_job job;

	CHECK_EQ(genl_job_get(&nl, id, &job), 0);
	CHECK_EQ(JOB(job, ID), id);
	CHECK_EQ(JOB(job, REGION), dev.id);
	return job;
}

/* Resize with a note; returns 0 or an error, and the job in @id. */
static int set_noted(uint64_t blocks, const char *note, uint64_t *id)
{
	struct genl_region region;
	uint64_t size = blocks * HUGE;
	char attrs[256];
	size_t length;
	int ret;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_NOTE, note,
			  strlen(note) + 1);
	ret = genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			   &region);
	if (!ret)
		*id = region.value[VHOST_MEM_A_REGION_JOB];
	return ret;
}

TEST(the_vmm_the_administrator_and_a_limit)
{
	struct genl_job job;
	uint64_t id;

	start();
	CHECK_EQ(ask(4), 0);
	job = last();
	CHECK_JOB(job, WAITING, 0, 4, 0, 0);
	CHECK_EQ(JOB(job, ORIGIN), VHOST_MEM_ORIGIN_VMM);
	CHECK_EQ(JOB(job, PID), getpid());
	CHECK(job.comm[0] && !HAS(job, NOTE) && !HAS(job, ENDED_AGO));
	CHECK_EQ(JOB(job, REASON), VHOST_MEM_PROGRESS_PENDING);
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
	job = last();
	CHECK_JOB(job, RUNNING, 0, 4, 0, 1);
	CHECK_EQ(JOB(job, REASON), VHOST_MEM_PROGRESS_WORKING);
	CHECK_EQ(guest_plug(&guest, 1, 3), ACK);
	job = last();
	CHECK_JOB(job, DONE, 0, 4, 0, 4);
	CHECK_EQ(JOB(job, REASON), VHOST_MEM_PROGRESS_DONE);
	CHECK(HAS(job, ENDED_AGO));
	CHECK(JOB(job, ENDED_AGO) <= JOB(job, STARTED_AGO));

	CHECK_EQ(set_noted(8, "0123456789012345678901234567890", &id), 0);
	CHECK(id > JOB(job, ID));
	CHECK_EQ(last_id(), id);
	job = get(id);
	CHECK_JOB(job, WAITING, 4, 8, 4, 4);
	CHECK_EQ(JOB(job, ORIGIN), VHOST_MEM_ORIGIN_ADMIN);
	CHECK(!strcmp(job.note, "0123456789012345678901234567890"));

	CHECK_EQ(genl_limit(&nl, dev.id, 6 * HUGE), 0);
	job = last();
	CHECK_JOB(job, WAITING, 8, 6, 4, 4);
	CHECK_EQ(JOB(job, ORIGIN), VHOST_MEM_ORIGIN_ADMIN);
	CHECK_EQ(guest_plug(&guest, 4, 2), ACK);
	CHECK_EQ(JOB(last(), STATE), VHOST_MEM_JOB_STATE_DONE);
}

TEST(another_size_supersedes_a_job_and_the_same_one_joins_it)
{
	struct genl_job job;
	uint64_t id, same;

	start();
	CHECK_EQ(set_noted(8, "first", &id), 0);
	CHECK_EQ(guest_plug(&guest, 0, 3), ACK);
	CHECK_EQ(ask(8), 0);
	CHECK_EQ(set_noted(8, "second", &same), 0);
	CHECK_EQ(same, id);
	CHECK(!strcmp(get(id).note, "second"));
	CHECK_EQ(ask(6), 0);
	job = get(id);
	CHECK_JOB(job, SUPERSEDED, 0, 8, 0, 3);
	job = last();
	CHECK_JOB(job, WAITING, 8, 6, 3, 3);
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), -ENOENT);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE),
		 6 * HUGE);
}

TEST(a_size_that_is_plugged_is_done_at_once)
{
	struct genl_job job;
	uint64_t id;

	start();
	CHECK_EQ(set_noted(0, "", &id), 0);
	job = get(id);
	CHECK_JOB(job, DONE, 0, 0, 0, 0);
	CHECK(!HAS(job, NOTE));
}

TEST(a_reset_starts_a_job_for_the_next_guest)
{
	struct genl_job job;
	uint64_t id;

	start();
	CHECK_EQ(ask(4), 0);
	CHECK_EQ(guest_plug(&guest, 0, 4), ACK);
	id = last_id();
	CHECK_EQ(guest_stop(&guest), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	job = last();
	CHECK(JOB(job, ID) > id);
	CHECK_JOB(job, WAITING, 4, 4, 0, 0);
	CHECK_EQ(JOB(job, ORIGIN), VHOST_MEM_ORIGIN_RESET);
	CHECK_EQ(JOB(job, REASON), VHOST_MEM_PROGRESS_NO_DRIVER);
	/* Another reset changes nothing. */
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(last_id(), JOB(job, ID));
}

TEST(a_proposal_that_is_granted)
{
	struct vhost_mem_report_req message = {
		.type = htole16(VHOST_MEM_REQ_PROPOSAL),
		.code = htole16(VHOST_MEM_REPORT_REASON_PRESSURE),
		.u.proposal.size = htole64(4 * HUGE),
	};
	uint32_t policy = VHOST_MEM_POLICY_AUTO;
	struct virtio_mem_resp response = {};
	struct virtio_mem_req request;
	struct genl_job job;
	char attrs[64];
	size_t length;

	create();
	guest_init(&guest, &dev, 64, FEATURE(VHOST_MEM_F_GUEST_REPORT));
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_POLICY, &policy, 4);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      NULL), 0);
	memcpy(&request, &message, sizeof(request));
	CHECK_EQ(guest_request(&guest, &request, NULL, &response), ACK);
	job = last();
	CHECK_JOB(job, WAITING, 0, 4, 0, 0);
	CHECK_EQ(JOB(job, ORIGIN), VHOST_MEM_ORIGIN_GUEST);
	/* The process is that of the VM. */
	CHECK_EQ(JOB(job, PID), getpid());
	/* The administrator who grants by a size is the origin of that. */
	CHECK_EQ(genl_set(&nl, dev.id, 8 * HUGE, NULL), 0);
	CHECK_EQ(JOB(last(), ORIGIN), VHOST_MEM_ORIGIN_ADMIN);
}

TEST(cancel_requests_what_is_plugged)
{
	struct genl_job job;
	uint64_t id;

	start();
	CHECK_EQ(ask(8), 0);
	CHECK_EQ(guest_plug(&guest, 0, 3), ACK);
	id = last_id();
	CHECK_EQ(genl_job_cancel(&nl, id + 1, false, NULL), -ENOENT);
	CHECK_EQ(genl_job_cancel(&nl, 0, false, NULL), -ENOENT);
	CHECK_EQ(genl_job_cancel(&nl, id, false, &job), 0);
	CHECK_EQ(JOB(job, ID), id);
	CHECK_JOB(job, CANCELLED, 0, 8, 0, 3);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE),
		 3 * HUGE);
	/* Nothing that was given up comes true. */
	CHECK_EQ(guest_plug(&guest, 3, 1), VIRTIO_MEM_RESP_NACK);
	CHECK_EQ(last_id(), id);
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), -ENOENT);
}

TEST(cancel_reverts)
{
	struct genl_job job;
	uint64_t id;

	start();
	CHECK_EQ(ask(2), 0);
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	CHECK_EQ(ask(8), 0);
	CHECK_EQ(guest_plug(&guest, 2, 3), ACK);
	id = last_id();
	CHECK_EQ(genl_job_cancel(&nl, id, true, &job), 0);
	CHECK_JOB(job, CANCELLED, 2, 8, 2, 5);
	job = last();
	CHECK(JOB(job, ID) > id);
	CHECK_JOB(job, WAITING, 8, 2, 5, 5);
	CHECK_EQ(JOB(job, ORIGIN), VHOST_MEM_ORIGIN_ADMIN);
	CHECK_EQ(guest_unplug(&guest, 2, 3), ACK);
	CHECK_EQ(JOB(last(), STATE), VHOST_MEM_JOB_STATE_DONE);
}

/* A size that could not be requested is not requested by cancelling either. */
TEST(cancel_keeps_to_limit_and_leaving)
{
	uint64_t id;

	start();
	CHECK_EQ(ask(8), 0);
	CHECK_EQ(guest_plug(&guest, 0, 8), ACK);
	CHECK_EQ(genl_limit(&nl, dev.id, 4 * HUGE), 0);
	id = last_id();
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), -EDQUOT);
	CHECK(nl.text[0]);
	CHECK_EQ(genl_job_cancel(&nl, id, true, NULL), -EDQUOT);
	CHECK_EQ(genl_limit(&nl, dev.id, NR_BLOCKS * HUGE), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_LEAVING, 1), 0);
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), -ESHUTDOWN);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_LEAVING, 0), 0);
	CHECK_EQ(last_id(), id);
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), 0);
}

TEST(cancel_keeps_to_the_minimum)
{
	uint64_t id;

	start();
	CHECK_EQ(ask(8), 0);
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	CHECK_EQ(genl_set_u64(&nl, dev.id, VHOST_MEM_A_REGION_MINIMUM, 4 * HUGE,
			      NULL), 0);
	id = last_id();
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), -EDOM);
	CHECK(strstr(nl.text, "the minimum is above what would be requested"));
	CHECK_EQ(last_id(), id);
	CHECK_EQ(guest_plug(&guest, 2, 2), ACK);
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), 0);
}

TEST(a_region_remembers_eight_jobs_and_no_number_is_used_twice)
{
	struct genl_job jobs[NR_ENDED + 2];
	struct device other;
	uint64_t ids[20];

	create();
	other = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(set_noted(i + 1, "", &ids[i]), 0);
		CHECK(!i || ids[i] > ids[i - 1]);
		/* Numbers are those of all regions. */
		CHECK_EQ(device_set(other.fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    (i % 2 + 1) * HUGE), 0);
		CHECK(genl_value(other.id, VHOST_MEM_A_REGION_JOB) > ids[i]);
	}
	CHECK_EQ(genl_job_dump(&nl, dev.id, jobs, NR_ENDED + 2), NR_ENDED + 1);
	for (int i = 0; i <= NR_ENDED; i++) {
		CHECK_EQ(JOB(jobs[i], ID), ids[20 - NR_ENDED - 1 + i]);
		CHECK_EQ(JOB(jobs[i], STATE),
			 i == NR_ENDED ? VHOST_MEM_JOB_STATE_WAITING :
			 VHOST_MEM_JOB_STATE_SUPERSEDED);
	}
	for (int i = 0; i < 20 - NR_ENDED - 1; i++) {
		CHECK_EQ(genl_job_get(&nl, ids[i], &jobs[0]), -ENOENT);
		CHECK(nl.text[0]);
	}
}

/* The next event of a region. */
static struct genl_region event(uint32_t id, uint8_t cmd)
{
	struct genl_region region;

	do
		CHECK_EQ(genl_event(&listener, EVENT_MS, &region), 0);
	while (region.cmd != cmd ||
	       region.value[VHOST_MEM_A_REGION_ID] != id);
	return region;
}

/*
 * The event of a job's end. A message describes the region when it is made: if the job
 * ends between the taking of an earlier event and the making of its message, both tell
 * of this job.
 */
static struct genl_region end_of(uint64_t id)
{
	struct genl_region region;

	do
		region = event(dev.id, VHOST_MEM_CMD_REGION_JOB_NTF);
	while (JOB(region.ended_job, ID) < id);
	CHECK_EQ(JOB(region.ended_job, ID), id);
	return region;
}

TEST(events_tell_how_a_job_has_ended)
{
	struct genl_region region;
	uint64_t id;

	start();
	CHECK_EQ(genl_open(&listener), 0);
	CHECK_EQ(genl_listen(&listener), 0);
	CHECK_EQ(set_noted(2, "events", &id), 0);
	CHECK_EQ(guest_plug(&guest, 0, 2), ACK);
	region = end_of(id);
	CHECK_JOB(region.ended_job, DONE, 0, 2, 0, 2);
	CHECK_EQ(JOB(region.ended_job, PID), getpid());
	CHECK(!strcmp(region.ended_job.note, "events"));

	CHECK_EQ(set_noted(6, "", &id), 0);
	CHECK_EQ(genl_job_cancel(&nl, id, false, NULL), 0);
	region = end_of(id);
	CHECK_EQ(JOB(region.ended_job, STATE), VHOST_MEM_JOB_STATE_CANCELLED);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_REQUESTED_SIZE], 2 * HUGE);

	/* A job of a region that is gone is told of with the region. */
	CHECK_EQ(set_noted(4, "", &id), 0);
	CHECK_EQ(guest_stop(&guest), 0);
	device_close(&dev);
	region = event(dev.id, VHOST_MEM_CMD_REGION_GONE_NTF);
	CHECK_EQ(JOB(region.ended_job, ID), id);
	CHECK_JOB(region.ended_job, GONE, 2, 4, 2, 2);
	CHECK_EQ(genl_job_get(&nl, id, &region.ended_job), -ENOENT);
}

/* All jobs of a region fit into a message, however long they are. */
TEST(the_longest_jobs_are_listed)
{
	static const char name[] =
		"123-------------------------------------------------------63-45";
	struct genl_job jobs[NR_ENDED + 1];
	uint64_t id;
	int fd = device_open();

	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(device_create(fd, NR_BLOCKS * HUGE, HUGE, 0, name, &dev.id), 0);
	for (int i = 0; i < 2 * NR_ENDED; i++)
		CHECK_EQ(set_noted(i % 2 + 1, "0123456789012345678901234567890",
				   &id), 0);
	CHECK_EQ(genl_job_dump(&nl, dev.id, jobs, NR_ENDED + 1), NR_ENDED + 1);
	for (int i = 0; i <= NR_ENDED; i++) {
		CHECK(!strcmp(jobs[i].name, name));
		CHECK_EQ(strlen(jobs[i].note), 31);
	}
	close(fd);
}

/* Kernels before 6.2 can carry only the text in front of the colon. */
TEST(a_stale_expectation_names_both_sizes)
{
	uint64_t expected = 3 * HUGE, size = 5 * HUGE;
	char attrs[64];
	size_t length;

	create();
	CHECK_EQ(ask(4), 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length,
			  VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE, &expected,
			  8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 8);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      NULL), -ESTALE);
	CHECK(nl.text[0]);
	CHECK(!strchr(nl.text, ':') ||
	      (strstr(nl.text, "8388608") && strstr(nl.text, "6291456")));
	CHECK_JOB(last(), WAITING, 0, 4, 0, 0);
}

static int keep_resizing(void *arg)
{
	(void)arg;
	for (uint64_t i = 0;; i++)
		device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE,
			   (i % 7 + 1) * HUGE);
	return 0;
}

/* Whatever a VMM does, a list has each of its jobs once, in order, and ends. */
TEST(a_list_under_changes_is_consistent)
{
	enum { NR = 40 };
	struct genl_job jobs[NR_ENDED + 1];
	struct device others[NR];
	pid_t child;

	create();
	CHECK_EQ(ask(8), 0);
	for (int i = 0; i < NR; i++)
		others[i] = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	child = fork();
	CHECK(child >= 0);
	if (!child)
		_exit(keep_resizing(NULL));
	for (int round = 0; round < 100; round++) {
		int nr = genl_job_dump(&nl, dev.id, jobs, NR_ENDED + 1);

		CHECK(nr > 0 && nr <= NR_ENDED + 1);
		for (int i = 0; i < nr; i++) {
			CHECK(!i || JOB(jobs[i], ID) > JOB(jobs[i - 1], ID));
			CHECK(!i || JOB(jobs[i], FROM) ==
			      JOB(jobs[i - 1], TARGET));
			CHECK_EQ(JOB(jobs[i], STATE) ==
				 VHOST_MEM_JOB_STATE_WAITING, i == nr - 1);
		}
		CHECK(genl_job_dump(&nl, 0, NULL, 0) > NR);
		CHECK(!nl.interrupted);
	}
	CHECK_EQ(kill(child, SIGKILL), 0);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	for (int i = 0; i < NR; i++)
		device_close(&others[i]);
}

static int cancel_unprivileged(void *arg)
{
	struct genl_job job;
	uint64_t *id = arg;

	if (setresuid(65534, 65534, 65534))
		return 1;
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_job_get(&nl, *id, &job), 0);
	CHECK_EQ(genl_job_cancel(&nl, *id, false, NULL), -EPERM);
	CHECK(genl_job_dump(&nl, 0, NULL, 0) > 0);
	return 0;
}

TEST(bad_input)
{
	uint64_t id, size = 4 * HUGE;
	uint32_t none = 0, unknown = 0x7fffffff;
	char attrs[256];
	size_t length;

	create();
	CHECK_EQ(ask(8), 0);
	id = last_id();
	CHECK_EQ(genl_job(&nl, VHOST_MEM_CMD_JOB_GET, NULL, 0, NULL), -EINVAL);
	CHECK_EQ(genl_job(&nl, VHOST_MEM_CMD_JOB_CANCEL, NULL, 0, NULL),
		 -EINVAL);
	CHECK_EQ(genl_job_get(&nl, 0, NULL), -ENOENT);
	CHECK_EQ(genl_job_get(&nl, UINT64_MAX, NULL), -ENOENT);
	CHECK_EQ(genl_job_cancel(&nl, UINT64_MAX, true, NULL), -ENOENT);
	CHECK(nl.text[0]);
	CHECK_EQ(genl_job_dump(&nl, unknown, NULL, 0), -ENOENT);
	/* An id has 64 bits, and a region is not 0. */
	length = genl_put(attrs, 0, VHOST_MEM_A_JOB_ID, &unknown, 4);
	CHECK(genl_job(&nl, VHOST_MEM_CMD_JOB_GET, attrs, length, NULL) < 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_JOB_REGION, &none, 4);
	CHECK_EQ(genl_job(&nl, VHOST_MEM_CMD_JOB_GET, attrs, length, NULL),
		 -ERANGE);
	/* What only replies have. */
	length = genl_put(attrs, 0, VHOST_MEM_A_JOB_ID, &id, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_JOB_STATE, &none, 4);
	CHECK_EQ(genl_job(&nl, VHOST_MEM_CMD_JOB_CANCEL, attrs, length, NULL),
		 -EINVAL);

	/* Notes: too long, without an end, with a control character, for nothing. */
	CHECK(set_noted(1, "01234567890123456789012345678901", &size) < 0);
	CHECK_EQ(set_noted(1, "a\033b", &size), -EINVAL);
	CHECK(nl.text[0]);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_LIMIT, &size, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_NOTE, "x", 2);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			      NULL), -EINVAL);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &size, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_NOTE, "xy", 2);
	CHECK(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length,
			   NULL) < 0);
	CHECK_EQ(in_child(cancel_unprivileged, &id), 0);
	/* Nothing of that has changed anything. */
	CHECK_EQ(last_id(), id);
	CHECK_EQ(JOB(last(), STATE), VHOST_MEM_JOB_STATE_WAITING);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE),
		 8 * HUGE);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

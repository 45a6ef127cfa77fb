// SPDX-License-Identifier: GPL-2.0
/* Unit tests of jobs: when they begin and end, and what they tell then. */

#include <linux/virtio_mem.h>

#include "ktap.h"
#include "region.h"

#define M (1024 * 1024ULL)
#define G (1024 * M)
#define BLOCK (2 * M)

static struct unit_region unit;
static struct vhost_mem_region *const region = &unit.region;

static const struct vhost_mem_job *nth(unsigned int n)
{
	const struct vhost_mem_job *job;

	spin_lock(&region->config_lock);
	job = vhost_mem_job_nth_locked(region, n);
	spin_unlock(&region->config_lock);
	return job;
}

static unsigned int count(void)
{
	unsigned int n = 0;

	while (nth(n))
		n++;
	return n;
}

static const struct vhost_mem_job *last(void)
{
	const struct vhost_mem_job *job;

	spin_lock(&region->config_lock);
	job = vhost_mem_job_last_locked(region);
	spin_unlock(&region->config_lock);
	return job;
}

static const struct vhost_mem_job *find(u64 id)
{
	const struct vhost_mem_job *job;

	spin_lock(&region->config_lock);
	job = vhost_mem_job_find_locked(region, id);
	spin_unlock(&region->config_lock);
	return job;
}

static int admin(u64 blocks, const char *note)
{
	struct vhost_mem_change change = {
		.what = VHOST_MEM_CHANGE_REQUESTED, .requested = blocks * BLOCK,
	};

	vhost_mem_cause_current(&change.cause, VHOST_MEM_ORIGIN_ADMIN);
	strscpy(change.cause.note, note, sizeof(change.cause.note));
	unit.model.requested = change.requested;
	unit.model.usable = max(unit.model.usable,
				min(change.requested + 4 * G, region->size));
	return vhost_mem_change_apply(region, &change);
}

static int cancel(u64 id, bool revert)
{
	struct vhost_mem_cause cause;

	vhost_mem_cause_current(&cause, VHOST_MEM_ORIGIN_ADMIN);
	return vhost_mem_change_cancel(region, id, revert, &cause);
}

static void plug(u64 first, u16 nr)
{
	EXPECT_EQ("plug", unit_request(&unit, VIRTIO_MEM_REQ_PLUG,
				       4 * G + first * BLOCK, nr),
		  VIRTIO_MEM_RESP_ACK);
}

#define EXPECT_JOB(job, _state, _from, _target, _before, _plugged)	\
	do {								\
		EXPECT_EQ("state", (job)->state,			\
			  VHOST_MEM_JOB_STATE_##_state);		\
		EXPECT_EQ("from", (job)->from, (_from) * BLOCK);	\
		EXPECT_EQ("target", (job)->target, (_target) * BLOCK);	\
		EXPECT_EQ("plugged before", (job)->plugged_before,	\
			  (_before) * BLOCK);				\
		EXPECT_EQ("plugged", (job)->plugged, (_plugged) * BLOCK);\
	} while (0)

static void begin(void)
{
	unit_region_init(&unit, 64, BLOCK, 4 * G);
	region->state = VHOST_MEM_STATE_RUNNING;
	EXPECT("no job yet", !last() && !nth(0));
}

TEST(job_waits_runs_and_is_done)
{
	u64 id;

	begin();
	unit_resize(&unit, 4 * BLOCK);
	id = last()->id;
	EXPECT_JOB(last(), WAITING, 0, 4, 0, 0);
	EXPECT_EQ("origin", last()->cause.origin, VHOST_MEM_ORIGIN_VMM);
	EXPECT_TEXT("comm", last()->cause.comm, "unit");
	EXPECT_EQ("reference to the process", current->pid->count, 1);
	plug(0, 2);
	EXPECT_EQ("state", last()->state, VHOST_MEM_JOB_STATE_RUNNING);
	EXPECT("no event", !(region->notify.pending & 1UL << VHOST_MEM_EVENT_JOB));
	plug(2, 2);
	EXPECT_EQ("id", last()->id, id);
	EXPECT_JOB(last(), DONE, 0, 4, 0, 4);
	EXPECT_EQ("reason", last()->reason, VHOST_MEM_PROGRESS_DONE);
	EXPECT("event", region->notify.pending & 1UL << VHOST_MEM_EVENT_JOB);
	/* A guest that gives memory back on its own starts no job. */
	unit_request(&unit, VIRTIO_MEM_REQ_UNPLUG, 4 * G, 1);
	EXPECT_EQ("id", last()->id, id);
	EXPECT_EQ("jobs", count(), 1);
	unit_compare(&unit);
	unit_region_free(&unit);
}

/* A refused request is something that happens, too. */
TEST(job_runs_when_the_guest_sends_a_request)
{
	begin();
	unit_resize(&unit, 4 * BLOCK);
	unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 5);
	EXPECT_EQ("state", last()->state, VHOST_MEM_JOB_STATE_RUNNING);
	EXPECT_EQ("jobs", count(), 1);
	unit_region_free(&unit);
}

TEST(job_is_done_at_once)
{
	begin();
	unit_resize(&unit, 0);
	EXPECT_JOB(last(), DONE, 0, 0, 0, 0);
	unit_resize(&unit, 2 * BLOCK);
	plug(0, 2);
	unit_resize(&unit, 2 * BLOCK);
	EXPECT_JOB(last(), DONE, 2, 2, 2, 2);
	EXPECT_EQ("jobs", count(), 3);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(job_is_superseded_by_another_size_only)
{
	u64 first, second;

	begin();
	EXPECT_EQ("set", admin(8, "spring cleaning"), 0);
	first = last()->id;
	EXPECT_EQ("origin", last()->cause.origin, VHOST_MEM_ORIGIN_ADMIN);
	EXPECT_TEXT("note", last()->cause.note, "spring cleaning");
	plug(0, 3);
	unit_resize(&unit, 8 * BLOCK);
	EXPECT_EQ("the same size joins the job", last()->id, first);
	EXPECT_EQ("origin", last()->cause.origin, VHOST_MEM_ORIGIN_ADMIN);
	EXPECT_TEXT("note", last()->cause.note, "spring cleaning");
	unit_resize(&unit, 6 * BLOCK);
	second = last()->id;
	EXPECT("ids grow", second > first);
	EXPECT_JOB(find(first), SUPERSEDED, 0, 8, 0, 3);
	EXPECT_EQ("reason", find(first)->reason, VHOST_MEM_PROGRESS_PENDING);
	EXPECT_JOB(find(second), WAITING, 8, 6, 3, 0);
	EXPECT("nobody else's", !find(second + 1) && !find(0));
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(job_of_a_limit)
{
	begin();
	unit_resize(&unit, 8 * BLOCK);
	unit_limit(&unit, 16 * BLOCK);
	EXPECT_EQ("a limit that does not bind starts no job", count(), 1);
	unit_limit(&unit, 4 * BLOCK);
	EXPECT_EQ("jobs", count(), 2);
	EXPECT_JOB(last(), WAITING, 8, 4, 0, 0);
	unit_region_free(&unit);
}

TEST(job_of_a_granted_proposal)
{
	const struct vhost_mem_report_policy grant = {
		.policy = VHOST_MEM_POLICY_AUTO,
		.max = 64 * BLOCK, .step = 64 * BLOCK, .interval_ms = 0,
	};

	begin();
	strscpy(region->creator.comm, "vmm", sizeof(region->creator.comm));
	unit_proposal(&unit, &grant, 4 * BLOCK, VHOST_MEM_REPORT_REASON_PRESSURE);
	EXPECT_JOB(last(), WAITING, 0, 4, 0, 0);
	EXPECT_EQ("origin", last()->cause.origin, VHOST_MEM_ORIGIN_GUEST);
	EXPECT_TEXT("comm", last()->cause.comm, "vmm");
	/* What is requested already is granted without a change. */
	unit_proposal(&unit, &grant, 4 * BLOCK, VHOST_MEM_REPORT_REASON_PRESSURE);
	EXPECT_EQ("jobs", count(), 1);
	unit_region_free(&unit);
}

TEST(job_of_a_reset)
{
	u64 id;

	begin();
	unit_resize(&unit, 4 * BLOCK);
	plug(0, 4);
	unit_reset(&unit, true);
	vhost_mem_change_system_reset(region);
	id = last()->id;
	EXPECT_JOB(last(), WAITING, 4, 4, 0, 0);
	EXPECT_EQ("origin", last()->cause.origin, VHOST_MEM_ORIGIN_RESET);
	/* A job that has not ended goes on. */
	plug(0, 1);
	unit_reset(&unit, true);
	vhost_mem_change_system_reset(region);
	EXPECT_EQ("id", last()->id, id);
	plug(0, 4);
	EXPECT_EQ("state", last()->state, VHOST_MEM_JOB_STATE_DONE);
	/* One for nothing is not there. */
	unit_resize(&unit, 0);
	unit_reset(&unit, true);
	id = last()->id;
	EXPECT_EQ("state", last()->state, VHOST_MEM_JOB_STATE_DONE);
	vhost_mem_change_system_reset(region);
	EXPECT_EQ("id", last()->id, id);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(job_cancel_requests_what_is_plugged)
{
	u64 id;

	begin();
	EXPECT_EQ("no job", cancel(1, false), -ENOENT);
	unit_resize(&unit, 8 * BLOCK);
	plug(0, 3);
	id = last()->id;
	EXPECT_EQ("another job", cancel(id + 1, false), -ENOENT);
	EXPECT_EQ("no job", cancel(0, false), -ENOENT);
	EXPECT_EQ("cancel", cancel(id, false), 0);
	EXPECT_JOB(find(id), CANCELLED, 0, 8, 0, 3);
	EXPECT_EQ("requested", region->sizes.requested, 3 * BLOCK);
	/* There is nothing left to do, so that is no job. */
	EXPECT_EQ("id", last()->id, id);
	EXPECT_EQ("again", cancel(id, false), -ENOENT);
	EXPECT_EQ("requested", region->sizes.requested, 3 * BLOCK);
	unit_region_free(&unit);
}

TEST(job_cancel_reverts)
{
	u64 id;

	begin();
	unit_resize(&unit, 2 * BLOCK);
	plug(0, 2);
	unit_resize(&unit, 8 * BLOCK);
	plug(2, 3);
	id = last()->id;
	EXPECT_EQ("revert", cancel(id, true), 0);
	EXPECT_JOB(find(id), CANCELLED, 2, 8, 2, 5);
	EXPECT_EQ("requested", region->sizes.requested, 2 * BLOCK);
	EXPECT_JOB(last(), WAITING, 8, 2, 5, 0);
	EXPECT_EQ("origin", last()->cause.origin, VHOST_MEM_ORIGIN_ADMIN);
	unit_request(&unit, VIRTIO_MEM_REQ_UNPLUG, 4 * G, 3);
	EXPECT_EQ("state", last()->state, VHOST_MEM_JOB_STATE_DONE);
	/* Nothing has happened, so there is nothing to go back. */
	unit_resize(&unit, 8 * BLOCK);
	id = last()->id;
	EXPECT_EQ("revert", cancel(id, true), 0);
	EXPECT_EQ("id", last()->id, id);
	EXPECT_EQ("requested", region->sizes.requested, 2 * BLOCK);
	unit_region_free(&unit);
}

/* Cancelling keeps to the same rules as requesting a size, and changes nothing else. */
TEST(job_cancel_is_refused)
{
	u64 id;

	begin();
	unit_resize(&unit, 8 * BLOCK);
	plug(0, 8);
	unit_limit(&unit, 4 * BLOCK);
	id = last()->id;
	EXPECT_EQ("beyond the limit", cancel(id, false), -EDQUOT);
	EXPECT_EQ("beyond the limit", cancel(id, true), -EDQUOT);
	unit_limit(&unit, 64 * BLOCK);
	EXPECT_EQ("leave", vhost_mem_config_set_leaving(region, true), 0);
	EXPECT_EQ("leaving", cancel(id, false), -ESHUTDOWN);
	EXPECT_EQ("id", last()->id, id);
	EXPECT_EQ("state", last()->state, VHOST_MEM_JOB_STATE_WAITING);
	EXPECT_EQ("requested", region->sizes.requested, 4 * BLOCK);
	EXPECT_EQ("stay", vhost_mem_config_set_leaving(region, false), 0);
	EXPECT_EQ("cancel", cancel(id, false), 0);
	unit_region_free(&unit);
}

TEST(job_is_gone_with_the_device)
{
	u64 id;

	begin();
	unit_resize(&unit, 8 * BLOCK);
	plug(0, 3);
	id = last()->id;
	vhost_mem_config_close(region);
	EXPECT_JOB(last(), GONE, 0, 8, 0, 3);
	EXPECT_EQ("reason", last()->reason, VHOST_MEM_PROGRESS_WORKING);
	EXPECT_EQ("id", last()->id, id);
	vhost_mem_blocks_close(region);
	EXPECT_EQ("plugged", last()->plugged, 3 * BLOCK);
	EXPECT_EQ("cancel", cancel(id, false), -ENOENT);
	vhost_mem_change_system_reset(region);
	EXPECT_EQ("jobs", count(), 1);
	unit_region_free(&unit);
}

TEST(job_ring_keeps_the_last_ones)
{
	u64 first, ids[20];

	begin();
	for (u64 i = 0; i < 20; i++) {
		EXPECT_EQ("set", admin(i + 1, ""), 0);
		ids[i] = last()->id;
		EXPECT("ids grow", !i || ids[i] == ids[i - 1] + 1);
		EXPECT_EQ("jobs", count(),
			  i < VHOST_MEM_JOBS_ENDED ? i + 1 :
			  VHOST_MEM_JOBS_ENDED + 1ULL);
	}
	first = 20 - VHOST_MEM_JOBS_ENDED - 1;
	for (u64 i = 0; i < 20; i++)
		EXPECT_EQ("remembered", !!find(ids[i]), i >= first);
	for (u64 i = first; i < 20; i++)
		EXPECT_EQ("order", nth(i - first)->id, ids[i]);
	EXPECT_EQ("references", current->pid->count, VHOST_MEM_JOBS_ENDED + 1);
	unit_compare(&unit);
	unit_region_free(&unit);
}

/* The last byte of a note is its end. */
TEST(job_note_is_cut)
{
	begin();
	EXPECT_EQ("set", admin(1, "0123456789012345678901234567890"), 0);
	EXPECT_TEXT("note", last()->cause.note,
		    "0123456789012345678901234567890");
	EXPECT_EQ("set", admin(1, "newer"), 0);
	EXPECT_TEXT("note", last()->cause.note, "newer");
	EXPECT_EQ("jobs", count(), 1);
	unit_region_free(&unit);
}

// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fake_jobs.h"
#include "fixture.h"

#define JOBS_MAX	16
#define JOB_BIT(attr)	(1ULL << VHOST_MEM_A_JOB_##attr)
#define RUNNING_ATTRS	(((2ULL << VHOST_MEM_A_JOB_STARTED_AGO) - 2) & ~JOB_BIT(NOTE))
#define ENDED_ATTRS	(RUNNING_ATTRS | JOB_BIT(ENDED_AGO))

static struct job jobs[JOBS_MAX];
static int nr_jobs;
static bool has_jobs;

static const struct job fixture_jobs[] = {
	{
		.present	= ENDED_ATTRS,
		.id		= 12,
		.region		= 1,
		.name		= "vm1",
		.origin		= VHOST_MEM_ORIGIN_VMM,
		.pid		= 1234,
		.comm		= "qemu-system-x86",
		.target		= 2 * GIB,
		.plugged	= 2 * GIB,
		.state		= VHOST_MEM_JOB_STATE_DONE,
		.reason		= VHOST_MEM_PROGRESS_DONE,
		.started_ago	= 3605000,
		.ended_ago	= 3600000,
	}, {
		/* Of a VMM that means no good, and newer than vmemctl. */
		.present	= ENDED_ATTRS | JOB_BIT(NOTE),
		.id		= 13,
		.region		= 4000000000,
		.name		= "\033[2J",
		.origin		= 77,
		.comm		= "a\\b\n",
		.note		= "\033]0;x",
		.state		= 77,
		.reason		= 77,
		.started_ago	= 5000,
		.ended_ago	= 4000,
	}, {
		.present	= RUNNING_ATTRS | JOB_BIT(NOTE),
		.id		= 17,
		.region		= 1,
		.name		= "vm1",
		.origin		= VHOST_MEM_ORIGIN_ADMIN,
		.pid		= 99,
		.comm		= "vmemctl",
		.note		= "for the backup",
		.from		= 1 * GIB,
		.target		= 3 * GIB,
		.plugged_before	= 1 * GIB,
		.plugged	= 2 * GIB,
		.state		= VHOST_MEM_JOB_STATE_RUNNING,
		.reason		= VHOST_MEM_PROGRESS_STALLED,
		.started_ago	= 95000,
	},
};

void fake_jobs_load(struct region *regions, bool some, bool none)
{
	has_jobs = some || none;
	if (!some)
		return;
	for (nr_jobs = 0; nr_jobs < 3; nr_jobs++)
		jobs[nr_jobs] = fixture_jobs[nr_jobs];
	regions[REGION_VM1].present |= ATTR_BIT(JOB);
	regions[REGION_VM1].job = 17;
}

const struct job *fake_job_nth(int n)
{
	return n < nr_jobs ? &jobs[n] : NULL;
}

static struct job *find(uint64_t id)
{
	int i;

	for (i = 0; i < nr_jobs; i++) {
		if (jobs[i].id == id)
			return &jobs[i];
	}
	return NULL;
}

const struct job *fake_job_find(uint64_t id)
{
	return find(id);
}

const struct job *fake_job_last(uint32_t region)
{
	int i;

	for (i = nr_jobs; i--; ) {
		if (jobs[i].region == region)
			return &jobs[i];
	}
	return NULL;
}

struct nl_msg *fake_job_message(const struct job *job)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, VHOST_MEM_CMD_JOB_GET,
				 VHOST_MEM_FAMILY_VERSION))
		abort();
	fixture_put(msg, job, job_attrs, VHOST_MEM_A_JOB_MAX);
	return msg;
}

static void end(struct job *job, uint32_t state)
{
	if (!job || job_has_ended(job))
		return;
	job->state = state;
	job->present |= JOB_BIT(ENDED_AGO);
}

static struct job *current_of(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_JOB) ? find(region->job) : NULL;
}

void fake_job_look(struct region *region)
{
	struct job *job = current_of(region);

	if (!job || job_has_ended(job))
		return;
	job->plugged = region->plugged_size;
	if (region->plugged_size == region->requested_size)
		end(job, VHOST_MEM_JOB_STATE_DONE);
}

void fake_job_set(struct region *region, uint64_t target, uint32_t origin,
		  const char *note)
{
	struct job *job = current_of(region);

	if (!has_jobs || (job && !job_has_ended(job) && job->target == target))
		return;
	end(job, VHOST_MEM_JOB_STATE_SUPERSEDED);
	if (nr_jobs == JOBS_MAX)
		abort();
	job = &jobs[nr_jobs];
	*job = (struct job){
		.present	= RUNNING_ATTRS | (note ? JOB_BIT(NOTE) : 0),
		.id		= nr_jobs ? jobs[nr_jobs - 1].id + 1 : 1,
		.region		= region->id,
		.name		= "vm1",
		.origin		= origin,
		.pid		= 4711,
		.comm		= "somebody",
		.from		= region->requested_size,
		.target		= target,
		.plugged_before	= region->plugged_size,
		.plugged	= region->plugged_size,
		.state		= target == region->plugged_size ?
				  VHOST_MEM_JOB_STATE_DONE : VHOST_MEM_JOB_STATE_WAITING,
	};
	snprintf(job->note, sizeof(job->note), "%s", note ? note : "");
	nr_jobs++;
	region->present |= ATTR_BIT(JOB);
	region->job = job->id;
}

bool fake_job_cancel(struct region *region, uint64_t id, bool revert)
{
	struct job *job = find(id);

	if (job_has_ended(job))
		return false;
	end(job, VHOST_MEM_JOB_STATE_CANCELLED);
	region->requested_size = revert ? job->from : region->plugged_size;
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: each resize of a region, by whom, and what it came to.
 *
 * The requested size is a level, not a queue: a region has at most one job that has
 * not ended, and another requested size supersedes it. While there is a job, its
 * target is the requested size; so it ends, with the lock held, where the requested
 * size changes (vhost_mem_config_request_locked()), where the plugged size becomes the
 * requested size (vhost_mem_config_commit()), or where the region is closed.
 *
 * A VMM can resize its own region as often as it likes, and so push older jobs out of
 * the ring; it costs others nothing.
 */

#include <linux/atomic.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "job.h"
#include "notify.h"
#include "progress.h"
#include "vhost_mem.h"

/* Number of the last job that began. With 64 bits it does not wrap around. */
static atomic64_t vhost_mem_last_job = ATOMIC64_INIT(0);

/**
 * vhost_mem_cause_current() - the current process sets a requested size
 * @cause: Filled in, without a note. Does not outlive the system call.
 * @origin: What kind of party the process is.
 *
 * Context: A process; no spinlock held.
 */
void vhost_mem_cause_current(struct vhost_mem_cause *cause,
			     enum vhost_mem_origin origin)
{
	*cause = (struct vhost_mem_cause) {
		.origin	= origin,
		.pid	= task_tgid(current),
	};
	get_task_comm(cause->comm, current->group_leader);
}

static void job_start_locked(struct vhost_mem_region *region, u64 target,
			     const struct vhost_mem_cause *cause)
{
	struct vhost_mem_job *job = &region->jobs.current_job;

	lockdep_assert_held(&region->config_lock);

	*job = (struct vhost_mem_job) {
		.id		= atomic64_inc_return(&vhost_mem_last_job),
		.cause		= *cause,
		.from		= region->sizes.requested,
		.target		= target,
		.plugged_before	= region->sizes.plugged,
		.state		= VHOST_MEM_JOB_STATE_WAITING,
		.started	= ktime_get(),
	};
	get_pid(job->cause.pid);
}

/**
 * vhost_mem_job_end_locked() - end the job that has not ended, if there is one
 * @region: The region.
 * @state: How it ends.
 *
 * The reason of the job is the progress now. So, but for a job that is done, call it
 * before the region is changed by what ends the job.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_job_end_locked(struct vhost_mem_region *region,
			      enum vhost_mem_job_state state)
{
	struct vhost_mem_jobs *jobs = &region->jobs;
	struct vhost_mem_job *job = &jobs->current_job;
	struct vhost_mem_progress_info info;
	struct vhost_mem_job *ended;

	lockdep_assert_held(&region->config_lock);

	if (!job->id)
		return;
	vhost_mem_progress_get_locked(region, &info);
	job->reason = info.progress;
	job->plugged = region->sizes.plugged;
	job->state = state;
	job->ended = ktime_get();

	ended = &jobs->ended[jobs->nr_ended++ % VHOST_MEM_JOBS_ENDED];
	put_pid(ended->cause.pid);
	*ended = *job;
	job->id = 0;
	job->cause.pid = NULL;
	vhost_mem_notify(region, VHOST_MEM_EVENT_JOB);
}

/**
 * vhost_mem_job_request_locked() - start a job, as a size is about to be requested
 * @region: The region, published. Its requested size is the old one.
 * @target: Bytes that will be requested.
 * @cause: Who requests them. NULL: as much is plugged, and that is no resize but the
 *	end of one.
 *
 * Who requests the target of the job that has not ended joins that job.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_job_request_locked(struct vhost_mem_region *region, u64 target,
				  const struct vhost_mem_cause *cause)
{
	struct vhost_mem_job *job = &region->jobs.current_job;

	lockdep_assert_held(&region->config_lock);

	if (job->id && job->target == target) {
		if (cause && cause->note[0])
			strscpy(job->cause.note, cause->note,
				sizeof(job->cause.note));
		return;
	}
	vhost_mem_job_end_locked(region, VHOST_MEM_JOB_STATE_SUPERSEDED);
	if (cause)
		job_start_locked(region, target, cause);
}

/**
 * vhost_mem_job_reset_locked() - start a job, as the system was reset
 * @region: The region, published. Its blocks are unplugged.
 *
 * A job that has not ended goes on: its target is still requested. If there is none,
 * the next guest is to plug what is requested, which is a job of its own.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_job_reset_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_cause cause = {
		.origin	= VHOST_MEM_ORIGIN_RESET,
		.pid	= region->creator.pid,
	};

	lockdep_assert_held(&region->config_lock);

	if (region->closed || region->jobs.current_job.id ||
	    region->sizes.plugged == region->sizes.requested)
		return;
	strscpy(cause.comm, region->creator.comm, sizeof(cause.comm));
	job_start_locked(region, region->sizes.requested, &cause);
}

/**
 * vhost_mem_job_commit_locked() - note that sizes may have changed
 * @region: The region.
 * @moved: The guest has sent a request, or blocks were plugged or unplugged.
 *
 * Context: region->config_lock held, in the section in which the sizes were changed.
 */
void vhost_mem_job_commit_locked(struct vhost_mem_region *region, bool moved)
{
	struct vhost_mem_job *job = &region->jobs.current_job;

	lockdep_assert_held(&region->config_lock);

	if (!job->id)
		return;
	if (moved)
		job->state = VHOST_MEM_JOB_STATE_RUNNING;
	if (region->sizes.plugged == region->sizes.requested)
		vhost_mem_job_end_locked(region, VHOST_MEM_JOB_STATE_DONE);
}

/**
 * vhost_mem_job_nth_locked() - walk over the jobs of a region, the oldest one first
 * @region: The region.
 * @n: Which one, from 0.
 *
 * Context: region->config_lock held, which keeps the job, and the walk consistent.
 * Return: The job, or NULL if there are no more than @n.
 */
const struct vhost_mem_job *
vhost_mem_job_nth_locked(const struct vhost_mem_region *region, unsigned int n)
{
	const struct vhost_mem_jobs *jobs = &region->jobs;
	u64 oldest = 0;

	lockdep_assert_held(&region->config_lock);

	if (jobs->nr_ended > VHOST_MEM_JOBS_ENDED)
		oldest = jobs->nr_ended - VHOST_MEM_JOBS_ENDED;
	if (n < jobs->nr_ended - oldest)
		return &jobs->ended[(oldest + n) % VHOST_MEM_JOBS_ENDED];
	if (n == jobs->nr_ended - oldest && jobs->current_job.id)
		return &jobs->current_job;
	return NULL;
}

/**
 * vhost_mem_job_find_locked() - find a job of a region by its number
 * @region: The region.
 * @id: The number.
 *
 * Context: region->config_lock held, which keeps the job.
 * Return: The job, or NULL if the region has, or remembers, none of that number.
 */
const struct vhost_mem_job *
vhost_mem_job_find_locked(const struct vhost_mem_region *region, u64 id)
{
	const struct vhost_mem_job *job;
	unsigned int n = 0;

	while ((job = vhost_mem_job_nth_locked(region, n++))) {
		if (job->id == id)
			return job;
	}
	return NULL;
}

/**
 * vhost_mem_job_ended_locked() - the job of a region that has ended last
 * @region: The region.
 *
 * Context: region->config_lock held, which keeps the job.
 * Return: The job, or NULL.
 */
const struct vhost_mem_job *
vhost_mem_job_ended_locked(const struct vhost_mem_region *region)
{
	const struct vhost_mem_jobs *jobs = &region->jobs;

	lockdep_assert_held(&region->config_lock);

	if (!jobs->nr_ended)
		return NULL;
	return &jobs->ended[(jobs->nr_ended - 1) % VHOST_MEM_JOBS_ENDED];
}

/**
 * vhost_mem_job_last_locked() - the job of a region that began last
 * @region: The region.
 *
 * Context: region->config_lock held, which keeps the job.
 * Return: The job that has not ended, else the one that ended last, else NULL.
 */
const struct vhost_mem_job *
vhost_mem_job_last_locked(const struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	if (region->jobs.current_job.id)
		return &region->jobs.current_job;
	return vhost_mem_job_ended_locked(region);
}

/**
 * vhost_mem_job_free() - free what the jobs of a region refer to
 * @region: The region; nobody else refers to it.
 *
 * Context: Any.
 */
void vhost_mem_job_free(struct vhost_mem_region *region)
{
	struct vhost_mem_jobs *jobs = &region->jobs;
	unsigned int i;

	put_pid(jobs->current_job.cause.pid);
	for (i = 0; i < VHOST_MEM_JOBS_ENDED; i++)
		put_pid(jobs->ended[i].cause.pid);
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs: each resize of a region, by whom, and what it came to. */
#ifndef _VHOST_MEM_JOB_H
#define _VHOST_MEM_JOB_H

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <uapi/linux/vhost_mem_netlink.h>

struct pid;
struct vhost_mem_region;

/* Jobs that have ended, and that a region remembers. */
#define VHOST_MEM_JOBS_ENDED	8

/* Bytes of a note, with its NUL; the policy of the netlink attribute has it, too. */
#define VHOST_MEM_JOB_NOTE_MAX	32

/**
 * struct vhost_mem_cause - who sets a requested size
 * @origin: What kind of party.
 * @pid: The process; may be NULL. Borrowed.
 * @comm: Its name.
 * @note: The administrator's note; "" without one.
 */
struct vhost_mem_cause {
	enum vhost_mem_origin origin;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	char note[VHOST_MEM_JOB_NOTE_MAX];
};

/**
 * struct vhost_mem_job - a resize of a region
 * @id: Number, of all regions; 0: there is no such job.
 * @cause: Who has set the requested size. Has a reference to the process.
 * @from: Bytes that were requested before.
 * @target: Bytes that are requested by it.
 * @plugged_before: Bytes that were plugged when it began.
 * @plugged: Bytes that were plugged when it ended; undefined until then.
 * @state: Whether it has begun or ended, and how.
 * @reason: Progress of the resize just before it ended; undefined until then.
 * @started: When it began.
 * @ended: When it ended; undefined until then.
 */
struct vhost_mem_job {
	u64 id;
	struct vhost_mem_cause cause;
	u64 from;
	u64 target;
	u64 plugged_before;
	u64 plugged;
	enum vhost_mem_job_state state;
	enum vhost_mem_progress reason;
	ktime_t started;
	ktime_t ended;
};

/**
 * struct vhost_mem_jobs - the jobs of a region
 * @current_job: The one that has not ended; its id is 0 if there is none. While it is
 *	there, its target is the requested size, and not the plugged size.
 * @ended: A ring of those that have.
 * @nr_ended: Number of jobs that have ended so far; the next one goes to @ended at this,
 *	modulo the size of the ring.
 *
 * Protected by region->config_lock.
 */
struct vhost_mem_jobs {
	struct vhost_mem_job current_job;
	struct vhost_mem_job ended[VHOST_MEM_JOBS_ENDED];
	u64 nr_ended;
};

void vhost_mem_cause_current(struct vhost_mem_cause *cause,
			     enum vhost_mem_origin origin);
void vhost_mem_job_request_locked(struct vhost_mem_region *region, u64 target,
				  const struct vhost_mem_cause *cause);
void vhost_mem_job_reset_locked(struct vhost_mem_region *region);
void vhost_mem_job_commit_locked(struct vhost_mem_region *region, bool moved);
void vhost_mem_job_end_locked(struct vhost_mem_region *region,
			      enum vhost_mem_job_state state);
const struct vhost_mem_job *
vhost_mem_job_find_locked(const struct vhost_mem_region *region, u64 id);
const struct vhost_mem_job *
vhost_mem_job_nth_locked(const struct vhost_mem_region *region, unsigned int n);
const struct vhost_mem_job *
vhost_mem_job_ended_locked(const struct vhost_mem_region *region);
const struct vhost_mem_job *
vhost_mem_job_last_locked(const struct vhost_mem_region *region);
void vhost_mem_job_free(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_JOB_H */

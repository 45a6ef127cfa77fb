// SPDX-License-Identifier: GPL-2.0
/*
 * Changes from outside of the VM: by the administrator or the VMM.
 *
 * Above both config.c and report.c: a new requested size decides pending
 * proposals, and a proposal that is granted changes the requested size.
 */

#include <linux/errno.h>

#include "change.h"
#include "config.h"
#include "geometry.h"
#include "job.h"
#include "pool.h"
#include "progress.h"
#include "registry.h"
#include "report.h"
#include "vhost_mem.h"

/*
 * Set the requested size, which is an event, and decide on a pending proposal
 * again: the administrator grants it by requesting what it proposes, or part of
 * that.
 */
static void change_request_locked(struct vhost_mem_region *region, u64 size,
				  const struct vhost_mem_cause *cause)
{
	u64 old = region->sizes.requested;

	lockdep_assert_held(&region->config_lock);

	vhost_mem_config_request_locked(region, size, cause);
	vhost_mem_report_update_locked(region, old);
}

/* Everything is checked before anything is changed, under one lock. */
static int change_check_locked(const struct vhost_mem_region *region,
			       const struct vhost_mem_change *change)
{
	u32 what = change->what;
	u64 limit = what & VHOST_MEM_CHANGE_LIMIT ? change->limit :
		    region->sizes.limit;
	u64 minimum = what & VHOST_MEM_CHANGE_MINIMUM ? change->minimum :
		      region->sizes.minimum;
	/* A limit below the requested size lowers that, and a minimum above it raises it. */
	u64 requested = what & VHOST_MEM_CHANGE_REQUESTED ? change->requested :
			max(region->sizes.requested, minimum);

	lockdep_assert_held(&region->config_lock);

	if (region->closed)
		return -ESHUTDOWN;
	if (what & VHOST_MEM_CHANGE_EXPECTED &&
	    change->expected != region->sizes.requested)
		return -ESTALE;
	if (what & VHOST_MEM_CHANGE_DENY &&
	    !vhost_mem_report_pending_locked(region))
		return -ENOENT;
	if (what & VHOST_MEM_CHANGE_REQUESTED && requested > limit)
		return -EDQUOT;
	if (requested < minimum || limit < minimum)
		return -EDOM;
	if (region->leaving && requested > region->sizes.requested)
		return -ESHUTDOWN;
	return 0;
}

static int change_pool_locked(struct vhost_mem_region *region,
			      const struct vhost_mem_change *change)
{
	lockdep_assert_held(&region->config_lock);

	if (!change->pool && !(change->what & VHOST_MEM_CHANGE_RESERVED))
		return 0;
	return vhost_mem_pool_set_locked(region,
					 change->pool ?: region->share.pool,
					 change->what & VHOST_MEM_CHANGE_RESERVED ?
					 change->reserved : region->share.reserved);
}

/* One event is enough: its message has the whole region. */
static void change_sizes_locked(struct vhost_mem_region *region,
				const struct vhost_mem_change *change)
{
	struct vhost_mem_sizes *sizes = &region->sizes;

	lockdep_assert_held(&region->config_lock);

	if (change->what & VHOST_MEM_CHANGE_LIMIT)
		sizes->limit = change->limit;
	if (change->what & VHOST_MEM_CHANGE_MINIMUM)
		sizes->minimum = change->minimum;
	if (change->what & VHOST_MEM_CHANGE_REQUESTED)
		change_request_locked(region, change->requested,
				      &change->cause);
	else if (sizes->requested > sizes->limit)
		change_request_locked(region, sizes->limit, &change->cause);
	else if (sizes->requested < sizes->minimum)
		change_request_locked(region, sizes->minimum, &change->cause);
	else if (change->what & (VHOST_MEM_CHANGE_LIMIT |
				 VHOST_MEM_CHANGE_MINIMUM |
				 VHOST_MEM_CHANGE_RESERVED) || change->pool)
		vhost_mem_notify(region, VHOST_MEM_EVENT_RESIZED);
	else if (change->what & (VHOST_MEM_CHANGE_POLICY |
				 VHOST_MEM_CHANGE_DENY))
		vhost_mem_notify(region, VHOST_MEM_EVENT_PROPOSAL);
}

/* What is left to do of a change that was checked. It cannot fail. */
static void change_commit_locked(struct vhost_mem_region *region,
				 const struct vhost_mem_change *change)
{
	lockdep_assert_held(&region->config_lock);

	if (change->what & VHOST_MEM_CHANGE_DENY)
		vhost_mem_report_deny_locked(region);
	if (change->what & VHOST_MEM_CHANGE_POLICY)
		vhost_mem_report_set_policy_locked(region, &change->policy);
	/* Nobody waits for that, so it is no event. */
	if (change->what & VHOST_MEM_CHANGE_RULES)
		region->rules = change->rules;
	change_sizes_locked(region, change);
}

/**
 * vhost_mem_change_apply() - change what is set from outside of the VM
 * @region: The region.
 * @change: What to change, and who does it; either all of it is changed or nothing.
 *
 * The usable region grows with the requested size and never shrinks here. The
 * guest is notified even if the requested size stays the same, so that a driver
 * which had given up tries again. A lower limit lowers the requested size, and a higher
 * minimum raises it.
 *
 * Context: Any but interrupts; the registry is locked, except to change the requested
 * size only. Takes region->config_lock.
 * Return: 0; -EDQUOT if the size exceeds the limit; -EDOM if the size or the limit is
 * below the minimum; -ENOBUFS if the pool has no room for what the region would be
 * charged; -ESTALE if the requested
 * size is not the expected one; -ENOENT if there is no pending proposal to deny;
 * -ESHUTDOWN if the device is closed, or is being removed and the size is larger
 * than before.
 */
int vhost_mem_change_apply(struct vhost_mem_region *region,
			   struct vhost_mem_change *change)
{
	int ret;

	spin_lock(&region->config_lock);
	ret = change_check_locked(region, change);
	if (ret == -ESTALE)
		change->found = region->sizes.requested;
	if (!ret)
		ret = change_pool_locked(region, change);
	if (!ret)
		change_commit_locked(region, change);
	spin_unlock(&region->config_lock);
	return ret;
}

/**
 * vhost_mem_change_apply_many() - change several regions, all of them or none
 * @members: The regions, none of them twice, and what to change of each: neither the
 *	pool nor the reserved size, for which a check and the change are one step.
 * @nr: Number of them, at most VHOST_MEM_GROUP_MAX: as many spinlocks are held at once.
 * @failed: Set to the one that was refused, in case of an error.
 *
 * All regions are locked from before the first check until after the last change. So
 * whoever has seen one as it is after that, sees none as it was before.
 *
 * This does not deadlock, in whatever order the regions are: who has the registry locked
 * is the only one who ever holds more than one config_lock, and who holds one waits for
 * no other.
 *
 * Context: The registry is locked. Takes each region's config_lock.
 * Return: 0 or as vhost_mem_change_apply(). Then nothing has changed.
 */
int vhost_mem_change_apply_many(struct vhost_mem_member *members,
				unsigned int nr, unsigned int *failed)
{
	unsigned int i;
	int ret = 0;

	vhost_mem_registry_assert_locked();

	for (i = 0; i < nr; i++)
		vhost_mem_registry_lock_config(members[i].region);
	for (i = 0; i < nr && !ret; i++) {
		ret = change_check_locked(members[i].region, &members[i].change);
		if (ret == -ESTALE)
			members[i].change.found = members[i].region->sizes.requested;
		*failed = i;
	}
	for (i = 0; i < nr && !ret; i++)
		change_commit_locked(members[i].region, &members[i].change);
	for (i = nr; i--; )
		vhost_mem_registry_unlock_config(members[i].region);
	return ret;
}

/**
 * vhost_mem_change_requested() - change the requested size only, for the VMM
 * @region: The region.
 * @size: Bytes.
 *
 * Context: The VMM's process. Takes region->config_lock.
 * Return: 0, -EINVAL, -ERANGE, or as vhost_mem_change_apply().
 */
int vhost_mem_change_requested(struct vhost_mem_region *region, u64 size)
{
	struct vhost_mem_change change = {
		.what		= VHOST_MEM_CHANGE_REQUESTED,
		.requested	= size,
	};
	int ret;

	vhost_mem_cause_current(&change.cause, VHOST_MEM_ORIGIN_VMM);
	ret = vhost_mem_geometry_check_requested(size, region->size,
						 region->block_size);
	return ret ?: vhost_mem_change_apply(region, &change);
}

/**
 * vhost_mem_change_cancel() - end a job by requesting another size
 * @region: The region.
 * @id: Number of the job.
 * @revert: Request what was requested before the job, which starts another job unless
 *	as much is plugged. Otherwise request what is plugged, so that nothing that was
 *	given up comes true later.
 * @cause: Who does it.
 *
 * A request of the guest that was checked before this, and is committed after it, may
 * still change what is plugged; the guest then corrects that, as for any other requested
 * size. To wait for it would mean to wait for the guest's memory to be allocated.
 *
 * Context: Any but interrupts. Takes region->config_lock.
 * Return: 0; -ENOENT if the region has no such job that has not ended; -EDQUOT if the
 * size exceeds the limit, -EDOM if it is below the minimum; -ESHUTDOWN if the device is
 * being removed and the size is larger than what is requested. Then nothing has changed.
 */
int vhost_mem_change_cancel(struct vhost_mem_region *region, u64 id,
			    bool revert, const struct vhost_mem_cause *cause)
{
	const struct vhost_mem_job *job = &region->jobs.current_job;
	struct vhost_mem_change change = {
		.what = VHOST_MEM_CHANGE_REQUESTED,
	};
	int ret = -ENOENT;

	spin_lock(&region->config_lock);
	/* A closed region has none. */
	if (!id || job->id != id)
		goto unlock;
	change.requested = revert ? job->from : region->sizes.plugged;
	ret = change_check_locked(region, &change);
	if (ret)
		goto unlock;
	vhost_mem_job_end_locked(region, VHOST_MEM_JOB_STATE_CANCELLED);
	change_request_locked(region, change.requested,
			      change.requested == region->sizes.plugged ?
			      NULL : cause);
unlock:
	spin_unlock(&region->config_lock);
	return ret;
}

/**
 * vhost_mem_change_system_reset() - forget what is known of the guest
 * @region: The region, published.
 *
 * After a reset of the system another guest may start, or none.
 *
 * Context: Any but interrupts. Takes region->config_lock.
 */
void vhost_mem_change_system_reset(struct vhost_mem_region *region)
{
	spin_lock(&region->config_lock);
	if (region->state != VHOST_MEM_STATE_RUNNING)
		vhost_mem_progress_driver_seen_locked(region, false);
	vhost_mem_progress_request_locked(region);
	vhost_mem_report_forget_locked(region);
	vhost_mem_job_reset_locked(region);
	spin_unlock(&region->config_lock);
}

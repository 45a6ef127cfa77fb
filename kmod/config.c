// SPDX-License-Identifier: GPL-2.0
/*
 * Configuration: what the guest reads in the device's configuration space, and
 * who is told when it changes.
 *
 * Virtio specification: "Memory Device", "Device configuration layout". The
 * kernel is its only author: the VMM reads it from here for every access of
 * the guest, so it never contradicts a response that the guest has seen.
 */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/virtio_mem.h>

#include "config.h"
#include "geometry.h"
#include "job.h"
#include "pool.h"
#include "response.h"
#include "trace.h"
#include "vhost_mem.h"

/*
 * No event tells that a page is no longer pinned, so the guest has to retry. Left
 * alone, Linux does so after 50 s, and then less and less often.
 */
#define VHOST_MEM_RETRY_DELAY	HZ

static void config_changed_locked(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	/* Only queues work: eventfd_signal() runs foreign code, so not under this lock. */
	if (!region->closed)
		vhost_mem_call_signal(&region->config_call);
}

/**
 * vhost_mem_config_features() - feature bits of the memory device
 * @region: The region.
 *
 * Context: Any.
 * Return: The bits VIRTIO_MEM_F_* that this region offers.
 */
u64 vhost_mem_config_features(const struct vhost_mem_region *region)
{
	/* The state of blocks outlasts the device resets of a suspend. */
	u64 features = BIT_ULL(VIRTIO_MEM_F_PERSISTENT_SUSPEND) |
		       BIT_ULL(VHOST_MEM_F_GUEST_REPORT);

	if (region->traits.flags & VHOST_MEM_CREATE_NODE)
		features |= BIT_ULL(VIRTIO_MEM_F_ACPI_PXM);
	if (!(region->traits.flags & VHOST_MEM_CREATE_READABLE))
		features |= BIT_ULL(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
	return features;
}

/**
 * vhost_mem_config_get() - read the configuration space
 * @region: The region.
 * @config: Filled in, little endian.
 * @generation: Filled in.
 *
 * Context: Any but interrupts. Takes region->config_lock.
 */
void vhost_mem_config_get(struct vhost_mem_region *region,
			  struct virtio_mem_config *config, u64 *generation)
{
	*config = (struct virtio_mem_config) {
		.block_size	= cpu_to_le64(region->block_size),
		.node_id	= cpu_to_le16(region->traits.node_id),
		.region_size	= cpu_to_le64(region->size),
	};

	spin_lock(&region->config_lock);
	config->addr = cpu_to_le64(region->sizes.addr);
	config->usable_region_size = cpu_to_le64(region->sizes.usable);
	config->plugged_size = cpu_to_le64(region->sizes.plugged);
	config->requested_size = cpu_to_le64(region->sizes.requested);
	*generation = region->sizes.generation;
	vhost_mem_progress_read_locked(region);
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_config_set_addr() - set the guest address of the region
 * @region: The region. Not running.
 * @addr: Guest physical address.
 *
 * Context: May sleep. Takes region->blocks_lock, so that no range is checked
 * against one address and used with another.
 * Return: 0, -EINVAL or -ERANGE; -EBUSY while blocks are plugged.
 */
int vhost_mem_config_set_addr(struct vhost_mem_region *region, u64 addr)
{
	int ret;

	ret = vhost_mem_geometry_check_addr(addr, region->size,
					    region->block_size);
	if (ret)
		return ret;

	mutex_lock(&region->blocks_lock);
	spin_lock(&region->config_lock);
	if (region->sizes.plugged && region->sizes.addr != addr) {
		ret = -EBUSY;
	} else {
		region->sizes.addr = addr;
		region->sizes.addr_valid = true;
	}
	spin_unlock(&region->config_lock);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_config_request_locked() - set the requested size
 * @region: The region, published.
 * @size: Bytes; checked against the geometry and the limit.
 * @cause: Who sets it, for the job; NULL if as much is plugged and there is to be none.
 *
 * The one place where the requested size changes.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_config_request_locked(struct vhost_mem_region *region, u64 size,
				     const struct vhost_mem_cause *cause)
{
	u64 usable = vhost_mem_geometry_usable(size, region->size,
					       region->block_size);
	u64 old = region->sizes.requested;

	lockdep_assert_held(&region->config_lock);

	vhost_mem_job_request_locked(region, size, cause);
	region->sizes.requested = size;
	region->sizes.usable = max(region->sizes.usable, usable);
	vhost_mem_pool_requested_locked(region);
	region->sizes.generation++;
	vhost_mem_progress_request_locked(region);
	vhost_mem_progress_unread_locked(region);
	/* It may be plugged already. */
	vhost_mem_job_commit_locked(region, false);
	trace_vhost_mem_resize(region, old);
	config_changed_locked(region);
	vhost_mem_notify(region, VHOST_MEM_EVENT_RESIZED);
}

/**
 * vhost_mem_config_set_usable() - enlarge the usable region
 * @region: The region.
 * @size: Bytes; no change if the usable region is at least that large.
 *
 * For the target of a migration, whose guest has seen the source's usable
 * region, which may be larger than the requested size needs.
 *
 * Context: Takes region->config_lock.
 * Return: 0, -EINVAL or -ERANGE.
 */
int vhost_mem_config_set_usable(struct vhost_mem_region *region, u64 size)
{
	int ret;

	ret = vhost_mem_geometry_check_requested(size, region->size,
						 region->block_size);
	if (ret)
		return ret;

	spin_lock(&region->config_lock);
	if (size > region->sizes.usable) {
		region->sizes.usable = size;
		config_changed_locked(region);
	}
	spin_unlock(&region->config_lock);
	return 0;
}

/**
 * vhost_mem_config_violation() - account an access that was refused
 * @region: The region; it need not be published any more.
 * @offset: Where, in bytes from the start of the region.
 * @access: Kind of access.
 *
 * Context: A fault; may sleep. Takes region->config_lock.
 */
void vhost_mem_config_violation(struct vhost_mem_region *region, u64 offset,
				enum vhost_mem_access access)
{
	spin_lock(&region->config_lock);
	region->violations.count++;
	region->violations.offset = offset;
	region->violations.access = access;
	trace_vhost_mem_refused(region);
	if (!region->closed)
		vhost_mem_notify(region, VHOST_MEM_EVENT_VIOLATION);
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_config_close() - end the configuration of a region whose VMM is gone
 * @region: The region. Nobody serves requests.
 *
 * Its work items are idle afterwards, and stay so although it may still be
 * mapped, and so accessed. No size can be requested any more.
 *
 * Context: May sleep. Takes region->config_lock.
 */
void vhost_mem_config_close(struct vhost_mem_region *region)
{
	spin_lock(&region->config_lock);
	vhost_mem_job_end_locked(region, VHOST_MEM_JOB_STATE_GONE);
	region->closed = true;
	region->state = VHOST_MEM_STATE_ENDED;
	vhost_mem_pool_close_locked(region);
	spin_unlock(&region->config_lock);

	cancel_delayed_work_sync(&region->works.stalled);
	cancel_delayed_work_sync(&region->works.retry);
	cancel_work_sync(&region->share.wake);
	cancel_delayed_work_sync(&region->share.lapse);
	cancel_delayed_work_sync(&region->share.unhold);
	cancel_delayed_work_sync(&region->works.expire);
	vhost_mem_call_close(&region->config_call);
	vhost_mem_call_close(&region->asked.call);
}

/**
 * vhost_mem_config_set_call() - set the eventfd that is signalled on changes
 * @region: The region.
 * @call: An eventfd, whose reference is passed to the region; or NULL.
 *
 * Context: May sleep.
 */
void vhost_mem_config_set_call(struct vhost_mem_region *region,
			       struct eventfd_ctx *call)
{
	vhost_mem_call_set(&region->config_call, call);
}

/**
 * vhost_mem_config_set_state() - set the state of the request virtqueue
 * @region: The region, published.
 * @state: The state.
 *
 * Context: Any but interrupts. Takes region->config_lock.
 */
void vhost_mem_config_set_state(struct vhost_mem_region *region,
				enum vhost_mem_state state)
{
	spin_lock(&region->config_lock);
	if (state == VHOST_MEM_STATE_RUNNING)
		vhost_mem_progress_driver_seen_locked(region, true);
	if (region->state != state) {
		region->state = state;
		if (state != VHOST_MEM_STATE_RUNNING)
			vhost_mem_pool_withdraw_locked(region);
		if (state == VHOST_MEM_STATE_ORPHANED)
			vhost_mem_pool_unhold_locked(region);
		/* What kept the guest from reacting may be over. */
		vhost_mem_progress_able_locked(region);
		vhost_mem_notify(region, VHOST_MEM_EVENT_PLUGGED);
	}
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_config_retry() - notify the guest to retry what was answered BUSY
 * @region: The region.
 *
 * Drivers retry on any configuration change notification, and the specification allows
 * to send one without a change.
 *
 * Context: Any but interrupts. Takes region->config_lock.
 */
void vhost_mem_config_retry(struct vhost_mem_region *region)
{
	spin_lock(&region->config_lock);
	region->sizes.generation++;
	config_changed_locked(region);
	vhost_mem_progress_able_locked(region);
	spin_unlock(&region->config_lock);
}

/* Returns whether listeners should learn of it. */
static bool config_account_locked(struct vhost_mem_region *region,
				  const struct vhost_mem_outcome *outcome)
{
	bool news = outcome->plugged || outcome->limbo;
	u64 usable;

	lockdep_assert_held(&region->config_lock);

	if (outcome->hold)
		vhost_mem_pool_hold_locked(region);
	region->sizes.limbo += outcome->limbo;
	if (outcome->unplugged_all) {
		/* The only time when the usable region may shrink. */
		usable = vhost_mem_geometry_usable(region->sizes.requested,
						   region->size,
						   region->block_size);
		/* Closing a region that was never used is an event of its own, not this one. */
		news |= region->sizes.plugged || region->sizes.usable != usable;
		region->sizes.plugged = 0;
		region->sizes.asked = 0;
		region->sizes.usable = usable;
	} else {
		region->sizes.plugged += outcome->plugged;
		region->sizes.asked += outcome->asked;
	}
	vhost_mem_pool_account_locked(region);
	if (outcome->plugged || outcome->unplugged_all)
		config_changed_locked(region);
	return news;
}

static bool config_respond_locked(struct vhost_mem_region *region, int error)
{
	lockdep_assert_held(&region->config_lock);

	/* Who waits for memory of the pool is woken when it is there. */
	if (vhost_mem_response_type(error) == VIRTIO_MEM_RESP_BUSY &&
	    !vhost_mem_pool_ticket_locked(region))
		schedule_delayed_work(&region->works.retry,
				      VHOST_MEM_RETRY_DELAY);
	return vhost_mem_progress_respond_locked(region, error);
}

/**
 * vhost_mem_config_commit() - account a change of blocks, and note the response
 * @region: The region, published.
 * @outcome: What was changed, and for whom.
 *
 * All of it is one section of region->config_lock, so nobody sees the sizes of a
 * request without its response, and a request causes at most one event. A response
 * of BUSY has the guest notified to retry after VHOST_MEM_RETRY_DELAY, or when there is
 * room in the pool.
 *
 * Context: region->blocks_lock held since what is accounted was checked. Takes
 * region->config_lock.
 */
void vhost_mem_config_commit(struct vhost_mem_region *region,
			     const struct vhost_mem_outcome *outcome)
{
	bool news;

	lockdep_assert_held(&region->blocks_lock);

	spin_lock(&region->config_lock);
	news = config_account_locked(region, outcome);
	if (outcome->request)
		news |= config_respond_locked(region, outcome->error);
	vhost_mem_job_commit_locked(region, outcome->request ||
				    outcome->unplugged_all || outcome->plugged);
	if (news)
		vhost_mem_notify(region, VHOST_MEM_EVENT_PLUGGED);
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_config_set_leaving() - set whether the device is being removed
 * @region: The region.
 * @leaving: While true, no larger size can be requested.
 *
 * Context: Takes region->config_lock.
 * Return: 0; -ESHUTDOWN if the device is closed.
 */
int vhost_mem_config_set_leaving(struct vhost_mem_region *region, bool leaving)
{
	int ret = -ESHUTDOWN;

	spin_lock(&region->config_lock);
	if (!region->closed) {
		region->leaving = leaving;
		vhost_mem_notify(region, VHOST_MEM_EVENT_PLUGGED);
		ret = 0;
	}
	spin_unlock(&region->config_lock);
	return ret;
}

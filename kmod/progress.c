// SPDX-License-Identifier: GPL-2.0
/*
 * Progress: why does the guest not have the memory that was requested?
 *
 * Derived only from what the host observes: whether a driver is being served,
 * which requests have arrived since the size was requested, how they were
 * answered, and how long ago. Nothing the guest reports is used; at worst it
 * pretends to make progress, by sending requests that are served like any other.
 */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/virtio_mem.h>

#include "pool.h"
#include "progress.h"
#include "response.h"
#include "vhost_mem.h"

/*
 * A guest that makes progress sends requests far more often, even if it has to migrate
 * pages first; Linux retries after 5 s what has failed.
 */
#define VHOST_MEM_STALLED_MS	10000

/* Have it checked after VHOST_MEM_STALLED_MS whether the guest has gone quiet. */
static void progress_watch_locked(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	if (region->closed)
		return;
	schedule_delayed_work(&region->works.stalled,
			      msecs_to_jiffies(VHOST_MEM_STALLED_MS));
}

/**
 * vhost_mem_progress_init() - start the clock of a new region
 * @region: The region, not published yet.
 *
 * Context: Any. No lock, as nobody else knows the region.
 */
void vhost_mem_progress_init(struct vhost_mem_region *region)
{
	struct vhost_mem_progress_state *state = &region->progress;

	state->requested_at = ktime_get();
	state->able_at = state->requested_at;
}

/**
 * vhost_mem_progress_request_locked() - note that a size was requested just now
 * @region: The region, published.
 *
 * Forgets earlier responses, and restarts the time after which the guest counts as
 * stalled.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_progress_request_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_progress_state *state = &region->progress;

	lockdep_assert_held(&region->config_lock);

	state->requested_at = ktime_get();
	state->able_at = state->requested_at;
	state->responded = false;
	progress_watch_locked(region);
}

/**
 * vhost_mem_progress_unread_locked() - note that the VMM has yet to read the size
 * @region: The region.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_progress_unread_locked(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	region->progress.unread = true;
}

/**
 * vhost_mem_progress_able_locked() - note that an obstacle for the guest may be gone
 * @region: The region.
 *
 * Restarts the time after which the guest counts as stalled: it could not have
 * reacted before.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_progress_able_locked(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	region->progress.able_at = ktime_get();
	if (region->sizes.plugged != region->sizes.requested)
		progress_watch_locked(region);
}

/**
 * vhost_mem_progress_read_locked() - note that the VMM has read the configuration space
 * @region: The region.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_progress_read_locked(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	if (!region->progress.unread)
		return;
	region->progress.unread = false;
	vhost_mem_progress_able_locked(region);
}

/**
 * vhost_mem_progress_driver_seen_locked() - note whether a driver has started
 * @region: The region.
 * @seen: True when the request virtqueue starts, false when the system was
 *	reset, after which no driver of the new guest has been seen yet.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_progress_driver_seen_locked(struct vhost_mem_region *region,
					   bool seen)
{
	lockdep_assert_held(&region->config_lock);

	region->progress.driver_seen = seen;
}

static enum vhost_mem_progress progress_of_error(int error)
{
	switch (vhost_mem_response_type(error)) {
	case VIRTIO_MEM_RESP_ACK:
		return VHOST_MEM_PROGRESS_WORKING;
	case VIRTIO_MEM_RESP_NACK:
		return VHOST_MEM_PROGRESS_REFUSED;
	case VIRTIO_MEM_RESP_ERROR:
		return VHOST_MEM_PROGRESS_ERROR;
	}
	/* All of these are BUSY for the guest; the administrator learns the reason. */
	switch (error) {
	case -EAGAIN:
		return VHOST_MEM_PROGRESS_FROZEN;
	case -EBUSY:
		return VHOST_MEM_PROGRESS_PINNED;
	case -ENOBUFS:
		return VHOST_MEM_PROGRESS_POOL_FULL;
	case -ENOSR:
		return VHOST_MEM_PROGRESS_NO_HUGE_PAGES;
	case -EREMOTEIO:
		return VHOST_MEM_PROGRESS_UNCONFIRMED;
	case -ECANCELED:
	case -EINTR:
		/* Transient: somebody is stopping or configuring the device. */
		return VHOST_MEM_PROGRESS_WORKING;
	default:
		return VHOST_MEM_PROGRESS_NO_MEMORY;
	}
}

/**
 * vhost_mem_progress_respond_locked() - note how a request was answered
 * @region: The region, published.
 * @error: 0 or the negative errno that became the response.
 *
 * Context: region->config_lock held.
 * Return: Whether listeners should learn of it.
 */
bool vhost_mem_progress_respond_locked(struct vhost_mem_region *region,
				       int error)
{
	enum vhost_mem_progress response = progress_of_error(error);
	struct vhost_mem_progress_state *state = &region->progress;
	bool news;

	lockdep_assert_held(&region->config_lock);

	news = response != VHOST_MEM_PROGRESS_WORKING &&
	       (!state->responded || state->response != response);
	state->response = response;
	state->responded = true;
	state->responded_at = ktime_get();
	if (region->sizes.plugged != region->sizes.requested)
		progress_watch_locked(region);
	return news;
}

/* What the last response means by now, of a guest whose driver is served. */
static enum vhost_mem_progress progress_of_response_locked(const struct vhost_mem_region *region,
							   bool quiet)
{
	const struct vhost_mem_progress_state *state = &region->progress;

	lockdep_assert_held(&region->config_lock);

	if (state->response == VHOST_MEM_PROGRESS_WORKING)
		return quiet ? VHOST_MEM_PROGRESS_STALLED : state->response;
	if (state->response != VHOST_MEM_PROGRESS_POOL_FULL)
		return state->response;
	switch (vhost_mem_pool_ticket_locked(region)) {
	case VHOST_MEM_TICKET_HOPELESS:
		return VHOST_MEM_PROGRESS_POOL_TOO_SMALL;
	case VHOST_MEM_TICKET_NONE:
		/* It was told that it can try again, and has not. */
		return quiet ? VHOST_MEM_PROGRESS_STALLED : state->response;
	default:
		return state->response;
	}
}

/**
 * vhost_mem_progress_get_locked() - get the progress of the resize
 * @region: The region.
 * @info: Filled in.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_progress_get_locked(const struct vhost_mem_region *region,
				   struct vhost_mem_progress_info *info)
{
	const struct vhost_mem_progress_state *state = &region->progress;
	ktime_t now = ktime_get();
	ktime_t quiet_since;
	bool quiet;

	lockdep_assert_held(&region->config_lock);

	info->requested_ms = ktime_ms_delta(now, state->requested_at);
	info->responded = state->responded;
	info->responded_ms = ktime_ms_delta(now, state->responded_at);
	/* Quiet since it last could have reacted, or last sent a request. */
	quiet_since = state->able_at;
	if (state->responded && ktime_after(state->responded_at, quiet_since))
		quiet_since = state->responded_at;
	quiet = ktime_ms_delta(now, quiet_since) >= VHOST_MEM_STALLED_MS;

	if (region->sizes.plugged == region->sizes.requested)
		info->progress = VHOST_MEM_PROGRESS_DONE;
	else if (region->state == VHOST_MEM_STATE_BROKEN)
		info->progress = VHOST_MEM_PROGRESS_BROKEN;
	else if (region->state == VHOST_MEM_STATE_ORPHANED ||
		 region->state == VHOST_MEM_STATE_ENDED)
		info->progress = VHOST_MEM_PROGRESS_STOPPED;
	else if (region->state == VHOST_MEM_STATE_STOPPED)
		info->progress = state->driver_seen ?
				 VHOST_MEM_PROGRESS_STOPPED :
				 VHOST_MEM_PROGRESS_NO_DRIVER;
	else if (READ_ONCE(region->frozen))
		info->progress = VHOST_MEM_PROGRESS_FROZEN;
	else if (quiet && vhost_mem_asked_is_open(region))
		info->progress = VHOST_MEM_PROGRESS_UNCONFIRMED;
	else if (!state->responded && !quiet)
		info->progress = VHOST_MEM_PROGRESS_PENDING;
	else if (!state->responded)
		info->progress = state->unread ?
				 VHOST_MEM_PROGRESS_VMM_SILENT :
				 VHOST_MEM_PROGRESS_SILENT;
	else
		info->progress = progress_of_response_locked(region, quiet);
}

/**
 * vhost_mem_progress_check_stalled() - check whether the guest has gone quiet
 * @region: The region, published.
 *
 * If it has, notify listeners. If it still may, have it checked again later.
 *
 * Context: The work item works.stalled. Takes region->config_lock.
 */
void vhost_mem_progress_check_stalled(struct vhost_mem_region *region)
{
	struct vhost_mem_progress_info info;

	spin_lock(&region->config_lock);
	vhost_mem_progress_get_locked(region, &info);
	switch (info.progress) {
	case VHOST_MEM_PROGRESS_PENDING:
	case VHOST_MEM_PROGRESS_WORKING:
		progress_watch_locked(region);
		break;
	case VHOST_MEM_PROGRESS_SILENT:
	case VHOST_MEM_PROGRESS_VMM_SILENT:
	case VHOST_MEM_PROGRESS_STALLED:
	case VHOST_MEM_PROGRESS_UNCONFIRMED:
		vhost_mem_notify(region, VHOST_MEM_EVENT_STALLED);
		break;
	default:
		break;
	}
	spin_unlock(&region->config_lock);
}

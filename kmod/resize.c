// SPDX-License-Identifier: GPL-2.0
/*
 * Resize: why does the guest not have the memory that it was asked to have?
 *
 * Told from what the host sees alone: whether a driver is served, which requests
 * came since the guest was asked, how they were answered, and how long ago that
 * was. The guest is not believed anything; it can only pretend to be at work, by
 * requests that are served.
 */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "request.h"
#include "vhost_mem.h"

/*
 * A guest that is at work sends a request much more often than that, also when it
 * has to move pages away; Linux tries again after 5 s what did not work.
 */
#define VHOST_MEM_STALLED_MS	10000

static void resize_watch(struct vhost_mem_region *region)
{
	schedule_delayed_work(&region->stalled_work,
			      msecs_to_jiffies(VHOST_MEM_STALLED_MS));
}

/**
 * vhost_mem_resize_ask() - the guest is asked for another size from now on
 * @region: The region, published.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_resize_ask(struct vhost_mem_region *region)
{
	struct vhost_mem_resize *resize = &region->resize;

	lockdep_assert_held(&region->config_lock);

	resize->asked = ktime_get();
	resize->heard = false;
	resize_watch(region);
}

/**
 * vhost_mem_resize_served() - the request virtqueue is served, or a new guest
 *	is to come
 * @region: The region.
 * @served: Which of both.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_resize_served(struct vhost_mem_region *region, bool served)
{
	lockdep_assert_held(&region->config_lock);

	region->resize.served = served;
}

static enum vhost_mem_progress resize_meaning(int error)
{
	switch (vhost_mem_answer_type(error)) {
	case VIRTIO_MEM_RESP_ACK:
		return VHOST_MEM_PROGRESS_WORKING;
	case VIRTIO_MEM_RESP_NACK:
		return VHOST_MEM_PROGRESS_REFUSED;
	case VIRTIO_MEM_RESP_ERROR:
		return VHOST_MEM_PROGRESS_ERROR;
	}
	/* The guest is told BUSY, the administrator why. */
	switch (error) {
	case -EAGAIN:
		return VHOST_MEM_PROGRESS_FROZEN;
	case -EBUSY:
		return VHOST_MEM_PROGRESS_PINNED;
	case -ECANCELED:
		/* Not for long: the device is being stopped, or set up. */
		return VHOST_MEM_PROGRESS_WORKING;
	default:
		return VHOST_MEM_PROGRESS_NO_MEMORY;
	}
}

/**
 * vhost_mem_resize_answered() - note what a request was answered
 * @region: The region, published.
 * @error: 0 or the negative errno that became the answer.
 *
 * Context: May sleep. Takes region->config_lock.
 * Return: Whether that is news for those who watch the region.
 */
bool vhost_mem_resize_answered(struct vhost_mem_region *region, int error)
{
	enum vhost_mem_progress meaning = resize_meaning(error);
	struct vhost_mem_resize *resize = &region->resize;
	bool news;

	spin_lock(&region->config_lock);
	news = meaning != VHOST_MEM_PROGRESS_WORKING &&
	       (!resize->heard || resize->answer != meaning);
	resize->answer = meaning;
	resize->heard = true;
	resize->request = ktime_get();
	if (region->plugged_size != region->requested_size)
		resize_watch(region);
	spin_unlock(&region->config_lock);
	return news;
}

/**
 * vhost_mem_resize_get() - how far is it, and why no further?
 * @region: The region.
 * @state: Filled in.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_resize_get(const struct vhost_mem_region *region,
			  struct vhost_mem_resize_state *state)
{
	const struct vhost_mem_resize *resize = &region->resize;
	ktime_t now = ktime_get();
	bool quiet;

	lockdep_assert_held(&region->config_lock);

	state->asked_ms = ktime_ms_delta(now, resize->asked);
	state->heard = resize->heard;
	state->request_ms = ktime_ms_delta(now, resize->request);
	quiet = (resize->heard ? state->request_ms : state->asked_ms) >=
		VHOST_MEM_STALLED_MS;

	if (region->plugged_size == region->requested_size)
		state->progress = VHOST_MEM_PROGRESS_DONE;
	else if (region->state == VHOST_MEM_STATE_BROKEN)
		state->progress = VHOST_MEM_PROGRESS_BROKEN;
	else if (region->state == VHOST_MEM_STATE_STOPPED)
		state->progress = resize->served ?
				  VHOST_MEM_PROGRESS_STOPPED :
				  VHOST_MEM_PROGRESS_NO_DRIVER;
	else if (READ_ONCE(region->frozen))
		state->progress = VHOST_MEM_PROGRESS_FROZEN;
	else if (!resize->heard)
		state->progress = quiet ? VHOST_MEM_PROGRESS_SILENT :
					  VHOST_MEM_PROGRESS_PENDING;
	else if (resize->answer == VHOST_MEM_PROGRESS_WORKING && quiet)
		state->progress = VHOST_MEM_PROGRESS_STALLED;
	else
		state->progress = resize->answer;
}

/**
 * vhost_mem_resize_is_stalled() - look whether the guest has gone quiet
 * @region: The region, published.
 *
 * Where it may go quiet yet, another look is taken later.
 *
 * Context: A work item. Takes region->config_lock.
 * Return: Whether it has.
 */
bool vhost_mem_resize_is_stalled(struct vhost_mem_region *region)
{
	struct vhost_mem_resize_state state;

	spin_lock(&region->config_lock);
	vhost_mem_resize_get(region, &state);
	if (!region->closed && (state.progress == VHOST_MEM_PROGRESS_PENDING ||
				state.progress == VHOST_MEM_PROGRESS_WORKING))
		resize_watch(region);
	spin_unlock(&region->config_lock);
	return state.progress == VHOST_MEM_PROGRESS_SILENT ||
	       state.progress == VHOST_MEM_PROGRESS_STALLED;
}

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
#include <linux/virtio_mem.h>

#include "response.h"
#include "vhost_mem.h"

/*
 * A guest that is at work sends a request much more often than that, also when it
 * has to move pages away; Linux tries again after 5 s what did not work.
 */
#define VHOST_MEM_STALLED_MS	10000

/* Look, in a while, whether the guest has gone quiet. */
static void resize_watch(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	if (region->closed)
		return;
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
	resize->able = resize->asked;
	resize->heard = false;
	resize_watch(region);
}

/**
 * vhost_mem_resize_unread() - the VMM has to be told of another size
 * @region: The region.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_resize_unread(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	region->resize.unread = true;
}

/**
 * vhost_mem_resize_able() - something that kept the guest from reacting may be
 *	over
 * @region: The region.
 *
 * It is not called quiet for the time before.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_resize_able(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	region->resize.able = ktime_get();
	if (region->plugged_size != region->requested_size)
		resize_watch(region);
}

/**
 * vhost_mem_resize_read() - the VMM has read the configuration
 * @region: The region.
 *
 * Context: region->config_lock held.
 */
void vhost_mem_resize_read(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	if (!region->resize.unread)
		return;
	region->resize.unread = false;
	vhost_mem_resize_able(region);
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
	switch (vhost_mem_response_type(error)) {
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
 * @error: 0 or the negative errno that became the response.
 *
 * Context: region->config_lock held.
 * Return: Whether that is news for those who watch the region.
 */
bool vhost_mem_resize_answered(struct vhost_mem_region *region, int error)
{
	enum vhost_mem_progress meaning = resize_meaning(error);
	struct vhost_mem_resize *resize = &region->resize;
	bool news;

	lockdep_assert_held(&region->config_lock);

	news = meaning != VHOST_MEM_PROGRESS_WORKING &&
	       (!resize->heard || resize->response != meaning);
	resize->response = meaning;
	resize->heard = true;
	resize->request = ktime_get();
	if (region->plugged_size != region->requested_size)
		resize_watch(region);
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
	ktime_t sign;
	bool quiet;

	lockdep_assert_held(&region->config_lock);

	state->requested_ms = ktime_ms_delta(now, resize->asked);
	state->heard = resize->heard;
	state->request_ms = ktime_ms_delta(now, resize->request);
	/* The last time when there was a reason to be quiet, or it was not. */
	sign = resize->able;
	if (resize->heard && ktime_after(resize->request, sign))
		sign = resize->request;
	quiet = ktime_ms_delta(now, sign) >= VHOST_MEM_STALLED_MS;

	if (region->plugged_size == region->requested_size)
		state->progress = VHOST_MEM_PROGRESS_DONE;
	else if (region->state == VHOST_MEM_STATE_BROKEN)
		state->progress = VHOST_MEM_PROGRESS_BROKEN;
	else if (region->state == VHOST_MEM_STATE_ORPHANED ||
		 region->state == VHOST_MEM_STATE_ENDED)
		state->progress = VHOST_MEM_PROGRESS_STOPPED;
	else if (region->state == VHOST_MEM_STATE_STOPPED)
		state->progress = resize->served ?
				  VHOST_MEM_PROGRESS_STOPPED :
				  VHOST_MEM_PROGRESS_NO_DRIVER;
	else if (READ_ONCE(region->frozen))
		state->progress = VHOST_MEM_PROGRESS_FROZEN;
	else if (!resize->heard && !quiet)
		state->progress = VHOST_MEM_PROGRESS_PENDING;
	else if (!resize->heard)
		state->progress = resize->unread ?
				  VHOST_MEM_PROGRESS_VMM_SILENT :
				  VHOST_MEM_PROGRESS_SILENT;
	else if (resize->response == VHOST_MEM_PROGRESS_WORKING && quiet)
		state->progress = VHOST_MEM_PROGRESS_STALLED;
	else
		state->progress = resize->response;
}

/**
 * vhost_mem_resize_look() - look whether the guest has gone quiet
 * @region: The region, published.
 *
 * If it has, listeners are told. If it still may, another look is taken later.
 *
 * Context: A work item. Takes region->config_lock.
 */
void vhost_mem_resize_look(struct vhost_mem_region *region)
{
	struct vhost_mem_resize_state state;

	spin_lock(&region->config_lock);
	vhost_mem_resize_get(region, &state);
	switch (state.progress) {
	case VHOST_MEM_PROGRESS_PENDING:
	case VHOST_MEM_PROGRESS_WORKING:
		resize_watch(region);
		break;
	case VHOST_MEM_PROGRESS_SILENT:
	case VHOST_MEM_PROGRESS_VMM_SILENT:
	case VHOST_MEM_PROGRESS_STALLED:
		vhost_mem_notify(region, VHOST_MEM_EVENT_STALLED);
		break;
	default:
		break;
	}
	spin_unlock(&region->config_lock);
}

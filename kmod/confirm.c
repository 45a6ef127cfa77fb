// SPDX-License-Identifier: GPL-2.0
/*
 * Confirmation: the VMM maps blocks for DMA before the guest may use them, and unmaps
 * them before they are gone.
 *
 * A request of the guest is checked, a PLUG is carried out, and the VMM is asked
 * (asked.c) before there is a response. Here is what becomes of it: the VMM's word, or
 * a cancellation. Until then the request stays in the ring as if it had not been read:
 * when there is an answer the worker reads its descriptors once more and writes the
 * response there. So nothing is kept that points into the guest's memory, and a queue that
 * is stopped meanwhile begins with the request when it runs again.
 *
 * No lock is held while the VMM is at work, and nothing of the host waits for it: only
 * the guest's request does.
 */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/virtio_mem.h>
#include <linux/workqueue.h>

#include "asked.h"
#include "blocks.h"
#include "config.h"
#include "confirm.h"
#include "response.h"
#include "vhost_mem.h"
#include "work.h"

static u64 confirm_bytes(const struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->blocks_lock);

	return region->asked.nr * region->block_size;
}

/* Leaves the blocks as they were before the request. */
static void confirm_undo(struct vhost_mem_region *region,
			 struct vhost_mem_outcome *outcome)
{
	const struct vhost_mem_asked *asked = &region->asked;

	lockdep_assert_held(&region->blocks_lock);

	if (!asked->hidden)
		return;
	/* What was mapped or used already is out of reach, until it is let go. */
	outcome->limbo = vhost_mem_gate_unplug_forced(region, asked->first,
						      asked->nr);
	outcome->asked = -confirm_bytes(region);
}

/* -EREMOTEIO: it is the VMM. */
static void confirm_cancel_locked(struct vhost_mem_region *region, int error)
{
	struct vhost_mem_outcome outcome = {};

	lockdep_assert_held(&region->blocks_lock);

	if (!vhost_mem_asked_is_open(region))
		return;
	confirm_undo(region, &outcome);
	vhost_mem_asked_answer(region, error, &outcome);
	vhost_mem_blocks_commit(region, &outcome);
}

/**
 * vhost_mem_confirm_set() - set whether the VMM is asked
 * @region: The region.
 * @call: The eventfd by which it is asked, whose reference is passed to the region; or
 *	NULL: it is not asked.
 * @timeout_ms: Milliseconds for which it may not react; 0 without @call, only then.
 *
 * Context: May sleep. Takes region->blocks_lock.
 */
void vhost_mem_confirm_set(struct vhost_mem_region *region,
			   struct eventfd_ctx *call, u32 timeout_ms)
{
	/* Without the lock, because the VMM can make that take long. */
	if (call)
		vhost_mem_call_set(&region->asked.call, call);
	/* A request under way may hold it for long. */
	vhost_mem_blocks_interrupt(region);
	mutex_lock(&region->blocks_lock);
	vhost_mem_blocks_go_on(region);
	confirm_cancel_locked(region, -ECANCELED);
	region->asked.timeout = call ? msecs_to_jiffies(timeout_ms) : 0;
	mutex_unlock(&region->blocks_lock);
	if (!call)
		vhost_mem_call_set(&region->asked.call, NULL);
}

/**
 * vhost_mem_confirm_fetch() - get the change that waits to be confirmed
 * @region: The region.
 * @pending: Filled in, but for its size.
 *
 * Context: May sleep, while a request is served. Takes region->blocks_lock.
 * Return: 0; -ENOENT if there is none; -EINTR if the task is being killed.
 */
int vhost_mem_confirm_fetch(struct vhost_mem_region *region,
			    struct vhost_mem_pending *pending)
{
	struct vhost_mem_asked *asked = &region->asked;
	int ret = -ENOENT;

	/* A request under way may hold it for long, and a VMM is killed at once. */
	if (mutex_lock_killable(&region->blocks_lock))
		return -EINTR;
	if (!vhost_mem_asked_is_open(region))
		goto unlock;
	switch (asked->request.type) {
	case VIRTIO_MEM_REQ_PLUG:
		pending->type = VHOST_MEM_PENDING_PLUG;
		break;
	case VIRTIO_MEM_REQ_UNPLUG:
		pending->type = VHOST_MEM_PENDING_UNPLUG;
		break;
	default:
		pending->type = VHOST_MEM_PENDING_UNPLUG_ALL;
		break;
	}
	pending->seq = asked->seq;
	pending->offset = asked->first * region->block_size;
	pending->length = confirm_bytes(region);
	WRITE_ONCE(asked->state, VHOST_MEM_ASKED_FETCHED);
	ret = 0;
unlock:
	mutex_unlock(&region->blocks_lock);
	return ret;
}

static int confirm_plug(struct vhost_mem_region *region, u32 result,
			struct vhost_mem_outcome *outcome)
{
	lockdep_assert_held(&region->blocks_lock);

	switch (result) {
	case VHOST_MEM_CONFIRM_DONE:
		outcome->plugged = confirm_bytes(region);
		outcome->asked = -confirm_bytes(region);
		return 0;
	case VHOST_MEM_CONFIRM_FAILED:
		confirm_undo(region, outcome);
		outcome->error = -EREMOTEIO;
		return 0;
	}
	return -EINVAL;
}

/*
 * The blocks are those that were checked: while a change is open, only what cancels it
 * changes others.
 */
static int confirm_unplug(struct vhost_mem_region *region, u32 result,
			  struct vhost_mem_outcome *outcome)
{
	struct vhost_mem_asked *asked = &region->asked;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	switch (result) {
	case VHOST_MEM_CONFIRM_FAILED:
		outcome->error = asked->referenced ? -EBUSY : -EREMOTEIO;
		return 0;
	case VHOST_MEM_CONFIRM_DONE:
		ret = vhost_mem_gate_unplug(region, asked->first, asked->nr,
					    &outcome->limbo);
		asked->referenced |= ret == -EBUSY;
		if (ret)
			return ret;
		break;
	case VHOST_MEM_CONFIRM_FORCE:
		outcome->limbo = vhost_mem_gate_unplug_forced(region,
							      asked->first,
							      asked->nr);
		break;
	default:
		return -EINVAL;
	}
	if (asked->request.type == VIRTIO_MEM_REQ_UNPLUG_ALL)
		outcome->unplugged_all = true;
	else
		outcome->plugged = -confirm_bytes(region);
	return 0;
}

/**
 * vhost_mem_confirm_apply() - carry out what the VMM says of a change
 * @region: The region.
 * @seq: Number of the change.
 * @result: enum vhost_mem_confirm_result, not checked yet.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 * Return: 0; -ESTALE if that change does not wait, or was not fetched; -EINVAL if the
 * change cannot have that result; -EBUSY if memory of the blocks is referenced elsewhere,
 * -ECANCELED if somebody waits for it, -EINTR if the task is being killed: the change
 * still waits then.
 */
int vhost_mem_confirm_apply(struct vhost_mem_region *region, u64 seq,
			    u32 result)
{
	struct vhost_mem_asked *asked = &region->asked;
	struct vhost_mem_outcome outcome = {};
	int ret = -ESTALE;

	if (mutex_lock_killable(&region->blocks_lock))
		return -EINTR;
	if (asked->state != VHOST_MEM_ASKED_FETCHED || asked->seq != seq)
		goto unlock;
	ret = asked->request.type == VIRTIO_MEM_REQ_PLUG ?
	      confirm_plug(region, result, &outcome) :
	      confirm_unplug(region, result, &outcome);
	if (ret)
		goto unlock;
	vhost_mem_asked_answer(region, outcome.error, &outcome);
	vhost_mem_blocks_commit(region, &outcome);
unlock:
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_confirm_start() - the virtqueue begins to serve requests
 * @region: The region.
 * @resume: What makes it go on after it has rested.
 *
 * Context: The virtqueue's mutex held. May sleep. Takes region->blocks_lock.
 */
void vhost_mem_confirm_start(struct vhost_mem_region *region,
			     struct delayed_work *resume)
{
	mutex_lock(&region->blocks_lock);
	region->asked.resume = resume;
	mutex_unlock(&region->blocks_lock);
}

/**
 * vhost_mem_confirm_stop() - the virtqueue does not serve requests any more
 * @region: The region.
 *
 * The request of a change that is open is served anew when the queue is started. So there
 * must be no change that is done, unless its response cannot be written; see
 * vhost_mem_confirm_is_done().
 *
 * Context: The virtqueue's mutex held. May sleep. Takes region->blocks_lock. The resume
 * work is not queued any more when this returns.
 */
void vhost_mem_confirm_stop(struct vhost_mem_region *region)
{
	struct vhost_mem_outcome outcome = {};

	mutex_lock(&region->blocks_lock);
	region->asked.resume = NULL;
	if (vhost_mem_asked_is_open(region)) {
		confirm_undo(region, &outcome);
		vhost_mem_asked_answer(region, -ECANCELED, &outcome);
		/* There is no response. */
		outcome.request = false;
		vhost_mem_blocks_commit(region, &outcome);
	}
	WRITE_ONCE(region->asked.state, VHOST_MEM_ASKED_NONE);
	mutex_unlock(&region->blocks_lock);
}

/**
 * vhost_mem_confirm_is_done() - is there a change that the guest has to learn of?
 * @region: The region.
 *
 * Context: Any; with dev.mutex held it does not become true, because the VMM's word
 * comes by an ioctl that takes it.
 * Return: Whether there is one that was carried out, and the guest was not told.
 */
bool vhost_mem_confirm_is_done(const struct vhost_mem_region *region)
{
	return READ_ONCE(region->asked.state) == VHOST_MEM_ASKED_ANSWERED &&
	       !READ_ONCE(region->asked.error);
}

/**
 * vhost_mem_confirm_take() - take the answer to a request that has waited
 * @region: The region.
 * @request: Set to the request.
 * @response: Filled in, every member.
 * @begin: Set to when it was made.
 *
 * Context: The virtqueue's mutex held. May sleep. Takes region->blocks_lock.
 * Return: Whether there is one. If not nothing was set.
 */
bool vhost_mem_confirm_take(struct vhost_mem_region *region,
			    struct vhost_mem_request *request,
			    struct vhost_mem_response *response,
			    ktime_t *begin)
{
	struct vhost_mem_asked *asked = &region->asked;
	bool taken;

	/* Set before the handler was queued. Only the queue's worker changes it then. */
	if (READ_ONCE(asked->state) != VHOST_MEM_ASKED_ANSWERED)
		return false;
	mutex_lock(&region->blocks_lock);
	taken = asked->state == VHOST_MEM_ASKED_ANSWERED;
	if (taken) {
		*request = asked->request;
		*begin = asked->begin;
		*response = (struct vhost_mem_response) {
			.type	= vhost_mem_response_type(asked->error),
			.error	= asked->error,
		};
		WRITE_ONCE(asked->state, VHOST_MEM_ASKED_NONE);
	}
	mutex_unlock(&region->blocks_lock);
	return taken;
}

/**
 * vhost_mem_confirm_cancel() - cancel a change that is open, because no block may change
 * @region: The region.
 *
 * Context: region->blocks_lock held. May sleep.
 */
void vhost_mem_confirm_cancel(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->blocks_lock);

	confirm_cancel_locked(region, -ECANCELED);
}

/**
 * vhost_mem_confirm_expire() - cancel a change that nobody has fetched in time
 * @region: The region.
 *
 * Context: The work item works.expire. Takes region->blocks_lock.
 */
void vhost_mem_confirm_expire(struct vhost_mem_region *region)
{
	struct vhost_mem_asked *asked = &region->asked;

	mutex_lock(&region->blocks_lock);
	/* Another one may have begun meanwhile, whose time has queued the work once more. */
	if (asked->state == VHOST_MEM_ASKED_WAITING &&
	    time_after_eq(jiffies, asked->deadline))
		confirm_cancel_locked(region, -EREMOTEIO);
	mutex_unlock(&region->blocks_lock);
}

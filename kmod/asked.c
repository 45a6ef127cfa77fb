// SPDX-License-Identifier: GPL-2.0
/*
 * What the VMM is asked to confirm: the state of the one change that waits for it.
 *
 * Below blocks.c, which asks instead of changing, and cancels where it unplugs every
 * block. What the VMM's word does to blocks is in confirm.c, above it.
 *
 * The virtqueue rests from the question until the answer. Nothing is lost: the answer is
 * there before the queue's work item is queued, so a handler of kicks that has seen the
 * question open runs once more.
 */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "asked.h"
#include "config.h"
#include "vhost_mem.h"
#include "work.h"

static void asked_set_hidden(struct vhost_mem_region *region, u64 nr)
{
	lockdep_assert_held(&region->blocks_lock);

	down_write(&region->guard.lock);
	region->asked.hidden = nr;
	up_write(&region->guard.lock);
}

/**
 * vhost_mem_asked_hide() - keep blocks out of the block map that the VMM reads
 * @region: The region.
 * @first: First block.
 * @nr: Number of blocks; 0 to show what was hidden.
 *
 * Before they are plugged for a PLUG: the VMM, which maps what the map has, must not see
 * them there and be asked to map them, too. Does nothing if the VMM is not asked.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->lock.
 */
void vhost_mem_asked_hide(struct vhost_mem_region *region, u64 first, u64 nr)
{
	struct vhost_mem_asked *asked = &region->asked;

	lockdep_assert_held(&region->blocks_lock);

	if (!asked->timeout)
		return;
	/* Nobody looks at it while nothing is hidden. */
	asked->first = first;
	asked_set_hidden(region, nr);
}

/**
 * vhost_mem_asked_begin() - ask the VMM to confirm a change, if it wants to be asked
 * @region: The region. Its virtqueue serves a request.
 * @first: First block.
 * @nr: Number of blocks. The caller has checked them, and if they are to be plugged they
 *	are open, and hidden.
 *
 * Context: region->blocks_lock held, until the request is set as asked.request.
 * Return: -EINPROGRESS if the VMM is asked: the request is answered when it has confirmed
 * the change. 0 if the caller is to make the change at once.
 */
int vhost_mem_asked_begin(struct vhost_mem_region *region, u64 first, u64 nr)
{
	struct vhost_mem_asked *asked = &region->asked;

	lockdep_assert_held(&region->blocks_lock);

	if (!asked->timeout)
		return 0;
	asked->seq++;
	/* Of hidden blocks it is the same already, and may be being read. */
	if (!asked->hidden)
		asked->first = first;
	asked->nr = nr;
	asked->referenced = false;
	asked->error = 0;
	asked->begin = ktime_get();
	asked->deadline = jiffies + asked->timeout;
	WRITE_ONCE(asked->state, VHOST_MEM_ASKED_WAITING);
	mod_delayed_work(vhost_mem_wq, &region->works.expire, asked->timeout);
	vhost_mem_call_signal(&asked->call);
	return -EINPROGRESS;
}

/**
 * vhost_mem_asked_is_open() - is there a change that is neither done nor cancelled?
 * @region: The region.
 *
 * Context: Any; stable with region->blocks_lock held only.
 * Return: Whether there is.
 */
bool vhost_mem_asked_is_open(const struct vhost_mem_region *region)
{
	enum vhost_mem_asked_state state = READ_ONCE(region->asked.state);

	return state == VHOST_MEM_ASKED_WAITING ||
	       state == VHOST_MEM_ASKED_FETCHED;
}

/**
 * vhost_mem_asked_answer() - have the guest answered
 * @region: The region. A change is open.
 * @error: 0 if it is done, otherwise the negative errno from which the response follows.
 * @outcome: Gets the answer, so that it is committed with what has changed. Blocks that
 *	were hidden are no longer so; the caller accounts them.
 *
 * Context: region->blocks_lock held, until the outcome is committed. May sleep. Takes
 * guard->lock.
 */
void vhost_mem_asked_answer(struct vhost_mem_region *region, int error,
			    struct vhost_mem_outcome *outcome)
{
	struct vhost_mem_asked *asked = &region->asked;

	lockdep_assert_held(&region->blocks_lock);

	if (asked->hidden)
		asked_set_hidden(region, 0);
	outcome->request = true;
	outcome->error = error;
	asked->error = error;
	WRITE_ONCE(asked->state, VHOST_MEM_ASKED_ANSWERED);
	/* One that has begun looks at the state, and at the deadline. */
	cancel_delayed_work(&region->works.expire);
	if (asked->resume)
		mod_delayed_work(system_percpu_wq, asked->resume, 0);
}

/**
 * vhost_mem_asked_void() - cancel a change, because every block was unplugged
 * @region: The region.
 * @outcome: Gets the answer, if there is a change.
 *
 * Context: region->blocks_lock held, until the outcome is committed. May sleep. Takes
 * guard->lock.
 */
void vhost_mem_asked_void(struct vhost_mem_region *region,
			  struct vhost_mem_outcome *outcome)
{
	lockdep_assert_held(&region->blocks_lock);

	if (vhost_mem_asked_is_open(region))
		vhost_mem_asked_answer(region, -ECANCELED, outcome);
}

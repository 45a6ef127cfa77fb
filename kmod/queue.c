// SPDX-License-Identifier: GPL-2.0
/*
 * Queues: who waits for memory of a pool, and what is earmarked for whom.
 *
 * Who is refused gets a ticket, and waits in the order of the refusals. What becomes
 * free is earmarked for the first one until its request fits. Then it is woken, and the
 * next one is the first. As long as somebody waits nothing else is free, so nobody
 * overtakes. Who asks for more than the pool can ever give does not wait in that order,
 * or nobody behind it would get anything.
 *
 * Every function is called with the pool's lock held, and takes no other.
 *
 * The lock is a spin lock that every region of the pool takes to plug and unplug, and any
 * number of regions can wait. So nothing here goes through those who wait. A list changes
 * as a whole, by splicing, and what that means for a share is found out when the share is
 * looked at the next time: as the first one in vhost_mem_queue_serve(), which looks at
 * QUEUE_BUDGET shares at most and leaves the rest to a work item, or on its own region's
 * behalf. Nothing is lost meanwhile:
 *
 * - As long as @waiting is not empty nothing is free (vhost_mem_queue_free()), whether its
 *   first share was looked at or not. So what a work item has yet to hand out stays there.
 * - The work item is queued whenever serving ends for the budget. It ends otherwise with
 *   nobody waiting, or with a first one that needs more than there is: then only what
 *   becomes free helps, and whoever frees something has it served.
 * - A share is in @hopeless only if its request did not fit when it was looked at. Each
 *   time that more can be hoped for the whole list joins @waiting.
 */

#include <linux/minmax.h>

#include "pool.h"
#include "queue.h"

/* Shares that are looked at in one section of the lock. */
#define QUEUE_BUDGET	16

/**
 * vhost_mem_queue_charge() - get what a share is charged
 * @share: The share.
 * @used: Bytes that are used of it.
 *
 * Context: share->reserved and share->held do not change.
 * Return: Bytes.
 */
u64 vhost_mem_queue_charge(const struct vhost_mem_share *share, u64 used)
{
	return max3(used, share->reserved, share->held);
}

/**
 * vhost_mem_queue_growth() - get by how much a charge grows
 * @share: The share.
 * @bytes: Bytes that are used in addition.
 *
 * Context: The pool's lock held.
 * Return: Bytes; 0 if they were promised.
 */
u64 vhost_mem_queue_growth(const struct vhost_mem_share *share, u64 bytes)
{
	return vhost_mem_queue_charge(share, share->used + bytes) -
	       vhost_mem_queue_charge(share, share->used);
}

/* What is neither charged nor earmarked. */
static u64 queue_room(const struct vhost_mem_pool *pool)
{
	u64 taken = pool->charged + pool->queue.earmarked;

	lockdep_assert_held(&pool->charge_lock);

	return pool->size - min(pool->size, taken);
}

/**
 * vhost_mem_queue_free() - get what anybody can be charged
 * @pool: The pool.
 *
 * Context: The pool's lock held.
 * Return: Bytes; 0 if somebody waits, or the pool is smaller than what is charged.
 */
u64 vhost_mem_queue_free(const struct vhost_mem_pool *pool)
{
	lockdep_assert_held(&pool->charge_lock);

	return list_empty(&pool->queue.waiting) ? queue_room(pool) : 0;
}

/* Would the request fit if others had only what is promised to them? */
static bool queue_can_ever(const struct vhost_mem_pool *pool,
			   const struct vhost_mem_share *share)
{
	u64 others = pool->promised - share->reserved;

	return share->used + share->want <= pool->size - others;
}

static void queue_earmark(struct vhost_mem_pool *pool,
			  struct vhost_mem_share *share, u64 bytes)
{
	lockdep_assert_held(&pool->charge_lock);

	pool->queue.earmarked = pool->queue.earmarked - share->earmark + bytes;
	share->earmark = bytes;
}

static bool ticket_waits(enum vhost_mem_ticket ticket)
{
	return ticket == VHOST_MEM_TICKET_WAITING ||
	       ticket == VHOST_MEM_TICKET_HOPELESS;
}

/* The caller sees to it that the share is in the list that belongs to the ticket. */
static void queue_set_ticket(struct vhost_mem_pool *pool,
			     struct vhost_mem_share *share,
			     enum vhost_mem_ticket ticket)
{
	lockdep_assert_held(&pool->charge_lock);

	pool->queue.nr_waiting += ticket_waits(ticket);
	pool->queue.nr_waiting -= ticket_waits(share->ticket);
	pool->queue.nr_granted += ticket == VHOST_MEM_TICKET_GRANTED;
	pool->queue.nr_granted -= share->ticket == VHOST_MEM_TICKET_GRANTED;
	share->ticket = ticket;
}

/**
 * vhost_mem_queue_settle() - have vhost_mem_queue_revoke() take effect on a share
 * @pool: Its pool.
 * @share: The share.
 *
 * Context: The pool's lock held. Called before the share's ticket or earmark is looked at.
 */
void vhost_mem_queue_settle(struct vhost_mem_pool *pool,
			    struct vhost_mem_share *share)
{
	lockdep_assert_held(&pool->charge_lock);

	if (share->epoch == pool->queue.epoch)
		return;
	share->epoch = pool->queue.epoch;
	/* The pool's sums have been without it since then. */
	share->earmark = 0;
	if (share->ticket == VHOST_MEM_TICKET_GRANTED)
		share->ticket = VHOST_MEM_TICKET_WAITING;
}

/**
 * vhost_mem_queue_ticket() - does a share wait?
 * @pool: Its pool.
 * @share: The share.
 *
 * Context: The pool's lock held.
 * Return: Its ticket as of now, even if much has changed since the share was looked at.
 */
enum vhost_mem_ticket
vhost_mem_queue_ticket(const struct vhost_mem_pool *pool,
		       const struct vhost_mem_share *share)
{
	lockdep_assert_held(&pool->charge_lock);

	if (share->ticket == VHOST_MEM_TICKET_NONE ||
	    (share->ticket == VHOST_MEM_TICKET_GRANTED &&
	     share->epoch == pool->queue.epoch))
		return share->ticket;
	return queue_can_ever(pool, share) ? VHOST_MEM_TICKET_WAITING :
					     VHOST_MEM_TICKET_HOPELESS;
}

/**
 * vhost_mem_queue_drop() - take a share's ticket away, and what is earmarked for it
 * @pool: Its pool.
 * @share: The share.
 *
 * Context: The pool's lock held. The caller has others served.
 * Return: Whether there was a ticket.
 */
bool vhost_mem_queue_drop(struct vhost_mem_pool *pool,
			  struct vhost_mem_share *share)
{
	lockdep_assert_held(&pool->charge_lock);

	vhost_mem_queue_settle(pool, share);
	if (share->ticket == VHOST_MEM_TICKET_NONE)
		return false;
	queue_earmark(pool, share, 0);
	queue_set_ticket(pool, share, VHOST_MEM_TICKET_NONE);
	list_del(&share->node);
	return true;
}

/* All that the request needs is earmarked: have the guest woken. */
static void queue_grant(struct vhost_mem_pool *pool,
			struct vhost_mem_share *share)
{
	lockdep_assert_held(&pool->charge_lock);

	queue_set_ticket(pool, share, VHOST_MEM_TICKET_GRANTED);
	list_move_tail(&share->node, &pool->queue.granted);
	share->due = jiffies + VHOST_MEM_POOL_LAPSE;
	/* Queued, as it takes the region's config_lock, which is outside of ours. */
	schedule_work(&share->wake);
	mod_delayed_work(system_percpu_wq, &share->lapse, VHOST_MEM_POOL_LAPSE);
}

/* Put a share that is in a list of the pool to the end of that in which it waits. */
static void queue_wait(struct vhost_mem_pool *pool,
		       struct vhost_mem_share *share, bool hopeless)
{
	lockdep_assert_held(&pool->charge_lock);

	if (hopeless) {
		queue_earmark(pool, share, 0);
		queue_set_ticket(pool, share, VHOST_MEM_TICKET_HOPELESS);
		list_move_tail(&share->node, &pool->queue.hopeless);
	} else {
		queue_set_ticket(pool, share, VHOST_MEM_TICKET_WAITING);
		list_move_tail(&share->node, &pool->queue.waiting);
	}
}

/* Returns whether it has left the list of those who wait. */
static bool queue_serve_first(struct vhost_mem_pool *pool,
			      struct vhost_mem_share *share)
{
	u64 need;

	lockdep_assert_held(&pool->charge_lock);

	vhost_mem_queue_settle(pool, share);
	if (!queue_can_ever(pool, share)) {
		queue_wait(pool, share, true);
		return true;
	}
	/* It may have had no hope until now. */
	queue_set_ticket(pool, share, VHOST_MEM_TICKET_WAITING);
	need = vhost_mem_queue_growth(share, share->want);
	queue_earmark(pool, share,
		      min(need, share->earmark + queue_room(pool)));
	if (share->earmark < need)
		return false;
	queue_grant(pool, share);
	return true;
}

/**
 * vhost_mem_queue_serve() - earmark what is free for those who wait, in their order
 * @pool: The pool.
 *
 * Each turn but the last takes one of them off the list. A work item goes on with what
 * exceeds the budget.
 *
 * Context: The pool's lock held.
 */
void vhost_mem_queue_serve(struct vhost_mem_pool *pool)
{
	unsigned int budget = QUEUE_BUDGET;

	lockdep_assert_held(&pool->charge_lock);

	while (!list_empty(&pool->queue.waiting)) {
		if (!budget--) {
			schedule_work(&pool->queue.serve);
			return;
		}
		if (!queue_serve_first(pool, list_first_entry(&pool->queue.waiting,
							      struct vhost_mem_share,
							      node)))
			return;
	}
}

/**
 * vhost_mem_queue_reconsider() - serve those who wait, where hopes have changed
 * @pool: The pool, whose size or promised size was set.
 *
 * Who had no hope, and may have it now, comes last: it has not waited for what could
 * come. Who has none any more finds that out when it is the first one, so it stands in
 * nobody's way.
 *
 * Context: The pool's lock held.
 */
void vhost_mem_queue_reconsider(struct vhost_mem_pool *pool)
{
	u64 hope = pool->size - pool->promised;

	lockdep_assert_held(&pool->charge_lock);

	if (hope > pool->queue.hope)
		list_splice_tail_init(&pool->queue.hopeless, &pool->queue.waiting);
	pool->queue.hope = hope;
	vhost_mem_queue_serve(pool);
}

/**
 * vhost_mem_queue_revoke() - take back all that is earmarked
 * @pool: The pool, which is about to get smaller.
 *
 * Those who were woken wait again, before all others: they have been the first ones
 * already. An earmark is good in the pool's epoch in which it was made, and this begins
 * another one; vhost_mem_queue_settle() does the rest for each share.
 *
 * Context: The pool's lock held. The caller has others served.
 */
void vhost_mem_queue_revoke(struct vhost_mem_pool *pool)
{
	lockdep_assert_held(&pool->charge_lock);

	pool->queue.epoch++;
	pool->queue.earmarked = 0;
	pool->queue.nr_waiting += pool->queue.nr_granted;
	pool->queue.nr_granted = 0;
	list_splice_init(&pool->queue.granted, &pool->queue.waiting);
}

/**
 * vhost_mem_queue_refuse() - have a share wait whose request does not fit
 * @pool: Its pool.
 * @share: The share.
 * @want: Bytes of the request.
 *
 * Who waits already keeps its place, with this request.
 *
 * Context: The pool's lock held.
 */
void vhost_mem_queue_refuse(struct vhost_mem_pool *pool,
			    struct vhost_mem_share *share, u64 want)
{
	lockdep_assert_held(&pool->charge_lock);

	vhost_mem_queue_settle(pool, share);
	/* It has had its turn, and wants more than it asked for then. */
	if (share->ticket == VHOST_MEM_TICKET_GRANTED)
		vhost_mem_queue_drop(pool, share);
	share->want = want;
	if (share->ticket == VHOST_MEM_TICKET_NONE)
		INIT_LIST_HEAD(&share->node);
	if (!queue_can_ever(pool, share))
		queue_wait(pool, share, true);
	else if (share->ticket != VHOST_MEM_TICKET_WAITING)
		queue_wait(pool, share, false);
	vhost_mem_queue_serve(pool);
}

/**
 * vhost_mem_queue_set_floor() - set what a share is charged at least
 * @pool: Its pool.
 * @share: The share.
 * @reserved: Bytes that are promised to it.
 * @held: Bytes that are held for it. Room for both was checked.
 *
 * What that frees is the share's own first, if that is all that it waits for. If it is
 * only a part of it, those who wait get it in their order: several shares that have a part
 * each might wait for each other for ever.
 *
 * Context: The pool's lock held. The caller has others served, and
 * vhost_mem_queue_reconsider() called if @reserved has changed.
 */
void vhost_mem_queue_set_floor(struct vhost_mem_pool *pool,
			       struct vhost_mem_share *share, u64 reserved,
			       u64 held)
{
	u64 old = vhost_mem_queue_charge(share, share->used);
	u64 charge, mine, need;

	lockdep_assert_held(&pool->charge_lock);

	vhost_mem_queue_settle(pool, share);
	pool->promised = pool->promised - share->reserved + reserved;
	share->reserved = reserved;
	share->held = held;
	charge = vhost_mem_queue_charge(share, share->used);
	pool->charged = pool->charged - old + charge;
	if (share->ticket == VHOST_MEM_TICKET_NONE)
		return;
	need = vhost_mem_queue_growth(share, share->want);
	mine = share->earmark + old - min(old, charge);
	queue_earmark(pool, share, 0);
	/*
	 * What is promised to it can be had out of turn: it is nobody else's. When it is
	 * not any more, and the pool is smaller than what is charged, nothing is.
	 */
	if (need <= min(mine, queue_room(pool))) {
		queue_earmark(pool, share, need);
		if (share->ticket != VHOST_MEM_TICKET_GRANTED)
			queue_grant(pool, share);
	} else if (share->ticket == VHOST_MEM_TICKET_GRANTED) {
		/* It has had its turn. */
		queue_wait(pool, share, false);
	}
}

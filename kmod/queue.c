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
 */

#include <linux/minmax.h>

#include "pool.h"
#include "queue.h"

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

/**
 * vhost_mem_queue_free() - get what anybody can be charged
 * @pool: The pool.
 *
 * Context: The pool's lock held.
 * Return: Bytes; 0 if the pool is smaller than what is charged.
 */
u64 vhost_mem_queue_free(const struct vhost_mem_pool *pool)
{
	u64 taken = pool->charged + pool->earmarked;

	lockdep_assert_held(&pool->charge_lock);

	return pool->size - min(pool->size, taken);
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

	pool->earmarked = pool->earmarked - share->earmark + bytes;
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

	pool->nr_waiting += ticket_waits(ticket);
	pool->nr_waiting -= ticket_waits(share->ticket);
	/* Read without the lock to tell why a guest has not what is requested. */
	WRITE_ONCE(share->ticket, ticket);
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
	list_move_tail(&share->node, &pool->granted);
	share->due = jiffies + VHOST_MEM_POOL_LAPSE;
	/* Queued, as it takes the region's config_lock, which is outside of ours. */
	schedule_work(&share->wake);
	mod_delayed_work(system_wq, &share->lapse, VHOST_MEM_POOL_LAPSE);
}

/**
 * vhost_mem_queue_serve() - earmark what is free for those who wait, in their order
 * @pool: The pool.
 *
 * Each turn but the last takes one of them off the list.
 *
 * Context: The pool's lock held.
 */
void vhost_mem_queue_serve(struct vhost_mem_pool *pool)
{
	struct vhost_mem_share *share;
	u64 need;

	lockdep_assert_held(&pool->charge_lock);

	while (!list_empty(&pool->waiting)) {
		share = list_first_entry(&pool->waiting,
					 struct vhost_mem_share, node);
		need = vhost_mem_queue_growth(share, share->want);
		queue_earmark(pool, share,
			      min(need, share->earmark +
				  vhost_mem_queue_free(pool)));
		if (share->earmark < need)
			return;
		queue_grant(pool, share);
	}
}

/* Put a share that is in a list of the pool to the end of that in which it waits. */
static void queue_wait(struct vhost_mem_pool *pool,
		       struct vhost_mem_share *share, bool hopeless)
{
	lockdep_assert_held(&pool->charge_lock);

	share->number = ++pool->tickets;
	if (hopeless) {
		queue_earmark(pool, share, 0);
		queue_set_ticket(pool, share, VHOST_MEM_TICKET_HOPELESS);
		list_move_tail(&share->node, &pool->hopeless);
	} else {
		queue_set_ticket(pool, share, VHOST_MEM_TICKET_WAITING);
		list_move_tail(&share->node, &pool->waiting);
	}
}

/**
 * vhost_mem_queue_reconsider() - serve those who wait, where hopes have changed
 * @pool: The pool, whose size or promised size was set.
 *
 * Who had no hope, and has it now, comes last: it has not waited for what could come.
 *
 * Context: The pool's lock held. Goes through all that wait.
 */
void vhost_mem_queue_reconsider(struct vhost_mem_pool *pool)
{
	struct vhost_mem_share *share, *next;
	LIST_HEAD(hopeless);

	lockdep_assert_held(&pool->charge_lock);

	list_splice_init(&pool->hopeless, &hopeless);
	list_for_each_entry_safe(share, next, &pool->waiting, node) {
		if (!queue_can_ever(pool, share))
			queue_wait(pool, share, true);
	}
	list_for_each_entry_safe(share, next, &hopeless, node)
		queue_wait(pool, share, !queue_can_ever(pool, share));
	vhost_mem_queue_serve(pool);
}

/* Have one that was woken wait again, where it has waited. */
static void queue_wait_again(struct vhost_mem_pool *pool,
			     struct vhost_mem_share *share)
{
	struct vhost_mem_share *later;

	lockdep_assert_held(&pool->charge_lock);

	queue_set_ticket(pool, share, VHOST_MEM_TICKET_WAITING);
	/* Most are older than any who waits, but not who was woken out of turn. */
	list_for_each_entry(later, &pool->waiting, node) {
		if (later->number > share->number)
			break;
	}
	list_move_tail(&share->node, &later->node);
}

/**
 * vhost_mem_queue_revoke() - take back all that is earmarked
 * @pool: The pool, which is about to get smaller.
 *
 * Those who were woken wait again, where they have waited.
 *
 * Context: The pool's lock held. The caller has others served.
 */
void vhost_mem_queue_revoke(struct vhost_mem_pool *pool)
{
	struct vhost_mem_share *share, *next;

	lockdep_assert_held(&pool->charge_lock);

	list_for_each_entry(share, &pool->waiting, node)
		queue_earmark(pool, share, 0);
	list_for_each_entry_safe(share, next, &pool->granted, node) {
		queue_earmark(pool, share, 0);
		queue_wait_again(pool, share);
	}
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
 * What that frees is the share's own first, if it waits.
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
	if (share->ticket != VHOST_MEM_TICKET_HOPELESS)
		queue_earmark(pool, share,
			      min3(need, mine, vhost_mem_queue_free(pool)));
	/*
	 * What is promised to it can be had out of turn: it is nobody else's. When it is
	 * not any more, and the pool is smaller than what is charged, nothing is.
	 */
	if (share->ticket != VHOST_MEM_TICKET_GRANTED && share->earmark == need)
		queue_grant(pool, share);
	else if (share->ticket == VHOST_MEM_TICKET_GRANTED && share->earmark < need)
		queue_wait_again(pool, share);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Pools: accounting of host memory, and promises of it.
 *
 * A region is charged max(plugged + limbo, reserved, held), a lease its size. The sum of
 * the charges and the earmarks of a pool does not exceed its size, unless the administrator
 * has made the pool smaller than what is charged: then no charge grows. Memory is
 * charged before it can be touched, and uncharged once it is free.
 *
 * Who is refused waits, see queue.c. What is promised to a region it can always have.
 *
 * Nothing but accounting: no memory is allocated or freed here. So the unit tests
 * compile this file as it is.
 */

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "pool.h"
#include "queue.h"
#include "vhost_mem.h"

/* What the guest was told to wait for is over, so it has to find out what is now. */
#define POOL_RETRY_DELAY	HZ

struct vhost_mem_pool vhost_mem_pool_default;

static void pool_serve_work(struct work_struct *work)
{
	struct vhost_mem_pool *pool =
		container_of(work, struct vhost_mem_pool, queue.serve);

	spin_lock(&pool->charge_lock);
	vhost_mem_queue_serve(pool);
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_init() - initialize an empty pool
 * @pool: The pool, zeroed.
 * @name: Its name; checked.
 * @size: Bytes, or VHOST_MEM_POOL_UNLIMITED.
 *
 * Context: Any.
 */
void vhost_mem_pool_init(struct vhost_mem_pool *pool, const char *name, u64 size)
{
	strscpy(pool->name, name, sizeof(pool->name));
	pool->size = size;
	pool->queue.hope = size;
	spin_lock_init(&pool->charge_lock);
	INIT_LIST_HEAD(&pool->queue.waiting);
	INIT_LIST_HEAD(&pool->queue.granted);
	INIT_LIST_HEAD(&pool->queue.hopeless);
	INIT_WORK(&pool->queue.serve, pool_serve_work);
}

/**
 * vhost_mem_pool_exit() - end what is done on behalf of a pool, before it is freed
 * @pool: The pool, which has no region, so nothing is done any more from now on.
 *
 * Context: May sleep.
 */
void vhost_mem_pool_exit(struct vhost_mem_pool *pool)
{
	cancel_work_sync(&pool->queue.serve);
}

/**
 * vhost_mem_pool_resize() - set the size of a pool
 * @pool: The pool.
 * @size: Bytes, or VHOST_MEM_POOL_UNLIMITED.
 *
 * If less than what is charged, no charge grows until enough was unplugged; and what
 * was earmarked is not any more.
 *
 * Context: Any but interrupts. Takes pool->charge_lock.
 * Return: 0; -EBUSY if more is promised.
 */
int vhost_mem_pool_resize(struct vhost_mem_pool *pool, u64 size)
{
	int ret = -EBUSY;

	spin_lock(&pool->charge_lock);
	if (size < pool->promised)
		goto unlock;
	if (size < pool->size)
		vhost_mem_queue_revoke(pool);
	pool->size = size;
	vhost_mem_queue_reconsider(pool);
	ret = 0;
unlock:
	spin_unlock(&pool->charge_lock);
	return ret;
}

/**
 * vhost_mem_pool_look() - look at a pool
 * @pool: The pool.
 * @info: Filled in.
 *
 * Context: Any but interrupts. Takes pool->charge_lock.
 */
void vhost_mem_pool_look(struct vhost_mem_pool *pool,
			 struct vhost_mem_pool_info *info)
{
	spin_lock(&pool->charge_lock);
	*info = (struct vhost_mem_pool_info) {
		.size		= pool->size,
		.charged	= pool->charged,
		.promised	= pool->promised,
		.leased		= pool->leased,
		.earmarked	= pool->queue.earmarked,
		.free		= vhost_mem_queue_free(pool),
		.over		= pool->charged - min(pool->charged, pool->size),
		.regions	= pool->regions,
		.leases		= pool->leases,
		.waiting	= pool->queue.nr_waiting,
	};
	spin_unlock(&pool->charge_lock);
}

/* A lease of a pool begins (1) or ends (-1). */
static void pool_count_lease(struct vhost_mem_pool *pool, u64 size, int sign)
{
	lockdep_assert_held(&pool->charge_lock);

	pool->charged += sign * size;
	pool->promised += sign * size;
	pool->leased += sign * size;
	pool->leases += sign;
}

/**
 * vhost_mem_pool_lease() - promise memory to a region that does not exist yet
 * @pool: The pool.
 * @size: Bytes.
 *
 * Ended by vhost_mem_pool_end_lease() or vhost_mem_pool_use_lease_locked().
 *
 * Context: Any but interrupts. Takes pool->charge_lock.
 * Return: 0; -ENOBUFS if the pool has no room.
 */
int vhost_mem_pool_lease(struct vhost_mem_pool *pool, u64 size)
{
	int ret = -ENOBUFS;

	spin_lock(&pool->charge_lock);
	/* No less is charged than promised, so there is room for the promise, too. */
	if (size <= vhost_mem_queue_free(pool)) {
		pool_count_lease(pool, size, 1);
		vhost_mem_queue_reconsider(pool);
		ret = 0;
	}
	spin_unlock(&pool->charge_lock);
	return ret;
}

/**
 * vhost_mem_pool_end_lease() - take back what vhost_mem_pool_lease() has promised
 * @pool: The pool.
 * @size: Bytes.
 *
 * Context: Any but interrupts. Takes pool->charge_lock.
 */
void vhost_mem_pool_end_lease(struct vhost_mem_pool *pool, u64 size)
{
	spin_lock(&pool->charge_lock);
	pool_count_lease(pool, size, -1);
	vhost_mem_queue_reconsider(pool);
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_join() - make a new region one of a pool
 * @region: The region, which nobody else knows; with nothing plugged.
 * @pool: The pool.
 *
 * Context: Any but interrupts. Takes pool->charge_lock.
 */
void vhost_mem_pool_join(struct vhost_mem_region *region,
			 struct vhost_mem_pool *pool)
{
	region->share.pool = pool;
	spin_lock(&pool->charge_lock);
	pool->regions++;
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_leave() - end what vhost_mem_pool_join() began
 * @region: The region, closed or not complete; nothing of it is charged any more. It is
 *	not published, so nobody moves it.
 *
 * The pool may be freed when this has dropped its lock.
 *
 * Context: Any but interrupts. Takes region->config_lock and the pool's.
 */
void vhost_mem_pool_leave(struct vhost_mem_region *region)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool;

	spin_lock(&region->config_lock);
	pool = share->pool;
	share->pool = NULL;
	WARN_ON_ONCE(vhost_mem_queue_charge(share, share->used) || share->ticket);
	spin_lock(&pool->charge_lock);
	pool->regions--;
	spin_unlock(&pool->charge_lock);
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_pool_charge_locked() - charge a region for what it is about to plug
 * @region: The region, published.
 * @bytes: Bytes. Undone by vhost_mem_pool_account_locked() if plugging them fails.
 *
 * Who is refused while the guest's requests are served gets a ticket, and its guest is
 * notified when it can try again. The VMM's own changes are refused only.
 *
 * Context: region->blocks_lock held until the change is accounted, and
 * region->config_lock. Takes the pool's lock.
 * Return: 0 or -ENOBUFS.
 */
int vhost_mem_pool_charge_locked(struct vhost_mem_region *region, u64 bytes)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;
	u64 growth;
	int ret = 0;

	lockdep_assert_held(&region->blocks_lock);
	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	vhost_mem_queue_settle(pool, share);
	growth = vhost_mem_queue_growth(share, bytes);
	if (growth <= share->earmark ||
	    growth - share->earmark <= vhost_mem_queue_free(pool)) {
		vhost_mem_queue_drop(pool, share);
		share->used += bytes;
		pool->charged += growth;
		WARN_ON_ONCE(growth && pool->charged + pool->queue.earmarked > pool->size);
		/* Less than what was earmarked may have been enough. */
		vhost_mem_queue_serve(pool);
	} else {
		ret = -ENOBUFS;
		if (region->state == VHOST_MEM_STATE_RUNNING)
			vhost_mem_queue_refuse(pool, share, bytes);
	}
	spin_unlock(&pool->charge_lock);
	return ret;
}

/**
 * vhost_mem_pool_account_locked() - uncharge what a region does not use any more
 * @region: The region, whose plugged, asked and limbo size are those after a change of blocks.
 *	What was unplugged is free.
 *
 * Context: region->blocks_lock and region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_account_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_share *share = &region->share;
	u64 used = region->sizes.plugged + region->sizes.asked +
		   region->sizes.limbo;
	struct vhost_mem_pool *pool = share->pool;

	lockdep_assert_held(&region->blocks_lock);
	lockdep_assert_held(&region->config_lock);

	if (used == share->used)
		return;
	spin_lock(&pool->charge_lock);
	/* It grows by a charge only. */
	WARN_ON_ONCE(used > share->used);
	pool->charged -= vhost_mem_queue_charge(share, share->used);
	share->used = used;
	pool->charged += vhost_mem_queue_charge(share, used);
	vhost_mem_queue_serve(pool);
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_withdraw_locked() - give up a region's ticket
 * @region: The region. Requests are not served, or will be refused for another reason.
 *
 * The guest is notified to try again, for when it can.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_withdraw_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_pool *pool = region->share.pool;

	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	if (vhost_mem_queue_drop(pool, &region->share)) {
		if (!region->closed)
			schedule_delayed_work(&region->works.retry,
					      POOL_RETRY_DELAY);
		vhost_mem_queue_serve(pool);
	}
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_requested_locked() - follow a new requested size
 * @region: The region.
 *
 * Nothing waits for, or is held for, more than is requested.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_requested_locked(struct vhost_mem_region *region)
{
	const struct vhost_mem_sizes *sizes = &region->sizes;
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;

	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	if (share->ticket && sizes->plugged + share->want > sizes->requested)
		vhost_mem_queue_drop(pool, share);
	vhost_mem_queue_set_floor(pool, share, share->reserved,
				  min(share->held, sizes->requested));
	vhost_mem_queue_serve(pool);
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_hold_locked() - keep the charge of a VM that is being reset
 * @region: The region, before its blocks are unplugged.
 *
 * The VM has VHOST_MEM_POOL_HOLD to plug again what it had, as far as that is still
 * requested. A VM that is reset again meanwhile, with less, does not get more time.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_hold_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;
	u64 held = min(share->used, region->sizes.requested);

	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	if (held > share->held) {
		/* At most what is used, so the charge stays as it is. */
		share->held = held;
		mod_delayed_work(system_percpu_wq, &share->unhold, VHOST_MEM_POOL_HOLD);
	}
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_unhold_locked() - end vhost_mem_pool_hold_locked()
 * @region: The region; nothing need be held.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_unhold_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;

	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	vhost_mem_queue_set_floor(pool, share, share->reserved, 0);
	vhost_mem_queue_serve(pool);
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_lapse_locked() - take away what a woken guest has not come for
 * @region: The region.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_lapse_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;

	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	vhost_mem_queue_settle(pool, share);
	/* It may have been granted something else, for which this is queued again. */
	if (share->ticket == VHOST_MEM_TICKET_GRANTED &&
	    !time_before(jiffies, share->due)) {
		vhost_mem_queue_drop(pool, share);
		vhost_mem_queue_serve(pool);
	}
	spin_unlock(&pool->charge_lock);
}

/**
 * vhost_mem_pool_close_locked() - give up all that a region has but what it uses
 * @region: The region, closed. Its work items are not queued any more from now on.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 */
void vhost_mem_pool_close_locked(struct vhost_mem_region *region)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;

	lockdep_assert_held(&region->config_lock);

	spin_lock(&pool->charge_lock);
	vhost_mem_queue_drop(pool, share);
	vhost_mem_queue_set_floor(pool, share, 0, 0);
	vhost_mem_queue_reconsider(pool);
	spin_unlock(&pool->charge_lock);
}

/* Promise another number of bytes to a region of the same pool. */
static int pool_reserve(struct vhost_mem_pool *pool,
			struct vhost_mem_share *share, u64 reserved)
{
	u64 charge = vhost_mem_queue_charge(share, share->used);
	u64 growth = max(reserved, charge) - charge;

	lockdep_assert_held(&pool->charge_lock);

	vhost_mem_queue_settle(pool, share);
	/* Its own earmark is as good as free: it needs that much less of it then. */
	if (reserved > share->reserved &&
	    (reserved > pool->size - (pool->promised - share->reserved) ||
	     growth > vhost_mem_queue_free(pool) + share->earmark))
		return -ENOBUFS;
	vhost_mem_queue_set_floor(pool, share, reserved, share->held);
	vhost_mem_queue_reconsider(pool);
	return 0;
}

/*
 * Charge a pool for a region that comes with this charge and reserved size; @lease bytes
 * of them are those of a lease, which ends.
 */
static int pool_enter(struct vhost_mem_pool *pool, u64 charge, u64 reserved,
		      u64 lease)
{
	int ret = -ENOBUFS;

	spin_lock(&pool->charge_lock);
	/* No less is charged than promised, so there is room for the promise, too. */
	if (charge - lease <= vhost_mem_queue_free(pool)) {
		if (lease)
			pool_count_lease(pool, lease, -1);
		pool->charged += charge;
		pool->promised += reserved;
		pool->regions++;
		vhost_mem_queue_reconsider(pool);
		ret = 0;
	}
	spin_unlock(&pool->charge_lock);
	return ret;
}

/* For a moment it is charged in both; nobody's memory is charged in none. */
static int pool_move_locked(struct vhost_mem_region *region,
			    struct vhost_mem_pool *pool, u64 reserved, u64 lease)
{
	struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *old = share->pool;
	int ret;

	lockdep_assert_held(&region->config_lock);

	ret = pool_enter(pool, max3(share->used, share->held, reserved),
			 reserved, lease);
	if (ret)
		return ret;
	spin_lock(&old->charge_lock);
	if (vhost_mem_queue_drop(old, share))
		schedule_work(&share->wake);
	old->charged -= vhost_mem_queue_charge(share, share->used);
	old->promised -= share->reserved;
	old->regions--;
	share->reserved = reserved;
	share->pool = pool;
	vhost_mem_queue_reconsider(old);
	spin_unlock(&old->charge_lock);
	return 0;
}

/**
 * vhost_mem_pool_set_locked() - set the pool and the reserved size of a region
 * @region: The region, published.
 * @pool: The pool; that of the region, if it is not to be moved.
 * @reserved: Bytes that are promised to it.
 *
 * A region that is moved gets to the end of the queue, if it waits.
 *
 * Context: The registry and region->config_lock are held. Takes the pools' locks, one
 * after the other.
 * Return: 0; -ENOBUFS if the pool has no room for the charge that follows. Then nothing
 * has changed.
 */
int vhost_mem_pool_set_locked(struct vhost_mem_region *region,
			      struct vhost_mem_pool *pool, u64 reserved)
{
	struct vhost_mem_share *share = &region->share;
	int ret;

	lockdep_assert_held(&region->config_lock);

	if (pool != share->pool)
		return pool_move_locked(region, pool, reserved, 0);
	spin_lock(&pool->charge_lock);
	ret = pool_reserve(pool, share, reserved);
	spin_unlock(&pool->charge_lock);
	return ret;
}

/**
 * vhost_mem_pool_use_lease_locked() - make a lease the reserved size of a region
 * @region: The region, published.
 * @pool: The pool of the lease, to which the region is moved.
 * @size: Bytes of the lease; within the region.
 *
 * The lease ends and the region is charged in one section of the pool's lock: at no time
 * can anybody else have that memory.
 *
 * Context: The registry and region->config_lock are held. Takes the pools' locks, one
 * after the other.
 * Return: 0; -ENOBUFS if the region has more than the lease, and the pool has no room for
 * that: not if nothing is plugged or held. Then nothing has changed.
 */
int vhost_mem_pool_use_lease_locked(struct vhost_mem_region *region,
				    struct vhost_mem_pool *pool, u64 size)
{
	struct vhost_mem_share *share = &region->share;

	lockdep_assert_held(&region->config_lock);

	if (pool != share->pool)
		return pool_move_locked(region, pool, size, size);
	spin_lock(&pool->charge_lock);
	pool_count_lease(pool, size, -1);
	/* The charge grows by no more than what has become free by that. */
	vhost_mem_queue_set_floor(pool, share, size, share->held);
	vhost_mem_queue_reconsider(pool);
	spin_unlock(&pool->charge_lock);
	return 0;
}

/**
 * vhost_mem_pool_ticket_locked() - does a region wait for memory of its pool?
 * @region: The region.
 *
 * Context: region->config_lock held. Takes the pool's lock.
 * Return: Its ticket. It may change at once, unless it is VHOST_MEM_TICKET_NONE.
 */
enum vhost_mem_ticket
vhost_mem_pool_ticket_locked(const struct vhost_mem_region *region)
{
	const struct vhost_mem_share *share = &region->share;
	struct vhost_mem_pool *pool = share->pool;
	enum vhost_mem_ticket ticket;

	lockdep_assert_held(&region->config_lock);

	/* A region that is not published any more, or not yet, has none. */
	if (!pool)
		return VHOST_MEM_TICKET_NONE;
	spin_lock(&pool->charge_lock);
	ticket = vhost_mem_queue_ticket(pool, share);
	spin_unlock(&pool->charge_lock);
	return ticket;
}

/**
 * vhost_mem_pool_charge_of_locked() - get what a region is charged
 * @region: The region.
 *
 * Context: region->config_lock held.
 * Return: Bytes.
 */
u64 vhost_mem_pool_charge_of_locked(const struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->config_lock);

	/* Changes with that lock held only. */
	return vhost_mem_queue_charge(&region->share, region->share.used);
}

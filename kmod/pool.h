/* SPDX-License-Identifier: GPL-2.0 */
/* Pools of host memory: what regions may take of it, and who waits for it. */
#ifndef _VHOST_MEM_POOL_H
#define _VHOST_MEM_POOL_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <uapi/linux/vhost_mem.h>

struct vhost_mem_region;

/* The size of a pool that has none. */
#define VHOST_MEM_POOL_UNLIMITED	U64_MAX

/* A guest that was woken has so long to plug what waits for it. */
#define VHOST_MEM_POOL_LAPSE		(5 * HZ)

/* So long a VM that was reset may take to plug again what it had. */
#define VHOST_MEM_POOL_HOLD		(30 * HZ)

/**
 * struct vhost_mem_queue - those regions of a pool that were refused
 * @waiting: Shares whose request was refused, the first one first. Only that one has
 *	bytes earmarked.
 * @granted: Shares that were woken as all that they asked for is earmarked, the first
 *	one first.
 * @hopeless: Shares that asked for more than the pool can ever give them.
 * @nr_waiting: Number of regions in @waiting and @hopeless.
 * @nr_granted: Number of regions in @granted.
 * @earmarked: Sum of their earmarks, in bytes.
 * @epoch: Incremented when all that was earmarked is taken back.
 * @hope: What the pool's size less its promises was when those who wait were
 *	reconsidered; in bytes.
 * @serve: Serves those who wait, where they are too many for one section of the pool's
 *	lock.
 *
 * Protected by the pool's lock.
 */
struct vhost_mem_queue {
	struct list_head waiting;
	struct list_head granted;
	struct list_head hopeless;
	u32 nr_waiting;
	u32 nr_granted;
	u64 earmarked;
	u64 epoch;
	u64 hope;
	struct work_struct serve;
};

/**
 * struct vhost_mem_pool - a pool of host memory
 * @node: Entry in the list of pools. With the registry's lock.
 * @name: Its name. Constant.
 * @charge_lock: Protects the members from here on, and most of each region's share.
 * @size: Bytes that can be charged; VHOST_MEM_POOL_UNLIMITED if there is no limit.
 *	May be below @charged, but not below @promised.
 * @charged: Sum of the charges of its regions and of @leased, in bytes.
 * @promised: Sum of their reserved sizes and of @leased, in bytes.
 * @leased: Sum of the sizes of its leases, in bytes.
 * @regions: Number of its regions.
 * @leases: Number of its leases.
 * @queue: Its regions that wait.
 */
struct vhost_mem_pool {
	struct list_head node;
	char name[VHOST_MEM_NAME_MAX];
	spinlock_t charge_lock;	/* size ... queue */
	u64 size;
	u64 charged;
	u64 promised;
	u64 leased;
	u32 regions;
	u32 leases;
	struct vhost_mem_queue queue;
};

/**
 * enum vhost_mem_ticket - does a region wait for memory of its pool?
 * @VHOST_MEM_TICKET_NONE: It does not.
 * @VHOST_MEM_TICKET_WAITING: It was refused, and is woken when it is its turn.
 * @VHOST_MEM_TICKET_GRANTED: It was woken, and has yet to come.
 * @VHOST_MEM_TICKET_HOPELESS: It was refused, and is woken if the pool grows, or less of
 *	it is promised to others.
 */
enum vhost_mem_ticket {
	VHOST_MEM_TICKET_NONE,
	VHOST_MEM_TICKET_WAITING,
	VHOST_MEM_TICKET_GRANTED,
	VHOST_MEM_TICKET_HOPELESS,
};

/**
 * struct vhost_mem_share - what a region has of its pool, and wants of it
 * @pool: The pool. Written with region->config_lock, and the locks of the old and the
 *	new pool in turn; read with region->config_lock. NULL before the region is
 *	complete, and once it is not published any more.
 * @used: Bytes plugged or in limbo, and those of a PLUG under way.
 * @reserved: Bytes that are promised to the region.
 * @held: Bytes that are kept for a VM that was reset.
 * @ticket: Whether it waits, when it was last looked at; see
 *	vhost_mem_queue_ticket().
 * @epoch: The pool's epoch then. In a later one there is no earmark, and who was granted
 *	something waits again.
 * @want: Bytes of the request that was refused; with a ticket only.
 * @earmark: Bytes that only this region may be charged; 0 without a ticket.
 * @due: Time in jiffies at which a granted ticket lapses.
 * @node: Entry in one of the pool's lists; with a ticket only.
 * @wake: Notifies the guest that it can try again.
 * @lapse: Takes away what a guest that was woken does not come for.
 * @unhold: Ends @held.
 *
 * Protected by region->config_lock and the pool's lock, where nothing else is said: a
 * region changes its own with both, and others change its ticket and earmark with the
 * latter.
 */
struct vhost_mem_share {
	struct vhost_mem_pool *pool;
	u64 used;
	u64 reserved;
	u64 held;
	enum vhost_mem_ticket ticket;
	u64 epoch;
	u64 want;
	u64 earmark;
	unsigned long due;
	struct list_head node;
	struct work_struct wake;
	struct delayed_work lapse;
	struct delayed_work unhold;
};

/**
 * struct vhost_mem_pool_info - a pool at one point in time
 * @size: As in struct vhost_mem_pool; as all of these.
 * @charged: Bytes.
 * @promised: Bytes.
 * @leased: Bytes.
 * @earmarked: Bytes.
 * @free: Bytes that can be charged to whoever comes.
 * @over: Bytes that are charged beyond the size.
 * @regions: Number of regions.
 * @leases: Number of leases.
 * @waiting: Number of regions that were refused.
 */
struct vhost_mem_pool_info {
	u64 size;
	u64 charged;
	u64 promised;
	u64 leased;
	u64 earmarked;
	u64 free;
	u64 over;
	u32 regions;
	u32 leases;
	u32 waiting;
};

extern struct vhost_mem_pool vhost_mem_pool_default;

void vhost_mem_pool_init(struct vhost_mem_pool *pool, const char *name, u64 size);
void vhost_mem_pool_exit(struct vhost_mem_pool *pool);
int vhost_mem_pool_resize(struct vhost_mem_pool *pool, u64 size);
void vhost_mem_pool_look(struct vhost_mem_pool *pool,
			 struct vhost_mem_pool_info *info);
int vhost_mem_pool_lease(struct vhost_mem_pool *pool, u64 size);
void vhost_mem_pool_end_lease(struct vhost_mem_pool *pool, u64 size);

void vhost_mem_pool_join(struct vhost_mem_region *region,
			 struct vhost_mem_pool *pool);
void vhost_mem_pool_leave(struct vhost_mem_region *region);
int vhost_mem_pool_charge_locked(struct vhost_mem_region *region, u64 bytes);
void vhost_mem_pool_account_locked(struct vhost_mem_region *region);
void vhost_mem_pool_withdraw_locked(struct vhost_mem_region *region);
void vhost_mem_pool_requested_locked(struct vhost_mem_region *region);
void vhost_mem_pool_hold_locked(struct vhost_mem_region *region);
void vhost_mem_pool_unhold_locked(struct vhost_mem_region *region);
void vhost_mem_pool_lapse_locked(struct vhost_mem_region *region);
void vhost_mem_pool_close_locked(struct vhost_mem_region *region);
int vhost_mem_pool_set_locked(struct vhost_mem_region *region,
			      struct vhost_mem_pool *pool, u64 reserved);
int vhost_mem_pool_use_lease_locked(struct vhost_mem_region *region,
				    struct vhost_mem_pool *pool, u64 size);
enum vhost_mem_ticket
vhost_mem_pool_ticket_locked(const struct vhost_mem_region *region);
u64 vhost_mem_pool_charge_of_locked(const struct vhost_mem_region *region);

#endif /* _VHOST_MEM_POOL_H */

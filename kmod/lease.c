// SPDX-License-Identifier: GPL-2.0
/*
 * Leases: memory of a pool that is promised to a region that does not exist yet.
 *
 * The administrator makes a lease, and gives its number to the VMM, which claims it when
 * it creates the region. Until then nobody else gets that memory. A lease does not belong
 * to the process that has made it: it ends when it is claimed or dropped, or when its time
 * is over. Who can open the device can claim any number, so a number proves nothing; what
 * proves something is the user who has opened the device.
 *
 * The pool counts what is leased, see pool.c; here is who may have it, and how long. All of
 * it is protected by the registry's lock.
 */

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "lease.h"
#include "pool.h"
#include "registry.h"
#include "vhost_mem.h"

static void lease_expire_work(struct work_struct *work);

/* In the order of their numbers. */
static LIST_HEAD(vhost_mem_leases);
static unsigned int vhost_mem_nr_leases;
/* Number of the last one, whatever has become of it. */
static u64 vhost_mem_last_lease;
static DECLARE_DELAYED_WORK(vhost_mem_lease_work, lease_expire_work);

static bool lease_is_over(const struct vhost_mem_lease *lease)
{
	return !time_before(jiffies, lease->expires);
}

/* Forget a lease. What it had in its pool is somebody's already. */
static void lease_forget(struct vhost_mem_lease *lease)
{
	vhost_mem_registry_assert_locked();

	list_del(&lease->node);
	vhost_mem_nr_leases--;
	kfree(lease);
}

/* End those whose time is over, and have the next one ended when its time comes. */
static void lease_expire(void)
{
	struct vhost_mem_lease *lease, *next, *first = NULL;

	vhost_mem_registry_assert_locked();

	list_for_each_entry_safe(lease, next, &vhost_mem_leases, node) {
		if (lease_is_over(lease))
			vhost_mem_lease_drop(lease);
		else if (!first || time_before(lease->expires, first->expires))
			first = lease;
	}
	if (first)
		mod_delayed_work(system_percpu_wq, &vhost_mem_lease_work,
				 first->expires - jiffies);
}

static void lease_expire_work(struct work_struct *work)
{
	vhost_mem_registry_lock();
	lease_expire();
	vhost_mem_registry_unlock();
}

/**
 * vhost_mem_lease_add() - make a lease
 * @wanted: Its name, pool, size and user, all checked.
 * @ms: Milliseconds until it expires.
 *
 * Context: The registry is locked. May sleep. Takes the pool's lock.
 * Return: The lease, or an ERR_PTR(): -ENOBUFS if the pool has no room for it, -ENOSPC if
 * there are VHOST_MEM_LEASES_MAX, -ENOMEM. Then nothing has changed.
 */
struct vhost_mem_lease *
vhost_mem_lease_add(const struct vhost_mem_lease *wanted, unsigned int ms)
{
	struct vhost_mem_lease *lease;
	int ret;

	vhost_mem_registry_assert_locked();

	lease_expire();
	if (vhost_mem_nr_leases >= VHOST_MEM_LEASES_MAX)
		return ERR_PTR(-ENOSPC);
	lease = kzalloc(sizeof(*lease), GFP_KERNEL_ACCOUNT);
	if (!lease)
		return ERR_PTR(-ENOMEM);
	*lease = *wanted;
	ret = vhost_mem_pool_lease(lease->pool, lease->size);
	if (ret) {
		kfree(lease);
		return ERR_PTR(ret);
	}
	lease->number = ++vhost_mem_last_lease;
	lease->expires = jiffies + msecs_to_jiffies(ms);
	list_add_tail(&lease->node, &vhost_mem_leases);
	vhost_mem_nr_leases++;
	lease_expire();
	return lease;
}

/**
 * vhost_mem_lease_next() - walk over all leases
 * @number: Number from which to look.
 *
 * Context: The registry is locked.
 * Return: The lease with the lowest number that is not below it, or NULL.
 */
struct vhost_mem_lease *vhost_mem_lease_next(u64 number)
{
	struct vhost_mem_lease *lease;

	vhost_mem_registry_assert_locked();

	list_for_each_entry(lease, &vhost_mem_leases, node) {
		/* The work item that ends it may be about to run. */
		if (lease->number >= number && !lease_is_over(lease))
			return lease;
	}
	return NULL;
}

/**
 * vhost_mem_lease_find() - find a lease
 * @number: Its number.
 *
 * Context: The registry is locked.
 * Return: The lease, which stays until the registry is unlocked; or NULL.
 */
struct vhost_mem_lease *vhost_mem_lease_find(u64 number)
{
	struct vhost_mem_lease *lease = vhost_mem_lease_next(number);

	return lease && lease->number == number ? lease : NULL;
}

/**
 * vhost_mem_lease_drop() - end a lease that nobody has claimed
 * @lease: The lease, which is freed.
 *
 * Context: The registry is locked. Takes the pool's lock.
 */
void vhost_mem_lease_drop(struct vhost_mem_lease *lease)
{
	vhost_mem_pool_end_lease(lease->pool, lease->size);
	lease_forget(lease);
}

/**
 * vhost_mem_lease_left() - get how long a lease is still good
 * @lease: The lease.
 *
 * Context: The registry is locked.
 * Return: Milliseconds.
 */
unsigned int vhost_mem_lease_left(const struct vhost_mem_lease *lease)
{
	return lease_is_over(lease) ? 0 :
	       jiffies_to_msecs(lease->expires - jiffies);
}

static int lease_check(const struct vhost_mem_region *region,
		       const struct vhost_mem_lease *lease, kuid_t opener)
{
	/* First, so that nobody else learns anything about it. */
	if (lease->has_user && !uid_eq(lease->user, opener))
		return -EACCES;
	if (lease->size > region->size)
		return -ERANGE;
	if (!IS_ALIGNED(lease->size, region->block_size))
		return -EINVAL;
	return 0;
}

/**
 * vhost_mem_lease_use() - claim a lease for a new region
 * @region: The region, published, with nothing plugged.
 * @number: Number of the lease.
 * @opener: The user who has opened the device.
 *
 * The region then belongs to the lease's pool, and the lease is its reserved size.
 *
 * Context: May sleep. Takes the registry's lock, region->config_lock and the pools' locks.
 * Return: 0; -ENOENT if no lease had that number yet; -ESTALE if it was claimed or dropped,
 * or its time is over; -EACCES if it is for another user; -ERANGE if it is larger than the
 * region; -EINVAL if it is no multiple of the region's block size. Then nothing has
 * changed.
 */
int vhost_mem_lease_use(struct vhost_mem_region *region, u64 number,
			kuid_t opener)
{
	struct vhost_mem_lease *lease;
	int ret;

	vhost_mem_registry_lock();
	lease = vhost_mem_lease_find(number);
	if (!lease) {
		ret = number && number <= vhost_mem_last_lease ? -ESTALE :
								 -ENOENT;
		goto unlock;
	}
	ret = lease_check(region, lease, opener);
	if (ret)
		goto unlock;
	spin_lock(&region->config_lock);
	ret = vhost_mem_pool_use_lease_locked(region, lease->pool, lease->size);
	spin_unlock(&region->config_lock);
	if (!ret)
		lease_forget(lease);
unlock:
	vhost_mem_registry_unlock();
	return ret;
}

/**
 * vhost_mem_lease_exit() - free all leases
 *
 * Context: Module exit, or failed initialization: there is no region, and no netlink
 * command. Before the pools are freed. May sleep.
 */
void vhost_mem_lease_exit(void)
{
	struct vhost_mem_lease *lease, *next;

	vhost_mem_registry_lock();
	list_for_each_entry_safe(lease, next, &vhost_mem_leases, node)
		vhost_mem_lease_drop(lease);
	vhost_mem_registry_unlock();
	/* It may still be queued, and finds nothing. */
	cancel_delayed_work_sync(&vhost_mem_lease_work);
}

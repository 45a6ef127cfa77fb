// SPDX-License-Identifier: GPL-2.0
/*
 * Registry: every region of this host, by number.
 *
 * A region that was found stays valid while the registry's lock is held, because it
 * is removed under that lock before it is torn down. The lock is never held while
 * requests are served or memory is freed, so the administrator gets a reply even
 * while a VMM hangs.
 */

#include <linux/xarray.h>

#include "registry.h"
#include "vhost_mem.h"

static DEFINE_MUTEX(vhost_mem_registry_mutex);
static DEFINE_XARRAY_ALLOC1(vhost_mem_regions);
static u32 vhost_mem_next_id;
/* See vhost_mem_registry_generation(). */
static unsigned int vhost_mem_generation = 1;

/**
 * vhost_mem_registry_changed() - have dumps that are under way marked as inconsistent
 *
 * Regions have come or gone, or several were changed together.
 *
 * Context: The registry is locked.
 */
void vhost_mem_registry_changed(void)
{
	lockdep_assert_held(&vhost_mem_registry_mutex);

	if (!++vhost_mem_generation)
		vhost_mem_generation = 1;
}

/**
 * vhost_mem_registry_reserve() - reserve a number for a region
 * @region: The region. Its number is set. Until vhost_mem_registry_publish(), which has to
 *	follow, nobody finds it.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_registry_reserve(struct vhost_mem_region *region)
{
	int ret;

	/*
	 * Cyclic, so that a script does not resize a region that has inherited the
	 * number of an earlier one. The number is reserved without the mutex, because
	 * the allocation may take long in a full memory cgroup.
	 */
	ret = xa_alloc_cyclic(&vhost_mem_regions, &region->id, NULL,
			      XA_LIMIT(1, INT_MAX), &vhost_mem_next_id,
			      GFP_KERNEL_ACCOUNT);
	return ret < 0 ? ret : 0;
}

/**
 * vhost_mem_registry_publish() - publish a region
 * @region: The region, whose number is reserved. Whoever finds it finds it as it is now.
 *
 * Context: The registry is locked. May sleep.
 */
void vhost_mem_registry_publish(struct vhost_mem_region *region)
{
	lockdep_assert_held(&vhost_mem_registry_mutex);

	/* The entry is reserved, so this does not allocate. */
	xa_store(&vhost_mem_regions, region->id, region, GFP_KERNEL);
	vhost_mem_registry_changed();
	/* Before the mutex is dropped, so that no other event comes first. */
	vhost_mem_notify_created(region);
}

/**
 * vhost_mem_registry_remove() - unpublish a region
 * @region: The region.
 *
 * Context: May sleep.
 */
void vhost_mem_registry_remove(struct vhost_mem_region *region)
{
	mutex_lock(&vhost_mem_registry_mutex);
	xa_erase(&vhost_mem_regions, region->id);
	vhost_mem_registry_changed();
	mutex_unlock(&vhost_mem_registry_mutex);
	vhost_mem_notify_gone(region);
}

/**
 * vhost_mem_registry_lock() - keep regions from being published or unpublished
 *
 * Context: May sleep.
 */
void vhost_mem_registry_lock(void)
{
	mutex_lock(&vhost_mem_registry_mutex);
}

/**
 * vhost_mem_registry_unlock() - undo vhost_mem_registry_lock()
 */
void vhost_mem_registry_unlock(void)
{
	mutex_unlock(&vhost_mem_registry_mutex);
}

/**
 * vhost_mem_registry_assert_locked() - complain unless the registry is locked
 *
 * For writers of what is protected by the registry's lock: a region's limit and policy.
 *
 * Context: The registry is locked.
 */
void vhost_mem_registry_assert_locked(void)
{
	lockdep_assert_held(&vhost_mem_registry_mutex);
}

/**
 * vhost_mem_registry_lock_config() - take the config_lock of one of several regions
 * @region: The region. Those of others may be held already, if they were taken by this,
 *	too.
 *
 * Context: The registry is locked, and stays so until vhost_mem_registry_unlock_config():
 * nobody else holds more than one of these locks.
 */
void vhost_mem_registry_lock_config(struct vhost_mem_region *region)
{
	spin_lock_nest_lock(&region->config_lock, &vhost_mem_registry_mutex);
	/* Sparse is not to count locks that are taken in a loop. */
	__release(&region->config_lock);
}

/**
 * vhost_mem_registry_unlock_config() - undo vhost_mem_registry_lock_config()
 * @region: The region.
 */
void vhost_mem_registry_unlock_config(struct vhost_mem_region *region)
{
	__acquire(&region->config_lock);
	spin_unlock(&region->config_lock);
}

/**
 * vhost_mem_registry_generation() - number that changes with the set of regions
 *
 * Context: The registry is locked.
 * Return: A number, never 0, that differs once a region has come or gone, or several were
 * changed together.
 */
unsigned int vhost_mem_registry_generation(void)
{
	lockdep_assert_held(&vhost_mem_registry_mutex);

	return vhost_mem_generation;
}

/**
 * vhost_mem_registry_find() - find a region
 * @id: Number of the region.
 *
 * Context: The registry is locked.
 * Return: The region or NULL.
 */
struct vhost_mem_region *vhost_mem_registry_find(u32 id)
{
	lockdep_assert_held(&vhost_mem_registry_mutex);

	return xa_load(&vhost_mem_regions, id);
}

/**
 * vhost_mem_registry_next() - walk over all regions
 * @id: Number from which to look; set to that of the region found.
 *
 * Context: The registry is locked.
 * Return: The next region or NULL.
 */
struct vhost_mem_region *vhost_mem_registry_next(unsigned long *id)
{
	lockdep_assert_held(&vhost_mem_registry_mutex);

	return xa_find(&vhost_mem_regions, id, INT_MAX, XA_PRESENT);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The pools of the host: one that is always there, and those that the administrator has
 * made.
 *
 * Protected by the registry's lock, with which regions are moved, too: so a pool that was
 * found empty stays empty until it is deleted.
 */

#include <linux/err.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "defaults.h"
#include "pool.h"
#include "pools.h"
#include "registry.h"

#define POOLS_DEFAULT_NAME	"default"

/* The default pool is the first one. */
static LIST_HEAD(vhost_mem_pools);
/* Incremented when a pool comes or goes; never 0. */
static unsigned int vhost_mem_pools_changes = 1;

static void pools_changed(void)
{
	vhost_mem_registry_assert_locked();

	if (!++vhost_mem_pools_changes)
		vhost_mem_pools_changes = 1;
}

/**
 * vhost_mem_pools_init() - make the default pool
 *
 * Context: Module initialization, before there is a region.
 */
void vhost_mem_pools_init(void)
{
	vhost_mem_pool_init(&vhost_mem_pool_default, POOLS_DEFAULT_NAME,
			    VHOST_MEM_POOL_UNLIMITED);
	list_add(&vhost_mem_pool_default.node, &vhost_mem_pools);
}

/**
 * vhost_mem_pools_exit() - free all pools
 *
 * Context: Module exit, or failed initialization: there is no region, and no netlink
 * command. May sleep.
 */
void vhost_mem_pools_exit(void)
{
	struct vhost_mem_pool *pool, *next;

	list_for_each_entry_safe(pool, next, &vhost_mem_pools, node) {
		list_del(&pool->node);
		vhost_mem_pool_exit(pool);
		if (pool != &vhost_mem_pool_default)
			kfree(pool);
	}
}

/**
 * vhost_mem_pools_find() - find a pool
 * @name: Its name.
 *
 * Context: The registry is locked.
 * Return: The pool, which stays until the registry is unlocked; or NULL.
 */
struct vhost_mem_pool *vhost_mem_pools_find(const char *name)
{
	struct vhost_mem_pool *pool;

	vhost_mem_registry_assert_locked();

	list_for_each_entry(pool, &vhost_mem_pools, node) {
		if (!strcmp(pool->name, name))
			return pool;
	}
	return NULL;
}

/**
 * vhost_mem_pools_generation() - number that changes with the set of pools
 *
 * Context: The registry is locked.
 * Return: A number, never 0, that differs once a pool has come or gone.
 */
unsigned int vhost_mem_pools_generation(void)
{
	vhost_mem_registry_assert_locked();

	return vhost_mem_pools_changes;
}

/**
 * vhost_mem_pools_nth() - walk over all pools
 * @n: Place in the list, from 0. A new pool is the last one.
 *
 * Context: The registry is locked.
 * Return: The pool, or NULL beyond the last one.
 */
struct vhost_mem_pool *vhost_mem_pools_nth(unsigned long n)
{
	struct vhost_mem_pool *pool;

	vhost_mem_registry_assert_locked();

	list_for_each_entry(pool, &vhost_mem_pools, node) {
		if (!n--)
			return pool;
	}
	return NULL;
}

/**
 * vhost_mem_pools_add() - make a pool
 * @name: Its name; checked, and no other pool has it.
 * @size: Bytes, or VHOST_MEM_POOL_UNLIMITED.
 *
 * Context: The registry is locked. May sleep.
 * Return: The pool or ERR_PTR(-ENOMEM).
 */
struct vhost_mem_pool *vhost_mem_pools_add(const char *name, u64 size)
{
	struct vhost_mem_pool *pool;

	vhost_mem_registry_assert_locked();

	pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	vhost_mem_pool_init(pool, name, size);
	list_add_tail(&pool->node, &vhost_mem_pools);
	pools_changed();
	return pool;
}

/**
 * vhost_mem_pools_delete() - delete a pool
 * @pool: The pool.
 *
 * Context: The registry is locked. May sleep. Takes pool->charge_lock.
 * Return: 0; -EBUSY if it is the default pool or that of new regions, or has regions or
 * leases.
 */
int vhost_mem_pools_delete(struct vhost_mem_pool *pool)
{
	struct vhost_mem_pool_info info;

	vhost_mem_registry_assert_locked();

	vhost_mem_pool_look(pool, &info);
	if (pool == &vhost_mem_pool_default ||
	    vhost_mem_defaults_have_pool(pool) || info.regions || info.leases)
		return -EBUSY;
	/* The last region has left with the lock held, and nobody knows the pool now. */
	list_del(&pool->node);
	pools_changed();
	vhost_mem_pool_exit(pool);
	kfree(pool);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Defaults: what a new region starts with, when nobody says otherwise.
 *
 * A rule that is set once the region has appeared comes too late: its VMM may have
 * requested, and its guest plugged, any size by then. So the administrator sets safe values
 * for all regions of the host here, and loosens them for one VM when that is there.
 *
 * Protected by the registry's lock, under which regions appear: once the defaults are set,
 * every region that was not there before has them.
 */

#include <linux/minmax.h>

#include "defaults.h"
#include "geometry.h"
#include "pool.h"
#include "registry.h"
#include "vhost_mem.h"

static struct vhost_mem_defaults vhost_mem_defaults = {
	.limit		= VHOST_MEM_DEFAULTS_NONE,
	.pool		= &vhost_mem_pool_default,
	.policy = {
		.policy		= VHOST_MEM_POLICY_DENY,
		.max		= VHOST_MEM_DEFAULTS_NONE,
		.step		= VHOST_MEM_DEFAULTS_NONE,
		.interval_ms	= VHOST_MEM_POLICY_INTERVAL_DEFAULT,
	},
};

/**
 * vhost_mem_defaults_get() - get what a new region starts with
 * @defaults: Filled in.
 *
 * Context: The registry is locked. The pool stays until it is unlocked.
 */
void vhost_mem_defaults_get(struct vhost_mem_defaults *defaults)
{
	vhost_mem_registry_assert_locked();

	*defaults = vhost_mem_defaults;
}

/**
 * vhost_mem_defaults_set() - set what a new region starts with
 * @defaults: The new values, checked against each other.
 *
 * Context: The registry is locked.
 */
void vhost_mem_defaults_set(const struct vhost_mem_defaults *defaults)
{
	vhost_mem_registry_assert_locked();

	vhost_mem_defaults = *defaults;
}

/**
 * vhost_mem_defaults_have_pool() - do new regions belong to a pool?
 * @pool: The pool.
 *
 * Context: The registry is locked.
 * Return: Whether it is the one, and so has to stay.
 */
bool vhost_mem_defaults_have_pool(const struct vhost_mem_pool *pool)
{
	vhost_mem_registry_assert_locked();

	return vhost_mem_defaults.pool == pool;
}

/* Of a size for regions of any size: what this one can have of it. */
static u64 defaults_size(const struct vhost_mem_region *region, u64 size)
{
	/* A block is a power of two. */
	return min(size & ~(region->block_size - 1), region->size);
}

/**
 * vhost_mem_defaults_apply() - have a new region start with the defaults
 * @region: The region, complete but for its pool. It is published before the registry is
 *	unlocked; until then nobody else knows it, so its own locks are not needed.
 *
 * Nothing of it is charged to its pool yet, so the pool cannot refuse it.
 *
 * Context: The registry is locked. Takes the pool's lock.
 */
void vhost_mem_defaults_apply(struct vhost_mem_region *region)
{
	const struct vhost_mem_defaults *defaults = &vhost_mem_defaults;
	struct vhost_mem_sizes *sizes = &region->sizes;

	vhost_mem_registry_assert_locked();

	sizes->limit = defaults_size(region, defaults->limit);
	sizes->minimum = defaults_size(region, defaults->minimum);
	/* No change of a size, so there is no job. The VMM is about to request another one. */
	sizes->requested = sizes->minimum;
	sizes->usable = vhost_mem_geometry_usable(sizes->requested, region->size,
						  region->block_size);
	region->report.policy = defaults->policy;
	region->report.policy.max = defaults_size(region, defaults->policy.max);
	/* With a step of 0 no growth would ever be granted. */
	region->report.policy.step =
		max(defaults_size(region, defaults->policy.step), region->block_size);
	vhost_mem_pool_join(region, defaults->pool);
}

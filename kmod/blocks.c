// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks: plug, unplug and query them, for the guest and for the owner.
 *
 * Virtio specification: "Memory Device", "Device Operation". The checks come
 * in the order well-formed, inside the usable region, requested size, state of
 * the blocks, frozen; only then something changes. Plugging opens the guard and
 * then accounts; unplugging closes it, frees the memory and then accounts: backed
 * memory never exceeds the plugged size that anybody sees, but for blocks whose
 * memory is being allocated (VHOST_MEM_CREATE_PREALLOC) by a PLUG under way.
 */

#include <linux/bitmap.h>
#include <linux/errno.h>

#include "geometry.h"
#include "vhost_mem.h"

/* A range of whole blocks. */
struct blocks {
	u64 first;
	u64 nr;
};

static int blocks_check(struct vhost_mem_region *region, u64 addr, u64 length,
			struct blocks *blocks)
{
	u64 start, usable;
	bool valid;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	spin_lock(&region->config_lock);
	valid = region->addr_valid;
	start = region->addr;
	/* Shrinks only with blocks_lock held: still true when we are done. */
	usable = region->usable_size;
	spin_unlock(&region->config_lock);

	if (!valid)
		return -ENXIO;
	ret = vhost_mem_geometry_check_range(addr, length, start, usable,
					     region->block_size);
	if (ret)
		return ret;
	blocks->first = (addr - start) / region->block_size;
	blocks->nr = length / region->block_size;
	return 0;
}

static int blocks_check_requested(struct vhost_mem_region *region, u64 length)
{
	int ret = 0;

	spin_lock(&region->config_lock);
	if (region->plugged_size > region->requested_size ||
	    length > region->requested_size - region->plugged_size)
		ret = -ENOSPC;
	spin_unlock(&region->config_lock);
	return ret;
}

/* The last check, so that a request which can never succeed is told so. */
static int blocks_check_frozen(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->blocks_lock);

	return region->frozen ? -EAGAIN : 0;
}

/**
 * vhost_mem_blocks_plug() - plug blocks
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 *
 * Context: May sleep. Takes region->blocks_lock.
 * Return: 0; -ENXIO without an address of the region, -EINVAL or -ERANGE for a
 * range that is malformed or not inside the usable region, -ENOSPC if the
 * requested size would be exceeded, -EEXIST if a block is plugged already,
 * -EAGAIN while the region is frozen, -ENOMEM if there is no memory
 * (VHOST_MEM_CREATE_PREALLOC).
 */
int vhost_mem_blocks_plug(struct vhost_mem_region *region, u64 addr,
			  u64 length)
{
	struct blocks blocks;
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = blocks_check(region, addr, length, &blocks);
	if (!ret)
		ret = blocks_check_requested(region, length);
	if (!ret && vhost_mem_blkmap_state(&region->blkmap, blocks.first,
					   blocks.nr) !=
	    VHOST_MEM_BLKMAP_UNPLUGGED)
		ret = -EEXIST;
	if (!ret)
		ret = blocks_check_frozen(region);
	if (!ret)
		ret = vhost_mem_guard_plug(region, blocks.first, blocks.nr);
	if (!ret)
		vhost_mem_config_plugged(region, length);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_blocks_unplug() - unplug blocks and free their memory
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 * Return: 0; -ENXIO, -EINVAL or -ERANGE as for vhost_mem_blocks_plug();
 * -ENOENT if a block is unplugged already; -EAGAIN while the region is frozen;
 * -EBUSY if a page of one is pinned.
 */
int vhost_mem_blocks_unplug(struct vhost_mem_region *region, u64 addr,
			    u64 length)
{
	struct blocks blocks;
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = blocks_check(region, addr, length, &blocks);
	if (!ret && vhost_mem_blkmap_state(&region->blkmap, blocks.first,
					   blocks.nr) !=
	    VHOST_MEM_BLKMAP_PLUGGED)
		ret = -ENOENT;
	if (!ret)
		ret = blocks_check_frozen(region);
	if (!ret)
		ret = vhost_mem_guard_unplug(region, blocks.first, blocks.nr,
					     false);
	if (!ret)
		vhost_mem_config_plugged(region, -length);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_blocks_state() - are blocks plugged?
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 * @state: Filled in on success.
 *
 * Context: May sleep. Takes region->blocks_lock.
 * Return: 0; -ENXIO, -EINVAL or -ERANGE as for vhost_mem_blocks_plug().
 */
int vhost_mem_blocks_state(struct vhost_mem_region *region, u64 addr,
			   u64 length, enum vhost_mem_blkmap_state *state)
{
	struct blocks blocks;
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = blocks_check(region, addr, length, &blocks);
	if (!ret)
		*state = vhost_mem_blkmap_state(&region->blkmap, blocks.first,
						blocks.nr);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

static int blocks_unplug_all(struct vhost_mem_region *region, bool force)
{
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	ret = vhost_mem_guard_unplug(region, 0, region->blkmap.nr_blocks,
				     force);
	if (!ret)
		vhost_mem_config_unplugged_all(region);
	return ret;
}

/**
 * vhost_mem_blocks_unplug_all() - unplug every block, shrink the usable region
 * @region: The region.
 * @force: Also if pages are pinned.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 * Return: 0; -EAGAIN while the region is frozen; -EBUSY if a page is pinned.
 * Then nothing has changed.
 */
int vhost_mem_blocks_unplug_all(struct vhost_mem_region *region, bool force)
{
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = blocks_check_frozen(region);
	if (!ret)
		ret = blocks_unplug_all(region, force);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_blocks_close() - unplug every block for good
 * @region: The region, not published any more.
 *
 * Frozen or not: who wanted it frozen is gone.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 */
void vhost_mem_blocks_close(struct vhost_mem_region *region)
{
	mutex_lock(&region->blocks_lock);
	blocks_unplug_all(region, true);
	mutex_unlock(&region->blocks_lock);
}

/**
 * vhost_mem_blocks_copy() - copy a part of the block map
 * @region: The region.
 * @first_block: Number of the first block, a multiple of 64.
 * @nr_blocks: How many; the range lies inside the region.
 * @bitmap: Where to, in kernel memory.
 *
 * Context: May sleep. Takes region->blocks_lock.
 */
void vhost_mem_blocks_copy(struct vhost_mem_region *region, u64 first_block,
			   u64 nr_blocks, u64 *bitmap)
{
	mutex_lock(&region->blocks_lock);
	bitmap_to_arr64(bitmap, region->blkmap.plugged + BIT_WORD(first_block),
			nr_blocks);
	mutex_unlock(&region->blocks_lock);
}

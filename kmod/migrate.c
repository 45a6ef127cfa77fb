// SPDX-License-Identifier: GPL-2.0
/*
 * Migration: freeze the block map of the source, and set that of the target.
 *
 * The VMM freezes a source before it reads the block map, and until the VM has ended or
 * continues; so the memory that it sends is that of the blocks in the map. It sets the
 * map of the target before it writes any memory, because unplugged blocks cannot be
 * written.
 */

#include <linux/bitmap.h>
#include <linux/errno.h>

#include "blocks.h"
#include "config.h"
#include "confirm.h"
#include "migrate.h"
#include "pool.h"
#include "vhost_mem.h"

/**
 * vhost_mem_migrate_freeze() - freeze or thaw the state of every block
 * @region: The region.
 * @freeze: True to freeze, false to thaw.
 *
 * While the region is frozen the block map does not change, and no block can be unplugged
 * while the VMM reads its memory. Thawing tells the guest to retry what was answered BUSY
 * meanwhile.
 *
 * Context: May sleep, until a change under way is done or has given up. Takes
 * region->blocks_lock.
 */
void vhost_mem_migrate_freeze(struct vhost_mem_region *region, bool freeze)
{
	bool thawed;

	if (freeze)
		vhost_mem_blocks_interrupt(region);
	mutex_lock(&region->blocks_lock);
	if (freeze) {
		vhost_mem_blocks_go_on(region);
		vhost_mem_confirm_cancel(region);
	}
	thawed = region->frozen && !freeze;
	/* Also read without the lock, for the administrator. */
	WRITE_ONCE(region->frozen, freeze);
	if (freeze) {
		/* With blocks_lock held, so no PLUG can be refused, and wait, after it. */
		spin_lock(&region->config_lock);
		vhost_mem_pool_withdraw_locked(region);
		spin_unlock(&region->config_lock);
	}
	mutex_unlock(&region->blocks_lock);
	/*
	 * Every BUSY for this reason was decided with the lock held, that is before
	 * this notification. If the guest sees the response only after it, another
	 * notification will follow: vhost_mem_config_commit() has scheduled one.
	 */
	if (thawed)
		vhost_mem_config_retry(region);
}

/**
 * vhost_mem_migrate_get_map() - copy a part of the block map
 * @region: The region.
 * @first_block: Number of the first block, a multiple of 64.
 * @nr_blocks: Number of blocks; the range lies inside the region.
 * @bitmap: Destination, in kernel memory.
 *
 * Does not wait for a change under way, which has happened or not. A PLUG that the VMM has
 * yet to confirm has not.
 *
 * Context: May sleep. Takes region->guard.lock.
 * Return: 0; -EINTR if the task is being killed.
 */
int vhost_mem_migrate_get_map(struct vhost_mem_region *region, u64 first_block,
			      u64 nr_blocks, u64 *bitmap)
{
	const struct vhost_mem_asked *asked = &region->asked;
	u64 block;

	if (down_read_killable(&region->guard.lock))
		return -EINTR;
	bitmap_to_arr64(bitmap, region->blkmap.plugged + BIT_WORD(first_block),
			nr_blocks);
	/* At most as many as one request can have. */
	for (block = asked->first; block - asked->first < asked->hidden; block++) {
		if (block - first_block < nr_blocks)
			bitmap[(block - first_block) / 64] &= ~BIT_ULL(block % 64);
	}
	up_read(&region->guard.lock);
	return 0;
}

/* Check everything about a map that can be checked before the first block is plugged. */
static int migrate_check_map(struct vhost_mem_region *region, u64 first, u64 nr,
			     const unsigned long *plugged)
{
	u64 end = find_last_bit(plugged, nr);
	u64 bytes = (u64)bitmap_weight(plugged, nr) * region->block_size;
	int ret = 0;

	lockdep_assert_held(&region->blocks_lock);

	spin_lock(&region->config_lock);
	if (end < nr &&
	    (first + end + 1) * region->block_size > region->sizes.usable)
		ret = -ERANGE;
	else if (bytes > region->sizes.limit ||
		 region->sizes.plugged > region->sizes.limit - bytes)
		ret = -EDQUOT;
	spin_unlock(&region->config_lock);

	if (!ret && vhost_mem_blkmap_state(&region->blkmap, first, nr) !=
	    VHOST_MEM_BLKMAP_UNPLUGGED)
		ret = -EEXIST;
	if (!ret && region->frozen)
		ret = -EAGAIN;
	return ret;
}

/**
 * vhost_mem_migrate_set_map() - plug the blocks of a map, on the target
 * @region: The region. Not running.
 * @first_block: Number of the first block of the map.
 * @nr_blocks: Number of blocks, not 0; the range lies inside the region.
 * @plugged: Bitmap of the blocks to plug; bit 0 is @first_block.
 *
 * Context: May sleep. Takes region->blocks_lock.
 * Return: 0; -ERANGE if a block lies outside the usable region; -EDQUOT if the
 * limit would be exceeded; -EEXIST if a block of the range is plugged already;
 * -EAGAIN while the region is frozen; or as vhost_mem_blocks_plug_run(). Then
 * nothing has changed.
 */
int vhost_mem_migrate_set_map(struct vhost_mem_region *region, u64 first_block,
			      u64 nr_blocks, const unsigned long *plugged)
{
	u64 run = 0, end = 0, nr;
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = migrate_check_map(region, first_block, nr_blocks, plugged);
	while (!ret) {
		run = find_next_bit(plugged, nr_blocks, end);
		if (run >= nr_blocks)
			break;
		end = find_next_zero_bit(plugged, nr_blocks, run);
		ret = vhost_mem_blocks_plug_run(region, first_block + run,
						end - run,
						VHOST_MEM_CEILING_LIMIT);
		cond_resched();
	}
	/* Up to the run that failed, all plugged blocks are ours: they were unplugged. */
	nr = bitmap_weight(plugged, run);
	if (ret && nr)
		vhost_mem_blocks_unplug_run(region, first_block, run,
					    nr * region->block_size);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

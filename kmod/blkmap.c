// SPDX-License-Identifier: GPL-2.0
/* Block map: which device blocks of a region are plugged. */

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "blkmap.h"

/**
 * vhost_mem_blkmap_init() - make a map with every block unplugged
 * @map: The map.
 * @nr_blocks: Number of blocks, at most VHOST_MEM_BLOCKS_MAX.
 *
 * A map may take megabytes, so the OOM killer is not invoked for it.
 *
 * Context: May sleep.
 * Return: 0, or -ENOMEM.
 */
int vhost_mem_blkmap_init(struct vhost_mem_blkmap *map, u64 nr_blocks)
{
	map->plugged = kvcalloc(BITS_TO_LONGS(nr_blocks), sizeof(long),
				GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				__GFP_NOWARN);
	if (!map->plugged)
		return -ENOMEM;
	map->nr_blocks = nr_blocks;
	return 0;
}

/**
 * vhost_mem_blkmap_free() - free a map
 * @map: The map; also zeroed, or after vhost_mem_blkmap_init() has failed.
 *
 * Context: May sleep.
 */
void vhost_mem_blkmap_free(struct vhost_mem_blkmap *map)
{
	kvfree(map->plugged);
	map->plugged = NULL;
	map->nr_blocks = 0;
}

/**
 * vhost_mem_blkmap_test() - is a block plugged?
 * @map: The map.
 * @block: Any number; a block outside the map is not plugged.
 *
 * Return: Whether it is.
 */
bool vhost_mem_blkmap_test(const struct vhost_mem_blkmap *map, u64 block)
{
	return block < map->nr_blocks && test_bit(block, map->plugged);
}

/**
 * vhost_mem_blkmap_state() - state of a range of blocks
 * @map: The map.
 * @first: First block.
 * @nr: Number of blocks, not 0.
 *
 * Return: The state that virtio's "Memory Device", "STATE request" defines.
 */
enum vhost_mem_blkmap_state
vhost_mem_blkmap_state(const struct vhost_mem_blkmap *map, u64 first, u64 nr)
{
	u64 end = first + nr;

	if (find_next_zero_bit(map->plugged, end, first) >= end)
		return VHOST_MEM_BLKMAP_PLUGGED;
	if (find_next_bit(map->plugged, end, first) >= end)
		return VHOST_MEM_BLKMAP_UNPLUGGED;
	return VHOST_MEM_BLKMAP_MIXED;
}

/**
 * vhost_mem_blkmap_next_run() - find the next range of plugged blocks
 * @map: The map.
 * @from: First block to check, at most the number of blocks.
 * @first: Set to the first block of the range.
 * @end: Set to the first block behind the range. May point to where @from was read.
 *
 * Return: Whether there is one.
 */
bool vhost_mem_blkmap_next_run(const struct vhost_mem_blkmap *map, u64 from,
			       u64 *first, u64 *end)
{
	*first = find_next_bit(map->plugged, map->nr_blocks, from);
	if (*first >= map->nr_blocks)
		return false;
	*end = find_next_zero_bit(map->plugged, map->nr_blocks, *first);
	return true;
}

/**
 * vhost_mem_blkmap_plug() - mark a range of blocks plugged
 * @map: The map.
 * @first: First block.
 * @nr: Number of blocks.
 */
void vhost_mem_blkmap_plug(struct vhost_mem_blkmap *map, u64 first, u64 nr)
{
	bitmap_set(map->plugged, first, nr);
}

/**
 * vhost_mem_blkmap_unplug() - mark a range of blocks unplugged
 * @map: The map.
 * @first: First block.
 * @nr: Number of blocks.
 */
void vhost_mem_blkmap_unplug(struct vhost_mem_blkmap *map, u64 first, u64 nr)
{
	bitmap_clear(map->plugged, first, nr);
}

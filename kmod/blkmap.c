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
 * @nr_blocks: How many blocks, at most VHOST_MEM_BLOCKS_MAX.
 *
 * Nobody is killed to make room for it: a map may take megabytes.
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
 * @map: The map, also one whose vhost_mem_blkmap_init() failed.
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
 * Return: true if it is.
 */
bool vhost_mem_blkmap_test(const struct vhost_mem_blkmap *map, u64 block)
{
	return block < map->nr_blocks && test_bit(block, map->plugged);
}

/**
 * vhost_mem_blkmap_state() - state of a range of blocks
 * @map: The map.
 * @first: First block.
 * @nr: How many, not 0.
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
 * @from: Block from which to look, at most the number of blocks.
 * @first: Filled in: its first block.
 * @end: Filled in: the first block behind it. May be where @from is.
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
 * @nr: How many.
 */
void vhost_mem_blkmap_plug(struct vhost_mem_blkmap *map, u64 first, u64 nr)
{
	bitmap_set(map->plugged, first, nr);
}

/**
 * vhost_mem_blkmap_unplug() - mark a range of blocks unplugged
 * @map: The map.
 * @first: First block.
 * @nr: How many.
 */
void vhost_mem_blkmap_unplug(struct vhost_mem_blkmap *map, u64 first, u64 nr)
{
	bitmap_clear(map->plugged, first, nr);
}

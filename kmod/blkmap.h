/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block map: which device blocks of a region are plugged.
 *
 * Pure: no locks, no kernel types but the bitmap, so that it is tested in user
 * space as it is. The caller serializes. Blocks are numbered from 0; a range is
 * its first block and a number of blocks, and has to lie inside the map.
 */
#ifndef _VHOST_MEM_BLKMAP_H
#define _VHOST_MEM_BLKMAP_H

#include <linux/types.h>

/**
 * struct vhost_mem_blkmap - block map
 * @plugged: One bit per block, 1 if the block is plugged.
 * @nr_blocks: Number of blocks.
 */
struct vhost_mem_blkmap {
	unsigned long *plugged;
	u64 nr_blocks;
};

/**
 * enum vhost_mem_blkmap_state - state of a range of blocks
 * @VHOST_MEM_BLKMAP_PLUGGED: All are plugged.
 * @VHOST_MEM_BLKMAP_UNPLUGGED: All are unplugged.
 * @VHOST_MEM_BLKMAP_MIXED: Some are plugged, some are not.
 */
enum vhost_mem_blkmap_state {
	VHOST_MEM_BLKMAP_PLUGGED,
	VHOST_MEM_BLKMAP_UNPLUGGED,
	VHOST_MEM_BLKMAP_MIXED,
};

int vhost_mem_blkmap_init(struct vhost_mem_blkmap *map, u64 nr_blocks);
void vhost_mem_blkmap_free(struct vhost_mem_blkmap *map);
bool vhost_mem_blkmap_test(const struct vhost_mem_blkmap *map, u64 block);
enum vhost_mem_blkmap_state
vhost_mem_blkmap_state(const struct vhost_mem_blkmap *map, u64 first, u64 nr);
bool vhost_mem_blkmap_next_run(const struct vhost_mem_blkmap *map, u64 from,
			       u64 *first, u64 *end);
void vhost_mem_blkmap_plug(struct vhost_mem_blkmap *map, u64 first, u64 nr);
void vhost_mem_blkmap_unplug(struct vhost_mem_blkmap *map, u64 first, u64 nr);

#endif /* _VHOST_MEM_BLKMAP_H */

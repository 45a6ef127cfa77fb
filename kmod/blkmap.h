/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block map: which device blocks of a region are plugged.
 *
 * Pure: no locks, and no kernel types but the bitmap, so the unit tests compile it as
 * it is. The caller serializes. Blocks are numbered from 0; a range is given by its
 * first block and a number of blocks, and must lie inside the map.
 *
 * A second map marks the blocks in limbo (struct vhost_mem_guard). There, a bit that is
 * set means "in limbo".
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

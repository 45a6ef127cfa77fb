/* SPDX-License-Identifier: GPL-2.0 */
/* Blocks: plug, unplug and query. */
#ifndef _VHOST_MEM_BLOCKS_H
#define _VHOST_MEM_BLOCKS_H

#include <linux/jiffies.h>
#include <linux/types.h>

#include "blkmap.h"

struct vhost_mem_outcome;
struct vhost_mem_region;

/* Polled, because no event tells that the last reference to memory in limbo is gone. */
#define VHOST_MEM_LIMBO_DELAY	HZ

/**
 * enum vhost_mem_ceiling - what the plugged size may not exceed
 * @VHOST_MEM_CEILING_REQUESTED: The requested size: -ENOSPC.
 * @VHOST_MEM_CEILING_LIMIT: The administrator's limit: -EDQUOT.
 */
enum vhost_mem_ceiling {
	VHOST_MEM_CEILING_REQUESTED,
	VHOST_MEM_CEILING_LIMIT,
};

/* With blocks_lock held; the caller commits. */
int vhost_mem_blocks_plug_range(struct vhost_mem_region *region, u64 addr,
				u64 length, struct vhost_mem_outcome *outcome);
int vhost_mem_blocks_unplug_range(struct vhost_mem_region *region, u64 addr,
				  u64 length,
				  struct vhost_mem_outcome *outcome);
int vhost_mem_blocks_unplug_every(struct vhost_mem_region *region, bool force,
				  struct vhost_mem_outcome *outcome);
int vhost_mem_blocks_state(struct vhost_mem_region *region, u64 addr,
			   u64 length, enum vhost_mem_blkmap_state *state);
void vhost_mem_blocks_commit(struct vhost_mem_region *region,
			     const struct vhost_mem_outcome *outcome);

/* With blocks_lock held; they commit. */
int vhost_mem_blocks_plug_run(struct vhost_mem_region *region, u64 first,
			      u64 nr, enum vhost_mem_ceiling ceiling);
void vhost_mem_blocks_unplug_run(struct vhost_mem_region *region, u64 first,
				 u64 nr, u64 bytes);

int vhost_mem_blocks_plug(struct vhost_mem_region *region, u64 addr,
			  u64 length);
int vhost_mem_blocks_unplug(struct vhost_mem_region *region, u64 addr,
			    u64 length);
int vhost_mem_blocks_unplug_all(struct vhost_mem_region *region, bool force);
void vhost_mem_blocks_close(struct vhost_mem_region *region);
bool vhost_mem_blocks_retry_limbo(struct vhost_mem_region *region);
int vhost_mem_blocks_discard(struct vhost_mem_region *region, u64 offset,
			     u64 length);
void vhost_mem_blocks_interrupt(struct vhost_mem_region *region);
void vhost_mem_blocks_go_on(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_BLOCKS_H */

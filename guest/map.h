/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_MAP_H
#define _VHOST_MEM_GUEST_MAP_H

#include <linux/mutex.h>
#include <linux/types.h>

struct vmg;

/**
 * enum vmg_block_state - bits of a memory block's state
 * @VMG_ADDED: The block was added to Linux.
 * @VMG_ONLINE: The block is online.
 * @VMG_IN_TRANSITION: The block is about to go online or offline: the worker changes
 *	neither bits nor pages of its subblocks.
 * @VMG_OFFLINE_FAILED: The worker has failed to take the block offline since the
 *	configuration last changed, and does not try again.
 */
enum vmg_block_state {
	VMG_ADDED	= 1 << 0,
	VMG_ONLINE	= 1 << 1,
	VMG_IN_TRANSITION	= 1 << 2,
	VMG_OFFLINE_FAILED	= 1 << 3,
};

/**
 * struct vmg_geometry - sizes and addresses; constant after probe
 * @device_block: Bytes of a device block.
 * @addr: Guest physical address of the region.
 * @region_size: Bytes of the region.
 * @base: Guest physical address of the first big block. What lies before it in the
 *	region cannot be used.
 * @sb_size: Bytes of a subblock.
 * @block_sbs: Number of subblocks in a block.
 * @granule: Number of subblocks in a plug granule.
 * @bb_blocks: Number of blocks in a big block.
 * @nr_sbs: Number of subblocks that can be used.
 * @nr_blocks: Number of blocks that can be used, a multiple of @bb_blocks.
 */
struct vmg_geometry {
	u64 device_block;
	u64 addr;
	u64 region_size;
	u64 base;
	u64 sb_size;
	unsigned int block_sbs;
	unsigned int granule;
	unsigned int bb_blocks;
	unsigned long nr_sbs;
	unsigned long nr_blocks;
};

/**
 * struct vmg_map - which subblocks are plugged and exposed, and the state of blocks
 * @lock: Protects changes of @exposed, @nr_exposed, @blocks, @nr_added, @nr_offline,
 *	@nr_in_transition and @leaving. They are also read without it where a value
 *	that is about to change does no harm.
 * @plugged: One bit per subblock: the device has plugged it. Worker only.
 * @exposed: One bit per subblock: Linux may use it, now or as soon as its block goes
 *	online. Set only if the bit in @plugged is. In an online block, the pages of a
 *	subblock that is not exposed are fake offline (fake_offline.c). Changed by the
 *	worker only, and not while the block is in transition, so the worker and the
 *	callback for pages that go online read it without @lock.
 * @blocks: enum vmg_block_state of each block.
 * @nr_plugged: Number of bits set in @plugged. Written by the worker, read by anybody.
 * @nr_exposed: Number of bits set in @exposed.
 * @nr_added: Number of blocks that are added.
 * @nr_offline: Number of blocks that are added and not online.
 * @nr_in_transition: Number of blocks that are VMG_IN_TRANSITION.
 * @leaving: The driver is being removed: no block may begin to go online or offline.
 */
struct vmg_map {
	struct mutex lock;	/* exposed, blocks, their numbers, leaving */
	unsigned long *plugged;
	unsigned long *exposed;
	u8 *blocks;
	unsigned long nr_plugged;
	unsigned long nr_exposed;
	unsigned long nr_added;
	unsigned long nr_offline;
	unsigned long nr_in_transition;
	bool leaving;
};

int vmg_map_init(struct vmg *vmg);
void vmg_map_exit(struct vmg *vmg);
unsigned long vmg_count(const unsigned long *bits, unsigned long first,
			unsigned long nr);
void vmg_set_plugged(struct vmg *vmg, unsigned long first, unsigned long nr,
		     bool plugged);
void vmg_set_exposed(struct vmg *vmg, unsigned long first, unsigned long nr,
		     bool exposed);
unsigned long vmg_find_unexposed(const struct vmg *vmg, unsigned long from,
				 unsigned long *nr);
void vmg_set_offline_failed(struct vmg *vmg, unsigned long first,
			    unsigned long nr, bool failed);
bool vmg_bb_all(const struct vmg *vmg, unsigned long bb, u8 mask, u8 state);

#endif /* _VHOST_MEM_GUEST_MAP_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_MAP_H
#define _VHOST_MEM_GUEST_MAP_H

#include <linux/mutex.h>
#include <linux/types.h>

struct vmg;

/**
 * enum vmg_block_state - bits of a memory block's state
 * @VMG_ADDED: It is known to Linux.
 * @VMG_ONLINE: It is in use.
 * @VMG_IN_TRANSITION: It is about to go online or offline: neither bits nor pages of
 *	its subblocks change.
 * @VMG_OFFLINE_FAILED: It could not be taken offline for what the device wants now.
 */
enum vmg_block_state {
	VMG_ADDED	= 1 << 0,
	VMG_ONLINE	= 1 << 1,
	VMG_IN_TRANSITION	= 1 << 2,
	VMG_OFFLINE_FAILED	= 1 << 3,
};

/**
 * struct vmg_geometry - sizes and places; constant after probe
 * @device_block: Size of a device block, in bytes.
 * @addr: Address of the region.
 * @region_size: Its size, in bytes.
 * @base: Address of the first big block. Everything before is unusable.
 * @sb_size: Size of a subblock, in bytes.
 * @block_sbs: Subblocks of a block.
 * @granule: Subblocks of a plug granule.
 * @bb_blocks: Blocks of a big block.
 * @nr_sbs: Subblocks that can be used.
 * @nr_blocks: Blocks that can be used, a multiple of @bb_blocks.
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
 * struct vmg_map - what is plugged, and what of it Linux has
 * @lock: Protects changes of @given, @nr_given, @blocks, @nr_added, @nr_offline,
 *	@nr_in_transition and @leaving. They are also read without it, where a value
 *	that is about to change does no harm.
 * @plugged: Bit for each subblock: the device has it plugged. Worker only.
 * @given: Bit for each subblock: Linux may use it. Never set without @plugged.
 *	Pages of an online block are PageOffline() if not given. Changed by the
 *	worker only, and not while the block is in transition: so it is read without @lock
 *	when pages go online, and by the worker.
 * @blocks: enum vmg_block_state of each block.
 * @nr_plugged: Number of bits set in @plugged. Written by the worker, read by anybody.
 * @nr_given: Number of bits set in @given.
 * @nr_added: Number of blocks that are added.
 * @nr_offline: Number of blocks that are added and not online.
 * @nr_in_transition: Number of blocks that are VMG_IN_TRANSITION.
 * @leaving: No block begins to go online or offline any more.
 */
struct vmg_map {
	struct mutex lock;	/* given, blocks, their numbers, leaving */
	unsigned long *plugged;
	unsigned long *given;
	u8 *blocks;
	unsigned long nr_plugged;
	unsigned long nr_given;
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
void vmg_set_given(struct vmg *vmg, unsigned long first, unsigned long nr,
		   bool given);
unsigned long vmg_find_held(const struct vmg *vmg, unsigned long from,
			    unsigned long *nr);
void vmg_set_offline_failed(struct vmg *vmg, unsigned long first,
			    unsigned long nr, bool failed);
bool vmg_bb_all(const struct vmg *vmg, unsigned long bb, u8 mask, u8 state);

#endif /* _VHOST_MEM_GUEST_MAP_H */

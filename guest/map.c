// SPDX-License-Identifier: GPL-2.0
/*
 * The map: what the device has plugged, what Linux has been given, and what
 * state its memory blocks are in.
 */
#include <linux/log2.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "guest.h"

/* Sizes of subblock, block, plug granule and big block; see guest.h. */
static int init_sizes(struct vmg *vmg)
{
	const struct range pluggable = mhp_get_pluggable_range(true);
	u64 block = memory_block_size_bytes();
	u64 bb, start, end;

	if (!is_power_of_2(vmg->geo.device_block) ||
	    vmg->geo.device_block < PAGE_SIZE)
		return -EINVAL;

	bb = max(block, vmg->geo.device_block);
	vmg->geo.sb_size = max_t(u64, vmg->geo.device_block,
				 PAGE_SIZE << pageblock_order);
	vmg->geo.sb_size = min(vmg->geo.sb_size, block);
	/* A request has 16 bits for its number of device blocks. */
	if (vmg->geo.sb_size / vmg->geo.device_block > U16_MAX)
		return -EINVAL;
	vmg->geo.block_sbs = block / vmg->geo.sb_size;
	vmg->geo.bb_blocks = bb / block;
	vmg->geo.granule = max_t(u64, 1, vmg->geo.device_block / vmg->geo.sb_size);

	start = max_t(u64, vmg->geo.addr, pluggable.start);
	end = min_t(u64, vmg->geo.addr + vmg->geo.region_size, pluggable.end + 1);
	vmg->geo.base = ALIGN(start, bb);
	end = ALIGN_DOWN(end, bb);
	if (end <= vmg->geo.base)
		return -ERANGE;
	if (vmg->geo.base != vmg->geo.addr || end != vmg->geo.addr + vmg->geo.region_size)
		dev_warn(&vmg->vdev->dev, "of %llu MiB only %llu MiB can be used\n",
			 vmg->geo.region_size / SZ_1M, (end - vmg->geo.base) / SZ_1M);
	vmg->geo.nr_blocks = (end - vmg->geo.base) / block;
	vmg->geo.nr_sbs = vmg->geo.nr_blocks * vmg->geo.block_sbs;
	return 0;
}

/**
 * vmg_map_init - make the map of a device
 * @vmg: The device, of which the configuration has been read.
 *
 * It is made for the whole region: one byte for a block, two bits for a subblock.
 *
 * Return: 0, or a negative errno.
 */
int vmg_map_init(struct vmg *vmg)
{
	int rc = init_sizes(vmg);

	if (rc)
		return rc;
	mutex_init(&vmg->map.lock);
	vmg->map.plugged = kvcalloc(BITS_TO_LONGS(vmg->geo.nr_sbs), sizeof(long),
				    GFP_KERNEL);
	vmg->map.given = kvcalloc(BITS_TO_LONGS(vmg->geo.nr_sbs), sizeof(long),
				  GFP_KERNEL);
	vmg->map.blocks = kvcalloc(vmg->geo.nr_blocks, sizeof(*vmg->map.blocks), GFP_KERNEL);
	if (vmg->map.plugged && vmg->map.given && vmg->map.blocks)
		return 0;
	vmg_map_exit(vmg);
	return -ENOMEM;
}

/**
 * vmg_map_exit - free the map
 * @vmg: The device.
 */
void vmg_map_exit(struct vmg *vmg)
{
	kvfree(vmg->map.plugged);
	kvfree(vmg->map.given);
	kvfree(vmg->map.blocks);
}

/**
 * vmg_count - number of bits that are set
 * @bits: The bitmap.
 * @first: First bit.
 * @nr: Number of bits to look at.
 *
 * Return: how many of them are set.
 */
unsigned long vmg_count(const unsigned long *bits, unsigned long first,
			unsigned long nr)
{
	unsigned long bit, count = 0;

	for (bit = find_next_bit(bits, first + nr, first); bit < first + nr;
	     bit = find_next_bit(bits, first + nr, bit + 1))
		count++;
	return count;
}

/**
 * vmg_set_plugged - note what the device has done
 * @vmg: The device.
 * @first: First subblock.
 * @nr: Subblocks, which all were in the other state.
 * @plugged: The state.
 */
void vmg_set_plugged(struct vmg *vmg, unsigned long first, unsigned long nr,
		     bool plugged)
{
	if (plugged)
		bitmap_set(vmg->map.plugged, first, nr);
	else
		bitmap_clear(vmg->map.plugged, first, nr);
	vmg->map.nr_plugged += plugged ? nr : -nr;
}

/**
 * vmg_set_given - note what Linux may use
 * @vmg: The device.
 * @first: First subblock.
 * @nr: Subblocks, which may be in either state.
 * @given: The state.
 */
void vmg_set_given(struct vmg *vmg, unsigned long first, unsigned long nr,
		   bool given)
{
	/*
	 * Bit by bit: that is atomic, and pages of other subblocks with bits in
	 * the same word may be going online.
	 */
	unsigned long sb;

	lockdep_assert_held(&vmg->map.lock);
	for (sb = first; sb < first + nr; sb++) {
		if (given && !test_and_set_bit(sb, vmg->map.given))
			vmg->map.nr_given++;
		else if (!given && test_and_clear_bit(sb, vmg->map.given))
			vmg->map.nr_given--;
	}
}

/**
 * vmg_find_held - find subblocks that are plugged but not given to Linux
 * @vmg: The device.
 * @from: Subblock to start at.
 * @nr: Set to their number.
 *
 * Return: the first of them; @vmg->geo.nr_sbs if there are none.
 */
unsigned long vmg_find_held(const struct vmg *vmg, unsigned long from,
			    unsigned long *nr)
{
	unsigned long end;

	/* Most often there are none, in a map that may be large. */
	if (vmg->map.nr_plugged == vmg->map.nr_given)
		return vmg->geo.nr_sbs;
	for (; from < vmg->geo.nr_sbs; from++) {
		from = find_next_bit(vmg->map.plugged, vmg->geo.nr_sbs, from);
		if (from < vmg->geo.nr_sbs && !test_bit(from, vmg->map.given))
			break;
	}
	if (from >= vmg->geo.nr_sbs)
		return vmg->geo.nr_sbs;
	end = find_next_zero_bit(vmg->map.plugged, vmg->geo.nr_sbs, from);
	end = find_next_bit(vmg->map.given, end, from);
	*nr = end - from;
	return from;
}

/**
 * vmg_set_offline_failed - note that blocks do not go offline
 * @vmg: The device.
 * @first: First block.
 * @nr: Blocks.
 * @failed: Whether it is so.
 */
void vmg_set_offline_failed(struct vmg *vmg, unsigned long first,
			    unsigned long nr, bool failed)
{
	unsigned long block;

	mutex_lock(&vmg->map.lock);
	for (block = first; block < first + nr; block++)
		if (failed)
			vmg->map.blocks[block] |= VMG_OFFLINE_FAILED;
		else
			vmg->map.blocks[block] &= ~VMG_OFFLINE_FAILED;
	mutex_unlock(&vmg->map.lock);
}

/**
 * vmg_bb_all - whether all blocks of a big block are in some state
 * @vmg: The device.
 * @bb: First block of the big block.
 * @mask: Bits to look at.
 * @state: What they should be.
 *
 * Return: whether they are.
 */
bool vmg_bb_all(const struct vmg *vmg, unsigned long bb, u8 mask, u8 state)
{
	unsigned long block;

	for (block = bb; block < bb + vmg->geo.bb_blocks; block++)
		if ((READ_ONCE(vmg->map.blocks[block]) & mask) != state)
			return false;
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The map: which subblocks are plugged, which of these are exposed to Linux, and the
 * state of each memory block.
 */
#include <linux/log2.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "guest.h"

/* Computes the sizes of subblock, block, plug granule and big block; see guest.h. */
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
		dev_warn(&vmg->vdev->dev, "only %llu MiB of the region's %llu MiB can be used\n",
			 (end - vmg->geo.base) / SZ_1M, vmg->geo.region_size / SZ_1M);
	vmg->geo.nr_blocks = (end - vmg->geo.base) / block;
	vmg->geo.nr_sbs = vmg->geo.nr_blocks * vmg->geo.block_sbs;
	return 0;
}

/**
 * vmg_map_init - compute the geometry of a device, and allocate its map
 * @vmg: The device, of which the constant configuration has been read.
 *
 * The map covers the whole region: one byte per block, two bits per subblock. Every
 * block is absent, every subblock unplugged.
 *
 * Context: Probe. May sleep.
 * Return: 0; -EINVAL if the device's block size is invalid; -ERANGE if Linux cannot use
 * any of the region; -ENOMEM.
 */
int vmg_map_init(struct vmg *vmg)
{
	int rc = init_sizes(vmg);

	if (rc)
		return rc;
	mutex_init(&vmg->map.lock);
	vmg->map.plugged = kvcalloc(BITS_TO_LONGS(vmg->geo.nr_sbs), sizeof(long),
				    GFP_KERNEL);
	vmg->map.exposed = kvcalloc(BITS_TO_LONGS(vmg->geo.nr_sbs), sizeof(long),
				    GFP_KERNEL);
	vmg->map.blocks = kvcalloc(vmg->geo.nr_blocks, sizeof(*vmg->map.blocks), GFP_KERNEL);
	if (vmg->map.plugged && vmg->map.exposed && vmg->map.blocks)
		return 0;
	vmg_map_exit(vmg);
	return -ENOMEM;
}

/**
 * vmg_map_exit - free the map
 * @vmg: The device.
 *
 * Context: May sleep. Nobody else uses the map any more.
 */
void vmg_map_exit(struct vmg *vmg)
{
	kvfree(vmg->map.plugged);
	kvfree(vmg->map.exposed);
	kvfree(vmg->map.blocks);
}

/**
 * vmg_count - count the bits that are set in a range of a bitmap
 * @bits: The bitmap.
 * @first: First bit of the range.
 * @nr: Number of bits in the range.
 *
 * Context: Any. The result is exact only if the bits do not change meanwhile.
 * Return: the number of bits that are set.
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
 * vmg_set_plugged - note that the device has plugged or unplugged subblocks
 * @vmg: The device.
 * @first: First subblock.
 * @nr: Number of subblocks, all of them in the opposite state.
 * @plugged: Whether they are plugged now.
 *
 * Context: The worker.
 */
void vmg_set_plugged(struct vmg *vmg, unsigned long first, unsigned long nr,
		     bool plugged)
{
	vmg_assert_worker(vmg);
	if (plugged)
		bitmap_set(vmg->map.plugged, first, nr);
	else
		bitmap_clear(vmg->map.plugged, first, nr);
	vmg->map.nr_plugged += plugged ? nr : -nr;
}

/**
 * vmg_set_exposed - set whether Linux may use subblocks
 * @vmg: The device.
 * @first: First subblock.
 * @nr: Number of subblocks, in either state.
 * @exposed: Whether Linux may use them from now on.
 *
 * Context: The worker. vmg->map.lock held.
 */
void vmg_set_exposed(struct vmg *vmg, unsigned long first, unsigned long nr,
		     bool exposed)
{
	/*
	 * Bit by bit, because that is atomic: the callback for pages that go online
	 * reads other bits of the same word without the lock.
	 */
	unsigned long sb;

	vmg_assert_worker(vmg);
	lockdep_assert_held(&vmg->map.lock);
	for (sb = first; sb < first + nr; sb++) {
		if (exposed && !test_and_set_bit(sb, vmg->map.exposed))
			vmg->map.nr_exposed++;
		else if (!exposed && test_and_clear_bit(sb, vmg->map.exposed))
			vmg->map.nr_exposed--;
	}
}

/**
 * vmg_find_unexposed - find the next run of subblocks that are plugged but not exposed
 * @vmg: The device.
 * @from: First subblock to look at.
 * @nr: Set to the number of subblocks in the run, if there is one.
 *
 * Context: The worker, the only one that changes either bitmap.
 * Return: the first subblock of the run; @vmg->geo.nr_sbs if there is none.
 */
unsigned long vmg_find_unexposed(const struct vmg *vmg, unsigned long from,
				 unsigned long *nr)
{
	unsigned long end;

	vmg_assert_worker(vmg);
	/* Usually there are none, and the map may be large. */
	if (vmg->map.nr_plugged == vmg->map.nr_exposed)
		return vmg->geo.nr_sbs;
	for (; from < vmg->geo.nr_sbs; from++) {
		from = find_next_bit(vmg->map.plugged, vmg->geo.nr_sbs, from);
		if (from < vmg->geo.nr_sbs && !test_bit(from, vmg->map.exposed))
			break;
	}
	if (from >= vmg->geo.nr_sbs)
		return vmg->geo.nr_sbs;
	end = find_next_zero_bit(vmg->map.plugged, vmg->geo.nr_sbs, from);
	end = find_next_bit(vmg->map.exposed, end, from);
	*nr = end - from;
	return from;
}

/**
 * vmg_set_offline_failed - set or clear VMG_OFFLINE_FAILED of blocks
 * @vmg: The device.
 * @first: First block.
 * @nr: Number of blocks.
 * @failed: Whether the worker has failed to take them offline.
 *
 * Context: The worker. May sleep. Takes vmg->map.lock.
 */
void vmg_set_offline_failed(struct vmg *vmg, unsigned long first,
			    unsigned long nr, bool failed)
{
	unsigned long block;

	vmg_assert_worker(vmg);

	mutex_lock(&vmg->map.lock);
	for (block = first; block < first + nr; block++)
		if (failed)
			vmg->map.blocks[block] |= VMG_OFFLINE_FAILED;
		else
			vmg->map.blocks[block] &= ~VMG_OFFLINE_FAILED;
	mutex_unlock(&vmg->map.lock);
}

/**
 * vmg_bb_all - whether all blocks of a big block are in a state
 * @vmg: The device.
 * @bb: First block of the big block.
 * @mask: Bits of enum vmg_block_state to compare.
 * @state: The value that these bits should have.
 *
 * Context: Any. Without vmg->map.lock the result may be out of date, except for
 * VMG_ADDED and VMG_OFFLINE_FAILED, which only the worker changes.
 * Return: whether they have it in each of the blocks.
 */
bool vmg_bb_all(const struct vmg *vmg, unsigned long bb, u8 mask, u8 state)
{
	unsigned long block;

	for (block = bb; block < bb + vmg->geo.bb_blocks; block++)
		if ((READ_ONCE(vmg->map.blocks[block]) & mask) != state)
			return false;
	return true;
}

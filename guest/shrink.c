// SPDX-License-Identifier: GPL-2.0
/*
 * Shrinking, the smallest cost first:
 *
 *   1. what is plugged but not given to Linux
 *   2. whole blocks that are free, or not online: taken offline and removed,
 *	several at once, without a look at their memory
 *   3. whole blocks of which the used pages can be moved, if there is room
 *   4. a part of a free block: removed, too, and the rest of it added again
 *   5. piece by piece, out of the page allocator
 *
 * Each of them starts at the end of the region, so that what is left is at its
 * begin. UNPLUG requests are sent as memory becomes free, and answered while the
 * next is worked on.
 */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "guest.h"

static bool unplug_online = true;
module_param(unplug_online, bool, 0644);
MODULE_PARM_DESC(unplug_online, "Take memory back that is online (default: true)");

/*
 * Memory that is taken offline at once. When one block of it fails, the others
 * come back online, which is work for nothing.
 */
#define REMOVE_SIZE	SZ_512M
/* Pieces below which they are rather taken from the page allocator. */
#define SPLIT_MIN	8
/* Memory that has to stay available when used pages are moved. */
#define RECLAIMABLE_SIZE	SZ_64M

enum cost {
	COST_FREE,
	COST_MOVE,
	COST_STUCK,
};

/**
 * vmg_unplugged - the device has unplugged pieces
 * @vmg: The device.
 * @first: First piece.
 * @nr: Pieces.
 */
void vmg_unplugged(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	vmg_set_plugged(vmg, first, nr, false);
}

static unsigned long block_pfn(const struct vmg *vmg, unsigned long block)
{
	return PHYS_PFN(vmg_block_addr(vmg, block));
}

/*
 * Unplugs pieces between @first and @end that Linux does not have, up to *@need.
 */
static void unplug_held(struct vmg *vmg, unsigned long first,
			unsigned long end, unsigned long *need)
{
	unsigned long nr;
	int rc;

	for (; vmg_more(vmg, *need); first += nr) {
		first = vmg_find_held(vmg, first, &nr);
		if (first >= end)
			return;
		/*
		 * What has been sent before is still in the map. Everything
		 * sent here is in one direction, so it is behind us.
		 */
		nr = min3(nr, end - first, *need);
		rc = vmg_send(vmg, VIRTIO_MEM_REQ_UNPLUG, first, nr);
		if (rc) {
			vmg->error = vmg->error ?: rc;
			return;
		}
		*need -= nr;
	}
}

/*
 * Whether there is room elsewhere for the used pages of a range. What is free in
 * the range itself is none.
 */
static bool has_room(const struct vmg_scan *scan)
{
	unsigned long available = max(si_mem_available(), 0L);
	unsigned long used = scan->movable + scan->unsure;

	return !used || available > used + scan->free + PHYS_PFN(RECLAIMABLE_SIZE);
}

static enum cost scan_block(struct vmg *vmg, unsigned long block)
{
	unsigned long pages = PHYS_PFN(memory_block_size_bytes());
	unsigned long pfn = block_pfn(vmg, block);
	struct vmg_scan scan;

	vmg_scan(pfn, pages, &scan);
	if (scan.stuck || !has_room(&scan))
		return COST_STUCK;
	if (scan.unsure && page_zonenum(pfn_to_page(pfn)) != ZONE_MOVABLE)
		return COST_STUCK;
	return scan.movable || scan.unsure ? COST_MOVE : COST_FREE;
}

/* What it costs to take a unit away. */
static enum cost scan_unit(struct vmg *vmg, unsigned long unit)
{
	enum cost cost = COST_FREE;
	unsigned long block;
	u8 state;

	for (block = unit; block < unit + vmg->unit_blocks; block++) {
		state = READ_ONCE(vmg->blocks[block]);
		if (state & VMG_MOVING)
			return COST_STUCK;
		if (!(state & VMG_ONLINE))
			continue;
		if (!unplug_online)
			return COST_STUCK;
		cost = max(cost, scan_block(vmg, block));
	}
	return cost;
}

static unsigned long unit_plugged(struct vmg *vmg, unsigned long unit)
{
	return vmg_count(vmg->plugged, unit * vmg->block_pieces,
			 vmg_unit_pieces(vmg));
}

/*
 * Looks down from @unit for units that can be removed at @cost, without giving
 * up more than @need. Returns their number.
 */
static unsigned long removable_units(struct vmg *vmg, unsigned long unit,
				     enum cost cost, unsigned long need)
{
	unsigned long most = 1, nr = 0, pieces;

	if (cost == COST_FREE)
		most = max(REMOVE_SIZE / (memory_block_size_bytes() *
					  vmg->unit_blocks), 1UL);
	while (nr < most) {
		if (!vmg_unit_all(vmg, unit, VMG_ADDED, VMG_ADDED))
			break;
		/* A try in vain keeps others from any hotplug for long. */
		if (cost != COST_FREE &&
		    !vmg_unit_all(vmg, unit, VMG_STUBBORN, 0))
			break;
		pieces = unit_plugged(vmg, unit);
		if (pieces > need || scan_unit(vmg, unit) > cost)
			break;
		need -= pieces;
		nr++;
		if (!unit)
			break;
		unit -= vmg->unit_blocks;
	}
	return nr;
}

static void remove_units(struct vmg *vmg, enum cost cost, unsigned long *need)
{
	unsigned long unit = vmg->nr_blocks, first, nr;
	bool singly = cost != COST_FREE;

	while (unit && vmg_more(vmg, *need)) {
		unit -= vmg->unit_blocks;
		nr = removable_units(vmg, unit, cost, *need);
		if (!nr)
			continue;
		if (singly)
			nr = 1;
		first = unit - (nr - 1) * vmg->unit_blocks;
		if (vmg_remove_blocks(vmg, first, nr * vmg->unit_blocks)) {
			/* One of them: find out which, and leave it. */
			if (nr == 1) {
				vmg_set_stubborn(vmg, unit, vmg->unit_blocks,
						 true);
				continue;
			}
			singly = true;
			unit += vmg->unit_blocks;
			continue;
		}
		singly = cost != COST_FREE;
		unplug_held(vmg, first * vmg->block_pieces,
			    (unit + vmg->unit_blocks) * vmg->block_pieces, need);
		unit = first;
	}
}

/*
 * Unplugs a part of a block that is free, without a look at its memory. Only where
 * memory that was added last went online by itself: else the rest of it would be lost
 * until somebody brings it online.
 */
static void split_block(struct vmg *vmg, unsigned long *need)
{
	unsigned long block, first, end;
	int rc;

	if (vmg->step > 1 || *need < SPLIT_MIN || !vmg->auto_online)
		return;
	for (block = vmg->nr_blocks; block-- && vmg_more(vmg, *need);) {
		first = block * vmg->block_pieces;
		end = first + vmg->block_pieces;
		if (!(READ_ONCE(vmg->blocks[block]) & VMG_ONLINE) ||
		    vmg_count(vmg->given, first, vmg->block_pieces) <= *need ||
		    scan_unit(vmg, block) != COST_FREE)
			continue;
		if (vmg_remove_blocks(vmg, block, 1))
			continue;
		while (vmg_count(vmg->plugged, first, end - first) > *need)
			first++;
		unplug_held(vmg, first, end, need);
		/* Linux is given what is still plugged then. A unit is one block. */
		rc = vmg_drain(vmg);
		rc = vmg_add_unit(vmg, block) ?: rc;
		vmg->error = vmg->error ?: rc;
		return;
	}
}

/*
 * Takes pieces of an added block from Linux, one step; gives them back if it
 * does not get all.
 */
static int take_step(struct vmg *vmg, unsigned long first)
{
	unsigned long pages = vmg_piece_pages(vmg), taken = 0, block, pfn;
	struct vmg_scan scan;
	int rc = 0;
	u8 state;

	mutex_lock(&vmg->lock);
	for (; taken < vmg->step; taken++) {
		block = (first + taken) / vmg->block_pieces;
		state = vmg->blocks[block];
		rc = -EBUSY;
		if (state & VMG_MOVING)
			break;
		if (state & VMG_ONLINE) {
			if (!unplug_online)
				break;
			pfn = PHYS_PFN(vmg_piece_addr(vmg, first + taken));
			vmg_scan(pfn, pages, &scan);
			if (scan.stuck || !has_room(&scan) ||
			    vmg_take_pages(pfn, pages))
				break;
		}
		rc = 0;
		vmg_set_given(vmg, first + taken, 1, false);
	}
	while (rc && taken--) {
		block = (first + taken) / vmg->block_pieces;
		vmg_set_given(vmg, first + taken, 1, true);
		if (vmg->blocks[block] & VMG_ONLINE)
			vmg_give_pages(PHYS_PFN(vmg_piece_addr(vmg, first + taken)),
				       pages);
	}
	mutex_unlock(&vmg->lock);
	return rc;
}

/* Takes what it can get of an added unit, and unplugs it. */
static void shrink_unit(struct vmg *vmg, unsigned long unit,
			unsigned long *need)
{
	unsigned long begin = unit * vmg->block_pieces;
	unsigned long end = begin + vmg_unit_pieces(vmg);
	unsigned long piece = end, run = 0;

	while (piece > begin && vmg_more(vmg, *need - run)) {
		piece -= vmg->step;
		if (test_bit(piece, vmg->given) && !take_step(vmg, piece)) {
			run += vmg->step;
			continue;
		}
		/* Pieces side by side leave in one request. */
		if (run)
			unplug_held(vmg, piece + vmg->step,
				    piece + vmg->step + run, need);
		run = 0;
	}
	if (run)
		unplug_held(vmg, piece, piece + run, need);
}

static void shrink_units(struct vmg *vmg, unsigned long *need)
{
	unsigned long unit = vmg->nr_blocks;

	while (unit && vmg_more(vmg, *need)) {
		unit -= vmg->unit_blocks;
		if (vmg_unit_all(vmg, unit, VMG_ADDED, VMG_ADDED))
			shrink_unit(vmg, unit, need);
	}
}

/**
 * vmg_remove_empty - remove blocks of which Linux has nothing
 * @vmg: The device.
 *
 * They still cost Linux the memory for the map of their memory.
 *
 * Return: 0; -EBUSY if a block would not go.
 */
int vmg_remove_empty(struct vmg *vmg)
{
	unsigned long unit;
	int rc = 0;

	if (DIV_ROUND_UP(vmg->nr_given, vmg->block_pieces) >= vmg->nr_added)
		return 0;
	for (unit = 0; unit < vmg->nr_blocks && !vmg_interrupted(vmg);
	     unit += vmg->unit_blocks) {
		if (!vmg_unit_all(vmg, unit, VMG_ADDED, VMG_ADDED) ||
		    vmg_count(vmg->given, unit * vmg->block_pieces,
			      vmg_unit_pieces(vmg)))
			continue;
		if (vmg_remove_blocks(vmg, unit, vmg->unit_blocks))
			rc = -EBUSY;
	}
	return rc;
}

/**
 * vmg_unplug_held - unplug what Linux does not have
 * @vmg: The device, with no request in flight.
 *
 * Return: 0, or a negative errno.
 */
int vmg_unplug_held(struct vmg *vmg)
{
	unsigned long need = vmg->nr_plugged - vmg->nr_given;

	unplug_held(vmg, 0, vmg->nr_pieces, &need);
	return vmg_drain(vmg);
}

/**
 * vmg_shrink - take memory from Linux and unplug it
 * @vmg: The device.
 * @need: Pieces to unplug, in whole steps.
 *
 * Return: 0; -EBUSY if not all of it can be had, for now; another negative
 * errno.
 */
int vmg_shrink(struct vmg *vmg, unsigned long need)
{
	int rc, empty;

	unplug_held(vmg, 0, vmg->nr_pieces, &need);
	/* The map has to be right before more of the same blocks is sent. */
	rc = vmg_drain(vmg);
	if (rc)
		return rc;
	remove_units(vmg, COST_FREE, &need);
	remove_units(vmg, COST_MOVE, &need);
	split_block(vmg, &need);
	shrink_units(vmg, &need);
	rc = vmg_drain(vmg);
	empty = vmg_remove_empty(vmg);
	if (rc)
		return rc;
	return need ? -EBUSY : empty;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Shrinking. What is plugged but not exposed goes first. Then there are three passes, in
 * the order that keeps the zones of a dynamic memory group in balance: Linux onlines
 * blocks to ZONE_MOVABLE in proportion to the memory of the kernel's zones, and relies
 * on the latter being removed last.
 *
 *   1. blocks that are not online
 *   2. blocks in ZONE_MOVABLE
 *   3. blocks in the kernel's zones
 *
 * Each pass first takes whole blocks that are free: they are offlined and removed,
 * several at once, without touching their memory. Then it takes subblocks out of the page
 * allocator, migrating pages that are in use. If blocks are kept, and the kernel does not
 * zero what is allocated, the second pass begins with free subblocks instead of whole
 * blocks (take.c).
 *
 * What is free is taken in the order of the page allocator. Otherwise each pass begins at
 * the end of the region, so that what stays plugged is at its start.
 * UNPLUG requests are sent as memory becomes free, and the device serves them while the
 * next subblocks are taken.
 */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "fake_offline.h"
#include "guest.h"
#include "resize.h"
#include "scan.h"
#include "shrink.h"
#include "take.h"

static bool unplug_online = true;

static int set_unplug_online(const char *val, const struct kernel_param *kp)
{
	int rc = param_set_bool(val, kp);

	/* The workers may have given up because of the old value. */
	if (!rc)
		vmg_kick_all();
	return rc;
}

static const struct kernel_param_ops unplug_online_ops = {
	.set = set_unplug_online,
	.get = param_get_bool,
};
module_param_cb(unplug_online, &unplug_online_ops, &unplug_online, 0644);
MODULE_PARM_DESC(unplug_online, "Unplug memory that is online, too, when the requested size shrinks (default: true)");

/*
 * Maximum bytes that are taken offline in one call. If one block fails, the others go
 * back online, and the work was in vain.
 */
#define REMOVE_SIZE	SZ_512M
/*
 * Maximum bytes that are taken out of the page allocator in one call, unless a plug granule
 * is larger. Each call waits for a grace period and drains lists of all CPUs, which takes
 * longer than to take a subblock that is free. If a page cannot be migrated, the call was in
 * vain; and others wait for vmg->map.lock meanwhile.
 */
#define TAKE_SIZE	SZ_32M
/* Bytes that must remain available after migrating pages. */
#define RECLAIMABLE_SIZE	SZ_64M

/* In this order. A big block belongs to the last pass of any of its blocks. */
enum pass {
	PASS_OFFLINE,
	PASS_MOVABLE,
	PASS_KERNEL,
	PASS_NONE,
};

static unsigned long block_pfn(const struct vmg *vmg, unsigned long block)
{
	return PHYS_PFN(vmg_block_addr(vmg, block));
}

/*
 * Whether there is room elsewhere, in memory or in swap, for the pages of a range that
 * are in use. Free pages of the range itself do not count.
 */
static bool has_room(const struct vmg_scan *scan)
{
	unsigned long available = max(si_mem_available(), 0L) +
				  max(get_nr_swap_pages(), 0L);
	unsigned long used = scan->movable + scan->unsure;

	return !used || available > used + scan->free + PHYS_PFN(RECLAIMABLE_SIZE);
}

static enum pass block_pass(struct vmg *vmg, unsigned long block)
{
	u8 state = READ_ONCE(vmg->map.blocks[block]);

	if (state & VMG_IN_TRANSITION)
		return PASS_NONE;
	if (!(state & VMG_ONLINE))
		return PASS_OFFLINE;
	if (!READ_ONCE(unplug_online))
		return PASS_NONE;
	return page_zonenum(pfn_to_page(block_pfn(vmg, block))) == ZONE_MOVABLE ?
	       PASS_MOVABLE : PASS_KERNEL;
}

/* The pass that takes an added big block. */
static enum pass bb_pass(struct vmg *vmg, unsigned long bb)
{
	enum pass pass = PASS_OFFLINE;
	unsigned long block;

	for (block = bb; block < bb + vmg->geo.bb_blocks; block++)
		pass = max(pass, block_pass(vmg, block));
	return pass;
}

/* Whether no page of the online blocks of a big block is in use. */
static bool bb_is_free(struct vmg *vmg, unsigned long bb)
{
	unsigned long block;

	for (block = bb; block < bb + vmg->geo.bb_blocks; block++)
		if (READ_ONCE(vmg->map.blocks[block]) & VMG_ONLINE &&
		    !vmg_is_free(block_pfn(vmg, block),
				 PHYS_PFN(memory_block_size_bytes())))
			return false;
	return true;
}

static unsigned long bb_plugged(struct vmg *vmg, unsigned long bb)
{
	return vmg_count(vmg->map.plugged, bb * vmg->geo.block_sbs,
			 vmg_bb_sbs(vmg));
}

/*
 * Number of consecutive big blocks, from @bb downwards, that are free, belong to @pass,
 * and together have at most @need plugged subblocks.
 */
static unsigned long free_bbs(struct vmg *vmg, unsigned long bb,
			      enum pass pass, unsigned long need)
{
	unsigned long most = max(REMOVE_SIZE / (memory_block_size_bytes() *
						vmg->geo.bb_blocks), 1UL);
	unsigned long nr = 0, sbs;

	while (nr < most) {
		/* Do not retry: a failing attempt blocks all other memory hotplug. */
		if (!vmg_bb_all(vmg, bb, VMG_ADDED | VMG_OFFLINE_FAILED, VMG_ADDED))
			break;
		sbs = bb_plugged(vmg, bb);
		/* What is empty is none of shrinking's concern: see kept.c. */
		if (!sbs || sbs > need || bb_pass(vmg, bb) != pass ||
		    !bb_is_free(vmg, bb))
			break;
		need -= sbs;
		nr++;
		if (!bb)
			break;
		bb -= vmg->geo.bb_blocks;
	}
	return nr;
}

static void remove_bbs(struct vmg *vmg, enum pass pass, unsigned long *need)
{
	unsigned long bb = vmg->geo.nr_blocks, first, nr;
	bool singly = false;

	while (bb && vmg_more(vmg, *need)) {
		bb -= vmg->geo.bb_blocks;
		nr = free_bbs(vmg, bb, pass, *need);
		if (!nr)
			continue;
		if (singly)
			nr = 1;
		first = bb - (nr - 1) * vmg->geo.bb_blocks;
		if (vmg_remove_blocks(vmg, first, nr * vmg->geo.bb_blocks)) {
			/* One of them is not free. Continue one by one to find it. */
			if (nr == 1) {
				vmg_set_offline_failed(vmg, bb, vmg->geo.bb_blocks,
						       true);
				continue;
			}
			singly = true;
			bb += vmg->geo.bb_blocks;
			continue;
		}
		singly = false;
		vmg_unplug_unexposed(vmg, first * vmg->geo.block_sbs,
				     (bb + vmg->geo.bb_blocks) * vmg->geo.block_sbs,
				     need);
		bb = first;
	}
}

/* Makes subblocks of one added block unexposed: all of them, or none and an error. */
static int unexpose_part(struct vmg *vmg, unsigned long first, unsigned long nr,
			 bool insist)
{
	u8 state = vmg->map.blocks[first / vmg->geo.block_sbs];
	unsigned long pfn = PHYS_PFN(vmg_sb_addr(vmg, first));
	unsigned long pages = nr * vmg_sb_pages(vmg);
	struct vmg_scan scan;

	lockdep_assert_held(&vmg->map.lock);
	if (state & VMG_IN_TRANSITION)
		return -EBUSY;
	if (state & VMG_ONLINE) {
		vmg_scan(pfn, pages, &scan);
		if (scan.stuck || !has_room(&scan) ||
		    vmg_fake_offline(vmg, pfn, pages, insist))
			return -EBUSY;
	}
	vmg_set_exposed(vmg, first, nr, false);
	return 0;
}

static void expose_part(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	lockdep_assert_held(&vmg->map.lock);
	vmg_set_exposed(vmg, first, nr, true);
	if (vmg->map.blocks[first / vmg->geo.block_sbs] & VMG_ONLINE)
		vmg_fake_online(PHYS_PFN(vmg_sb_addr(vmg, first)), nr * vmg_sb_pages(vmg));
}

/* The subblock behind the part of @first to @end that is in one block. */
static unsigned long part_end(const struct vmg *vmg, unsigned long first, unsigned long end)
{
	return min(end, rounddown(first, vmg->geo.block_sbs) + vmg->geo.block_sbs);
}

/*
 * Makes plug granules of added blocks unexposed: all of their subblocks, or none and an
 * error.
 */
static int unexpose(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	unsigned long end = first + nr, part = first, next;
	int rc = 0;

	mutex_lock(&vmg->map.lock);
	while (!rc && part < end) {
		next = part_end(vmg, part, end);
		rc = unexpose_part(vmg, part, next - part, nr == vmg->geo.granule);
		if (!rc)
			part = next;
	}
	for (end = part; rc && first < end; first = next) {
		next = part_end(vmg, first, end);
		expose_part(vmg, first, next - first);
	}
	mutex_unlock(&vmg->map.lock);
	return rc;
}

/*
 * Number of exposed subblocks immediately below @end, at most @most, as whole granules: at
 * least one granule if that is exposed, and more if they are in the same block.
 */
static unsigned long exposed_below(struct vmg *vmg, unsigned long end, unsigned long most)
{
	unsigned long begin = rounddown(end - 1, vmg->geo.block_sbs);
	unsigned long first = end;

	do {
		if (!test_bit(first - vmg->geo.granule, vmg->map.exposed))
			break;
		first -= vmg->geo.granule;
	} while (first >= begin + vmg->geo.granule &&
		 end - first + vmg->geo.granule <= most);
	return end - first;
}

/*
 * Unplugs as many subblocks of an added big block as possible, at most *@need. If not all
 * that are taken at once can be, takes fewer, until it is known which cannot.
 */
static void shrink_bb(struct vmg *vmg, unsigned long bb,
		      unsigned long *need)
{
	unsigned long limit = rounddown(max(TAKE_SIZE / vmg->geo.sb_size, vmg->geo.granule),
					vmg->geo.granule);
	unsigned long begin = bb * vmg->geo.block_sbs;
	unsigned long sb = begin + vmg_bb_sbs(vmg);
	unsigned long run = 0, most = limit, nr;

	while (sb > begin && vmg_more(vmg, *need - run)) {
		nr = exposed_below(vmg, sb, min(most, *need - run));
		if (nr && !unexpose(vmg, sb - nr, nr)) {
			vmg_report_moving(vmg);
			sb -= nr;
			run += nr;
			most = min(2 * most, limit);
			continue;
		}
		if (nr > vmg->geo.granule) {
			most = rounddown(nr / 2, vmg->geo.granule);
			continue;
		}
		/* Adjacent subblocks are unplugged by one request. */
		if (run)
			vmg_unplug_unexposed(vmg, sb, sb + run, need);
		run = 0;
		sb -= vmg->geo.granule;
	}
	if (run)
		vmg_unplug_unexposed(vmg, sb, sb + run, need);
}

static void shrink_bbs(struct vmg *vmg, enum pass pass, unsigned long *need)
{
	unsigned long bb = vmg->geo.nr_blocks;

	while (bb && vmg_more(vmg, *need)) {
		bb -= vmg->geo.bb_blocks;
		if (vmg_bb_all(vmg, bb, VMG_ADDED, VMG_ADDED) &&
		    bb_pass(vmg, bb) == pass)
			shrink_bb(vmg, bb, need);
	}
}

/*
 * Takes subblocks that are free out of the movable zone, as many as there are, and
 * unplugs them meanwhile. Returns whether that is the way to shrink.
 */
static bool take_free(struct vmg *vmg, unsigned long *need)
{
	const u32 *sbs = vmg->take.sbs;
	unsigned int nr, first, i;

	/* It leaves blocks that are empty, of which there may be many. */
	if (!READ_ONCE(unplug_online) || !vmg_keeps() || !vmg_take_begin(vmg))
		return false;
	while (vmg_more(vmg, *need) && (nr = vmg_take(vmg, *need))) {
		*need -= nr;
		/* Adjacent subblocks are unplugged by one request. */
		for (first = 0; first < nr; first = i) {
			for (i = first + 1; i < nr && sbs[i] - sbs[first] == i - first; i++)
				;
			/* After an error the rest is unplugged by the retry. */
			if (vmg_unplug(vmg, sbs[first], i - first))
				break;
		}
	}
	vmg_take_end(vmg);
	return true;
}

/**
 * vmg_shrink - take memory from Linux and unplug it
 * @vmg: The device.
 * @need: Number of subblocks to unplug, a multiple of the plug granule.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0, also if only online memory is left, and unplug_online is false; -EBUSY if
 * not all could be unplugged, for now; another negative errno.
 */
int vmg_shrink(struct vmg *vmg, unsigned long need)
{
	enum pass pass;
	int rc;

	vmg_assert_worker(vmg);

	vmg_reserves_give_back(vmg);
	vmg_unplug_unexposed(vmg, 0, vmg->geo.nr_sbs, &need);
	/*
	 * The next pass may be about the same blocks, so the map must be up to date: also
	 * between two of them, as a block that goes online meanwhile, or into another zone,
	 * belongs to both.
	 */
	rc = vmg_reap_all(vmg);
	if (rc)
		return rc;
	for (pass = PASS_OFFLINE; !rc && pass < PASS_NONE; pass++) {
		/*
		 * What is left in blocks of which free memory was taken is free in small
		 * pieces, if at all: they are kept, and not removed.
		 */
		if (pass != PASS_MOVABLE || !take_free(vmg, &need))
			remove_bbs(vmg, pass, &need);
		/* No request is under way for what this takes, which is exposed. */
		shrink_bbs(vmg, pass, &need);
		rc = vmg_reap_all(vmg);
	}
	if (rc)
		return rc;
	/* Without unplug_online, retry only when a block or the parameter changes. */
	return need && READ_ONCE(unplug_online) ? -EBUSY : 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Shrinking. What is plugged but not given to Linux goes first. Then three passes,
 * in the order in which a memory group's memory has to go so that its zones stay in
 * balance: Linux lets memory go online for user space because there is so much of
 * the kernel's, and relies on the latter to leave last.
 *
 *   1. what is not online
 *   2. what is in the movable zone
 *   3. what the kernel may use for itself
 *
 * Each of them takes whole blocks that are free first: offline and removed, several
 * at once, without a look at their memory. Then subblock by subblock, out of the page
 * allocator, with used pages being moved.
 *
 * Each begins at the end of the region, so that what is left is at its begin. UNPLUG
 * requests are sent as memory becomes free, and answered while the next is worked on.
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

static bool unplug_online = true;

static int set_unplug_online(const char *val, const struct kernel_param *kp)
{
	int rc = param_set_bool(val, kp);

	/* What was not tried again may be possible now. */
	if (!rc)
		vmg_kick_all();
	return rc;
}

static const struct kernel_param_ops unplug_online_ops = {
	.set = set_unplug_online,
	.get = param_get_bool,
};
module_param_cb(unplug_online, &unplug_online_ops, &unplug_online, 0644);
MODULE_PARM_DESC(unplug_online, "Take memory back that is online (default: true)");

/*
 * Memory that is taken offline at once. When one block of it fails, the others
 * come back online, which is work for nothing.
 */
#define REMOVE_SIZE	SZ_512M
/* Memory that has to stay available when used pages are moved. */
#define RECLAIMABLE_SIZE	SZ_64M

/* In this order; a big block goes with the last of its blocks. */
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
 * Whether there is room elsewhere for the used pages of a range, in memory or in swap.
 * What is free in the range itself is none.
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

/* When a big block that is added is to go. */
static enum pass bb_pass(struct vmg *vmg, unsigned long bb)
{
	enum pass pass = PASS_OFFLINE;
	unsigned long block;

	for (block = bb; block < bb + vmg->geo.bb_blocks; block++)
		pass = max(pass, block_pass(vmg, block));
	return pass;
}

/* Whether nobody uses anything of those of its blocks that are online. */
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
 * Looks down from @bb for big blocks that are free, without giving up more than @need.
 * Returns their number.
 */
static unsigned long free_bbs(struct vmg *vmg, unsigned long bb,
			      enum pass pass, unsigned long need)
{
	unsigned long most = max(REMOVE_SIZE / (memory_block_size_bytes() *
						vmg->geo.bb_blocks), 1UL);
	unsigned long nr = 0, sbs;

	while (nr < most) {
		/* A try in vain keeps others from any hotplug meanwhile. */
		if (!vmg_bb_all(vmg, bb, VMG_ADDED | VMG_OFFLINE_FAILED, VMG_ADDED))
			break;
		sbs = bb_plugged(vmg, bb);
		if (sbs > need || bb_pass(vmg, bb) != pass ||
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
			/* One of them: find out which, and leave it. */
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
		vmg_unplug_held(vmg, first * vmg->geo.block_sbs,
				(bb + vmg->geo.bb_blocks) * vmg->geo.block_sbs, need);
		bb = first;
	}
}

/*
 * Takes subblocks of an added block from Linux, one plug granule; gives them back if it
 * does not get all.
 */
static int take_granule(struct vmg *vmg, unsigned long first)
{
	unsigned long pages = vmg_sb_pages(vmg), taken = 0, block, pfn;
	struct vmg_scan scan;
	int rc = 0;
	u8 state;

	mutex_lock(&vmg->map.lock);
	for (; taken < vmg->geo.granule; taken++) {
		block = (first + taken) / vmg->geo.block_sbs;
		state = vmg->map.blocks[block];
		rc = -EBUSY;
		if (state & VMG_IN_TRANSITION)
			break;
		if (state & VMG_ONLINE) {
			pfn = PHYS_PFN(vmg_sb_addr(vmg, first + taken));
			vmg_scan(pfn, pages, &scan);
			if (scan.stuck || !has_room(&scan) ||
			    vmg_fake_offline(vmg, pfn, pages))
				break;
		}
		rc = 0;
		vmg_set_given(vmg, first + taken, 1, false);
	}
	while (rc && taken--) {
		block = (first + taken) / vmg->geo.block_sbs;
		vmg_set_given(vmg, first + taken, 1, true);
		if (vmg->map.blocks[block] & VMG_ONLINE)
			vmg_fake_online(PHYS_PFN(vmg_sb_addr(vmg, first + taken)),
					pages);
	}
	mutex_unlock(&vmg->map.lock);
	return rc;
}

/* Takes what it can get of an added big block, and unplugs it. */
static void shrink_bb(struct vmg *vmg, unsigned long bb,
		      unsigned long *need)
{
	unsigned long begin = bb * vmg->geo.block_sbs;
	unsigned long end = begin + vmg_bb_sbs(vmg);
	unsigned long sb = end, run = 0;

	while (sb > begin && vmg_more(vmg, *need - run)) {
		sb -= vmg->geo.granule;
		if (test_bit(sb, vmg->map.given) && !take_granule(vmg, sb)) {
			vmg_report_moving(vmg);
			run += vmg->geo.granule;
			continue;
		}
		/* Subblocks side by side leave in one request. */
		if (run)
			vmg_unplug_held(vmg, sb + vmg->geo.granule,
					sb + vmg->geo.granule + run, need);
		run = 0;
	}
	if (run)
		vmg_unplug_held(vmg, sb, sb + run, need);
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
	unsigned long bb;
	int rc = 0;

	if (DIV_ROUND_UP(vmg->map.nr_given, vmg->geo.block_sbs) >= vmg->map.nr_added)
		return 0;
	for (bb = 0; bb < vmg->geo.nr_blocks && !vmg_interrupted(vmg);
	     bb += vmg->geo.bb_blocks) {
		if (!vmg_bb_all(vmg, bb, VMG_ADDED, VMG_ADDED) ||
		    vmg_count(vmg->map.given, bb * vmg->geo.block_sbs,
			      vmg_bb_sbs(vmg)))
			continue;
		if (vmg_remove_blocks(vmg, bb, vmg->geo.bb_blocks))
			rc = -EBUSY;
	}
	return rc;
}

/**
 * vmg_shrink - take memory from Linux and unplug it
 * @vmg: The device.
 * @need: Subblocks to unplug, in whole plug granules.
 *
 * Return: 0, also if what is left is online and has to stay; -EBUSY if not all of it
 * can be had, for now; another negative errno.
 */
int vmg_shrink(struct vmg *vmg, unsigned long need)
{
	enum pass pass;
	int rc, empty;

	vmg_reserves_give_back(vmg);
	vmg_unplug_held(vmg, 0, vmg->geo.nr_sbs, &need);
	/* The map has to be right before more of the same blocks is sent. */
	rc = vmg_reap_all(vmg);
	if (rc)
		return rc;
	for (pass = PASS_OFFLINE; pass < PASS_NONE; pass++) {
		remove_bbs(vmg, pass, &need);
		shrink_bbs(vmg, pass, &need);
	}
	rc = vmg_reap_all(vmg);
	empty = vmg_remove_empty(vmg);
	if (rc)
		return rc;
	/* To try it again is of no use before a block or the parameter changes. */
	return need && READ_ONCE(unplug_online) ? -EBUSY : empty;
}

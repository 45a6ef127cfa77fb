// SPDX-License-Identifier: GPL-2.0
/*
 * Take free memory of the movable zone out of the page allocator, as a balloon does: by
 * allocating it. That needs no lock of memory hotplug and leaves alone what is in use, so
 * it is by far the fastest way to get free memory, unless the kernel zeroes what is
 * allocated (init_on_alloc). The allocator decides which memory it is.
 *
 * Nobody is to notice: memory that is not ours, of another device or another zone, is
 * kept only until the end, because the allocator would return it again, and is bounded;
 * nothing is reclaimed. But watermarks are ignored, as they are when a block goes offline:
 * those of the movable zone are for those who use its memory, which leaves the guest.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sort.h>
#include <linux/vmstat.h>

#include "fake_offline.h"
#include "guest.h"
#include "take.h"

/* No reclaim, and no fallback to another node. */
#define TAKE_GFP	(__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_THISNODE | __GFP_NOWARN | \
			 __GFP_MEMALLOC)
/* Memory that is not ours is at most 1 / OTHERS_SHARE of the zone's free memory. */
#define OTHERS_SHARE	8

/* The allocator's order of a subblock. */
static unsigned int sb_order(const struct vmg *vmg)
{
	return ilog2(vmg_sb_pages(vmg));
}

static struct zone *movable_zone_of(const struct vmg *vmg)
{
	return NODE_DATA(vmg->hotplug.nid)->node_zones + ZONE_MOVABLE;
}

/* Whether the movable zone has a free subblock; without it the allocator takes another. */
static bool has_free_sb(const struct vmg *vmg)
{
	const struct zone *zone = movable_zone_of(vmg);
	unsigned int order;

	for (order = sb_order(vmg); order <= ilog2(MAX_ORDER_NR_PAGES); order++)
		if (READ_ONCE(zone->free_area[order].nr_free))
			return true;
	return false;
}

/*
 * Whether allocated pages are a subblock that may be unexposed: of this device, of the
 * movable zone, and of a block that is not in transition. A block that goes online is in
 * the allocator a moment before it is online.
 */
static bool is_ours(struct vmg *vmg, struct page *page)
{
	unsigned long sb = (page_to_phys(page) - vmg->geo.base) / vmg->geo.sb_size;

	lockdep_assert_held(&vmg->map.lock);
	return page_to_phys(page) >= vmg->geo.base && sb < vmg->geo.nr_sbs &&
	       page_zonenum(page) == ZONE_MOVABLE &&
	       !(vmg->map.blocks[sb / vmg->geo.block_sbs] & VMG_IN_TRANSITION);
}

/* Allocates subblocks: at most @most. */
static void allocate(struct vmg *vmg, unsigned int most)
{
	struct vmg_take *take = &vmg->take;
	struct page *page;

	while (take->nr < most && take->others_left && has_free_sb(vmg)) {
		page = alloc_pages_node(vmg->hotplug.nid, TAKE_GFP, sb_order(vmg));
		if (!page)
			return;
		if (is_ours(vmg, page)) {
			take->sbs[take->nr++] = (page_to_phys(page) - vmg->geo.base) /
						vmg->geo.sb_size;
			continue;
		}
		list_add(&page->lru, &take->others);
		/* With a page of another zone the movable one has no more. */
		if (page_zonenum(page) == ZONE_MOVABLE)
			take->others_left--;
		else
			take->others_left = 0;
	}
}

static int compare(const void *a, const void *b)
{
	u32 left = *(const u32 *)a, right = *(const u32 *)b;

	return left < right ? -1 : left > right;
}

/**
 * vmg_take_begin - prepare to take free memory
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: whether that is a good way to shrink: neither does the kernel zero what is
 * allocated, nor is a subblock larger than what the page allocator has.
 */
bool vmg_take_begin(struct vmg *vmg)
{
	struct vmg_take *take = &vmg->take;

	vmg_assert_worker(vmg);
	if (want_init_on_alloc(TAKE_GFP) || vmg->geo.granule > 1 ||
	    vmg_sb_pages(vmg) > MAX_ORDER_NR_PAGES)
		return false;
	INIT_LIST_HEAD(&take->others);
	take->others_left = zone_page_state(movable_zone_of(vmg), NR_FREE_PAGES) /
			    OTHERS_SHARE / vmg_sb_pages(vmg) + 1;
	return true;
}

/**
 * vmg_take - make free subblocks of the movable zone fake offline
 * @vmg: The device, after vmg_take_begin().
 * @most: Maximum number of subblocks.
 *
 * They are in @vmg->take.sbs, in ascending order, and stay plugged, for the caller to
 * unplug.
 *
 * Context: The worker. May sleep. Takes vmg->map.lock, within which nothing waits for
 * memory.
 * Return: number of subblocks, at most VMG_TAKE_SBS; 0 if there are no more.
 */
unsigned int vmg_take(struct vmg *vmg, unsigned long most)
{
	unsigned long pages = vmg_sb_pages(vmg), pfn;
	struct vmg_take *take = &vmg->take;
	unsigned int first, i;

	vmg_assert_worker(vmg);
	take->nr = 0;
	mutex_lock(&vmg->map.lock);
	allocate(vmg, min_t(unsigned long, most, VMG_TAKE_SBS));
	sort(take->sbs, take->nr, sizeof(*take->sbs), compare, NULL);
	for (first = 0; first < take->nr; first = i) {
		pfn = PHYS_PFN(vmg_sb_addr(vmg, take->sbs[first]));
		for (i = first; i < take->nr && take->sbs[i] - take->sbs[first] == i - first; i++)
			vmg_set_exposed(vmg, take->sbs[i], 1, false);
		vmg_mark_taken(pfn, (i - first) * pages);
		adjust_managed_page_count(pfn_to_page(pfn), -(long)((i - first) * pages));
	}
	mutex_unlock(&vmg->map.lock);
	return take->nr;
}

/**
 * vmg_take_end - free what was allocated and is not ours
 * @vmg: The device, after vmg_take_begin().
 *
 * Context: The worker. May sleep.
 */
void vmg_take_end(struct vmg *vmg)
{
	struct page *page, *next;

	vmg_assert_worker(vmg);
	list_for_each_entry_safe(page, next, &vmg->take.others, lru)
		__free_pages(page, sb_order(vmg));
}

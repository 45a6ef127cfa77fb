// SPDX-License-Identifier: GPL-2.0
/*
 * A reserve of memory for the kernel. Memory that comes costs some: a 64th for its
 * map, a 512th for page tables of who uses it. When it is online as movable, it is
 * no use for these, and what the guest had before is full by then.
 *
 * What the map takes is freed just before it is made. Others hardly can snatch it:
 * user space is not given the last of a zone that the kernel depends on, and the
 * more memory is movable the less (vm.lowmem_reserve_ratio). The rest is left to
 * those who find that there is no memory for the kernel, although there is some.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "guest.h"
#include "room.h"

#define CHUNK		SZ_1M
#define CHUNK_ORDER	get_order(CHUNK)
/* Of all memory at most this. */
#define RESERVE_SHARE	16
/* After it could not be made larger. */
#define FILL_INTERVAL	(10 * HZ)

static unsigned int wanted(const struct vmg *vmg)
{
	u64 more = vmg->geo.region_size - vmg->map.nr_plugged * vmg->geo.sb_size;

	return min_t(u64, PFN_PHYS(totalram_pages()) / RESERVE_SHARE,
		     more / VMG_COST_SHARE) / CHUNK;
}

/**
 * vmg_reserve_init - begin with an empty reserve
 * @vmg: The device.
 */
void vmg_reserve_init(struct vmg *vmg)
{
	spin_lock_init(&vmg->pressure.reserve.lock);
	INIT_LIST_HEAD(&vmg->pressure.reserve.chunks);
}

static bool take_chunk(struct vmg_reserve *reserve)
{
	/* The worker must not be kept by reclaim: it may be needed soon. */
	struct page *page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN,
					CHUNK_ORDER);

	if (!page)
		return false;
	spin_lock(&reserve->lock);
	list_add(&page->lru, &reserve->chunks);
	reserve->nr++;
	spin_unlock(&reserve->lock);
	return true;
}

/**
 * vmg_reserve_fill - make the reserve as large as it should be
 * @vmg: The device.
 * @have: Whether there should be one now.
 *
 * Context: The worker.
 * Return: jiffies until it should be called again.
 */
unsigned long vmg_reserve_fill(struct vmg *vmg, bool have)
{
	struct vmg_reserve *reserve = &vmg->pressure.reserve;

	while (have && READ_ONCE(reserve->nr) < wanted(vmg))
		if (!take_chunk(reserve))
			return FILL_INTERVAL;
	return MAX_SCHEDULE_TIMEOUT;
}

/**
 * vmg_reserve_free_range - free what of the reserve lies in a range
 * @vmg: The device with the reserve.
 * @addr: Address of the range.
 * @size: Its size, in bytes.
 *
 * Context: Any task.
 */
void vmg_reserve_free_range(struct vmg *vmg, u64 addr, u64 size)
{
	struct vmg_reserve *reserve = &vmg->pressure.reserve;
	struct page *page, *next;
	LIST_HEAD(inside);

	spin_lock(&reserve->lock);
	list_for_each_entry_safe(page, next, &reserve->chunks, lru) {
		if (page_to_phys(page) - addr >= size)
			continue;
		list_del(&page->lru);
		list_add(&page->lru, &inside);
		reserve->nr--;
	}
	spin_unlock(&reserve->lock);
	list_for_each_entry_safe(page, next, &inside, lru)
		__free_pages(page, CHUNK_ORDER);
}

/**
 * vmg_reserve_free - free a part of the reserve
 * @vmg: The device.
 * @size: How much, in bytes.
 *
 * Return: the number of pages, as far as there were any.
 */
unsigned long vmg_reserve_free(struct vmg *vmg, u64 size)
{
	u64 left = size / CHUNK + !!(size % CHUNK);
	struct vmg_reserve *reserve = &vmg->pressure.reserve;
	unsigned long pages = 0;
	struct page *page;

	for (; left; left--) {
		spin_lock(&reserve->lock);
		page = list_first_entry_or_null(&reserve->chunks, struct page,
						lru);
		if (page) {
			list_del(&page->lru);
			reserve->nr--;
		}
		spin_unlock(&reserve->lock);
		if (!page)
			break;
		__free_pages(page, CHUNK_ORDER);
		pages += 1UL << CHUNK_ORDER;
	}
	return pages;
}

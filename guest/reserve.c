// SPDX-License-Identifier: GPL-2.0
/*
 * A reserve of memory for the kernel. Added memory costs some: 1/64 of it for its memory
 * map, and 1/512 for the page tables of those who use it. Memory that goes online as
 * movable cannot be used for these, and the memory that the guest had before is full by
 * then.
 *
 * What the memory map takes is freed immediately before it is allocated. Others are
 * unlikely to take it first: user space does not get the last pages of a zone that the
 * kernel depends on, and the more memory is movable the more is kept from it
 * (vm.lowmem_reserve_ratio). The rest is freed when the kernel runs out of memory of its
 * zones although movable memory is free (oom_notify()).
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "guest.h"
#include "room.h"

#define CHUNK		SZ_1M
#define CHUNK_ORDER	get_order(CHUNK)
/* The reserve takes at most 1 / RESERVE_SHARE of all memory. */
#define RESERVE_SHARE	16
/* Jiffies after which an attempt to fill the reserve is repeated. */
#define FILL_INTERVAL	(10 * HZ)

/* Number of chunks that the reserve should have. */
static unsigned int wanted(const struct vmg *vmg)
{
	u64 more = vmg->geo.region_size - vmg->map.nr_plugged * vmg->geo.sb_size;

	return min_t(u64, PFN_PHYS(totalram_pages()) / RESERVE_SHARE,
		     more / VMG_COST_SHARE) / CHUNK;
}

/**
 * vmg_reserve_init - begin with an empty reserve
 * @vmg: The device.
 *
 * Context: Probe.
 */
void vmg_reserve_init(struct vmg *vmg)
{
	spin_lock_init(&vmg->pressure.reserve.lock);
	INIT_LIST_HEAD(&vmg->pressure.reserve.chunks);
}

static bool take_chunk(struct vmg_reserve *reserve)
{
	/* No reclaim: it could delay the worker, which may be needed soon. */
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
 * vmg_reserve_fill - fill the reserve
 * @vmg: The device.
 * @have: Whether there should be a reserve now.
 *
 * Context: The worker.
 * Return: number of jiffies after which to call this again.
 */
unsigned long vmg_reserve_fill(struct vmg *vmg, bool have)
{
	struct vmg_reserve *reserve = &vmg->pressure.reserve;

	vmg_assert_worker(vmg);
	while (have && READ_ONCE(reserve->nr) < wanted(vmg))
		if (!take_chunk(reserve))
			return FILL_INTERVAL;
	return MAX_SCHEDULE_TIMEOUT;
}

/**
 * vmg_reserve_free_range - free the part of the reserve that lies in a range
 * @vmg: The device with the reserve.
 * @addr: Guest physical address of the range.
 * @size: Bytes of the range.
 *
 * Context: Any task. Takes the reserve's lock.
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
 * @size: Bytes to free, rounded up to 1 MiB; U64_MAX for all.
 *
 * Context: Any task. Takes the reserve's lock.
 * Return: number of pages that were freed; less than @size if there were not enough.
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

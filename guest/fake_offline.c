// SPDX-License-Identifier: GPL-2.0
/*
 * Fake offline: pages that are not exposed to Linux although their block is online. Each
 * is marked PageOffline(), so that whoever reads memory page by page (a crash dump,
 * /proc/kcore) skips it, and has one reference, which is ours.
 *
 * A page becomes fake offline in one of two ways: it is kept out of the page allocator
 * when its block goes online, or is allocated from it later. The result is the same, so
 * there is one way back: like a page that goes online for the first time.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/sched.h>

#include "compat/contig.h"
#include "compat/offline.h"
#include "fake_offline.h"
#include "guest.h"

/**
 * vmg_mark_offline - mark pages as fake offline
 * @pfn: First page frame.
 * @nr: Number of pages. Each has one reference, and is not in the page allocator.
 *
 * Context: May sleep. Takes the lock of page_offline_begin().
 */
void vmg_mark_offline(unsigned long pfn, unsigned long nr)
{
	struct page *page;

	/* Waits for readers that have seen a page before it was marked. */
	page_offline_begin();
	for (; nr; nr--, pfn++) {
		page = pfn_to_page(pfn);
		/*
		 * Before it first goes online, a page is reserved or offline,
		 * depending on the kernel. A block with a reserved page could
		 * not go offline.
		 */
		if (PageReserved(page))
			ClearPageReserved(page);
		if (!PageOffline(page))
			__SetPageOffline(page);
	}
	page_offline_end();
}

/* Attempts in ZONE_MOVABLE, where a page that cannot be migrated often soon can. */
#define TRIES	5

/**
 * vmg_fake_offline - take pages out of the page allocator
 * @vmg: The device that they belong to.
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole page blocks, in one zone.
 *
 * Migrates pages that are in use. Gives up after a few attempts, or when the
 * configuration changes or the worker has to stop, because others wait for
 * vmg->map.lock meanwhile. With init_on_alloc the kernel zeroes the pages on this
 * occasion, so this is the last resort.
 *
 * Context: The worker. vmg->map.lock held. May sleep.
 * Return: 0; -EBUSY or -EAGAIN if there is a page that cannot be migrated, for now;
 * another negative errno.
 */
int vmg_fake_offline(struct vmg *vmg, unsigned long pfn, unsigned long nr)
{
	bool movable = page_zonenum(pfn_to_page(pfn)) == ZONE_MOVABLE;
	int tries = movable ? TRIES : 1, rc;

	vmg_assert_worker(vmg);
	lockdep_assert_held(&vmg->map.lock);
	do {
		rc = alloc_contig_movable(pfn, pfn + nr);
		/* Repeating it does not help if memory is lacking. */
	} while (rc && rc != -ENOMEM && --tries && !vmg_interrupted(vmg));
	if (rc)
		return rc;
	vmg_mark_offline(pfn, nr);
	adjust_managed_page_count(pfn_to_page(pfn), -(long)nr);
	return 0;
}

/**
 * vmg_fake_online - return pages to the page allocator
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole page blocks, all of them fake offline.
 *
 * Context: The worker, with the map.lock of the pages' device held. May sleep.
 */
void vmg_fake_online(unsigned long pfn, unsigned long nr)
{
	unsigned long end = pfn + nr, i;
	struct page *page;

	for (; pfn < end; pfn += pageblock_nr_pages) {
		page = pfn_to_page(pfn);
		for (i = 0; i < pageblock_nr_pages; i++) {
			/*
			 * Somebody who walks over all pages may hold a reference
			 * for a moment. Wait until it is dropped: the allocator
			 * sets the count, and so would lose it.
			 */
			while (!page_ref_freeze(page + i, 1))
				cond_resched();
			__ClearPageOffline(page + i);
		}
		generic_online_page(page, pageblock_order);
		cond_resched();
	}
}

/**
 * vmg_release_fake_offline - drop our references, so that the block can go offline
 * @pfn: First page frame.
 * @nr: Number of pages, all of them fake offline.
 *
 * Offlining skips PageOffline() pages that have no reference.
 *
 * Context: The memory notifier (MEM_GOING_OFFLINE).
 */
void vmg_release_fake_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	offline_count_pages(pfn_to_page(pfn), nr);
	for (i = 0; i < nr; i++)
		page_ref_dec(pfn_to_page(pfn + i));
}

/**
 * vmg_reclaim_fake_offline - undo vmg_release_fake_offline(), as the block stays online
 * @pfn: First page frame.
 * @nr: Number of pages.
 *
 * Context: The memory notifier (MEM_CANCEL_OFFLINE).
 */
void vmg_reclaim_fake_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	offline_count_pages(pfn_to_page(pfn), -(long)nr);
	for (i = 0; i < nr; i++)
		page_ref_inc(pfn_to_page(pfn + i));
}

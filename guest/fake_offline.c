// SPDX-License-Identifier: GPL-2.0
/*
 * Fake offline: pages that are not exposed to Linux although their block is online. Each
 * is marked PageOffline(), so that whoever reads memory page by page (a crash dump,
 * /proc/kcore) skips it. The first page of each page block has one reference, which is
 * ours and keeps the block from going offline; the others have none, as in an allocation
 * of that order.
 *
 * A page becomes fake offline in one of two ways: it is kept out of the page allocator
 * when its block goes online, or is allocated from it later. The result is the same, so
 * there is one way back: it is freed.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/sched.h>

#include "compat/contig.h"
#include "compat/offline.h"
#include "fake_offline.h"
#include "guest.h"

/* Leaves one reference to the first page of a page block, and none to another page. */
static void leave_references(struct page *page, bool first)
{
	if (first) {
		if (!page_ref_count(page))
			set_page_count(page, 1);
		return;
	}
	/*
	 * Somebody who walks over all pages may hold a reference to it for a moment. Wait
	 * until it is dropped: it must not be the last one, which frees the page.
	 */
	while (page_ref_count(page) && !page_ref_freeze(page, 1))
		cond_resched();
}

/**
 * vmg_mark_offline - mark pages as fake offline
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole page blocks that are not in the page allocator. Either each
 *	page has one reference, or only the first page of them has.
 *
 * Context: May sleep. Takes the lock of page_offline_begin().
 */
void vmg_mark_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;
	struct page *page;

	/* Waits for readers that have seen a page before it was marked. */
	page_offline_begin();
	for (i = 0; i < nr; i++) {
		page = pfn_to_page(pfn + i);
		/*
		 * Before it first goes online, a page is reserved or offline,
		 * depending on the kernel. A block with a reserved page could
		 * not go offline.
		 */
		if (PageReserved(page))
			ClearPageReserved(page);
		if (!PageOffline(page))
			__SetPageOffline(page);
		leave_references(page, !(i % pageblock_nr_pages));
	}
	page_offline_end();
}

/**
 * vmg_mark_taken - mark pages as fake offline that were just allocated as free ones
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole allocations, of at least a page block each.
 *
 * As vmg_mark_offline(), in half the time: none of these pages is reserved, and pages other
 * than the first of an allocation have no reference, so nobody can have got one.
 *
 * Context: May sleep. Takes the lock of page_offline_begin().
 */
void vmg_mark_taken(unsigned long pfn, unsigned long nr)
{
	unsigned long end = pfn + nr, i;
	struct page *page;

	page_offline_begin();
	for (; pfn < end; pfn += pageblock_nr_pages) {
		page = pfn_to_page(pfn);
		for (i = 0; i < pageblock_nr_pages; i++)
			__SetPageOffline(page + i);
		leave_references(page, true);
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
 * @insist: Try more than once where that may help.
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
int vmg_fake_offline(struct vmg *vmg, unsigned long pfn, unsigned long nr, bool insist)
{
	bool movable = page_zonenum(pfn_to_page(pfn)) == ZONE_MOVABLE;
	int tries = insist && movable ? TRIES : 1, rc;

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

/* Makes fake offline pages look as if they had been allocated at once. */
static void unmark_offline(struct page *page, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		__ClearPageOffline(page + i);
		if (i && !(i % pageblock_nr_pages))
			leave_references(page + i, false);
	}
}

/**
 * vmg_fake_online - return pages to the page allocator
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole page blocks of one block, all of them fake offline.
 *
 * Somebody who walks over all pages may hold a reference to the first page of what is
 * freed at once. Then __free_pages() frees the others, and the holder the last one.
 *
 * Context: The worker, with the map.lock of the pages' device held. May sleep.
 */
void vmg_fake_online(unsigned long pfn, unsigned long nr)
{
	unsigned int most = ilog2(MAX_ORDER_NR_PAGES), order;
	unsigned long end = pfn + nr;

	adjust_managed_page_count(pfn_to_page(pfn), nr);
	for (; pfn < end; pfn += 1UL << order) {
		/* The largest order that is aligned, and does not exceed what is left. */
		order = min3(most, (unsigned int)__ffs(pfn), (unsigned int)ilog2(end - pfn));
		unmark_offline(pfn_to_page(pfn), 1UL << order);
		__free_pages(pfn_to_page(pfn), order);
		cond_resched();
	}
}

/**
 * vmg_release_fake_offline - drop our references, so that the block can go offline
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole page blocks, all of them fake offline.
 *
 * Offlining skips PageOffline() pages that have no reference.
 *
 * Context: The memory notifier (MEM_GOING_OFFLINE).
 */
void vmg_release_fake_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	offline_count_pages(pfn_to_page(pfn), nr);
	for (i = 0; i < nr; i += pageblock_nr_pages)
		page_ref_dec(pfn_to_page(pfn + i));
}

/**
 * vmg_reclaim_fake_offline - undo vmg_release_fake_offline(), as the block stays online
 * @pfn: First page frame, at the start of a page block.
 * @nr: Number of pages: whole page blocks.
 *
 * Context: The memory notifier (MEM_CANCEL_OFFLINE).
 */
void vmg_reclaim_fake_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	offline_count_pages(pfn_to_page(pfn), -(long)nr);
	for (i = 0; i < nr; i += pageblock_nr_pages)
		page_ref_inc(pfn_to_page(pfn + i));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that Linux has not been given, though their block is online. Each is
 * marked PageOffline(), so that whoever reads memory page by page (a crash
 * dump, /proc/kcore) leaves it alone, and has one reference, which is ours.
 *
 * There are two ways to become one: not to be given to the page allocator when
 * the block goes online, and to be taken out of it later. They look the same, so
 * there is one way back: as a page that goes online for the first time.
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
 * vmg_mark_offline - keep pages from Linux
 * @pfn: First page. It has one reference, and is not in the page allocator.
 * @nr: Pages.
 */
void vmg_mark_offline(unsigned long pfn, unsigned long nr)
{
	struct page *page;

	/* Not while somebody is about to read one that was not marked yet. */
	page_offline_begin();
	for (; nr; nr--, pfn++) {
		page = pfn_to_page(pfn);
		/*
		 * Which of these two marks a page has before it is online for
		 * the first time depends on the kernel. A block with a reserved
		 * page cannot go offline.
		 */
		if (PageReserved(page))
			ClearPageReserved(page);
		if (!PageOffline(page))
			__SetPageOffline(page);
	}
	page_offline_end();
}

/* Where all pages should be movable, one that was not may be the next time. */
#define TRIES	5

/**
 * vmg_fake_offline - take pages out of Linux's hands
 * @vmg: The device that they belong to.
 * @pfn: First page, at the begin of a page block.
 * @nr: Pages, whole page blocks, in one zone.
 *
 * Pages in use are moved elsewhere. That takes a bounded time: where it fails
 * a few times, it gives up, and does not try again when the device wants something
 * else or the worker has to stop, as others wait for vmg->map.lock meanwhile. With
 * init_on_alloc free pages are zeroed on the way, which is why this is what we do last.
 *
 * Context: The worker, with vmg->map.lock held. May sleep.
 * Return: 0; -EBUSY or -EAGAIN if there is a page that cannot be moved (now);
 * another negative errno.
 */
int vmg_fake_offline(struct vmg *vmg, unsigned long pfn, unsigned long nr)
{
	bool movable = page_zonenum(pfn_to_page(pfn)) == ZONE_MOVABLE;
	int tries = movable ? TRIES : 1, rc;

	lockdep_assert_held(&vmg->map.lock);
	do {
		rc = alloc_contig_movable(pfn, pfn + nr);
		/* More of the same does not help where there is no memory. */
	} while (rc && rc != -ENOMEM && --tries && !vmg_interrupted(vmg));
	if (rc)
		return rc;
	vmg_mark_offline(pfn, nr);
	adjust_managed_page_count(pfn_to_page(pfn), -(long)nr);
	return 0;
}

/**
 * vmg_fake_online - let Linux use pages that it was kept from
 * @pfn: First page, at the begin of a page block.
 * @nr: Pages, whole page blocks.
 */
void vmg_fake_online(unsigned long pfn, unsigned long nr)
{
	unsigned long end = pfn + nr, i;
	struct page *page;

	for (; pfn < end; pfn += pageblock_nr_pages) {
		page = pfn_to_page(pfn);
		for (i = 0; i < pageblock_nr_pages; i++) {
			/*
			 * Somebody who walks over all pages may have taken a
			 * reference for a moment, and then must find it there
			 * to drop.
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
 * vmg_release_fake_offline - let a block go offline with pages that we hold
 * @pfn: First page.
 * @nr: Pages.
 *
 * Offlining skips marked pages without a reference.
 */
void vmg_release_fake_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	offline_count_pages(pfn_to_page(pfn), nr);
	for (i = 0; i < nr; i++)
		page_ref_dec(pfn_to_page(pfn + i));
}

/**
 * vmg_reclaim_fake_offline - hold them again, as the block stays online
 * @pfn: First page.
 * @nr: Pages.
 */
void vmg_reclaim_fake_offline(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	offline_count_pages(pfn_to_page(pfn), -(long)nr);
	for (i = 0; i < nr; i++)
		page_ref_inc(pfn_to_page(pfn + i));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What is in a range of pages, seen without any lock. A guess, therefore: it may
 * be wrong by the time it is returned. It decides what is tried first, and keeps
 * us from what would be tried in vain; whoever acts on it bears that it is wrong.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/sched.h>

#include "guest.h"
#include "scan.h"

/*
 * References that a page, small or large, has for known reasons: one for each
 * mapping, for its cache, and for its buffers. Any other is somebody's who works
 * on it, or has pinned it. @end is the end of what may be looked at, as a large
 * page may have been split since, and its size be anything.
 */
static int known_refs(struct folio *folio, unsigned long end)
{
	unsigned long pfn = folio_pfn(folio), nr = folio_nr_pages(folio), i;
	int refs = 0;

	nr = pfn < end ? min(nr, end - pfn) : 1;
	if (folio_test_large(folio))
		refs = folio_entire_mapcount(folio);
	for (i = 0; i < nr; i++)
		refs += atomic_read(&folio_page(folio, i)->_mapcount) + 1;
	if (folio_test_anon(folio))
		return refs + (folio_test_swapcache(folio) ? nr : 0);
	if (READ_ONCE(folio->mapping))
		refs += nr + folio_test_private(folio);
	return refs;
}

/*
 * Of those on no list some have been taken off for a moment, and some wait on a
 * CPU's own list to be put there; the kernel drains these before it moves pages.
 * They have one more reference for that. Memory that only the kernel itself uses
 * looks similar, but is not in the movable zone.
 */
static unsigned long *count_used(struct folio *folio, unsigned long end,
				 struct vmg_scan *scan)
{
	int more = folio_ref_count(folio) - known_refs(folio, end);

	/*
	 * To move it one has to wait for whoever has locked it or writes it, as long
	 * as that takes, and no signal ends it.
	 */
	if (folio_test_locked(folio) || folio_test_writeback(folio))
		return &scan->stuck;
	if (folio_test_lru(folio))
		return more <= 0 ? &scan->movable : &scan->stuck;
	return READ_ONCE(folio->mapping) && more <= 1 ? &scan->unsure :
							&scan->stuck;
}

/* Number of pages that are alike from @page on, and what they are. */
static unsigned long scan_page(struct page *page, unsigned long end,
			       unsigned long **count, struct vmg_scan *scan)
{
	unsigned long nr, index;

	if (PageBuddy(page)) {
		/* Read once: it may be gone from the free list by now. */
		unsigned long order = READ_ONCE(page->private);

		*count = &scan->free;
		return order < BITS_PER_LONG ?
		       min(BIT(order), (unsigned long)MAX_ORDER_NR_PAGES) : 1;
	}
	if (__PageMovable(page)) {
		*count = &scan->movable;
		return 1;
	}
	/* Ours, as it is not a balloon's. */
	if (PageOffline(page)) {
		*count = &scan->free;
		return 1;
	}
	if (PageCompound(page)) {
		struct page *head = compound_head(page);

		nr = compound_nr(head);
		index = page - head;
		/* Huge pages of hugetlbfs may have to be replaced. */
		*count = PageHuge(head) ? &scan->unsure :
			 count_used(page_folio(page), end, scan);
		return index < nr ? nr - index : 1;
	}
	/* Free, but on its way to or from a free list, or on a CPU's own. */
	if (!page_ref_count(page))
		*count = &scan->free;
	else
		*count = count_used(page_folio(page), end, scan);
	return 1;
}

/**
 * vmg_scan - see what is in a range of pages
 * @pfn: First page, of a block that is known to Linux.
 * @nr: Pages.
 * @scan: What was seen.
 */
void vmg_scan(unsigned long pfn, unsigned long nr, struct vmg_scan *scan)
{
	unsigned long end = pfn + nr, alike, *count;

	memset(scan, 0, sizeof(*scan));
	for (; pfn < end; pfn += alike) {
		alike = scan_page(pfn_to_page(pfn), end, &count, scan);
		alike = min(alike, end - pfn);
		*count += alike;
		cond_resched();
	}
}

/**
 * vmg_is_free - see whether nobody uses anything of a range of pages
 * @pfn: First page, of a block that is known to Linux.
 * @nr: Pages.
 *
 * Of a block that is being taken offline this is no guess: free pages of it are
 * isolated, so nobody gets one of them any more.
 *
 * Return: whether it is so.
 */
bool vmg_is_free(unsigned long pfn, unsigned long nr)
{
	struct vmg_scan scan;

	vmg_scan(pfn, nr, &scan);
	return scan.free == nr;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Scan a range of pages, without any lock, for what is in use and what can be migrated.
 * So the result is an estimate, and may be wrong by the time it is returned. It decides
 * what is tried first, and avoids attempts that would fail; callers must cope with a
 * result that is wrong.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/sched.h>

#include "guest.h"
#include "scan.h"

/*
 * Number of references to a folio that have a known reason: one for each mapping, for
 * each page in the page or swap cache, and for its buffers. Any other belongs to somebody
 * who is using the folio right now, or has pinned it. Do not look beyond page frame @end:
 * the folio may have been split meanwhile, and its size be garbage.
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
 * The counter of @scan for a folio that is in use.
 *
 * A folio that is not on the LRU may be isolated for a moment, or be in a CPU's batch,
 * waiting to be added; the kernel drains the batches before it migrates pages. Either
 * explains one more reference. Pages that the kernel itself uses look similar, but are
 * not in the movable zone.
 */
static unsigned long *count_used(struct folio *folio, unsigned long end,
				 struct vmg_scan *scan)
{
	int more = folio_ref_count(folio) - known_refs(folio, end);

	/*
	 * Migration would wait, without bound and uninterruptibly, until the folio is
	 * unlocked or written back.
	 */
	if (folio_test_locked(folio) || folio_test_writeback(folio))
		return &scan->stuck;
	if (folio_test_lru(folio))
		return more <= 0 ? &scan->movable : &scan->stuck;
	return READ_ONCE(folio->mapping) && more <= 1 ? &scan->unsure :
							&scan->stuck;
}

/* Number of pages from @page on that are in the same state, and the counter for them. */
static unsigned long scan_page(struct page *page, unsigned long end,
			       unsigned long **count, struct vmg_scan *scan)
{
	unsigned long nr, index;

	if (PageBuddy(page)) {
		/* Checked below: the page may have left the free list by now. */
		unsigned long order = READ_ONCE(page->private);

		*count = &scan->free;
		return order < BITS_PER_LONG ?
		       min(BIT(order), (unsigned long)MAX_ORDER_NR_PAGES) : 1;
	}
	if (page_has_movable_ops(page)) {
		*count = &scan->movable;
		return 1;
	}
	/* Fake offline: a balloon's page would have been one with movable operations above. */
	if (PageOffline(page)) {
		*count = &scan->free;
		return 1;
	}
	if (PageCompound(page)) {
		struct page *head = compound_head(page);

		nr = compound_nr(head);
		index = page - head;
		/* Migrating a page of hugetlb needs a free one elsewhere. */
		*count = PageHuge(head) ? &scan->unsure :
			 count_used(page_folio(page), end, scan);
		return index < nr ? nr - index : 1;
	}
	/* Free, but moving to or from a free list, or in a per-CPU list. */
	if (!page_ref_count(page))
		*count = &scan->free;
	else
		*count = count_used(page_folio(page), end, scan);
	return 1;
}

/**
 * vmg_scan - count the pages of a range by state
 * @pfn: First page frame; of an added block.
 * @nr: Number of pages.
 * @scan: Filled in. The sum of its members is @nr.
 *
 * Context: May sleep. The block is not removed meanwhile.
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
 * vmg_is_free - whether no page of a range is in use
 * @pfn: First page frame; of an added block.
 * @nr: Number of pages.
 *
 * While the block is being taken offline its free pages are isolated, so what is free
 * then stays free.
 *
 * Context: May sleep. The block is not removed meanwhile.
 * Return: whether all pages are free or fake offline.
 */
bool vmg_is_free(unsigned long pfn, unsigned long nr)
{
	struct vmg_scan scan;

	vmg_scan(pfn, nr, &scan);
	return scan.free == nr;
}

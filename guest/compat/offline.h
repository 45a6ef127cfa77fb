/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.11 offlining a memory block took all of its pages off the managed
 * ones, also those marked PageOffline() that were not among them (503b158fc304,
 * "mm/memory_hotplug: skip adjust_managed_page_count() for PageOffline() pages
 * when offlining"). Whoever owns such pages had to make up for it.
 */
#ifndef _VHOST_MEM_GUEST_COMPAT_OFFLINE_H
#define _VHOST_MEM_GUEST_COMPAT_OFFLINE_H

#include <linux/memory_hotplug.h>
#include <linux/mm.h>

/**
 * offline_count_pages - make up for how offlining counts PageOffline() pages
 * @page: First of the pages.
 * @nr: Number of pages; its negative when offlining is cancelled.
 *
 * Context: The memory notifier.
 */
static inline void offline_count_pages(struct page *page, long nr)
{
#ifndef HAVE_OFFLINE_SKIPS_PAGE_OFFLINE
	adjust_managed_page_count(page, nr);
#endif
}

#endif /* _VHOST_MEM_GUEST_COMPAT_OFFLINE_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_SCAN_H
#define _VHOST_MEM_GUEST_SCAN_H

#include <linux/types.h>

/**
 * struct vmg_scan - the pages of a range, counted by state
 * @free: Number of pages that are free or fake offline.
 * @movable: Number of pages that are in use, and seem to be easy to migrate.
 * @unsure: Number of pages that are in use, and may or may not be migrated.
 * @stuck: Number of pages that are in use, and cannot be migrated now.
 */
struct vmg_scan {
	unsigned long free;
	unsigned long movable;
	unsigned long unsure;
	unsigned long stuck;
};

void vmg_scan(unsigned long pfn, unsigned long nr, struct vmg_scan *scan);
bool vmg_is_free(unsigned long pfn, unsigned long nr);

#endif /* _VHOST_MEM_GUEST_SCAN_H */

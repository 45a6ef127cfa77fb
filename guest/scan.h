/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_SCAN_H
#define _VHOST_MEM_GUEST_SCAN_H

#include <linux/types.h>

/**
 * struct vmg_scan - what is in a range of pages
 * @free: Pages that nobody uses.
 * @movable: Pages that are in use and seem to be easy to move.
 * @unsure: Pages in use that may or may not be.
 * @stuck: Pages that are not.
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

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.16 alloc_contig_range() takes flags where it took a migrate type. MIGRATE_MOVABLE
 * compiles as one, too, of another meaning.
 */
#ifndef _VHOST_MEM_GUEST_COMPAT_CONTIG_H
#define _VHOST_MEM_GUEST_COMPAT_CONTIG_H

#include <linux/gfp.h>
#include <linux/mmzone.h>

/**
 * alloc_contig_movable - take a range of pages that are free or can be moved
 * @start: First page.
 * @end: Page after the last.
 *
 * Return: 0, or a negative errno.
 */
static inline int alloc_contig_movable(unsigned long start, unsigned long end)
{
#ifdef HAVE_ACR_FLAGS
	return alloc_contig_range(start, end, ACR_FLAGS_NONE, GFP_KERNEL);
#else
	return alloc_contig_range(start, end, MIGRATE_MOVABLE, GFP_KERNEL);
#endif
}

#endif /* _VHOST_MEM_GUEST_COMPAT_CONTIG_H */

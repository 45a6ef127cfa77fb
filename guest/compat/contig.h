/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.16 alloc_contig_range() takes flags instead of a migrate type. The compiler
 * would accept MIGRATE_MOVABLE as flags with another meaning.
 */
#ifndef _VHOST_MEM_GUEST_COMPAT_CONTIG_H
#define _VHOST_MEM_GUEST_COMPAT_CONTIG_H

#include <linux/gfp.h>
#include <linux/mmzone.h>

/**
 * alloc_contig_movable - allocate a range of pages that are free or can be migrated
 * @start: First page frame.
 * @end: First page frame behind the range.
 *
 * Context: May sleep.
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

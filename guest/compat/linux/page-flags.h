/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.17 pages with operations for their migration were marked in their mapping,
 * and __PageMovable() told.
 */
#ifndef _VHOST_MEM_GUEST_COMPAT_LINUX_PAGE_FLAGS_H
#define _VHOST_MEM_GUEST_COMPAT_LINUX_PAGE_FLAGS_H

#include_next <linux/page-flags.h>

#ifndef HAVE_PAGE_HAS_MOVABLE_OPS
#define page_has_movable_ops(page)	__PageMovable(page)
#endif

#endif /* _VHOST_MEM_GUEST_COMPAT_LINUX_PAGE_FLAGS_H */

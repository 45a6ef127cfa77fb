/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.8 eventfd_signal() had a count as its second argument (120ae58593b0,
 * "eventfd: simplify eventfd_signal()"). The macro is variadic because 6.1's vhost.h
 * passes it.
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_EVENTFD_H
#define _VHOST_MEM_COMPAT_LINUX_EVENTFD_H

#include_next <linux/eventfd.h>

#ifndef HAVE_EVENTFD_SIGNAL_WITHOUT_COUNT
#define eventfd_signal(ctx, ...) eventfd_signal(ctx, 1)
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_EVENTFD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.8 eventfd_signal() took a count, always 1 (120ae58593b0, "eventfd:
 * simplify eventfd_signal()"). The second form is that of 6.1's vhost.h.
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_EVENTFD_H
#define _VHOST_MEM_COMPAT_LINUX_EVENTFD_H

#include_next <linux/eventfd.h>

#ifndef HAVE_EVENTFD_SIGNAL_WITHOUT_COUNT
#define eventfd_signal(ctx, ...) eventfd_signal(ctx, 1)
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_EVENTFD_H */

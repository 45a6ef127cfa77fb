/* SPDX-License-Identifier: GPL-2.0 */
/*
 * drivers/vhost/vhost.h is private to the kernel: scripts/find-vhost-h takes
 * it from the source package of exactly the kernel that is built for, and
 * scripts/check-layout compares the structures of the result with those of
 * the kernel's own vhost.ko. Not needed in the kernel tree, where the module would
 * include "../vhost.h".
 */
#ifndef _VHOST_MEM_COMPAT_VHOST_H
#define _VHOST_MEM_COMPAT_VHOST_H

#include <vhost-private/vhost.h>

#endif /* _VHOST_MEM_COMPAT_VHOST_H */

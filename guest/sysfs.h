/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_SYSFS_H
#define _VHOST_MEM_GUEST_SYSFS_H

#include <linux/sysfs.h>

extern const struct attribute_group *vmg_groups[];

#endif /* _VHOST_MEM_GUEST_SYSFS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.3 inode operations had a user namespace as an argument instead of a
 * mount's id mapping (c1632a0f1120, "fs: port ->setattr() to pass mnt_idmap").
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_FS_H
#define _VHOST_MEM_COMPAT_LINUX_FS_H

#include_next <linux/fs.h>

#ifndef HAVE_SETATTR_WITH_MNT_IDMAP
#define mnt_idmap user_namespace
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_FS_H */

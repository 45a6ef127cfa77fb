/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.3 inode operations had a user namespace as an argument instead of a
 * mount's id mapping (c1632a0f1120, "fs: port ->setattr() to pass mnt_idmap"). Before
 * 6.5 a temporary file was opened for the kernel by vfs_tmpfile_open() (d56e0ddb8fc3,
 * "fs: rename {vfs,kernel}_tmpfile_open()").
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_FS_H
#define _VHOST_MEM_COMPAT_LINUX_FS_H

#include_next <linux/fs.h>

#ifndef HAVE_SETATTR_WITH_MNT_IDMAP
#define mnt_idmap user_namespace
#define nop_mnt_idmap init_user_ns
#endif

#ifndef HAVE_KERNEL_TMPFILE_OPEN
#define kernel_tmpfile_open vfs_tmpfile_open
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_FS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The ioctls of /dev/vhost-mem. */
#ifndef _VHOST_MEM_IOCTL_H
#define _VHOST_MEM_IOCTL_H

#include <linux/compiler.h>

struct vhost_mem;

long vhost_mem_ioctl(struct vhost_mem *vm, unsigned int cmd,
		     void __user *argp);

#endif /* _VHOST_MEM_IOCTL_H */

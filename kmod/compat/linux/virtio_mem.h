/* SPDX-License-Identifier: GPL-2.0 */
/* Before 6.10 there was no VIRTIO_MEM_F_PERSISTENT_SUSPEND. */
#ifndef _VHOST_MEM_COMPAT_LINUX_VIRTIO_MEM_H
#define _VHOST_MEM_COMPAT_LINUX_VIRTIO_MEM_H

#include_next <linux/virtio_mem.h>

#ifndef VIRTIO_MEM_F_PERSISTENT_SUSPEND
#define VIRTIO_MEM_F_PERSISTENT_SUSPEND	2
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_VIRTIO_MEM_H */

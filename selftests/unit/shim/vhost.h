/* SPDX-License-Identifier: GPL-2.0 */
/* The vhost core: only that it is there. */
#ifndef _VHOST_MEM_SHIM_VHOST_H
#define _VHOST_MEM_SHIM_VHOST_H

struct vhost_dev { int unused; };
struct vhost_virtqueue { int unused; };
struct vhost_work;

#endif /* _VHOST_MEM_SHIM_VHOST_H */

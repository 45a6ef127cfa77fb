/* SPDX-License-Identifier: GPL-2.0 */
/* The request virtqueue. */
#ifndef _VHOST_MEM_VQ_H
#define _VHOST_MEM_VQ_H

#include <linux/types.h>

struct vhost_mem;

void vhost_mem_vq_init(struct vhost_mem *vm);
int vhost_mem_vq_start(struct vhost_mem *vm);
void vhost_mem_vq_stop(struct vhost_mem *vm);
bool vhost_mem_vq_try_stop(struct vhost_mem *vm);
void vhost_mem_vq_end(struct vhost_mem *vm);

#endif /* _VHOST_MEM_VQ_H */

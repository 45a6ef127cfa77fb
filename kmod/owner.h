/* SPDX-License-Identifier: GPL-2.0 */
/* The owner: the process whose memory a device may use. */
#ifndef _VHOST_MEM_OWNER_H
#define _VHOST_MEM_OWNER_H

#include <linux/types.h>

struct vhost_mem;

void vhost_mem_owner_init(struct vhost_mem *vm);
int vhost_mem_owner_set(struct vhost_mem *vm);
int vhost_mem_owner_reset(struct vhost_mem *vm);
bool vhost_mem_owner_permits(struct vhost_mem *vm);
void vhost_mem_owner_end(struct vhost_mem *vm);

#endif /* _VHOST_MEM_OWNER_H */

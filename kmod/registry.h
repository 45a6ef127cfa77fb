/* SPDX-License-Identifier: GPL-2.0 */
/* Every region of the host, by number. */
#ifndef _VHOST_MEM_REGISTRY_H
#define _VHOST_MEM_REGISTRY_H

#include <linux/types.h>

struct vhost_mem_region;

int vhost_mem_registry_reserve(struct vhost_mem_region *region);
void vhost_mem_registry_publish(struct vhost_mem_region *region);
void vhost_mem_registry_remove(struct vhost_mem_region *region);
struct vhost_mem_region *vhost_mem_registry_find(u32 id);
struct vhost_mem_region *vhost_mem_registry_next(unsigned long *id);
void vhost_mem_registry_lock(void);
void vhost_mem_registry_unlock(void);
void vhost_mem_registry_assert_locked(void);
void vhost_mem_registry_lock_config(struct vhost_mem_region *region);
void vhost_mem_registry_unlock_config(struct vhost_mem_region *region);
void vhost_mem_registry_changed(void);
unsigned int vhost_mem_registry_generation(void);

#endif /* _VHOST_MEM_REGISTRY_H */

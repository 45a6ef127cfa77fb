/* SPDX-License-Identifier: GPL-2.0 */
/* The pools of the host. */
#ifndef _VHOST_MEM_POOLS_H
#define _VHOST_MEM_POOLS_H

#include <linux/types.h>

struct vhost_mem_pool;

void vhost_mem_pools_init(void);
void vhost_mem_pools_exit(void);

/* With the registry locked. */
struct vhost_mem_pool *vhost_mem_pools_find(const char *name);
unsigned int vhost_mem_pools_generation(void);
struct vhost_mem_pool *vhost_mem_pools_nth(unsigned long n);
struct vhost_mem_pool *vhost_mem_pools_add(const char *name, u64 size);
int vhost_mem_pools_delete(struct vhost_mem_pool *pool);

#endif /* _VHOST_MEM_POOLS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Regions: create and close them. */
#ifndef _VHOST_MEM_REGION_H
#define _VHOST_MEM_REGION_H

#include <linux/types.h>

struct vhost_mem_region;
struct vhost_mem_create_region;

struct vhost_mem_region *
vhost_mem_region_create(const struct vhost_mem_create_region *arg);
void vhost_mem_region_close(struct vhost_mem_region *region);
void vhost_mem_region_free(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_REGION_H */

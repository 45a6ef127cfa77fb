/* SPDX-License-Identifier: GPL-2.0 */
/* Migration: freeze the block map of a source, and set that of a target. */
#ifndef _VHOST_MEM_MIGRATE_H
#define _VHOST_MEM_MIGRATE_H

#include <linux/types.h>

struct vhost_mem_region;

void vhost_mem_migrate_freeze(struct vhost_mem_region *region, bool freeze);
int vhost_mem_migrate_get_map(struct vhost_mem_region *region, u64 first_block,
			      u64 nr_blocks, u64 *bitmap);
int vhost_mem_migrate_set_map(struct vhost_mem_region *region, u64 first_block,
			      u64 nr_blocks, const unsigned long *plugged);

#endif /* _VHOST_MEM_MIGRATE_H */

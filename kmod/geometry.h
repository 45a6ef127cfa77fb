/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of a region: which sizes, addresses and ranges are valid.
 *
 * Pure, and tested in user space as it is. Errors are those of
 * uapi/linux/vhost_mem.h: -EINVAL for a malformed value, -ERANGE for one beyond
 * its limit.
 */
#ifndef _VHOST_MEM_GEOMETRY_H
#define _VHOST_MEM_GEOMETRY_H

#include <linux/types.h>

int vhost_mem_geometry_check(u64 size, u64 block_size, u64 page_size);
int vhost_mem_geometry_check_addr(u64 addr, u64 size, u64 block_size);
int vhost_mem_geometry_check_requested(u64 requested, u64 size,
				       u64 block_size);
int vhost_mem_geometry_check_range(u64 addr, u64 length, u64 start,
				   u64 usable_size, u64 block_size);
int vhost_mem_geometry_check_name(const char *name);
u64 vhost_mem_geometry_usable(u64 requested, u64 size, u64 block_size);

#endif /* _VHOST_MEM_GEOMETRY_H */

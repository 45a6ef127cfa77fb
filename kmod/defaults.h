/* SPDX-License-Identifier: GPL-2.0 */
/* What a new region starts with, when nobody says otherwise. */
#ifndef _VHOST_MEM_DEFAULTS_H
#define _VHOST_MEM_DEFAULTS_H

#include <linux/types.h>

#include "decision.h"

struct vhost_mem_pool;
struct vhost_mem_region;

/* A size that bounds nothing: of every region it is the region size. */
#define VHOST_MEM_DEFAULTS_NONE	U64_MAX

/**
 * struct vhost_mem_defaults - what a new region starts with
 * @limit: Its limit in bytes, or VHOST_MEM_DEFAULTS_NONE.
 * @minimum: Its minimum in bytes; at most @limit.
 * @pool: Its pool, unless it is created with a lease.
 * @policy: Its policy for proposals; sizes may be VHOST_MEM_DEFAULTS_NONE.
 *
 * They are for regions of any size: a region has of each size what it can have, in whole
 * blocks.
 */
struct vhost_mem_defaults {
	u64 limit;
	u64 minimum;
	struct vhost_mem_pool *pool;
	struct vhost_mem_report_policy policy;
};

/* With the registry locked. */
void vhost_mem_defaults_get(struct vhost_mem_defaults *defaults);
void vhost_mem_defaults_set(const struct vhost_mem_defaults *defaults);
bool vhost_mem_defaults_have_pool(const struct vhost_mem_pool *pool);
void vhost_mem_defaults_apply(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_DEFAULTS_H */

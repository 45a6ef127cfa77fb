/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of blocks that the VMM has to confirm. */
#ifndef _VHOST_MEM_CONFIRM_H
#define _VHOST_MEM_CONFIRM_H

#include <linux/ktime.h>
#include <linux/types.h>

struct delayed_work;
struct eventfd_ctx;
struct vhost_mem_outcome;
struct vhost_mem_pending;
struct vhost_mem_region;
struct vhost_mem_request;
struct vhost_mem_response;

/* The VMM's side. */
void vhost_mem_confirm_set(struct vhost_mem_region *region,
			   struct eventfd_ctx *call, u32 timeout_ms);
int vhost_mem_confirm_fetch(struct vhost_mem_region *region,
			    struct vhost_mem_pending *pending);
int vhost_mem_confirm_apply(struct vhost_mem_region *region, u64 seq,
			    u32 result);

/* The virtqueue's side. */
void vhost_mem_confirm_start(struct vhost_mem_region *region,
			     struct delayed_work *resume);
void vhost_mem_confirm_stop(struct vhost_mem_region *region);
bool vhost_mem_confirm_is_done(const struct vhost_mem_region *region);
bool vhost_mem_confirm_take(struct vhost_mem_region *region,
			    struct vhost_mem_request *request,
			    struct vhost_mem_response *response,
			    ktime_t *begin);

void vhost_mem_confirm_cancel(struct vhost_mem_region *region);
void vhost_mem_confirm_expire(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_CONFIRM_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Who waits for memory of a pool, with the pool's lock held. */
#ifndef _VHOST_MEM_QUEUE_H
#define _VHOST_MEM_QUEUE_H

#include <linux/types.h>

struct vhost_mem_pool;
struct vhost_mem_share;

u64 vhost_mem_queue_charge(const struct vhost_mem_share *share, u64 used);
u64 vhost_mem_queue_growth(const struct vhost_mem_share *share, u64 bytes);
u64 vhost_mem_queue_free(const struct vhost_mem_pool *pool);
bool vhost_mem_queue_drop(struct vhost_mem_pool *pool,
			  struct vhost_mem_share *share);
void vhost_mem_queue_refuse(struct vhost_mem_pool *pool,
			    struct vhost_mem_share *share, u64 want);
void vhost_mem_queue_serve(struct vhost_mem_pool *pool);
void vhost_mem_queue_reconsider(struct vhost_mem_pool *pool);
void vhost_mem_queue_revoke(struct vhost_mem_pool *pool);
void vhost_mem_queue_set_floor(struct vhost_mem_pool *pool,
			       struct vhost_mem_share *share, u64 reserved,
			       u64 held);

#endif /* _VHOST_MEM_QUEUE_H */

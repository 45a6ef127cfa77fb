/* SPDX-License-Identifier: GPL-2.0 */
/* Who waits for memory of a pool, with the pool's lock held. */
#ifndef _VHOST_MEM_QUEUE_H
#define _VHOST_MEM_QUEUE_H

#include <linux/types.h>

#include "pool.h"

u64 vhost_mem_queue_charge(const struct vhost_mem_share *share, u64 used);
u64 vhost_mem_queue_growth(const struct vhost_mem_share *share, u64 bytes);
u64 vhost_mem_queue_free(const struct vhost_mem_pool *pool);
void vhost_mem_queue_settle(struct vhost_mem_pool *pool,
			    struct vhost_mem_share *share);
enum vhost_mem_ticket
vhost_mem_queue_ticket(const struct vhost_mem_pool *pool,
		       const struct vhost_mem_share *share);
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

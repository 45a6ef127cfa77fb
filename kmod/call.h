/* SPDX-License-Identifier: GPL-2.0 */
/* The config call: an eventfd of the VMM that is signalled on changes. */
#ifndef _VHOST_MEM_CALL_H
#define _VHOST_MEM_CALL_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

struct eventfd_ctx;

/**
 * struct vhost_mem_call - an eventfd, and the work item that signals it
 * @lock: Held while @ctx is signalled or replaced.
 * @ctx: The eventfd, or NULL. Written with @lock; vhost_mem_call_signal() reads it
 *	without, to see whether there is one.
 * @work: Signals @ctx.
 * @signals: Number of times that it has.
 */
struct vhost_mem_call {
	struct mutex lock;	/* ctx */
	struct eventfd_ctx *ctx;
	struct work_struct work;
	atomic64_t signals;
};

int vhost_mem_call_start(void);
void vhost_mem_call_stop(void);

void vhost_mem_call_init(struct vhost_mem_call *call);
void vhost_mem_call_set(struct vhost_mem_call *call, struct eventfd_ctx *ctx);
void vhost_mem_call_signal(struct vhost_mem_call *call);
void vhost_mem_call_close(struct vhost_mem_call *call);

#endif /* _VHOST_MEM_CALL_H */

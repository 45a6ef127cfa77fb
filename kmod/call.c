// SPDX-License-Identifier: GPL-2.0
/*
 * Config call: signal the VMM's eventfd.
 *
 * Signalling an eventfd runs its wait queue entries with interrupts disabled, and a
 * VMM can add thousands of them. So a work item of the region does it, on a
 * workqueue for such work only, holding no lock but one that only the VMM itself
 * waits for. Several signals may be merged, as is usual for eventfds.
 */

#include <linux/eventfd.h>

#include "call.h"

static struct workqueue_struct *call_wq;

static void call_work(struct work_struct *work)
{
	struct vhost_mem_call *call =
		container_of(work, struct vhost_mem_call, work);

	mutex_lock(&call->lock);
	if (call->ctx) {
		eventfd_signal(call->ctx);
		atomic64_inc(&call->signals);
	}
	mutex_unlock(&call->lock);
}

/**
 * vhost_mem_call_init() - initialize a config call without an eventfd
 * @call: The config call.
 *
 * Context: Any.
 */
void vhost_mem_call_init(struct vhost_mem_call *call)
{
	mutex_init(&call->lock);
	call->ctx = NULL;
	INIT_WORK(&call->work, call_work);
}

/**
 * vhost_mem_call_set() - replace the eventfd
 * @call: The config call.
 * @ctx: The eventfd, whose reference is passed to @call; or NULL.
 *
 * When this returns the old eventfd is not signalled any more. The new one may be
 * signalled for an earlier change.
 *
 * Context: May sleep, until a signal under way is done.
 */
void vhost_mem_call_set(struct vhost_mem_call *call, struct eventfd_ctx *ctx)
{
	struct eventfd_ctx *old;

	mutex_lock(&call->lock);
	old = call->ctx;
	WRITE_ONCE(call->ctx, ctx);
	mutex_unlock(&call->lock);
	if (old)
		eventfd_ctx_put(old);
}

/**
 * vhost_mem_call_signal() - have the eventfd signalled by a work item
 * @call: The config call, not closed.
 *
 * Context: Any.
 */
void vhost_mem_call_signal(struct vhost_mem_call *call)
{
	/* Racing with vhost_mem_call_set(): a new eventfd need not get old signals. */
	if (READ_ONCE(call->ctx))
		queue_work(call_wq, &call->work);
}

/**
 * vhost_mem_call_close() - stop signalling, and drop the eventfd
 * @call: The config call. The caller guarantees that vhost_mem_call_signal() is not
 *	called again.
 *
 * Context: May sleep, until a signal under way is done.
 */
void vhost_mem_call_close(struct vhost_mem_call *call)
{
	cancel_work_sync(&call->work);
	vhost_mem_call_set(call, NULL);
}

/**
 * vhost_mem_call_start() - allocate the workqueue
 *
 * Context: Module initialization, before there is a region.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_call_start(void)
{
	/* Unbound, so that a slow eventfd does not delay those of other regions. */
	call_wq = alloc_workqueue("vhost_mem_call", WQ_UNBOUND, 0);
	return call_wq ? 0 : -ENOMEM;
}

/**
 * vhost_mem_call_stop() - free the workqueue
 *
 * Context: Module exit, or failed initialization: there is no region.
 */
void vhost_mem_call_stop(void)
{
	destroy_workqueue(call_wq);
}

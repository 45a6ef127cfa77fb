// SPDX-License-Identifier: GPL-2.0
/*
 * The config call.
 *
 * Signalling an eventfd runs the wait queue entries of whoever waits for it:
 * thousands of them, if a VMM wants it so, with interrupts disabled. So it is
 * left to a work item of the region, on a workqueue for such work only, and with
 * no lock held but one that only the VMM itself waits for. Several signals may
 * become one, which is how eventfds work anyway.
 */

#include <linux/eventfd.h>

#include "call.h"

static struct workqueue_struct *call_wq;

static void call_work(struct work_struct *work)
{
	struct vhost_mem_call *call =
		container_of(work, struct vhost_mem_call, work);

	mutex_lock(&call->lock);
	if (call->ctx)
		eventfd_signal(call->ctx);
	mutex_unlock(&call->lock);
}

/**
 * vhost_mem_call_init() - begin without an eventfd
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
 * vhost_mem_call_set() - set which eventfd is signalled
 * @call: The config call.
 * @ctx: A reference to the eventfd, given to @call; or NULL.
 *
 * The one before is not signalled any more when this returns. The new one may be
 * signalled for a change that came before.
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
 * vhost_mem_call_signal() - signal the eventfd, soon
 * @call: The config call, not closed.
 *
 * Context: Any.
 */
void vhost_mem_call_signal(struct vhost_mem_call *call)
{
	/* One that is being set need not hear of what came before. */
	if (READ_ONCE(call->ctx))
		queue_work(call_wq, &call->work);
}

/**
 * vhost_mem_call_close() - signal nobody any more
 * @call: The config call; vhost_mem_call_signal() is not called any more.
 *
 * Context: May sleep, until a signal under way is done.
 */
void vhost_mem_call_close(struct vhost_mem_call *call)
{
	cancel_work_sync(&call->work);
	vhost_mem_call_set(call, NULL);
}

/**
 * vhost_mem_call_start() - be able to signal
 *
 * Context: Module initialization, before there is a region.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_call_start(void)
{
	/* Unbound: a slow one holds up no other. */
	call_wq = alloc_workqueue("vhost_mem_call", WQ_UNBOUND, 0);
	return call_wq ? 0 : -ENOMEM;
}

/**
 * vhost_mem_call_stop() - undo vhost_mem_call_start()
 *
 * Context: Module exit. Every region was closed.
 */
void vhost_mem_call_stop(void)
{
	destroy_workqueue(call_wq);
}

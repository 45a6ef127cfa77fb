// SPDX-License-Identifier: GPL-2.0
/*
 * The workqueue for work that may drop the last reference to a region, and with that
 * the last one to the module.
 *
 * After that such a work item still has to return through the module's code. So it must
 * not be on a system workqueue: destroying one of our own waits for it before the module
 * is unloaded.
 */

#include <linux/errno.h>

#include "work.h"

struct workqueue_struct *vhost_mem_wq;

/**
 * vhost_mem_work_init() - allocate the workqueue
 *
 * Unbound, because a work item may free gigabytes, and must not delay those of other
 * regions.
 *
 * Context: Module initialization. May sleep.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_work_init(void)
{
	vhost_mem_wq = alloc_workqueue("vhost_mem", WQ_UNBOUND, 0);
	return vhost_mem_wq ? 0 : -ENOMEM;
}

/**
 * vhost_mem_work_exit() - wait for work items to return, and free the workqueue
 *
 * No region is left, because each holds a reference to the module; but the work item
 * that dropped the last reference may still be returning.
 *
 * Context: Module exit, or failed initialization. May sleep.
 */
void vhost_mem_work_exit(void)
{
	destroy_workqueue(vhost_mem_wq);
}

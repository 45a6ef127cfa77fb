// SPDX-License-Identifier: GPL-2.0
/*
 * The workqueue for work that may end a region.
 *
 * It is not a system workqueue because the module has to know that no such work
 * is on its way out of the module's code when that goes.
 */

#include <linux/errno.h>

#include "work.h"

struct workqueue_struct *vhost_mem_wq;

/**
 * vhost_mem_work_init() - prepare for regions that end
 *
 * Unbound, as some work frees gigabytes: each region waits only for its own.
 *
 * Context: Module initialisation.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_work_init(void)
{
	vhost_mem_wq = alloc_workqueue("vhost_mem", WQ_UNBOUND, 0);
	return vhost_mem_wq ? 0 : -ENOMEM;
}

/**
 * vhost_mem_work_exit() - wait for the last work to leave the module
 *
 * No region is left, for each holds a reference to the module. Whoever dropped
 * the last reference may still be returning from here.
 *
 * Context: Module exit, or failed initialisation. May sleep.
 */
void vhost_mem_work_exit(void)
{
	destroy_workqueue(vhost_mem_wq);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The device's configuration, its features, and the worker's thread. The lowest layer:
 * it makes no decisions.
 */
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "guest.h"

/* The thread function of every worker, and of nothing else: vmg_is_a_worker() uses that. */
static int run(void *data)
{
	struct vmg *vmg = data;

	vmg->worker.run(vmg);
	return 0;
}

/**
 * vmg_start_task - start the worker's thread
 * @vmg: The device, which is ready.
 * @fn: Main function of the worker; returns after kthread_should_stop().
 *
 * Context: Probe. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_start_task(struct vmg *vmg, void (*fn)(struct vmg *vmg))
{
	struct task_struct *task;

	vmg->worker.run = fn;
	task = kthread_create(run, vmg, "%s", dev_name(&vmg->vdev->dev));
	if (IS_ERR(task))
		return PTR_ERR(task);
	/* Before the thread runs, because it reads this itself. */
	vmg->worker.task = task;
	wake_up_process(task);
	return 0;
}

/**
 * vmg_stop_task - stop the worker's thread, and wait for its end
 * @vmg: The device.
 *
 * Context: Remove. May sleep, until the worker has interrupted what it is doing.
 */
void vmg_stop_task(struct vmg *vmg)
{
	kthread_stop(vmg->worker.task);
	vmg->worker.task = NULL;
}

/**
 * vmg_is_a_worker - whether the current task is the worker of any device
 *
 * Context: Any task.
 * Return: whether it is.
 */
bool vmg_is_a_worker(void)
{
	return current->flags & PF_KTHREAD && kthread_func(current) == run;
}

/**
 * vmg_kick - have the worker try again
 * @vmg: The device, of which something has changed that the worker may be waiting for.
 *
 * Context: Any, also interrupts.
 */
void vmg_kick(struct vmg *vmg)
{
	WRITE_ONCE(vmg->worker.kicked, true);
	wake_up(&vmg->worker.wait);
}

/**
 * vmg_config_kick - have the worker read the configuration again
 * @vmg: The device, whose configuration may have changed. Interrupts a resize.
 *
 * Context: Any, also interrupts.
 */
void vmg_config_kick(struct vmg *vmg)
{
	WRITE_ONCE(vmg->config.changed, true);
	wake_up(&vmg->worker.wait);
}

/**
 * vmg_read_config - read the variable part of the configuration
 * @vmg: The device.
 *
 * Sizes are rounded down to plug granules, because less than one cannot be plugged.
 *
 * Context: The worker, between resizes. May sleep.
 */
void vmg_read_config(struct vmg *vmg)
{
	u64 requested, usable, offset = vmg->geo.base - vmg->geo.addr;

	vmg_assert_worker(vmg);
	virtio_cread_le(vmg->vdev, struct virtio_mem_config, requested_size,
			&requested);
	WRITE_ONCE(vmg->config.requested_size, requested);
	virtio_cread_le(vmg->vdev, struct virtio_mem_config,
			usable_region_size, &usable);
	vmg->config.requested = rounddown(requested / vmg->geo.sb_size, vmg->geo.granule);
	usable = usable > offset ? usable - offset : 0;
	vmg->config.usable = min_t(u64, vmg->geo.nr_sbs,
				   rounddown(usable / vmg->geo.sb_size, vmg->geo.granule));
}

/**
 * vmg_interrupted - whether to end the resize under way
 * @vmg: The device.
 *
 * Context: The worker.
 * Return: whether the configuration has changed, or the worker has to stop.
 */
bool vmg_interrupted(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	return READ_ONCE(vmg->config.changed) || kthread_should_stop();
}

/**
 * vmg_has_report - whether the device accepts guest reports
 * @vmg: The device.
 *
 * Context: Any.
 * Return: false without VHOST_MEM_F_GUEST_REPORT, and after the device did not understand
 * a report or was found broken.
 */
bool vmg_has_report(const struct vmg *vmg)
{
	return virtio_has_feature(vmg->vdev, VHOST_MEM_F_GUEST_REPORT) &&
	       !READ_ONCE(vmg->report.off) && !READ_ONCE(vmg->broken);
}

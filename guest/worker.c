// SPDX-License-Identifier: GPL-2.0
/*
 * The worker: a thread that resizes until the plugged size is the requested size, and
 * then sleeps until the configuration changes, a block goes online or offline, or a
 * retry is due.
 */
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "grow.h"
#include "guest.h"
#include "shrink.h"
#include "worker.h"

/*
 * Delay before a failed resize is retried; it doubles each time. The reason, memory in
 * use or a busy device, may be gone soon or never.
 */
#define RETRY_MIN_MS	1000
#define RETRY_MAX_MS	60000

static bool has_work(struct vmg *vmg)
{
	return READ_ONCE(vmg->worker.kicked) || vmg_interrupted(vmg);
}

/*
 * The module must stay loaded while memory is plugged or added. This fails if it is
 * already being unloaded.
 */
static bool pin_module(struct vmg *vmg)
{
	if (!vmg->worker.pinned)
		vmg->worker.pinned = try_module_get(THIS_MODULE);
	return vmg->worker.pinned;
}

static void unpin_module(struct vmg *vmg)
{
	/* Blocks that are kept do not matter: vmg_kept_exit() removes them. */
	if (!vmg->worker.pinned || vmg->map.nr_plugged ||
	    vmg->map.nr_added > vmg->kept.nr * vmg->geo.bb_blocks)
		return;
	vmg->worker.pinned = false;
	module_put(THIS_MODULE);
}

static int resize(struct vmg *vmg)
{
	int rc;

	if (vmg->worker.unplug_all) {
		rc = vmg_unplug_all(vmg);
		if (rc)
			return rc;
		vmg->worker.unplug_all = false;
		/* UNPLUG_ALL may have shrunk the usable region. */
		vmg_read_config(vmg);
	}
	if (vmg->map.nr_plugged > vmg->config.requested) {
		rc = vmg_shrink(vmg, vmg->map.nr_plugged - vmg->config.requested);
		if (rc) {
			vmg_remove_empty(vmg);
			return rc;
		}
		/*
		 * Go on to vmg_grow(), with nothing to plug: a resize that was cut
		 * short may have unexposed more than has to be unplugged by now.
		 */
	}
	if (vmg->map.nr_plugged < vmg->config.requested && !pin_module(vmg))
		return 0;
	rc = vmg_grow(vmg, vmg->config.requested - vmg->map.nr_plugged);
	return rc ?: vmg_remove_empty(vmg);
}

/* Sets when to retry a resize that has returned @rc. */
static void set_retry(struct vmg *vmg, int rc)
{
	/* -ENOSPC: memory has to go online first, which kicks the worker. */
	if (!rc || rc == -ENOSPC)
		vmg->worker.retry_ms = 0;
	else
		vmg->worker.retry_ms = clamp(2 * vmg->worker.retry_ms, RETRY_MIN_MS,
					     RETRY_MAX_MS);
}

/*
 * Sleeps until there is work, or a retry is due. Meanwhile guest reports are sent, and
 * blocks that are not kept any longer are removed.
 */
static void wait_for_work(struct vmg *vmg)
{
	unsigned long end = jiffies + msecs_to_jiffies(vmg->worker.retry_ms);
	long rc = 0, timeout;

	while (!has_work(vmg) && rc >= 0 &&
	       (!vmg->worker.retry_ms || time_before(jiffies, end))) {
		timeout = vmg_pressure_idle(vmg);
		timeout = min_t(long, timeout, vmg_speak_all(vmg));
		timeout = min_t(long, timeout, vmg_kept_idle(vmg));
		if (vmg->worker.retry_ms)
			timeout = clamp_t(long, end - jiffies, 0, timeout);
		rc = wait_event_freezable_timeout(vmg->worker.wait, has_work(vmg) ||
						  vmg_has_proposal(vmg) ||
						  READ_ONCE(vmg->pressure.refill) ||
						  READ_ONCE(vmg->kept.needed), timeout);
	}
}

static void worker(struct vmg *vmg)
{
	int rc;

	set_freezable();
	allow_signal(SIGALRM);
	while (!kthread_should_stop()) {
		/* Clear this first: what changes from now on needs another pass. */
		WRITE_ONCE(vmg->worker.kicked, false);
		if (xchg(&vmg->config.changed, false)) {
			vmg->worker.retry_ms = 0;
			vmg_set_offline_failed(vmg, 0, vmg->geo.nr_blocks, false);
			vmg_read_config(vmg);
			vmg_keep_from_now(vmg);
		}
		vmg_status_pass(vmg);
		rc = vmg->broken ? 0 : resize(vmg);
		vmg_status_done(vmg, rc);
		unpin_module(vmg);
		set_retry(vmg, rc);
		if (rc)
			dev_dbg(&vmg->vdev->dev, "%lu of %lu subblocks plugged, error %d, next try in %u ms\n",
				vmg->map.nr_plugged, vmg->config.requested, rc,
				vmg->worker.retry_ms);
		/* SIGALRM may have arrived after offlining had ended. */
		flush_signals(current);
		wait_for_work(vmg);
	}
	vmg_wait_spoken(vmg);
}

/**
 * vmg_worker_start - start the worker
 * @vmg: The device, which is ready.
 *
 * Context: Probe. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_worker_start(struct vmg *vmg)
{
	vmg->config.changed = true;
	return vmg_start_task(vmg, worker);
}

/**
 * vmg_worker_stop - stop the worker
 * @vmg: The device.
 *
 * Context: Remove. May sleep, until the worker has interrupted what it is doing.
 */
void vmg_worker_stop(struct vmg *vmg)
{
	vmg_stop_task(vmg);
	if (vmg->worker.pinned)
		module_put(THIS_MODULE);
}

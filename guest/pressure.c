// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short: noticing it, asking for more, and waiting for that before
 * a process is killed.
 *
 * A timer looks ten times a second while this is switched on, at counters that are
 * there anyway. Reclaim would only be noticed when it has begun, which is often too
 * late: memory that is asked for has to come before the last is gone.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "guest.h"

#define WATCH_INTERVAL	(HZ / 10)
/* How long to wait before a process is killed; and when next if it was in vain. */
#define OOM_WAIT	(10 * HZ)
#define OOM_PAUSE	(60 * HZ)
/* If so much is unused nevertheless, it is of a kind that is of no use. */
#define OOM_UNUSED	SZ_8M

/*
 * Memory that is there, and nobody uses it: without what could be reclaimed, which
 * was tried when a process is about to be killed, and the reserves.
 */
static bool is_unused(void)
{
	return si_mem_available() -
	       (long)(global_node_page_state(NR_ACTIVE_FILE) +
		      global_node_page_state(NR_INACTIVE_FILE) +
		      global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B) +
		      global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE)) >
	       (long)PHYS_PFN(OOM_UNUSED);
}

/* To ask, and so to wait, is of no use for now. */
static bool in_pause(const struct vmg_report *report)
{
	return READ_ONCE(report->denied) &&
	       time_before(jiffies, READ_ONCE(report->next_ask));
}

static bool is_watching(const struct vmg *vmg)
{
	return READ_ONCE(vmg->report.watching) && vmg_has_report(vmg);
}

static void watch(struct timer_list *timer)
{
	struct vmg *vmg = container_of(timer, struct vmg, report.watch);
	struct vmg_report *report = &vmg->report;
	u16 reason = VHOST_MEM_REPORT_REASON_PRESSURE;

	if (!is_watching(vmg)) {
		/* Switched off, or the device is gone: nothing comes any more. */
		wake_up_all(&report->changed);
		return;
	}
	if (atomic_read(&report->oom_waiting)) {
		reason = VHOST_MEM_REPORT_REASON_OOM;
		/* Nobody else tells of memory that was freed. */
		wake_up_all(&report->changed);
	}
	if (!time_before(jiffies, READ_ONCE(report->next_ask)) && vmg_is_short()) {
		WRITE_ONCE(report->reason, reason);
		wake_up(&vmg->wait);
	}
	mod_timer(timer, jiffies + WATCH_INTERVAL);
}

/* More has come than the @before pages that had, or somebody has freed some. */
static bool has_helped(struct vmg_report *report, long before)
{
	return atomic_long_read(&report->came) != before ||
	       is_unused();
}

/*
 * Waits for the worker to add memory. Returns whether there is some now; if there is
 * none after all the time, others need not wait for it soon. That the one who waits
 * is killed, or that waiting was of no use, says nothing about that.
 */
static bool wait_for_memory(struct vmg *vmg, long before)
{
	struct vmg_report *report = &vmg->report;
	long left;

	atomic_inc(&report->oom_waiting);
	mod_timer(&report->watch, jiffies);
	left = wait_event_killable_timeout(report->changed,
					   has_helped(report, before) ||
					   in_pause(report) || !is_watching(vmg),
					   OOM_WAIT);
	atomic_dec(&report->oom_waiting);
	if (!left)
		WRITE_ONCE(report->oom_next, jiffies + OOM_PAUSE);
	return has_helped(report, before);
}

static bool is_complete(const struct vmg *vmg)
{
	return READ_ONCE(vmg->requested_size) >= vmg->region_size &&
	       !READ_ONCE(vmg->nr_offline) &&
	       READ_ONCE(vmg->nr_plugged) >= READ_ONCE(vmg->requested);
}

/*
 * No memory is left. Whoever needs some waits here, and holds any locks. Others
 * who need some try again and again meanwhile, and get what comes.
 *
 * The worker needs none of those locks to make progress, with two exceptions:
 *
 *   - It may need some memory itself, which must not have it wait here, for
 *     itself: see vmg_add_unit(). The same goes for the worker of another
 *     device, as one keeps the other from hotplug.
 *   - Whoever waits may hold device_hotplug_lock or mem_hotplug_lock, e.g. for
 *     bringing another block online. Or the worker does not reserve what it
 *     allocates, because memory was not short when it began. Then nothing comes,
 *     until the time is over and a process is killed, as without us.
 */
static int oom_notify(struct notifier_block *nb, unsigned long unused,
		      void *arg)
{
	struct vmg *vmg = container_of(nb, struct vmg, report.oom_notifier);
	struct vmg_report *report = &vmg->report;
	long before = atomic_long_read(&report->came);
	unsigned long *freed = arg;

	/* Another device may have helped. */
	if (!is_watching(vmg) || *freed)
		return NOTIFY_OK;
	/* It is not ours that is lacking, or no more of it can come. */
	if (is_unused() || is_complete(vmg)) {
		*freed += vmg_reserve_free(vmg, 1);
		/* Or it came after somebody had looked for it. */
		*freed += time_before(jiffies, READ_ONCE(report->came_at) + HZ);
		return NOTIFY_OK;
	}
	if (vmg_is_a_worker() || in_pause(report) ||
	    time_before(jiffies, READ_ONCE(report->oom_next)))
		return NOTIFY_OK;
	if (wait_for_memory(vmg, before))
		*freed += max(atomic_long_read(&report->came) - before, 1L);
	return NOTIFY_OK;
}

/**
 * vmg_pressure_init - prepare for memory being short
 * @vmg: The device, with its worker.
 */
void vmg_pressure_init(struct vmg *vmg)
{
	struct vmg_report *report = &vmg->report;

	timer_setup(&report->watch, watch, 0);
	if (!vmg_has_report(vmg))
		return;
	report->oom_notifier.notifier_call = oom_notify;
	register_oom_notifier(&report->oom_notifier);
}

/**
 * vmg_pressure_exit - do not care any more
 * @vmg: The device. Its attributes are gone.
 */
void vmg_pressure_exit(struct vmg *vmg)
{
	struct vmg_report *report = &vmg->report;

	vmg_watch(vmg, false);
	if (report->oom_notifier.notifier_call)
		unregister_oom_notifier(&report->oom_notifier);
	timer_delete_sync(&report->watch);
}

/**
 * vmg_pressure_idle - see to the reserve
 * @vmg: The device.
 *
 * Context: The worker, with nothing else to do.
 * Return: jiffies until it should be called again.
 */
unsigned long vmg_pressure_idle(struct vmg *vmg)
{
	bool watching;

	WRITE_ONCE(vmg->report.refill, false);
	watching = is_watching(vmg);
	if (!watching)
		vmg_reserve_free(vmg, U64_MAX);
	return vmg_reserve_fill(vmg, watching && !vmg_is_short() &&
				vmg->nr_plugged <= vmg->requested);
}

/**
 * vmg_watch - ask for more when memory is short, or do not
 * @vmg: The device.
 * @on: Whether to ask. This forgets what was denied.
 */
void vmg_watch(struct vmg *vmg, bool on)
{
	struct vmg_report *report = &vmg->report;

	WRITE_ONCE(report->denied, false);
	WRITE_ONCE(report->next_ask, jiffies);
	WRITE_ONCE(report->oom_next, jiffies);
	WRITE_ONCE(report->watching, on);
	/* Switched off, the timer finds out and stops. */
	if (on)
		mod_timer(&report->watch, jiffies);
	else
		wake_up_all(&report->changed);
	WRITE_ONCE(report->refill, true);
	wake_up(&vmg->wait);
}

/**
 * vmg_memory_came - Linux can use more memory
 * @vmg: The device.
 * @pages: How much.
 */
void vmg_memory_came(struct vmg *vmg, unsigned long pages)
{
	WRITE_ONCE(vmg->report.came_at, jiffies);
	atomic_long_add(pages, &vmg->report.came);
	wake_up_all(&vmg->report.changed);
}

/**
 * vmg_uses_reserves - whether new memory may be paid for from the reserves
 * @vmg: The device.
 *
 * Context: Any.
 * Return: whether memory is short, and somebody wants more because of that.
 */
bool vmg_uses_reserves(const struct vmg *vmg)
{
	return is_watching(vmg) && vmg_is_short();
}

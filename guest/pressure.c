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
#include "room.h"

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

static bool is_watching(const struct vmg *vmg)
{
	return READ_ONCE(vmg->pressure.watching) && vmg_has_report(vmg);
}

static void watch(struct timer_list *timer)
{
	struct vmg *vmg = container_of(timer, struct vmg, pressure.timer);
	struct vmg_pressure *pressure = &vmg->pressure;
	u16 reason = VHOST_MEM_REPORT_REASON_PRESSURE;

	if (!is_watching(vmg)) {
		/* Switched off, or the device is gone: nothing comes any more. */
		wake_up_all(&vmg->waiters);
		return;
	}
	if (atomic_read(&pressure->oom_waiting)) {
		reason = VHOST_MEM_REPORT_REASON_OOM;
		/* Nobody else tells of memory that was freed. */
		wake_up_all(&vmg->waiters);
	}
	if (vmg_is_short())
		vmg_propose_more(vmg, reason);
	mod_timer(timer, jiffies + WATCH_INTERVAL);
}

/* More has come than the @before pages that had, or somebody has freed some. */
static bool has_helped(struct vmg_pressure *pressure, long before)
{
	return atomic_long_read(&pressure->came) != before ||
	       is_unused();
}

/*
 * Waits for the worker to add memory. Returns whether there is some now; if there is
 * none after all the time, others need not wait for it soon. That the one who waits
 * is killed, or that waiting was of no use, says nothing about that.
 */
static bool wait_for_memory(struct vmg *vmg, long before)
{
	struct vmg_pressure *pressure = &vmg->pressure;
	long left;

	atomic_inc(&pressure->oom_waiting);
	mod_timer(&pressure->timer, jiffies);
	left = wait_event_killable_timeout(vmg->waiters,
					   has_helped(pressure, before) ||
					   vmg_proposal_paused(vmg) || !is_watching(vmg),
					   OOM_WAIT);
	atomic_dec(&pressure->oom_waiting);
	if (!left)
		WRITE_ONCE(pressure->oom_next, jiffies + OOM_PAUSE);
	return has_helped(pressure, before);
}

static bool is_complete(const struct vmg *vmg)
{
	return READ_ONCE(vmg->config.requested_size) >= vmg->geo.region_size &&
	       !READ_ONCE(vmg->map.nr_offline) &&
	       READ_ONCE(vmg->map.nr_plugged) >= READ_ONCE(vmg->config.requested);
}

/*
 * No memory is left. Whoever needs some waits here, and holds any locks. Others
 * who need some try again and again meanwhile, and get what comes.
 *
 * The worker needs none of those locks to make progress, with two exceptions:
 *
 *   - It may need some memory itself, which must not have it wait here, for
 *     itself: see vmg_add_bb(). The same goes for the worker of another
 *     device, as one keeps the other from hotplug.
 *   - Whoever waits may hold device_hotplug_lock or mem_hotplug_lock, e.g. for
 *     bringing another block online. Or the worker does not reserve what it
 *     allocates, because memory was not short when it began. Then nothing comes,
 *     until the time is over and a process is killed, as without us.
 */
static int oom_notify(struct notifier_block *nb, unsigned long unused,
		      void *arg)
{
	struct vmg *vmg = container_of(nb, struct vmg, pressure.oom_notifier);
	struct vmg_pressure *pressure = &vmg->pressure;
	long before = atomic_long_read(&pressure->came);
	unsigned long *freed = arg;

	/* Another device may have helped. */
	if (!is_watching(vmg) || *freed)
		return NOTIFY_OK;
	/* It is not ours that is lacking, or no more of it can come. */
	if (is_unused() || is_complete(vmg)) {
		*freed += vmg_reserve_free(vmg, 1);
		/* Or it came after somebody had looked for it. */
		*freed += time_before(jiffies, READ_ONCE(pressure->came_at) + HZ);
		return NOTIFY_OK;
	}
	if (vmg_is_a_worker() || vmg_proposal_paused(vmg) ||
	    time_before(jiffies, READ_ONCE(pressure->oom_next)))
		return NOTIFY_OK;
	if (wait_for_memory(vmg, before))
		*freed += max(atomic_long_read(&pressure->came) - before, 1L);
	return NOTIFY_OK;
}

/**
 * vmg_pressure_init - prepare for memory being short
 * @vmg: The device.
 */
void vmg_pressure_init(struct vmg *vmg)
{
	struct vmg_pressure *pressure = &vmg->pressure;

	vmg_reserve_init(vmg);
	timer_setup(&pressure->timer, watch, 0);
	pressure->oom_next = jiffies;
	pressure->came_at = jiffies - HZ;
}

/**
 * vmg_pressure_start - be told when there is no memory left
 * @vmg: The device, with its worker.
 *
 * Context: May sleep.
 */
void vmg_pressure_start(struct vmg *vmg)
{
	if (!vmg_has_report(vmg))
		return;
	vmg->pressure.oom_notifier.notifier_call = oom_notify;
	register_oom_notifier(&vmg->pressure.oom_notifier);
}

/**
 * vmg_pressure_exit - do not care any more
 * @vmg: The device. Its attributes are gone.
 */
void vmg_pressure_exit(struct vmg *vmg)
{
	struct vmg_pressure *pressure = &vmg->pressure;

	vmg_watch(vmg, false);
	if (pressure->oom_notifier.notifier_call)
		unregister_oom_notifier(&pressure->oom_notifier);
	timer_delete_sync(&pressure->timer);
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

	WRITE_ONCE(vmg->pressure.refill, false);
	watching = is_watching(vmg);
	if (!watching)
		vmg_reserve_free(vmg, U64_MAX);
	return vmg_reserve_fill(vmg, watching && !vmg_is_short() &&
				vmg->map.nr_plugged <= vmg->config.requested);
}

/**
 * vmg_watch - ask for more when memory is short, or do not
 * @vmg: The device.
 * @on: Whether to ask. This forgets what was denied.
 */
void vmg_watch(struct vmg *vmg, bool on)
{
	struct vmg_pressure *pressure = &vmg->pressure;

	vmg_proposal_forget(vmg);
	WRITE_ONCE(pressure->oom_next, jiffies);
	WRITE_ONCE(pressure->watching, on);
	/* Switched off, the timer finds out and stops. */
	if (on)
		mod_timer(&pressure->timer, jiffies);
	else
		wake_up_all(&vmg->waiters);
	WRITE_ONCE(pressure->refill, true);
	wake_up(&vmg->worker.wait);
}

/**
 * vmg_memory_came - Linux can use more memory
 * @vmg: The device.
 * @pages: How much.
 */
void vmg_memory_came(struct vmg *vmg, unsigned long pages)
{
	WRITE_ONCE(vmg->pressure.came_at, jiffies);
	atomic_long_add(pages, &vmg->pressure.came);
	wake_up_all(&vmg->waiters);
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

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory pressure: notice that memory is short, propose more, and wait for it before the
 * kernel kills a process.
 *
 * While this is switched on, a timer reads counters of the kernel ten times a second.
 * To hook into reclaim would be too late: proposed memory has to arrive before the last
 * free memory is used.
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
/* Jiffies to wait before a process is killed; and until the next wait if it was in vain. */
#define OOM_WAIT	(10 * HZ)
#define OOM_PAUSE	(60 * HZ)
/* So often the wait begins anew, as memory is on its way, and the host is slow. */
#define OOM_WAITS	6
/* With this many bytes unused, it is not memory like ours that is lacking. */
#define OOM_UNUSED	SZ_8M

/*
 * Whether there is unused memory nevertheless, for example in ZONE_MOVABLE. Does not
 * count reclaimable memory, because reclaim has failed when a process is about to be
 * killed; nor the kernel's reserves.
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
		/* Switched off, or the device is gone: no memory will arrive. */
		wake_up_all(&vmg->waiters);
		return;
	}
	if (atomic_read(&pressure->oom_waiting)) {
		reason = VHOST_MEM_REPORT_REASON_OOM;
		/* Nobody else wakes them when memory is freed. */
		wake_up_all(&vmg->waiters);
	}
	if (vmg_is_short())
		vmg_propose_more(vmg, reason);
	mod_timer(timer, jiffies + WATCH_INTERVAL);
}

/* Whether memory has arrived since @pressure->came was @before, or some was freed. */
static bool has_helped(struct vmg_pressure *pressure, long before)
{
	return atomic_long_read(&pressure->came) != before ||
	       is_unused();
}

/* One wait; as wait_event_killable_timeout(). @coming: more was requested or plugged. */
static long wait_once(struct vmg *vmg, long before, bool *coming)
{
	unsigned long plugged = READ_ONCE(vmg->map.nr_plugged);
	u64 requested = READ_ONCE(vmg->config.requested_size);
	long left;

	left = wait_event_killable_timeout(vmg->waiters,
					   has_helped(&vmg->pressure, before) ||
					   vmg_proposal_paused(vmg) || !is_watching(vmg),
					   OOM_WAIT);
	*coming = READ_ONCE(vmg->map.nr_plugged) > plugged ||
		  READ_ONCE(vmg->config.requested_size) > requested;
	return left;
}

/*
 * Waits for the worker to bring memory. Returns whether there is some now. After a
 * timeout, others do not wait for OOM_PAUSE; but not if the waiting task was killed, or
 * the wait ended early for another reason.
 */
static bool wait_for_memory(struct vmg *vmg, long before)
{
	struct vmg_pressure *pressure = &vmg->pressure;
	int waits = 0;
	bool coming;
	long left;

	atomic_inc(&pressure->oom_waiting);
	mod_timer(&pressure->timer, jiffies);
	do {
		left = wait_once(vmg, before, &coming);
	} while (!left && coming && ++waits < OOM_WAITS);
	atomic_dec(&pressure->oom_waiting);
	if (!left)
		WRITE_ONCE(pressure->oom_next, jiffies + OOM_PAUSE);
	return has_helped(pressure, before);
}

/* Whether the guest already has all memory that it could get from this device. */
static bool is_complete(const struct vmg *vmg)
{
	return READ_ONCE(vmg->config.requested_size) >= vmg->geo.region_size &&
	       !READ_ONCE(vmg->map.nr_offline) &&
	       READ_ONCE(vmg->map.nr_plugged) >= READ_ONCE(vmg->config.requested);
}

/*
 * The kernel is out of memory. The task whose allocation failed waits here, and may hold
 * any lock. Others whose allocations fail retry meanwhile, and get what arrives.
 *
 * The worker needs none of these locks to make progress, with two exceptions:
 *
 *   - The worker may itself be out of memory. It must not wait here for itself, see
 *     add() in hotplug.c. Neither must the worker of another device, because it may
 *     hold the locks of memory hotplug.
 *   - The task may hold device_hotplug_lock or mem_hotplug_lock, for example to bring
 *     another block online. Or the worker does not use the reserves, because memory was
 *     not short when it began. Then no memory arrives, and after OOM_WAIT a process is
 *     killed, as without this driver.
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
	/* Memory of another kind is lacking, or no more can arrive. */
	if (is_unused() || is_complete(vmg)) {
		*freed += vmg_reserve_free(vmg, 1);
		/* Memory may have arrived after the task's allocation had failed. */
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
 * vmg_pressure_init - initialize, with watching switched off
 * @vmg: The device.
 *
 * Context: Probe.
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
 * vmg_pressure_start - register the OOM notifier, if the device accepts reports
 * @vmg: The device, with its worker.
 *
 * Context: Probe. May sleep.
 */
void vmg_pressure_start(struct vmg *vmg)
{
	if (!vmg_has_report(vmg))
		return;
	vmg->pressure.oom_notifier.notifier_call = oom_notify;
	register_oom_notifier(&vmg->pressure.oom_notifier);
}

/**
 * vmg_pressure_exit - stop watching, and unregister the OOM notifier
 * @vmg: The device. Its attributes are gone, so nobody switches it on again.
 *
 * Context: Remove. May sleep, until no task waits for memory.
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
 * vmg_pressure_idle - fill or free the reserve
 * @vmg: The device.
 *
 * Context: The worker, with nothing else to do.
 * Return: number of jiffies after which to call this again.
 */
unsigned long vmg_pressure_idle(struct vmg *vmg)
{
	bool watching;

	vmg_assert_worker(vmg);

	WRITE_ONCE(vmg->pressure.refill, false);
	watching = is_watching(vmg);
	if (!watching)
		vmg_reserve_free(vmg, U64_MAX);
	return vmg_reserve_fill(vmg, watching && !vmg_is_short() &&
				vmg->map.nr_plugged <= vmg->config.requested);
}

/**
 * vmg_watch - switch watching for memory pressure on or off
 * @vmg: The device.
 * @on: Whether to watch, and propose more when memory is short.
 *
 * Either ends the pause after a denial.
 *
 * Context: A process.
 */
void vmg_watch(struct vmg *vmg, bool on)
{
	struct vmg_pressure *pressure = &vmg->pressure;

	vmg_proposal_forget(vmg);
	WRITE_ONCE(pressure->oom_next, jiffies);
	WRITE_ONCE(pressure->watching, on);
	/* Once switched off, the timer stops by itself when it next expires. */
	if (on)
		mod_timer(&pressure->timer, jiffies);
	else
		wake_up_all(&vmg->waiters);
	WRITE_ONCE(pressure->refill, true);
	wake_up(&vmg->worker.wait);
}

/**
 * vmg_memory_came - account memory that Linux can use from now on
 * @vmg: The device.
 * @pages: Number of pages.
 *
 * Context: Any task. Does not sleep.
 */
void vmg_memory_came(struct vmg *vmg, unsigned long pages)
{
	WRITE_ONCE(vmg->pressure.came_at, jiffies);
	atomic_long_add(pages, &vmg->pressure.came);
	wake_up_all(&vmg->waiters);
}

/**
 * vmg_uses_reserves - whether adding memory may use the kernel's reserves
 * @vmg: The device.
 *
 * Context: Any.
 * Return: whether memory is short, and watching for that is switched on.
 */
bool vmg_uses_reserves(const struct vmg *vmg)
{
	return is_watching(vmg) && vmg_is_short();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Empty big blocks: no subblock is exposed to Linux. As long as they are added, Linux
 * needs 1/64 of their size for their memory map. But to remove a block, and to add it
 * again, takes Linux much longer than to take its memory or to give it back. So those
 * that are online are kept for a while after the size was changed, in case that it grows
 * again, and are removed behind it, one by one.
 *
 * Only so many are kept, and none once memory is short.
 */
#include <linux/memory.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/oom.h>

#include "guest.h"
#include "room.h"

/* The memory map of what is kept takes at most 1 / KEEP_SHARE of all memory. */
#define KEEP_SHARE	8
/* Jiffies between two checks whether memory is short. */
#define CHECK_INTERVAL	HZ
/* Jiffies after which a removal that has failed is repeated. */
#define REMOVE_INTERVAL	(10 * HZ)

/* Jiffies to wait for that before a process is killed. */
#define OOM_WAIT	(2 * HZ)

static unsigned int keep_seconds;
module_param(keep_seconds, uint, 0644);
MODULE_PARM_DESC(keep_seconds, "Seconds for which memory blocks without plugged memory are kept for when the size grows again; and free memory is taken first (default: 0, neither)");

/* Maximum number of big blocks that are kept. */
static unsigned long limit(const struct vmg *vmg)
{
	u64 size = PFN_PHYS(totalram_pages()) / KEEP_SHARE * VMG_MAP_SHARE;

	return size / memory_block_size_bytes() / vmg->geo.bb_blocks;
}

static bool is_time_over(struct vmg *vmg)
{
	return !time_before(jiffies, vmg->kept.until) || READ_ONCE(vmg->kept.needed) ||
	       vmg_is_short() || !vmg_has_room(0, false);
}

static bool is_empty(const struct vmg *vmg, unsigned long bb)
{
	return vmg_bb_all(vmg, bb, VMG_ADDED, VMG_ADDED) &&
	       !vmg_count(vmg->map.exposed, bb * vmg->geo.block_sbs, vmg_bb_sbs(vmg));
}

/*
 * Removes empty big blocks, but keeps up to @most of those that are online: the first
 * ones, which are filled first. Stops when the worker is interrupted.
 */
static int remove_empty(struct vmg *vmg, unsigned long most)
{
	unsigned long bb, kept = 0;
	int rc = 0;

	/* Usually there are none, and the map may be large. */
	if (DIV_ROUND_UP(vmg->map.nr_exposed, vmg->geo.block_sbs) < vmg->map.nr_added) {
		for (bb = 0; bb < vmg->geo.nr_blocks; bb += vmg->geo.bb_blocks) {
			if (vmg->worker.task && vmg_interrupted(vmg))
				return rc;
			if (!is_empty(vmg, bb))
				continue;
			if (kept >= most || !vmg_bb_all(vmg, bb, VMG_ONLINE, VMG_ONLINE)) {
				if (!vmg_remove_blocks(vmg, bb, vmg->geo.bb_blocks))
					continue;
				rc = -EBUSY;
			}
			kept++;
		}
	}
	if (rc)
		vmg->kept.until = jiffies + REMOVE_INTERVAL;
	WRITE_ONCE(vmg->kept.nr, kept);
	WRITE_ONCE(vmg->kept.needed, false);
	wake_up_all(&vmg->waiters);
	return rc;
}

/*
 * The kernel is out of memory. Removing the blocks frees their memory map, and what the
 * kernel keeps free because of them (lowmem_reserve). The task whose allocation failed
 * waits for that, but not for long: it may hold a lock of memory hotplug. The worker
 * must not wait for itself, nor that of another device, which may hold one, too.
 */
static int oom_notify(struct notifier_block *nb, unsigned long unused, void *arg)
{
	struct vmg *vmg = container_of(nb, struct vmg, kept.oom_notifier);
	unsigned long nr = READ_ONCE(vmg->kept.nr), left, *freed = arg;

	if (!nr || vmg_is_a_worker())
		return NOTIFY_OK;
	WRITE_ONCE(vmg->kept.needed, true);
	wake_up(&vmg->worker.wait);
	wait_event_killable_timeout(vmg->waiters, !READ_ONCE(vmg->kept.nr), OOM_WAIT);
	left = min(READ_ONCE(vmg->kept.nr), nr);
	*freed += (nr - left) * vmg_bb_sbs(vmg) * vmg_sb_pages(vmg) / VMG_MAP_SHARE;
	return NOTIFY_OK;
}

/**
 * vmg_kept_init - begin without any block that is kept
 * @vmg: The device.
 *
 * Context: Probe. May sleep.
 * Return: 0, or a negative errno.
 */
int vmg_kept_init(struct vmg *vmg)
{
	vmg->kept.oom_notifier.notifier_call = oom_notify;
	/* Before that of pressure.c, which asks the host for more. */
	vmg->kept.oom_notifier.priority = 1;
	return register_oom_notifier(&vmg->kept.oom_notifier);
}

/**
 * vmg_keeps - tell whether empty big blocks are kept at all
 *
 * Context: Any.
 * Return: whether keep_seconds is not 0.
 */
bool vmg_keeps(void)
{
	return READ_ONCE(keep_seconds);
}

/**
 * vmg_keep_from_now - keep empty big blocks for a while from now on
 * @vmg: The device, whose requested size may have changed.
 *
 * Context: The worker.
 */
void vmg_keep_from_now(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	vmg->kept.until = jiffies + min(READ_ONCE(keep_seconds), 3600U) * HZ;
}

/**
 * vmg_remove_empty - remove empty big blocks that are not to be kept
 * @vmg: The device, after a resize.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0; -EBUSY if one of them could not be removed.
 */
int vmg_remove_empty(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	return remove_empty(vmg, is_time_over(vmg) ? 0 : limit(vmg));
}

/**
 * vmg_kept_idle - remove the empty big blocks that are kept, if it is time to
 * @vmg: The device.
 *
 * Context: The worker, with nothing else to do. May sleep.
 * Return: number of jiffies after which to call this again.
 */
unsigned long vmg_kept_idle(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	if (!vmg->kept.nr) {
		WRITE_ONCE(vmg->kept.needed, false);
		return MAX_SCHEDULE_TIMEOUT;
	}
	/*
	 * Whoever is bringing a block of ours online or offline holds the lock that removing
	 * takes, and may do so for long. The size may have to change meanwhile.
	 */
	if (is_time_over(vmg) && !READ_ONCE(vmg->map.nr_in_transition) &&
	    !remove_empty(vmg, 0))
		return MAX_SCHEDULE_TIMEOUT;
	return CHECK_INTERVAL;
}

/**
 * vmg_kept_exit - undo vmg_kept_init(), and remove all empty big blocks
 * @vmg: The device, before vmg_online_end().
 *
 * No page of them is in the page allocator, so nothing keeps them from going offline. If
 * they do not, they stay; see exit_hotplug().
 *
 * Context: Remove, or failed probe. May sleep.
 */
void vmg_kept_exit(struct vmg *vmg)
{
	vmg_assert_worker(vmg);
	unregister_oom_notifier(&vmg->kept.oom_notifier);
	remove_empty(vmg, 0);
}

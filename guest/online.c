// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks going online and offline: by ourselves, by the kernel's policy when they are
 * added, or by user space at any time.
 *
 * Between the notification that a block is going online or offline and the one that it
 * has done so, or that this was cancelled, the block is in transition: the worker does
 * not change its subblocks. So the callback for pages can read the map without a lock.
 */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/srcu.h>

#include "fake_offline.h"
#include "guest.h"

/*
 * The kernel has one callback for pages that go online, so all devices share it. It may
 * sleep, hence SRCU. The mutex serializes changes of the list. The callback cannot take
 * it: set_online_page_callback(), called with the mutex held, waits for callbacks.
 */
DEFINE_STATIC_SRCU(devices_srcu);
static DEFINE_MUTEX(devices_mutex);
static LIST_HEAD(devices);

static bool contains(const struct vmg *vmg, u64 addr, u64 size)
{
	return addr >= vmg->geo.base &&
	       addr + size <= vmg_block_addr(vmg, vmg->geo.nr_blocks);
}

static unsigned long sb_of(const struct vmg *vmg, unsigned long pfn)
{
	return (PFN_PHYS(pfn) - vmg->geo.base) / vmg->geo.sb_size;
}

static void online_pages_of(struct vmg *vmg, struct page *page,
			    unsigned int order)
{
	unsigned long pfn = page_to_pfn(page), end = pfn + (1UL << order);
	unsigned long first = sb_of(vmg, pfn);
	unsigned long nr = sb_of(vmg, end - 1) - first + 1;

	if (vmg_count(vmg->map.exposed, first, nr) == nr) {
		generic_online_page(page, order);
		return;
	}
	/* A subblock is made of whole page blocks. */
	for (; pfn < end; pfn += pageblock_nr_pages) {
		if (test_bit(sb_of(vmg, pfn), vmg->map.exposed))
			generic_online_page(pfn_to_page(pfn), pageblock_order);
		else
			vmg_mark_offline(pfn, pageblock_nr_pages);
	}
}

static void online_page(struct page *page, unsigned int order)
{
	int idx = srcu_read_lock(&devices_srcu);
	bool ours = false;
	struct vmg *vmg;

	list_for_each_entry_srcu(vmg, &devices, online.list,
				 srcu_read_lock_held(&devices_srcu)) {
		ours = contains(vmg, page_to_phys(page), PAGE_SIZE << order);
		if (ours) {
			online_pages_of(vmg, page, order);
			break;
		}
	}
	srcu_read_unlock(&devices_srcu, idx);
	if (!ours)
		generic_online_page(page, order);
}

/* Calls @fn for the pages of each subblock of a block that is not exposed. */
static void for_fake_offline(struct vmg *vmg, unsigned long block,
			     void (*fn)(unsigned long pfn, unsigned long nr))
{
	unsigned long sb = block * vmg->geo.block_sbs;
	unsigned long end = sb + vmg->geo.block_sbs;

	for (sb = find_next_zero_bit(vmg->map.exposed, end, sb); sb < end;
	     sb = find_next_zero_bit(vmg->map.exposed, end, sb + 1))
		fn(PHYS_PFN(vmg_sb_addr(vmg, sb)), vmg_sb_pages(vmg));
}

static void set_in_transition(struct vmg *vmg, u8 *state, bool in_transition)
{
	lockdep_assert_held(&vmg->map.lock);
	if (in_transition == !!(*state & VMG_IN_TRANSITION))
		return;
	*state ^= VMG_IN_TRANSITION;
	WRITE_ONCE(vmg->map.nr_in_transition,
		   vmg->map.nr_in_transition + (in_transition ? 1 : -1));
	if (!vmg->map.nr_in_transition)
		wake_up(&vmg->worker.wait);
}

/*
 * Linux notifies of one block at a time. When a notifier refuses, MEM_CANCEL_* goes to
 * every notifier, including those that have not seen MEM_GOING_*; so check for that.
 */
static void notify_block(struct vmg *vmg, unsigned long action,
			 unsigned long block)
{
	u8 *state = &vmg->map.blocks[block];

	lockdep_assert_held(&vmg->map.lock);
	switch (action) {
	case MEM_GOING_ONLINE:
		set_in_transition(vmg, state, true);
		break;
	case MEM_ONLINE:
		*state |= VMG_ONLINE;
		set_in_transition(vmg, state, false);
		vmg->map.nr_offline--;
		vmg_memory_came(vmg, vmg_count(vmg->map.exposed,
					       block * vmg->geo.block_sbs,
					       vmg->geo.block_sbs) *
				vmg_sb_pages(vmg));
		break;
	case MEM_GOING_OFFLINE:
		set_in_transition(vmg, state, true);
		for_fake_offline(vmg, block, vmg_release_fake_offline);
		break;
	case MEM_OFFLINE:
		*state &= ~VMG_ONLINE;
		set_in_transition(vmg, state, false);
		vmg->map.nr_offline++;
		break;
	case MEM_CANCEL_OFFLINE:
		if (*state & VMG_IN_TRANSITION)
			for_fake_offline(vmg, block, vmg_reclaim_fake_offline);
		fallthrough;
	case MEM_CANCEL_ONLINE:
		set_in_transition(vmg, state, false);
		break;
	}
}

static int memory_notify_call(struct notifier_block *nb, unsigned long action,
			      void *arg)
{
	struct vmg *vmg = container_of(nb, struct vmg, online.notifier);
	const struct memory_notify *notify = arg;
	u64 addr = PFN_PHYS(notify->start_pfn);
	u64 block_size = memory_block_size_bytes();
	int rc = NOTIFY_OK;

	if (!contains(vmg, addr, PFN_PHYS(notify->nr_pages)))
		return NOTIFY_DONE;
	if (WARN_ON_ONCE(!IS_ALIGNED(addr, block_size) ||
			 PFN_PHYS(notify->nr_pages) != block_size))
		return NOTIFY_BAD;
	/*
	 * The worker itself is taking the block offline. The kernel would retry without
	 * end, so refuse a block that has turned out not to be free.
	 */
	if (action == MEM_GOING_OFFLINE && current == vmg->worker.task &&
	    !vmg_may_remove(vmg, (addr - vmg->geo.base) / block_size))
		return NOTIFY_BAD;
	mutex_lock(&vmg->map.lock);
	if (vmg->map.leaving && (action == MEM_GOING_ONLINE ||
				 action == MEM_GOING_OFFLINE))
		rc = NOTIFY_BAD;
	else
		notify_block(vmg, action, (addr - vmg->geo.base) / block_size);
	mutex_unlock(&vmg->map.lock);
	/*
	 * More memory may be added now, or there is a cheaper way to shrink. The worker
	 * does not kick itself: that would have it retry at once what has just failed.
	 */
	if ((action == MEM_ONLINE || action == MEM_OFFLINE) &&
	    current != vmg->worker.task)
		vmg_kick(vmg);
	return rc;
}

/**
 * vmg_kick_all - kick the worker of every device
 *
 * Context: May sleep. Takes devices_mutex.
 */
void vmg_kick_all(void)
{
	struct vmg *vmg;

	mutex_lock(&devices_mutex);
	list_for_each_entry(vmg, &devices, online.list)
		vmg_kick(vmg);
	mutex_unlock(&devices_mutex);
}

/**
 * vmg_reserves_give_back - free all parts of reserves that lie in a device's region
 * @vmg: The device, which is about to shrink.
 *
 * The kernel does not migrate a reserve, so the memory around it could not be unplugged.
 * The device's own reserve is not filled again before the resize is done. Another
 * device's reserve may be, and by chance from the same region: then the resize fails as
 * with any other memory in use, and its retry frees the reserve again.
 *
 * Context: The worker. May sleep. Takes devices_mutex; vmg->map.lock is not held.
 */
void vmg_reserves_give_back(struct vmg *vmg)
{
	struct vmg *other;

	vmg_assert_worker(vmg);
	lockdep_assert_not_held(&vmg->map.lock);
	mutex_lock(&devices_mutex);
	list_for_each_entry(other, &devices, online.list)
		vmg_reserve_free_range(other, vmg->geo.addr, vmg->geo.region_size);
	mutex_unlock(&devices_mutex);
}

/**
 * vmg_online_init - take part in blocks of the device going online and offline
 * @vmg: The device, with its map.
 *
 * Context: Probe. May sleep. Takes devices_mutex.
 * Return: 0; -EBUSY if another driver has set the callback for pages.
 */
int vmg_online_init(struct vmg *vmg)
{
	int rc = 0;

	mutex_lock(&devices_mutex);
	if (list_empty(&devices) && set_online_page_callback(online_page))
		rc = -EBUSY;
	if (!rc)
		list_add_rcu(&vmg->online.list, &devices);
	mutex_unlock(&devices_mutex);
	if (rc) {
		dev_err(&vmg->vdev->dev, "another driver decides which pages go online; is virtio_mem in use?\n");
		return rc;
	}
	vmg->online.notifier.notifier_call = memory_notify_call;
	register_memory_notifier(&vmg->online.notifier);
	return 0;
}

/**
 * vmg_online_end - refuse that blocks go online or offline, and wait for those that do
 * @vmg: The device, without its worker.
 *
 * A block in transition needs our callbacks until the end: without them, going online
 * would expose unplugged memory; and so would going offline and back online, because
 * the fake offline pages have lost our reference by then. If offlining is cancelled,
 * nobody would take that reference again.
 *
 * The wait lasts until whoever takes the block offline succeeds or gives up, which we
 * cannot bring about. There is no deadlock: offlining needs none of the locks that our
 * caller may hold. It holds device_hotplug_lock itself, so our caller does not.
 *
 * Context: Remove, or failed probe. May sleep, without bound.
 */
void vmg_online_end(struct vmg *vmg)
{
	mutex_lock(&vmg->map.lock);
	vmg->map.leaving = true;
	if (vmg->map.nr_in_transition)
		dev_info(&vmg->vdev->dev, "waiting for memory that is going online or offline\n");
	while (vmg->map.nr_in_transition) {
		mutex_unlock(&vmg->map.lock);
		wait_event(vmg->worker.wait, !READ_ONCE(vmg->map.nr_in_transition));
		mutex_lock(&vmg->map.lock);
	}
	mutex_unlock(&vmg->map.lock);
}

/**
 * vmg_online_exit - undo vmg_online_init()
 * @vmg: The device, after vmg_online_end().
 *
 * When this returns no callback is using @vmg any more, so it may be freed.
 *
 * Context: May sleep. Takes devices_mutex.
 */
void vmg_online_exit(struct vmg *vmg)
{
	unregister_memory_notifier(&vmg->online.notifier);
	mutex_lock(&devices_mutex);
	list_del_rcu(&vmg->online.list);
	if (list_empty(&devices))
		restore_online_page_callback(online_page);
	mutex_unlock(&devices_mutex);
	synchronize_srcu(&devices_srcu);
}

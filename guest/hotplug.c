// SPDX-License-Identifier: GPL-2.0
/*
 * Adding blocks to Linux, removing them, and checking whether there is room for more.
 * grow.c and shrink.c decide which blocks, and when.
 *
 * Offlining and removing whole blocks does not touch their memory, however large they
 * are, so it is the cheap way to shrink.
 *
 * But offline_and_remove_memory() is meant for administrators, and does not give up:
 * when a page cannot be migrated, it retries until a signal is pending, and may sleep
 * until somebody else unlocks the page or has written it back, with the locks of memory
 * hotplug held. So use it only on blocks that are completely free. The memory notifier
 * checks that again after the kernel has isolated the block's free pages, and before it
 * looks for used ones (vmg_may_remove()), and refuses a block that has any. So nothing
 * is ever migrated.
 *
 * In case the check is wrong about a page, a timer sends the worker SIGALRM, which ends
 * the retries. The signal is harmless because the worker is a kernel thread that ignores
 * all other signals. The timer starts in the notifier, and not before the call, because
 * waiting for the locks may take long.
 */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "guest.h"
#include "room.h"
#include "scan.h"

/*
 * Maximum bytes that are added but not online. Such memory is of no use, and costs Linux
 * 1/64 of its size. User space may be slow to bring it online.
 */
#define OFFLINE_SIZE	SZ_1G
/* Jiffies for offlining one block; a free one takes far less on any machine. */
#define REMOVE_TIMEOUT	(2 * HZ)

static unsigned long offline_limit(const struct vmg *vmg)
{
	return max_t(unsigned long, OFFLINE_SIZE / memory_block_size_bytes(),
		     2 * vmg->geo.bb_blocks);
}

/**
 * vmg_room_for - whether blocks can be added
 * @vmg: The device.
 * @more: Number of blocks, including those of requests in flight.
 *
 * An estimate. With the reserves in use, only trying tells: then there is always room.
 *
 * Context: The worker.
 * Return: 0; -ENOSPC if memory has to go online first; -ENOMEM if Linux lacks the memory
 * to manage more.
 */
int vmg_room_for(struct vmg *vmg, unsigned long more)
{
	vmg_assert_worker(vmg);
	if (vmg->map.nr_offline + more > offline_limit(vmg))
		return -ENOSPC;
	if (!vmg_uses_reserves(vmg) &&
	    !vmg_has_room(more * memory_block_size_bytes(), false))
		return -ENOMEM;
	return 0;
}

/*
 * Adding memory takes 1/64 of its size. When memory is short, free that much of our
 * reserve, and use the kernel's reserves (PF_MEMALLOC): they are for allocations that
 * lead to more free memory, as this one does. PF_MEMALLOC also keeps us out of reclaim,
 * where we could wait for a lock whose holder waits for us (oom_notify()). If all of that
 * is not enough, adding fails instead of invoking the OOM killer.
 */
static int add(struct vmg *vmg, u64 addr, u64 size)
{
	bool reserves = vmg_uses_reserves(vmg);
	unsigned int flags = 0;
	int rc;

	if (reserves)
		vmg_reserve_free(vmg, size / VMG_MAP_SHARE);
	if (!vmg_has_room(size, reserves))
		return -ENOMEM;
	if (reserves)
		flags = memalloc_noreclaim_save();
	rc = add_memory_driver_managed(vmg->hotplug.mgid, addr, size,
				       vmg->hotplug.resource_name,
				       MHP_MERGE_RESOURCE | MHP_NID_IS_MGID);
	if (reserves)
		memalloc_noreclaim_restore(flags);
	return rc;
}

/**
 * vmg_add_bb - add a big block, of which no block is added, to Linux
 * @vmg: The device.
 * @bb: First block of the big block.
 *
 * Exposes its plugged subblocks. Whether its blocks are online when this returns depends
 * on the kernel's policy (auto_online_blocks).
 *
 * One call adds one big block and no more, because big blocks are removed one by one. x86
 * maps an aligned GiB that is added in one call with a single entry of the direct
 * map's page tables, and relies on that GiB being removed in one call, too: if only a part
 * is removed, remove_pud_table() takes the entry for one that points to a table, and so
 * reads the memory's first page as page table entries.
 *
 * Adding a neighbour later does not create such an entry. The size of an entry depends
 * on the range of the call alone (only at boot does what surrounds the range count, too),
 * and a range in a GiB that already has a table is entered into that table. When the
 * last big block of a GiB is removed, so is the table. A big block of one GiB or more may
 * be mapped with such entries, but is never removed in parts.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0, or a negative errno; then nothing of it is added or exposed.
 */
int vmg_add_bb(struct vmg *vmg, unsigned long bb)
{
	unsigned long sb = bb * vmg->geo.block_sbs, i;
	unsigned long end = sb + vmg_bb_sbs(vmg);
	u64 size = vmg->geo.bb_blocks * memory_block_size_bytes();
	int rc;

	vmg_assert_worker(vmg);
	lockdep_assert_not_held(&vmg->map.lock);
	/* Before the memory is added: it may go online inside of the call. */
	mutex_lock(&vmg->map.lock);
	for (i = bb; i < bb + vmg->geo.bb_blocks; i++)
		vmg->map.blocks[i] = VMG_ADDED;
	vmg->map.nr_added += vmg->geo.bb_blocks;
	vmg->map.nr_offline += vmg->geo.bb_blocks;
	for (i = sb; i < end; i++)
		if (test_bit(i, vmg->map.plugged))
			vmg_set_exposed(vmg, i, 1, true);
	mutex_unlock(&vmg->map.lock);

	rc = add(vmg, vmg_block_addr(vmg, bb), size);
	if (!rc)
		return 0;
	dev_warn(&vmg->vdev->dev, "adding %llu MiB at %#llx has failed: %d\n",
		 size / SZ_1M, vmg_block_addr(vmg, bb), rc);
	mutex_lock(&vmg->map.lock);
	vmg_set_exposed(vmg, sb, end - sb, false);
	vmg->map.nr_added -= vmg->geo.bb_blocks;
	vmg->map.nr_offline -= vmg->geo.bb_blocks;
	for (i = bb; i < bb + vmg->geo.bb_blocks; i++)
		vmg->map.blocks[i] = 0;
	mutex_unlock(&vmg->map.lock);
	return rc;
}

static void deadline(struct timer_list *timer)
{
	struct vmg *vmg = container_of(timer, struct vmg, hotplug.deadline);

	send_sig(SIGALRM, vmg->worker.task, 1);
}

/**
 * vmg_hotplug_init - prepare for vmg_remove_blocks()
 * @vmg: The device.
 *
 * Context: Probe, before there is a worker.
 */
void vmg_hotplug_init(struct vmg *vmg)
{
	timer_setup(&vmg->hotplug.deadline, deadline, 0);
}

/**
 * vmg_may_remove - whether the worker may continue to take a block offline
 * @vmg: The device.
 * @block: The block. Its free pages are isolated, so they stay free.
 *
 * Also starts the deadline of offlining this block.
 *
 * Context: The worker, in the memory notifier that vmg_remove_blocks() causes for each
 * online block. device_hotplug_lock and mem_hotplug_lock held.
 * Return: whether all pages of the block are free.
 */
bool vmg_may_remove(struct vmg *vmg, unsigned long block)
{
	vmg_assert_worker(vmg);
	if (!vmg_is_free(PHYS_PFN(vmg_block_addr(vmg, block)),
			 PHYS_PFN(memory_block_size_bytes())))
		return false;
	mod_timer(&vmg->hotplug.deadline, jiffies + REMOVE_TIMEOUT);
	return true;
}

/**
 * vmg_remove_blocks - take blocks offline and remove them
 * @vmg: The device.
 * @first: First block.
 * @nr: Number of blocks, all of them added, and free if they are online.
 *
 * Afterwards either all of them are removed, or none. Their plugged subblocks stay
 * plugged, for the caller to unplug.
 *
 * Context: The worker, which has allowed SIGALRM; or without it, for blocks of which no
 * page is in the page allocator. May sleep. vmg->map.lock is not held.
 * Return: 0, or a negative errno, for example if a block turned out not to be free.
 */
int vmg_remove_blocks(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	unsigned long block;
	int rc;

	vmg_assert_worker(vmg);
	lockdep_assert_not_held(&vmg->map.lock);
	rc = offline_and_remove_memory(vmg_block_addr(vmg, first),
				       nr * memory_block_size_bytes());
	timer_delete_sync(&vmg->hotplug.deadline);
	/* Those of another task are not ours. */
	if (vmg->worker.task)
		flush_signals(current);
	if (rc)
		return rc;

	mutex_lock(&vmg->map.lock);
	vmg_set_exposed(vmg, first * vmg->geo.block_sbs,
			nr * vmg->geo.block_sbs, false);
	vmg->map.nr_added -= nr;
	vmg->map.nr_offline -= nr;
	for (block = first; block < first + nr; block++)
		vmg->map.blocks[block] = 0;
	mutex_unlock(&vmg->map.lock);
	return 0;
}

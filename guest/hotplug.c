// SPDX-License-Identifier: GPL-2.0
/*
 * Adding memory to Linux and removing it, in whole blocks, and whether there is room
 * for more. Which blocks, and when, others decide.
 *
 * To take whole blocks offline, and remove them, the kernel does not touch their
 * memory, however much of it there is, so it is the cheap way to shrink.
 *
 * But it is meant for administrators, and so does not give up: when a page cannot
 * be moved away, it tries again until a signal is pending, and may sleep meanwhile
 * for as long as whoever has locked the page or writes it takes, with all locks of
 * memory hotplug held. So it is only used on blocks that are wholly free. That is
 * looked at again when the kernel has isolated the block's free pages, and before
 * it looks for used ones: a block with any is refused then. Nothing is ever moved.
 *
 * Should a page be less free than it looked, a timer sends the worker a signal. Only
 * a kernel thread of our own can be sent one, and it is not one that kills: nothing
 * else but this loop minds it. It begins with the offlining itself, as the locks may
 * be somebody else's for long before.
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
 * Memory that is added but not online. It costs Linux memory (1/64 of it) and
 * is of no use; whoever decides about onlining may not be quick enough.
 */
#define OFFLINE_SIZE	SZ_1G
/* For a free block this is more than long enough, on any machine. */
#define REMOVE_TIMEOUT	(2 * HZ)

static unsigned long offline_limit(const struct vmg *vmg)
{
	return max_t(unsigned long, OFFLINE_SIZE / memory_block_size_bytes(),
		     2 * vmg->geo.bb_blocks);
}

/**
 * vmg_room_for - whether blocks can be added
 * @vmg: The device.
 * @more: Their number, with those that are about to be added anyway.
 *
 * A guess. When reserves are used for it, it is known when it is tried.
 *
 * Context: The worker.
 * Return: 0; -ENOSPC if memory has to go online first, -ENOMEM if Linux lacks memory
 * for it.
 */
int vmg_room_for(struct vmg *vmg, unsigned long more)
{
	if (vmg->map.nr_offline + more > offline_limit(vmg))
		return -ENOSPC;
	if (!vmg_uses_reserves(vmg) &&
	    !vmg_has_room(more * memory_block_size_bytes(), false))
		return -ENOMEM;
	return 0;
}

/*
 * Adding memory needs memory itself, a 64th of what it brings. When memory is short
 * so much of our reserve is freed for it, and the kernel's reserves may be used, too:
 * they are for allocations that lead to more memory, which this one does. To not reclaim
 * keeps us from waiting for a lock that is held by somebody who waits for us; and
 * if all of that does not suffice, we get an error instead of having a process
 * killed.
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
 * Linux is given what is plugged of it. Its blocks may or may not be online when
 * this returns, as the kernel's policy has it.
 *
 * One call adds one big block and no more, because big blocks are removed one by one. x86
 * maps an aligned GiB that is added in one call with a single entry of the direct
 * map's page tables, and relies on that GiB being removed in one call, too:
 * remove_pud_table() takes the entry for one that points to a table if only a part
 * of it goes, and so reads the memory's first page as page table entries.
 *
 * Adding a neighbour later does not create such an entry. Its size depends on the
 * range of the call alone (only at boot what surrounds the range counts, too), and
 * a range in a GiB that already has a table is entered into that table. When the
 * last big block of a GiB goes, so does the table. A big block of one GiB or more may be
 * mapped with such entries, but is never removed in parts.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0, or a negative errno.
 */
int vmg_add_bb(struct vmg *vmg, unsigned long bb)
{
	unsigned long sb = bb * vmg->geo.block_sbs, i;
	unsigned long end = sb + vmg_bb_sbs(vmg);
	u64 size = vmg->geo.bb_blocks * memory_block_size_bytes();
	int rc;

	vmg_assert_worker(vmg);
	mutex_lock(&vmg->map.lock);
	for (i = bb; i < bb + vmg->geo.bb_blocks; i++)
		vmg->map.blocks[i] = VMG_ADDED;
	vmg->map.nr_added += vmg->geo.bb_blocks;
	vmg->map.nr_offline += vmg->geo.bb_blocks;
	for (i = sb; i < end; i++)
		if (test_bit(i, vmg->map.plugged))
			vmg_set_given(vmg, i, 1, true);
	mutex_unlock(&vmg->map.lock);

	rc = add(vmg, vmg_block_addr(vmg, bb), size);
	if (!rc)
		return 0;
	dev_warn(&vmg->vdev->dev, "adding %llu MiB at %#llx has failed: %d\n",
		 size / SZ_1M, vmg_block_addr(vmg, bb), rc);
	mutex_lock(&vmg->map.lock);
	vmg_set_given(vmg, sb, end - sb, false);
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
 */
void vmg_hotplug_init(struct vmg *vmg)
{
	timer_setup(&vmg->hotplug.deadline, deadline, 0);
}

/**
 * vmg_may_remove - whether a block that is going offline may go on
 * @vmg: The device.
 * @block: The block. Its free pages are isolated.
 *
 * Context: The worker, called back from vmg_remove_blocks() for each block that
 * is online. Holds the kernel's locks of memory hotplug.
 * Return: whether it is free.
 */
bool vmg_may_remove(struct vmg *vmg, unsigned long block)
{
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
 * @nr: Blocks, all of them added, and free where they are online.
 *
 * Either all of them are gone afterwards, or none. Their subblocks stay plugged if
 * they were, for the caller to unplug.
 *
 * Context: The worker, which has allowed SIGALRM.
 * Return: 0, or a negative errno, e.g. if a block is not free after all.
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
	flush_signals(current);
	if (rc)
		return rc;

	mutex_lock(&vmg->map.lock);
	vmg_set_given(vmg, first * vmg->geo.block_sbs, nr * vmg->geo.block_sbs,
		      false);
	vmg->map.nr_added -= nr;
	vmg->map.nr_offline -= nr;
	for (block = first; block < first + nr; block++)
		vmg->map.blocks[block] = 0;
	mutex_unlock(&vmg->map.lock);
	return 0;
}

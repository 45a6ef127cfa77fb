// SPDX-License-Identifier: GPL-2.0
/*
 * Taking whole blocks offline, and removing them. The kernel does not touch the
 * memory for that, however much of it there is, so it is the cheap way to shrink.
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
#include <linux/sched/signal.h>

#include "guest.h"

/* For a free block this is more than long enough, on any machine. */
#define REMOVE_TIMEOUT	(2 * HZ)

static void deadline(struct timer_list *timer)
{
	struct vmg *vmg = container_of(timer, struct vmg, deadline);

	send_sig(SIGALRM, vmg->worker, 1);
}

/**
 * vmg_remove_init - prepare for vmg_remove_blocks()
 * @vmg: The device.
 */
void vmg_remove_init(struct vmg *vmg)
{
	timer_setup(&vmg->deadline, deadline, 0);
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
	mod_timer(&vmg->deadline, jiffies + REMOVE_TIMEOUT);
	return true;
}

/**
 * vmg_remove_blocks - take blocks offline and remove them
 * @vmg: The device.
 * @first: First block.
 * @nr: Blocks, all of them added, and free where they are online.
 *
 * Either all of them are gone afterwards, or none. Their pieces stay plugged if
 * they were, for the caller to unplug.
 *
 * Context: The worker, which has allowed SIGALRM.
 * Return: 0, or a negative errno, e.g. if a block is not free after all.
 */
int vmg_remove_blocks(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	unsigned long block;
	int rc;

	rc = offline_and_remove_memory(vmg_block_addr(vmg, first),
				       nr * memory_block_size_bytes());
	timer_delete_sync(&vmg->deadline);
	flush_signals(current);
	if (rc)
		return rc;

	mutex_lock(&vmg->lock);
	vmg_set_given(vmg, first * vmg->block_pieces, nr * vmg->block_pieces,
		      false);
	vmg->nr_added -= nr;
	vmg->nr_offline -= nr;
	for (block = first; block < first + nr; block++)
		vmg->blocks[block] = 0;
	mutex_unlock(&vmg->lock);
	return 0;
}

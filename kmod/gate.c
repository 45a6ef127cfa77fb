// SPDX-License-Identifier: GPL-2.0
/*
 * Gate: open blocks to faults, close them, and free what was in them.
 *
 * Closing has two steps, because it may turn out that it must not be done. First
 * the gate of the range is shut: faults in it wait, those elsewhere go on, however
 * long it takes. Then every folio of the range is looked at (reference.c). If
 * nobody else refers to any, the blocks become unplugged, the gate opens, and the
 * waiting faults are refused; else they find everything as it was.
 *
 * Some things cannot wait for a reference to go: a system reset, the end of the
 * region or of its owner. They close the blocks all the same. What is referred to
 * then stays in the file, out of everybody's reach: in limbo. It counts against
 * what may be plugged, its blocks cannot be plugged again, and it is looked at
 * again until it is free.
 */

#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "guard.h"
#include "vhost_mem.h"

static void gate_punch(struct vhost_mem_guard *guard, u64 pos, u64 end)
{
	long ret;

	if (pos >= end)
		return;
	ret = guard->shmem_fops->fallocate(guard->file,
					   FALLOC_FL_PUNCH_HOLE |
					   FALLOC_FL_KEEP_SIZE, pos, end - pos);
	/* shmem refuses this for files sealed against writing only. */
	WARN_ON_ONCE(ret);
}

/* Blocks from @first to @end, but for those in limbo. */
static void gate_punch_blocks(struct vhost_mem_region *region, u64 first,
			      u64 end)
{
	struct vhost_mem_guard *guard = &region->guard;
	u64 limbo, next = first;

	while (vhost_mem_blkmap_next_run(&guard->limbo, next, &limbo, &next) &&
	       limbo < end) {
		gate_punch(guard, first * region->block_size,
			   limbo * region->block_size);
		first = min(next, end);
	}
	gate_punch(guard, first * region->block_size, end * region->block_size);
}

/* With guard->lock. Blocks that are unplugged already have nothing to wait for. */
static bool gate_is_shut(struct vhost_mem_region *region, u64 block)
{
	const struct vhost_mem_guard *guard = &region->guard;

	return block - guard->shut_first < guard->shut_nr &&
	       vhost_mem_blkmap_test(&region->blkmap, block);
}

/**
 * vhost_mem_gate_enter() - begin to serve a fault
 * @region: The region.
 * @block: The block that is touched.
 * @nowait: Do not wait for a decision that is under way.
 *
 * Context: mm->mmap_lock or the VMA's lock held. May sleep.
 * Return: 0 with guard->lock held for reading: the block's state in the block map
 * is valid until it is dropped. Else what the fault handler shall return:
 * VM_FAULT_RETRY where waiting was not allowed, VM_FAULT_SIGBUS for a work item and
 * for a task that is being killed.
 */
vm_fault_t vhost_mem_gate_enter(struct vhost_mem_region *region, u64 block,
				bool nowait)
{
	struct vhost_mem_guard *guard = &region->guard;

	for (;;) {
		down_read(&guard->lock);
		if (likely(!gate_is_shut(region, block)))
			return 0;
		up_read(&guard->lock);
		if (nowait)
			return VM_FAULT_RETRY;
		/*
		 * KVM's asynchronous page faults, by work items on a workqueue of
		 * the whole host, of which a guest could fill all that there are.
		 * KVM ignores how they end, and the vCPU tries again.
		 */
		if (current->flags & PF_WQ_WORKER)
			return VM_FAULT_SIGBUS;
		/* Held by whoever has shut the gate, until it is open. */
		if (down_read_killable(&guard->look))
			return VM_FAULT_SIGBUS;
		up_read(&guard->look);
	}
}

/**
 * vhost_mem_gate_try_enter() - begin to map what is in the page cache
 * @region: The region.
 * @block: The block that is touched.
 *
 * Context: Any but interrupts; does not sleep.
 * Return: Whether guard->lock is held for reading now, and the gate is open.
 */
bool vhost_mem_gate_try_enter(struct vhost_mem_region *region, u64 block)
{
	struct vhost_mem_guard *guard = &region->guard;

	if (!down_read_trylock(&guard->lock))
		return false;
	if (!gate_is_shut(region, block))
		return true;
	up_read(&guard->lock);
	return false;
}

/* Only one range is shut at a time: that is what blocks_lock is held for. */
static void gate_shut(struct vhost_mem_region *region, u64 first, u64 nr)
{
	struct vhost_mem_guard *guard = &region->guard;

	lockdep_assert_held(&region->blocks_lock);

	down_write(&guard->look);
	down_write(&guard->lock);
	guard->shut_first = first;
	guard->shut_nr = nr;
	up_write(&guard->lock);
}

static void gate_open(struct vhost_mem_region *region, bool unplug)
{
	struct vhost_mem_guard *guard = &region->guard;

	down_write(&guard->lock);
	if (unplug)
		vhost_mem_blkmap_unplug(&region->blkmap, guard->shut_first,
					guard->shut_nr);
	guard->shut_nr = 0;
	up_write(&guard->lock);
	up_write(&guard->look);
}

/**
 * vhost_mem_gate_populate() - allocate memory of closed blocks
 * @region: The region.
 * @pos: First byte.
 * @end: First byte behind.
 *
 * Without guard->lock: that the page cache holds a page does not open its block,
 * as every fault looks at the block map first.
 *
 * Context: region->blocks_lock held. May sleep, for as long as it takes to
 * allocate and zero the memory.
 * Return: As vhost_mem_backing_populate(). vhost_mem_gate_drop() frees what was
 * allocated.
 */
int vhost_mem_gate_populate(struct vhost_mem_region *region, u64 pos, u64 end)
{
	lockdep_assert_held(&region->blocks_lock);

	return vhost_mem_backing_populate(region->guard.file, pos, end - pos,
					  &region->interrupts);
}

/**
 * vhost_mem_gate_drop() - undo vhost_mem_gate_populate()
 * @region: The region.
 * @pos: First byte.
 * @end: First byte behind. All blocks are still closed, so nobody can have a
 *	reference to what is in them.
 *
 * Context: region->blocks_lock held. May sleep.
 */
void vhost_mem_gate_drop(struct vhost_mem_region *region, u64 pos, u64 end)
{
	lockdep_assert_held(&region->blocks_lock);

	gate_punch(&region->guard, pos, end);
}

/**
 * vhost_mem_gate_plug() - let blocks be accessed
 * @region: The region.
 * @first: First block; unplugged, and not in limbo.
 * @nr: How many.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->lock.
 */
void vhost_mem_gate_plug(struct vhost_mem_region *region, u64 first, u64 nr)
{
	struct vhost_mem_guard *guard = &region->guard;

	lockdep_assert_held(&region->blocks_lock);

	down_write(&guard->lock);
	vhost_mem_blkmap_plug(&region->blkmap, first, nr);
	up_write(&guard->lock);

	if (region->flags & VHOST_MEM_CREATE_READABLE)
		vhost_mem_zero_zap(region, first * region->block_size,
				   nr * region->block_size);
}

/**
 * vhost_mem_gate_unplug() - end every access to blocks and free their memory
 * @region: The region.
 * @first: First block.
 * @nr: How many, in whatever state. What is in limbo stays there.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->look and
 * guard->lock.
 * Return: 0; -EBUSY if somebody else refers to memory of them; -ECANCELED if it
 * was interrupted. Then nothing has changed.
 */
int vhost_mem_gate_unplug(struct vhost_mem_region *region, u64 first, u64 nr)
{
	struct vhost_mem_look look = {
		.file		= region->guard.file,
		.interrupts	= &region->interrupts,
		.waits		= VHOST_MEM_LOOK_WAITS,
	};
	u64 end = first + nr, run, next = first;
	int ret = 0;

	gate_shut(region, first, nr);
	/* At once, which is cheaper than folio by folio. */
	unmap_mapping_range(region->guard.file->f_mapping,
			    first * region->block_size,
			    nr * region->block_size, 1);
	/* What is in limbo already is not what this is about. */
	while (!ret &&
	       vhost_mem_blkmap_next_run(&region->blkmap, next, &run, &next) &&
	       run < end) {
		look.pos = run * region->block_size;
		look.end = min(next, end) * region->block_size;
		ret = vhost_mem_reference_find(&look);
	}
	gate_open(region, !ret);
	if (ret)
		return ret > 0 ? -EBUSY : ret;
	gate_punch_blocks(region, first, end);
	return 0;
}

/* Free what nobody refers to of closed blocks, and mark the others. */
static u64 gate_free(struct vhost_mem_region *region, u64 first, u64 nr,
		     struct vhost_mem_look *look)
{
	struct vhost_mem_guard *guard = &region->guard;
	u64 pos = first * region->block_size, block, limbo = 0;

	lockdep_assert_held(&region->blocks_lock);

	look->file = guard->file;
	look->pos = pos;
	look->end = (first + nr) * region->block_size;
	while (vhost_mem_reference_find(look) > 0) {
		gate_punch(guard, pos, look->pos);
		block = look->pos / region->block_size;
		for (; block * region->block_size < look->found_end; block++) {
			limbo += !vhost_mem_blkmap_test(&guard->limbo, block);
			vhost_mem_blkmap_plug(&guard->limbo, block, 1);
		}
		look->pos = look->found_end;
		pos = look->pos;
	}
	gate_punch(guard, pos, look->end);
	return limbo * region->block_size;
}

/**
 * vhost_mem_gate_unplug_forced() - the same, whoever refers to their memory
 * @region: The region.
 * @first: First block.
 * @nr: How many, in whatever state, also in limbo.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->lock.
 * Return: Bytes in blocks that are in limbo now, and were not before.
 */
u64 vhost_mem_gate_unplug_forced(struct vhost_mem_region *region, u64 first,
				 u64 nr)
{
	struct vhost_mem_look look = { .waits = VHOST_MEM_LOOK_WAITS };
	struct vhost_mem_guard *guard = &region->guard;

	lockdep_assert_held(&region->blocks_lock);

	down_write(&guard->lock);
	vhost_mem_blkmap_unplug(&region->blkmap, first, nr);
	up_write(&guard->lock);
	unmap_mapping_range(guard->file->f_mapping, first * region->block_size,
			    nr * region->block_size, 1);
	return gate_free(region, first, nr, &look);
}

/**
 * vhost_mem_gate_retry_limbo() - free what nobody refers to any more
 * @region: The region.
 *
 * Context: region->blocks_lock held. May sleep.
 * Return: Bytes in blocks that have left the limbo.
 */
u64 vhost_mem_gate_retry_limbo(struct vhost_mem_region *region)
{
	struct vhost_mem_blkmap *limbo = &region->guard.limbo;
	/* Without waiting: there may be much of it, and another look comes. */
	struct vhost_mem_look look = { .waits = 1 };
	u64 first, end = 0, freed = 0;

	lockdep_assert_held(&region->blocks_lock);

	while (vhost_mem_blkmap_next_run(limbo, end, &first, &end)) {
		vhost_mem_blkmap_unplug(limbo, first, end - first);
		freed += (end - first) * region->block_size -
			 gate_free(region, first, end - first, &look);
		cond_resched();
	}
	return freed;
}

/*
 * Some bytes of blocks that are all plugged. What somebody refers to is cleared
 * and stays, so it reads as zeroes like the rest; freeing it would let a VMM hold
 * it beside what comes in its place.
 */
static void gate_discard(struct vhost_mem_region *region, u64 pos, u64 end,
			 struct vhost_mem_look *look)
{
	struct vhost_mem_guard *guard = &region->guard;
	u64 first = pos / region->block_size;
	u64 last = (end - 1) / region->block_size;

	look->pos = pos;
	look->end = end;
	/*
	 * Only the folios in question are unmapped, one by one: a balloon discards
	 * page by page, and the guest would have to fault in the rest of the block
	 * each time.
	 */
	gate_shut(region, first, last - first + 1);
	while (vhost_mem_reference_find(look) > 0) {
		gate_punch(guard, pos, look->pos);
		look->pos = look->found_end;
		pos = look->pos;
	}
	gate_punch(guard, pos, end);
	gate_open(region, false);
}

/**
 * vhost_mem_gate_discard() - free memory of plugged blocks, which stay plugged
 * @region: The region.
 * @pos: First byte; page aligned.
 * @end: First byte behind; page aligned, inside the region. What lies in blocks
 *	that are not plugged stays as it is.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->look and
 * guard->lock.
 */
void vhost_mem_gate_discard(struct vhost_mem_region *region, u64 pos, u64 end)
{
	/* For all of it: there may be many runs, and all referred to. */
	struct vhost_mem_look look = {
		.file	= region->guard.file,
		.waits	= VHOST_MEM_LOOK_WAITS,
		.clear	= true,
	};
	u64 first, next = pos / region->block_size;

	lockdep_assert_held(&region->blocks_lock);

	while (vhost_mem_blkmap_next_run(&region->blkmap, next, &first,
					 &next) &&
	       first * region->block_size < end) {
		gate_discard(region, max(pos, first * region->block_size),
			     min(end, next * region->block_size), &look);
		cond_resched();
	}
}

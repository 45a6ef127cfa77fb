// SPDX-License-Identifier: GPL-2.0
/*
 * Gate: open blocks to faults, close them, and free their memory.
 *
 * Closing takes two steps, because the first may show that the blocks must stay
 * open. First the gate of the range is shut: faults in the range wait, faults
 * elsewhere proceed, however long this takes. Then every folio of the range is
 * checked for references (reference.c). If there are none but our own, the blocks
 * are marked unplugged, the gate opens, and the waiting faults are refused.
 * Otherwise the gate opens and the waiting faults find everything unchanged.
 *
 * A system reset and the end of the region or of its owner cannot wait for a
 * reference to be dropped. They close the blocks anyway. Memory that is still
 * referenced is then out of everybody's reach, and not free: in limbo. It
 * counts against what may be plugged, its blocks cannot be plugged, and it is
 * checked periodically until it can be freed.
 */

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "backing.h"
#include "guard.h"
#include "vhost_mem.h"

/* A fault in a block that is already unplugged need not wait. */
static bool gate_is_shut(struct vhost_mem_region *region, u64 block)
{
	const struct vhost_mem_guard *guard = &region->guard;

	lockdep_assert_held(&guard->lock);

	return block - guard->shut_first < guard->shut_nr &&
	       vhost_mem_blkmap_test(&region->blkmap, block);
}

/**
 * vhost_mem_gate_enter() - begin to serve a fault
 * @region: The region.
 * @block: The block that is accessed.
 * @nowait: If the gate is shut, return instead of waiting until it opens.
 *
 * Context: mm->mmap_lock or the VMA's lock held. May sleep.
 * Return: 0 with guard->lock held for reading, so that the block's state in the
 * block map is stable until the caller drops it. Otherwise the fault handler's
 * return value: VM_FAULT_RETRY if the gate is shut and @nowait, VM_FAULT_SIGBUS for
 * a work item and for a task that is being killed.
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
		 * KVM serves asynchronous page faults with work items on a
		 * workqueue of the whole host. If they waited here, one guest
		 * could occupy all of its workers. KVM ignores the result, and
		 * the vCPU retries the access.
		 */
		if (current->flags & PF_WQ_WORKER)
			return VM_FAULT_SIGBUS;
		/* Whoever has shut the gate holds it for writing until it opens. */
		if (down_read_killable(&guard->look))
			return VM_FAULT_SIGBUS;
		up_read(&guard->look);
	}
}

/**
 * vhost_mem_gate_try_enter() - vhost_mem_gate_enter() without sleeping
 * @region: The region.
 * @block: The block that is accessed.
 *
 * Context: Any but interrupts; does not sleep.
 * Return: True with guard->lock held for reading and the gate open.
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

/* blocks_lock sees to it that only one range is shut at a time. */
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

/* If @unplug, mark the blocks of the range unplugged before faults proceed. */
static void gate_open(struct vhost_mem_region *region, bool unplug)
{
	struct vhost_mem_guard *guard = &region->guard;

	lockdep_assert_held(&region->blocks_lock);
	lockdep_assert_held_write(&guard->look);

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
 * Needs no guard->lock: every fault checks the block map first, so a page in the page
 * cache does not make its block accessible. (With hugetlb it does, a moment earlier than
 * the bit: the memory is charged already, and zeroed.)
 *
 * Context: region->blocks_lock held. May sleep, for as long as it takes to
 * allocate and zero the memory.
 * Return: As populate() of struct vhost_mem_backing_ops. vhost_mem_gate_drop() frees what
 * was allocated.
 */
int vhost_mem_gate_populate(struct vhost_mem_region *region, u64 pos, u64 end)
{
	lockdep_assert_held(&region->blocks_lock);

	return region->guard.backing->populate(region, pos, end);
}

/**
 * vhost_mem_gate_drop() - undo vhost_mem_gate_populate()
 * @region: The region.
 * @first: First block; unplugged, and not in limbo.
 * @nr: Number of blocks.
 *
 * Context: region->blocks_lock held. May sleep.
 * Return: Bytes in blocks that have entered limbo: with hugetlb memory can be accessed,
 * and so referenced, as soon as it is there.
 */
u64 vhost_mem_gate_drop(struct vhost_mem_region *region, u64 first, u64 nr)
{
	lockdep_assert_held(&region->blocks_lock);

	return region->guard.backing->free(region, first, nr, NULL);
}

/**
 * vhost_mem_gate_plug() - make blocks accessible
 * @region: The region.
 * @first: First block; unplugged, and not in limbo.
 * @nr: Number of blocks.
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

	if (region->traits.flags & VHOST_MEM_CREATE_READABLE)
		vhost_mem_zero_zap(region, first * region->block_size,
				   nr * region->block_size);
}

/**
 * vhost_mem_gate_unplug() - end every access to blocks and free their memory
 * @region: The region.
 * @first: First block.
 * @nr: Number of blocks, in any state. Blocks in limbo stay there.
 * @limbo: Gets the bytes in blocks that have entered limbo; unchanged on failure.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->look and
 * guard->lock.
 * Return: 0; -EBUSY if their memory is referenced elsewhere, -ECANCELED if it was
 * interrupted. On error nothing has changed.
 */
int vhost_mem_gate_unplug(struct vhost_mem_region *region, u64 first, u64 nr,
			  s64 *limbo)
{
	const struct vhost_mem_backing_ops *backing = region->guard.backing;
	struct vhost_mem_look look = {
		.region		= region,
		.interrupts	= &region->interrupts,
		.waits		= VHOST_MEM_LOOK_WAITS,
	};
	u64 end = first + nr, run, next = first;
	int ret = 0;

	lockdep_assert_held(&region->blocks_lock);

	gate_shut(region, first, nr);
	backing->unmap(region, first * region->block_size,
		       end * region->block_size);
	/* Only plugged blocks: memory in limbo is referenced by definition. */
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
	*limbo = backing->free(region, first, nr, NULL);
	return 0;
}

/**
 * vhost_mem_gate_unplug_forced() - unplug blocks even if their memory is referenced
 * @region: The region.
 * @first: First block.
 * @nr: Number of blocks, in any state, including limbo.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->lock.
 * Return: Bytes in blocks that have entered limbo.
 */
u64 vhost_mem_gate_unplug_forced(struct vhost_mem_region *region, u64 first,
				 u64 nr)
{
	struct vhost_mem_look look = {
		.region	= region,
		.waits	= VHOST_MEM_LOOK_WAITS,
	};
	struct vhost_mem_guard *guard = &region->guard;

	lockdep_assert_held(&region->blocks_lock);

	down_write(&guard->lock);
	vhost_mem_blkmap_unplug(&region->blkmap, first, nr);
	up_write(&guard->lock);
	guard->backing->unmap(region, first * region->block_size,
			      (first + nr) * region->block_size);
	return guard->backing->free(region, first, nr, &look);
}

/**
 * vhost_mem_gate_retry_limbo() - free memory in limbo that is no longer referenced
 * @region: The region.
 *
 * Context: region->blocks_lock held. May sleep.
 * Return: Bytes in blocks that have left limbo.
 */
u64 vhost_mem_gate_retry_limbo(struct vhost_mem_region *region)
{
	struct vhost_mem_blkmap *limbo = &region->guard.limbo;
	/* Do not wait for references: there may be many, and this is repeated. */
	struct vhost_mem_look look = { .region = region, .waits = 1 };
	u64 first, end = 0, freed = 0;

	lockdep_assert_held(&region->blocks_lock);

	while (vhost_mem_blkmap_next_run(limbo, end, &first, &end)) {
		vhost_mem_blkmap_unplug(limbo, first, end - first);
		freed += (end - first) * region->block_size -
			 region->guard.backing->free(region, first, end - first,
						     &look);
		cond_resched();
	}
	return freed;
}

/*
 * Discard a range of plugged blocks. Memory that is referenced elsewhere is cleared
 * instead of freed: it reads as zeroes like the rest. If it were freed, the VMM could
 * hold it in addition to the memory that replaces it.
 */
static void gate_discard(struct vhost_mem_region *region, u64 pos, u64 end,
			 struct vhost_mem_look *look)
{
	u64 first = pos / region->block_size;
	u64 last = (end - 1) / region->block_size;

	look->pos = pos;
	look->end = end;
	/*
	 * Unmap only the folios of the range, one by one: a balloon discards page
	 * by page, and the guest would have to fault in the rest of the block each
	 * time.
	 */
	gate_shut(region, first, last - first + 1);
	while (vhost_mem_reference_find(look) > 0) {
		vhost_mem_backing_punch(region, pos, look->pos);
		look->pos = look->found_end;
		pos = look->pos;
	}
	vhost_mem_backing_punch(region, pos, end);
	gate_open(region, false);
}

/**
 * vhost_mem_gate_discard() - free memory of plugged blocks, which stay plugged
 * @region: The region.
 * @pos: First byte; page aligned.
 * @end: First byte behind; page aligned, inside the region. Blocks of the range that
 *	are not plugged do not change.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->look and
 * guard->lock.
 */
void vhost_mem_gate_discard(struct vhost_mem_region *region, u64 pos, u64 end)
{
	/* One budget of waits for all runs: each of many may be referenced. */
	struct vhost_mem_look look = {
		.region	= region,
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

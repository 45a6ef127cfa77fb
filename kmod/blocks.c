// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks: plug, unplug and query them, for the guest and for the owner.
 *
 * Virtio specification: "Memory Device", "Device Operation". A request takes
 * blocks_lock once, and inside of it config_lock twice: to check, and, when all is
 * done, to commit (vhost_mem_config_commit()).
 *
 * The checks come in the order well-formed, inside the usable region, requested
 * size, state of the blocks, frozen, memory in limbo, room in the pool; only then
 * something changes.
 *
 * Room that a PLUG has found is reserved by blocks_lock alone: plugged and limbo
 * size grow only with it held. They are not raised before the guard opens, for two
 * reasons: the VMM is signalled by that, and reads a block map that has to show the
 * blocks; and where allocating fails, they would have to be lowered again, for
 * everybody to see. Unplugging closes the guard, frees the memory, and then commits:
 * nobody finds room that memory still takes. So more is backed than plugged only by
 * what a PLUG under way has allocated (VHOST_MEM_CREATE_PREALLOC), or what is touched
 * between its opening the guard and its commit.
 */

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "asked.h"
#include "blocks.h"
#include "config.h"
#include "geometry.h"
#include "pool.h"
#include "vhost_mem.h"
#include "work.h"

/*
 * Bytes that a PLUG allocates before it checks for an interruption, and that are
 * discarded before blocks_lock is dropped for others.
 */
#define BLOCKS_CHUNK	SZ_64M

/* A range of whole blocks. */
struct blocks {
	u64 first;
	u64 nr;
};

static int blocks_check_range_locked(const struct vhost_mem_region *region,
				     u64 addr, u64 length,
				     struct blocks *blocks)
{
	int ret;

	lockdep_assert_held(&region->blocks_lock);
	lockdep_assert_held(&region->config_lock);

	if (!region->sizes.addr_valid)
		return -ENXIO;
	/* Address and usable size: stable until blocks_lock is dropped. */
	ret = vhost_mem_geometry_check_range(addr, length, region->sizes.addr,
					     region->sizes.usable,
					     region->block_size);
	if (ret)
		return ret;
	blocks->first = (addr - region->sizes.addr) / region->block_size;
	blocks->nr = length / region->block_size;
	return 0;
}

/* Check that plugging @length bytes, by a PLUG or SET_BLOCK_MAP, keeps to the ceiling. */
static int blocks_check_room_locked(const struct vhost_mem_region *region,
				    u64 length, enum vhost_mem_ceiling ceiling)
{
	u64 max, room;

	lockdep_assert_held(&region->config_lock);

	max = ceiling == VHOST_MEM_CEILING_LIMIT ? region->sizes.limit :
						   region->sizes.requested;
	room = max - min(max, region->sizes.plugged);
	if (length > room)
		return ceiling == VHOST_MEM_CEILING_LIMIT ? -EDQUOT : -ENOSPC;
	return length > room - min(room, region->sizes.limbo) ? -EBUSY : 0;
}

static int blocks_check_range(struct vhost_mem_region *region, u64 addr,
			      u64 length, struct blocks *blocks)
{
	int ret;

	spin_lock(&region->config_lock);
	ret = blocks_check_range_locked(region, addr, length, blocks);
	spin_unlock(&region->config_lock);
	return ret;
}

static int blocks_check_room(struct vhost_mem_region *region, u64 length,
			     enum vhost_mem_ceiling ceiling)
{
	int ret;

	spin_lock(&region->config_lock);
	ret = blocks_check_room_locked(region, length, ceiling);
	spin_unlock(&region->config_lock);
	return ret;
}

/* Checked last: a request that can never succeed gets ERROR, not BUSY. */
static int blocks_check_frozen(struct vhost_mem_region *region)
{
	lockdep_assert_held(&region->blocks_lock);

	return region->frozen ? -EAGAIN : 0;
}

/* Memory in limbo is checked last: it is transient, and other reasons need not be. */
static int blocks_check_plug(struct vhost_mem_region *region, u64 addr,
			     u64 length, struct blocks *blocks)
{
	int ret, room = 0;

	spin_lock(&region->config_lock);
	ret = blocks_check_range_locked(region, addr, length, blocks);
	if (!ret)
		room = blocks_check_room_locked(region, length,
						VHOST_MEM_CEILING_REQUESTED);
	spin_unlock(&region->config_lock);

	if (ret)
		return ret;
	if (room == -ENOSPC)
		return room;
	if (vhost_mem_blkmap_state(&region->blkmap, blocks->first,
				   blocks->nr) != VHOST_MEM_BLKMAP_UNPLUGGED)
		return -EEXIST;
	return blocks_check_frozen(region) ?: room;
}

/**
 * vhost_mem_blocks_commit() - account a change of blocks, and note the response
 * @region: The region.
 * @outcome: What was changed, and for whom. Nothing happens if it is empty: nothing was
 *	changed, and not by a request.
 *
 * As vhost_mem_config_commit(); and has memory in limbo checked again later.
 *
 * Context: region->blocks_lock held. Takes region->config_lock.
 */
void vhost_mem_blocks_commit(struct vhost_mem_region *region,
			     const struct vhost_mem_outcome *outcome)
{
	lockdep_assert_held(&region->blocks_lock);

	vhost_mem_config_commit(region, outcome);
	/* vhost_mem_region_close() queues it last, as it may free the region. */
	if (outcome->limbo > 0 && !READ_ONCE(region->closed))
		queue_delayed_work(vhost_mem_wq, &region->works.limbo,
				   VHOST_MEM_LIMBO_DELAY);
}

/*
 * With VHOST_MEM_CREATE_PREALLOC. This may take long, so check for an interruption,
 * and for a ceiling that has come down, now and then.
 */
static int blocks_populate(struct vhost_mem_region *region, u64 pos, u64 end,
			   enum vhost_mem_ceiling ceiling)
{
	u64 start = pos, next;
	int ret = 0;

	lockdep_assert_held(&region->blocks_lock);

	for (; pos < end && !ret; pos = next) {
		next = min(end, pos + BLOCKS_CHUNK);
		ret = vhost_mem_gate_populate(region, pos, next);
		if (!ret)
			ret = blocks_check_room(region, end - start, ceiling);
		cond_resched();
	}
	return ret;
}

static int blocks_charge(struct vhost_mem_region *region, u64 bytes)
{
	int ret;

	spin_lock(&region->config_lock);
	ret = vhost_mem_pool_charge_locked(region, bytes);
	spin_unlock(&region->config_lock);
	return ret;
}

/*
 * Open blocks that are unplugged, and for which there is room below the ceiling. They
 * are charged before any of their memory can exist.
 */
static int blocks_open(struct vhost_mem_region *region, struct blocks blocks,
		       enum vhost_mem_ceiling ceiling)
{
	u64 pos = blocks.first * region->block_size;
	u64 end = (blocks.first + blocks.nr) * region->block_size;
	struct vhost_mem_outcome failed = {};
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	if (vhost_mem_blkmap_state(&region->guard.limbo, blocks.first,
				   blocks.nr) != VHOST_MEM_BLKMAP_UNPLUGGED)
		return -EBUSY;
	ret = blocks_charge(region, end - pos);
	if (ret)
		return ret;
	if (region->traits.flags & VHOST_MEM_CREATE_PREALLOC) {
		ret = blocks_populate(region, pos, end, ceiling);
		if (ret) {
			failed.limbo = vhost_mem_gate_drop(region, blocks.first,
							   blocks.nr);
			/* Uncharges what has come to nothing. */
			vhost_mem_blocks_commit(region, &failed);
			return ret;
		}
	}
	vhost_mem_gate_plug(region, blocks.first, blocks.nr);
	return 0;
}

/**
 * vhost_mem_blocks_plug_run() - plug blocks that are known to be unplugged
 * @region: The region.
 * @first: Number of the first block.
 * @nr: Number of blocks.
 * @ceiling: What the plugged size may not exceed.
 *
 * Context: region->blocks_lock held. May sleep. Takes region->config_lock.
 * Return: 0; -ENOSPC or -EDQUOT if the requested size or the limit would be
 * exceeded; -EBUSY if memory in limbo leaves no room for it, or one of the blocks
 * is in limbo; -ENOBUFS if the pool has no room; -ENOMEM if there is no memory,
 * -ECANCELED if it was interrupted, -EINTR if the task is being killed
 * (VHOST_MEM_CREATE_PREALLOC). Then nothing has changed.
 */
int vhost_mem_blocks_plug_run(struct vhost_mem_region *region, u64 first,
			      u64 nr, enum vhost_mem_ceiling ceiling)
{
	struct vhost_mem_outcome outcome = { .plugged = nr * region->block_size };
	struct blocks blocks = { .first = first, .nr = nr };
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	ret = blocks_check_room(region, outcome.plugged, ceiling);
	if (!ret)
		ret = blocks_open(region, blocks, ceiling);
	if (!ret)
		vhost_mem_blocks_commit(region, &outcome);
	return ret;
}

/**
 * vhost_mem_blocks_unplug_run() - unplug blocks, whoever refers to their memory
 * @region: The region.
 * @first: First block.
 * @nr: Number of blocks, in any state.
 * @bytes: Bytes of the plugged blocks among them.
 *
 * Context: region->blocks_lock held. May sleep. Takes region->config_lock.
 */
void vhost_mem_blocks_unplug_run(struct vhost_mem_region *region, u64 first,
				 u64 nr, u64 bytes)
{
	struct vhost_mem_outcome outcome = { .plugged = -bytes };

	lockdep_assert_held(&region->blocks_lock);

	outcome.limbo = vhost_mem_gate_unplug_forced(region, first, nr);
	vhost_mem_blocks_commit(region, &outcome);
}

/**
 * vhost_mem_blocks_plug_range() - plug blocks, without accounting them
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 * @outcome: Gets what has changed; unchanged on failure.
 *
 * Context: region->blocks_lock held, until the outcome is committed. May sleep.
 * Takes region->config_lock.
 * Return: 0; -ENXIO without an address of the region, -EINVAL or -ERANGE for a
 * range that is malformed or not inside the usable region, -ENOSPC if the
 * requested size would be exceeded, -EEXIST if a block is plugged already,
 * -EAGAIN while the region is frozen, or as vhost_mem_blocks_plug_run(). For a request
 * -EINPROGRESS if the blocks are open, and the VMM was asked to confirm that.
 */
int vhost_mem_blocks_plug_range(struct vhost_mem_region *region, u64 addr,
				u64 length, struct vhost_mem_outcome *outcome)
{
	struct blocks blocks;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	ret = blocks_check_plug(region, addr, length, &blocks);
	if (ret)
		return ret;
	if (outcome->request)
		vhost_mem_asked_hide(region, blocks.first, blocks.nr);
	ret = blocks_open(region, blocks, VHOST_MEM_CEILING_REQUESTED);
	if (ret) {
		vhost_mem_asked_hide(region, blocks.first, 0);
		return ret;
	}
	if (outcome->request)
		ret = vhost_mem_asked_begin(region, blocks.first, blocks.nr);
	if (ret)
		outcome->asked = length;
	else
		outcome->plugged = length;
	return ret;
}

/**
 * vhost_mem_blocks_unplug_range() - unplug blocks and free their memory, without
 *	accounting them
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 * @outcome: Gets what has changed; unchanged on failure.
 *
 * Context: region->blocks_lock held, until the outcome is committed. May sleep, for
 * as long as it takes to free the memory. Takes region->config_lock.
 * Return: 0; -ENXIO, -EINVAL or -ERANGE as for vhost_mem_blocks_plug_range();
 * -ENOENT if a block is unplugged already; -EAGAIN while the region is frozen;
 * -EBUSY if somebody else refers to memory of one; -ECANCELED if it was
 * interrupted. For a request -EINPROGRESS if the VMM was asked to confirm it, and nothing
 * has changed.
 */
int vhost_mem_blocks_unplug_range(struct vhost_mem_region *region, u64 addr,
				  u64 length,
				  struct vhost_mem_outcome *outcome)
{
	struct blocks blocks;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	ret = blocks_check_range(region, addr, length, &blocks);
	if (!ret && vhost_mem_blkmap_state(&region->blkmap, blocks.first,
					   blocks.nr) !=
	    VHOST_MEM_BLKMAP_PLUGGED)
		ret = -ENOENT;
	if (!ret)
		ret = blocks_check_frozen(region);
	if (!ret && outcome->request)
		ret = vhost_mem_asked_begin(region, blocks.first, blocks.nr);
	if (!ret)
		ret = vhost_mem_gate_unplug(region, blocks.first, blocks.nr,
					    &outcome->limbo);
	if (!ret)
		outcome->plugged = -length;
	return ret;
}

static void blocks_unplug_every_forced(struct vhost_mem_region *region,
				       struct vhost_mem_outcome *outcome)
{
	lockdep_assert_held(&region->blocks_lock);

	outcome->limbo = vhost_mem_gate_unplug_forced(region, 0,
						      region->blkmap.nr_blocks);
	outcome->unplugged_all = true;
	vhost_mem_asked_void(region, outcome);
}

/**
 * vhost_mem_blocks_unplug_every() - unplug every block, without accounting it
 * @region: The region.
 * @force: Unplug even if their memory is referenced elsewhere.
 * @outcome: Gets what has changed; unchanged on failure.
 *
 * The usable region shrinks when the outcome is committed.
 *
 * Context: region->blocks_lock held, until the outcome is committed. May sleep, for
 * as long as it takes to free the memory.
 * Return: 0; -EAGAIN while the region is frozen; without @force -EBUSY if
 * somebody else refers to memory of a block, -ECANCELED if it was interrupted; for a
 * request -EINPROGRESS if the VMM was asked to confirm it, and nothing has changed.
 */
int vhost_mem_blocks_unplug_every(struct vhost_mem_region *region, bool force,
				  struct vhost_mem_outcome *outcome)
{
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	ret = blocks_check_frozen(region);
	if (ret)
		return ret;
	if (force) {
		blocks_unplug_every_forced(region, outcome);
		return 0;
	}
	if (outcome->request)
		ret = vhost_mem_asked_begin(region, 0, region->blkmap.nr_blocks);
	if (!ret)
		ret = vhost_mem_gate_unplug(region, 0, region->blkmap.nr_blocks,
					    &outcome->limbo);
	outcome->unplugged_all = !ret;
	return ret;
}

/**
 * vhost_mem_blocks_state() - get the state of a range of blocks
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 * @state: Filled in on success.
 *
 * Context: region->blocks_lock held. Takes region->config_lock.
 * Return: 0; -ENXIO, -EINVAL or -ERANGE as for vhost_mem_blocks_plug_range().
 */
int vhost_mem_blocks_state(struct vhost_mem_region *region, u64 addr,
			   u64 length, enum vhost_mem_blkmap_state *state)
{
	struct blocks blocks;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	ret = blocks_check_range(region, addr, length, &blocks);
	if (!ret)
		*state = vhost_mem_blkmap_state(&region->blkmap, blocks.first,
						blocks.nr);
	return ret;
}

/**
 * vhost_mem_blocks_plug() - plug blocks for the owner
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 *
 * Context: May sleep. Takes region->blocks_lock.
 * Return: As vhost_mem_blocks_plug_range().
 */
int vhost_mem_blocks_plug(struct vhost_mem_region *region, u64 addr,
			  u64 length)
{
	struct vhost_mem_outcome outcome = {};
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = vhost_mem_blocks_plug_range(region, addr, length, &outcome);
	vhost_mem_blocks_commit(region, &outcome);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_blocks_unplug() - unplug blocks for the owner
 * @region: The region.
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 * Return: As vhost_mem_blocks_unplug_range().
 */
int vhost_mem_blocks_unplug(struct vhost_mem_region *region, u64 addr,
			    u64 length)
{
	struct vhost_mem_outcome outcome = {};
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = vhost_mem_blocks_unplug_range(region, addr, length, &outcome);
	vhost_mem_blocks_commit(region, &outcome);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_blocks_unplug_all() - unplug every block, shrink the usable region
 * @region: The region.
 * @force: Unplug even if their memory is referenced elsewhere.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 * Return: As vhost_mem_blocks_unplug_every(). On failure nothing has changed.
 */
int vhost_mem_blocks_unplug_all(struct vhost_mem_region *region, bool force)
{
	struct vhost_mem_outcome outcome = {};
	int ret;

	mutex_lock(&region->blocks_lock);
	ret = vhost_mem_blocks_unplug_every(region, force, &outcome);
	/* The system is being reset: the VM is about to plug what it had once more. */
	outcome.hold = force && !ret;
	vhost_mem_blocks_commit(region, &outcome);
	mutex_unlock(&region->blocks_lock);
	return ret;
}

/**
 * vhost_mem_blocks_close() - unplug every block, whatever the VMM wanted
 * @region: The region, which has lost its device or its owner.
 *
 * Also if it is frozen, because the VMM that froze it is gone.
 *
 * Context: May sleep, for as long as it takes to free the memory. Takes
 * region->blocks_lock.
 */
void vhost_mem_blocks_close(struct vhost_mem_region *region)
{
	struct vhost_mem_outcome outcome = {};

	mutex_lock(&region->blocks_lock);
	WRITE_ONCE(region->frozen, false);
	blocks_unplug_every_forced(region, &outcome);
	vhost_mem_blocks_commit(region, &outcome);
	mutex_unlock(&region->blocks_lock);
}

/**
 * vhost_mem_blocks_retry_limbo() - free memory in limbo that is no longer
 *	referenced
 * @region: The region.
 *
 * Context: May sleep. Takes region->blocks_lock.
 * Return: Whether something is still in limbo.
 */
bool vhost_mem_blocks_retry_limbo(struct vhost_mem_region *region)
{
	struct vhost_mem_outcome outcome = {};
	bool left;

	mutex_lock(&region->blocks_lock);
	outcome.limbo = -vhost_mem_gate_retry_limbo(region);
	vhost_mem_blocks_commit(region, &outcome);
	/* Stable: it only changes with blocks_lock held. */
	left = READ_ONCE(region->sizes.limbo);
	mutex_unlock(&region->blocks_lock);
	return left;
}

/**
 * vhost_mem_blocks_discard() - free memory of plugged blocks, which stay plugged
 * @region: The region.
 * @offset: First byte, from the start of the region; page aligned.
 * @length: Bytes; page aligned, inside the region.
 *
 * Blocks in the range that are not plugged stay as they are.
 *
 * Context: A process. May sleep. Takes region->blocks_lock.
 * Return: 0; -EINTR if the task is being killed, before all is done.
 */
int vhost_mem_blocks_discard(struct vhost_mem_region *region, u64 offset,
			     u64 length)
{
	u64 end = offset + length, next;

	/* Others can take the lock between two chunks. */
	for (; offset < end; offset = next) {
		next = min(end, offset + BLOCKS_CHUNK);
		if (mutex_lock_killable(&region->blocks_lock))
			return -EINTR;
		vhost_mem_gate_discard(region, offset, next);
		mutex_unlock(&region->blocks_lock);
	}
	return 0;
}

/**
 * vhost_mem_blocks_interrupt() - make a change under way give up soon
 * @region: The region, or NULL.
 *
 * To be called before waiting for a change, which may take as long as it takes to
 * allocate, or to check for references, all memory of a region. The change gives up with
 * -ECANCELED, and so does any other until vhost_mem_blocks_go_on().
 *
 * Context: Any.
 */
void vhost_mem_blocks_interrupt(struct vhost_mem_region *region)
{
	if (region)
		atomic_inc(&region->interrupts);
}

/**
 * vhost_mem_blocks_go_on() - undo vhost_mem_blocks_interrupt()
 * @region: The region that was passed to it, or NULL.
 *
 * Context: Any.
 */
void vhost_mem_blocks_go_on(struct vhost_mem_region *region)
{
	if (region)
		atomic_dec(&region->interrupts);
}

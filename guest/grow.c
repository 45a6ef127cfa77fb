// SPDX-License-Identifier: GPL-2.0
/*
 * Growing. The cheapest memory comes first: subblocks that are plugged but not exposed,
 * then the holes in blocks that are already added. Then blocks are added. A PLUG request
 * is as large as possible, up to a limit that lets the device work on one request while
 * Linux adds the memory of another.
 */
#include <linux/memory.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "fake_offline.h"
#include "grow.h"
#include "guest.h"
#include "resize.h"

/* Maximum bytes of one PLUG request, unless a plug granule is larger. */
#define PLUG_SIZE	SZ_512M

static bool any_in_transition(const struct vmg *vmg, unsigned long first,
			      unsigned long end)
{
	unsigned long block;

	lockdep_assert_held(&vmg->map.lock);
	for (block = first / vmg->geo.block_sbs; block * vmg->geo.block_sbs < end; block++)
		if (vmg->map.blocks[block] & VMG_IN_TRANSITION)
			return true;
	return false;
}

/*
 * Exposes subblocks of blocks that are added: all, or none. A plug granule that is exposed
 * in part could not be unplugged.
 */
static int expose_sbs(struct vmg *vmg, unsigned long first, unsigned long end)
{
	unsigned long block, next;

	mutex_lock(&vmg->map.lock);
	if (any_in_transition(vmg, first, end)) {
		mutex_unlock(&vmg->map.lock);
		/* The end of the transition kicks the worker, which then retries. */
		return -EAGAIN;
	}
	for (; first < end; first = next) {
		block = first / vmg->geo.block_sbs;
		next = min((block + 1) * vmg->geo.block_sbs, end);
		vmg_set_exposed(vmg, first, next - first, true);
		if (!(vmg->map.blocks[block] & VMG_ONLINE))
			continue;
		vmg_fake_online(PHYS_PFN(vmg_sb_addr(vmg, first)),
				(next - first) * vmg_sb_pages(vmg));
		vmg_memory_came(vmg, (next - first) * vmg_sb_pages(vmg));
	}
	mutex_unlock(&vmg->map.lock);
	return 0;
}

/*
 * Number of consecutive blocks from @block on that are added, or not, as @added says: whole
 * big blocks.
 */
static unsigned long count_blocks(struct vmg *vmg, unsigned long block, bool added)
{
	unsigned long bb = block;

	while (bb < vmg->geo.nr_blocks &&
	       vmg_bb_all(vmg, bb, VMG_ADDED, added ? VMG_ADDED : 0))
		bb += vmg->geo.bb_blocks;
	return bb - block;
}

/* Exposes plugged subblocks; adds their big blocks where necessary. */
static int expose(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	unsigned long most = max_t(unsigned long, vmg->geo.block_sbs, vmg->geo.granule);
	unsigned long end = first + nr, bb, next;
	int rc;

	for (; first < end; first = next) {
		bb = rounddown(first / vmg->geo.block_sbs, vmg->geo.bb_blocks);
		if (vmg_bb_all(vmg, bb, VMG_ADDED, 0)) {
			next = bb * vmg->geo.block_sbs + vmg_bb_sbs(vmg);
			rc = vmg_add_bb(vmg, bb);
		} else {
			next = min(rounddown(first, most) + most, end);
			rc = expose_sbs(vmg, first, next);
		}
		if (rc)
			return rc;
	}
	return 0;
}

/* The vmg_acked_t of PLUG requests. */
static void plugged(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	int rc;

	vmg_set_plugged(vmg, first, nr, true);
	rc = expose(vmg, first, nr);
	vmg->requests.error = vmg->requests.error ?: rc;
}

/*
 * Plugs up to *@need subblocks between @first and @end, in one request. Returns the
 * subblock after them.
 */
static unsigned long plug_some(struct vmg *vmg, unsigned long first,
			       unsigned long end, unsigned long *need)
{
	unsigned long most = max_t(unsigned long, PLUG_SIZE / vmg->geo.sb_size,
				   vmg->geo.granule);
	unsigned long nr;

	nr = rounddown(min3(end - first, *need, most), vmg->geo.granule);
	if (vmg_request(vmg, VIRTIO_MEM_REQ_PLUG, first, nr, plugged))
		return end;
	*need -= nr;
	return first + nr;
}

/* Plugs the holes in big blocks that are added. A hole may extend over several. */
static void plug_holes(struct vmg *vmg, unsigned long *need)
{
	unsigned long bb, nr, sb, end, hole;

	for (bb = 0; bb < vmg->geo.nr_blocks && vmg_more(vmg, *need); bb += nr) {
		nr = count_blocks(vmg, bb, true);
		if (!nr) {
			nr = vmg->geo.bb_blocks;
			continue;
		}
		sb = bb * vmg->geo.block_sbs;
		end = min(sb + nr * vmg->geo.block_sbs, vmg->config.usable);
		while (sb < end && vmg_more(vmg, *need)) {
			sb = find_next_zero_bit(vmg->map.plugged, end, sb);
			if (sb >= end)
				break;
			hole = find_next_bit(vmg->map.plugged, end, sb);
			sb = plug_some(vmg, sb, hole, need);
		}
	}
}

/* Upper bound of the number of blocks that the requests in flight may have us add. */
static unsigned long blocks_in_flight(const struct vmg *vmg)
{
	return DIV_ROUND_UP(vmg_in_flight(vmg), vmg->geo.block_sbs);
}

/*
 * Checks whether @more blocks can be added in addition to those of requests in flight.
 * While they cannot, waits for these requests: some of them may fail.
 */
static int wait_for_room(struct vmg *vmg, unsigned long more)
{
	int rc;

	while ((rc = vmg_room_for(vmg, more + blocks_in_flight(vmg))) && vmg->requests.nr)
		vmg_reap_one(vmg);
	return rc;
}

/* Plugs blocks that are not added yet. */
static int plug_blocks(struct vmg *vmg, unsigned long *need)
{
	unsigned long block = 0, sb, end, nr;
	int rc;

	while (block < vmg->geo.nr_blocks && vmg_more(vmg, *need)) {
		if (!vmg_bb_all(vmg, block, VMG_ADDED, 0)) {
			block += vmg->geo.bb_blocks;
			continue;
		}
		/* Nothing is plugged here: grow() has added what was. */
		sb = block * vmg->geo.block_sbs;
		if (sb >= vmg->config.usable)
			break;
		nr = min(count_blocks(vmg, block, false),
			 PLUG_SIZE / memory_block_size_bytes());
		nr = min(nr, DIV_ROUND_UP(*need, vmg->geo.block_sbs));
		nr = roundup(max(nr, 1UL), vmg->geo.bb_blocks);
		rc = wait_for_room(vmg, nr);
		/* There may still be room for a single big block. */
		if (rc == -ENOMEM && nr > vmg->geo.bb_blocks) {
			nr = vmg->geo.bb_blocks;
			rc = wait_for_room(vmg, nr);
		}
		if (rc)
			return rc;
		end = min(sb + nr * vmg->geo.block_sbs, vmg->config.usable);
		while (sb < end && *need && !vmg->requests.error)
			sb = plug_some(vmg, sb, end, need);
		block += nr;
	}
	return 0;
}

static int grow(struct vmg *vmg, unsigned long need)
{
	unsigned long sb = 0, nr;
	int rc;

	while ((sb = vmg_find_unexposed(vmg, sb, &nr)) < vmg->geo.nr_sbs) {
		rc = expose(vmg, sb, nr);
		if (rc)
			return rc;
		sb += nr;
	}
	plug_holes(vmg, &need);
	rc = plug_blocks(vmg, &need);
	return vmg_reap_all(vmg) ?: rc;
}

/**
 * vmg_grow - plug memory and expose it to Linux
 * @vmg: The device.
 * @need: Number of subblocks to plug, a multiple of the plug granule; 0 to only expose
 *	what is already plugged.
 *
 * If Linux fails to add memory for lack of memory, that part is unplugged again: the
 * host takes plugged memory for memory that the guest uses.
 *
 * Context: The worker. May sleep. vmg->map.lock is not held.
 * Return: 0; -ENOSPC if memory has to go online before more is added; -ENOMEM if Linux
 * lacks the memory to manage more; -EBUSY if the device answered NACK or BUSY; another
 * negative errno.
 */
int vmg_grow(struct vmg *vmg, unsigned long need)
{
	int rc;

	vmg_assert_worker(vmg);
	rc = grow(vmg, need);
	if (rc != -ENOMEM)
		return rc;
	need = vmg->map.nr_plugged - vmg->map.nr_exposed;
	vmg_unplug_unexposed(vmg, 0, vmg->geo.nr_sbs, &need);
	return vmg_reap_all(vmg) ?: rc;
}

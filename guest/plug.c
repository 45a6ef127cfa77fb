// SPDX-License-Identifier: GPL-2.0
/*
 * Growing. What is in Linux's reach already comes first: pieces that are plugged
 * but were not given to it, then the holes in blocks that it knows. Then blocks
 * are added. A PLUG request is as large as it can be, up to a limit that lets
 * the device work on one while Linux takes in the memory of another.
 */
#include <linux/memory.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "guest.h"

/* Memory in one request, if a unit is not larger. */
#define PLUG_SIZE	SZ_512M
/*
 * Memory that is added but not online. It costs Linux memory (1/64 of it) and
 * is of no use; whoever decides about onlining may not be quick enough.
 */
#define OFFLINE_SIZE	SZ_1G

static unsigned long offline_limit(const struct vmg *vmg)
{
	return max_t(unsigned long, OFFLINE_SIZE / memory_block_size_bytes(),
		     2 * vmg->unit_blocks);
}

/*
 * Adds a unit, of which no block is added, to Linux.
 *
 * Linux is given what is plugged of it. Its blocks may or may not be online when
 * this returns, as the kernel's policy has it.
 *
 * One call adds one unit and no more, because units are removed one by one. x86
 * maps an aligned GiB that is added in one call with a single entry of the direct
 * map's page tables, and relies on that GiB being removed in one call, too:
 * remove_pud_table() takes the entry for one that points to a table if only a part
 * of it goes, and so reads the memory's first page as page table entries.
 *
 * Adding a neighbour later does not create such an entry. Its size depends on the
 * range of the call alone (only at boot what surrounds the range counts, too), and
 * a range in a GiB that already has a table is entered into that table. When the
 * last unit of a GiB goes, so does the table. A unit of one GiB or more may be
 * mapped with such entries, but is never removed in parts.
 */
static int add_unit(struct vmg *vmg, unsigned long unit)
{
	unsigned long piece = unit * vmg->block_pieces, i;
	unsigned long end = piece + vmg_unit_pieces(vmg);
	u64 size = vmg->unit_blocks * memory_block_size_bytes();
	int rc;

	mutex_lock(&vmg->lock);
	for (i = unit; i < unit + vmg->unit_blocks; i++)
		vmg->blocks[i] = VMG_ADDED;
	vmg->nr_added += vmg->unit_blocks;
	vmg->nr_offline += vmg->unit_blocks;
	for (i = piece; i < end; i++)
		if (test_bit(i, vmg->plugged))
			vmg_set_given(vmg, i, 1, true);
	mutex_unlock(&vmg->lock);

	rc = vmg_add_memory(vmg, vmg_block_addr(vmg, unit), size);
	if (!rc)
		return 0;
	dev_warn(&vmg->vdev->dev, "adding %llu MiB at %#llx has failed: %d\n",
		 size / SZ_1M, vmg_block_addr(vmg, unit), rc);
	mutex_lock(&vmg->lock);
	vmg_set_given(vmg, piece, end - piece, false);
	vmg->nr_added -= vmg->unit_blocks;
	vmg->nr_offline -= vmg->unit_blocks;
	for (i = unit; i < unit + vmg->unit_blocks; i++)
		vmg->blocks[i] = 0;
	mutex_unlock(&vmg->lock);
	return rc;
}

/* Gives pieces of a block that Linux knows. */
static int give_pieces(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	u8 state;
	int rc = 0;

	mutex_lock(&vmg->lock);
	state = vmg->blocks[first / vmg->block_pieces];
	if (state & VMG_IN_TRANSITION) {
		/* It kicks us when it is there. */
		rc = -EAGAIN;
	} else {
		vmg_set_given(vmg, first, nr, true);
		if (state & VMG_ONLINE) {
			vmg_fake_online(PHYS_PFN(vmg_piece_addr(vmg, first)),
					nr * vmg_piece_pages(vmg));
			vmg_memory_came(vmg, nr * vmg_piece_pages(vmg));
		}
	}
	mutex_unlock(&vmg->lock);
	return rc;
}

/*
 * Number of blocks from @block to @end that Linux does not know, in whole
 * units.
 */
static unsigned long absent_blocks(struct vmg *vmg, unsigned long block,
				   unsigned long end)
{
	unsigned long unit = block;

	while (unit < end && vmg_unit_all(vmg, unit, VMG_ADDED, 0))
		unit += vmg->unit_blocks;
	return unit - block;
}

/* Gives Linux pieces that are plugged and that it does not have. */
static int give(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	unsigned long end = first + nr, block, unit, next;
	int rc;

	for (; first < end; first = next) {
		block = first / vmg->block_pieces;
		unit = rounddown(block, vmg->unit_blocks);
		if (vmg_unit_all(vmg, unit, VMG_ADDED, 0)) {
			next = unit * vmg->block_pieces + vmg_unit_pieces(vmg);
			rc = add_unit(vmg, unit);
		} else {
			next = min((block + 1) * vmg->block_pieces, end);
			rc = give_pieces(vmg, first, next - first);
		}
		if (rc)
			return rc;
	}
	return 0;
}

/**
 * vmg_plugged - the device has plugged pieces
 * @vmg: The device.
 * @first: First piece.
 * @nr: Pieces.
 */
void vmg_plugged(struct vmg *vmg, unsigned long first, unsigned long nr)
{
	int rc;

	vmg_set_plugged(vmg, first, nr, true);
	rc = give(vmg, first, nr);
	vmg->error = vmg->error ?: rc;
}

/*
 * Plugs up to *@need pieces between @first and @end, in one request. Returns the
 * piece after them.
 */
static unsigned long plug_some(struct vmg *vmg, unsigned long first,
			       unsigned long end, unsigned long *need)
{
	unsigned long most = max_t(unsigned long, PLUG_SIZE / vmg->piece_size,
				   vmg->step);
	unsigned long nr;
	int rc;

	nr = rounddown(min3(end - first, *need, most), vmg->step);
	rc = vmg_send(vmg, VIRTIO_MEM_REQ_PLUG, first, nr);
	if (rc) {
		vmg->error = vmg->error ?: rc;
		return end;
	}
	*need -= nr;
	return first + nr;
}

/* Plugs the holes in units that Linux knows. */
static void plug_holes(struct vmg *vmg, unsigned long *need)
{
	unsigned long unit, piece, end, hole;

	for (unit = 0; unit < vmg->nr_blocks && vmg_more(vmg, *need);
	     unit += vmg->unit_blocks) {
		if (!vmg_unit_all(vmg, unit, VMG_ADDED, VMG_ADDED))
			continue;
		piece = unit * vmg->block_pieces;
		end = min(piece + vmg_unit_pieces(vmg), vmg->usable);
		while (piece < end && *need && !vmg->error) {
			piece = find_next_zero_bit(vmg->plugged, end, piece);
			if (piece >= end)
				break;
			hole = find_next_bit(vmg->plugged, end, piece);
			piece = plug_some(vmg, piece, hole, need);
		}
	}
}

/*
 * Whether @more blocks can be added, beside those that requests in flight may be about:
 * 0; -ENOSPC if memory has to go online first, -ENOMEM if Linux lacks memory for it.
 */
static int check_room(struct vmg *vmg, unsigned long more)
{
	more += DIV_ROUND_UP(vmg_in_flight(vmg), vmg->block_pieces);
	if (vmg->nr_offline + more > offline_limit(vmg))
		return -ENOSPC;
	return vmg_can_add(vmg, more * memory_block_size_bytes()) ? 0 : -ENOMEM;
}

/*
 * Waits until @more blocks can be added, as far as that depends on requests in
 * flight. Whether it depends on others is known afterwards.
 */
static int wait_for_room(struct vmg *vmg, unsigned long more)
{
	int rc;

	while ((rc = check_room(vmg, more)) && vmg->nr_requests)
		vmg_wait_response(vmg);
	return rc;
}

/* Plugs blocks that Linux does not know. */
static int plug_blocks(struct vmg *vmg, unsigned long *need)
{
	unsigned long block = 0, piece, end, nr;
	int rc;

	while (block < vmg->nr_blocks && vmg_more(vmg, *need)) {
		if (!vmg_unit_all(vmg, block, VMG_ADDED, 0)) {
			block += vmg->unit_blocks;
			continue;
		}
		/* Nothing is plugged here: what was has been added. */
		piece = block * vmg->block_pieces;
		if (piece >= vmg->usable)
			break;
		nr = min(absent_blocks(vmg, block, vmg->nr_blocks),
			 PLUG_SIZE / memory_block_size_bytes());
		nr = min(nr, DIV_ROUND_UP(*need, vmg->block_pieces));
		nr = roundup(max(nr, 1UL), vmg->unit_blocks);
		rc = wait_for_room(vmg, nr);
		/* There may be room for less. */
		if (rc == -ENOMEM && nr > vmg->unit_blocks) {
			nr = vmg->unit_blocks;
			rc = wait_for_room(vmg, nr);
		}
		if (rc)
			return rc;
		end = min(piece + nr * vmg->block_pieces, vmg->usable);
		while (piece < end && *need && !vmg->error)
			piece = plug_some(vmg, piece, end, need);
		block += nr;
	}
	return 0;
}

static int grow(struct vmg *vmg, unsigned long need)
{
	unsigned long piece = 0, nr;
	int rc;

	while ((piece = vmg_find_held(vmg, piece, &nr)) < vmg->nr_pieces) {
		rc = give(vmg, piece, nr);
		if (rc)
			return rc;
		piece += nr;
	}
	plug_holes(vmg, &need);
	rc = plug_blocks(vmg, &need);
	return vmg_drain(vmg) ?: rc;
}

/**
 * vmg_grow - plug memory and give it to Linux
 * @vmg: The device.
 * @need: Pieces to plug, in whole steps; 0 to only give what is there.
 *
 * What turns out to be too much for Linux to add is unplugged again: the host counts
 * what is plugged as memory that we have.
 *
 * Return: 0; -ENOSPC if memory has to go online before more of it is added; -ENOMEM
 * if Linux lacks the memory to manage more; -EBUSY if the device cannot, for now;
 * another negative errno.
 */
int vmg_grow(struct vmg *vmg, unsigned long need)
{
	int rc = grow(vmg, need);

	if (rc == -ENOMEM)
		rc = vmg_unplug_held(vmg) ?: rc;
	return rc;
}

// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of a region: which sizes, addresses and ranges are valid. */

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <uapi/linux/vhost_mem.h>

#include "arch.h"
#include "geometry.h"

/*
 * Linux adds memory in memory blocks of its own, each of which must lie completely in
 * the usable region even if only a part of it is plugged. The first of them may begin
 * up to one block after the start of the region, and the requested size may end anywhere
 * in the last, so reaching any requested size takes up to two blocks more. The slack
 * also leaves a choice of blocks to a guest whose plugged blocks are scattered.
 *
 * The requested size alone limits how much a guest may plug; this is only about where.
 */
#define VHOST_MEM_USABLE_SLACK	(2ULL * VHOST_MEM_ARCH_MEMORY_BLOCK)

/**
 * vhost_mem_geometry_check() - check the sizes of a new region
 * @size: Bytes of the region.
 * @block_size: Bytes of a device block.
 * @page_size: Bytes of a page of this host.
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int vhost_mem_geometry_check(u64 size, u64 block_size, u64 page_size)
{
	if (!is_power_of_2(block_size) || block_size < page_size)
		return -EINVAL;
	if (!size || !IS_ALIGNED(size, block_size))
		return -EINVAL;
	if (size > VHOST_MEM_ADDRESS_LIMIT ||
	    size / block_size > VHOST_MEM_BLOCKS_MAX)
		return -ERANGE;
	return 0;
}

/**
 * vhost_mem_geometry_check_addr() - check the guest address of a region
 * @addr: Guest physical address.
 * @size: Bytes of the region; checked.
 * @block_size: Bytes of a device block; checked.
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int vhost_mem_geometry_check_addr(u64 addr, u64 size, u64 block_size)
{
	u64 end;

	if (!IS_ALIGNED(addr, block_size))
		return -EINVAL;
	if (check_add_overflow(addr, size, &end) ||
	    end > VHOST_MEM_ADDRESS_LIMIT)
		return -ERANGE;
	return 0;
}

/**
 * vhost_mem_geometry_check_requested() - check a requested size
 * @requested: Bytes.
 * @size: Bytes of the region.
 * @block_size: Bytes of a device block; checked.
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int vhost_mem_geometry_check_requested(u64 requested, u64 size,
				       u64 block_size)
{
	if (!IS_ALIGNED(requested, block_size))
		return -EINVAL;
	if (requested > size)
		return -ERANGE;
	return 0;
}

/**
 * vhost_mem_geometry_check_range() - check a range of blocks
 * @addr: Guest physical address of the first one.
 * @length: Bytes.
 * @start: Guest physical address of the region; checked.
 * @usable_size: Bytes of the usable region; checked.
 * @block_size: Bytes of a device block; checked.
 *
 * Return: 0; -EINVAL if it is empty or does not consist of blocks, -ERANGE if
 * it is not wholly inside the usable region.
 */
int vhost_mem_geometry_check_range(u64 addr, u64 length, u64 start,
				   u64 usable_size, u64 block_size)
{
	u64 offset;

	if (!length || !IS_ALIGNED(addr, block_size) ||
	    !IS_ALIGNED(length, block_size))
		return -EINVAL;
	/* Compare sizes and never ends: an end may wrap around. */
	if (check_sub_overflow(addr, start, &offset) ||
	    offset >= usable_size || length > usable_size - offset)
		return -ERANGE;
	return 0;
}

/**
 * vhost_mem_geometry_check_name() - check the name of a region
 * @name: VHOST_MEM_NAME_MAX bytes.
 *
 * Return: 0; -EINVAL if it is not terminated, has a character that is not printable
 * ASCII or is a blank, or has only digits, so that it would be taken for an id.
 */
int vhost_mem_geometry_check_name(const char *name)
{
	size_t len = strnlen(name, VHOST_MEM_NAME_MAX);
	bool number = true;
	size_t i;

	if (len == VHOST_MEM_NAME_MAX)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (name[i] <= ' ' || name[i] > '~')
			return -EINVAL;
		if (name[i] < '0' || name[i] > '9')
			number = false;
	}
	return len && number ? -EINVAL : 0;
}

/**
 * vhost_mem_geometry_usable() - usable region size for a requested size
 * @requested: Bytes, at most @size.
 * @size: Bytes of the region.
 * @block_size: Bytes of a device block.
 *
 * Return: Bytes; at least @requested, at most @size, a multiple of
 * @block_size. 0 for a requested size of 0.
 */
u64 vhost_mem_geometry_usable(u64 requested, u64 size, u64 block_size)
{
	if (!requested)
		return 0;
	return min(size, ALIGN(requested + VHOST_MEM_USABLE_SLACK, block_size));
}

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_ROOM_H
#define _VHOST_MEM_GUEST_ROOM_H

#include <linux/mm.h>
#include <linux/types.h>

/* The memory map takes 1 / VMG_MAP_SHARE of added memory. */
#define VMG_MAP_SHARE	(PAGE_SIZE / sizeof(struct page))
/*
 * All that added memory costs is 1 / VMG_COST_SHARE of it: 1/64 for its map, 1/512 for
 * the page tables of the kernel's mapping if that consists of 4 KiB pages, and a tenth
 * of both for smaller allocations.
 */
#define VMG_COST_SHARE	51

bool vmg_is_short(void);
bool vmg_has_room(u64 size, bool reserves);

#endif /* _VHOST_MEM_GUEST_ROOM_H */

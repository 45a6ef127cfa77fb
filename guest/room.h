/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_ROOM_H
#define _VHOST_MEM_GUEST_ROOM_H

#include <linux/mm.h>
#include <linux/types.h>

/* Of memory that is added, its map takes this share. */
#define VMG_MAP_SHARE	(PAGE_SIZE / sizeof(struct page))
/*
 * All of what it costs: a 64th for its map, a 512th for the page tables of the
 * kernel's mapping if that is made of 4 KiB pages, and a tenth of both for all
 * that is allocated around it.
 */
#define VMG_COST_SHARE	51

bool vmg_is_short(void);
bool vmg_has_room(u64 size, bool reserves);

#endif /* _VHOST_MEM_GUEST_ROOM_H */

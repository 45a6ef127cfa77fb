// SPDX-License-Identifier: GPL-2.0
/*
 * Room for what new memory costs. Its map and page tables come from memory that the
 * kernel can use for itself, of which a guest may have little however much it has of
 * the other kind. When there is none left, a kernel does not only fail to add more: it
 * dies of what it needs next. So some is kept, unless all memory is short: then
 * new memory is what helps.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "guest.h"
#include "room.h"

/* Of the kernel's memory this is kept. */
#define KEEP_SHARE	16

/**
 * vmg_is_short - whether memory is short
 *
 * A 16th of all memory; not less than what is gone before more is there, nor more
 * than anybody would call short.
 *
 * Return: whether less than that is available.
 */
bool vmg_is_short(void)
{
	unsigned long mark = clamp_t(unsigned long, totalram_pages() / 16,
				     PHYS_PFN(SZ_64M), PHYS_PFN(SZ_1G));

	return max(si_mem_available(), 0L) < mark;
}

/* Pages of a zone that the kernel would use for memory's map. */
static unsigned long room_in(struct zone *zone, bool reserves)
{
	long free = zone_page_state(zone, NR_FREE_PAGES);

	if (!reserves)
		free += (zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
			 zone_page_state(zone, NR_ZONE_ACTIVE_FILE)) / 2 -
			min_wmark_pages(zone) -
			zone->lowmem_reserve[ZONE_NORMAL];
	return max(free, 0L);
}

/**
 * vmg_has_room - whether there is room for what memory costs
 * @size: Bytes of memory to be added.
 * @reserves: The kernel's reserves are used for it, and nothing is reclaimed.
 *
 * A guess. If it is wrong, adding fails, of which the kernel makes a warning.
 *
 * Return: whether there is.
 */
bool vmg_has_room(u64 size, bool reserves)
{
	unsigned long room = 0, managed = 0, need = PHYS_PFN(size);
	enum zone_type type;
	struct zone *zone;
	int nid;

	for_each_online_node(nid) {
		for (type = 0; type < ZONE_MOVABLE; type++) {
			zone = NODE_DATA(nid)->node_zones + type;
			room += room_in(zone, reserves);
			managed += zone_managed_pages(zone);
		}
	}
	if (reserves)
		need /= VMG_MAP_SHARE;
	else
		need = need / VMG_COST_SHARE +
		       (vmg_is_short() ? 0 : managed / KEEP_SHARE);
	return room >= need;
}

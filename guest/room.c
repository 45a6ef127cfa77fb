// SPDX-License-Identifier: GPL-2.0
/*
 * Room for what added memory costs. Its memory map and page tables come from memory of
 * the kernel's zones, of which a guest may have little, however much ZONE_MOVABLE has.
 * A kernel that runs out of it not only fails to add more memory, but fails at whatever
 * it allocates next. So keep a share of it free; unless memory of all zones is short,
 * because then added memory is what helps.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "guest.h"
#include "room.h"

/* 1 / KEEP_SHARE of the kernel's zones is kept free. */
#define KEEP_SHARE	16

/**
 * vmg_is_short - whether memory is short
 *
 * The mark is 1/16 of all memory, but at least 64 MiB, which may be used up before more
 * arrives, and at most 1 GiB, with which no guest is short of memory.
 *
 * Context: Any.
 * Return: whether less memory is available.
 */
bool vmg_is_short(void)
{
	unsigned long mark = clamp_t(unsigned long, totalram_pages() / 16,
				     PHYS_PFN(SZ_64M), PHYS_PFN(SZ_1G));

	return max(si_mem_available(), 0L) < mark;
}

/* Number of pages of a zone that the kernel could allocate for the memory map. */
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
 * vmg_has_room - whether there is room for what added memory costs
 * @size: Bytes of memory to be added.
 * @reserves: The kernel's reserves may be used for it, and nothing is reclaimed.
 *
 * An estimate. If it is wrong, adding fails, and the kernel warns about that.
 *
 * Context: Any.
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

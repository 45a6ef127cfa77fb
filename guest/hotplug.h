/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_HOTPLUG_H
#define _VHOST_MEM_GUEST_HOTPLUG_H

#include <linux/timer.h>
#include <linux/types.h>

struct resource;
struct vmg;

/**
 * struct vmg_hotplug - what Linux has to know to add memory
 * @nid: NUMA node of the memory.
 * @mgid: Number of the dynamic memory group of the memory.
 * @resource: The region, as the parent of the resources of added memory.
 * @resource_name: Name of the resources of added memory.
 * @deadline: Sends the worker SIGALRM if offlining a block takes longer than
 *	REMOVE_TIMEOUT.
 *
 * All but @deadline are constant after probe.
 */
struct vmg_hotplug {
	int nid;
	int mgid;
	struct resource *resource;
	char *resource_name;
	struct timer_list deadline;
};

void vmg_hotplug_init(struct vmg *vmg);
int vmg_room_for(struct vmg *vmg, unsigned long more);
int vmg_add_bb(struct vmg *vmg, unsigned long bb);
bool vmg_may_remove(struct vmg *vmg, unsigned long block);
int vmg_remove_blocks(struct vmg *vmg, unsigned long first, unsigned long nr);

#endif /* _VHOST_MEM_GUEST_HOTPLUG_H */

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_TAKE_H
#define _VHOST_MEM_GUEST_TAKE_H

#include <linux/list.h>
#include <linux/types.h>

struct vmg;

/* Maximum number of subblocks that are taken at once. */
#define VMG_TAKE_SBS	256

/**
 * struct vmg_take - what is being taken out of the page allocator
 * @sbs: The subblocks that were taken last, in ascending order.
 * @nr: Number of them.
 * @others: Pages of somebody else's memory, to be freed at the end. Linked by the lru of
 *	the first page of each allocation.
 * @others_left: Number of allocations that may still be added to @others.
 *
 * Worker only.
 */
struct vmg_take {
	u32 sbs[VMG_TAKE_SBS];
	unsigned int nr;
	struct list_head others;
	unsigned long others_left;
};

bool vmg_take_begin(struct vmg *vmg);
unsigned int vmg_take(struct vmg *vmg, unsigned long most);
void vmg_take_end(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_TAKE_H */

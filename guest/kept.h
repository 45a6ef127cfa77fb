/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_KEPT_H
#define _VHOST_MEM_GUEST_KEPT_H

#include <linux/notifier.h>
#include <linux/types.h>

struct vmg;

/**
 * struct vmg_kept - empty big blocks that are kept for a while
 * @nr: Number of big blocks that are kept. Written by the worker, read by anybody.
 * @until: Time in jiffies when they are removed. Worker only.
 * @needed: The kernel is out of memory, so they have to be removed at once. Set by
 *	anybody, cleared by the worker.
 * @oom_notifier: Called before the kernel kills a process for lack of memory.
 */
struct vmg_kept {
	unsigned long nr;
	unsigned long until;
	bool needed;
	struct notifier_block oom_notifier;
};

int vmg_kept_init(struct vmg *vmg);
bool vmg_keeps(void);
void vmg_keep_from_now(struct vmg *vmg);
int vmg_remove_empty(struct vmg *vmg);
unsigned long vmg_kept_idle(struct vmg *vmg);
void vmg_kept_exit(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_KEPT_H */

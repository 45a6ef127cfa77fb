/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_PRESSURE_H
#define _VHOST_MEM_GUEST_PRESSURE_H

#include <linux/atomic.h>
#include <linux/notifier.h>
#include <linux/timer.h>
#include <linux/types.h>

#include "reserve.h"

struct vmg;

/**
 * struct vmg_pressure - memory that is short
 * @watching: Look whether it is, and ask for more.
 * @timer: Does that.
 * @refill: The reserve is to be looked at.
 * @came: Pages that the device has brought, ever.
 * @came_at: When the last of them have, in jiffies.
 * @oom_waiting: Tasks that wait for memory.
 * @oom_next: When the next one may wait, after one has in vain, in jiffies.
 * @oom_notifier: Tells when there is none left.
 * @reserve: Memory kept for what more memory costs.
 */
struct vmg_pressure {
	bool watching;
	struct timer_list timer;
	bool refill;
	atomic_long_t came;
	unsigned long came_at;
	atomic_t oom_waiting;
	unsigned long oom_next;
	struct notifier_block oom_notifier;
	struct vmg_reserve reserve;
};

void vmg_pressure_init(struct vmg *vmg);
void vmg_pressure_start(struct vmg *vmg);
void vmg_pressure_exit(struct vmg *vmg);
void vmg_watch(struct vmg *vmg, bool on);
void vmg_memory_came(struct vmg *vmg, unsigned long pages);
bool vmg_uses_reserves(const struct vmg *vmg);
unsigned long vmg_pressure_idle(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_PRESSURE_H */

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
 * struct vmg_pressure - what is done while memory is short
 * @watching: Watch for memory pressure, and propose more memory. Set through sysfs.
 * @timer: Checks ten times a second whether memory is short; runs while @watching.
 * @refill: The worker has to check the reserve. Set by anybody, cleared by the worker.
 * @came: Number of pages that the device has ever brought.
 * @came_at: Time in jiffies when it last brought any.
 * @oom_waiting: Number of tasks that wait for memory.
 * @oom_next: Time in jiffies from which a task may wait again, after one has in vain.
 * @oom_notifier: Called before the kernel kills a process for lack of memory.
 * @reserve: Memory that is kept for what added memory costs.
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

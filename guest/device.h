/* SPDX-License-Identifier: GPL-2.0 */
/* What the device wants, and who works for it. */
#ifndef _VHOST_MEM_GUEST_DEVICE_H
#define _VHOST_MEM_GUEST_DEVICE_H

#include <linux/types.h>
#include <linux/wait.h>

struct vmg;

struct task_struct;

/**
 * struct vmg_config - what the device wants
 * @changed: It has to be read again. Set by anybody, cleared by the worker.
 * @requested_size: Requested size in bytes. Written by the worker, read by anybody.
 * @requested: The same, in subblocks. Worker only.
 * @usable: Subblocks that can be plugged. Worker only.
 */
struct vmg_config {
	bool changed;
	u64 requested_size;
	unsigned long requested;
	unsigned long usable;
};

/**
 * struct vmg_worker - the thread that does everything
 * @task: The thread, or NULL. Set before it runs, cleared after its end.
 * @run: What it does.
 * @wait: Wakes it; and when it is gone, who waits for blocks in transition.
 * @kicked: Something has changed that it may be waiting for. Set by anybody, cleared by
 *	the worker.
 * @retry_ms: When to try again what could not be done, in milliseconds, or 0. Worker
 *	only.
 * @unplug_all: What an earlier driver has plugged has to go first. Worker only.
 * @pinned: The module may not be unloaded. Worker only.
 */
struct vmg_worker {
	struct task_struct *task;
	void (*run)(struct vmg *vmg);
	wait_queue_head_t wait;
	bool kicked;
	unsigned int retry_ms;
	bool unplug_all;
	bool pinned;
};

int vmg_start_task(struct vmg *vmg, void (*fn)(struct vmg *vmg));
void vmg_stop_task(struct vmg *vmg);
bool vmg_is_a_worker(void);
void vmg_kick(struct vmg *vmg);
void vmg_config_kick(struct vmg *vmg);
void vmg_read_config(struct vmg *vmg);
bool vmg_interrupted(struct vmg *vmg);
bool vmg_has_report(const struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_DEVICE_H */

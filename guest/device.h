/* SPDX-License-Identifier: GPL-2.0 */
/* The device's configuration, and the worker's thread. */
#ifndef _VHOST_MEM_GUEST_DEVICE_H
#define _VHOST_MEM_GUEST_DEVICE_H

#include <linux/types.h>
#include <linux/wait.h>

struct task_struct;
struct vmg;

/**
 * struct vmg_config - the variable part of the configuration, as last read
 * @changed: It has to be read again. Set by anybody, cleared by the worker.
 * @requested_size: Requested size in bytes. Written by the worker, read by anybody.
 * @requested: Number of subblocks to be plugged: @requested_size, rounded down. Written
 *	by the worker.
 * @usable: Number of subblocks in the usable region. Worker only.
 */
struct vmg_config {
	bool changed;
	u64 requested_size;
	unsigned long requested;
	unsigned long usable;
};

/**
 * struct vmg_worker - the thread that resizes, sends requests, and handles responses
 * @task: The thread, or NULL. Set before it runs, cleared after its end.
 * @run: Main function of the thread.
 * @wait: The worker waits here; and, after its end, vmg_online_end().
 * @kicked: Something has changed that the worker may be waiting for. Set by anybody,
 *	cleared by the worker.
 * @retry_ms: Milliseconds after which a failed resize is retried; 0 if it is not.
 *	Worker only.
 * @unplug_all: Memory that an earlier driver has left plugged has to be unplugged first.
 *	Worker only.
 * @pinned: The worker holds a reference to the module. Worker only.
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

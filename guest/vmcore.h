/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_VMCORE_H
#define _VHOST_MEM_GUEST_VMCORE_H

#include <linux/crash_dump.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct vmg;

#ifdef CONFIG_PROC_VMCORE
/**
 * struct vmg_vmcore - what a kernel that saves a crashed one's memory knows of it
 * @cb: Tells what can be read.
 * @lock: Protects the others, and the queue: there is no worker.
 * @window: Offset of what was last asked about, in bytes.
 * @window_size: Bytes from there that are in the same state.
 * @window_plugged: That state.
 */
struct vmg_vmcore {
	struct vmcore_cb cb;
	struct mutex lock;	/* the window, the queue */
	u64 window;
	u64 window_size;
	bool window_plugged;
};

int vmg_vmcore_init(struct vmg *vmg);
void vmg_vmcore_exit(struct vmg *vmg);
#else
static inline int vmg_vmcore_init(struct vmg *vmg)
{
	return -EOPNOTSUPP;
}

static inline void vmg_vmcore_exit(struct vmg *vmg)
{
}
#endif

#endif /* _VHOST_MEM_GUEST_VMCORE_H */

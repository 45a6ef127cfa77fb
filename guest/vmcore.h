/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_VMCORE_H
#define _VHOST_MEM_GUEST_VMCORE_H

#include <linux/crash_dump.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct vmg;

#ifdef CONFIG_PROC_VMCORE
/**
 * struct vmg_vmcore - what a kdump kernel knows of the crashed kernel's memory
 * @cb: Callback of /proc/vmcore: may a page be read?
 * @lock: Protects the window, and the queue because there is no worker.
 * @window: Start of the window, in bytes from the start of the region.
 * @window_size: Bytes of the window; 0 before the first request.
 * @window_plugged: The window is completely plugged, so it may be read.
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

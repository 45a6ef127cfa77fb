/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.17, and stable kernels of 2026, a workqueue was bound to CPUs unless it said
 * otherwise (930c2ea566af, "workqueue: Add new WQ_PERCPU flag"), and the kernel's own two
 * had other names (128ea9f6ccfb, "workqueue: Add system_percpu_wq and system_dfl_wq").
 * Since 7.2 the kernel warns of what does not say so, and of the old names.
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_WORKQUEUE_H
#define _VHOST_MEM_COMPAT_LINUX_WORKQUEUE_H

#include_next <linux/workqueue.h>

#ifndef HAVE_WQ_PERCPU
#define WQ_PERCPU		0
#endif

#ifndef HAVE_SYSTEM_PERCPU_WQ
#define system_percpu_wq	system_wq
#define system_dfl_wq		system_unbound_wq
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_WORKQUEUE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What the whole module shares. */
#ifndef _VHOST_MEM_MAIN_H
#define _VHOST_MEM_MAIN_H

#include <linux/workqueue.h>

/* For work that may end a region. Drained before the module goes. */
extern struct workqueue_struct *vhost_mem_wq;

#endif /* _VHOST_MEM_MAIN_H */

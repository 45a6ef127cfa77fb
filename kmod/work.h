/* SPDX-License-Identifier: GPL-2.0 */
/* The workqueue for work that may drop the last reference to a region. */
#ifndef _VHOST_MEM_WORK_H
#define _VHOST_MEM_WORK_H

#include <linux/workqueue.h>

extern struct workqueue_struct *vhost_mem_wq;

int vhost_mem_work_init(void);
void vhost_mem_work_exit(void);

#endif /* _VHOST_MEM_WORK_H */

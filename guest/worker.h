/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_WORKER_H
#define _VHOST_MEM_GUEST_WORKER_H

struct vmg;

int vmg_worker_start(struct vmg *vmg);
void vmg_worker_stop(struct vmg *vmg);

#endif /* _VHOST_MEM_GUEST_WORKER_H */

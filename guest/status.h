/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_STATUS_H
#define _VHOST_MEM_GUEST_STATUS_H

#include <linux/types.h>
#include <linux/vhost_mem_report.h>

struct vmg;

/**
 * struct vmg_status - how a resize goes
 * @now: Status to be said.
 * @reclaimable: Memory that could be given back, in bytes, to be said with it.
 * @said: What the device knows of @now.
 * @said_reclaimable: What it knows of @reclaimable.
 * @next: When the next one may be said, in jiffies.
 * @pass: When the worker began what it does, in jiffies.
 *
 * Worker only.
 */
struct vmg_status {
	u16 now;
	u64 reclaimable;
	u16 said;
	u64 said_reclaimable;
	unsigned long next;
	unsigned long pass;
};

void vmg_status_pass(struct vmg *vmg);
bool vmg_status_moving(struct vmg *vmg);
void vmg_status_done(struct vmg *vmg, int rc);
unsigned long vmg_status_update(struct vmg *vmg);
bool vmg_next_status(struct vmg *vmg, struct vhost_mem_report_req *req);

#endif /* _VHOST_MEM_GUEST_STATUS_H */

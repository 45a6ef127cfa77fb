/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_STATUS_H
#define _VHOST_MEM_GUEST_STATUS_H

#include <linux/types.h>
#include <linux/vhost_mem_report.h>

struct vmg;

/**
 * struct vmg_status - the status report
 * @now: Current status, a VHOST_MEM_REPORT_STATUS_*.
 * @reclaimable: Current estimate of reclaimable memory, in bytes.
 * @said: Status that was last reported.
 * @said_reclaimable: Reclaimable bytes that were last reported.
 * @next: Time in jiffies from which the next report may be sent.
 * @pass: Time in jiffies when the worker began the current resize.
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

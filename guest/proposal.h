/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_PROPOSAL_H
#define _VHOST_MEM_GUEST_PROPOSAL_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vhost_mem_report.h>

struct vmg;

/* Values of vmg_proposal.decision: not decided yet, and no proposal at all. */
#define VMG_UNDECIDED	(-1)
#define VMG_NO_PROPOSAL	(-2)

/**
 * struct vmg_proposal - proposals of another requested size
 * @lock: Protects @pending, @size and @decision; the first and the last are also read
 *	without.
 * @pending: A user's proposal has yet to be sent.
 * @size: Size of the last proposal of a user, in bytes.
 * @decision: The device's decision on it, or VMG_UNDECIDED or VMG_NO_PROPOSAL.
 * @step: Bytes by which an own proposal exceeds the requested size. Written through
 *	sysfs.
 * @reason: Why the driver is to propose more memory; 0 if it is not. Set by the timer of
 *	pressure.c, cleared by the worker.
 * @next_ask: Time in jiffies from which the next own proposal may be sent.
 * @pause: Length of the pause after the last denial, in jiffies; 0 if it was none.
 *	Written by the worker only.
 * @denied: The last own proposal was denied.
 */
struct vmg_proposal {
	spinlock_t lock;	/* pending, size, decision */
	bool pending;
	u64 size;
	int decision;
	u64 step;
	u16 reason;
	unsigned long next_ask;
	unsigned long pause;
	bool denied;
};

void vmg_proposal_init(struct vmg *vmg);
int vmg_proposal(struct vmg *vmg, u64 size);
void vmg_propose_more(struct vmg *vmg, u16 reason);
bool vmg_proposal_paused(const struct vmg *vmg);
void vmg_proposal_forget(struct vmg *vmg);
void vmg_proposal_drop(struct vmg *vmg);
bool vmg_has_proposal(const struct vmg *vmg);
bool vmg_next_proposal(struct vmg *vmg, struct vhost_mem_report_req *req);
void vmg_decision(struct vmg *vmg, const struct vhost_mem_report_req *req,
		  int decision);

#endif /* _VHOST_MEM_GUEST_PROPOSAL_H */

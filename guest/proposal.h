/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_PROPOSAL_H
#define _VHOST_MEM_GUEST_PROPOSAL_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vhost_mem_report.h>

struct vmg;

/* Decision on a proposal that was not answered yet, and on one that there is not. */
#define VMG_UNDECIDED	(-1)
#define VMG_NO_PROPOSAL	(-2)

/**
 * struct vmg_proposal - sizes that the device is asked for
 * @lock: Protects @pending, @size and @decision.
 * @pending: A user's proposal is to be sent.
 * @size: Last proposal of a user, in bytes.
 * @decision: The device's decision on it, or VMG_UNDECIDED or VMG_NO_PROPOSAL.
 * @step: How much more to ask for, in bytes, when memory is short.
 * @reason: Why to ask for more, or 0 to not ask. Set by a timer, cleared by the worker.
 * @next_ask: When to ask next, in jiffies.
 * @pause: How long to pause after @denied, in jiffies. Worker only.
 * @denied: The last decision on what was not a user's proposal.
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

/* SPDX-License-Identifier: GPL-2.0 */
/* Guest reports, in the host's byte order. */
#ifndef _VHOST_MEM_REPORT_H
#define _VHOST_MEM_REPORT_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <uapi/linux/vhost_mem_netlink.h>

#include "decision.h"

struct vhost_mem_region;
struct vhost_mem_response;

/**
 * struct vhost_mem_proposal - the guest's last proposal
 * @size: Bytes that the guest would like to be requested.
 * @reason: The reason that it gives.
 * @time: When it was received.
 * @decision: What was decided on it.
 * @valid: There has been a proposal since the last system reset.
 */
struct vhost_mem_proposal {
	u64 size;
	enum vhost_mem_reason reason;
	ktime_t time;
	enum vhost_mem_decision decision;
	bool valid;
};

/**
 * struct vhost_mem_report - what the guest has reported, and the policy for it
 * @policy: Policy for proposals. Written by the administrator only, with the
 *	registry's lock and region->config_lock; read with either.
 * @changed: When a proposal last changed the requested size, or 0.
 * @proposal: The last proposal.
 * @status: Why the guest has not plugged what is requested, as it says; valid if
 *	@has_status.
 * @reclaimable: Bytes that the guest could give back; valid if @has_status.
 * @has_status: There has been a status since the last system reset.
 * @addr_limit: First guest physical address that the guest cannot use; valid if
 *	@has_hints.
 * @page_shift: log2 of the guest's page size in bytes; valid if @has_hints.
 * @block_shift: log2 of the bytes that the guest adds or removes at once; valid
 *	if @has_hints.
 * @align_shift: log2 of the bytes to which sizes and addresses should be
 *	aligned; valid if @has_hints.
 * @has_hints: There have been hints since the last system reset.
 *
 * Protected by region->config_lock. What comes from the guest is range-checked, and
 * not trusted.
 */
struct vhost_mem_report {
	struct vhost_mem_report_policy policy;
	ktime_t changed;
	struct vhost_mem_proposal proposal;
	enum vhost_mem_guest_status status;
	u64 reclaimable;
	bool has_status;
	u64 addr_limit;
	u8 page_shift;
	u8 block_shift;
	u8 align_shift;
	bool has_hints;
};

/**
 * struct vhost_mem_message - a guest report, see uapi/linux/vhost_mem_report.h
 * @type: VHOST_MEM_REQ_PROPOSAL, _STATUS or _HINTS, or any other number.
 * @code: Reason of a proposal, or status.
 * @page_shift: log2 of the guest's page size in bytes; hints only.
 * @block_shift: log2 of the bytes that it adds or removes at once; hints only.
 * @align_shift: log2 of the alignment that suits it, in bytes; hints only.
 * @value: Proposed size, reclaimable bytes or address limit.
 * @reserved: 0 if every reserved field is 0.
 */
struct vhost_mem_message {
	u16 type;
	u16 code;
	u16 page_shift;
	u16 block_shift;
	u16 align_shift;
	u64 value;
	u64 reserved;
};

void vhost_mem_report_serve(struct vhost_mem_region *region,
			    const struct vhost_mem_message *message,
			    struct vhost_mem_response *response);

void vhost_mem_report_update_locked(struct vhost_mem_region *region, u64 old);
void vhost_mem_report_forget_locked(struct vhost_mem_region *region);
void vhost_mem_report_set_policy_locked(struct vhost_mem_region *region,
					const struct vhost_mem_report_policy *policy);
bool vhost_mem_report_pending_locked(const struct vhost_mem_region *region);
void vhost_mem_report_deny_locked(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_REPORT_H */

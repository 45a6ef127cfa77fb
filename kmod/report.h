/* SPDX-License-Identifier: GPL-2.0 */
/* Guest reports, in the host's byte order. */
#ifndef _VHOST_MEM_REPORT_H
#define _VHOST_MEM_REPORT_H

#include <linux/types.h>

struct vhost_mem_region;
struct vhost_mem_report_policy;
struct vhost_mem_response;

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

void vhost_mem_report_init(struct vhost_mem_region *region);
void vhost_mem_report_update_locked(struct vhost_mem_region *region, u64 old);
void vhost_mem_report_forget_locked(struct vhost_mem_region *region);
void vhost_mem_report_set_policy_locked(struct vhost_mem_region *region,
					const struct vhost_mem_report_policy *policy);
bool vhost_mem_report_pending_locked(const struct vhost_mem_region *region);
void vhost_mem_report_deny_locked(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_REPORT_H */

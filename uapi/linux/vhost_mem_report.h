/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Guest reports: requests that a driver can send to a memory device (virtio device
 * id 24) in addition to those of the virtio specification, if
 * VHOST_MEM_F_GUEST_REPORT has been negotiated. They are specified in
 * Documentation/virt/vhost-mem-report.rst.
 *
 * Reports are requests of types of their own on the request virtqueue. The response
 * is a struct virtio_mem_resp: VIRTIO_MEM_RESP_ACK, or VIRTIO_MEM_RESP_ERROR if the
 * report is malformed. Reserved members must be 0. Numbers are little endian.
 */
#ifndef _UAPI_LINUX_VHOST_MEM_REPORT_H
#define _UAPI_LINUX_VHOST_MEM_REPORT_H

#include <linux/types.h>
#include <linux/virtio_types.h>

/*
 * Feature bit: the highest of those that the specification leaves to device types
 * and that every transport can offer.
 */
#define VHOST_MEM_F_GUEST_REPORT	23

/* Request types, far from those of the specification. */
#define VHOST_MEM_REQ_PROPOSAL	0xfe00
#define VHOST_MEM_REQ_STATUS	0xfe01
#define VHOST_MEM_REQ_HINTS	0xfe02

/**
 * enum vhost_mem_report_reason - the guest's reason for a proposal
 * @VHOST_MEM_REPORT_REASON_OTHER: The guest gives no reason.
 * @VHOST_MEM_REPORT_REASON_USER: A user of the guest asked for it.
 * @VHOST_MEM_REPORT_REASON_PRESSURE: The guest is short of memory.
 * @VHOST_MEM_REPORT_REASON_OOM: The guest has no memory left; a process is about to
 *	be killed.
 * @VHOST_MEM_REPORT_REASON_IDLE: The guest has more memory than it uses.
 */
enum vhost_mem_report_reason {
	VHOST_MEM_REPORT_REASON_OTHER	= 0,
	VHOST_MEM_REPORT_REASON_USER	= 1,
	VHOST_MEM_REPORT_REASON_PRESSURE	= 2,
	VHOST_MEM_REPORT_REASON_OOM	= 3,
	VHOST_MEM_REPORT_REASON_IDLE	= 4,
};

/**
 * enum vhost_mem_report_decision - the host's decision on a proposal, in the member
 *	u.state.state of the response to VHOST_MEM_REQ_PROPOSAL
 * @VHOST_MEM_REPORT_DECISION_GRANTED: The requested size is now the proposed size.
 * @VHOST_MEM_REPORT_DECISION_PARTIAL: The requested size has changed towards the
 *	proposed size.
 * @VHOST_MEM_REPORT_DECISION_DENIED: The requested size has not changed, and a
 *	repeated proposal will not change it soon.
 * @VHOST_MEM_REPORT_DECISION_PENDING: The requested size has not changed yet. It may
 *	change later, or when the guest repeats the proposal.
 */
enum vhost_mem_report_decision {
	VHOST_MEM_REPORT_DECISION_GRANTED	= 0,
	VHOST_MEM_REPORT_DECISION_PARTIAL	= 1,
	VHOST_MEM_REPORT_DECISION_DENIED	= 2,
	VHOST_MEM_REPORT_DECISION_PENDING	= 3,
};

/**
 * enum vhost_mem_report_status - the guest's reason for not having the requested size
 * @VHOST_MEM_REPORT_STATUS_NONE: The guest has the requested size, or nothing
 *	prevents it.
 * @VHOST_MEM_REPORT_STATUS_NO_MEMORY: The guest lacks the memory to manage more
 *	memory.
 * @VHOST_MEM_REPORT_STATUS_UNMOVABLE: Memory to be given back is in use, and cannot
 *	be moved.
 * @VHOST_MEM_REPORT_STATUS_NOT_ONLINE: Plugged memory has not been brought online
 *	yet, so the guest plugs no more.
 * @VHOST_MEM_REPORT_STATUS_MOVING: The guest is moving data out of memory to be given
 *	back.
 * @VHOST_MEM_REPORT_STATUS_OTHER: The guest has another reason.
 */
enum vhost_mem_report_status {
	VHOST_MEM_REPORT_STATUS_NONE		= 0,
	VHOST_MEM_REPORT_STATUS_NO_MEMORY	= 1,
	VHOST_MEM_REPORT_STATUS_UNMOVABLE	= 2,
	VHOST_MEM_REPORT_STATUS_NOT_ONLINE	= 3,
	VHOST_MEM_REPORT_STATUS_MOVING		= 4,
	VHOST_MEM_REPORT_STATUS_OTHER		= 5,
};

/**
 * struct vhost_mem_report_proposal - the guest proposes another requested size
 * @size: Proposed requested size, in bytes: a multiple of the block size, at most the
 *	region size. It is not a difference, so a proposal that is sent twice has the
 *	effect of one.
 * @reserved: Must be 0.
 */
struct vhost_mem_report_proposal {
	__virtio64 size;
	__virtio64 reserved;
};

/**
 * struct vhost_mem_report_state - the guest's state during a resize
 * @reclaimable: Approximate bytes of plugged memory that the guest could give back
 *	now; at most the region size.
 * @reserved: Must be 0.
 */
struct vhost_mem_report_state {
	__virtio64 reclaimable;
	__virtio64 reserved;
};

/**
 * struct vhost_mem_report_hints - sizes and addresses that suit the guest
 * @addr_limit: First guest physical address that the guest cannot use.
 * @page_shift: Binary logarithm of the guest's page size, in bytes.
 * @block_shift: Binary logarithm of the size that the guest adds and removes at once
 *	(Linux's memory block), in bytes.
 * @align_shift: Binary logarithm of the alignment of address and requested size, in
 *	bytes.
 * @reserved: Must be 0.
 *
 * Shifts are less than 64.
 */
struct vhost_mem_report_hints {
	__virtio64 addr_limit;
	__virtio16 page_shift;
	__virtio16 block_shift;
	__virtio16 align_shift;
	__virtio16 reserved;
};

/**
 * struct vhost_mem_report_req - a report, of the size of struct virtio_mem_req
 * @type: VHOST_MEM_REQ_PROPOSAL, VHOST_MEM_REQ_STATUS or VHOST_MEM_REQ_HINTS.
 * @code: By @type: enum vhost_mem_report_reason, enum vhost_mem_report_status, or 0.
 * @reserved: Must be 0.
 * @u: By @type: proposal, state or hints.
 */
struct vhost_mem_report_req {
	__virtio16 type;
	__virtio16 code;
	__virtio16 reserved[2];
	union {
		struct vhost_mem_report_proposal proposal;
		struct vhost_mem_report_state state;
		struct vhost_mem_report_hints hints;
	} u;
};

#endif /* _UAPI_LINUX_VHOST_MEM_REPORT_H */

/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * A report for the guest: what a driver may say to a memory device (virtio device
 * id 24) beyond the virtio specification, if both have negotiated
 * VHOST_MEM_F_GUEST_REPORT. Documentation/virt/vhost-mem-report.rst is its specification.
 *
 * Messages are requests of types of their own on the request virtqueue. Each is
 * answered as the specification's requests are, by struct virtio_mem_resp:
 * VIRTIO_MEM_RESP_ACK, or VIRTIO_MEM_RESP_ERROR if it is malformed. What is
 * reserved must be 0. Numbers are little endian.
 */
#ifndef _UAPI_LINUX_VHOST_MEM_REPORT_H
#define _UAPI_LINUX_VHOST_MEM_REPORT_H

#include <linux/types.h>
#include <linux/virtio_types.h>

/*
 * Feature bit: the last of those that the specification leaves to a type of
 * device and that every transport can offer.
 */
#define VHOST_MEM_F_GUEST_REPORT	23

/* Types of requests, far from those of the specification. */
#define VHOST_MEM_REQ_PROPOSAL	0xfe00
#define VHOST_MEM_REQ_STATUS	0xfe01
#define VHOST_MEM_REQ_HINTS	0xfe02

/**
 * enum vhost_mem_report_reason - why a guest asks for another size
 * @VHOST_MEM_REPORT_REASON_OTHER: It does not say.
 * @VHOST_MEM_REPORT_REASON_USER: Somebody in the guest wants it.
 * @VHOST_MEM_REPORT_REASON_PRESSURE: Memory is short.
 * @VHOST_MEM_REPORT_REASON_OOM: There is none left; a process is about to be
 *	killed.
 * @VHOST_MEM_REPORT_REASON_IDLE: There is more than is used.
 */
enum vhost_mem_report_reason {
	VHOST_MEM_REPORT_REASON_OTHER	= 0,
	VHOST_MEM_REPORT_REASON_USER	= 1,
	VHOST_MEM_REPORT_REASON_PRESSURE	= 2,
	VHOST_MEM_REPORT_REASON_OOM	= 3,
	VHOST_MEM_REPORT_REASON_IDLE	= 4,
};

/**
 * enum vhost_mem_report_decision - what the host says to that, in the member
 *	u.state.state of an acknowledged VHOST_MEM_REQ_PROPOSAL
 * @VHOST_MEM_REPORT_DECISION_GRANTED: The requested size is what was asked for.
 * @VHOST_MEM_REPORT_DECISION_PARTIAL: The requested size has changed towards it.
 * @VHOST_MEM_REPORT_DECISION_DENIED: It has not, and asking again will not help
 *	soon.
 * @VHOST_MEM_REPORT_DECISION_PENDING: It has not yet. It may change by itself, or
 *	when the guest asks again.
 */
enum vhost_mem_report_decision {
	VHOST_MEM_REPORT_DECISION_GRANTED	= 0,
	VHOST_MEM_REPORT_DECISION_PARTIAL	= 1,
	VHOST_MEM_REPORT_DECISION_DENIED	= 2,
	VHOST_MEM_REPORT_DECISION_PENDING	= 3,
};

/**
 * enum vhost_mem_report_status - why a guest has not the requested size
 * @VHOST_MEM_REPORT_STATUS_NONE: Nothing stands against it, or it has.
 * @VHOST_MEM_REPORT_STATUS_NO_MEMORY: It lacks the memory to manage more.
 * @VHOST_MEM_REPORT_STATUS_UNMOVABLE: What it should give is in use, and cannot
 *	be moved.
 * @VHOST_MEM_REPORT_STATUS_NOT_ONLINE: What it has plugged is not used yet, so it
 *	plugs no more.
 * @VHOST_MEM_REPORT_STATUS_MOVING: It is moving what is in use away.
 * @VHOST_MEM_REPORT_STATUS_OTHER: Something else.
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
 * struct vhost_mem_report_proposal - the guest would like to have another size
 * @size: The requested size that it proposes, in bytes: a multiple of the block
 *	size, at most the region size. Not a difference, so that asking twice is
 *	no more than asking once.
 * @reserved: 0.
 */
struct vhost_mem_report_proposal {
	__virtio64 size;
	__virtio64 reserved;
};

/**
 * struct vhost_mem_report_state - how a resize goes
 * @reclaimable: Bytes of plugged memory that could be given back now, about; at most
 *	the region size.
 * @reserved: 0.
 */
struct vhost_mem_report_state {
	__virtio64 reclaimable;
	__virtio64 reserved;
};

/**
 * struct vhost_mem_report_hints - what would suit the guest
 * @addr_limit: First guest physical address that it cannot use.
 * @page_shift: Size of its pages, as a power of two of bytes.
 * @block_shift: Size of what it adds and removes at once (Linux's memory block);
 *	likewise.
 * @align_shift: What addr and requested size should be multiples of; likewise.
 * @reserved: 0.
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
 * struct vhost_mem_report_req - a message; as large as struct virtio_mem_req
 * @type: VHOST_MEM_REQ_PROPOSAL, _STATUS or _HINTS.
 * @code: enum vhost_mem_report_reason, enum vhost_mem_report_status, or 0.
 * @reserved: 0.
 * @u: What belongs to the type.
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

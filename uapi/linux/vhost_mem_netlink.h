/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vhost_mem.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_VHOST_MEM_NETLINK_H
#define _UAPI_LINUX_VHOST_MEM_NETLINK_H

#define VHOST_MEM_FAMILY_NAME		"vhost-mem"
#define VHOST_MEM_FAMILY_VERSION	1

/**
 * enum vhost_mem_state - What the request virtqueue of a region is doing.
 * @VHOST_MEM_STATE_STOPPED: No guest driver is served, or the VM is stopped.
 * @VHOST_MEM_STATE_RUNNING: Requests are served.
 * @VHOST_MEM_STATE_BROKEN: The ring was corrupt; served again after the
 *   driver's next reset.
 */
enum vhost_mem_state {
	VHOST_MEM_STATE_STOPPED,
	VHOST_MEM_STATE_RUNNING,
	VHOST_MEM_STATE_BROKEN,
};

/**
 * enum vhost_mem_unplugged - What an access to an unplugged block gives.
 * @VHOST_MEM_UNPLUGGED_INACCESSIBLE: Reads and writes are refused.
 * @VHOST_MEM_UNPLUGGED_READABLE: Reads give zeroes, writes are refused.
 */
enum vhost_mem_unplugged {
	VHOST_MEM_UNPLUGGED_INACCESSIBLE,
	VHOST_MEM_UNPLUGGED_READABLE,
};

/**
 * enum vhost_mem_access - What somebody wanted to do with memory.
 * @VHOST_MEM_ACCESS_READ: Read it.
 * @VHOST_MEM_ACCESS_WRITE: Write to it.
 */
enum vhost_mem_access {
	VHOST_MEM_ACCESS_READ,
	VHOST_MEM_ACCESS_WRITE,
};

enum {
	VHOST_MEM_A_REGION_ID = 1,
	VHOST_MEM_A_REGION_NAME,
	VHOST_MEM_A_REGION_PID,
	VHOST_MEM_A_REGION_COMM,
	VHOST_MEM_A_REGION_STATE,
	VHOST_MEM_A_REGION_UNPLUGGED,
	VHOST_MEM_A_REGION_NODE,
	VHOST_MEM_A_REGION_ADDR,
	VHOST_MEM_A_REGION_BLOCK_SIZE,
	VHOST_MEM_A_REGION_SIZE,
	VHOST_MEM_A_REGION_USABLE_SIZE,
	VHOST_MEM_A_REGION_REQUESTED_SIZE,
	VHOST_MEM_A_REGION_PLUGGED_SIZE,
	VHOST_MEM_A_REGION_BACKED_SIZE,
	VHOST_MEM_A_REGION_REQUESTS,
	VHOST_MEM_A_REGION_REFUSED_FAULTS,
	VHOST_MEM_A_REGION_PAD,
	VHOST_MEM_A_REGION_LIMIT,
	VHOST_MEM_A_REGION_VIOLATION_ADDR,
	VHOST_MEM_A_REGION_VIOLATION_ACCESS,

	__VHOST_MEM_A_REGION_MAX,
	VHOST_MEM_A_REGION_MAX = (__VHOST_MEM_A_REGION_MAX - 1)
};

enum {
	VHOST_MEM_CMD_REGION_GET = 1,
	VHOST_MEM_CMD_REGION_SET,
	VHOST_MEM_CMD_REGION_CREATED_NTF,
	VHOST_MEM_CMD_REGION_GONE_NTF,
	VHOST_MEM_CMD_REGION_RESIZED_NTF,
	VHOST_MEM_CMD_REGION_PLUGGED_NTF,
	VHOST_MEM_CMD_REGION_VIOLATION_NTF,

	__VHOST_MEM_CMD_MAX,
	VHOST_MEM_CMD_MAX = (__VHOST_MEM_CMD_MAX - 1)
};

#define VHOST_MEM_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_VHOST_MEM_NETLINK_H */

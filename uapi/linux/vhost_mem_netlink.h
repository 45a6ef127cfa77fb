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
 * @VHOST_MEM_STATE_BROKEN: The ring is corrupt. Requests are served again
 *   after the driver has reset the device.
 * @VHOST_MEM_STATE_ORPHANED: The owner has ended, and another process holds
 *   the open file.
 * @VHOST_MEM_STATE_ENDED: The device is closed. The region is listed until its
 *   memory that is still referenced elsewhere is free.
 */
enum vhost_mem_state {
	VHOST_MEM_STATE_STOPPED,
	VHOST_MEM_STATE_RUNNING,
	VHOST_MEM_STATE_BROKEN,
	VHOST_MEM_STATE_ORPHANED,
	VHOST_MEM_STATE_ENDED,
};

/**
 * enum vhost_mem_unplugged - The effect of an access to an unplugged block.
 * @VHOST_MEM_UNPLUGGED_INACCESSIBLE: Reads and writes are refused.
 * @VHOST_MEM_UNPLUGGED_READABLE: Reads give zeroes, writes are refused.
 */
enum vhost_mem_unplugged {
	VHOST_MEM_UNPLUGGED_INACCESSIBLE,
	VHOST_MEM_UNPLUGGED_READABLE,
};

/**
 * enum vhost_mem_access - Kind of a refused access to an unplugged block.
 * @VHOST_MEM_ACCESS_READ: The access was a read.
 * @VHOST_MEM_ACCESS_WRITE: The access was a write.
 */
enum vhost_mem_access {
	VHOST_MEM_ACCESS_READ,
	VHOST_MEM_ACCESS_WRITE,
};

/**
 * enum vhost_mem_progress - Whether the guest has what is requested and, if
 *   not, why, as far as the host can observe.
 * @VHOST_MEM_PROGRESS_DONE: The plugged size is the requested size.
 * @VHOST_MEM_PROGRESS_PENDING: The size was requested, or the guest became
 *   able to react, less than 10 s ago, and the guest has sent no request since
 *   the former.
 * @VHOST_MEM_PROGRESS_WORKING: The last request succeeded less than 10 s ago.
 * @VHOST_MEM_PROGRESS_SILENT: The guest has been able to react for 10 s or
 *   more, and has sent no request since the size was requested.
 * @VHOST_MEM_PROGRESS_STALLED: The last request succeeded 10 s ago or more.
 *   The guest may be unable to give back, or take, more now.
 * @VHOST_MEM_PROGRESS_NO_DRIVER: No driver has started since the VM was
 *   started or reset.
 * @VHOST_MEM_PROGRESS_STOPPED: The VM or its driver is stopped.
 * @VHOST_MEM_PROGRESS_BROKEN: The request virtqueue is broken.
 * @VHOST_MEM_PROGRESS_FROZEN: The VM is being migrated; requests are answered
 *   BUSY.
 * @VHOST_MEM_PROGRESS_PINNED: The last request was answered BUSY because
 *   memory of the block is pinned or referenced on the host.
 * @VHOST_MEM_PROGRESS_NO_MEMORY: The last request was answered BUSY because
 *   the host has too little memory.
 * @VHOST_MEM_PROGRESS_REFUSED: The last request was answered NACK because it
 *   would have exceeded the requested size.
 * @VHOST_MEM_PROGRESS_ERROR: The last request was answered ERROR because it
 *   was malformed.
 * @VHOST_MEM_PROGRESS_VMM_SILENT: The requested size changed 10 s ago or more,
 *   and the VMM has not read the configuration since.
 * @VHOST_MEM_PROGRESS_POOL_FULL: The last request was answered BUSY because
 *   the pool has no room for it. The guest is notified when it is the region's
 *   turn, and there is room.
 * @VHOST_MEM_PROGRESS_POOL_TOO_SMALL: The last request was answered BUSY
 *   because it would exceed the size of the pool, less what is promised to
 *   other regions.
 * @VHOST_MEM_PROGRESS_NO_HUGE_PAGES: The last request was answered BUSY
 *   because the host's pool of huge pages of the region's page-size, or the
 *   part of it that the VMM's cgroup may have, is used up.
 * @VHOST_MEM_PROGRESS_UNCONFIRMED: The VMM, which maps the memory for DMA of
 *   devices, has not confirmed the last request for 10 s or more; or the
 *   request was answered BUSY because the VMM did not react, or could not map
 *   or unmap the memory.
 */
enum vhost_mem_progress {
	VHOST_MEM_PROGRESS_DONE,
	VHOST_MEM_PROGRESS_PENDING,
	VHOST_MEM_PROGRESS_WORKING,
	VHOST_MEM_PROGRESS_SILENT,
	VHOST_MEM_PROGRESS_STALLED,
	VHOST_MEM_PROGRESS_NO_DRIVER,
	VHOST_MEM_PROGRESS_STOPPED,
	VHOST_MEM_PROGRESS_BROKEN,
	VHOST_MEM_PROGRESS_FROZEN,
	VHOST_MEM_PROGRESS_PINNED,
	VHOST_MEM_PROGRESS_NO_MEMORY,
	VHOST_MEM_PROGRESS_REFUSED,
	VHOST_MEM_PROGRESS_ERROR,
	VHOST_MEM_PROGRESS_VMM_SILENT,
	VHOST_MEM_PROGRESS_POOL_FULL,
	VHOST_MEM_PROGRESS_POOL_TOO_SMALL,
	VHOST_MEM_PROGRESS_NO_HUGE_PAGES,
	VHOST_MEM_PROGRESS_UNCONFIRMED,
};

/**
 * enum vhost_mem_policy - Who decides on a guest's proposal of another
 *   requested size.
 * @VHOST_MEM_POLICY_DENY: Each proposal is denied. The default.
 * @VHOST_MEM_POLICY_MANUAL: The administrator decides. Until then a proposal
 *   is answered "pending".
 * @VHOST_MEM_POLICY_AUTO: A proposal is granted up to policy-max, by at most
 *   policy-step at once, and at most once in policy-interval.
 */
enum vhost_mem_policy {
	VHOST_MEM_POLICY_DENY,
	VHOST_MEM_POLICY_MANUAL,
	VHOST_MEM_POLICY_AUTO,
};

#define VHOST_MEM_POLICY_INTERVAL_MIN	100
#define VHOST_MEM_POLICY_INTERVAL_MAX	86400000
#define VHOST_MEM_GROUP_MAX		64

/**
 * enum vhost_mem_reason - The guest's reason for a proposal.
 * @VHOST_MEM_REASON_OTHER: The guest gives no reason.
 * @VHOST_MEM_REASON_USER: A user of the guest asked for it.
 * @VHOST_MEM_REASON_PRESSURE: The guest is short of memory.
 * @VHOST_MEM_REASON_OOM: The guest has no memory left; a process is about to
 *   be killed.
 * @VHOST_MEM_REASON_IDLE: The guest has more memory than it uses.
 */
enum vhost_mem_reason {
	VHOST_MEM_REASON_OTHER,
	VHOST_MEM_REASON_USER,
	VHOST_MEM_REASON_PRESSURE,
	VHOST_MEM_REASON_OOM,
	VHOST_MEM_REASON_IDLE,
};

/**
 * enum vhost_mem_decision - The decision on a guest's proposal.
 * @VHOST_MEM_DECISION_GRANTED: The requested size was set to the proposed
 *   size.
 * @VHOST_MEM_DECISION_PARTIAL: The requested size was changed towards the
 *   proposed size.
 * @VHOST_MEM_DECISION_DENIED: The requested size was not changed.
 * @VHOST_MEM_DECISION_PENDING: The requested size has not been changed yet.
 *   The administrator has to decide (policy manual), or the guest has to
 *   repeat the proposal later (policy auto).
 */
enum vhost_mem_decision {
	VHOST_MEM_DECISION_GRANTED,
	VHOST_MEM_DECISION_PARTIAL,
	VHOST_MEM_DECISION_DENIED,
	VHOST_MEM_DECISION_PENDING,
};

/**
 * enum vhost_mem_guest_status - The guest's reason for not having the
 *   requested size.
 * @VHOST_MEM_GUEST_STATUS_NONE: The guest has the requested size, or nothing
 *   prevents it.
 * @VHOST_MEM_GUEST_STATUS_NO_MEMORY: The guest lacks the memory to manage more
 *   memory.
 * @VHOST_MEM_GUEST_STATUS_UNMOVABLE: Memory to be given back is in use, and
 *   cannot be moved.
 * @VHOST_MEM_GUEST_STATUS_NOT_ONLINE: Plugged memory has not been brought
 *   online yet, so the guest plugs no more.
 * @VHOST_MEM_GUEST_STATUS_MOVING: The guest is moving data out of memory to be
 *   given back.
 * @VHOST_MEM_GUEST_STATUS_OTHER: The guest has another reason.
 */
enum vhost_mem_guest_status {
	VHOST_MEM_GUEST_STATUS_NONE,
	VHOST_MEM_GUEST_STATUS_NO_MEMORY,
	VHOST_MEM_GUEST_STATUS_UNMOVABLE,
	VHOST_MEM_GUEST_STATUS_NOT_ONLINE,
	VHOST_MEM_GUEST_STATUS_MOVING,
	VHOST_MEM_GUEST_STATUS_OTHER,
};

/**
 * enum vhost_mem_origin - Who has set a requested size.
 * @VHOST_MEM_ORIGIN_VMM: The VMM.
 * @VHOST_MEM_ORIGIN_ADMIN: The administrator, by the requested size or by a
 *   limit; also if a proposal of the guest is granted by that.
 * @VHOST_MEM_ORIGIN_GUEST: The guest, by a proposal that policy auto granted.
 * @VHOST_MEM_ORIGIN_RESET: Nobody: a reset of the system has unplugged all
 *   blocks, and the next guest is to plug what is requested.
 */
enum vhost_mem_origin {
	VHOST_MEM_ORIGIN_VMM,
	VHOST_MEM_ORIGIN_ADMIN,
	VHOST_MEM_ORIGIN_GUEST,
	VHOST_MEM_ORIGIN_RESET,
};

#define VHOST_MEM_LEASE_TIME_MIN	1000
#define VHOST_MEM_LEASE_TIME_MAX	86400000
#define VHOST_MEM_LEASE_TIME_DEFAULT	600000

/**
 * enum vhost_mem_job_state - Whether a job has begun or ended, and how it has
 *   ended.
 * @VHOST_MEM_JOB_STATE_WAITING: The guest has sent no request since the job
 *   began, and no block was plugged or unplugged.
 * @VHOST_MEM_JOB_STATE_RUNNING: The job has neither ended, nor is it waiting.
 * @VHOST_MEM_JOB_STATE_DONE: The plugged size was the target. The end.
 * @VHOST_MEM_JOB_STATE_SUPERSEDED: Another size was requested. The end.
 * @VHOST_MEM_JOB_STATE_CANCELLED: The job was cancelled by job-cancel. The
 *   end.
 * @VHOST_MEM_JOB_STATE_GONE: The device was closed. The end.
 */
enum vhost_mem_job_state {
	VHOST_MEM_JOB_STATE_WAITING,
	VHOST_MEM_JOB_STATE_RUNNING,
	VHOST_MEM_JOB_STATE_DONE,
	VHOST_MEM_JOB_STATE_SUPERSEDED,
	VHOST_MEM_JOB_STATE_CANCELLED,
	VHOST_MEM_JOB_STATE_GONE,
};

/**
 * enum vhost_mem_request_type - Type of a guest's request.
 * @VHOST_MEM_REQUEST_TYPE_PLUG: Plug blocks.
 * @VHOST_MEM_REQUEST_TYPE_UNPLUG: Unplug blocks.
 * @VHOST_MEM_REQUEST_TYPE_UNPLUG_ALL: Unplug every block.
 * @VHOST_MEM_REQUEST_TYPE_STATE: Ask which blocks are plugged.
 * @VHOST_MEM_REQUEST_TYPE_PROPOSAL: Propose another requested size.
 * @VHOST_MEM_REQUEST_TYPE_STATUS: Report why the guest does not have the
 *   requested size.
 * @VHOST_MEM_REQUEST_TYPE_HINTS: Report which sizes suit the guest.
 * @VHOST_MEM_REQUEST_TYPE_OTHER: A request of another type, or one that could
 *   not be read.
 */
enum vhost_mem_request_type {
	VHOST_MEM_REQUEST_TYPE_PLUG,
	VHOST_MEM_REQUEST_TYPE_UNPLUG,
	VHOST_MEM_REQUEST_TYPE_UNPLUG_ALL,
	VHOST_MEM_REQUEST_TYPE_STATE,
	VHOST_MEM_REQUEST_TYPE_PROPOSAL,
	VHOST_MEM_REQUEST_TYPE_STATUS,
	VHOST_MEM_REQUEST_TYPE_HINTS,
	VHOST_MEM_REQUEST_TYPE_OTHER,
};

/**
 * enum vhost_mem_busy - Why a request was answered BUSY.
 * @VHOST_MEM_BUSY_FROZEN: The VM is being migrated.
 * @VHOST_MEM_BUSY_PINNED: Memory of the block is pinned or referenced on the
 *   host.
 * @VHOST_MEM_BUSY_POOL: The pool has no room.
 * @VHOST_MEM_BUSY_INTERRUPTED: The device was being stopped or configured.
 * @VHOST_MEM_BUSY_NO_MEMORY: The host has too little memory.
 * @VHOST_MEM_BUSY_NO_HUGE_PAGES: The host's pool of huge pages is used up.
 * @VHOST_MEM_BUSY_UNCONFIRMED: The VMM did not react, or could not map or
 *   unmap the memory for DMA.
 */
enum vhost_mem_busy {
	VHOST_MEM_BUSY_FROZEN,
	VHOST_MEM_BUSY_PINNED,
	VHOST_MEM_BUSY_POOL,
	VHOST_MEM_BUSY_INTERRUPTED,
	VHOST_MEM_BUSY_NO_MEMORY,
	VHOST_MEM_BUSY_NO_HUGE_PAGES,
	VHOST_MEM_BUSY_UNCONFIRMED,
};

#define VHOST_MEM_LATENCY_BUCKETS	26

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
	VHOST_MEM_A_REGION_PROGRESS,
	VHOST_MEM_A_REGION_REQUESTED_AGO,
	VHOST_MEM_A_REGION_REQUEST_AGO,
	VHOST_MEM_A_REGION_POLICY,
	VHOST_MEM_A_REGION_POLICY_MAX,
	VHOST_MEM_A_REGION_POLICY_STEP,
	VHOST_MEM_A_REGION_POLICY_INTERVAL,
	VHOST_MEM_A_REGION_PROPOSED_SIZE,
	VHOST_MEM_A_REGION_PROPOSAL_REASON,
	VHOST_MEM_A_REGION_PROPOSAL_AGO,
	VHOST_MEM_A_REGION_PROPOSAL_DECISION,
	VHOST_MEM_A_REGION_GUEST_STATUS,
	VHOST_MEM_A_REGION_GUEST_RECLAIMABLE,
	VHOST_MEM_A_REGION_HINT_PAGE_SIZE,
	VHOST_MEM_A_REGION_HINT_BLOCK_SIZE,
	VHOST_MEM_A_REGION_HINT_ALIGN,
	VHOST_MEM_A_REGION_HINT_ADDR_LIMIT,
	VHOST_MEM_A_REGION_LIMBO_SIZE,
	VHOST_MEM_A_REGION_LEAVING,
	VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE,
	VHOST_MEM_A_REGION_SEQUENCE,
	VHOST_MEM_A_REGION_JOB,
	VHOST_MEM_A_REGION_NOTE,
	VHOST_MEM_A_REGION_ENDED_JOB,
	VHOST_MEM_A_REGION_POOL,
	VHOST_MEM_A_REGION_RESERVED,
	VHOST_MEM_A_REGION_MINIMUM,
	VHOST_MEM_A_REGION_CHARGED,
	VHOST_MEM_A_REGION_CHANGE,
	VHOST_MEM_A_REGION_CHANGED,
	VHOST_MEM_A_REGION_RULES,
	VHOST_MEM_A_REGION_PAGE_SIZE,
	VHOST_MEM_A_REGION_PAGES_RESERVED,

	__VHOST_MEM_A_REGION_MAX,
	VHOST_MEM_A_REGION_MAX = (__VHOST_MEM_A_REGION_MAX - 1)
};

enum {
	VHOST_MEM_A_JOB_ID = 1,
	VHOST_MEM_A_JOB_REGION,
	VHOST_MEM_A_JOB_NAME,
	VHOST_MEM_A_JOB_ORIGIN,
	VHOST_MEM_A_JOB_PID,
	VHOST_MEM_A_JOB_COMM,
	VHOST_MEM_A_JOB_NOTE,
	VHOST_MEM_A_JOB_FROM,
	VHOST_MEM_A_JOB_TARGET,
	VHOST_MEM_A_JOB_PLUGGED_BEFORE,
	VHOST_MEM_A_JOB_PLUGGED,
	VHOST_MEM_A_JOB_STATE,
	VHOST_MEM_A_JOB_REASON,
	VHOST_MEM_A_JOB_STARTED_AGO,
	VHOST_MEM_A_JOB_ENDED_AGO,
	VHOST_MEM_A_JOB_REVERT,
	VHOST_MEM_A_JOB_PAD,

	__VHOST_MEM_A_JOB_MAX,
	VHOST_MEM_A_JOB_MAX = (__VHOST_MEM_A_JOB_MAX - 1)
};

enum {
	VHOST_MEM_A_POOL_NAME = 1,
	VHOST_MEM_A_POOL_SIZE,
	VHOST_MEM_A_POOL_UNLIMITED,
	VHOST_MEM_A_POOL_CHARGED,
	VHOST_MEM_A_POOL_RESERVED,
	VHOST_MEM_A_POOL_EARMARKED,
	VHOST_MEM_A_POOL_OVER,
	VHOST_MEM_A_POOL_REGIONS,
	VHOST_MEM_A_POOL_WAITING,
	VHOST_MEM_A_POOL_PAD,
	VHOST_MEM_A_POOL_LEASED,
	VHOST_MEM_A_POOL_LEASES,

	__VHOST_MEM_A_POOL_MAX,
	VHOST_MEM_A_POOL_MAX = (__VHOST_MEM_A_POOL_MAX - 1)
};

enum {
	VHOST_MEM_A_LEASE_NUMBER = 1,
	VHOST_MEM_A_LEASE_NAME,
	VHOST_MEM_A_LEASE_POOL,
	VHOST_MEM_A_LEASE_SIZE,
	VHOST_MEM_A_LEASE_USER,
	VHOST_MEM_A_LEASE_TIME,
	VHOST_MEM_A_LEASE_EXPIRES_IN,
	VHOST_MEM_A_LEASE_PAD,

	__VHOST_MEM_A_LEASE_MAX,
	VHOST_MEM_A_LEASE_MAX = (__VHOST_MEM_A_LEASE_MAX - 1)
};

enum {
	VHOST_MEM_A_DEFAULTS_LIMIT = 1,
	VHOST_MEM_A_DEFAULTS_MINIMUM,
	VHOST_MEM_A_DEFAULTS_POOL,
	VHOST_MEM_A_DEFAULTS_POLICY,
	VHOST_MEM_A_DEFAULTS_POLICY_MAX,
	VHOST_MEM_A_DEFAULTS_POLICY_STEP,
	VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL,
	VHOST_MEM_A_DEFAULTS_PAD,

	__VHOST_MEM_A_DEFAULTS_MAX,
	VHOST_MEM_A_DEFAULTS_MAX = (__VHOST_MEM_A_DEFAULTS_MAX - 1)
};

enum {
	VHOST_MEM_A_STATS_ID = 1,
	VHOST_MEM_A_STATS_NAME,
	VHOST_MEM_A_STATS_REQUESTS,
	VHOST_MEM_A_STATS_TYPES,
	VHOST_MEM_A_STATS_BUSY_FROZEN,
	VHOST_MEM_A_STATS_BUSY_PINNED,
	VHOST_MEM_A_STATS_BUSY_POOL,
	VHOST_MEM_A_STATS_BUSY_INTERRUPTED,
	VHOST_MEM_A_STATS_BUSY_NO_MEMORY,
	VHOST_MEM_A_STATS_INTERRUPTS,
	VHOST_MEM_A_STATS_WAKES,
	VHOST_MEM_A_STATS_PAD,
	VHOST_MEM_A_STATS_BUSY_NO_HUGE_PAGES,
	VHOST_MEM_A_STATS_BUSY_UNCONFIRMED,

	__VHOST_MEM_A_STATS_MAX,
	VHOST_MEM_A_STATS_MAX = (__VHOST_MEM_A_STATS_MAX - 1)
};

enum {
	VHOST_MEM_A_REQUESTS_TYPE = 1,
	VHOST_MEM_A_REQUESTS_ACK,
	VHOST_MEM_A_REQUESTS_NACK,
	VHOST_MEM_A_REQUESTS_BUSY,
	VHOST_MEM_A_REQUESTS_ERROR,
	VHOST_MEM_A_REQUESTS_LATENCY,
	VHOST_MEM_A_REQUESTS_PAD,

	__VHOST_MEM_A_REQUESTS_MAX,
	VHOST_MEM_A_REQUESTS_MAX = (__VHOST_MEM_A_REQUESTS_MAX - 1)
};

enum {
	VHOST_MEM_CMD_REGION_GET = 1,
	VHOST_MEM_CMD_REGION_SET,
	VHOST_MEM_CMD_REGION_CREATED_NTF,
	VHOST_MEM_CMD_REGION_GONE_NTF,
	VHOST_MEM_CMD_REGION_RESIZED_NTF,
	VHOST_MEM_CMD_REGION_PLUGGED_NTF,
	VHOST_MEM_CMD_REGION_VIOLATION_NTF,
	VHOST_MEM_CMD_REGION_STALLED_NTF,
	VHOST_MEM_CMD_REGION_PROPOSAL_NTF,
	VHOST_MEM_CMD_JOB_GET,
	VHOST_MEM_CMD_JOB_CANCEL,
	VHOST_MEM_CMD_REGION_JOB_NTF,
	VHOST_MEM_CMD_POOL_GET,
	VHOST_MEM_CMD_POOL_SET,
	VHOST_MEM_CMD_POOL_DEL,
	VHOST_MEM_CMD_LEASE_GET,
	VHOST_MEM_CMD_LEASE_ADD,
	VHOST_MEM_CMD_LEASE_DEL,
	VHOST_MEM_CMD_REGION_SET_MANY,
	VHOST_MEM_CMD_STATS_GET,
	VHOST_MEM_CMD_DEFAULTS_GET,
	VHOST_MEM_CMD_DEFAULTS_SET,
	VHOST_MEM_CMD_DEFAULTS_NTF,

	__VHOST_MEM_CMD_MAX,
	VHOST_MEM_CMD_MAX = (__VHOST_MEM_CMD_MAX - 1)
};

#define VHOST_MEM_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_VHOST_MEM_NETLINK_H */

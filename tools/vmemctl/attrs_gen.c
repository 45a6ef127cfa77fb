// SPDX-License-Identifier: GPL-2.0
/*
 * Written by scripts/regen-netlink from Documentation/netlink/specs/vhost_mem.yaml.
 * Do not edit.
 */

#include "attrs.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static const char *const state_values[] = {
	[VHOST_MEM_STATE_STOPPED]		= "stopped",
	[VHOST_MEM_STATE_RUNNING]		= "running",
	[VHOST_MEM_STATE_BROKEN]		= "broken",
	[VHOST_MEM_STATE_ORPHANED]		= "orphaned",
	[VHOST_MEM_STATE_ENDED]			= "ended",
};

static const char *const unplugged_values[] = {
	[VHOST_MEM_UNPLUGGED_INACCESSIBLE]	= "inaccessible",
	[VHOST_MEM_UNPLUGGED_READABLE]		= "readable",
};

static const char *const access_values[] = {
	[VHOST_MEM_ACCESS_READ]			= "read",
	[VHOST_MEM_ACCESS_WRITE]		= "write",
};

static const char *const progress_values[] = {
	[VHOST_MEM_PROGRESS_DONE]		= "done",
	[VHOST_MEM_PROGRESS_PENDING]		= "pending",
	[VHOST_MEM_PROGRESS_WORKING]		= "working",
	[VHOST_MEM_PROGRESS_SILENT]		= "silent",
	[VHOST_MEM_PROGRESS_STALLED]		= "stalled",
	[VHOST_MEM_PROGRESS_NO_DRIVER]		= "no-driver",
	[VHOST_MEM_PROGRESS_STOPPED]		= "stopped",
	[VHOST_MEM_PROGRESS_BROKEN]		= "broken",
	[VHOST_MEM_PROGRESS_FROZEN]		= "frozen",
	[VHOST_MEM_PROGRESS_PINNED]		= "pinned",
	[VHOST_MEM_PROGRESS_NO_MEMORY]		= "no-memory",
	[VHOST_MEM_PROGRESS_REFUSED]		= "refused",
	[VHOST_MEM_PROGRESS_ERROR]		= "error",
	[VHOST_MEM_PROGRESS_VMM_SILENT]		= "vmm-silent",
	[VHOST_MEM_PROGRESS_POOL_FULL]		= "pool-full",
	[VHOST_MEM_PROGRESS_POOL_TOO_SMALL]	= "pool-too-small",
	[VHOST_MEM_PROGRESS_NO_HUGE_PAGES]	= "no-huge-pages",
	[VHOST_MEM_PROGRESS_UNCONFIRMED]	= "unconfirmed",
};

static const char *const policy_values[] = {
	[VHOST_MEM_POLICY_DENY]			= "deny",
	[VHOST_MEM_POLICY_MANUAL]		= "manual",
	[VHOST_MEM_POLICY_AUTO]			= "auto",
};

static const char *const reason_values[] = {
	[VHOST_MEM_REASON_OTHER]		= "other",
	[VHOST_MEM_REASON_USER]			= "user",
	[VHOST_MEM_REASON_PRESSURE]		= "pressure",
	[VHOST_MEM_REASON_OOM]			= "oom",
	[VHOST_MEM_REASON_IDLE]			= "idle",
};

static const char *const decision_values[] = {
	[VHOST_MEM_DECISION_GRANTED]		= "granted",
	[VHOST_MEM_DECISION_PARTIAL]		= "partial",
	[VHOST_MEM_DECISION_DENIED]		= "denied",
	[VHOST_MEM_DECISION_PENDING]		= "pending",
};

static const char *const guest_status_values[] = {
	[VHOST_MEM_GUEST_STATUS_NONE]		= "none",
	[VHOST_MEM_GUEST_STATUS_NO_MEMORY]	= "no-memory",
	[VHOST_MEM_GUEST_STATUS_UNMOVABLE]	= "unmovable",
	[VHOST_MEM_GUEST_STATUS_NOT_ONLINE]	= "not-online",
	[VHOST_MEM_GUEST_STATUS_MOVING]		= "moving",
	[VHOST_MEM_GUEST_STATUS_OTHER]		= "other",
};

static const char *const origin_values[] = {
	[VHOST_MEM_ORIGIN_VMM]			= "vmm",
	[VHOST_MEM_ORIGIN_ADMIN]		= "admin",
	[VHOST_MEM_ORIGIN_GUEST]		= "guest",
	[VHOST_MEM_ORIGIN_RESET]		= "reset",
};

static const char *const job_state_values[] = {
	[VHOST_MEM_JOB_STATE_WAITING]		= "waiting",
	[VHOST_MEM_JOB_STATE_RUNNING]		= "running",
	[VHOST_MEM_JOB_STATE_DONE]		= "done",
	[VHOST_MEM_JOB_STATE_SUPERSEDED]	= "superseded",
	[VHOST_MEM_JOB_STATE_CANCELLED]		= "cancelled",
	[VHOST_MEM_JOB_STATE_GONE]		= "gone",
};

static const char *const request_type_values[] = {
	[VHOST_MEM_REQUEST_TYPE_PLUG]		= "plug",
	[VHOST_MEM_REQUEST_TYPE_UNPLUG]		= "unplug",
	[VHOST_MEM_REQUEST_TYPE_UNPLUG_ALL]	= "unplug-all",
	[VHOST_MEM_REQUEST_TYPE_STATE]		= "state",
	[VHOST_MEM_REQUEST_TYPE_PROPOSAL]	= "proposal",
	[VHOST_MEM_REQUEST_TYPE_STATUS]		= "status",
	[VHOST_MEM_REQUEST_TYPE_HINTS]		= "hints",
	[VHOST_MEM_REQUEST_TYPE_OTHER]		= "other",
};

const struct attr job_attrs[VHOST_MEM_A_JOB_MAX + 1] = {
	[VHOST_MEM_A_JOB_ID] = {
		.name		= "id",
		.label		= "Id",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct job, id),
	},
	[VHOST_MEM_A_JOB_REGION] = {
		.name		= "region",
		.label		= "Region",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct job, region),
	},
	[VHOST_MEM_A_JOB_NAME] = {
		.name		= "name",
		.label		= "Name",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct job, name),
	},
	[VHOST_MEM_A_JOB_ORIGIN] = {
		.name		= "origin",
		.label		= "Origin",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct job, origin),
		.values		= origin_values,
		.nr_values	= NR(origin_values),
	},
	[VHOST_MEM_A_JOB_PID] = {
		.name		= "pid",
		.label		= "Pid",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct job, pid),
	},
	[VHOST_MEM_A_JOB_COMM] = {
		.name		= "comm",
		.label		= "Comm",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct job, comm),
	},
	[VHOST_MEM_A_JOB_NOTE] = {
		.name		= "note",
		.label		= "Note",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct job, note),
	},
	[VHOST_MEM_A_JOB_FROM] = {
		.name		= "from",
		.label		= "From",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct job, from),
	},
	[VHOST_MEM_A_JOB_TARGET] = {
		.name		= "target",
		.label		= "Target",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct job, target),
	},
	[VHOST_MEM_A_JOB_PLUGGED_BEFORE] = {
		.name		= "plugged-before",
		.label		= "Plugged before",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct job, plugged_before),
	},
	[VHOST_MEM_A_JOB_PLUGGED] = {
		.name		= "plugged",
		.label		= "Plugged",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct job, plugged),
	},
	[VHOST_MEM_A_JOB_STATE] = {
		.name		= "state",
		.label		= "State",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct job, state),
		.values		= job_state_values,
		.nr_values	= NR(job_state_values),
	},
	[VHOST_MEM_A_JOB_REASON] = {
		.name		= "reason",
		.label		= "Reason",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct job, reason),
		.values		= progress_values,
		.nr_values	= NR(progress_values),
	},
	[VHOST_MEM_A_JOB_STARTED_AGO] = {
		.name		= "started-ago",
		.label		= "Started ago",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct job, started_ago),
	},
	[VHOST_MEM_A_JOB_ENDED_AGO] = {
		.name		= "ended-ago",
		.label		= "Ended ago",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct job, ended_ago),
	},
	[VHOST_MEM_A_JOB_REVERT] = {
		.name		= "revert",
		.label		= "Revert",
		.kind		= ATTR_FLAG,
		.offset		= offsetof(struct job, revert),
	},
};

const struct nla_policy job_policy[VHOST_MEM_A_JOB_MAX + 1] = {
	[VHOST_MEM_A_JOB_ID]				= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_REGION]			= { .type = NLA_U32 },
	[VHOST_MEM_A_JOB_NAME]				= { .type = NLA_STRING },
	[VHOST_MEM_A_JOB_ORIGIN]			= { .type = NLA_U32 },
	[VHOST_MEM_A_JOB_PID]				= { .type = NLA_U32 },
	[VHOST_MEM_A_JOB_COMM]				= { .type = NLA_STRING },
	[VHOST_MEM_A_JOB_NOTE]				= { .type = NLA_STRING },
	[VHOST_MEM_A_JOB_FROM]				= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_TARGET]			= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_PLUGGED_BEFORE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_PLUGGED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_STATE]				= { .type = NLA_U32 },
	[VHOST_MEM_A_JOB_REASON]			= { .type = NLA_U32 },
	[VHOST_MEM_A_JOB_STARTED_AGO]			= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_ENDED_AGO]			= { .type = NLA_U64 },
	[VHOST_MEM_A_JOB_REVERT]			= { .type = NLA_FLAG },
};

static const struct attr_set job_set = {
	.attrs		= job_attrs,
	.policy		= job_policy,
	.max		= VHOST_MEM_A_JOB_MAX,
};

const struct attr region_attrs[VHOST_MEM_A_REGION_MAX + 1] = {
	[VHOST_MEM_A_REGION_ID] = {
		.name		= "id",
		.label		= "Id",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct region, id),
	},
	[VHOST_MEM_A_REGION_NAME] = {
		.name		= "name",
		.label		= "Name",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct region, name),
	},
	[VHOST_MEM_A_REGION_PID] = {
		.name		= "pid",
		.label		= "Pid",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct region, pid),
	},
	[VHOST_MEM_A_REGION_COMM] = {
		.name		= "comm",
		.label		= "Comm",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct region, comm),
	},
	[VHOST_MEM_A_REGION_STATE] = {
		.name		= "state",
		.label		= "State",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, state),
		.values		= state_values,
		.nr_values	= NR(state_values),
	},
	[VHOST_MEM_A_REGION_UNPLUGGED] = {
		.name		= "unplugged",
		.label		= "Unplugged",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, unplugged),
		.values		= unplugged_values,
		.nr_values	= NR(unplugged_values),
	},
	[VHOST_MEM_A_REGION_NODE] = {
		.name		= "node",
		.label		= "Node",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct region, node),
	},
	[VHOST_MEM_A_REGION_ADDR] = {
		.name		= "addr",
		.label		= "Addr",
		.kind		= ATTR_ADDR,
		.offset		= offsetof(struct region, addr),
	},
	[VHOST_MEM_A_REGION_BLOCK_SIZE] = {
		.name		= "block-size",
		.label		= "Block size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, block_size),
	},
	[VHOST_MEM_A_REGION_SIZE] = {
		.name		= "size",
		.label		= "Size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, size),
	},
	[VHOST_MEM_A_REGION_USABLE_SIZE] = {
		.name		= "usable-size",
		.label		= "Usable size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, usable_size),
	},
	[VHOST_MEM_A_REGION_REQUESTED_SIZE] = {
		.name		= "requested-size",
		.label		= "Requested size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, requested_size),
	},
	[VHOST_MEM_A_REGION_PLUGGED_SIZE] = {
		.name		= "plugged-size",
		.label		= "Plugged size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, plugged_size),
	},
	[VHOST_MEM_A_REGION_BACKED_SIZE] = {
		.name		= "backed-size",
		.label		= "Backed size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, backed_size),
	},
	[VHOST_MEM_A_REGION_REQUESTS] = {
		.name		= "requests",
		.label		= "Requests",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct region, requests),
	},
	[VHOST_MEM_A_REGION_REFUSED_FAULTS] = {
		.name		= "refused-faults",
		.label		= "Refused faults",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct region, refused_faults),
	},
	[VHOST_MEM_A_REGION_LIMIT] = {
		.name		= "limit",
		.label		= "Limit",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, limit),
	},
	[VHOST_MEM_A_REGION_VIOLATION_ADDR] = {
		.name		= "violation-addr",
		.label		= "Violation addr",
		.kind		= ATTR_ADDR,
		.offset		= offsetof(struct region, violation_addr),
	},
	[VHOST_MEM_A_REGION_VIOLATION_ACCESS] = {
		.name		= "violation-access",
		.label		= "Violation access",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, violation_access),
		.values		= access_values,
		.nr_values	= NR(access_values),
	},
	[VHOST_MEM_A_REGION_PROGRESS] = {
		.name		= "progress",
		.label		= "Progress",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, progress),
		.values		= progress_values,
		.nr_values	= NR(progress_values),
	},
	[VHOST_MEM_A_REGION_REQUESTED_AGO] = {
		.name		= "requested-ago",
		.label		= "Requested ago",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct region, requested_ago),
	},
	[VHOST_MEM_A_REGION_REQUEST_AGO] = {
		.name		= "request-ago",
		.label		= "Request ago",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct region, request_ago),
	},
	[VHOST_MEM_A_REGION_POLICY] = {
		.name		= "policy",
		.label		= "Policy",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, policy),
		.values		= policy_values,
		.nr_values	= NR(policy_values),
	},
	[VHOST_MEM_A_REGION_POLICY_MAX] = {
		.name		= "policy-max",
		.label		= "Policy max",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, policy_max),
	},
	[VHOST_MEM_A_REGION_POLICY_STEP] = {
		.name		= "policy-step",
		.label		= "Policy step",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, policy_step),
	},
	[VHOST_MEM_A_REGION_POLICY_INTERVAL] = {
		.name		= "policy-interval",
		.label		= "Policy interval",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct region, policy_interval),
	},
	[VHOST_MEM_A_REGION_PROPOSED_SIZE] = {
		.name		= "proposed-size",
		.label		= "Proposed size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, proposed_size),
	},
	[VHOST_MEM_A_REGION_PROPOSAL_REASON] = {
		.name		= "proposal-reason",
		.label		= "Proposal reason",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, proposal_reason),
		.values		= reason_values,
		.nr_values	= NR(reason_values),
	},
	[VHOST_MEM_A_REGION_PROPOSAL_AGO] = {
		.name		= "proposal-ago",
		.label		= "Proposal ago",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct region, proposal_ago),
	},
	[VHOST_MEM_A_REGION_PROPOSAL_DECISION] = {
		.name		= "proposal-decision",
		.label		= "Proposal decision",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, proposal_decision),
		.values		= decision_values,
		.nr_values	= NR(decision_values),
	},
	[VHOST_MEM_A_REGION_GUEST_STATUS] = {
		.name		= "guest-status",
		.label		= "Guest status",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct region, guest_status),
		.values		= guest_status_values,
		.nr_values	= NR(guest_status_values),
	},
	[VHOST_MEM_A_REGION_GUEST_RECLAIMABLE] = {
		.name		= "guest-reclaimable",
		.label		= "Guest reclaimable",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, guest_reclaimable),
	},
	[VHOST_MEM_A_REGION_HINT_PAGE_SIZE] = {
		.name		= "hint-page-size",
		.label		= "Hint page size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, hint_page_size),
	},
	[VHOST_MEM_A_REGION_HINT_BLOCK_SIZE] = {
		.name		= "hint-block-size",
		.label		= "Hint block size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, hint_block_size),
	},
	[VHOST_MEM_A_REGION_HINT_ALIGN] = {
		.name		= "hint-align",
		.label		= "Hint align",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, hint_align),
	},
	[VHOST_MEM_A_REGION_HINT_ADDR_LIMIT] = {
		.name		= "hint-addr-limit",
		.label		= "Hint addr limit",
		.kind		= ATTR_ADDR,
		.offset		= offsetof(struct region, hint_addr_limit),
	},
	[VHOST_MEM_A_REGION_LIMBO_SIZE] = {
		.name		= "limbo-size",
		.label		= "Limbo size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, limbo_size),
	},
	[VHOST_MEM_A_REGION_LEAVING] = {
		.name		= "leaving",
		.label		= "Leaving",
		.kind		= ATTR_FLAG,
		.offset		= offsetof(struct region, leaving),
	},
	[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE] = {
		.name		= "expected-requested-size",
		.label		= "Expected requested size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, expected_requested_size),
	},
	[VHOST_MEM_A_REGION_SEQUENCE] = {
		.name		= "sequence",
		.label		= "Sequence",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct region, sequence),
	},
	[VHOST_MEM_A_REGION_JOB] = {
		.name		= "job",
		.label		= "Job",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct region, job),
	},
	[VHOST_MEM_A_REGION_NOTE] = {
		.name		= "note",
		.label		= "Note",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct region, note),
	},
	[VHOST_MEM_A_REGION_ENDED_JOB] = {
		.name		= "ended-job",
		.label		= "Ended job",
		.kind		= ATTR_NEST,
		.offset		= offsetof(struct region, ended_job),
		.nested		= &job_set,
	},
	[VHOST_MEM_A_REGION_POOL] = {
		.name		= "pool",
		.label		= "Pool",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct region, pool),
	},
	[VHOST_MEM_A_REGION_RESERVED] = {
		.name		= "reserved",
		.label		= "Reserved",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, reserved),
	},
	[VHOST_MEM_A_REGION_MINIMUM] = {
		.name		= "minimum",
		.label		= "Minimum",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, minimum),
	},
	[VHOST_MEM_A_REGION_CHARGED] = {
		.name		= "charged",
		.label		= "Charged",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, charged),
	},
	[VHOST_MEM_A_REGION_RULES] = {
		.name		= "rules",
		.label		= "Rules",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct region, rules),
	},
	[VHOST_MEM_A_REGION_PAGE_SIZE] = {
		.name		= "page-size",
		.label		= "Page size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct region, page_size),
	},
	[VHOST_MEM_A_REGION_PAGES_RESERVED] = {
		.name		= "pages-reserved",
		.label		= "Pages reserved",
		.kind		= ATTR_FLAG,
		.offset		= offsetof(struct region, pages_reserved),
	},
};

const struct nla_policy region_policy[VHOST_MEM_A_REGION_MAX + 1] = {
	[VHOST_MEM_A_REGION_ID]				= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_NAME]			= { .type = NLA_STRING },
	[VHOST_MEM_A_REGION_PID]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_COMM]			= { .type = NLA_STRING },
	[VHOST_MEM_A_REGION_STATE]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_UNPLUGGED]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_NODE]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_ADDR]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_BLOCK_SIZE]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_SIZE]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_USABLE_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REQUESTED_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PLUGGED_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_BACKED_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REQUESTS]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REFUSED_FAULTS]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_LIMIT]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_VIOLATION_ADDR]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_VIOLATION_ACCESS]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_PROGRESS]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_REQUESTED_AGO]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REQUEST_AGO]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_POLICY]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_POLICY_MAX]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_POLICY_STEP]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_POLICY_INTERVAL]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PROPOSED_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PROPOSAL_REASON]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_PROPOSAL_AGO]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PROPOSAL_DECISION]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_GUEST_STATUS]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_GUEST_RECLAIMABLE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_PAGE_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_BLOCK_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_ALIGN]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_ADDR_LIMIT]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_LIMBO_SIZE]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_LEAVING]			= { .type = NLA_FLAG },
	[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_SEQUENCE]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_JOB]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_NOTE]			= { .type = NLA_STRING },
	[VHOST_MEM_A_REGION_ENDED_JOB]			= { .type = NLA_NESTED },
	[VHOST_MEM_A_REGION_POOL]			= { .type = NLA_STRING },
	[VHOST_MEM_A_REGION_RESERVED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_MINIMUM]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_CHARGED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_RULES]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_PAGE_SIZE]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PAGES_RESERVED]		= { .type = NLA_FLAG },
};

const struct attr pool_attrs[VHOST_MEM_A_POOL_MAX + 1] = {
	[VHOST_MEM_A_POOL_NAME] = {
		.name		= "name",
		.label		= "Name",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct pool, name),
	},
	[VHOST_MEM_A_POOL_SIZE] = {
		.name		= "size",
		.label		= "Size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct pool, size),
	},
	[VHOST_MEM_A_POOL_UNLIMITED] = {
		.name		= "unlimited",
		.label		= "Unlimited",
		.kind		= ATTR_FLAG,
		.offset		= offsetof(struct pool, unlimited),
	},
	[VHOST_MEM_A_POOL_CHARGED] = {
		.name		= "charged",
		.label		= "Charged",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct pool, charged),
	},
	[VHOST_MEM_A_POOL_RESERVED] = {
		.name		= "reserved",
		.label		= "Reserved",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct pool, reserved),
	},
	[VHOST_MEM_A_POOL_EARMARKED] = {
		.name		= "earmarked",
		.label		= "Earmarked",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct pool, earmarked),
	},
	[VHOST_MEM_A_POOL_OVER] = {
		.name		= "over",
		.label		= "Over",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct pool, over),
	},
	[VHOST_MEM_A_POOL_REGIONS] = {
		.name		= "regions",
		.label		= "Regions",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct pool, regions),
	},
	[VHOST_MEM_A_POOL_WAITING] = {
		.name		= "waiting",
		.label		= "Waiting",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct pool, waiting),
	},
	[VHOST_MEM_A_POOL_LEASED] = {
		.name		= "leased",
		.label		= "Leased",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct pool, leased),
	},
	[VHOST_MEM_A_POOL_LEASES] = {
		.name		= "leases",
		.label		= "Leases",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct pool, leases),
	},
};

const struct nla_policy pool_policy[VHOST_MEM_A_POOL_MAX + 1] = {
	[VHOST_MEM_A_POOL_NAME]				= { .type = NLA_STRING },
	[VHOST_MEM_A_POOL_SIZE]				= { .type = NLA_U64 },
	[VHOST_MEM_A_POOL_UNLIMITED]			= { .type = NLA_FLAG },
	[VHOST_MEM_A_POOL_CHARGED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_POOL_RESERVED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_POOL_EARMARKED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_POOL_OVER]				= { .type = NLA_U64 },
	[VHOST_MEM_A_POOL_REGIONS]			= { .type = NLA_U32 },
	[VHOST_MEM_A_POOL_WAITING]			= { .type = NLA_U32 },
	[VHOST_MEM_A_POOL_LEASED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_POOL_LEASES]			= { .type = NLA_U32 },
};

const struct attr lease_attrs[VHOST_MEM_A_LEASE_MAX + 1] = {
	[VHOST_MEM_A_LEASE_NUMBER] = {
		.name		= "number",
		.label		= "Number",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct lease, number),
	},
	[VHOST_MEM_A_LEASE_NAME] = {
		.name		= "name",
		.label		= "Name",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct lease, name),
	},
	[VHOST_MEM_A_LEASE_POOL] = {
		.name		= "pool",
		.label		= "Pool",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct lease, pool),
	},
	[VHOST_MEM_A_LEASE_SIZE] = {
		.name		= "size",
		.label		= "Size",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct lease, size),
	},
	[VHOST_MEM_A_LEASE_USER] = {
		.name		= "user",
		.label		= "User",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct lease, user),
	},
	[VHOST_MEM_A_LEASE_TIME] = {
		.name		= "time",
		.label		= "Time",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct lease, time),
	},
	[VHOST_MEM_A_LEASE_EXPIRES_IN] = {
		.name		= "expires-in",
		.label		= "Expires in",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct lease, expires_in),
	},
};

const struct nla_policy lease_policy[VHOST_MEM_A_LEASE_MAX + 1] = {
	[VHOST_MEM_A_LEASE_NUMBER]			= { .type = NLA_U64 },
	[VHOST_MEM_A_LEASE_NAME]			= { .type = NLA_STRING },
	[VHOST_MEM_A_LEASE_POOL]			= { .type = NLA_STRING },
	[VHOST_MEM_A_LEASE_SIZE]			= { .type = NLA_U64 },
	[VHOST_MEM_A_LEASE_USER]			= { .type = NLA_U32 },
	[VHOST_MEM_A_LEASE_TIME]			= { .type = NLA_U64 },
	[VHOST_MEM_A_LEASE_EXPIRES_IN]			= { .type = NLA_U64 },
};

const struct attr defaults_attrs[VHOST_MEM_A_DEFAULTS_MAX + 1] = {
	[VHOST_MEM_A_DEFAULTS_LIMIT] = {
		.name		= "limit",
		.label		= "Limit",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct defaults, limit),
	},
	[VHOST_MEM_A_DEFAULTS_MINIMUM] = {
		.name		= "minimum",
		.label		= "Minimum",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct defaults, minimum),
	},
	[VHOST_MEM_A_DEFAULTS_POOL] = {
		.name		= "pool",
		.label		= "Pool",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct defaults, pool),
	},
	[VHOST_MEM_A_DEFAULTS_POLICY] = {
		.name		= "policy",
		.label		= "Policy",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct defaults, policy),
		.values		= policy_values,
		.nr_values	= NR(policy_values),
	},
	[VHOST_MEM_A_DEFAULTS_POLICY_MAX] = {
		.name		= "policy-max",
		.label		= "Policy max",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct defaults, policy_max),
	},
	[VHOST_MEM_A_DEFAULTS_POLICY_STEP] = {
		.name		= "policy-step",
		.label		= "Policy step",
		.kind		= ATTR_SIZE,
		.offset		= offsetof(struct defaults, policy_step),
	},
	[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL] = {
		.name		= "policy-interval",
		.label		= "Policy interval",
		.kind		= ATTR_MS,
		.offset		= offsetof(struct defaults, policy_interval),
	},
};

const struct nla_policy defaults_policy[VHOST_MEM_A_DEFAULTS_MAX + 1] = {
	[VHOST_MEM_A_DEFAULTS_LIMIT]			= { .type = NLA_U64 },
	[VHOST_MEM_A_DEFAULTS_MINIMUM]			= { .type = NLA_U64 },
	[VHOST_MEM_A_DEFAULTS_POOL]			= { .type = NLA_STRING },
	[VHOST_MEM_A_DEFAULTS_POLICY]			= { .type = NLA_U32 },
	[VHOST_MEM_A_DEFAULTS_POLICY_MAX]		= { .type = NLA_U64 },
	[VHOST_MEM_A_DEFAULTS_POLICY_STEP]		= { .type = NLA_U64 },
	[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL]		= { .type = NLA_U64 },
};

const struct attr stats_attrs[VHOST_MEM_A_STATS_MAX + 1] = {
	[VHOST_MEM_A_STATS_ID] = {
		.name		= "id",
		.label		= "Id",
		.kind		= ATTR_U32,
		.offset		= offsetof(struct stats, id),
	},
	[VHOST_MEM_A_STATS_NAME] = {
		.name		= "name",
		.label		= "Name",
		.kind		= ATTR_STRING,
		.offset		= offsetof(struct stats, name),
	},
	[VHOST_MEM_A_STATS_REQUESTS] = {
		.name		= "requests",
		.label		= "Requests",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, requests),
	},
	[VHOST_MEM_A_STATS_BUSY_FROZEN] = {
		.name		= "busy-frozen",
		.label		= "Busy frozen",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_frozen),
	},
	[VHOST_MEM_A_STATS_BUSY_PINNED] = {
		.name		= "busy-pinned",
		.label		= "Busy pinned",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_pinned),
	},
	[VHOST_MEM_A_STATS_BUSY_POOL] = {
		.name		= "busy-pool",
		.label		= "Busy pool",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_pool),
	},
	[VHOST_MEM_A_STATS_BUSY_INTERRUPTED] = {
		.name		= "busy-interrupted",
		.label		= "Busy interrupted",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_interrupted),
	},
	[VHOST_MEM_A_STATS_BUSY_NO_MEMORY] = {
		.name		= "busy-no-memory",
		.label		= "Busy no memory",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_no_memory),
	},
	[VHOST_MEM_A_STATS_INTERRUPTS] = {
		.name		= "interrupts",
		.label		= "Interrupts",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, interrupts),
	},
	[VHOST_MEM_A_STATS_WAKES] = {
		.name		= "wakes",
		.label		= "Wakes",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, wakes),
	},
	[VHOST_MEM_A_STATS_BUSY_NO_HUGE_PAGES] = {
		.name		= "busy-no-huge-pages",
		.label		= "Busy no huge pages",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_no_huge_pages),
	},
	[VHOST_MEM_A_STATS_BUSY_UNCONFIRMED] = {
		.name		= "busy-unconfirmed",
		.label		= "Busy unconfirmed",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct stats, busy_unconfirmed),
	},
};

const struct nla_policy stats_policy[VHOST_MEM_A_STATS_MAX + 1] = {
	[VHOST_MEM_A_STATS_ID]				= { .type = NLA_U32 },
	[VHOST_MEM_A_STATS_NAME]			= { .type = NLA_STRING },
	[VHOST_MEM_A_STATS_REQUESTS]			= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_FROZEN]			= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_PINNED]			= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_POOL]			= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_INTERRUPTED]		= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_NO_MEMORY]		= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_INTERRUPTS]			= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_WAKES]			= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_NO_HUGE_PAGES]		= { .type = NLA_U64 },
	[VHOST_MEM_A_STATS_BUSY_UNCONFIRMED]		= { .type = NLA_U64 },
};

const struct attr requests_attrs[VHOST_MEM_A_REQUESTS_MAX + 1] = {
	[VHOST_MEM_A_REQUESTS_TYPE] = {
		.name		= "type",
		.label		= "Type",
		.kind		= ATTR_ENUM,
		.offset		= offsetof(struct requests, type),
		.values		= request_type_values,
		.nr_values	= NR(request_type_values),
	},
	[VHOST_MEM_A_REQUESTS_ACK] = {
		.name		= "ack",
		.label		= "Ack",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct requests, ack),
	},
	[VHOST_MEM_A_REQUESTS_NACK] = {
		.name		= "nack",
		.label		= "Nack",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct requests, nack),
	},
	[VHOST_MEM_A_REQUESTS_BUSY] = {
		.name		= "busy",
		.label		= "Busy",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct requests, busy),
	},
	[VHOST_MEM_A_REQUESTS_ERROR] = {
		.name		= "error",
		.label		= "Error",
		.kind		= ATTR_COUNT,
		.offset		= offsetof(struct requests, error),
	},
};

const struct nla_policy requests_policy[VHOST_MEM_A_REQUESTS_MAX + 1] = {
	[VHOST_MEM_A_REQUESTS_TYPE]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REQUESTS_ACK]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REQUESTS_NACK]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REQUESTS_BUSY]			= { .type = NLA_U64 },
	[VHOST_MEM_A_REQUESTS_ERROR]			= { .type = NLA_U64 },
};

const char *const event_names[VHOST_MEM_CMD_MAX + 1] = {
	[VHOST_MEM_CMD_REGION_CREATED_NTF]	= "created",
	[VHOST_MEM_CMD_REGION_GONE_NTF]		= "gone",
	[VHOST_MEM_CMD_REGION_RESIZED_NTF]	= "resized",
	[VHOST_MEM_CMD_REGION_PLUGGED_NTF]	= "plugged",
	[VHOST_MEM_CMD_REGION_VIOLATION_NTF]	= "violation",
	[VHOST_MEM_CMD_REGION_STALLED_NTF]	= "stalled",
	[VHOST_MEM_CMD_REGION_PROPOSAL_NTF]	= "proposal",
	[VHOST_MEM_CMD_REGION_JOB_NTF]		= "job",
};

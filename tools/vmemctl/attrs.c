// SPDX-License-Identifier: GPL-2.0
#include <assert.h>

#include "attrs.h"
#include "region.h"

static_assert(VHOST_MEM_A_REGION_MAX == VHOST_MEM_A_REGION_SEQUENCE &&
	      VHOST_MEM_A_REGION_MAX == 41,
	      "new attribute: add it below, to struct region and to vmemctl.8");
static_assert(VHOST_MEM_CMD_MAX == VHOST_MEM_CMD_REGION_PROPOSAL_NTF &&
	      VHOST_MEM_CMD_MAX == 9,
	      "new operation: is it an event? Then add it below and to vmemctl.8");

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const states[] = {
	[VHOST_MEM_STATE_STOPPED]		= "stopped",
	[VHOST_MEM_STATE_RUNNING]		= "running",
	[VHOST_MEM_STATE_BROKEN]		= "broken",
	[VHOST_MEM_STATE_ORPHANED]		= "orphaned",
	[VHOST_MEM_STATE_ENDED]			= "ended",
};

static const char *const unplugged[] = {
	[VHOST_MEM_UNPLUGGED_INACCESSIBLE]	= "inaccessible",
	[VHOST_MEM_UNPLUGGED_READABLE]		= "readable",
};

static const char *const accesses[] = {
	[VHOST_MEM_ACCESS_READ]			= "read",
	[VHOST_MEM_ACCESS_WRITE]		= "write",
};

static const char *const progresses[] = {
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
};

static const char *const policies[] = {
	[VHOST_MEM_POLICY_DENY]			= "deny",
	[VHOST_MEM_POLICY_MANUAL]		= "manual",
	[VHOST_MEM_POLICY_AUTO]		= "auto",
};

static const char *const reasons[] = {
	[VHOST_MEM_REASON_OTHER]		= "other",
	[VHOST_MEM_REASON_USER]			= "user",
	[VHOST_MEM_REASON_PRESSURE]		= "pressure",
	[VHOST_MEM_REASON_OOM]			= "oom",
	[VHOST_MEM_REASON_IDLE]			= "idle",
};

static const char *const decisions[] = {
	[VHOST_MEM_DECISION_GRANTED]		= "granted",
	[VHOST_MEM_DECISION_PARTIAL]		= "partial",
	[VHOST_MEM_DECISION_DENIED]		= "denied",
	[VHOST_MEM_DECISION_PENDING]		= "pending",
};

static const char *const guest_statuses[] = {
	[VHOST_MEM_GUEST_STATUS_NONE]		= "none",
	[VHOST_MEM_GUEST_STATUS_NO_MEMORY]	= "no-memory",
	[VHOST_MEM_GUEST_STATUS_UNMOVABLE]	= "unmovable",
	[VHOST_MEM_GUEST_STATUS_NOT_ONLINE]	= "not-online",
	[VHOST_MEM_GUEST_STATUS_MOVING]		= "moving",
	[VHOST_MEM_GUEST_STATUS_OTHER]		= "other",
};

#define ATTR(_name, _label, _type, _member) {			\
	.name	= _name,					\
	.label	= _label,					\
	.type	= _type,					\
	.offset	= offsetof(struct region, _member),		\
}

#define ATTR_OF_ENUM(_name, _label, _member, _values) {		\
	.name		= _name,				\
	.label		= _label,				\
	.type		= ATTR_ENUM,				\
	.offset		= offsetof(struct region, _member),	\
	.values		= _values,				\
	.nr_values	= ARRAY_SIZE(_values),			\
}

const struct attr region_attrs[VHOST_MEM_A_REGION_MAX + 1] = {
	[VHOST_MEM_A_REGION_ID] =
		ATTR("id", "ID", ATTR_U32, id),
	[VHOST_MEM_A_REGION_NAME] =
		ATTR("name", "Name", ATTR_STRING, name),
	[VHOST_MEM_A_REGION_PID] =
		ATTR("pid", "VMM PID", ATTR_U32, pid),
	[VHOST_MEM_A_REGION_COMM] =
		ATTR("comm", "VMM", ATTR_STRING, comm),
	[VHOST_MEM_A_REGION_STATE] =
		ATTR_OF_ENUM("state", "State", state, states),
	[VHOST_MEM_A_REGION_UNPLUGGED] =
		ATTR_OF_ENUM("unplugged", "Unplugged blocks", unplugged, unplugged),
	[VHOST_MEM_A_REGION_NODE] =
		ATTR("node", "Guest NUMA node", ATTR_U32, node),
	[VHOST_MEM_A_REGION_ADDR] =
		ATTR("addr", "Guest address", ATTR_ADDR, addr),
	[VHOST_MEM_A_REGION_BLOCK_SIZE] =
		ATTR("block-size", "Block size", ATTR_SIZE, block_size),
	[VHOST_MEM_A_REGION_SIZE] =
		ATTR("size", "Maximum", ATTR_SIZE, size),
	[VHOST_MEM_A_REGION_USABLE_SIZE] =
		ATTR("usable-size", "Usable", ATTR_SIZE, usable_size),
	[VHOST_MEM_A_REGION_REQUESTED_SIZE] =
		ATTR("requested-size", "Requested", ATTR_SIZE, requested_size),
	[VHOST_MEM_A_REGION_PLUGGED_SIZE] =
		ATTR("plugged-size", "Plugged", ATTR_SIZE, plugged_size),
	[VHOST_MEM_A_REGION_BACKED_SIZE] =
		ATTR("backed-size", "Backed", ATTR_SIZE, backed_size),
	[VHOST_MEM_A_REGION_REQUESTS] =
		ATTR("requests", "Requests", ATTR_COUNT, requests),
	[VHOST_MEM_A_REGION_REFUSED_FAULTS] =
		ATTR("refused-faults", "Refused faults", ATTR_COUNT, refused_faults),
	[VHOST_MEM_A_REGION_PAD] = {
		.type = ATTR_PAD,
	},
	[VHOST_MEM_A_REGION_LIMIT] =
		ATTR("limit", "Limit", ATTR_SIZE, limit),
	[VHOST_MEM_A_REGION_VIOLATION_ADDR] =
		ATTR("violation-addr", NULL, ATTR_ADDR, violation_addr),
	[VHOST_MEM_A_REGION_VIOLATION_ACCESS] =
		ATTR_OF_ENUM("violation-access", NULL, violation_access, accesses),
	[VHOST_MEM_A_REGION_PROGRESS] =
		ATTR_OF_ENUM("progress", "Resize", progress, progresses),
	[VHOST_MEM_A_REGION_REQUESTED_AGO] =
		ATTR("requested-ago", NULL, ATTR_COUNT, requested_ago),
	[VHOST_MEM_A_REGION_REQUEST_AGO] =
		ATTR("request-ago", NULL, ATTR_COUNT, request_ago),
	[VHOST_MEM_A_REGION_POLICY] =
		ATTR_OF_ENUM("policy", NULL, policy, policies),
	[VHOST_MEM_A_REGION_POLICY_MAX] =
		ATTR("policy-max", NULL, ATTR_SIZE, policy_max),
	[VHOST_MEM_A_REGION_POLICY_STEP] =
		ATTR("policy-step", NULL, ATTR_SIZE, policy_step),
	[VHOST_MEM_A_REGION_POLICY_INTERVAL] =
		ATTR("policy-interval", NULL, ATTR_COUNT, policy_interval),
	[VHOST_MEM_A_REGION_PROPOSED_SIZE] =
		ATTR("proposed-size", NULL, ATTR_SIZE, proposed_size),
	[VHOST_MEM_A_REGION_PROPOSAL_REASON] =
		ATTR_OF_ENUM("proposal-reason", NULL, proposal_reason, reasons),
	[VHOST_MEM_A_REGION_PROPOSAL_AGO] =
		ATTR("proposal-ago", NULL, ATTR_COUNT, proposal_ago),
	[VHOST_MEM_A_REGION_PROPOSAL_DECISION] =
		ATTR_OF_ENUM("proposal-decision", NULL, proposal_decision, decisions),
	[VHOST_MEM_A_REGION_GUEST_STATUS] =
		ATTR_OF_ENUM("guest-status", NULL, guest_status, guest_statuses),
	[VHOST_MEM_A_REGION_GUEST_RECLAIMABLE] =
		ATTR("guest-reclaimable", NULL, ATTR_SIZE, guest_reclaimable),
	[VHOST_MEM_A_REGION_HINT_PAGE_SIZE] =
		ATTR("hint-page-size", NULL, ATTR_SIZE, hint_page_size),
	[VHOST_MEM_A_REGION_HINT_BLOCK_SIZE] =
		ATTR("hint-block-size", NULL, ATTR_SIZE, hint_block_size),
	[VHOST_MEM_A_REGION_HINT_ALIGN] =
		ATTR("hint-align", NULL, ATTR_SIZE, hint_align),
	[VHOST_MEM_A_REGION_HINT_ADDR_LIMIT] =
		ATTR("hint-addr-limit", NULL, ATTR_ADDR, hint_addr_limit),
	[VHOST_MEM_A_REGION_LIMBO_SIZE] =
		ATTR("limbo-size", NULL, ATTR_SIZE, limbo_size),
	[VHOST_MEM_A_REGION_LEAVING] =
		ATTR("leaving", NULL, ATTR_FLAG, leaving),
	[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE] =
		ATTR("expected-requested-size", NULL, ATTR_SIZE, expected_requested_size),
	[VHOST_MEM_A_REGION_SEQUENCE] =
		ATTR("sequence", NULL, ATTR_COUNT, sequence),
};

const struct nla_policy region_policy[VHOST_MEM_A_REGION_MAX + 1] = {
	[VHOST_MEM_A_REGION_ID]			= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_NAME]		= { .type = NLA_STRING },
	[VHOST_MEM_A_REGION_PID]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_COMM]		= { .type = NLA_STRING },
	[VHOST_MEM_A_REGION_STATE]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_UNPLUGGED]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_NODE]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_ADDR]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_BLOCK_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_USABLE_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REQUESTED_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PLUGGED_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_BACKED_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REQUESTS]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REFUSED_FAULTS]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_LIMIT]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_VIOLATION_ADDR]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_VIOLATION_ACCESS]	= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_PROGRESS]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_REQUESTED_AGO]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_REQUEST_AGO]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_POLICY]		= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_POLICY_MAX]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_POLICY_STEP]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_POLICY_INTERVAL]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PROPOSED_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PROPOSAL_REASON]	= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_PROPOSAL_AGO]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_PROPOSAL_DECISION]	= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_GUEST_STATUS]	= { .type = NLA_U32 },
	[VHOST_MEM_A_REGION_GUEST_RECLAIMABLE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_PAGE_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_BLOCK_SIZE]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_ALIGN]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_HINT_ADDR_LIMIT]	= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_LIMBO_SIZE]		= { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_LEAVING]		= { .type = NLA_FLAG },
	[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE] = { .type = NLA_U64 },
	[VHOST_MEM_A_REGION_SEQUENCE]		= { .type = NLA_U64 },
};

const char *attr_enum_name(const struct attr *attr, uint32_t value)
{
	return value < attr->nr_values ? attr->values[value] : NULL;
}

const char *attr_event_name(int cmd)
{
	switch (cmd) {
	case VHOST_MEM_CMD_REGION_CREATED_NTF:
		return "created";
	case VHOST_MEM_CMD_REGION_GONE_NTF:
		return "gone";
	case VHOST_MEM_CMD_REGION_RESIZED_NTF:
		return "resized";
	case VHOST_MEM_CMD_REGION_PLUGGED_NTF:
		return "plugged";
	case VHOST_MEM_CMD_REGION_VIOLATION_NTF:
		return "violation";
	case VHOST_MEM_CMD_REGION_STALLED_NTF:
		return "stalled";
	case VHOST_MEM_CMD_REGION_PROPOSAL_NTF:
		return "proposal";
	default:
		return NULL;
	}
}

// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "fixture.h"
#include "proc.h"

#define TWIN_LACKS	(ATTR_BIT(NODE) | ATTR_BIT(ADDR) | VIOLATION_ATTRS | REPORT_ATTRS)

#define TWIN(_id)							\
	.id		= _id,						\
	.name		= "twin",					\
	.pid		= 4242,						\
	.comm		= "cloud-hyperviso",				\
	.state		= VHOST_MEM_STATE_STOPPED,			\
	.unplugged	= VHOST_MEM_UNPLUGGED_READABLE,			\
	.block_size	= 128 * MIB,					\
	.size		= 1024 * GIB,					\
	.usable_size	= 1024 * GIB,					\
	.requested_size	= 0,						\
	.plugged_size	= 1536 * MIB,					\
	.limit		= 512 * GIB,					\
	.policy		= VHOST_MEM_POLICY_DENY,			\
	.policy_max	= 1024 * GIB,					\
	.policy_step	= 1024 * GIB,					\
	.policy_interval = 1000

const struct region fixture_regions[NR_FIXTURE_REGIONS] = {
	[REGION_VM1] = {
		.present	= ALL_ATTRS & ~RARE_ATTRS,
		.id		= 1,
		.name		= "vm1",
		.pid		= 1234,
		.comm		= "qemu-system-x86",
		.state		= VHOST_MEM_STATE_RUNNING,
		.unplugged	= VHOST_MEM_UNPLUGGED_INACCESSIBLE,
		.node		= 1,
		.addr		= 0x140000000,
		.block_size	= 2 * MIB,
		.size		= 8 * GIB,
		.usable_size	= 4 * GIB,
		.requested_size	= 3 * GIB,
		.plugged_size	= 2 * GIB,
		.backed_size	= 1536 * MIB,
		.requests	= 1030,
		.refused_faults	= 2,
		.limit		= 8 * GIB,
		.violation_addr	= 0x2fffff000,
		.violation_access = VHOST_MEM_ACCESS_WRITE,
		.progress	= VHOST_MEM_PROGRESS_STALLED,
		.requested_ago	= 95000,
		.request_ago	= 40000,
		.policy		= VHOST_MEM_POLICY_MANUAL,
		.policy_max	= 6 * GIB,
		.policy_step	= 256 * MIB,
		.policy_interval = 1000,
		.proposed_size	= 4 * GIB,
		.proposal_reason	= VHOST_MEM_REASON_PRESSURE,
		.proposal_ago	= 3000,
		.proposal_decision	= VHOST_MEM_DECISION_PENDING,
		.guest_status	= VHOST_MEM_GUEST_STATUS_NOT_ONLINE,
		.guest_reclaimable	= 128 * MIB,
		.hint_page_size	= 4096,
		.hint_block_size = 128 * MIB,
		.hint_align	= 256 * MIB,
		.hint_addr_limit = 0x400000000000,
		.sequence	= 4711,
	},
	[REGION_TWIN2] = {
		.present	= ALL_ATTRS & ~(TWIN_LACKS | RARE_ATTRS),
		TWIN(2),
	},
	[REGION_TWIN3] = {
		.present	= ALL_ATTRS & ~(TWIN_LACKS | RARE_ATTRS),
		TWIN(3),
	},
	/* As few attributes as possible, and hostile strings. */
	[REGION_EVIL] = {
		.present	= ATTR_BIT(ID) | ATTR_BIT(NAME) | ATTR_BIT(PID) |
				  ATTR_BIT(COMM) | ATTR_BIT(STATE),
		.id		= 4000000000,
		.name		= "\033[2J\",\"id\":9,\xff",
		.pid		= 0,
		.comm		= "a\\b\n\xc3\xbc",
		.state		= 77,
	},
};

/* Nothing depends on the processes and the memory of this host. */
__attribute__((constructor)) static void set_proc_dir(void)
{
	const char *dir = getenv("FAKE_PROC");

	proc_dir = dir ? dir : "/nonexistent";
}

static void put_nest(struct nl_msg *msg, int i, const void *object, const struct attr_set *set)
{
	struct nlattr *nest = nla_nest_start(msg, i);

	if (!nest)
		abort();
	fixture_put(msg, object, set->attrs, set->max);
	nla_nest_end(msg, nest);
}

void fixture_put(struct nl_msg *msg, const void *object, const struct attr *attrs, int max)
{
	const struct attr *attr;
	const void *member;
	int i;

	for (i = 1; i <= max; i++) {
		attr = &attrs[i];
		member = (const char *)object + attr->offset;
		/* An object begins with what is present. */
		if (!(*(const uint64_t *)object & 1ULL << i))
			continue;
		switch (attr->kind) {
		case ATTR_U32:
		case ATTR_ENUM:
			nla_put_u32(msg, i, *(const uint32_t *)member);
			break;
		case ATTR_COUNT:
		case ATTR_SIZE:
		case ATTR_ADDR:
		case ATTR_MS:
			nla_put_u64(msg, i, *(const uint64_t *)member);
			break;
		case ATTR_STRING:
			nla_put_string(msg, i, member);
			break;
		case ATTR_FLAG:
			nla_put_flag(msg, i);
			break;
		case ATTR_NEST:
			put_nest(msg, i, member, attr->nested);
			break;
		case ATTR_PAD:
			break;
		}
	}
}

struct nl_msg *fixture_message(int cmd, const struct region *region)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, 0, 0, FIXTURE_FAMILY, 0, 0, cmd,
				 VHOST_MEM_FAMILY_VERSION))
		abort();
	fixture_put(msg, region, region_attrs, VHOST_MEM_A_REGION_MAX);
	return msg;
}

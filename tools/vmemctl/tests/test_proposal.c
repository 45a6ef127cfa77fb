// SPDX-License-Identifier: GPL-2.0
/* What is said of proposals, also if only some of it is known, or it is from the future. */
#include <stddef.h>

#include "fixture.h"
#include "ktap.h"
#include "explain.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

TEST(proposal_policy)
{
	static const struct {
		uint64_t present;
		uint32_t policy;
		uint64_t interval;
		const char *text;
	} cases[] = {
		{ POLICY_ATTRS, VHOST_MEM_POLICY_DENY, 1000, "deny" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_MANUAL, 1000, "manual" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 1000,
		  "auto up to 4 GiB, by 256 MiB, every 1 s" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 150,
		  "auto up to 4 GiB, by 256 MiB, every 150 ms" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 1500,
		  "auto up to 4 GiB, by 256 MiB, every 1500 ms" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 90000,
		  "auto up to 4 GiB, by 256 MiB, every 90 s" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 300000,
		  "auto up to 4 GiB, by 256 MiB, every 5 min" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 86400000,
		  "auto up to 4 GiB, by 256 MiB, every 24 h" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, 0,
		  "auto up to 4 GiB, by 256 MiB, every 0 ms" },
		{ POLICY_ATTRS, VHOST_MEM_POLICY_AUTO, UINT64_MAX,
		  "auto up to 4 GiB, by 256 MiB, every 18446744073709551615 ms" },
		{ POLICY_ATTRS, 3, 1000, "unknown (3)" },
		{ POLICY_ATTRS, UINT32_MAX, 1000, "unknown (4294967295)" },
		{ ATTR_BIT(POLICY), VHOST_MEM_POLICY_AUTO, 0, "auto" },
		{ ATTR_BIT(POLICY) | ATTR_BIT(POLICY_STEP), VHOST_MEM_POLICY_AUTO, 0,
		  "auto by 256 MiB" },
		{ POLICY_ATTRS & ~ATTR_BIT(POLICY), VHOST_MEM_POLICY_AUTO, 1000, "" },
		{ 0, 0, 0, "" },
	};
	struct region region = { .policy_max = 4 * GIB, .policy_step = 256 * MIB };
	char buf[PROPOSAL_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		region.present = cases[i].present;
		region.policy = cases[i].policy;
		region.policy_interval = cases[i].interval;
		EXPECT_TEXT("policy", proposal_policy(buf, &region), cases[i].text);
	}
}

TEST(proposal_answered)
{
	static const struct {
		uint64_t present;
		uint32_t reason, decision;
		const char *text;
	} cases[] = {
		{ PROPOSAL_ATTRS, VHOST_MEM_REASON_OTHER, VHOST_MEM_DECISION_GRANTED,
		  "2 GiB, 1 min 40 s ago: granted" },
		{ PROPOSAL_ATTRS, VHOST_MEM_REASON_USER, VHOST_MEM_DECISION_PARTIAL,
		  "2 GiB, a user asked for it, 1 min 40 s ago: partial" },
		{ PROPOSAL_ATTRS, VHOST_MEM_REASON_PRESSURE, VHOST_MEM_DECISION_DENIED,
		  "2 GiB, memory is short, 1 min 40 s ago: denied" },
		{ PROPOSAL_ATTRS, VHOST_MEM_REASON_OOM, VHOST_MEM_DECISION_PENDING,
		  "2 GiB, there is no memory left, 1 min 40 s ago: pending" },
		{ PROPOSAL_ATTRS, VHOST_MEM_REASON_IDLE, 4,
		  "2 GiB, it has more than it uses, 1 min 40 s ago: unknown (4)" },
		{ PROPOSAL_ATTRS, 5, UINT32_MAX,
		  "2 GiB, reason unknown (5), 1 min 40 s ago: unknown (4294967295)" },
		{ PROPOSAL_ATTRS, UINT32_MAX, VHOST_MEM_DECISION_PENDING,
		  "2 GiB, reason unknown (4294967295), 1 min 40 s ago: pending" },
		{ ATTR_BIT(PROPOSED_SIZE), 2, 3, "2 GiB" },
		{ ATTR_BIT(PROPOSED_SIZE) | ATTR_BIT(PROPOSAL_DECISION), 2, 3, "2 GiB: pending" },
		{ PROPOSAL_ATTRS & ~ATTR_BIT(PROPOSED_SIZE), 2, 3, "" },
	};
	struct region region = { .proposed_size = 2 * GIB, .proposal_ago = 100000 };
	char buf[PROPOSAL_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		region.present = cases[i].present;
		region.proposal_reason = cases[i].reason;
		region.proposal_decision = cases[i].decision;
		EXPECT_TEXT("proposal", proposal_answered(buf, &region), cases[i].text);
	}
}

TEST(proposal_status)
{
	static const struct {
		uint64_t present;
		uint32_t status;
		const char *text;
		bool obstacle;
	} cases[] = {
		{ STATUS_ATTRS, VHOST_MEM_GUEST_STATUS_NONE,
		  "nothing stands in the way; it could give back 0 B", false },
		{ STATUS_ATTRS, VHOST_MEM_GUEST_STATUS_NO_MEMORY,
		  "no-memory: it lacks the memory to manage more memory; it could give back 0 B", true },
		{ ATTR_BIT(GUEST_STATUS), VHOST_MEM_GUEST_STATUS_UNMOVABLE,
		  "unmovable: memory to give back is in use and cannot be moved", true },
		{ ATTR_BIT(GUEST_STATUS), VHOST_MEM_GUEST_STATUS_NOT_ONLINE,
		  "not-online: plugged memory is not online yet", true },
		{ ATTR_BIT(GUEST_STATUS), VHOST_MEM_GUEST_STATUS_MOVING,
		  "moving: it is moving data out of memory to give back", true },
		{ ATTR_BIT(GUEST_STATUS), VHOST_MEM_GUEST_STATUS_OTHER,
		  "other: for a reason of its own", true },
		{ ATTR_BIT(GUEST_STATUS), 6, "unknown (6)", false },
		{ ATTR_BIT(GUEST_STATUS), UINT32_MAX, "unknown (4294967295)", false },
		{ ATTR_BIT(GUEST_RECLAIMABLE), 2, "it could give back 0 B", false },
		{ 0, 2, "", false },
	};
	struct region region = { 0 };
	char buf[PROPOSAL_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		region.present = cases[i].present;
		region.guest_status = cases[i].status;
		EXPECT_TEXT("status", proposal_status(buf, &region), cases[i].text);
		EXPECT_EQ(cases[i].text, !!proposal_obstacle(&region), cases[i].obstacle);
	}
}

TEST(proposal_hints)
{
	struct region region = {
		.present	= HINT_ATTRS,
		.hint_page_size	= 1ULL << 63,
		.hint_block_size = 1,
		.hint_align	= 1ULL << 63,
		.hint_addr_limit = UINT64_MAX,
	};
	char buf[PROPOSAL_TEXT_MAX];

	EXPECT_TEXT("all", proposal_hints(buf, &region),
		    "pages of 8 EiB, blocks of 1 B, multiples of 8 EiB, addresses below 0xffffffffffffffff");
	region.present = ATTR_BIT(HINT_ALIGN);
	EXPECT_TEXT("one", proposal_hints(buf, &region), "multiples of 8 EiB");
	region.present = 0;
	EXPECT_TEXT("none", proposal_hints(buf, &region), "");
}

TEST(proposal_event)
{
	struct region region = fixture_regions[REGION_VM1];
	char buf[PROPOSAL_TEXT_MAX];

	region.present &= ~ATTR_BIT(PROPOSAL_AGO);
	EXPECT_TEXT("all", proposal_event(buf, &region),
		    "proposes 4 GiB, memory is short: pending; says not-online; policy manual");
	region.guest_status = 9;
	region.policy = 9;
	region.proposal_decision = 9;
	EXPECT_TEXT("future", proposal_event(buf, &region),
		    "proposes 4 GiB, memory is short: unknown (9); says unknown (9); policy unknown (9)");
	region.present &= ~PROPOSAL_ATTRS;
	EXPECT_TEXT("no proposal", proposal_event(buf, &region),
		    "says unknown (9); policy unknown (9)");
	region.present &= ~ATTR_BIT(POLICY);
	EXPECT_TEXT("no policy", proposal_event(buf, &region), "says unknown (9)");
	region.present = 0;
	EXPECT_TEXT("nothing", proposal_event(buf, &region), "");
}

/* Nothing that can be in these attributes is longer than a line can be. */
TEST(proposal_longest)
{
	struct region region = {
		.present	= ALL_ATTRS,
		.policy		= VHOST_MEM_POLICY_AUTO,
		.policy_max	= UINT64_MAX,
		.policy_step	= UINT64_MAX,
		.policy_interval = UINT64_MAX,
		.proposed_size	= UINT64_MAX,
		.proposal_reason	= UINT32_MAX,
		.proposal_ago	= UINT64_MAX / 2,
		.proposal_decision	= UINT32_MAX,
		.guest_status	= UINT32_MAX,
	};
	char buf[PROPOSAL_TEXT_MAX];

	EXPECT_TEXT("longest", proposal_event(buf, &region),
		    "proposes 15.99 EiB, reason unknown (4294967295), 2562047788015 h 12 min ago: unknown (4294967295); "
		    "says unknown (4294967295); "
		    "policy auto up to 15.99 EiB, by 15.99 EiB, every 18446744073709551615 ms");
}

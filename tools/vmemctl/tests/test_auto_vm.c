// SPDX-License-Identifier: GPL-2.0
/* From a region to what decide() wants to know, and from a decision to what is set. */
#include <string.h>

#include "auto/vm.h"
#include "fixture.h"
#include "ktap.h"

static const struct rule *const no_rules[RULE_KEYS];

TEST(vm_sample)
{
	struct rule limit = { .size = { .kind = SIZE_ABSOLUTE, .value = 5 * GIB + 1 } };
	struct rule min = { .size = { .kind = SIZE_PERCENT, .value = 25 } };
	struct rule weight = { .number = 300 };
	const struct rule *found[RULE_KEYS] = {
		[RULE_LIMIT] = &limit, [RULE_MIN] = &min, [RULE_WEIGHT] = &weight,
	};
	struct region region = fixture_regions[REGION_VM1];
	struct vm_sample vm;

	vm_sample(&vm, &region, no_rules);
	EXPECT_EQ("plugged", vm.plugged, 2 * GIB);
	EXPECT_EQ("requested", vm.requested, 3 * GIB);
	EXPECT_EQ("max", vm.max, 8 * GIB);
	EXPECT_EQ("min", vm.min, 0);
	EXPECT_EQ("weight", vm.weight, 100);
	EXPECT_EQ("reclaimable", vm.reclaimable, 128 * MIB);
	EXPECT_EQ("proposed", vm.proposed, 4 * GIB);
	EXPECT_EQ("proposed", vm.proposal_ago_ms, 3000);
	EXPECT_EQ("progress", vm.progress, VM_STUCK);
	EXPECT("reported", vm.reported);

	vm_sample(&vm, &region, found);
	EXPECT_EQ("max, in whole blocks", vm.max, 5 * GIB);
	EXPECT_EQ("min", vm.min, 2 * GIB);
	EXPECT_EQ("weight", vm.weight, 300);

	region.limit = 4 * GIB;
	vm_sample(&vm, &region, found);
	EXPECT_EQ("the lower limit", vm.max, 4 * GIB);
	region.minimum = 3 * GIB;
	vm_sample(&vm, &region, found);
	EXPECT_EQ("the higher minimum", vm.min, 3 * GIB);
	region.proposal_reason = VHOST_MEM_REASON_IDLE;
	vm_sample(&vm, &region, found);
	EXPECT_EQ("a guest with too much does not ask", vm.proposed, 0);
	region.leaving = true;
	vm_sample(&vm, &region, found);
	EXPECT_EQ("leaving", vm.progress, VM_AWAY);
	vm_sample(&vm, &fixture_regions[REGION_TWIN2], found);
	EXPECT("it has said nothing", !vm.reported);
}

/* What was applied before is known, so what was set by hand since is not undone. */
TEST(rules_are_applied_once)
{
	struct rule limit = { .text = "6G", .size = { .kind = SIZE_ABSOLUTE, .value = 6 * GIB } };
	struct rule other = { .text = "5G", .size = { .kind = SIZE_ABSOLUTE, .value = 5 * GIB } };
	struct rule min = { .text = "1G", .size = { .kind = SIZE_ABSOLUTE, .value = GIB } };
	struct rule weight = { .text = "300", .number = 300 };
	const struct rule *found[RULE_KEYS] = { [RULE_LIMIT] = &limit, [RULE_MIN] = &min };
	struct region region = fixture_regions[REGION_VM1], change;
	struct vm_sample vm;

	region.present |= ATTR_BIT(RULES) | ATTR_BIT(MINIMUM);
	CHECK(vm_rules_applied(&region, no_rules));
	CHECK(!vm_rules_applied(&region, found));
	CHECK(vm_rule_change(&change, &region, found, VM_RULE_SIZES));
	CHECK_EQ(change.limit, 6 * GIB);
	CHECK_EQ(change.minimum, GIB);
	CHECK(!region_has(&change, VHOST_MEM_A_REGION_RULES));
	/* In a message of its own, once the others were not refused. */
	CHECK(vm_rule_change(&change, &region, found, VM_RULE_MARK));
	CHECK_EQ(change.present, ATTR_BIT(ID) | ATTR_BIT(RULES));
	CHECK(change.rules);
	/* It was, by a daemon that is gone; and then somebody has set something else. */
	region.rules = change.rules;
	region.limit = 7 * GIB;
	region.minimum = 0;
	CHECK(vm_rules_applied(&region, found));
	vm_sample(&vm, &region, found);
	EXPECT_EQ("max", vm.max, 7 * GIB);
	EXPECT_EQ("min", vm.min, 0);
	/* A weight is not the kernel's. */
	found[RULE_WEIGHT] = &weight;
	CHECK(vm_rules_applied(&region, found));
	/* Who asks for them gets them, and that they were applied is known already. */
	CHECK(vm_rule_change(&change, &region, found, VM_RULE_SIZES));
	CHECK_EQ(change.limit, 6 * GIB);
	CHECK(!vm_rule_change(&change, &region, found, VM_RULE_MARK));
	/* Rules that were changed are others; and so is what is said of another key. */
	found[RULE_LIMIT] = &other;
	CHECK(!vm_rules_applied(&region, found));
	found[RULE_LIMIT] = &min;
	found[RULE_MIN] = &limit;
	CHECK(!vm_rules_applied(&region, found));
	/* Nothing differs, but they are to be known next time. */
	found[RULE_LIMIT] = &other;
	found[RULE_MIN] = NULL;
	region.limit = 5 * GIB;
	CHECK(!vm_rule_change(&change, &region, found, VM_RULE_SIZES));
	CHECK(vm_rule_change(&change, &region, found, VM_RULE_MARK));
	/* A module that does not remember it. */
	region.present &= ~ATTR_BIT(RULES);
	CHECK(!vm_rules_applied(&region, found));
	CHECK(!vm_rule_change(&change, &region, found, VM_RULE_MARK));
}

TEST(rule_of_a_pool)
{
	struct rule gold = { .text = "gold" };
	const struct rule *found[RULE_KEYS] = { [RULE_IN_POOL] = &gold };
	struct region region = fixture_regions[REGION_VM1], change;

	CHECK(!vm_rule_change(&change, &region, found, VM_RULE_POOL));
	region.present |= ATTR_BIT(POOL);
	strcpy(region.pool, "default");
	CHECK(!vm_rule_change(&change, &region, no_rules, VM_RULE_POOL));
	CHECK(vm_rule_change(&change, &region, found, VM_RULE_POOL));
	CHECK_EQ(change.present, ATTR_BIT(ID) | ATTR_BIT(POOL));
	EXPECT_TEXT("pool", change.pool, "gold");
	strcpy(region.pool, "gold");
	CHECK(!vm_rule_change(&change, &region, found, VM_RULE_POOL));
}

TEST(vm_change)
{
	struct region region = fixture_regions[REGION_VM1], change;
	struct decision d = { .reason = DECIDE_GROW, .target = 4 * GIB, .ceiling = 5 * GIB };

	CHECK(vm_change(&change, &region, &d));
	EXPECT_EQ("requested", change.requested_size, 4 * GIB);
	EXPECT_EQ("expected", change.expected_requested_size, 3 * GIB);
	EXPECT("the policy does not grant", !region_has(&change, VHOST_MEM_A_REGION_POLICY_MAX));

	region.policy = VHOST_MEM_POLICY_AUTO;
	CHECK(vm_change(&change, &region, &d));
	EXPECT_EQ("lower: at once", change.policy_max, 5 * GIB);
	d.ceiling = region.policy_max + 64 * MIB;
	d.target = region.requested_size;
	EXPECT("higher by little: nothing to set", !vm_change(&change, &region, &d));
	d.ceiling = region.policy_max + 128 * MIB;
	CHECK(vm_change(&change, &region, &d));
	EXPECT_EQ("higher by a step", change.policy_max, d.ceiling);
	EXPECT("and nothing else", !region_has(&change, VHOST_MEM_A_REGION_REQUESTED_SIZE));

	d.reason = DECIDE_SILENT;
	d.ceiling = 3 * GIB;
	EXPECT("what is not managed is not touched", !vm_change(&change, &region, &d));
}

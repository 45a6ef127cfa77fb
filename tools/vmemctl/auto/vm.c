// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "vm.h"

static uint64_t size_of(const struct region *region, const struct rule *rule, uint64_t none)
{
	uint64_t size;

	if (!rule)
		return none;
	size = rule->size.value;
	if (rule->size.kind == SIZE_PERCENT)
		size = (u128)region->size * size / 100;
	size = smaller(size, region->size);
	return region->block_size ? down(size, region->block_size) : size;
}

uint64_t vm_rule_limit(const struct region *region, const struct rule *const found[RULE_KEYS])
{
	return size_of(region, found[RULE_LIMIT], region_limit(region));
}

uint64_t vm_rule_min(const struct region *region, const struct rule *const found[RULE_KEYS])
{
	return size_of(region, found[RULE_MIN], 0);
}

/* Nobody could do anything for a region whose device is closed, or about to be. */
static enum vm_progress progress_of(const struct region *region)
{
	if (region->leaving || region->state == VHOST_MEM_STATE_ORPHANED ||
	    region->state == VHOST_MEM_STATE_ENDED)
		return VM_AWAY;
	switch (region->progress) {
	case VHOST_MEM_PROGRESS_DONE:
		return region->state == VHOST_MEM_STATE_RUNNING ? VM_DONE : VM_AWAY;
	case VHOST_MEM_PROGRESS_PENDING:
	case VHOST_MEM_PROGRESS_WORKING:
		return VM_MOVING;
	case VHOST_MEM_PROGRESS_NO_DRIVER:
	case VHOST_MEM_PROGRESS_STOPPED:
	case VHOST_MEM_PROGRESS_FROZEN:
		return VM_AWAY;
	default:
		return VM_STUCK;
	}
}

/* A guest that has more than it needs says that by what is reclaimable, too. */
static bool asks(const struct region *region)
{
	return region_has(region, VHOST_MEM_A_REGION_PROPOSED_SIZE) &&
	       region->proposal_reason != VHOST_MEM_REASON_IDLE;
}

void vm_sample(struct vm_sample *vm, const struct region *region,
	       const struct rule *const found[RULE_KEYS])
{
	*vm = (struct vm_sample){
		.plugged	= region->plugged_size,
		.requested	= region->requested_size,
		/* The kernel refuses less than its own minimum, and more than its limit. */
		.min		= region->minimum,
		.max		= smaller(region->size, region_limit(region)),
		.block		= region->block_size,
		.reclaimable	= region->guest_reclaimable,
		.weight		= found[RULE_WEIGHT] ? found[RULE_WEIGHT]->number :
						       DECIDE_WEIGHT_DEFAULT,
		.progress	= progress_of(region),
		.reported	= region_has(region, VHOST_MEM_A_REGION_GUEST_RECLAIMABLE),
		.exempt		= found[RULE_MANAGE] && found[RULE_MANAGE]->number,
		.shrink_silent	= found[RULE_SILENT] && found[RULE_SILENT]->number,
	};
	if (!vm_rules_applied(region, found) ||
	    !region_has(region, VHOST_MEM_A_REGION_MINIMUM))
		vm->min = larger(vm->min, vm_rule_min(region, found));
	if (!vm_rules_applied(region, found))
		vm->max = smaller(vm->max, vm_rule_limit(region, found));
	if (asks(region)) {
		vm->proposed = region->proposed_size;
		vm->proposal_ago_ms = smaller(region->proposal_ago, INT64_MAX / 2);
	}
}

/*
 * A lower ceiling is a promise to others, so it is set at once. A higher one is worth it
 * if it lets the guest make a step.
 */
static bool is_new_ceiling(const struct region *region, uint64_t ceiling)
{
	return ceiling < region->policy_max ||
	       ceiling - region->policy_max >= larger(DECIDE_DEAD_BYTES, region->block_size);
}

bool vm_change(struct region *change, const struct region *region,
	       const struct decision *decision)
{
	memset(change, 0, sizeof(*change));
	if (decision->reason >= DECIDE_SILENT)	/* not managed */
		return false;
	if (decision->target != region->requested_size) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_REQUESTED_SIZE) |
				   REGION_BIT(VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE);
		change->requested_size = decision->target;
		change->expected_requested_size = region->requested_size;
	}
	if (region_has(region, VHOST_MEM_A_REGION_POLICY_MAX) &&
	    region->policy == VHOST_MEM_POLICY_AUTO && decision->ceiling &&
	    is_new_ceiling(region, decision->ceiling)) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY_MAX);
		change->policy_max = decision->ceiling;
	}
	if (!change->present)
		return false;
	change->present |= REGION_BIT(VHOST_MEM_A_REGION_ID);
	change->id = region->id;
	return true;
}

/* FNV-1a. */
static uint32_t hash(uint32_t number, const char *text)
{
	do {
		number = (number ^ (unsigned char)*text) * 16777619u;
	} while (*text++);
	return number;
}

uint32_t vm_rules_number(const struct rule *const found[RULE_KEYS])
{
	static const enum rule_key keys[] = { RULE_LIMIT, RULE_MIN, RULE_IN_POOL, RULE_POLICY };
	uint32_t number = 2166136261u;
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct rule *rule = found[keys[i]];

		number = hash(number, rule ? rule->text : "");
		any |= rule != NULL;
	}
	return !any ? 0 : number ? number : 1;
}

bool vm_rules_applied(const struct region *region, const struct rule *const found[RULE_KEYS])
{
	return region_has(region, VHOST_MEM_A_REGION_RULES) &&
	       region->rules == vm_rules_number(found);
}

static bool rule_pool(struct region *change, const struct region *region,
		      const struct rule *const found[RULE_KEYS])
{
	const struct rule *rule = found[RULE_IN_POOL];

	memset(change, 0, sizeof(*change));
	if (!rule || !region_has(region, VHOST_MEM_A_REGION_POOL) ||
	    !strcmp(region->pool, rule->text))
		return false;
	change->present = REGION_BIT(VHOST_MEM_A_REGION_ID) | REGION_BIT(VHOST_MEM_A_REGION_POOL);
	change->id = region->id;
	snprintf(change->pool, sizeof(change->pool), "%s", rule->text);
	return true;
}

static bool rule_sizes(struct region *change, const struct region *region,
		       const struct rule *const found[RULE_KEYS])
{
	memset(change, 0, sizeof(*change));
	if (found[RULE_LIMIT] && region_has(region, VHOST_MEM_A_REGION_LIMIT) &&
	    vm_rule_limit(region, found) != region->limit) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_LIMIT);
		change->limit = vm_rule_limit(region, found);
	}
	if (found[RULE_MIN] && region_has(region, VHOST_MEM_A_REGION_MINIMUM) &&
	    vm_rule_min(region, found) != region->minimum) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_MINIMUM);
		change->minimum = vm_rule_min(region, found);
	}
	if (found[RULE_POLICY] && region_has(region, VHOST_MEM_A_REGION_POLICY) &&
	    found[RULE_POLICY]->number != region->policy) {
		change->present |= REGION_BIT(VHOST_MEM_A_REGION_POLICY);
		change->policy = found[RULE_POLICY]->number;
	}
	if (!change->present)
		return false;
	change->present |= REGION_BIT(VHOST_MEM_A_REGION_ID);
	change->id = region->id;
	return true;
}

static bool rule_mark(struct region *change, const struct region *region,
		      const struct rule *const found[RULE_KEYS])
{
	if (!region_has(region, VHOST_MEM_A_REGION_RULES) || vm_rules_applied(region, found))
		return false;
	*change = (struct region){
		.present = REGION_BIT(VHOST_MEM_A_REGION_ID) |
			   REGION_BIT(VHOST_MEM_A_REGION_RULES),
		.id	 = region->id,
		.rules	 = vm_rules_number(found),
	};
	return true;
}

bool vm_rule_change(struct region *change, const struct region *region,
		    const struct rule *const found[RULE_KEYS], enum vm_rule_part part)
{
	switch (part) {
	case VM_RULE_SIZES:
		return rule_sizes(change, region, found);
	case VM_RULE_POOL:
		return rule_pool(change, region, found);
	default:
		return rule_mark(change, region, found);
	}
}

/* SPDX-License-Identifier: GPL-2.0 */
/* From a region and its rules to what decide() wants to know, and back. */
#ifndef VMEMCTL_AUTO_VM_H
#define VMEMCTL_AUTO_VM_H

#include "../region.h"
#include "decide.h"
#include "rules.h"

/*
 * What @found, of rules_match(), says about @region in bytes, in whole blocks. A minimum
 * or a limit beyond the region's size is that.
 */
uint64_t vm_rule_limit(const struct region *region, const struct rule *const found[RULE_KEYS]);
uint64_t vm_rule_min(const struct region *region, const struct rule *const found[RULE_KEYS]);

void vm_sample(struct vm_sample *vm, const struct region *region,
	       const struct rule *const found[RULE_KEYS]);

/*
 * What is to be set for @decision, if anything: then returns true, with what is present in
 * @change. Nothing of that is set unless the requested size is still the one in @region.
 */
bool vm_change(struct region *change, const struct region *region,
	       const struct decision *decision);

/*
 * A number for what @found says of limit, min, pool and policy, by which these rules are
 * known again; 0 if it says nothing of them.
 */
uint32_t vm_rules_number(const struct rule *const found[RULE_KEYS]);

/*
 * Were these rules applied to the region? What was set by hand since is not to be undone
 * then. Unknown, so false, if the kernel does not remember it.
 */
bool vm_rules_applied(const struct region *region, const struct rule *const found[RULE_KEYS]);

/*
 * What is to be set for the rules, as vm_change(), by messages that are refused each for
 * itself: limit, minimum and policy; the pool, which may have no room; and, once these are
 * set, that they were applied. A rule that the kernel has no attribute for is not in them.
 */
enum vm_rule_part { VM_RULE_SIZES, VM_RULE_POOL, VM_RULE_MARK, VM_RULE_PARTS };

bool vm_rule_change(struct region *change, const struct region *region,
		    const struct rule *const found[RULE_KEYS], enum vm_rule_part part);

#endif /* VMEMCTL_AUTO_VM_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Regions and messages as the kernel would send them. */
#ifndef VMEMCTL_FIXTURE_H
#define VMEMCTL_FIXTURE_H

#include <netlink/msg.h>

#include "region.h"

#define FIXTURE_FAMILY	0x1c
#define ATTR_BIT(attr)	REGION_BIT(VHOST_MEM_A_REGION_##attr)
/* Those that the tests know of: a new one at the end of the YAML changes nothing. */
#define ALL_ATTRS	(((2ULL << VHOST_MEM_A_REGION_SEQUENCE) - 2) & ~ATTR_BIT(PAD))
#define VIOLATION_ATTRS	(ATTR_BIT(VIOLATION_ADDR) | ATTR_BIT(VIOLATION_ACCESS))
#define POLICY_ATTRS	(ATTR_BIT(POLICY) | ATTR_BIT(POLICY_MAX) | ATTR_BIT(POLICY_STEP) | \
			 ATTR_BIT(POLICY_INTERVAL))
#define PROPOSAL_ATTRS	(ATTR_BIT(PROPOSED_SIZE) | ATTR_BIT(PROPOSAL_REASON) | ATTR_BIT(PROPOSAL_AGO) | \
			 ATTR_BIT(PROPOSAL_DECISION))
#define STATUS_ATTRS	(ATTR_BIT(GUEST_STATUS) | ATTR_BIT(GUEST_RECLAIMABLE))
#define HINT_ATTRS	(ATTR_BIT(HINT_PAGE_SIZE) | ATTR_BIT(HINT_BLOCK_SIZE) | \
			 ATTR_BIT(HINT_ALIGN) | ATTR_BIT(HINT_ADDR_LIMIT))
/* Of a guest that speaks. */
#define REPORT_ATTRS	(PROPOSAL_ATTRS | STATUS_ATTRS | HINT_ATTRS)

/* In messages of some kinds, or of some devices, only. */
#define RARE_ATTRS	(ATTR_BIT(LEAVING) | ATTR_BIT(EXPECTED_REQUESTED_SIZE))
#define NEW_ATTRS	(ATTR_BIT(LIMBO_SIZE) | ATTR_BIT(SEQUENCE))

/* Told in the line of another one, or in lines that are there only if they are. */
#define NO_LINE_ATTRS	(VIOLATION_ATTRS | ATTR_BIT(REQUESTED_AGO) | ATTR_BIT(REQUEST_AGO) | \
			 POLICY_ATTRS | REPORT_ATTRS | RARE_ATTRS | NEW_ATTRS)

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)

/* Two ordinary ones, twins by name, and one of a VMM that means no good. */
enum { REGION_VM1, REGION_TWIN2, REGION_TWIN3, REGION_EVIL, NR_FIXTURE_REGIONS };
extern const struct region fixture_regions[NR_FIXTURE_REGIONS];

/* Adds what is present in an object of the table @attrs, which ends with number @max. */
void fixture_put(struct nl_msg *msg, const void *object, const struct attr *attrs, int max);

/* A message of the family with the attributes that are present; not freed. */
struct nl_msg *fixture_message(int cmd, const struct region *region);

#endif /* VMEMCTL_FIXTURE_H */

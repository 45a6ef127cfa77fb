/* SPDX-License-Identifier: GPL-2.0 */
/* Regions and messages as the kernel would send them. */
#ifndef VMEMCTL_FIXTURE_H
#define VMEMCTL_FIXTURE_H

#include <netlink/msg.h>

#include "region.h"

#define FIXTURE_FAMILY	0x1c
#define ATTR_BIT(attr)	(1U << VHOST_MEM_A_REGION_##attr)
#define ALL_ATTRS	(((2U << VHOST_MEM_A_REGION_MAX) - 2) & ~ATTR_BIT(PAD))
#define VIOLATION_ATTRS	(ATTR_BIT(VIOLATION_ADDR) | ATTR_BIT(VIOLATION_ACCESS))

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)

/* Two ordinary ones, twins by name, and one of a VMM that means no good. */
enum { REGION_VM1, REGION_TWIN2, REGION_TWIN3, REGION_EVIL, NR_FIXTURE_REGIONS };
extern const struct region fixture_regions[NR_FIXTURE_REGIONS];

/* A message of the family with the attributes that are present; not freed. */
struct nl_msg *fixture_message(int cmd, const struct region *region);

#endif /* VMEMCTL_FIXTURE_H */

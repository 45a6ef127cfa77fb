/* SPDX-License-Identifier: GPL-2.0 */
/* The words of $FAKE, and the regions as these want them; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_REGIONS_H
#define VMEMCTL_FAKE_REGIONS_H

#include <stdbool.h>

#include <netlink/attr.h>

#include "region.h"

/* Is @word one of those that $FAKE has, between commas? */
bool plays(const char *word);

/* Fills in the NR_FIXTURE_REGIONS @regions, and their jobs, the first time. */
void fake_regions_load(struct region *regions);

/* What region-set sets besides the requested size, as the kernel does it. */
void fake_region_set_rules(struct region *region, struct nlattr **tb);

#endif /* VMEMCTL_FAKE_REGIONS_H */

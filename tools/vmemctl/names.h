/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of regions as they are typed. A VMM chooses the names of its regions, so several
 * VMs can have the same one. VM/NAME is that of one VM: VM is the PID of the VMM, or its
 * systemd unit with or without the suffix. A name with a slash in it goes first.
 */
#ifndef VMEMCTL_NAMES_H
#define VMEMCTL_NAMES_H

#include <stdbool.h>

#include "region.h"

/* Is @arg this region's VM/NAME? Reads /proc if the VM is given by its unit. */
bool name_is_qualified(const struct region *region, const char *arg);

/*
 * How many regions @arg is the name of or, if there is none, the VM/NAME of; one of them
 * in *@region.
 */
size_t name_find(const struct region_list *list, const char *arg, struct region *region);

#define NAME_CANDIDATES_MAX	1024

/*
 * What to type instead of @arg, in @buf of NAME_CANDIDATES_MAX bytes, which is returned:
 * the ids of the regions with this name or VM/NAME, each with its VM/NAME if that is
 * another one than those of the others: "2 (vm2/disk), 3 (4243/disk)".
 */
char *name_candidates(char *buf, const struct region_list *list, const char *arg);

#endif /* VMEMCTL_NAMES_H */

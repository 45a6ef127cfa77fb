/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_SELECT_H
#define VMEMCTL_SELECT_H

#include "nl.h"
#include "region.h"

/*
 * Finds the region that the user calls @arg: its id, or the name that the VMM
 * gave it if that is unique. Returns an exit status, after saying what is wrong
 * if it is not STATUS_OK.
 */
int select_region(struct vnl *nl, const char *arg, struct region *region);

#endif /* VMEMCTL_SELECT_H */

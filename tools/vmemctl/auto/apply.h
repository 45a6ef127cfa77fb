/* SPDX-License-Identifier: GPL-2.0 */
/* From the rules to the kernel: what they say of the host as a whole. */
#ifndef VMEMCTL_AUTO_APPLY_H
#define VMEMCTL_AUTO_APPLY_H

#include <stdbool.h>
#include <stdio.h>

#include "../nl.h"
#include "rules.h"

/*
 * Pools that have a section, and then what new regions start with, if there is a section
 * [host]; what that does not name is as when the module was loaded. A pool that has a size
 * keeps it, unless @anew: somebody may have set it by hand. Tells @file what was set, if it
 * is not NULL. Returns an exit status, after saying what is wrong; what is left is tried
 * nevertheless.
 */
int apply_host(struct vnl *nl, const struct rules *rules, bool anew, FILE *file);

#endif /* VMEMCTL_AUTO_APPLY_H */

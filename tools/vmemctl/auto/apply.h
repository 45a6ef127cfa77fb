/* SPDX-License-Identifier: GPL-2.0 */
/* From the rules to the kernel: what they say of the host as a whole. */
#ifndef VMEMCTL_AUTO_APPLY_H
#define VMEMCTL_AUTO_APPLY_H

#include <stdbool.h>
#include <stdio.h>

#include "../nl.h"
#include "rules.h"

/**
 * struct apply - what is to be applied, and how
 * @pools: Pools that have a section. A pool that has a size keeps it, unless @anew.
 * @defaults: What new regions start with, if there is a section [host]; what that does not
 *	name is as when the module was loaded.
 * @anew: Pools, too, get the size of the rules, which somebody may have set by hand.
 * @quiet: Do not say what the kernel refuses.
 * @file: What was set is told here, unless it is NULL.
 */
struct apply {
	bool pools;
	bool defaults;
	bool anew;
	bool quiet;
	FILE *file;
};

/*
 * Pools first, as defaults may name one. What the kernel does not refuse is not left to be
 * applied any more, in @apply. Returns an exit status, after saying what is wrong.
 */
int apply_host(struct vnl *nl, const struct rules *rules, struct apply *apply);

#endif /* VMEMCTL_AUTO_APPLY_H */

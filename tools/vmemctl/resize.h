/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMEMCTL_RESIZE_H
#define VMEMCTL_RESIZE_H

#include <stdint.h>

#include "nl.h"
#include "out.h"
#include "region.h"
#include "size.h"
#include "vmemctl.h"

/*
 * Sets the requested size of @region to @target, waits if @cl says so, and prints
 * what came of it. Returns an exit status.
 *
 * @arg is NULL, or the size that @target was made from: one that is relative to the
 * requested size is made anew if somebody else changes that before us.
 */
int resize_to(struct vnl *nl, const struct region *region, uint64_t target,
	      const struct size_arg *arg, const struct cmdline *cl,
	      const struct out *out);

#endif /* VMEMCTL_RESIZE_H */

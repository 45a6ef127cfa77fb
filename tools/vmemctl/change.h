/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands that change a region have in common. */
#ifndef VMEMCTL_CHANGE_H
#define VMEMCTL_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "nl.h"
#include "region.h"
#include "size.h"

/*
 * The size that @arg means for @region, at most @limit. Returns an exit status,
 * after saying what is wrong if it is not STATUS_OK. @text is @arg as it was
 * written. @doubt: refuse a number that looks as if its unit was forgotten.
 */
int change_target(const struct region *region, const struct size_arg *arg,
		  const char *text, uint64_t limit, bool doubt, uint64_t *target);

/*
 * Says why the kernel refused a change of @region with @ret, and returns the exit
 * status. @doing is "resizing" or the like, @to what follows the region's name there.
 */
int change_failed(const struct vnl *nl, int ret, const struct region *region,
		  const char *doing, const char *to);

/* Likewise; a size was to be set to @target. */
int change_refused(const struct vnl *nl, int ret, const struct region *region,
		   const char *doing, uint64_t target);

#endif /* VMEMCTL_CHANGE_H */

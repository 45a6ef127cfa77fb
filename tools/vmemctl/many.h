/* SPDX-License-Identifier: GPL-2.0 */
/* To change several regions at once. */
#ifndef VMEMCTL_MANY_H
#define VMEMCTL_MANY_H

#include <stddef.h>
#include <stdint.h>

#include "nl.h"
#include "region.h"

/*
 * Sets what is present in each of @nr @changes besides the ids, or nothing. @note is for
 * all jobs, or NULL. If that succeeds, each change is what the kernel then says of the
 * region: at least id, requested and plugged size. Else returns a negative errno, with
 * @refused set to the change that the kernel's message is about, or @nr for none.
 * -EOPNOTSUPP: the module is too old.
 */
int vnl_set_many(struct vnl *nl, struct region *changes, size_t nr, const char *note,
		 size_t *refused);

#endif /* VMEMCTL_MANY_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Why a guest does not have what is requested, in words. */
#ifndef VMEMCTL_PROGRESS_H
#define VMEMCTL_PROGRESS_H

#include "region.h"

/* NULL: there is nothing to explain, or this program does not know. */
const char *progress_reason(const struct region *region);

/* The same; also NULL if the guest may just be doing it. */
const char *progress_obstacle(const struct region *region);

/* Is nobody there who could do it, as things are now? */
bool progress_is_hopeless(const struct region *region);

#endif /* VMEMCTL_PROGRESS_H */

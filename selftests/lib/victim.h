/* SPDX-License-Identifier: GPL-2.0 */
/* A device to be attacked: two plugged blocks between unplugged ones. */
#ifndef _SELFTESTS_VICTIM_H
#define _SELFTESTS_VICTIM_H

#include "device.h"

#define VICTIM_BLOCKS 8

/*
 * Blocks 2 and 3 are plugged and filled. In a readable region the rest was read,
 * so that zero pages are mapped: by huge ones where they fit, and one by one where
 * a page table was in the way.
 */
struct device victim_new(uint64_t block, uint32_t flags);

/* Check that unplugged blocks are inaccessible, and plugged memory is intact. */
void victim_check(struct device *dev);

/* Attack one of each kind: small and large blocks, inaccessible and readable. */
void victim_each(void (*attack)(struct device *dev));

#endif /* _SELFTESTS_VICTIM_H */

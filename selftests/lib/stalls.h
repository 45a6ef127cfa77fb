/* SPDX-License-Identifier: GPL-2.0 */
/* Where the module touches memory of its user's, and so can be made to stall. */
#ifndef _SELFTESTS_STALLS_H
#define _SELFTESTS_STALLS_H

#include "stalled.h"

/* Blocks of the block map that is asked for. */
#define STALLS_BLOCKS 64

/* In an ioctl, of which nothing is done before it stalls. They do not return. */
void stalls_get_block_map(struct device *dev, struct stalled *stalled);
void stalls_get_config(struct device *dev, struct stalled *stalled);
void stalls_any_argument(struct device *dev, struct stalled *stalled);
/* Not an ioctl but the worker, which the guest has woken; this returns. */
void stalls_own_and_kick(struct device *dev, struct stalled *stalled);

#endif /* _SELFTESTS_STALLS_H */

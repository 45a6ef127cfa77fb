/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_UNIT_GUEST_RANDOM_H
#define _VHOST_MEM_UNIT_GUEST_RANDOM_H

#include "sim.h"

/**
 * random_life - lead a guest's life
 * @seed: What decides about everything.
 * @errors: The device may claim that the driver is wrong, or vanish.
 * @detach: The driver may be detached at any time, and attached again.
 */
void random_life(u64 seed, bool errors, bool detach);

#endif /* _VHOST_MEM_UNIT_GUEST_RANDOM_H */

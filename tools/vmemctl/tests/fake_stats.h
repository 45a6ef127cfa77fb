/* SPDX-License-Identifier: GPL-2.0 */
/* The figures of the fake kernel; see fake_kernel.c. */
#ifndef VMEMCTL_FAKE_STATS_H
#define VMEMCTL_FAKE_STATS_H

#include <netlink/msg.h>

#include "region.h"

/* Those of a region; not freed. */
struct nl_msg *fake_stats_message(const struct region *region);

#endif /* VMEMCTL_FAKE_STATS_H */

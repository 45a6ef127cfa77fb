/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the tests of shortages. */
#ifndef _SELFTESTS_EXHAUST_H
#define _SELFTESTS_EXHAUST_H

#include "cgroup.h"
#include "device.h"

/* Write to every page of a range a value that depends on its address. */
unsigned char exhaust_value(uint64_t offset);
void exhaust_fill(struct device *dev, uint64_t from, uint64_t to);
/* Ends the test if a page has another value, or cannot be read. */
void exhaust_check(struct device *dev, uint64_t from, uint64_t to);

/* Wait until that much of a region is charged to a cgroup; ends the test if not. */
void exhaust_wait_charged(const struct cgroup *cgroup, uint64_t bytes);

#endif /* _SELFTESTS_EXHAUST_H */

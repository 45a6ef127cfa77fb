/* SPDX-License-Identifier: GPL-2.0 */
/* The host's pools of huge pages. */
#ifndef _SELFTESTS_HUGETLB_H
#define _SELFTESTS_HUGETLB_H

#include "device.h"

/*
 * Give the pool of 2 MiB pages this number of pages. Skips the test if it cannot. At the
 * first call nobody has pages of it.
 */
void hugetlb_pool(uint64_t pages);
/* The same for pages of any size; false if the host has none, or too little memory. */
bool hugetlb_pool_of(uint64_t page_size, uint64_t pages);
/* Pages of 2 MiB in the pool that nobody has. */
uint64_t hugetlb_free(void);
/* Of these, pages that are reserved. */
uint64_t hugetlb_reserved(void);
/* Wait until there are so many free; false if there are not after half a minute. */
bool hugetlb_free_soon(uint64_t pages);

#endif /* _SELFTESTS_HUGETLB_H */

// SPDX-License-Identifier: GPL-2.0
/* See hugetlb.h. */

#include <inttypes.h>

#include "hugetlb.h"

/* Returns how many pages the pool has then; none if there is no such pool. */
static uint64_t pool_set(uint64_t page_size, uint64_t pages)
{
	char path[128], text[32];
	uint64_t seen = 0;
	FILE *file;

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
		 (uint64_t)(page_size / KiB));
	snprintf(text, sizeof(text), "%" PRIu64, pages);
	if (write_file(path, text))
		return 0;
	file = fopen(path, "re");
	if (!file || fscanf(file, "%" SCNu64, &seen) != 1)
		seen = 0;
	if (file)
		fclose(file);
	return seen;
}

bool hugetlb_pool_of(uint64_t page_size, uint64_t pages)
{
	return pool_set(page_size, pages) == pages;
}

void hugetlb_pool(uint64_t pages)
{
	static uint64_t broken = UINT64_MAX;

	/* Pages that memory_failure() holds on to, from then on, are in nobody's way. */
	if (broken == UINT64_MAX)
		broken = pool_set(HUGE, 0);
	if (!hugetlb_pool_of(HUGE, pages + broken))
		ktap_skip("no pool of huge pages");
}

uint64_t hugetlb_reserved(void)
{
	return proc_field("/proc/meminfo", "HugePages_Rsvd");
}

uint64_t hugetlb_free(void)
{
	return proc_field("/proc/meminfo", "HugePages_Free");
}

bool hugetlb_free_soon(uint64_t pages)
{
	time_t end = time(NULL) + 30;

	while (hugetlb_free() != pages) {
		if (time(NULL) > end)
			return false;
		usleep(10000);
	}
	return true;
}

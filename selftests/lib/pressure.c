// SPDX-License-Identifier: GPL-2.0
/* See pressure.h. */

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#include "cgroup.h"
#include "device.h"
#include "pressure.h"
#include "swap.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define SPLIT "/sys/kernel/debug/split_huge_pages"
#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/"
#define PAGES_MAX 256

static struct cgroup cgroup;
static struct swap swap;
static bool have_swap, have_nodes;

void pressure_init(void)
{
	char text[16] = "";
	FILE *file = fopen("/sys/devices/system/node/online", "re");

	if (file) {
		have_nodes = fgets(text, sizeof(text), file) &&
			     strchr(text, '-');
		fclose(file);
	}
	have_swap = !swap_new(&swap, "256M");
	cgroup = cgroup_new("pressure");
	cgroup_enter(&cgroup);
	/* khugepaged looks for work as often as it can. */
	write_file(KHUGEPAGED "scan_sleep_millisecs", "10");
	write_file(KHUGEPAGED "alloc_sleep_millisecs", "10");
	ktap_say("pressure: swap %s, nodes %s, splitting %s",
		 have_swap ? "yes" : "no", have_nodes ? "yes" : "no",
		 access(SPLIT, W_OK) ? "no" : "yes");
}

void pressure_exit(void)
{
	int ret = have_swap ? swap_free(&swap) : 0;

	if (ret)
		ktap_say("swapoff: %s", strerror(-ret));
}

/* --- what is done; each may fail, as it may for any memory --- */

static void reclaim(uint64_t random, unsigned char *mem, uint64_t size)
{
	char path[192], text[32];

	(void)mem;
	snprintf(path, sizeof(path), "%s/memory.reclaim", cgroup.path);
	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)(random % (size / 2) + PAGE));
	write_file(path, text);
}

/*
 * Of a part of a huge page, this first tries to split it. That fails for the
 * huge zero page of a readable region, which is kernel memory; but a kernel with
 * lockdep warns on the way that it looks for the memory cgroup of such a page.
 */
static void page_out(uint64_t random, unsigned char *mem, uint64_t size)
{
	if (!ktap_has_lockdep())
		madvise(mem, random % size & ~(PAGE - 1), MADV_PAGEOUT);
}

/* Brings back all that is out, in the middle of whatever there is. */
static void swap_off_and_on(uint64_t random, unsigned char *mem, uint64_t size)
{
	(void)random;
	(void)mem;
	(void)size;
	if (!swapoff(swap.path))
		have_swap = !swapon(swap.path, 0);
}

static void move_pages_to_node(uint64_t random, unsigned char *mem,
			       uint64_t size)
{
	static const int node[2][PAGES_MAX] = {
		{ 0 }, { [0 ... PAGES_MAX - 1] = 1 },
	};
	uint64_t pages = size / PAGE, first = random / 2 % pages;
	void *at[PAGES_MAX];
	int status[PAGES_MAX];
	uint64_t nr = 0;

	for (; nr < PAGES_MAX && first + nr < pages; nr++)
		at[nr] = mem + (first + nr) * PAGE;
	syscall(SYS_move_pages, 0, nr, at, node[random % 2], status,
		2 /* MPOL_MF_MOVE */);
}

static void move_to_node(uint64_t random, unsigned char *mem, uint64_t size)
{
	unsigned long nodes = 1UL << random % 2;

	syscall(SYS_mbind, mem, size, 1 /* MPOL_PREFERRED */, &nodes,
		8 * sizeof(nodes), 2 /* MPOL_MF_MOVE */);
}

static void compact(uint64_t random, unsigned char *mem, uint64_t size)
{
	(void)random;
	(void)mem;
	(void)size;
	write_file("/proc/sys/vm/compact_memory", "1");
}

static void drop_caches(uint64_t random, unsigned char *mem, uint64_t size)
{
	(void)random;
	(void)mem;
	(void)size;
	write_file("/proc/sys/vm/drop_caches", "3");
}

static void split(uint64_t random, unsigned char *mem, uint64_t size)
{
	uint64_t at = random % size & ~(HUGE - 1);
	char text[96];

	snprintf(text, sizeof(text), "%d,0x%llx,0x%llx", getpid(),
		 (unsigned long long)(uintptr_t)mem + at,
		 (unsigned long long)(uintptr_t)mem + size);
	write_file(SPLIT, text);
}

static void collapse(uint64_t random, unsigned char *mem, uint64_t size)
{
	uint64_t at = random % size & ~(HUGE - 1);

	madvise(mem + at, size - at, MADV_COLLAPSE);
}

static struct {
	const char *name;
	void (*fn)(uint64_t random, unsigned char *mem, uint64_t size);
	const bool *if_there;
	atomic_ulong times;
} steps[] = {
	{ "reclaim", reclaim, &have_swap, 0 },
	{ "page out", page_out, &have_swap, 0 },
	{ "swap off and on", swap_off_and_on, &have_swap, 0 },
	{ "move pages", move_pages_to_node, &have_nodes, 0 },
	{ "move to node", move_to_node, &have_nodes, 0 },
	{ "compact", compact, NULL, 0 },
	{ "drop caches", drop_caches, NULL, 0 },
	{ "split", split, NULL, 0 },
	{ "collapse", collapse, NULL, 0 },
};

#define NR_STEPS (sizeof(steps) / sizeof(*steps))

void pressure_step(uint64_t random, unsigned char *mem, uint64_t size)
{
	unsigned int i = random % NR_STEPS;

	/* What concerns the whole machine takes long: less of it. */
	if ((steps[i].fn == compact || steps[i].fn == drop_caches ||
	     steps[i].fn == swap_off_and_on) && random / NR_STEPS % 8)
		return;
	if (steps[i].if_there && !*steps[i].if_there)
		return;
	steps[i].fn(random / NR_STEPS / 8, mem, size);
	atomic_fetch_add(&steps[i].times, 1);
}

void pressure_say(void)
{
	char text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < NR_STEPS; i++)
		if (used < sizeof(text))
			used += snprintf(text + used, sizeof(text) - used,
					 "%s%s %lu", i ? ", " : "",
					 steps[i].name,
					 atomic_exchange(&steps[i].times, 0));
	ktap_say("pressure: %s", text);
}

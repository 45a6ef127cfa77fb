// SPDX-License-Identifier: GPL-2.0
/*
 * References to the zero pages of a readable region are bounded.
 *
 * The bound is far away; so a module that has a very low one is loaded in the place of
 * the usual one:
 *
 *	make zero-modules
 *
 * VHOST_MEM_ZERO_KO in the environment names it, VHOST_MEM_KO the usual one.
 *
 * tier: full
 */
#include <sys/mman.h>

#include "device.h"
#include "module.h"

/* As many mappings; the module was built for half of them. */
#define MAPPINGS 32
#define SIZE (4 * HUGE)

/* One page of each mapping is read; how often it was refused. */
static int refused_reads(unsigned char *const *maps, uint64_t at)
{
	unsigned char value;
	int refused = 0;

	for (int i = 0; i < MAPPINGS; i++) {
		int sig = touch_read(maps[i] + at, &value);

		CHECK(!sig || sig == SIGBUS);
		CHECK(sig || !value);
		refused += sig != 0;
	}
	return refused;
}

static int map_and_read(void *arg)
{
	/* Blocks of a huge page, and smaller ones. */
	uint64_t block = *(uint64_t *)arg;
	struct device dev = device_new(SIZE, block, VHOST_MEM_CREATE_READABLE);
	/* The first page of a huge zero page, and others, which count nothing. */
	static const uint64_t at[] = { PAGE, 0, HUGE - PAGE };
	unsigned char *maps[MAPPINGS];
	unsigned char value;

	for (int i = 0; i < 3; i++) {
		for (int m = 0; m < MAPPINGS; m++) {
			maps[m] = device_map(dev.fd, SIZE);
			CHECK(maps[m]);
		}
		CHECK(refused_reads(maps, at[i]));
		/* Through a page table, not as a whole. */
		for (int m = 0; m < MAPPINGS; m++) {
			CHECK_EQ(munmap(maps[m], SIZE), 0);
			maps[m] = device_map(dev.fd, SIZE);
			CHECK_EQ(mprotect(maps[m], PAGE, PROT_READ), 0);
		}
		CHECK(refused_reads(maps, at[i]));
		for (int m = 0; m < MAPPINGS; m++)
			CHECK_EQ(munmap(maps[m], SIZE), 0);
		/* With the mappings, their references are gone. */
		CHECK_EQ(touch_read(dev.mem + at[i], &value), 0);
		CHECK_EQ(madvise(dev.mem, SIZE, MADV_DONTNEED), 0);
	}
	CHECK_EQ(device_plug(&dev, 0, 1), 0);
	CHECK_WRITES(dev.mem + block - 1, 1);
	return 0;
}

TEST(references_to_zero_pages_are_bounded)
{
	static uint64_t blocks[] = { HUGE, 64 * KiB };
	const char *usual = getenv("VHOST_MEM_KO");
	const char *low = getenv("VHOST_MEM_ZERO_KO");
	int results[2];

	if (!usual || !low || access(low, R_OK))
		ktap_skip("no module with a low bound");
	CHECK_EQ(module_unload_soon(), 0);
	CHECK_EQ(module_load(low), 0);
	for (int i = 0; i < 2; i++)
		results[i] = in_child(map_and_read, &blocks[i]);
	/* Load the usual module again for other tests. */
	CHECK_EQ(module_unload_soon(), 0);
	CHECK_EQ(module_load(usual), 0);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(results[i], 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/* How memory is divided among VMs. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auto/share.h"
#include "ktap.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)
#define VMS 4

TEST(share_out)
{
	static const struct {
		const char *what;
		uint64_t pool;
		uint64_t low[VMS], high[VMS];
		uint32_t weight[VMS];
		uint64_t got[VMS];
	} cases[] = {
		{ "enough for all", 40, { 1, 1, 1, 1 }, { 4, 8, 2, 16 }, { 1, 1, 1, 1 },
		  { 4, 8, 2, 16 } },
		{ "nothing beyond the minima", 4, { 1, 1, 1, 1 }, { 4, 8, 2, 16 },
		  { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
		{ "not even the minima", 2, { 1, 1, 1, 1 }, { 4, 8, 2, 16 },
		  { 1, 1, 1, 1 }, { 1, 1, 1, 1 } },
		{ "the same level", 20, { 1, 1, 1, 1 }, { 16, 16, 16, 16 },
		  { 1, 1, 1, 1 }, { 5, 5, 5, 5 } },
		{ "some below the level", 20, { 0, 0, 0, 0 }, { 2, 16, 4, 16 },
		  { 1, 1, 1, 1 }, { 2, 7, 4, 7 } },
		{ "by weight", 24, { 0, 0, 0, 0 }, { 16, 16, 16, 16 },
		  { 1, 2, 2, 1 }, { 4, 8, 8, 4 } },
		{ "by weight, one below the level", 24, { 0, 0, 0, 0 }, { 16, 16, 4, 16 },
		  { 1, 2, 2, 1 }, { 5, 10, 4, 5 } },
		{ "a claim of everything wins its share and no minimum", 16,
		  { 3, 3, 3, 3 }, { 1 << 20, 4, 4, 4 }, { 1, 1, 1, 1 }, { 4, 4, 4, 4 } },
	};
	struct share shares[VMS], *order[VMS];
	size_t i, n;

	for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		for (i = 0; i < VMS; i++) {
			shares[i] = (struct share){
				.low = cases[n].low[i] * GIB, .high = cases[n].high[i] * GIB,
				.block = 2 * MIB, .weight = cases[n].weight[i],
			};
		}
		share_out(shares, VMS, cases[n].pool * GIB, order);
		for (i = 0; i < VMS; i++)
			EXPECT_EQ(cases[n].what, shares[i].got, cases[n].got[i] * GIB);
	}
}

TEST(share_out_in_blocks)
{
	struct share shares[3], *order[3];
	size_t i;

	for (i = 0; i < 3; i++)
		shares[i] = (struct share){ .high = GIB, .block = 128 * MIB, .weight = 1 };
	/* 10 blocks for three: what rounding leaves goes to the first. */
	share_out(shares, 3, 10 * 128 * MIB, order);
	CHECK_EQ(shares[0].got, 4 * 128 * MIB);
	CHECK_EQ(shares[1].got, 3 * 128 * MIB);
	CHECK_EQ(shares[2].got, 3 * 128 * MIB);
}

static uint64_t any(uint64_t below)
{
	return (((uint64_t)random() << 31) ^ random()) % below;
}

/* Whatever is asked for: the bounds, the sum, and nobody has more than its weight's. */
TEST(share_out_random)
{
	struct share shares[16], *order[16];
	uint64_t pool, sum, lows, blocks;
	size_t i, j, nr, n;

	srandom(1);
	for (n = 0; n < 20000; n++) {
		nr = any(16);
		pool = any(1ULL << (20 + any(40)));
		lows = blocks = sum = 0;
		for (i = 0; i < nr; i++) {
			struct share *s = &shares[i];

			*s = (struct share){ .block = MIB << any(11), .weight = 1 + any(10000) };
			s->low = any(1ULL << (8 + any(8))) * s->block;
			s->high = s->low + any(1ULL << (8 + any(20))) * s->block;
			lows += s->low;
			blocks += s->block;
		}
		share_out(shares, nr, pool, order);
		for (i = 0; i < nr; i++) {
			CHECK(shares[i].got >= shares[i].low && shares[i].got <= shares[i].high);
			CHECK_EQ(shares[i].got % shares[i].block, 0);
			sum += shares[i].got;
		}
		CHECK(sum <= pool || sum == lows);
		if (lows >= pool)
			continue;
		for (i = 0; i < nr; i++) {
			/* Nobody lacks anything while there is a block for each. */
			CHECK(shares[i].got == shares[i].high || pool - sum < blocks);
			for (j = 0; j < nr; j++) {
				struct share *a = &shares[i], *b = &shares[j];

				/* Who could use more has as much for its weight as others. */
				if (a->got < a->high)
					CHECK((double)(a->got - a->low + 2 * a->block) / a->weight >=
					      (double)(b->got - b->low - (b->got > b->low ? b->block : 0)) /
					      b->weight);
			}
		}
	}
}

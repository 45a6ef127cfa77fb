// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "ktap.h"
#include "split.h"

#define MIB	(1ULL << 20)
#define GIB	(1ULL << 30)
#define PARTS	64

/* Random, but the same each time. */
static uint64_t state = 4711;

static uint64_t random_below(uint64_t bound)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return bound ? state % bound : 0;
}

static uint64_t sum_of(const struct split_part *parts, size_t nr)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		sum += parts[i].share;
	return sum;
}

TEST(split_in_proportion)
{
	struct split_part parts[] = {
		{ .min = 1 * GIB, .max = 5 * GIB, .block = 2 * MIB },
		{ .min = 0, .max = 8 * GIB, .block = 2 * MIB },
	};

	/* gamma = (7 - 1) / 12 */
	EXPECT_EQ("sum", split(parts, 2, 7 * GIB), 7 * GIB);
	EXPECT_EQ("first", parts[0].share, 3 * GIB);
	EXPECT_EQ("second", parts[1].share, 4 * GIB);
}

TEST(split_at_the_bounds)
{
	struct split_part parts[] = {
		{ .min = 2 * MIB, .max = 2 * MIB, .block = 2 * MIB },
		{ .min = 0, .max = 8 * MIB, .block = 2 * MIB },
		{ .min = 4 * MIB, .max = 6 * MIB, .block = 2 * MIB },
	};

	EXPECT_EQ("too little", split(parts, 3, 0), 6 * MIB);
	EXPECT_EQ("minimum", split(parts, 3, 6 * MIB), 6 * MIB);
	EXPECT_EQ("maximum", split(parts, 3, 16 * MIB), 16 * MIB);
	EXPECT_EQ("too much", split(parts, 3, UINT64_MAX), 16 * MIB);
	EXPECT_EQ("none", split(parts, 0, 4 * MIB), 0);
	EXPECT_EQ("no whole block", split(parts, 3, 9 * MIB), 8 * MIB);
}

TEST(split_of_huge_sizes)
{
	struct split_part parts[] = {
		{ .min = 0, .max = 1ULL << 62, .block = 4096 },
		{ .min = 0, .max = 1ULL << 62, .block = 1ULL << 40 },
		{ .min = 0, .max = 4096, .block = 4096 },
	};

	EXPECT_EQ("sum", split(parts, 3, (1ULL << 62) + 4096), (1ULL << 62) + 4096);
	EXPECT("half", parts[0].share >> 42 == 1ULL << 19 &&
	       parts[1].share >> 42 == 1ULL << 19);
}

/* By the largest remainder the last one of these would lose a block as the sum grows. */
TEST(split_has_no_alabama_paradox)
{
	struct split_part parts[] = {
		{ .max = 6 * 2 * MIB, .block = 2 * MIB },
		{ .max = 6 * 2 * MIB, .block = 2 * MIB },
		{ .max = 2 * 2 * MIB, .block = 2 * MIB },
	};
	uint64_t before = 0, total;

	for (total = 0; total <= 28 * MIB; total += 2 * MIB) {
		EXPECT_EQ("sum", split(parts, 3, total), total);
		EXPECT("grows", parts[2].share >= before);
		before = parts[2].share;
	}
}

/* Sum, bounds, whole blocks; and that no part loses anything as the sum grows. */
static void check_random(bool same_blocks)
{
	uint64_t before[PARTS], block = MIB << random_below(4), min = 0, max = 0;
	size_t nr = 1 + random_below(PARTS), i, step;
	uint64_t largest = 0, smallest = UINT64_MAX, total, sum;
	struct split_part parts[PARTS];

	for (i = 0; i < nr; i++) {
		parts[i].block = same_blocks ? block : MIB << random_below(4);
		parts[i].min = random_below(100) * parts[i].block;
		parts[i].max = parts[i].min + random_below(1000) * parts[i].block;
		min += parts[i].min;
		max += parts[i].max;
		largest = parts[i].block > largest ? parts[i].block : largest;
		smallest = parts[i].block < smallest ? parts[i].block : smallest;
		before[i] = 0;
	}
	total = min + random_below((max - min) / smallest + 1) * smallest;
	for (step = 0; step < 8 && total <= max; step++, total += smallest) {
		sum = split(parts, nr, total);
		EXPECT_EQ("sum of shares", sum_of(parts, nr), sum);
		EXPECT("sum", sum <= total && total - sum < largest);
		if (same_blocks)
			EXPECT_EQ("exact sum", sum, total);
		for (i = 0; i < nr; i++) {
			EXPECT("bounds", parts[i].share >= parts[i].min &&
			       parts[i].share <= parts[i].max);
			EXPECT("blocks", !(parts[i].share % parts[i].block));
			EXPECT("grows", parts[i].share + (same_blocks ? 0 : largest) >=
			       before[i]);
			before[i] = parts[i].share;
		}
	}
}

TEST(split_random)
{
	int n;

	for (n = 0; n < 2000; n++)
		check_random(n % 2);
}

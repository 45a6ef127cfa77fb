// SPDX-License-Identifier: GPL-2.0
/*
 * Each block goes to the part that, with half of the block, is the least full: of the
 * range between its minimum and its maximum. To begin with, a level is searched up to
 * which all parts can be filled; few blocks are left after that.
 */
#include <stdbool.h>

#include "split.h"

typedef unsigned __int128 u128;

/* The level of parts that have their maximum. */
#define FULL	((u128)1 << 40)

static u128 range_of(const struct split_part *part)
{
	return part->max - part->min;
}

/* Bytes beyond the minimum: those blocks whose middle is below @level. */
static uint64_t filled(const struct split_part *part, uint64_t level)
{
	u128 block = part->block;

	return (2 * level * range_of(part) + FULL * block) / (2 * FULL * block) * block;
}

static u128 sum_at(const struct split_part *parts, size_t nr, uint64_t level)
{
	u128 sum = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		sum += parts[i].min + filled(&parts[i], level);
	return sum;
}

/* Is @a less full than @b, each with half of its next block? */
static bool is_less_full(const struct split_part *a, const struct split_part *b)
{
	return (a->share - a->min + a->block / 2) * range_of(b) <
	       (b->share - b->min + b->block / 2) * range_of(a);
}

static struct split_part *next_part(struct split_part *parts, size_t nr, uint64_t rest)
{
	struct split_part *next = NULL;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (parts[i].block > rest || parts[i].max - parts[i].share < parts[i].block)
			continue;
		if (!next || is_less_full(&parts[i], next))
			next = &parts[i];
	}
	return next;
}

uint64_t split(struct split_part *parts, size_t nr, uint64_t total)
{
	uint64_t low = 0, high = FULL, middle, sum;
	struct split_part *next;
	size_t i;

	/* The highest level at which the sum does not exceed @total. */
	while (low < high) {
		middle = high - (high - low) / 2;
		if (sum_at(parts, nr, middle) <= total)
			low = middle;
		else
			high = middle - 1;
	}
	for (i = 0, sum = 0; i < nr; i++) {
		parts[i].share = parts[i].min + filled(&parts[i], low);
		sum += parts[i].share;
	}
	while (sum < total && (next = next_part(parts, nr, total - sum))) {
		next->share += next->block;
		sum += next->block;
	}
	return sum;
}

// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "bytes.h"
#include "share.h"

/* By the level at which each has what it can use: (high - low) / weight. */
static int compare_level(const void *a, const void *b)
{
	const struct share *x = *(struct share *const *)a;
	const struct share *y = *(struct share *const *)b;
	u128 left = (u128)(x->high - x->low) * y->weight;
	u128 right = (u128)(y->high - y->low) * x->weight;

	if (left != right)
		return left < right ? -1 : 1;
	return x < y ? -1 : x > y;	/* the same result on each libc */
}

/* Hands out what rounding to blocks has left over, a block each, in order. */
static void share_rest(struct share **order, size_t nr, uint64_t rest)
{
	size_t i;

	for (i = 0; i < nr && rest; i++) {
		struct share *s = order[i];

		if (s->got < s->high && s->block <= rest) {
			s->got += s->block;
			rest -= s->block;
		}
	}
}

void share_out(struct share *shares, size_t nr, uint64_t pool, struct share **order)
{
	uint64_t rest, weights = 0, left;
	u128 lows = 0;
	size_t i, full;

	for (i = 0; i < nr; i++) {
		shares[i].got = shares[i].low;
		lows += shares[i].low;
		weights += shares[i].weight;
		order[i] = &shares[i];
	}
	if (lows >= pool)
		return;
	rest = pool - (uint64_t)lows;
	qsort(order, nr, sizeof(*order), compare_level);

	/* Those below the level get all they can use, and leave the rest to the others. */
	for (full = 0; full < nr; full++) {
		struct share *s = order[full];

		if ((u128)(s->high - s->low) * weights > (u128)rest * s->weight)
			break;
		s->got = s->high;
		rest -= s->high - s->low;
		weights -= s->weight;
	}
	left = rest;
	for (i = full; i < nr; i++) {
		struct share *s = order[i];
		uint64_t part = (u128)rest * s->weight / weights;

		/* Less than high - low, as it is above the level. */
		part -= part % s->block;
		s->got = s->low + part;
		left -= part;
	}
	share_rest(order + full, nr - full, left);
}

/* SPDX-License-Identifier: GPL-2.0 */
/* How a number of bytes is distributed among several regions. A pure function. */
#ifndef VMEMCTL_SPLIT_H
#define VMEMCTL_SPLIT_H

#include <stddef.h>
#include <stdint.h>

/* All in bytes, and multiples of @block. */
struct split_part {
	uint64_t min;
	uint64_t max;	/* at least @min */
	uint64_t block;	/* a power of two, at least 2 */
	uint64_t share;	/* set by split() */
};

/*
 * Gives each part its minimum, and of what is between that and its maximum the same
 * fraction as the others, rounded to whole blocks. Returns the sum of the shares: it is
 * @total if that is a sum of blocks at all and within the sums of the bounds, else what
 * comes next to it without exceeding it, but no less than the sum of the minimums.
 *
 * The more is distributed the more each part has: with blocks of the same size, no part
 * loses a block as @total grows. (So it is not done by the largest remainder, by which
 * one of three can lose one.)
 */
uint64_t split(struct split_part *parts, size_t nr, uint64_t total);

#endif /* VMEMCTL_SPLIT_H */

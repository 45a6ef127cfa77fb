/* SPDX-License-Identifier: GPL-2.0 */
/* Divides memory among VMs: weighted water-filling, exact, in whole blocks. */
#ifndef VMEMCTL_AUTO_SHARE_H
#define VMEMCTL_AUTO_SHARE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One that takes part. @low <= @high, both multiples of @block, which is not 0; @weight
 * is not 0. Filled in: @got, from @low to @high, a multiple of @block.
 */
struct share {
	uint64_t low;		/* bytes that it gets in any case */
	uint64_t high;		/* bytes that it can use */
	uint64_t block;		/* bytes */
	uint32_t weight;
	uint64_t got;		/* bytes */
};

/*
 * Finds the level lambda with sum(min(high, low + lambda * weight)) = @pool, and gives
 * each what it gets at that level, rounded down to whole blocks; what that leaves over is
 * handed out a block each, so the sum of all @got is at most @pool and within a block of
 * each of those who could use more. If @pool is less than the sum of all @low, everybody gets @low; if it is at
 * least the sum of all @high, @high.
 *
 * O(n log n). @order is scratch memory for @nr pointers.
 */
void share_out(struct share *shares, size_t nr, uint64_t pool, struct share **order);

#endif /* VMEMCTL_AUTO_SHARE_H */

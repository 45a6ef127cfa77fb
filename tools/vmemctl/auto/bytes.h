/* SPDX-License-Identifier: GPL-2.0 */
/* Arithmetic with sizes that somebody else has chosen: nothing wraps. */
#ifndef VMEMCTL_AUTO_BYTES_H
#define VMEMCTL_AUTO_BYTES_H

#include <stdint.h>

typedef unsigned __int128 u128;

static inline uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Sums and products end at the largest number, which no pool reaches. */
static inline uint64_t plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static inline uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static inline uint64_t down(uint64_t bytes, uint64_t block)
{
	return bytes - bytes % block;
}

/* Not beyond the largest multiple that there is. */
static inline uint64_t up(uint64_t bytes, uint64_t block)
{
	uint64_t rest = bytes % block;

	return rest ? down(plus(bytes, block - rest), block) : bytes;
}

static inline uint64_t clamp(uint64_t bytes, uint64_t low, uint64_t high)
{
	return bytes < low ? low : smaller(bytes, high);
}

#endif /* VMEMCTL_AUTO_BYTES_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a fuzz program on inputs that are the same each time, without libFuzzer: so
 * the tests build it, and see an assertion that no longer holds. Whoever looks for
 * new failures runs "make fuzz".
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"

#define INPUTS		4000
#define INPUT_MAX	512

int main(void)
{
	uint8_t data[INPUT_MAX];
	uint64_t state = 1;
	size_t len, i;
	int n;

	for (n = 0; n < INPUTS; n++) {
		len = n * 7 % INPUT_MAX;
		for (i = 0; i < len; i++) {
			/* Knuth's MMIX generator; its upper bits are the good ones. */
			state = state * 6364136223846793005 + 1442695040888963407;
			data[i] = state >> 56;
		}
		LLVMFuzzerTestOneInput(data, len);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: the input decides what happens around the driver. Each byte is what
 * would be drawn at random: sizes of device and blocks, then resizes, responses, faults,
 * memory in use, user space's hotplug, attaching and detaching. See random.c.
 */
#include "guest/random.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 kind;

	if (!size)
		return 0;
	kind = data[0];
	sim_set_input(data + 1, size - 1);
	random_life(0, kind & 1, kind & 2);
	sim_set_input(NULL, 0);
	return 0;
}

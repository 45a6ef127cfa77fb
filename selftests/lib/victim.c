// SPDX-License-Identifier: GPL-2.0
/* See victim.h. */

#include "genl.h"
#include "victim.h"

struct device victim_new(uint64_t block, uint32_t flags)
{
	struct device dev = device_new(VICTIM_BLOCKS * block, block, flags);

	CHECK_EQ(device_plug(&dev, 2, 3), 0);
	memset(dev.mem + 2 * block, 0x6b, 3 * block);
	CHECK_EQ(device_unplug(&dev, 4, 1), 0);
	if (flags & VHOST_MEM_CREATE_READABLE)
		for (uint64_t at = 0; at < dev.size; at += PAGE)
			touch_read(dev.mem + at, &(unsigned char){ 0 });
	return dev;
}

void victim_check(struct device *dev)
{
	for (uint64_t i = 0; i < VICTIM_BLOCKS; i++) {
		unsigned char *first = dev->mem + i * dev->block;
		unsigned char *last = first + dev->block - 1;

		if (i == 2 || i == 3) {
			CHECK_READS(first, 0x6b);
			CHECK_READS(last, 0x6b);
			CHECK_READS(first + dev->block / 2, 0x6b);
			CHECK_WRITES(last, 0x6b);
		} else {
			CHECK_UNPLUGGED(dev, first);
			CHECK_UNPLUGGED(dev, last);
			CHECK_UNPLUGGED(dev, first + dev->block / 2);
		}
	}
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE),
		 2 * dev->block);
}

void victim_each(void (*attack)(struct device *dev))
{
	static const uint64_t blocks[] = { 4 * KiB, 2 * MiB };

	for (int i = 0; i < 4; i++) {
		struct device dev;

		dev = victim_new(blocks[i % 2], i / 2 * VHOST_MEM_CREATE_READABLE);
		victim_check(&dev);
		attack(&dev);
		victim_check(&dev);
		device_close(&dev);
	}
}

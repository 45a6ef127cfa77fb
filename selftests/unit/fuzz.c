// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: the input is a geometry and then requests, resizes and
 * values for the checks; region and model have to agree on all of them.
 */
#include <linux/virtio_mem.h>

#include "geometry.h"
#include "region.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

struct input {
	const u8 *data;
	size_t size;
};

static u64 take(struct input *in, size_t bytes)
{
	u64 value = 0;

	for (; bytes && in->size; bytes--, in->size--)
		value = value << 8 | *in->data++;
	return value;
}

/* No model: they must give one of their errors, and not overflow. */
static void check_values(struct input *in)
{
	u64 block = 1ULL << take(in, 1) % 64;
	char name[VHOST_MEM_NAME_MAX];
	u64 a = take(in, 8), b = take(in, 8), c = take(in, 8);
	int ret;

	ret = vhost_mem_geometry_check(a, b, 4096);
	if (!ret && (a / b > VHOST_MEM_BLOCKS_MAX || b < 4096 || a % b))
		abort();
	ret = vhost_mem_geometry_check_addr(a, b, block);
	if (!ret && (a + b < a || a + b > VHOST_MEM_ADDRESS_LIMIT))
		abort();
	ret = vhost_mem_geometry_check_range(a, b, c, take(in, 8), block);
	if (ret && ret != -EINVAL && ret != -ERANGE)
		abort();
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = take(in, 1);
	ret = vhost_mem_geometry_check_name(name);
	if (!ret && (strnlen(name, sizeof(name)) == sizeof(name) ||
		     strchr(name, ' ') || strchr(name, '\n')))
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	struct unit_region unit;
	u64 block, nr, addr;

	block = 1ULL << (12 + take(&in, 1) % 18);
	nr = 1 + take(&in, 2) % 200;
	addr = take(&in, 2) * block;
	unit_region_init(&unit, nr, block, addr);
	while (in.size) {
		u8 op = take(&in, 1);

		if (op < 16) {
			check_values(&in);
		} else if (op < 64) {
			unit_resize(&unit, take(&in, 2) * (block >> op % 2));
		} else if (op < 80) {
			unit_request(&unit, take(&in, 2), take(&in, 8),
				     take(&in, 2));
		} else {
			unit_request(&unit, op % 4,
				     addr + take(&in, 1) * block,
				     take(&in, 1));
		}
		unit_compare(&unit);
	}
	unit_region_free(&unit);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: the input is a geometry and then requests, resizes, limits,
 * resets and values for the checks; region and model have to agree on all of
 * them, and on every block after each.
 */
#include <linux/virtio_mem.h>

#include "geometry.h"
#include "region.h"

typedef __uint128_t u128;

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

static void expect(int seen, int expected)
{
	if (seen != expected)
		abort();
}

/*
 * The same arithmetic as geometry.c's, in 128 bits, where nothing wraps around,
 * and with divisions, so that it has nothing in common with it.
 */
static bool is_power(u64 value)
{
	for (int bit = 0; bit < 64; bit++)
		if (value == 1ULL << bit)
			return true;
	return false;
}

static int model_sizes(u64 size, u64 block, u64 page)
{
	if (!is_power(block) || block < page || !size || size % block)
		return -EINVAL;
	if (size > 1ULL << 52 || size / block > 1 << 24)
		return -ERANGE;
	return 0;
}

static int model_addr(u64 addr, u64 size, u64 block)
{
	if (addr % block)
		return -EINVAL;
	return (u128)addr + size > 1ULL << 52 ? -ERANGE : 0;
}

static int model_requested(u64 requested, u64 size, u64 block)
{
	if (requested % block)
		return -EINVAL;
	return requested > size ? -ERANGE : 0;
}

static int model_range(u64 addr, u64 length, u64 start, u64 usable, u64 block)
{
	if (!length || addr % block || length % block)
		return -EINVAL;
	if (addr < start || (u128)addr + length > (u128)start + usable)
		return -ERANGE;
	return 0;
}

static int model_name(const char *name)
{
	bool letter = false;
	size_t length = 0;

	for (; length < VHOST_MEM_NAME_MAX && name[length]; length++) {
		unsigned char c = name[length];

		if (c < 33 || c > 126)
			return -EINVAL;
		letter |= c < '0' || c > '9';
	}
	if (length == VHOST_MEM_NAME_MAX)
		return -EINVAL;
	return length && !letter ? -EINVAL : 0;
}

static u64 model_usable(u64 requested, u64 size, u64 block)
{
	u128 usable = (u128)requested + (4ULL << 30);

	if (!requested)
		return 0;
	usable = (usable + block - 1) / block * block;
	return usable > size ? size : (u64)usable;
}

/* Any numbers, most of them at a border or one beside it. */
static u64 take_value(struct input *in)
{
	u64 how = take(in, 1);

	if (how < 64)
		return take(in, 8);
	if (how < 128)
		return (1ULL << how % 64) + (s64)(take(in, 1) % 3) - 1;
	if (how < 192)
		return (1ULL << 52) - (take(in, 2) << (how % 16 + 12));
	return take(in, 2) << how % 64;
}

static void check_values(struct input *in)
{
	u64 block = 1ULL << take(in, 1) % 64;
	char name[VHOST_MEM_NAME_MAX];
	u64 a = take_value(in), b = take_value(in), c = take_value(in);
	u64 size;

	expect(vhost_mem_geometry_check(a, b, 4096), model_sizes(a, b, 4096));
	expect(vhost_mem_geometry_check(a, block, 4096),
	       model_sizes(a, block, 4096));
	size = block * (VHOST_MEM_BLOCKS_MAX - 1 + take(in, 1) % 3);
	expect(vhost_mem_geometry_check(size, block, 4096),
	       model_sizes(size, block, 4096));
	expect(vhost_mem_geometry_check_addr(a, b, block),
	       model_addr(a, b, block));
	expect(vhost_mem_geometry_check_requested(a, b, block),
	       model_requested(a, b, block));
	/* geometry.h expects checked values of a region, so they are checked. */
	size = c % (1ULL << 52) / block * block;
	if (!model_sizes(size, block, 4096)) {
		u64 start = take_value(in) / block * block;

		if (!model_addr(start, size, block)) {
			expect(vhost_mem_geometry_check_range(a, b, start, size,
							      block),
			       model_range(a, b, start, size, block));
			expect(vhost_mem_geometry_check_range(start + a, b,
							      start, size,
							      block),
			       model_range(start + a, b, start, size, block));
		}
		a = a % (size + 1) / block * block;
		if (vhost_mem_geometry_usable(a, size, block) !=
		    model_usable(a, size, block))
			abort();
	}
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = take(in, 1);
	expect(vhost_mem_geometry_check_name(name), model_name(name));
}

static void one_proposal(struct unit_region *unit, struct input *in)
{
	u64 nr = unit->model.nr_blocks, block = unit->model.block_size;
	const struct vhost_mem_report_policy policy = {
		.policy = take(in, 1) % 3,
		.max = take(in, 1) % (nr + 1) * block,
		.step = (1 + take(in, 1) % nr) * block,
		.interval_ms = 100,
	};
	u16 reason = take(in, 1) % 6;

	unit_proposal(unit, &policy, take(in, 1) % 2 ? take_value(in) :
		  take(in, 1) * block, reason);
}

static void one_step(struct unit_region *unit, struct input *in)
{
	const struct model *model = &unit->model;
	u64 block = model->block_size, first, nr;
	u8 op = take(in, 1);

	switch (op / 16) {
	case 0:
		check_values(in);
		break;
	case 1:
		unit_limit(unit, take(in, 1) * block);
		break;
	case 2:
		if (op & 8)
			unit_retry_limbo(unit);
		else
			unit_reset(unit, op % 2);
		break;
	case 3:
		/* A range as the VMM gives it: bytes, of any number. */
		unit_range(unit, op % 2, model->addr + take(in, 1) * block +
			   (op & 2 ? take_value(in) : 0),
			   op & 4 ? take_value(in) : take(in, 1) * block);
		break;
	case 4:
		unit_resize(unit, take(in, 1) % (model->nr_blocks + 1) * block);
		break;
	case 5:
		unit_resize(unit, take(in, 2) * (block >> op % 2));
		break;
	case 6:
		unit_request(unit, take(in, 2), take_value(in), take(in, 2));
		break;
	case 7:
		if (op & 8)
			one_proposal(unit, in);
		if (op & 4)
			unit_confirm(unit, op & 2, take(in, 1) % UNIT_ANSWERS);
		unit_pinned = op % 2;
		break;
	case 8:
	case 9:
		unit_request(unit, op % 4, model->addr + take(in, 1) * block,
			     take(in, 1));
		break;
	default:
		/* Inside of the region, of whatever is usable of it. */
		first = take(in, 1) % model->nr_blocks;
		nr = 1 + take(in, 1) % (model->nr_blocks - first);
		unit_request(unit, op % 4, model->addr + first * block, nr);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	struct unit_region unit;
	u64 block, nr, addr;

	block = 1ULL << (12 + take(&in, 1) % 18);
	nr = 1 + take(&in, 2) % 200;
	addr = take(&in, 2) * block;
	unit_pinned = false;
	unit_region_init(&unit, nr, block, addr);
	while (in.size) {
		one_step(&unit, &in);
		unit_compare(&unit);
	}
	unit_region_free(&unit);
	return 0;
}

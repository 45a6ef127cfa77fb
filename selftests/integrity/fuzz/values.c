// SPDX-License-Identifier: GPL-2.0
/* Random values: right ones, ones at the borders, and nonsense. See fuzz.h. */

#include "fuzz.h"

struct rnd rnd_of(uint64_t seed, uint64_t round, uint64_t thread, uint64_t nr)
{
	struct rnd r = { seed };

	r.state = rnd(&r) ^ round;
	r.state = rnd(&r) ^ thread;
	r.state = rnd(&r) ^ nr;
	return r;
}

/* A counter, scrambled: so that seeds that differ in a bit have nothing alike. */
uint64_t rnd(struct rnd *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	return x ^ x >> 32;
}

struct fuzz_device *fuzz_device(struct fuzz_thread *t)
{
	return &rnd_one_of(&t->rnd, fuzz_devices);
}

/* A bit more, a bit less, or exactly. */
static uint64_t nearly(struct fuzz_thread *t, uint64_t value, uint64_t block)
{
	const uint64_t off[] = { 0, 0, 0, 0, block, -block, 1, -1, PAGE, -PAGE };

	return value + rnd_one_of(&t->rnd, off);
}

uint64_t fuzz_size(struct fuzz_thread *t, const struct fuzz_device *dev)
{
	static const uint64_t odd[] = {
		0, 1, PAGE - 1, 1ULL << 31, 1ULL << 32, 1ULL << 52,
		1ULL << 63, ~0ULL, ~0ULL - PAGE + 1,
	};

	switch (rnd_below(&t->rnd, 8)) {
	case 0:
		return nearly(t, dev->size, dev->block);
	case 1:
		return rnd_one_of(&t->rnd, odd);
	case 2:
		return rnd(&t->rnd) >> rnd_below(&t->rnd, 64);
	case 3:
		return nearly(t, rnd_below(&t->rnd, 70) * dev->block,
			      dev->block);
	default:
		return rnd_below(&t->rnd, dev->size / dev->block + 1) *
		       dev->block;
	}
}

uint64_t fuzz_addr(struct fuzz_thread *t, const struct fuzz_device *dev)
{
	switch (rnd_below(&t->rnd, 8)) {
	case 0:
		return GUEST_ADDR + nearly(t, dev->size, dev->block);
	case 1:
		return nearly(t, GUEST_ADDR, dev->block);
	case 2:
		return fuzz_size(t, dev);
	case 3:
		return nearly(t, VHOST_MEM_ADDRESS_LIMIT - dev->size,
			      dev->block);
	default:
		return GUEST_ADDR + rnd_below(&t->rnd, dev->size / dev->block) *
				    dev->block;
	}
}

int fuzz_file(struct fuzz_thread *t)
{
	static const int none[] = { -1, -1, -2, 9999, 1 << 30, INT32_MIN };

	switch (rnd_below(&t->rnd, 8)) {
	case 0:
		return rnd_one_of(&t->rnd, none);
	case 1:
		return fuzz_device(t)->fd;
	case 2:
		return rnd_one_of(&t->rnd, fuzz_files);
	default:
		return fuzz_files[rnd_below(&t->rnd, FUZZ_EVENTFDS)];
	}
}

bool fuzz_is_eventfd(int fd)
{
	for (int i = 0; i < FUZZ_EVENTFDS; i++)
		if (fuzz_files[i] == fd)
			return true;
	return false;
}

uint64_t fuzz_place_addr(struct fuzz_thread *t, uint64_t align)
{
	uint64_t at = FUZZ_PLACES_START +
		      rnd_below(&t->rnd, FUZZ_PLACES) * FUZZ_PLACE_SIZE;

	switch (rnd_below(&t->rnd, 4)) {
	case 0:
		break;
	case 1:
		at += nearly(t, fuzz_device(t)->size, fuzz_device(t)->block);
		break;
	case 2:
		at += rnd_below(&t->rnd, 64) * fuzz_device(t)->block;
		break;
	default:
		/* Ends close to a page: what it points to is torn. */
		at += rnd_below(&t->rnd, 128) * PAGE -
		      rnd_below(&t->rnd, 64);
	}
	at &= -align;
	if (at < FUZZ_PLACES_START || at > FUZZ_PLACES_END - PAGE)
		at = FUZZ_PLACES_START;
	return at;
}

uint64_t fuzz_pointer(struct fuzz_thread *t)
{
	static const uint64_t bad[] = {
		0, 1, PAGE - 4, 0x800000000000ULL, 0xffff888000000000ULL,
		0x7ffffffff000ULL - 4, ~0ULL, ~0ULL - 7,
	};

	switch (rnd_below(&t->rnd, 8)) {
	case 0:
		return rnd_one_of(&t->rnd, bad);
	case 1:
		/* Reaches into the page behind it. */
		return (uintptr_t)t->out + FUZZ_OUT - rnd_below(&t->rnd, 64);
	default:
		return fuzz_place_addr(t, rnd_once_in(&t->rnd, 4) ? 1 : 8);
	}
}

void fuzz_spoil(struct fuzz_thread *t, void *data, size_t length)
{
	unsigned char *bytes = data;
	unsigned int nr = 0;

	if (rnd_once_in(&t->rnd, 32))
		nr = length;
	else if (rnd_once_in(&t->rnd, 8))
		nr = 1 + rnd_below(&t->rnd, 3);
	for (; nr; nr--)
		bytes[rnd_below(&t->rnd, length)] = rnd(&t->rnd);
}

void fuzz_check_sizes(struct fuzz_thread *t, uint64_t block, uint64_t size,
		      uint64_t usable, uint64_t requested, uint64_t plugged)
{
	if (block < PAGE || block & (block - 1) || !size || size % block)
		fuzz_broken(t, "block size %#lx, region size %#lx", block,
			    size);
	if (usable > size || usable % block || requested > usable ||
	    requested % block || plugged > usable || plugged % block)
		fuzz_broken(t,
			    "block size %#lx, region size %#lx, usable %#lx, requested %#lx, plugged %#lx",
			    block, size, usable, requested, plugged);
}

// SPDX-License-Identifier: GPL-2.0
/* See state.h. */

#include <endian.h>

#include "pools.h"
#include "state.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The others count what happens, or follow from these. */
static const int shown_attrs[] = {
	VHOST_MEM_A_REGION_ID,
	VHOST_MEM_A_REGION_PID,
	VHOST_MEM_A_REGION_STATE,
	VHOST_MEM_A_REGION_ADDR,
	VHOST_MEM_A_REGION_SIZE,
	VHOST_MEM_A_REGION_USABLE_SIZE,
	VHOST_MEM_A_REGION_REQUESTED_SIZE,
	VHOST_MEM_A_REGION_PLUGGED_SIZE,
	VHOST_MEM_A_REGION_BACKED_SIZE,
	VHOST_MEM_A_REGION_LIMIT,
	VHOST_MEM_A_REGION_RESERVED,
	VHOST_MEM_A_REGION_CHARGED,
};

static struct genl watch = { .fd = -1 };
static uint64_t map[VHOST_MEM_BLOCKS_MAX / 64];

static uint64_t writable_bytes(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	uint64_t bytes = 0;
	char line[512];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, "vhost-mem") &&
		    sscanf(line, "%lx-%lx rw", &from, &to) == 2)
			bytes += to - from;
	fclose(file);
	return bytes;
}

static long module_refs(void)
{
	FILE *file = fopen("/sys/module/vhost_mem/refcnt", "re");
	long refs = 0;

	if (!file)
		return 0;
	CHECK_EQ(fscanf(file, "%ld", &refs), 1);
	fclose(file);
	return refs;
}

void state_init(void)
{
	if (watch.fd < 0)
		CHECK_EQ(genl_open(&watch), 0);
}

static void take_regions(struct state *state)
{
	struct genl_region regions[STATE_REGIONS_MAX];

	state->nr = genl_dump(&watch, regions, STATE_REGIONS_MAX);
	CHECK(state->nr >= 0 && state->nr <= STATE_REGIONS_MAX);
	for (int i = 0; i < state->nr; i++)
		for (size_t j = 0; j < COUNT(shown_attrs); j++)
			state->regions[i][shown_attrs[j]] =
				regions[i].value[shown_attrs[j]];
}

static void take_pool(struct state *state)
{
	struct pool pool;
	int ret = pools_get(&watch, STATE_POOL, &pool);

	if (ret == -ENOENT)
		return;
	CHECK_EQ(ret, 0);
	memcpy(state->pool, pool.value, sizeof(state->pool));
}

static void take_blocks(struct state *state, int fd)
{
	uint64_t nr = le64toh(state->config.config.region_size) /
		      le64toh(state->config.config.block_size);

	CHECK_EQ(device_block_map(fd, VHOST_MEM_GET_BLOCK_MAP, 0, nr, map), 0);
	state->blocks = map[0];
	for (uint64_t i = 0; i < (nr + 63) / 64; i++)
		state->map = (state->map ^ map[i]) * 0x100000001b3;
}

void state_take(struct state *state, int fd)
{
	int ret;

	memset(state, 0, sizeof(*state));
	state->writable = writable_bytes();
	state->refs = module_refs();
	take_regions(state);
	take_pool(state);
	if (fd < 0)
		return;
	state->config.size = sizeof(state->config);
	ret = device_ioctl(fd, VHOST_MEM_GET_CONFIG, &state->config);
	if (ret == -ENODEV)
		return;
	CHECK_EQ(ret, 0);
	take_blocks(state, fd);
}

void state_forget_backed(struct state *state)
{
	for (int i = 0; i < state->nr; i++)
		state->regions[i][VHOST_MEM_A_REGION_BACKED_SIZE] = 0;
}

const char *state_differs(const struct state *a, const struct state *b,
			  bool generation)
{
	struct vhost_mem_config x = a->config, y = b->config;

	if (!generation)
		x.generation = y.generation = 0;
	if (a->nr != b->nr)
		return "the number of regions";
	if (a->writable != b->writable)
		return "what is mapped";
	if (a->refs != b->refs)
		return "the module's references";
	if (a->blocks != b->blocks || a->map != b->map)
		return "the block map";
	if (memcmp(&x, &y, sizeof(x)))
		return "the configuration";
	if (memcmp(a->regions, b->regions, sizeof(a->regions)))
		return "a region as netlink shows it";
	if (memcmp(a->pool, b->pool, sizeof(a->pool)))
		return "the pool";
	return NULL;
}

const char *state_settles(const struct state *before, int fd)
{
	struct state state;
	const char *what;

	for (int i = 0;; i++) {
		state_take(&state, fd);
		what = state_differs(before, &state, true);
		if (!what || i == 100)
			return what;
		usleep(100000);
	}
}

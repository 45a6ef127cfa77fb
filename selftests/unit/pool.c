// SPDX-License-Identifier: GPL-2.0
/*
 * Pools under load: kmod/pool.c and kmod/queue.c as they are, against a model of them.
 *
 * Eight clients with 64 regions each, in four pools that are too small for them: guests
 * plug, unplug, fail, stop, fall silent and are reset; the administrator promises, moves
 * and resizes; regions are closed and created. After each of a million operations the
 * model has to agree, no pool may be charged beyond its size, and whoever is the first to
 * wait must be short of memory.
 *
 * Usage: [SEED=N] [STEPS=N] pool [TEST]...
 */
#include <stdio.h>
#include <time.h>

#include "pool_model.h"

#define REGION_SIZE	64	/* a byte is a block here */
#define STEPS		1000000

unsigned long shim_jiffies, shim_steps, shim_steps_held;
bool shim_out_of_memory;

static u64 seed;

u64 random_below(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static struct {
	u64 served, refused, hopeless, woken, lapsed, undone, over, moved, items;
} seen;

/* The operations, each on both. */

static void lock(struct vhost_mem_region *region)
{
	mutex_lock(&region->blocks_lock);
	spin_lock(&region->config_lock);
}

/* Operations leave to a work item what is too much for one section of a lock. */
static void serve(void)
{
	for (int n = 0; n < NR_POOLS; n++) {
		while (pools[n].queue.serve.scheduled) {
			pools[n].queue.serve.scheduled = 0;
			pools[n].queue.serve.fn(&pools[n].queue.serve);
			seen.items++;
		}
	}
}

void release(struct vhost_mem_region *region)
{
	spin_unlock(&region->config_lock);
	serve();
}

static void unlock(struct vhost_mem_region *region)
{
	release(region);
	mutex_unlock(&region->blocks_lock);
}

static int plug(int r, u64 bytes, bool fails)
{
	struct vhost_mem_region *region = &regions[r];
	struct vhost_mem_pool *pool = region->share.pool;
	struct model *m = &model[r], then = *m;
	u64 growth, left;
	bool waiting;
	int ret;

	then.used += bytes;
	growth = model_charge(&then) - model_charge(m);
	left = model_free(m->pool);
	waiting = !list_empty(&pool->queue.waiting) &&
		  list_first_entry(&pool->queue.waiting, struct vhost_mem_share,
				   node) != &region->share;

	lock(region);
	ret = vhost_mem_pool_charge_locked(region, bytes);
	unlock(region);
	if (growth <= m->earmark + left) {
		REQUIRE(!ret);
		/* Nobody overtakes: where others wait, only what is one's own is taken. */
		REQUIRE(!waiting || growth <= m->earmark);
		model_go(r, IDLE);
		m->used += bytes;
		m->served++;
		seen.served++;
		model_share_out(m->pool);
		if (fails) {
			seen.undone++;
			m->used -= bytes;
			model_share_out(m->pool);
		} else {
			region->sizes.plugged += bytes;
		}
		lock(region);
		vhost_mem_pool_account_locked(region);
		unlock(region);
			return 0;
	}
	REQUIRE(ret == -ENOBUFS);
	m->refused++;
	seen.refused++;
	if (region->state != VHOST_MEM_STATE_RUNNING)
		return ret;
	model_refuse(r, bytes);
	seen.hopeless += m->state == APART;
	return ret;
}

/* Some of it may be referenced elsewhere. */
static void unplug(int r, u64 bytes, u64 limbo)
{
	struct vhost_mem_region *region = &regions[r];

	region->sizes.plugged -= bytes;
	region->sizes.limbo += limbo;
	lock(region);
	vhost_mem_pool_account_locked(region);
	unlock(region);
	model[r].used -= bytes - limbo;
	model_share_out(model[r].pool);
}

static void free_limbo(int r)
{
	struct vhost_mem_region *region = &regions[r];
	u64 bytes = region->sizes.limbo;

	region->sizes.limbo = 0;
	lock(region);
	vhost_mem_pool_account_locked(region);
	unlock(region);
	model[r].used -= bytes;
	model_share_out(model[r].pool);
}

static void set_running(int r, bool running)
{
	struct vhost_mem_region *region = &regions[r];

	spin_lock(&region->config_lock);
	region->state = running ? VHOST_MEM_STATE_RUNNING : VHOST_MEM_STATE_STOPPED;
	if (!running)
		vhost_mem_pool_withdraw_locked(region);
	release(region);
	if (!running && model[r].state != IDLE) {
		model_go(r, IDLE);
		model_share_out(model[r].pool);
	}
}

static void request(int r, u64 size)
{
	struct vhost_mem_region *region = &regions[r];
	struct model *m = &model[r];

	spin_lock(&region->config_lock);
	region->sizes.requested = size;
	vhost_mem_pool_requested_locked(region);
	release(region);
	if (m->state != IDLE && region->sizes.plugged + m->want > size)
		model_go(r, IDLE);
	model_set_floor(r, m->reserved, m->held < size ? m->held : size);
	model_share_out(m->pool);
}

static void reset(int r, u64 limbo)
{
	struct vhost_mem_region *region = &regions[r];
	struct model *m = &model[r];
	u64 keep = m->used < region->sizes.requested ? m->used : region->sizes.requested;

	set_running(r, false);
	spin_lock(&region->config_lock);
	vhost_mem_pool_hold_locked(region);
	release(region);
	if (keep > m->held) {
		m->held = keep;
		m->held_until = shim_jiffies + VHOST_MEM_POOL_HOLD;
	}
	unplug(r, region->sizes.plugged, limbo);
}

static void end_hold(int r)
{
	struct vhost_mem_region *region = &regions[r];

	spin_lock(&region->config_lock);
	vhost_mem_pool_unhold_locked(region);
	release(region);
	model_set_floor(r, model[r].reserved, 0);
	model_share_out(model[r].pool);
}

static void set(int r, int to, u64 reserved)
{
	struct vhost_mem_region *region = &regions[r];
	struct model *m = &model[r], then = *m;
	int from = m->pool, ret, expected = 0;
	u64 growth;

	spin_lock(&region->config_lock);
	ret = vhost_mem_pool_set_locked(region, &pools[to], reserved);
	release(region);

	then.reserved = reserved;
	growth = model_charge(&then) - model_charge(m);
	if (to != from)
		expected = model_charge(&then) > model_free(to) ? -ENOBUFS : 0;
	else if (reserved > m->reserved &&
		 (growth > model_free(from) + m->earmark ||
		  model_promised(from) - m->reserved + reserved >
		  model_pools[from].size))
		expected = -ENOBUFS;
	REQUIRE(ret == expected);
	if (ret)
		return;
	if (to != from) {
		seen.moved++;
		model_go(r, IDLE);
		m->reserved = reserved;
		m->pool = to;
		model_reconsider(to);
	} else {
		model_set_floor(r, reserved, m->held);
	}
	model_reconsider(from);
}

static void resize(int n, u64 size)
{
	struct model_pool *p = &model_pools[n];
	int ret = vhost_mem_pool_resize(&pools[n], size);

	REQUIRE(ret == (size < model_promised(n) ? -EBUSY : 0));
	if (ret)
		return;
	if (size < p->size)
		model_revoke(n);
	p->size = size;
	seen.over += pools[n].charged > size;
	model_reconsider(n);
	serve();
}

void create(int r)
{
	struct vhost_mem_region *region = &regions[r];
	int n = random_below(NR_POOLS);

	memset(region, 0, sizeof(*region));
	region->size = REGION_SIZE;
	region->block_size = 1;
	vhost_mem_pool_join(region, &pools[n]);
	model[r] = (struct model){ .pool = n, .silent = !random_below(8) };
	request(r, random_below(REGION_SIZE + 1));
	set_running(r, true);
}

void close_region(int r)
{
	struct vhost_mem_region *region = &regions[r];

	spin_lock(&region->config_lock);
	region->closed = true;
	region->state = VHOST_MEM_STATE_ENDED;
	vhost_mem_pool_close_locked(region);
	release(region);
	model_go(r, IDLE);
	model_set_floor(r, 0, 0);
	model_reconsider(model[r].pool);
	unplug(r, region->sizes.plugged, random_below(region->sizes.plugged + 1));
	free_limbo(r);
	vhost_mem_pool_leave(region);
}

/* A guest that was notified asks again, or does not. */
static void answer(int r)
{
	struct vhost_mem_region *region = &regions[r];

	if (!region->share.wake.scheduled || model[r].silent)
		return;
	region->share.wake.scheduled = 0;
	if (model[r].state != WOKEN)
		return;
	seen.woken++;
	/* What it was woken for fits: that is what the earmark is for. */
	REQUIRE(!plug(r, model[r].want, !random_below(16)));
}

/* Time passes: what nobody has come for lapses, and what was held is let go. */
static void pass(unsigned long time)
{
	shim_jiffies += time;
	lease_expire();
	for (int r = 0; r < NR_REGIONS; r++) {
		struct vhost_mem_region *region = &regions[r];
		struct model *m = &model[r];

		if (m->held && !time_before(shim_jiffies, m->held_until))
			end_hold(r);
		spin_lock(&region->config_lock);
		vhost_mem_pool_lapse_locked(region);
		release(region);
		if (m->state != WOKEN ||
		    shim_jiffies - m->woken_at < VHOST_MEM_POOL_LAPSE)
			continue;
		seen.lapsed++;
		model_go(r, IDLE);
		model_share_out(m->pool);
	}
}

static void guest_step(int r)
{
	struct vhost_mem_region *region = &regions[r];
	u64 plugged = region->sizes.plugged, room, bytes;

	switch (random_below(24)) {
	case 0 ... 11:
		/* Not more than is requested; blocks.c checks that. */
		room = region->sizes.requested -
		       min(region->sizes.requested, plugged + region->sizes.limbo);
		bytes = room ? 1 + random_below(room) : 0;
		if (bytes)
			plug(r, bytes, !random_below(8));
		break;
	case 12 ... 16:
		bytes = random_below(plugged + 1);
		unplug(r, bytes, random_below(8) ? 0 : random_below(bytes + 1));
		break;
	case 17:
		free_limbo(r);
		break;
	case 18:
		set_running(r, false);
		break;
	case 19 ... 20:
		set_running(r, true);
		break;
	case 21 ... 22:
		request(r, random_below(REGION_SIZE + 1));
		break;
	case 23:
		reset(r, random_below(4) ? 0 : random_below(plugged + 1));
		break;
	}
}

static void admin_step(int r)
{
	int n = model[r].pool;

	switch (random_below(8)) {
	case 0 ... 3:
		set(r, n, random_below(4) ? random_below(REGION_SIZE / 4) : 0);
		break;
	case 4:
		set(r, random_below(NR_POOLS),
		    random_below(2) ? regions[r].share.reserved : random_below(8));
		break;
	case 5:
		/* Now and then hardly more than what is promised, or less; not for long. */
		switch (random_below(8)) {
		case 0:
			resize(n, random_below(1000));
			break;
		case 1:
			resize(n, model_promised(n) + random_below(REGION_SIZE));
			break;
		default:
			resize(n, 1000 + random_below(2000));
		}
		break;
	case 6:
		close_region(r);
		create(r);
		break;
	case 7:
		pass(random_below(2 * HZ));
		break;
	}
}

static void start(void)
{
	memset(pools, 0, sizeof(pools));
	memset(model_pools, 0, sizeof(model_pools));
	for (int n = 0; n < NR_POOLS; n++) {
		model_pools[n].size = 1000 + random_below(2000);
		model_pools[n].hope = model_pools[n].size;
		vhost_mem_pool_init(&pools[n], "pool", model_pools[n].size);
	}
	for (int r = 0; r < NR_REGIONS; r++)
		create(r);
	compare_all();
}

static bool somebody_waits(void)
{
	for (int n = 0; n < NR_POOLS; n++) {
		if (!list_empty(&pools[n].queue.waiting) || !list_empty(&pools[n].queue.granted))
			return true;
	}
	return false;
}

/*
 * Every guest gives back what it has, whenever it has something. Then each that waits has
 * its turn, even if the pool is just large enough for one of them at a time.
 */
static void drain(void)
{
	for (int round = 0; somebody_waits(); round++) {
		REQUIRE(round < NR_REGIONS + VHOST_MEM_POOL_HOLD / HZ);
		for (int r = 0; r < NR_REGIONS; r++) {
			model[r].silent = false;
			if (regions[r].sizes.plugged)
				unplug(r, regions[r].sizes.plugged, 0);
			if (regions[r].sizes.limbo)
				free_limbo(r);
		}
		for (int r = 0; r < NR_REGIONS; r++)
			answer(r);
		pass(HZ);
		compare_all();
	}
}

TEST(a_million_operations)
{
	const char *given = getenv("STEPS");
	u64 steps = given && *given ? strtoull(given, NULL, 0) : STEPS;

	start();
	for (u64 step = 0; step < steps; step++) {
		/* The clients take turns in no order; each has its own regions. */
		int client = random_below(NR_CLIENTS);
		int r = client * NR_EACH + random_below(NR_EACH);

		if (!random_below(64))
			admin_step(r);
		else if (!random_below(64))
			lease_step(r);
		else
			guest_step(r);
		answer(r);
		compare_region(r);
		check_pool(model[r].pool);
		if (step % 1024 == 0)
			compare_all();
	}
	compare_all();
	drain();
	lease_end();
	for (int r = 0; r < NR_REGIONS; r++)
		close_region(r);
	for (int n = 0; n < NR_POOLS; n++) {
		struct vhost_mem_pool_info info;

		vhost_mem_pool_look(&pools[n], &info);
		REQUIRE(!info.charged && !info.promised && !info.earmarked);
		REQUIRE(!info.regions && !info.waiting);
		REQUIRE(list_empty(&pools[n].queue.hopeless));
	}
	ktap_say("%llu served, %llu of these undone; %llu refused, %llu of these without hope; %llu woken, %llu lapsed; %llu moved, %llu times over, %llu work items",
		 seen.served, seen.undone, seen.refused, seen.hopeless, seen.woken,
		 seen.lapsed, seen.moved, seen.over, seen.items);
	/* It was not for lack of trying. */
	REQUIRE(steps < STEPS || (seen.served > 10000 && seen.refused > 10000 &&
				  seen.woken > 1000 && seen.lapsed > 100 &&
				  seen.hopeless > 100 && seen.over > 10 &&
				  seen.undone > 1000 && seen.moved > 100 &&
				  seen.items > 100 && leases_used() > 100));
	REQUIRE(shim_steps_held <= SECTION_STEPS);
}

int main(int argc, char **argv)
{
	const char *given = getenv("SEED");

	seed = given && *given ? strtoull(given, NULL, 0) : (u64)time(NULL);
	if (!seed)
		seed = 1;
	ktap_say("seed %llu", seed);
	return ktap_main(argc, argv);
}

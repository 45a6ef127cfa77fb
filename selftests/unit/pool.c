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

#include "ktap.h"
#include "pool.h"
#include "vhost_mem.h"

#define NR_CLIENTS	8
#define NR_EACH		64
#define NR_REGIONS	(NR_CLIENTS * NR_EACH)
#define NR_POOLS	4
#define REGION_SIZE	64	/* a byte is a block here */
#define STEPS		1000000

unsigned long shim_jiffies;

static u64 seed;

static u64 random_below(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* What is known of a region besides what the module keeps. */
static struct vhost_mem_region regions[NR_REGIONS];
static struct vhost_mem_pool pools[NR_POOLS];

/*
 * The model: what each region has, and one list of those who wait in each pool, written
 * down as plainly as possible.
 */
enum state { IDLE, WAITS, WOKEN, HOPELESS };

static struct model {
	int pool;
	u64 used, reserved, held;
	enum state state;
	u64 want, earmark;
	unsigned long woken_at;
	bool silent;		/* does not answer when it is woken */
	unsigned long held_until;
	u64 served, refused;
} model[NR_REGIONS];

static struct model_pool {
	u64 size;
	int line[NR_REGIONS];	/* regions that wait or are woken, in their order */
	int nr;
} model_pools[NR_POOLS];

static struct {
	u64 served, refused, hopeless, woken, lapsed, undone, over, moved;
} seen;

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			ktap_say("%s:%d: not true: %s", __FILE_NAME__,	\
				 __LINE__, #cond);			\
			ktap_fail();					\
		}							\
	} while (0)

static u64 most(u64 a, u64 b)
{
	return a > b ? a : b;
}

static u64 model_charge(const struct model *m)
{
	return most(m->used, most(m->reserved, m->held));
}

static u64 model_need(const struct model *m)
{
	struct model then = *m;

	then.used += m->want;
	return model_charge(&then) - model_charge(m);
}

static u64 model_sum(int pool, u64 (*of)(const struct model *m))
{
	u64 sum = 0;

	for (int i = 0; i < NR_REGIONS; i++) {
		if (model[i].pool == pool)
			sum += of(&model[i]);
	}
	return sum;
}

static u64 of_earmark(const struct model *m)
{
	return m->earmark;
}

static u64 of_reserved(const struct model *m)
{
	return m->reserved;
}

static u64 model_free(int pool)
{
	u64 taken = model_sum(pool, model_charge) + model_sum(pool, of_earmark);
	u64 size = model_pools[pool].size;

	return taken < size ? size - taken : 0;
}

static bool model_possible(const struct model *m)
{
	u64 others = model_sum(m->pool, of_reserved) - m->reserved;

	return m->used + m->want + others <= model_pools[m->pool].size;
}

static void model_leave_line(int r)
{
	struct model_pool *p = &model_pools[model[r].pool];

	for (int i = 0; i < p->nr; i++) {
		if (p->line[i] == r) {
			memmove(p->line + i, p->line + i + 1,
				(p->nr - i - 1) * sizeof(p->line[0]));
			p->nr--;
			break;
		}
	}
}

static void model_set_state(int r, enum state state)
{
	struct model_pool *p = &model_pools[model[r].pool];

	if ((state == WAITS || state == HOPELESS) && state != model[r].state) {
		model_leave_line(r);
		p->line[p->nr++] = r;
	} else if (state == IDLE) {
		model_leave_line(r);
	}
	if (state == IDLE || state == HOPELESS)
		model[r].earmark = 0;
	if (state == WOKEN)
		model[r].woken_at = shim_jiffies;
	model[r].state = state;
}

/* Everybody in the order of the line takes what is free, until there is not enough. */
static void model_share_out(int pool)
{
	struct model_pool *p = &model_pools[pool];
	u64 left = model_free(pool);

	for (int i = 0; i < p->nr; i++) {
		struct model *m = &model[p->line[i]];
		u64 need = model_need(m), take;

		if (m->state != WAITS)
			continue;
		if (m->earmark > need) {
			left += m->earmark - need;
			m->earmark = need;
		}
		take = need - m->earmark < left ? need - m->earmark : left;
		m->earmark += take;
		left -= take;
		if (m->earmark < need)
			break;
		model_set_state(p->line[i], WOKEN);
	}
}

/* After the size or a promise has changed: who has hope, and who has none any more? */
static void model_reconsider(int pool)
{
	struct model_pool *p = &model_pools[pool];
	int had[NR_REGIONS], lost[NR_REGIONS], nr_had = 0, nr_lost = 0;

	for (int i = 0; i < p->nr; i++) {
		if (model[p->line[i]].state == HOPELESS)
			had[nr_had++] = p->line[i];
		else if (model[p->line[i]].state == WAITS &&
			 !model_possible(&model[p->line[i]]))
			lost[nr_lost++] = p->line[i];
	}
	for (int i = 0; i < nr_lost; i++)
		model_set_state(lost[i], HOPELESS);
	for (int i = 0; i < nr_had; i++) {
		/* To the end, even of those without hope. */
		model[had[i]].state = WOKEN;
		model_set_state(had[i], model_possible(&model[had[i]]) ? WAITS : HOPELESS);
	}
	model_share_out(pool);
}

/* What a smaller promise or the end of a hold frees stays the region's, if it waits. */
static void model_set_floor(int r, u64 reserved, u64 held)
{
	struct model *m = &model[r];
	u64 before = model_charge(m), after, mine = m->earmark, left;

	m->reserved = reserved;
	m->held = held;
	after = model_charge(m);
	if (m->state == IDLE)
		return;
	if (after < before)
		mine += before - after;
	m->earmark = 0;
	left = model_free(m->pool);
	if (m->state != HOPELESS) {
		if (mine > model_need(m))
			mine = model_need(m);
		m->earmark = mine < left ? mine : left;
	}
	if (m->state != WOKEN && m->earmark == model_need(m))
		model_set_state(r, WOKEN);
	else if (m->state == WOKEN && m->earmark < model_need(m))
		m->state = WAITS;
}

/* ... and the module has to agree. */

static enum state state_of(const struct vhost_mem_share *share)
{
	static const enum state states[] = {
		[VHOST_MEM_TICKET_NONE]		= IDLE,
		[VHOST_MEM_TICKET_WAITING]	= WAITS,
		[VHOST_MEM_TICKET_GRANTED]	= WOKEN,
		[VHOST_MEM_TICKET_HOPELESS]	= HOPELESS,
	};

	return states[share->ticket];
}

static void compare_region(int r)
{
	const struct vhost_mem_share *share = &regions[r].share;
	const struct model *m = &model[r];

	REQUIRE(share->pool == &pools[m->pool]);
	REQUIRE(share->used == m->used);
	REQUIRE(share->reserved == m->reserved);
	REQUIRE(share->held == m->held);
	REQUIRE(state_of(share) == m->state);
	REQUIRE(share->earmark == m->earmark);
}

/* Without the model: what must be true of any pool at any time. */
static void check_pool(int n)
{
	struct vhost_mem_pool *pool = &pools[n];
	struct vhost_mem_pool_info info;
	struct vhost_mem_share *first;
	struct vhost_mem_region *region;

	vhost_mem_pool_look(pool, &info);
	REQUIRE(info.promised <= info.size);
	REQUIRE(info.promised <= info.charged);
	REQUIRE(!info.over || !info.earmarked);
	REQUIRE(info.over || info.charged + info.earmarked <= info.size);
	if (list_empty(&pool->waiting))
		return;
	/* The first one is short of memory, and nobody else can have any. */
	REQUIRE(!info.free);
	first = list_first_entry(&pool->waiting, struct vhost_mem_share, node);
	region = list_entry(first, struct vhost_mem_region, share);
	REQUIRE(first->earmark < model_need(&model[region - regions]));
}

static void compare_all(void)
{
	for (int r = 0; r < NR_REGIONS; r++)
		compare_region(r);
	for (int n = 0; n < NR_POOLS; n++) {
		u32 waiting = 0, count = 0;
		int at = 0;
		struct vhost_mem_share *share;

		for (int r = 0; r < NR_REGIONS; r++) {
			count += model[r].pool == n;
			waiting += model[r].pool == n &&
				   (model[r].state == WAITS || model[r].state == HOPELESS);
		}
		REQUIRE(pools[n].regions == count);
		REQUIRE(pools[n].nr_waiting == waiting);
		REQUIRE(pools[n].charged == model_sum(n, model_charge));
		REQUIRE(pools[n].promised == model_sum(n, of_reserved));
		REQUIRE(pools[n].earmarked == model_sum(n, of_earmark));
		/* Those who wait, in their order. */
		list_for_each_entry(share, &pools[n].waiting, node) {
			struct vhost_mem_region *region =
				list_entry(share, struct vhost_mem_region, share);

			while (model[model_pools[n].line[at]].state != WAITS)
				at++;
			REQUIRE(model_pools[n].line[at++] == region - regions);
		}
		check_pool(n);
	}
}

/* The operations, each on both. */

static void lock(struct vhost_mem_region *region)
{
	mutex_lock(&region->blocks_lock);
	spin_lock(&region->config_lock);
}

static void unlock(struct vhost_mem_region *region)
{
	spin_unlock(&region->config_lock);
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
	waiting = !list_empty(&pool->waiting) &&
		  list_first_entry(&pool->waiting, struct vhost_mem_share,
				   node) != &region->share;

	lock(region);
	ret = vhost_mem_pool_charge_locked(region, bytes);
	unlock(region);
	if (growth <= m->earmark + left) {
		REQUIRE(!ret);
		/* Nobody overtakes: where others wait, only what is one's own is taken. */
		REQUIRE(!waiting || growth <= m->earmark);
		model_set_state(r, IDLE);
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
	if (m->state == WOKEN)
		model_set_state(r, IDLE);
	m->want = bytes;
	if (!model_possible(m)) {
		seen.hopeless++;
		if (m->state == HOPELESS)
			m->state = WOKEN;	/* to the end, as above */
		model_set_state(r, HOPELESS);
	} else {
		model_set_state(r, WAITS);
	}
	model_share_out(m->pool);
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
	spin_unlock(&region->config_lock);
	if (!running && model[r].state != IDLE) {
		model_set_state(r, IDLE);
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
	spin_unlock(&region->config_lock);
	if (m->state != IDLE && region->sizes.plugged + m->want > size)
		model_set_state(r, IDLE);
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
	spin_unlock(&region->config_lock);
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
	spin_unlock(&region->config_lock);
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
	spin_unlock(&region->config_lock);

	then.reserved = reserved;
	growth = model_charge(&then) - model_charge(m);
	if (to != from)
		expected = model_charge(&then) > model_free(to) ? -ENOBUFS : 0;
	else if (reserved > m->reserved &&
		 (growth > model_free(from) + m->earmark ||
		  model_sum(from, of_reserved) - m->reserved + reserved >
		  model_pools[from].size))
		expected = -ENOBUFS;
	REQUIRE(ret == expected);
	if (ret)
		return;
	if (to != from) {
		seen.moved++;
		model_set_state(r, IDLE);
		m->reserved = reserved;
		m->pool = to;
	} else {
		model_set_floor(r, reserved, m->held);
	}
	model_reconsider(from);
}

static void resize(int n, u64 size)
{
	struct model_pool *p = &model_pools[n];
	int ret = vhost_mem_pool_resize(&pools[n], size);

	REQUIRE(ret == (size < model_sum(n, of_reserved) ? -EBUSY : 0));
	if (ret)
		return;
	/* Nobody is woken any more: they are all in the line. */
	for (int i = 0; i < p->nr && size < p->size; i++) {
		struct model *m = &model[p->line[i]];

		m->earmark = 0;
		if (m->state == WOKEN)
			m->state = WAITS;
	}
	p->size = size;
	seen.over += pools[n].charged > size;
	model_reconsider(n);
}

static void create(int r)
{
	struct vhost_mem_region *region = &regions[r];
	int n = random_below(NR_POOLS);

	memset(region, 0, sizeof(*region));
	region->size = REGION_SIZE;
	vhost_mem_pool_join(region, &pools[n]);
	model[r] = (struct model){ .pool = n, .silent = !random_below(8) };
	request(r, random_below(REGION_SIZE + 1));
	set_running(r, true);
}

static void close_region(int r)
{
	struct vhost_mem_region *region = &regions[r];

	spin_lock(&region->config_lock);
	region->closed = true;
	region->state = VHOST_MEM_STATE_ENDED;
	vhost_mem_pool_close_locked(region);
	spin_unlock(&region->config_lock);
	model_set_state(r, IDLE);
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
	for (int r = 0; r < NR_REGIONS; r++) {
		struct vhost_mem_region *region = &regions[r];
		struct model *m = &model[r];

		if (m->held && !time_before(shim_jiffies, m->held_until))
			end_hold(r);
		spin_lock(&region->config_lock);
		vhost_mem_pool_lapse_locked(region);
		spin_unlock(&region->config_lock);
		if (m->state != WOKEN ||
		    shim_jiffies - m->woken_at < VHOST_MEM_POOL_LAPSE)
			continue;
		seen.lapsed++;
		model_set_state(r, IDLE);
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
			resize(n, model_sum(n, of_reserved) + random_below(REGION_SIZE));
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
		vhost_mem_pool_init(&pools[n], "pool", model_pools[n].size);
	}
	for (int r = 0; r < NR_REGIONS; r++)
		create(r);
	compare_all();
}

static bool somebody_waits(void)
{
	for (int n = 0; n < NR_POOLS; n++) {
		if (!list_empty(&pools[n].waiting) || !list_empty(&pools[n].granted))
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

		if (random_below(64))
			guest_step(r);
		else
			admin_step(r);
		answer(r);
		compare_region(r);
		check_pool(model[r].pool);
		if (step % 1024 == 0)
			compare_all();
	}
	compare_all();
	drain();
	for (int r = 0; r < NR_REGIONS; r++)
		close_region(r);
	for (int n = 0; n < NR_POOLS; n++) {
		struct vhost_mem_pool_info info;

		vhost_mem_pool_look(&pools[n], &info);
		REQUIRE(!info.charged && !info.promised && !info.earmarked);
		REQUIRE(!info.regions && !info.waiting);
		REQUIRE(list_empty(&pools[n].hopeless));
	}
	ktap_say("%llu served, %llu of these undone; %llu refused, %llu of these without hope; %llu woken, %llu lapsed; %llu moved, %llu times over",
		 seen.served, seen.undone, seen.refused, seen.hopeless, seen.woken,
		 seen.lapsed, seen.moved, seen.over);
	/* It was not for lack of trying. */
	REQUIRE(steps < STEPS || (seen.served > 10000 && seen.refused > 10000 &&
				  seen.woken > 1000 && seen.lapsed > 100 &&
				  seen.hopeless > 100 && seen.over > 10 &&
				  seen.undone > 1000 && seen.moved > 100));
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

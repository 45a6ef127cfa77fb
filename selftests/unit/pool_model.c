// SPDX-License-Identifier: GPL-2.0
/* See pool_model.h. */
#include "pool_model.h"

struct model model[NR_REGIONS];
struct model_pool model_pools[NR_POOLS];
struct vhost_mem_region regions[NR_REGIONS];
struct vhost_mem_pool pools[NR_POOLS];

static u64 most(u64 a, u64 b)
{
	return a > b ? a : b;
}

u64 model_charge(const struct model *m)
{
	return most(m->used, most(m->reserved, m->held));
}

/* By how much the charge grows if the request is granted. */
u64 model_need(const struct model *m)
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

u64 model_charged(int pool)
{
	return model_sum(pool, model_charge) + model_pools[pool].leased;
}

u64 model_promised(int pool)
{
	return model_sum(pool, of_reserved) + model_pools[pool].leased;
}

static u64 model_room(int pool)
{
	u64 taken = model_charged(pool) + model_sum(pool, of_earmark);
	u64 size = model_pools[pool].size;

	return taken < size ? size - taken : 0;
}

/* As long as somebody waits nobody else can have anything. */
u64 model_free(int pool)
{
	return model_pools[pool].waits.nr ? 0 : model_room(pool);
}

static bool model_possible(const struct model *m)
{
	u64 others = model_promised(m->pool) - m->reserved;

	return m->used + m->want + others <= model_pools[m->pool].size;
}

static struct model_list *list_of(int r)
{
	struct model_pool *p = &model_pools[model[r].pool];

	switch (model[r].state) {
	case WAITS:
		return &p->waits;
	case WOKEN:
		return &p->woken;
	case APART:
		return &p->apart;
	default:
		return NULL;
	}
}

/* To the end of the list that belongs to the state. */
void model_go(int r, enum state state)
{
	struct model_list *list = list_of(r);
	int at = 0;

	if (list) {
		while (list->of[at] != r)
			at++;
		memmove(list->of + at, list->of + at + 1,
			(list->nr - at - 1) * sizeof(list->of[0]));
		list->nr--;
	}
	model[r].state = state;
	model[r].fresh = false;
	if (state != WOKEN)
		model[r].earmark = 0;
	else
		model[r].woken_at = shim_jiffies;
	list = list_of(r);
	if (list)
		list->of[list->nr++] = r;
}

/* Everybody in order takes what there is, until there is not enough. */
void model_share_out(int pool)
{
	struct model_pool *p = &model_pools[pool];

	while (p->waits.nr) {
		int r = p->waits.of[0];
		struct model *m = &model[r];
		u64 need = model_need(m), has;

		if (!model_possible(m)) {
			model_go(r, APART);
			continue;
		}
		m->fresh = false;
		has = m->earmark + model_room(pool);
		m->earmark = has < need ? has : need;
		if (m->earmark < need)
			return;
		model_go(r, WOKEN);
	}
}

void model_refuse(int r, u64 bytes)
{
	struct model *m = &model[r];

	if (m->state == WOKEN)
		model_go(r, IDLE);
	m->want = bytes;
	if (!model_possible(m))
		model_go(r, APART);
	else if (m->state != WAITS || m->fresh)
		model_go(r, WAITS);
	model_share_out(m->pool);
}

/* After the size or a promise has changed. */
void model_reconsider(int pool)
{
	struct model_pool *p = &model_pools[pool];
	u64 hope = p->size - model_promised(pool);

	while (hope > p->hope && p->apart.nr) {
		int r = p->apart.of[0];

		model_go(r, WAITS);
		model[r].fresh = true;
	}
	p->hope = hope;
	model_share_out(pool);
}

/* Those who were woken wait again, before the others. Nobody has an earmark. */
void model_revoke(int pool)
{
	struct model_pool *p = &model_pools[pool];
	struct model_list waits = p->waits;

	p->waits = p->woken;
	for (int i = 0; i < p->woken.nr; i++)
		model[p->woken.of[i]].state = WAITS;
	p->woken.nr = 0;
	for (int i = 0; i < waits.nr; i++)
		p->waits.of[p->waits.nr++] = waits.of[i];
	for (int i = 0; i < p->waits.nr; i++)
		model[p->waits.of[i]].earmark = 0;
}

/* What a smaller promise or the end of a hold frees is the region's, if it is enough. */
void model_set_floor(int r, u64 reserved, u64 held)
{
	struct model *m = &model[r];
	u64 before = model_charge(m), after, mine = m->earmark;

	m->reserved = reserved;
	m->held = held;
	after = model_charge(m);
	if (m->state == IDLE)
		return;
	if (after < before)
		mine += before - after;
	m->earmark = 0;
	if (model_need(m) <= mine && model_need(m) <= model_room(m->pool)) {
		if (m->state != WOKEN)
			model_go(r, WOKEN);
		m->earmark = model_need(m);
	} else if (m->state == WOKEN) {
		model_go(r, WAITS);
	}
}

/* ... and the module has to agree. */

static u64 earmark_of(const struct vhost_mem_share *share)
{
	return share->epoch == share->pool->queue.epoch ? share->earmark : 0;
}

static enum vhost_mem_ticket ticket_of(const struct model *m)
{
	switch (m->state) {
	case WOKEN:
		return VHOST_MEM_TICKET_GRANTED;
	case WAITS:
	case APART:
		return model_possible(m) ? VHOST_MEM_TICKET_WAITING :
					   VHOST_MEM_TICKET_HOPELESS;
	default:
		return VHOST_MEM_TICKET_NONE;
	}
}

void compare_region(int r)
{
	struct vhost_mem_region *region = &regions[r];
	const struct vhost_mem_share *share = &region->share;
	const struct model *m = &model[r];
	enum vhost_mem_ticket ticket;

	REQUIRE(share->pool == &pools[m->pool]);
	REQUIRE(share->used == m->used);
	REQUIRE(share->reserved == m->reserved);
	REQUIRE(share->held == m->held);
	REQUIRE(earmark_of(share) == m->earmark);
	spin_lock(&region->config_lock);
	ticket = vhost_mem_pool_ticket_locked(region);
	spin_unlock(&region->config_lock);
	REQUIRE(ticket == ticket_of(m));
}

static void compare_list(struct list_head *list, const struct model_list *expected)
{
	struct vhost_mem_share *share;
	int at = 0;

	list_for_each_entry(share, list, node) {
		struct vhost_mem_region *region =
			list_entry(share, struct vhost_mem_region, share);

		REQUIRE(at < expected->nr && expected->of[at] == region - regions);
		at++;
	}
	REQUIRE(at == expected->nr);
}

/* Without the model: what must be true of any pool at any time. */
void check_pool(int n)
{
	struct vhost_mem_pool *pool = &pools[n];
	struct vhost_mem_pool_info info;
	struct vhost_mem_share *first;

	vhost_mem_pool_look(pool, &info);
	REQUIRE(info.promised <= info.size);
	REQUIRE(info.promised <= info.charged);
	REQUIRE(info.leased <= info.promised);
	REQUIRE(!info.over || !info.earmarked);
	REQUIRE(info.over || info.charged + info.earmarked <= info.size);
	if (list_empty(&pool->queue.waiting))
		return;
	/* Nobody else can have anything. */
	REQUIRE(!info.free);
	if (pool->queue.serve.scheduled)
		return;
	/* The first one is short of memory, and has what there is. */
	first = list_first_entry(&pool->queue.waiting, struct vhost_mem_share, node);
	REQUIRE(info.charged + info.earmarked >= info.size);
	REQUIRE(earmark_of(first) < max3(first->used + first->want, first->reserved,
					 first->held) -
				    max3(first->used, first->reserved, first->held));
}

void compare_all(void)
{
	for (int r = 0; r < NR_REGIONS; r++)
		compare_region(r);
	for (int n = 0; n < NR_POOLS; n++) {
		const struct model_pool *p = &model_pools[n];
		u32 count = 0;

		for (int r = 0; r < NR_REGIONS; r++)
			count += model[r].pool == n;
		REQUIRE(pools[n].regions == count);
		REQUIRE(pools[n].queue.nr_waiting == (u32)(p->waits.nr + p->apart.nr));
		REQUIRE(pools[n].charged == model_charged(n));
		REQUIRE(pools[n].promised == model_promised(n));
		REQUIRE(pools[n].leased == p->leased);
		REQUIRE(pools[n].leases == p->leases);
		REQUIRE(pools[n].queue.earmarked == model_sum(n, of_earmark));
		compare_list(&pools[n].queue.waiting, &p->waits);
		compare_list(&pools[n].queue.granted, &p->woken);
		compare_list(&pools[n].queue.hopeless, &p->apart);
		check_pool(n);
	}
}

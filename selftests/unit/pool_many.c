// SPDX-License-Identifier: GPL-2.0
/*
 * Pools with thousands of regions that wait: no operation holds a lock for longer because
 * of them, and each of them gets its turn although that is left to a work item, whenever it
 * runs.
 */
#include "pool_model.h"

#define MANY 4096

static struct vhost_mem_pool pool;
static struct vhost_mem_region many[MANY];

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

static int plug(int r, u64 bytes)
{
	struct vhost_mem_region *region = &many[r];
	int ret;

	lock(region);
	ret = vhost_mem_pool_charge_locked(region, bytes);
	if (!ret) {
		region->sizes.plugged += bytes;
		vhost_mem_pool_account_locked(region);
	}
	unlock(region);
	return ret;
}

static void unplug(int r, u64 bytes)
{
	lock(&many[r]);
	many[r].sizes.plugged -= bytes;
	vhost_mem_pool_account_locked(&many[r]);
	unlock(&many[r]);
}

static void reserve(int r, u64 bytes)
{
	spin_lock(&many[r].config_lock);
	REQUIRE(!vhost_mem_pool_set_locked(&many[r], &pool, bytes));
	spin_unlock(&many[r].config_lock);
}

static void start(int nr, u64 size)
{
	memset(&pool, 0, sizeof(pool));
	vhost_mem_pool_init(&pool, "pool", size);
	for (int r = 0; r < nr; r++) {
		memset(&many[r], 0, sizeof(many[r]));
		many[r].size = 1000000;
		many[r].sizes.requested = many[r].size;
		many[r].state = VHOST_MEM_STATE_RUNNING;
		vhost_mem_pool_join(&many[r], &pool);
	}
}

static bool serve_once(void)
{
	if (!pool.queue.serve.scheduled)
		return false;
	pool.queue.serve.scheduled = 0;
	pool.queue.serve.fn(&pool.queue.serve);
	return true;
}

static int serve(void)
{
	int items = 0;

	while (serve_once())
		items++;
	return items;
}

static int count(int nr, enum vhost_mem_ticket ticket)
{
	int found = 0;

	for (int r = 0; r < nr; r++) {
		spin_lock(&many[r].config_lock);
		found += vhost_mem_pool_ticket_locked(&many[r]) == ticket;
		spin_unlock(&many[r].config_lock);
	}
	return found;
}

static void check(void)
{
	REQUIRE(pool.charged + pool.queue.earmarked <= pool.size || !pool.queue.earmarked);
	REQUIRE(list_empty(&pool.queue.waiting) || plug(0, 1) == -ENOBUFS);
}

/* Returns the most steps in one section of a lock. */
static unsigned long operate(int nr)
{
	shim_steps_held = 0;
	start(nr, 100);
	/* Refused, it does not wait. */
	many[0].state = VHOST_MEM_STATE_STOPPED;
	REQUIRE(!plug(0, 100));
	/* The other half of them has no hope. */
	for (int r = 1; r < nr; r++)
		REQUIRE(plug(r, r % 2 ? 1 : 101) == -ENOBUFS);
	REQUIRE(count(nr, VHOST_MEM_TICKET_WAITING) == nr / 2);
	REQUIRE(count(nr, VHOST_MEM_TICKET_HOPELESS) == nr / 2 - 1);

	/* Hope for those, and for nobody room. */
	REQUIRE(!vhost_mem_pool_resize(&pool, 101));
	serve();
	check();
	REQUIRE(count(nr, VHOST_MEM_TICKET_WAITING) == nr - 2);
	REQUIRE(count(nr, VHOST_MEM_TICKET_HOPELESS) == 0);
	/* None any more; they find out when they are the first ones. */
	REQUIRE(!vhost_mem_pool_resize(&pool, 100));
	serve();
	check();
	REQUIRE(count(nr, VHOST_MEM_TICKET_HOPELESS) == nr / 2 - 1);
	/* A promise takes hope away, and gives it back. */
	reserve(0, 100);
	REQUIRE(count(nr, VHOST_MEM_TICKET_HOPELESS) == nr - 1);
	reserve(0, 0);
	REQUIRE(count(nr, VHOST_MEM_TICKET_WAITING) == nr / 2);

	/* Room for all of them, most of which a work item finds. */
	REQUIRE(!vhost_mem_pool_resize(&pool, 1000000));
	check();
	REQUIRE(nr < 64 || serve() >= nr / 40);
	REQUIRE(count(nr, VHOST_MEM_TICKET_GRANTED) == nr - 1);
	/* Less than what was earmarked for them. */
	REQUIRE(!vhost_mem_pool_resize(&pool, 110));
	check();
	serve();
	check();
	REQUIRE(count(nr, VHOST_MEM_TICKET_GRANTED) == 10);
	REQUIRE(pool.queue.nr_granted == 10 && pool.queue.nr_waiting == (u32)nr - 11);
	/* One that was granted something and comes late, one that lapses, one that goes. */
	shim_jiffies += VHOST_MEM_POOL_LAPSE;
	for (int r = 1; r < nr; r++) {
		spin_lock(&many[r].config_lock);
		vhost_mem_pool_lapse_locked(&many[r]);
		if (r % 3)
			vhost_mem_pool_withdraw_locked(&many[r]);
		spin_unlock(&many[r].config_lock);
	}
	serve();
	check();
	for (int r = 0; r < nr; r++) {
		unplug(r, many[r].sizes.plugged);
		spin_lock(&many[r].config_lock);
		many[r].closed = true;
		many[r].state = VHOST_MEM_STATE_ENDED;
		vhost_mem_pool_close_locked(&many[r]);
		spin_unlock(&many[r].config_lock);
		vhost_mem_pool_leave(&many[r]);
	}
	serve();
	REQUIRE(!pool.charged && !pool.queue.earmarked);
	REQUIRE(!pool.queue.nr_waiting && !pool.queue.nr_granted);
	return shim_steps_held;
}

TEST(no_section_of_a_lock_depends_on_how_many_wait)
{
	unsigned long few = operate(64), all = operate(MANY);

	ktap_say("%lu steps with 64 regions, %lu with %d", few, all, MANY);
	REQUIRE(few == all && all <= SECTION_STEPS);
}

/* The work item runs at any time, or hardly ever. Nobody is forgotten. */
TEST(who_waits_gets_its_turn_whenever_the_work_item_runs)
{
	for (int round = 0; round < 200; round++) {
		int nr = 16 + random_below(200);
		u64 lazy = 1 + random_below(50);

		start(nr, 20 + random_below(100));
		for (int step = 0; step < 2000; step++) {
			int r = random_below(nr);

			switch (random_below(8)) {
			case 0 ... 3:
				plug(r, 1 + random_below(10));
				break;
			case 4:
				unplug(r, random_below(many[r].sizes.plugged + 1));
				break;
			case 5:
				if (!random_below(20))
					vhost_mem_pool_resize(&pool, 10 + random_below(200));
				break;
			case 6:
				spin_lock(&many[r].config_lock);
				vhost_mem_pool_lapse_locked(&many[r]);
				spin_unlock(&many[r].config_lock);
				shim_jiffies += random_below(100);
				break;
			}
			if (!random_below(lazy))
				serve_once();
			REQUIRE(pool.charged <= pool.size || !pool.queue.earmarked);
		}
		/* Each that was woken takes what it wants and gives it back at once. */
		vhost_mem_pool_resize(&pool, 300);
		for (int r = 0; r < nr; r++)
			unplug(r, many[r].sizes.plugged);
		for (int turn = 0; pool.queue.nr_waiting || pool.queue.nr_granted; turn++) {
			REQUIRE(turn < nr);
			serve();
			for (int r = 0; r < nr; r++) {
				if (count(nr, VHOST_MEM_TICKET_GRANTED) &&
				    many[r].share.ticket == VHOST_MEM_TICKET_GRANTED &&
				    !plug(r, many[r].share.want))
					unplug(r, many[r].sizes.plugged);
			}
		}
		REQUIRE(!pool.charged && !pool.queue.earmarked);
	}
}

/*
 * One has four of the five bytes that it wants, and the end of a hold leaves another one
 * with six of eight: neither would ever get the rest.
 */
TEST(those_who_wait_do_not_wait_for_each_other)
{
	start(2, 10);
	REQUIRE(!plug(1, 6));
	spin_lock(&many[1].config_lock);
	vhost_mem_pool_hold_locked(&many[1]);
	spin_unlock(&many[1].config_lock);
	unplug(1, 6);
	REQUIRE(plug(0, 5) == -ENOBUFS);
	REQUIRE(plug(1, 8) == -ENOBUFS);
	spin_lock(&many[1].config_lock);
	vhost_mem_pool_unhold_locked(&many[1]);
	spin_unlock(&many[1].config_lock);
	REQUIRE(!plug(0, 5));
	unplug(0, 5);
	REQUIRE(!plug(1, 8));
}

/* A promise takes hope away, whether it is made here or comes with a region. */
TEST(hope_comes_back_when_a_promise_goes)
{
	struct vhost_mem_pool other = {};

	start(2, 10);
	vhost_mem_pool_init(&other, "other", 10);
	for (int i = 0; i < 2; i++) {
		spin_lock(&many[1].config_lock);
		REQUIRE(!vhost_mem_pool_set_locked(&many[1], &other, 0));
		REQUIRE(!vhost_mem_pool_set_locked(&many[1], &other, 5));
		REQUIRE(!vhost_mem_pool_set_locked(&many[1], &pool, 5));
		spin_unlock(&many[1].config_lock);
		REQUIRE(plug(0, 8) == -ENOBUFS);
		REQUIRE(count(1, VHOST_MEM_TICKET_HOPELESS) == 1);
		if (i) {
			spin_lock(&many[1].config_lock);
			REQUIRE(!vhost_mem_pool_set_locked(&many[1], &other, 5));
			spin_unlock(&many[1].config_lock);
		} else {
			reserve(1, 0);
		}
		REQUIRE(count(1, VHOST_MEM_TICKET_GRANTED) == 1);
		REQUIRE(!plug(0, 8));
		unplug(0, 8);
	}
}

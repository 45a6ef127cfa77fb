// SPDX-License-Identifier: GPL-2.0
/*
 * Leases of pools: kmod/lease.c as it is. The simulator in pool.c makes, drops, claims and
 * forgets them among everything else; here they are on their own, too.
 */
#include "lease.h"
#include "pool_model.h"

#define NR_LEASES 64

static struct model_lease {
	u64 number;		/* 0: there is none */
	int pool;
	u64 size;
	bool has_user;
	u32 user;
	unsigned long expires;
} leases[NR_LEASES];

static u64 last;
static struct {
	u64 made, full, failed, used, refused, expired, dropped;
} count;

/* The work item of lease.c, which is queued for when the first one is over. */
extern void (*const vhost_mem_lease_work_fn)(struct work_struct *work);

/* registry.c */
static int registry;

void vhost_mem_registry_lock(void)
{
	REQUIRE(!registry++);
}

void vhost_mem_registry_unlock(void)
{
	REQUIRE(!--registry);
}

void vhost_mem_registry_assert_locked(void)
{
	REQUIRE(registry);
}

static void forget(struct model_lease *lease)
{
	struct model_pool *p = &model_pools[lease->pool];

	p->leased -= lease->size;
	p->leases--;
	lease->number = 0;
}

static void check_lease(const struct model_lease *expected)
{
	const struct vhost_mem_lease *lease = vhost_mem_lease_find(expected->number);

	REQUIRE(lease && lease->pool == &pools[expected->pool]);
	REQUIRE(lease->size == expected->size && lease->has_user == expected->has_user);
	REQUIRE(vhost_mem_lease_left(lease) == expected->expires - shim_jiffies);
}

static void add(int n)
{
	struct vhost_mem_lease wanted = {
		.pool = &pools[n], .size = 1 + random_below(80),
		.has_user = random_below(2), .user = { random_below(2) },
	};
	unsigned int ms = 1000 + random_below(20000);
	struct vhost_mem_lease *lease;
	int i = 0;

	while (i < NR_LEASES && leases[i].number)
		i++;
	if (i == NR_LEASES)
		return;
	shim_out_of_memory = !random_below(8);
	vhost_mem_registry_lock();
	lease = vhost_mem_lease_add(&wanted, ms);
	if (shim_out_of_memory) {
		REQUIRE(PTR_ERR(lease) == -ENOMEM);
		count.failed++;
	} else if (wanted.size > model_free(n)) {
		REQUIRE(PTR_ERR(lease) == -ENOBUFS);
		count.full++;
	} else {
		REQUIRE(!IS_ERR(lease) && lease->number == last + 1);
		last++;
		leases[i] = (struct model_lease){
			.number = last, .pool = n, .size = wanted.size,
			.has_user = wanted.has_user, .user = wanted.user.val,
			.expires = shim_jiffies + ms,
		};
		model_pools[n].leased += wanted.size;
		model_pools[n].leases++;
		count.made++;
		model_reconsider(n);
		check_lease(&leases[i]);
	}
	shim_out_of_memory = false;
	vhost_mem_registry_unlock();
}

static void drop(struct model_lease *lease)
{
	int n = lease->pool;

	vhost_mem_registry_lock();
	check_lease(lease);
	vhost_mem_lease_drop(vhost_mem_lease_find(lease->number));
	REQUIRE(!vhost_mem_lease_find(lease->number));
	vhost_mem_registry_unlock();
	forget(lease);
	count.dropped++;
	model_reconsider(n);
}

static int expected_error(const struct model_lease *lease, u64 number, u32 user,
			  const struct model *m)
{
	u64 charge;

	if (!lease)
		return number && number <= last ? -ESTALE : -ENOENT;
	if (lease->has_user && lease->user != user)
		return -EACCES;
	if (lease->size > regions[m - model].size)
		return -ERANGE;
	charge = max3(m->used, m->held, lease->size);
	return m->pool != lease->pool && charge - lease->size > model_free(lease->pool) ?
	       -ENOBUFS : 0;
}

static void use(int r, struct model_lease *lease, u64 number)
{
	kuid_t user = { random_below(2) };
	struct model *m = &model[r];
	int ret = vhost_mem_lease_use(&regions[r], number, user), from = m->pool;
	u64 charged = pools[from].charged, size;

	REQUIRE(ret == expected_error(lease, number, user.val, m));
	if (ret) {
		REQUIRE(pools[from].charged == charged);
		count.refused++;
		return;
	}
	count.used++;
	size = lease->size;
	if (lease->pool == from) {
		forget(lease);
		model_set_floor(r, size, m->held);
	} else {
		model_go(r, IDLE);
		m->pool = lease->pool;
		m->reserved = size;
		forget(lease);
		model_reconsider(m->pool);
	}
	model_reconsider(from);
	/* It is good once. */
	REQUIRE(vhost_mem_lease_use(&regions[r], number, user) == -ESTALE);
}

void lease_step(int r)
{
	struct model_lease *lease = &leases[random_below(NR_LEASES)];

	/* One that there is, if there is any. */
	for (int i = 0; i < NR_LEASES && !lease->number; i++)
		lease = &leases[i];
	switch (random_below(8)) {
	case 0 ... 3:
		add(random_below(NR_POOLS));
		break;
	case 4:
		if (lease->number)
			drop(lease);
		break;
	case 5:
		/* Of a region that has something already, which no VMM can do. */
		if (lease->number)
			use(r, lease, lease->number);
		break;
	case 6:
		close_region(r);
		create(r);
		if (lease->number)
			use(r, lease, lease->number);
		break;
	case 7:
		use(r, NULL, last + 1 + random_below(3));
		break;
	}
	/* What was left to a work item. */
	spin_lock(&regions[r].config_lock);
	release(&regions[r]);
}

/* The time has changed. Whoever looks finds that a lease is over, then the work item. */
void lease_expire(void)
{
	bool over[NR_POOLS] = { false };

	for (int i = 0; i < NR_LEASES; i++) {
		if (!leases[i].number || time_before(shim_jiffies, leases[i].expires))
			continue;
		REQUIRE(vhost_mem_lease_use(&regions[0], leases[i].number,
					    (kuid_t){ leases[i].user }) == -ESTALE);
		over[leases[i].pool] = true;
		forget(&leases[i]);
		count.expired++;
	}
	vhost_mem_lease_work_fn(NULL);
	spin_lock(&regions[0].config_lock);
	release(&regions[0]);
	for (int n = 0; n < NR_POOLS; n++) {
		if (over[n])
			model_reconsider(n);
	}
}

void lease_end(void)
{
	vhost_mem_lease_exit();
	memset(leases, 0, sizeof(leases));
	for (int n = 0; n < NR_POOLS; n++) {
		model_pools[n].leased = 0;
		model_pools[n].leases = 0;
		model_reconsider(n);
	}
	spin_lock(&regions[0].config_lock);
	release(&regions[0]);
	compare_all();
	ktap_say("leases: %llu made, %llu did not fit, %llu without memory; %llu used, %llu refused, %llu expired, %llu dropped",
		 count.made, count.full, count.failed, count.used, count.refused,
		 count.expired, count.dropped);
}

u64 leases_used(void)
{
	return count.used;
}

TEST(leases_are_bounded)
{
	struct vhost_mem_lease wanted = { .size = 1 };
	struct vhost_mem_pool pool = {};
	u64 first = last + 1;

	vhost_mem_pool_init(&pool, "pool", VHOST_MEM_POOL_UNLIMITED);
	wanted.pool = &pool;
	vhost_mem_registry_lock();
	for (int i = 0; i < VHOST_MEM_LEASES_MAX; i++)
		REQUIRE(vhost_mem_lease_add(&wanted, 1000)->number == ++last);
	REQUIRE(PTR_ERR(vhost_mem_lease_add(&wanted, 1000)) == -ENOSPC);
	REQUIRE(vhost_mem_lease_next(0)->number == first);
	REQUIRE(pool.leased == VHOST_MEM_LEASES_MAX && pool.leases == VHOST_MEM_LEASES_MAX);
	REQUIRE(vhost_mem_pool_resize(&pool, VHOST_MEM_LEASES_MAX - 1) == -EBUSY);
	/* Those that are over make room, whether the work item has run or not. */
	shim_jiffies += 1000;
	REQUIRE(!vhost_mem_lease_next(0));
	REQUIRE(vhost_mem_lease_add(&wanted, 1000)->number == ++last);
	REQUIRE(pool.leased == 1 && pool.leases == 1 && pool.charged == 1);
	vhost_mem_registry_unlock();
	vhost_mem_lease_exit();
	REQUIRE(!pool.charged && !pool.promised && !pool.leases);
}

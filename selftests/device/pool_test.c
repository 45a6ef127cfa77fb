// SPDX-License-Identifier: GPL-2.0
/*
 * Pools: two regions in a pool that is too small for both. What is promised is there, the
 * other one waits, and is told when it is its turn; nobody overtakes.
 *
 * tier: quick
 */
#include "device.h"
#include "genl.h"
#include "leases.h"
#include "pools.h"
#include "vring.h"

#define ACK VIRTIO_MEM_RESP_ACK
#define BUSY VIRTIO_MEM_RESP_BUSY
#define NR_BLOCKS 16
#define NR_VMS 3

/* Each test has a pool of its own, so that they can run beside each other. */
static char pool[32];
static struct genl nl;
static struct device dev[NR_VMS];
static struct guest guest[NR_VMS];

static void start(uint64_t blocks)
{
	snprintf(pool, sizeof(pool), "test-%d", getpid());
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(pools_set(&nl, pool, blocks * HUGE), 0);
	for (int i = 0; i < NR_VMS; i++) {
		dev[i] = device_new(NR_BLOCKS * HUGE, HUGE, 0);
		CHECK_EQ(device_set(dev[i].fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    NR_BLOCKS * HUGE), 0);
		CHECK_EQ(pools_move(&nl, dev[i].id, pool), 0);
		guest_init(&guest[i], &dev[i], 64, 0);
		guest_setup(&guest[i]);
		CHECK_EQ(guest_start(&guest[i]), 0);
	}
}

/* No more is charged than the pool has, whatever is going on. */
static uint64_t charged(void)
{
	struct pool p;

	CHECK_EQ(pools_get(&nl, pool, &p), 0);
	CHECK(p.attrs & 1ULL << VHOST_MEM_A_POOL_OVER ||
	      p.value[VHOST_MEM_A_POOL_CHARGED] + p.value[VHOST_MEM_A_POOL_EARMARKED] <=
	      p.value[VHOST_MEM_A_POOL_SIZE]);
	return p.value[VHOST_MEM_A_POOL_CHARGED] / HUGE;
}

static uint64_t progress(int i)
{
	return genl_value(dev[i].id, VHOST_MEM_A_REGION_PROGRESS);
}

/* The guest is being told to try again. */
static bool told(int i, int timeout_ms)
{
	return !guest_wait_fd(guest[i].config, timeout_ms);
}

/* Forget what it was told so far; a work item may still be about to tell it. */
static void forget(int i)
{
	while (told(i, 200))
		;
}

static void end(void)
{
	for (int i = 0; i < NR_VMS; i++) {
		guest_free(&guest[i]);
		device_close(&dev[i]);
		CHECK(genl_gone_before(dev[i].id, time(NULL) + 60));
	}
	CHECK_EQ(charged(), 0);
	CHECK_EQ(pools_delete(&nl, pool), 0);
}

/* The kernel cuts what has more characters than 79, and with it the last number. */
static bool is_whole(const char *text)
{
	return strlen(text) < 79;
}

TEST(what_is_promised_is_there_and_the_other_waits)
{
	start(8);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 4 * HUGE), 0);
	CHECK_EQ(charged(), 4);
	CHECK_EQ(guest_plug(&guest[1], 0, 4), ACK);
	CHECK_EQ(charged(), 8);
	/* Four of eight are promised to the other one: five it can never have. */
	CHECK_EQ(guest_plug(&guest[1], 4, 1), BUSY);
	CHECK_EQ(progress(1), VHOST_MEM_PROGRESS_POOL_TOO_SMALL);
	CHECK_EQ(guest_plug(&guest[2], 0, 1), BUSY);
	CHECK_EQ(progress(2), VHOST_MEM_PROGRESS_POOL_FULL);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_WAITING), 2);
	CHECK_EQ(guest_plug(&guest[0], 0, 4), ACK);
	CHECK_WRITES(dev[0].mem, 1);
	CHECK_EQ(charged(), 8);
	/* Less is promised, but it has that plugged: the pool is as full. */
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 0), 0);
	CHECK_EQ(progress(1), VHOST_MEM_PROGRESS_POOL_FULL);
	CHECK_EQ(charged(), 8);
	end();
}

TEST(who_waits_first_is_told_first)
{
	start(8);
	CHECK_EQ(guest_plug(&guest[0], 0, 8), ACK);
	CHECK_EQ(guest_plug(&guest[1], 0, 2), BUSY);
	CHECK_EQ(guest_plug(&guest[2], 0, 1), BUSY);
	forget(1);
	forget(2);
	/* Nobody is told by a timer. */
	CHECK(!told(1, 1500) && !told(2, 10));

	/* One is enough for the second one, but is kept for the first. */
	CHECK_EQ(guest_unplug(&guest[0], 0, 1), ACK);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_EARMARKED), HUGE);
	CHECK(!told(1, 300) && !told(2, 10));
	CHECK_EQ(guest_plug(&guest[2], 0, 1), BUSY);
	/* Not even for who has given it back. */
	CHECK_EQ(guest_plug(&guest[0], 0, 1), BUSY);
	CHECK_EQ(guest_unplug(&guest[0], 1, 1), ACK);
	CHECK(told(1, 10000));
	CHECK(!told(2, 300));
	CHECK_EQ(guest_plug(&guest[1], 0, 2), ACK);
	CHECK_EQ(progress(2), VHOST_MEM_PROGRESS_POOL_FULL);
	CHECK_EQ(guest_unplug(&guest[0], 2, 1), ACK);
	CHECK(told(2, 10000));
	CHECK_EQ(guest_plug(&guest[2], 0, 1), ACK);
	CHECK_EQ(charged(), 8);
	end();
}

/* Ways by which all of a pool is taken, and then at least two blocks become free. */

static uint64_t lease;

static void take_plugged(void)
{
	CHECK_EQ(guest_plug(&guest[0], 0, 8), ACK);
}

static void take_by_owner(void)
{
	CHECK_EQ(guest_stop(&guest[0]), 0);
	CHECK_EQ(device_plug(&dev[0], 0, 8), 0);
}

static void take_promised(void)
{
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 8 * HUGE), 0);
}

static void take_leased(void)
{
	CHECK_EQ(leases_add(&nl, pool, 8 * HUGE, LEASES_ANYBODY, 0, &lease), 0);
}

static void take_leased_shortly(void)
{
	CHECK_EQ(leases_add(&nl, pool, 8 * HUGE, LEASES_ANYBODY, 1000, &lease), 0);
}

/* What is left is kept for somebody else who waits already. */
static void take_by_waiting(void)
{
	CHECK_EQ(guest_plug(&guest[0], 0, 4), ACK);
	CHECK_EQ(guest_plug(&guest[2], 0, 6), BUSY);
}

static void unplug(void)
{
	CHECK_EQ(guest_unplug(&guest[0], 2, 2), ACK);
}

static void unplug_all(void)
{
	CHECK_EQ(guest_unplug_all(&guest[0]), ACK);
}

static void unplug_by_owner(void)
{
	CHECK_EQ(device_unplug(&dev[0], 0, 2), 0);
}

static void withdraw_promise(void)
{
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 6 * HUGE), 0);
}

static void move_away(void)
{
	CHECK_EQ(pools_move(&nl, dev[0].id, "default"), 0);
}

static void grow_pool(void)
{
	CHECK_EQ(pools_set(&nl, pool, 10 * HUGE), 0);
}

static void drop_lease(void)
{
	CHECK_EQ(leases_drop(&nl, lease), 0);
}

static void do_nothing(void)
{
}

static void stop_who_waits(void)
{
	CHECK_EQ(guest_stop(&guest[2]), 0);
}

static void request_less_for_who_waits(void)
{
	CHECK_EQ(device_set(dev[2].fd, VHOST_MEM_SET_REQUESTED_SIZE, 2 * HUGE), 0);
}

static const struct way {
	const char *what;
	void (*take)(void);
	void (*release)(void);
	bool promised;
} ways[] = {
	{ "the other one's guest unplugs", take_plugged, unplug, false },
	{ "it unplugs all", take_plugged, unplug_all, false },
	{ "its owner unplugs", take_by_owner, unplug_by_owner, false },
	{ "it moves to another pool", take_plugged, move_away, false },
	{ "the pool grows", take_plugged, grow_pool, false },
	{ "less is promised to it", take_promised, withdraw_promise, true },
	{ "a lease is dropped", take_leased, drop_lease, true },
	{ "a lease expires", take_leased_shortly, do_nothing, true },
	{ "who waits before it stops", take_by_waiting, stop_who_waits, false },
	{ "less is requested for that one", take_by_waiting, request_less_for_who_waits, false },
};

/*
 * Who waits has asked once, is told why at once, and when there is room; then it asks once
 * more and has it. Neither it nor the administrator does anything else for that.
 */
TEST(what_is_released_is_passed_on)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *way = &ways[i];
		struct pool p;

		start(8);
		ktap_context("%s", way->what);
		forget(1);
		way->take();
		CHECK_EQ(guest_plug(&guest[1], 0, 2), BUSY);
		CHECK_EQ(progress(1), way->promised ? VHOST_MEM_PROGRESS_POOL_TOO_SMALL :
						      VHOST_MEM_PROGRESS_POOL_FULL);
		CHECK_EQ(pools_get(&nl, pool, &p), 0);
		/* It is not only slow: nothing is free. */
		CHECK_EQ(p.value[VHOST_MEM_A_POOL_CHARGED] +
			 p.value[VHOST_MEM_A_POOL_EARMARKED], 8 * HUGE);
		/* The lease must not expire meanwhile. */
		if (way->release != do_nothing)
			forget(1);
		way->release();
		CHECK(told(1, 30000));
		CHECK_EQ(guest_plug(&guest[1], 0, 2), ACK);
		CHECK_WRITES(dev[1].mem, 1);
		charged();
		end();
	}
}

TEST(who_does_not_come_is_passed_over)
{
	start(8);
	CHECK_EQ(guest_plug(&guest[0], 0, 8), ACK);
	CHECK_EQ(guest_plug(&guest[1], 0, 1), BUSY);
	CHECK_EQ(guest_plug(&guest[2], 0, 1), BUSY);
	forget(1);
	forget(2);
	CHECK_EQ(guest_unplug(&guest[0], 0, 1), ACK);
	CHECK(told(1, 10000));
	CHECK(!told(2, 2000));
	/* It has had five seconds. */
	CHECK(told(2, 20000));
	CHECK_EQ(guest_plug(&guest[1], 0, 1), BUSY);
	CHECK_EQ(guest_plug(&guest[2], 0, 1), ACK);
	/* Nor does a driver that stops keep anything. */
	CHECK_EQ(guest_stop(&guest[1]), 0);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_WAITING), 0);
	end();
}

TEST(the_owner_and_a_migration_are_charged_alike)
{
	uint64_t map = 0x1f;

	start(4);
	CHECK_EQ(guest_stop(&guest[0]), 0);
	CHECK_EQ(device_plug(&dev[0], 0, 5), -ENOBUFS);
	CHECK_EQ(device_block_map(dev[0].fd, VHOST_MEM_SET_BLOCK_MAP, 0, NR_BLOCKS,
				  &map), -ENOBUFS);
	CHECK_EQ(charged(), 0);
	map = 0x15;
	CHECK_EQ(device_block_map(dev[0].fd, VHOST_MEM_SET_BLOCK_MAP, 0, NR_BLOCKS,
				  &map), 0);
	CHECK_EQ(charged(), 3);
	CHECK_EQ(device_plug(&dev[0], 1, 1), 0);
	CHECK_EQ(charged(), 4);
	CHECK_EQ(device_unplug(&dev[0], 0, 2), 0);
	CHECK_EQ(charged(), 2);
	end();
}

TEST(limbo_stays_charged)
{
	int pin;

	start(2);
	CHECK_EQ(guest_plug(&guest[0], 0, 2), ACK);
	CHECK_WRITES(dev[0].mem, 1);
	pin = pin_memory(dev[0].mem, PAGE);
	if (pin == -ENOSYS)
		ktap_skip("this kernel cannot pin memory");
	CHECK(pin >= 0);
	CHECK_EQ(guest_plug(&guest[1], 0, 2), BUSY);
	forget(1);
	/* Unplugged, but the first block is not free. */
	CHECK_EQ(device_set(dev[0].fd, VHOST_MEM_SET_REQUESTED_SIZE, 0), 0);
	CHECK_EQ(guest_stop(&guest[0]), 0);
	CHECK_EQ(device_set(dev[0].fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(charged(), 1);
	CHECK(!told(1, 1500));
	close(pin);
	CHECK(told(1, 30000));
	CHECK_EQ(guest_plug(&guest[1], 0, 2), ACK);
	end();
}

TEST(closing_uncharges)
{
	start(8);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 4 * HUGE), 0);
	CHECK_EQ(guest_plug(&guest[0], 0, 8), ACK);
	CHECK_EQ(guest_plug(&guest[1], 0, 8), BUSY);
	forget(1);
	CHECK_EQ(pools_delete(&nl, pool), -EBUSY);
	guest_free(&guest[0]);
	device_close(&dev[0]);
	CHECK(told(1, 30000));
	CHECK_EQ(guest_plug(&guest[1], 0, 8), ACK);
	CHECK_EQ(charged(), 8);
	dev[0] = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	guest_init(&guest[0], &dev[0], 64, 0);
	guest_setup(&guest[0]);
	end();
}

TEST(a_reset_keeps_the_charge)
{
	start(4);
	CHECK_EQ(guest_plug(&guest[0], 0, 4), ACK);
	CHECK_EQ(guest_stop(&guest[0]), 0);
	CHECK_EQ(device_set(dev[0].fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(genl_value(dev[0].id, VHOST_MEM_A_REGION_PLUGGED_SIZE), 0);
	CHECK_EQ(charged(), 4);
	CHECK_EQ(guest_plug(&guest[1], 0, 1), BUSY);
	forget(1);
	guest_restart(&guest[0]);
	CHECK_EQ(guest_plug(&guest[0], 0, 3), ACK);
	CHECK_EQ(charged(), 4);
	/* What it does not come back for is let go, after half a minute. */
	CHECK(!told(1, 5000));
	CHECK(told(1, 60000));
	CHECK_EQ(guest_plug(&guest[1], 0, 1), ACK);
	end();
}

TEST(a_pool_below_what_is_plugged)
{
	start(8);
	CHECK_EQ(guest_plug(&guest[0], 0, 4), ACK);
	CHECK_EQ(pools_reserve(&nl, dev[1].id, 2 * HUGE), 0);
	CHECK_EQ(pools_set(&nl, pool, HUGE), -EBUSY);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_SIZE), 8 * HUGE);
	CHECK_EQ(pools_set(&nl, pool, 3 * HUGE), 0);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_OVER), 3 * HUGE);
	CHECK_EQ(guest_plug(&guest[2], 0, 1), BUSY);
	/* What was promised is there all the same. */
	CHECK_EQ(guest_plug(&guest[1], 0, 2), ACK);
	CHECK_EQ(guest_plug(&guest[1], 2, 1), BUSY);
	CHECK_EQ(guest_unplug(&guest[0], 0, 3), ACK);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_OVER), 0);
	CHECK_EQ(charged(), 3);
	CHECK_EQ(guest_plug(&guest[2], 0, 1), BUSY);
	forget(2);
	CHECK_EQ(pools_set(&nl, pool, POOLS_UNLIMITED), 0);
	CHECK(told(2, 10000));
	CHECK_EQ(guest_plug(&guest[2], 0, 16), ACK);
	end();
}

TEST(moving_takes_the_charge_along)
{
	char other[40];

	start(8);
	snprintf(other, sizeof(other), "%s-other", pool);
	CHECK_EQ(pools_set(&nl, other, 3 * HUGE), 0);
	CHECK_EQ(guest_plug(&guest[0], 0, 4), ACK);
	CHECK_EQ(pools_move(&nl, dev[0].id, other), -ENOBUFS);
	CHECK(strstr(nl.text, "no room"));
	CHECK(is_whole(nl.text));
	CHECK_EQ(charged(), 4);
	CHECK_EQ(pools_set(&nl, other, 4 * HUGE), 0);
	CHECK_EQ(pools_move(&nl, dev[0].id, other), 0);
	CHECK_EQ(charged(), 0);
	CHECK_EQ(pools_value(&nl, other, VHOST_MEM_A_POOL_CHARGED), 4 * HUGE);
	CHECK_EQ(pools_value(&nl, other, VHOST_MEM_A_POOL_REGIONS), 1);
	CHECK_EQ(pools_delete(&nl, other), -EBUSY);
	CHECK_EQ(pools_move(&nl, dev[0].id, "default"), 0);
	CHECK_EQ(pools_delete(&nl, other), 0);
	CHECK_EQ(pools_move(&nl, dev[0].id, other), -ENOENT);
	end();
}

TEST(a_minimum_is_a_floor)
{
	struct genl_region region;

	start(8);
	CHECK_EQ(genl_set(&nl, dev[0].id, 2 * HUGE, NULL), 0);
	CHECK_EQ(genl_set_u64(&nl, dev[0].id, VHOST_MEM_A_REGION_MINIMUM, 4 * HUGE,
			      &region), 0);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_REQUESTED_SIZE], 4 * HUGE);
	CHECK_EQ(region.value[VHOST_MEM_A_REGION_MINIMUM], 4 * HUGE);
	CHECK_EQ(device_set(dev[0].fd, VHOST_MEM_SET_REQUESTED_SIZE, 3 * HUGE), -EDOM);
	CHECK_EQ(genl_set(&nl, dev[0].id, 3 * HUGE, NULL), -EDOM);
	CHECK(strstr(nl.text, "requested size is below the minimum"));
	CHECK(is_whole(nl.text));
	CHECK_EQ(genl_limit(&nl, dev[0].id, 3 * HUGE), -EDOM);
	CHECK(strstr(nl.text, "limit is below the minimum"));
	CHECK(is_whole(nl.text));
	CHECK_EQ(genl_value(dev[0].id, VHOST_MEM_A_REGION_LIMIT), NR_BLOCKS * HUGE);
	CHECK_EQ(genl_set_u64(&nl, dev[0].id, VHOST_MEM_A_REGION_MINIMUM, 0, NULL), 0);
	CHECK_EQ(genl_set(&nl, dev[0].id, 0, NULL), 0);
	end();
}

TEST(bad_input)
{
	static const char *const names[] = { "", "7", "a b", "\n", "\xff" };
	char attrs[256], name[70];
	uint64_t size = HUGE;
	struct pool p;
	size_t length;

	start(8);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		EXPECT_EQ(names[i], pools_set(&nl, names[i], HUGE), -EINVAL);
	memset(name, 'a', sizeof(name));
	name[64] = 0;
	CHECK(pools_set(&nl, name, HUGE) < 0);
	name[63] = 0;
	CHECK_EQ(pools_set(&nl, name, HUGE), 0);
	CHECK_EQ(pools_delete(&nl, name), 0);
	CHECK_EQ(pools_get(&nl, name, &p), -ENOENT);
	CHECK_EQ(pools_delete(&nl, name), -ENOENT);
	CHECK_EQ(pools_delete(&nl, "default"), -EBUSY);

	/* Both a size and none, or neither. */
	length = genl_put(attrs, 0, VHOST_MEM_A_POOL_NAME, name, 64);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_POOL_SET, attrs, length, NULL), -EINVAL);
	length = genl_put(attrs, length, VHOST_MEM_A_POOL_SIZE, &size, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_POOL_UNLIMITED, "", 0);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_POOL_SET, attrs, length, NULL), -EINVAL);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_POOL_GET, attrs, 0, NULL), -EINVAL);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_POOL_DEL, attrs, 0, NULL), -EINVAL);

	CHECK_EQ(pools_reserve(&nl, dev[0].id, HUGE + PAGE), -EINVAL);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, (NR_BLOCKS + 1) * HUGE), -ERANGE);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, UINT64_MAX), -EINVAL);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 9 * HUGE), -ENOBUFS);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 8 * HUGE), 0);
	CHECK_EQ(pools_reserve(&nl, dev[1].id, 1 * HUGE), -ENOBUFS);
	CHECK_EQ(pools_reserve(&nl, dev[0].id, 0), 0);
	end();
}

int main(int argc, char **argv)
{
	ktap_beside = true;
	return ktap_main(argc, argv);
}

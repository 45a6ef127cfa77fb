// SPDX-License-Identifier: GPL-2.0
/*
 * Leases: memory of a pool is kept for a region that does not exist yet. It becomes that
 * region's reserved size, and nobody else gets it, whoever knows the number.
 *
 * tier: quick
 */
#include <fcntl.h>
#include <unistd.h>

#include "device.h"
#include "genl.h"
#include "leases.h"
#include "pools.h"

#define NR_BLOCKS 16
#define SIZE (NR_BLOCKS * HUGE)
#define USER 65534

/* Each test has a pool of its own, so that they can run beside each other. */
static char pool[32];
static struct genl nl;

static void start(uint64_t blocks)
{
	snprintf(pool, sizeof(pool), "lease-%d", getpid());
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(pools_set(&nl, pool, blocks * HUGE), 0);
}

static uint64_t value(int attr)
{
	return pools_value(&nl, pool, attr);
}

static void end(void)
{
	CHECK_EQ(value(VHOST_MEM_A_POOL_CHARGED), 0);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), 0);
	CHECK_EQ(pools_delete(&nl, pool), 0);
}

static struct device other_device(void)
{
	struct device dev = device_new(SIZE, HUGE, 0);

	CHECK_EQ(pools_move(&nl, dev.id, pool), 0);
	return dev;
}

static void close_device(struct device *dev)
{
	device_close(dev);
	CHECK(genl_gone_before(dev->id, time(NULL) + 60));
}

TEST(a_lease_holds_memory_and_becomes_the_reservation)
{
	struct device other, dev = { .size = SIZE, .block = HUGE };
	struct lease lease;
	uint64_t number;

	start(8);
	other = other_device();
	CHECK_EQ(leases_add(&nl, pool, 5 * HUGE, LEASES_ANYBODY, 0, &number), 0);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), 5 * HUGE);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASES), 1);
	CHECK_EQ(value(VHOST_MEM_A_POOL_RESERVED), 5 * HUGE);
	CHECK_EQ(value(VHOST_MEM_A_POOL_CHARGED), 5 * HUGE);
	CHECK_EQ(leases_get(&nl, number, &lease), 0);
	CHECK_EQ(lease.value[VHOST_MEM_A_LEASE_SIZE], 5 * HUGE);
	CHECK(lease.value[VHOST_MEM_A_LEASE_EXPIRES_IN] > 500000 &&
	      lease.value[VHOST_MEM_A_LEASE_EXPIRES_IN] <= 600000);
	CHECK(!(lease.attrs & 1ULL << VHOST_MEM_A_LEASE_USER));

	/* Nobody else gets it, and the pool cannot go below it, or go. */
	CHECK_EQ(device_plug(&other, 0, 4), -ENOBUFS);
	CHECK_EQ(device_plug(&other, 0, 3), 0);
	CHECK_EQ(leases_add(&nl, pool, HUGE, LEASES_ANYBODY, 0, NULL), -ENOBUFS);
	CHECK(strstr(nl.text, "no room"));
	CHECK_EQ(pools_set(&nl, pool, 5 * HUGE - PAGE), -EBUSY);
	CHECK_EQ(pools_delete(&nl, pool), -EBUSY);

	dev.fd = device_open();
	CHECK_EQ(leases_create(dev.fd, SIZE, HUGE, number, &dev.id), 0);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), 0);
	CHECK_EQ(value(VHOST_MEM_A_POOL_CHARGED), 8 * HUGE);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_RESERVED), 5 * HUGE);
	CHECK_EQ(leases_get(&nl, number, &lease), -ENOENT);
	CHECK_EQ(device_plug(&other, 3, 1), -ENOBUFS);
	dev.mem = device_map(dev.fd, SIZE);
	CHECK(dev.mem);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_ADDRESS, GUEST_ADDR), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	CHECK_EQ(device_plug(&dev, 0, 5), 0);
	CHECK_EQ(device_plug(&dev, 5, 1), -ENOBUFS);
	close_device(&dev);
	close_device(&other);
	end();
}

TEST(a_lease_is_good_once)
{
	uint64_t number, next;
	uint32_t id;
	int fd, again;

	start(8);
	CHECK_EQ(leases_add(&nl, pool, HUGE, LEASES_ANYBODY, 0, &number), 0);
	CHECK_EQ(leases_add(&nl, pool, HUGE, LEASES_ANYBODY, 0, &next), 0);
	CHECK(next > number);
	fd = device_open();
	CHECK_EQ(leases_create(fd, SIZE, HUGE, number, &id), 0);
	again = device_open();
	CHECK_EQ(leases_create(again, SIZE, HUGE, number, NULL), -ESTALE);
	CHECK_EQ(leases_create(again, SIZE, HUGE, UINT64_MAX, NULL), -ENOENT);
	/* Nor does a second creation take the other lease. */
	CHECK_EQ(leases_create(fd, SIZE, HUGE, next, NULL), -EEXIST);
	CHECK_EQ(leases_drop(&nl, number), -ENOENT);
	CHECK_EQ(leases_drop(&nl, next), 0);
	CHECK_EQ(leases_drop(&nl, next), -ENOENT);
	CHECK_EQ(leases_create(again, SIZE, HUGE, next, NULL), -ESTALE);
	/* What was refused has changed nothing. */
	CHECK_EQ(value(VHOST_MEM_A_POOL_CHARGED), HUGE);
	CHECK_EQ(value(VHOST_MEM_A_POOL_REGIONS), 1);
	CHECK_EQ(leases_create(again, SIZE, HUGE, 0, NULL), 0);
	close(again);
	close(fd);
	CHECK(genl_gone_before(id, time(NULL) + 60));
	end();
}

TEST(a_lease_has_to_fit_the_region)
{
	uint64_t number;
	uint32_t id;
	int fd;

	start(8);
	CHECK_EQ(leases_add(&nl, pool, HUGE + PAGE, LEASES_ANYBODY, 0, &number), 0);
	fd = device_open();
	CHECK_EQ(leases_create(fd, SIZE, HUGE, number, NULL), -EINVAL);
	CHECK_EQ(leases_create(fd, HUGE, PAGE, number, NULL), -ERANGE);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), HUGE + PAGE);
	CHECK_EQ(leases_create(fd, SIZE, PAGE, number, &id), 0);
	close(fd);
	CHECK(genl_gone_before(id, time(NULL) + 60));
	end();
}

TEST(a_lease_expires)
{
	struct lease lease;
	struct device dev;
	uint64_t number;
	int fd;

	start(4);
	dev = other_device();
	CHECK_EQ(leases_add(&nl, pool, 4 * HUGE, LEASES_ANYBODY, 1000, &number), 0);
	CHECK_EQ(device_plug(&dev, 0, 1), -ENOBUFS);
	for (int i = 0; i < 100 && value(VHOST_MEM_A_POOL_LEASED); i++)
		usleep(100000);
	/* By itself: nobody has looked at it. */
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), 0);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASES), 0);
	CHECK_EQ(leases_get(&nl, number, &lease), -ENOENT);
	fd = device_open();
	CHECK_EQ(leases_create(fd, SIZE, HUGE, number, NULL), -ESTALE);
	close(fd);
	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	close_device(&dev);
	end();
}

TEST(a_lease_outlives_the_connection)
{
	uint64_t number;
	struct genl own;

	start(4);
	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(leases_add(&own, pool, HUGE, LEASES_ANYBODY, 0, &number), 0);
	close(own.fd);
	CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), HUGE);
	CHECK_EQ(leases_drop(&nl, number), 0);
	end();
}

static int not_admin(void *arg)
{
	uint64_t *number = arg;
	struct lease lease;
	struct genl own;

	CHECK_EQ(setgid(USER), 0);
	CHECK_EQ(setuid(USER), 0);
	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(leases_get(&own, *number, &lease), -EPERM);
	CHECK_EQ(leases_drop(&own, *number), -EPERM);
	CHECK_EQ(leases_add(&own, pool, HUGE, LEASES_ANYBODY, 0, NULL), -EPERM);
	return 0;
}

/* What counts is who has opened the device, not who creates the region. */
TEST(a_lease_is_for_a_user)
{
	uint64_t number;
	uint32_t id;
	int mine, other;

	start(4);
	mine = device_open();
	CHECK_EQ(seteuid(USER), 0);
	other = open(DEVICE_PATH, O_RDWR);
	CHECK_EQ(seteuid(0), 0);
	if (other < 0) {
		/* Only root may open it here: so let this be the other one. */
		CHECK_EQ(leases_add(&nl, pool, HUGE, USER, 0, &number), 0);
		CHECK_EQ(leases_create(mine, SIZE, HUGE, number, NULL), -EACCES);
		CHECK_EQ(leases_drop(&nl, number), 0);
		CHECK_EQ(leases_add(&nl, pool, HUGE, 0, 0, &number), 0);
		CHECK_EQ(leases_create(mine, SIZE, HUGE, number, &id), 0);
	} else {
		CHECK_EQ(leases_add(&nl, pool, HUGE, 0, 0, &number), 0);
		CHECK_EQ(leases_create(other, SIZE, HUGE, number, NULL), -EACCES);
		CHECK_EQ(value(VHOST_MEM_A_POOL_LEASED), HUGE);
		CHECK_EQ(leases_create(mine, SIZE, HUGE, number, &id), 0);
		close(other);
	}
	close(mine);
	CHECK(genl_gone_before(id, time(NULL) + 60));
	end();
}

TEST(leases_are_the_administrators)
{
	uint64_t number;

	start(4);
	CHECK_EQ(leases_add(&nl, pool, HUGE, LEASES_ANYBODY, 0, &number), 0);
	CHECK_EQ(in_child(not_admin, &number), 0);
	CHECK_EQ(leases_drop(&nl, number), 0);
	end();
}

TEST(bad_input)
{
	struct lease lease;
	char attrs[64];

	start(4);
	CHECK_EQ(leases_add(&nl, pool, 0, LEASES_ANYBODY, 0, NULL), -EINVAL);
	CHECK_EQ(leases_add(&nl, pool, HUGE + 1, LEASES_ANYBODY, 0, NULL), -EINVAL);
	CHECK_EQ(leases_add(&nl, pool, UINT64_MAX, LEASES_ANYBODY, 0, NULL), -EINVAL);
	CHECK_EQ(leases_add(&nl, pool, UINT64_MAX - PAGE + 1, LEASES_ANYBODY, 0, NULL),
		 -ENOBUFS);
	CHECK_EQ(leases_add(&nl, pool, HUGE, LEASES_ANYBODY, 999, NULL), -ERANGE);
	CHECK_EQ(leases_add(&nl, pool, HUGE, LEASES_ANYBODY, 86400001, NULL), -ERANGE);
	CHECK_EQ(leases_add(&nl, "no-such-pool", HUGE, LEASES_ANYBODY, 0, NULL), -ENOENT);
	CHECK_EQ(leases_get(&nl, 0, &lease), -ENOENT);
	CHECK_EQ(leases_get(&nl, UINT64_MAX, &lease), -ENOENT);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_LEASE_GET, attrs, 0, NULL), -EINVAL);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_LEASE_DEL, attrs, 0, NULL), -EINVAL);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_LEASE_ADD, attrs, 0, NULL), -EINVAL);
	end();
}

int main(int argc, char **argv)
{
	ktap_beside = true;
	return ktap_main(argc, argv);
}

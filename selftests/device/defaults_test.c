// SPDX-License-Identifier: GPL-2.0
/*
 * Defaults: what the administrator has set for new regions, each of them has from the
 * moment at which anybody can find it; and its VMM is bound by it.
 *
 * tier: quick
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "defaults.h"
#include "device.h"
#include "genl.h"
#include "leases.h"
#include "pools.h"

#define SIZE (16 * HUGE)
#define ATTR(name) (1ULL << VHOST_MEM_A_DEFAULTS_##name)
#define EVENT_MS 10000
#define NR_BORN 300

static struct genl nl;
static char pool[32];

/* An earlier test may have failed, and left something behind. */
static void start(void)
{
	snprintf(pool, sizeof(pool), "defaults-%d", getpid());
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(defaults_reset(&nl), 0);
	CHECK_EQ(pools_set(&nl, pool, 4 * HUGE), 0);
}

static void end(void)
{
	CHECK_EQ(defaults_reset(&nl), 0);
	CHECK_EQ(pools_delete(&nl, pool), 0);
}

static int create(uint64_t size, uint64_t block, struct genl_region *region)
{
	int fd = device_open();
	uint32_t id;

	CHECK_EQ(device_create(fd, size, block, 0, "born", &id), 0);
	CHECK_EQ(genl_get(&nl, id, region), 0);
	return fd;
}

static void close_region(int fd, const struct genl_region *region)
{
	close(fd);
	CHECK(genl_gone_before(region->value[VHOST_MEM_A_REGION_ID], time(NULL) + 60));
}

#define VALUE(region, name) ((region).value[VHOST_MEM_A_REGION_##name])

TEST(at_first_nothing_is_bounded)
{
	struct genl_region region;
	struct defaults defaults;
	int fd;

	start();
	CHECK_EQ(defaults_get(&nl, &defaults), 0);
	CHECK_EQ(defaults.attrs & ~ATTR(PAD), ATTR(MINIMUM) | ATTR(POOL) | ATTR(POLICY) |
					      ATTR(POLICY_INTERVAL));
	CHECK_EQ(defaults.value[VHOST_MEM_A_DEFAULTS_MINIMUM], 0);
	CHECK(!strcmp(defaults.pool, "default"));
	CHECK_EQ(defaults.value[VHOST_MEM_A_DEFAULTS_POLICY], VHOST_MEM_POLICY_DENY);
	CHECK_EQ(defaults.value[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL], 1000);
	fd = create(SIZE, HUGE, &region);
	CHECK_EQ(VALUE(region, LIMIT), SIZE);
	CHECK_EQ(VALUE(region, MINIMUM), 0);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), 0);
	CHECK_EQ(VALUE(region, POLICY), VHOST_MEM_POLICY_DENY);
	CHECK_EQ(VALUE(region, POLICY_MAX), SIZE);
	CHECK_EQ(VALUE(region, POLICY_STEP), SIZE);
	CHECK(!strcmp(region.pool, "default"));
	close_region(fd, &region);
	end();
}

TEST(a_new_region_has_them_and_its_vmm_is_bound)
{
	struct genl_region region, before;
	int fd, old;

	start();
	old = create(SIZE, HUGE, &before);
	CHECK_EQ(defaults_set(&nl, 8 * HUGE, 2 * HUGE, pool, VHOST_MEM_POLICY_AUTO), 0);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_MAX, 6 * HUGE), 0);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_STEP, 3 * HUGE), 0);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL, 5000), 0);
	fd = create(SIZE, HUGE, &region);
	CHECK_EQ(VALUE(region, LIMIT), 8 * HUGE);
	CHECK_EQ(VALUE(region, MINIMUM), 2 * HUGE);
	/* What the VMM has not requested yet is no job. */
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), 2 * HUGE);
	CHECK(VALUE(region, USABLE_SIZE) >= 2 * HUGE);
	CHECK(!(region.attrs & 1ULL << VHOST_MEM_A_REGION_JOB));
	CHECK_EQ(VALUE(region, POLICY), VHOST_MEM_POLICY_AUTO);
	CHECK_EQ(VALUE(region, POLICY_MAX), 6 * HUGE);
	CHECK_EQ(VALUE(region, POLICY_STEP), 3 * HUGE);
	CHECK_EQ(VALUE(region, POLICY_INTERVAL), 5000);
	CHECK(!strcmp(region.pool, pool));
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE, 9 * HUGE), -EDQUOT);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE, HUGE), -EDOM);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE, 8 * HUGE), 0);
	/* The administrator can loosen it, as any limit. */
	CHECK_EQ(genl_limit(&nl, VALUE(region, ID), SIZE), 0);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	/* Who was there before is not concerned. */
	CHECK_EQ(genl_get(&nl, VALUE(before, ID), &before), 0);
	CHECK_EQ(VALUE(before, LIMIT), SIZE);
	CHECK_EQ(VALUE(before, MINIMUM), 0);
	CHECK_EQ(VALUE(before, POLICY), VHOST_MEM_POLICY_DENY);
	CHECK(!strcmp(before.pool, "default"));
	close_region(fd, &region);
	close_region(old, &before);
	end();
}

TEST(sizes_are_those_that_a_region_can_have)
{
	struct genl_region region;
	int fd;

	start();
	CHECK_EQ(defaults_set(&nl, 3 * HUGE + HUGE / 2, HUGE + 1, "default",
			      VHOST_MEM_POLICY_DENY), 0);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_MAX, 2 * HUGE + 1), 0);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_STEP, 1), 0);
	fd = create(SIZE, HUGE, &region);
	CHECK_EQ(VALUE(region, LIMIT), 3 * HUGE);
	CHECK_EQ(VALUE(region, MINIMUM), HUGE);
	CHECK_EQ(VALUE(region, POLICY_MAX), 2 * HUGE);
	CHECK_EQ(VALUE(region, POLICY_STEP), HUGE);
	close_region(fd, &region);
	/* Less than a block. */
	fd = create(SIZE, 4 * HUGE, &region);
	CHECK_EQ(VALUE(region, LIMIT), 0);
	CHECK_EQ(VALUE(region, MINIMUM), 0);
	CHECK_EQ(VALUE(region, POLICY_STEP), 4 * HUGE);
	CHECK_EQ(device_set(fd, VHOST_MEM_SET_REQUESTED_SIZE, 4 * HUGE), -EDQUOT);
	close_region(fd, &region);
	/* Smaller than the minimum. */
	fd = create(HUGE, HUGE, &region);
	CHECK_EQ(VALUE(region, LIMIT), HUGE);
	CHECK_EQ(VALUE(region, MINIMUM), HUGE);
	CHECK_EQ(VALUE(region, REQUESTED_SIZE), HUGE);
	CHECK_EQ(VALUE(region, USABLE_SIZE), HUGE);
	close_region(fd, &region);
	end();
}

TEST(what_it_plugs_is_charged_to_their_pool)
{
	struct device dev, leased = { .size = SIZE, .block = HUGE };
	uint64_t number;

	start();
	CHECK_EQ(defaults_set(&nl, DEFAULTS_NONE, 0, pool, VHOST_MEM_POLICY_DENY), 0);
	/* The pool has to stay for those to come. */
	CHECK_EQ(pools_delete(&nl, pool), -EBUSY);
	CHECK(strstr(nl.text, "new regions"));
	dev = device_new(SIZE, HUGE, 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, SIZE), 0);
	CHECK_EQ(device_plug(&dev, 0, 5), -ENOBUFS);
	CHECK_EQ(device_plug(&dev, 0, 4), 0);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_CHARGED), 4 * HUGE);
	/* A full pool refuses to plug, and nothing else. */
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_REGIONS), 1);
	/* Who comes with a lease belongs to the lease's pool. */
	CHECK_EQ(leases_add(&nl, "default", HUGE, LEASES_ANYBODY, 0, &number), 0);
	leased.fd = device_open();
	CHECK_EQ(leases_create(leased.fd, SIZE, HUGE, number, &leased.id), 0);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_REGIONS), 1);
	CHECK_EQ(genl_value(leased.id, VHOST_MEM_A_REGION_RESERVED), HUGE);
	close(leased.fd);
	CHECK(genl_gone_before(leased.id, time(NULL) + 60));
	device_close(&dev);
	CHECK(genl_gone_before(dev.id, time(NULL) + 60));
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_CHARGED), 0);
	end();
}

TEST(a_region_that_comes_to_nothing_is_in_no_pool)
{
	struct device dev = { .size = SIZE, .block = HUGE };

	start();
	CHECK_EQ(defaults_set(&nl, DEFAULTS_NONE, 0, pool, VHOST_MEM_POLICY_DENY), 0);
	dev.fd = device_open();
	CHECK_EQ(leases_create(dev.fd, SIZE, HUGE, UINT64_MAX, &dev.id), -ENOENT);
	CHECK_EQ(pools_value(&nl, pool, VHOST_MEM_A_POOL_REGIONS), 0);
	close(dev.fd);
	end();
}

/* What is refused changes nothing. */
TEST(errors)
{
	uint64_t size = HUGE, interval = 1000;
	struct defaults before, after;
	char attrs[256];
	size_t length;

	start();
	CHECK_EQ(defaults_set(&nl, 8 * HUGE, 2 * HUGE, pool, VHOST_MEM_POLICY_MANUAL), 0);
	CHECK_EQ(defaults_get(&nl, &before), 0);
	CHECK_EQ(defaults_request(&nl, VHOST_MEM_CMD_DEFAULTS_SET, "", 0, NULL), -EINVAL);
	CHECK(strstr(nl.text, "nothing to set"));
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_LIMIT, HUGE), -EDOM);
	CHECK(strstr(nl.text, "the limit is below the minimum"));
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_MINIMUM, 9 * HUGE), -EDOM);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_STEP, 0), -EINVAL);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL, 99), -ERANGE);
	CHECK_EQ(defaults_set(&nl, SIZE, HUGE, "no-such-pool", VHOST_MEM_POLICY_DENY), -ENOENT);
	CHECK(strstr(nl.text, "there is no such pool"));
	CHECK(defaults_set(&nl, SIZE, HUGE, pool, VHOST_MEM_POLICY_AUTO + 1) < 0);
	/* All that is set at once, or nothing of it. */
	length = genl_put(attrs, 0, VHOST_MEM_A_DEFAULTS_MINIMUM, &size, 8);
	interval = 1;
	length = genl_put(attrs, length, VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL, &interval, 8);
	CHECK_EQ(defaults_request(&nl, VHOST_MEM_CMD_DEFAULTS_SET, attrs, length, NULL),
		 -ERANGE);
	/* Attributes that there are none of. */
	length = genl_put(attrs, 0, VHOST_MEM_A_DEFAULTS_MAX + 1, &size, 8);
	CHECK(defaults_request(&nl, VHOST_MEM_CMD_DEFAULTS_SET, attrs, length, NULL) < 0);
	CHECK_EQ(defaults_get(&nl, &after), 0);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	end();
}

static int stranger(void *arg)
{
	struct defaults defaults;
	struct genl own;

	(void)arg;
	CHECK_EQ(setgid(65534), 0);
	CHECK_EQ(setuid(65534), 0);
	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(defaults_get(&own, &defaults), -EPERM);
	CHECK_EQ(defaults_set_u64(&own, VHOST_MEM_A_DEFAULTS_LIMIT, HUGE), -EPERM);
	/* Nor with a socket that root has opened. */
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_LIMIT, HUGE), -EPERM);
	return 0;
}

TEST(they_are_the_administrators)
{
	struct defaults defaults;

	start();
	CHECK_EQ(in_child(stranger, NULL), 0);
	CHECK_EQ(defaults_get(&nl, &defaults), 0);
	CHECK(!(defaults.attrs & ATTR(LIMIT)));
	end();
}

TEST(a_change_is_an_event)
{
	struct genl_region event;
	struct genl listener;

	start();
	CHECK_EQ(genl_open(&listener), 0);
	CHECK_EQ(genl_listen(&listener), 0);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_POLICY_STEP, 0), -EINVAL);
	CHECK_EQ(defaults_set_u64(&nl, VHOST_MEM_A_DEFAULTS_LIMIT, 5 * HUGE), 0);
	do {
		CHECK_EQ(genl_event(&listener, EVENT_MS, &event), 0);
	} while (event.cmd != VHOST_MEM_CMD_DEFAULTS_NTF);
	CHECK_EQ(event.value[VHOST_MEM_A_DEFAULTS_LIMIT], 5 * HUGE);
	end();
}

/*
 * Whatever is set meanwhile: a limit of 4 blocks with our pool, or of 8 with the other
 * one; the region has either these or those.
 */
static bool is_whole(const struct genl_region *region)
{
	if (strcmp(region->name, "born"))
		return true;
	if (VALUE(*region, LIMIT) == 4 * HUGE)
		return VALUE(*region, MINIMUM) == HUGE && !strcmp(region->pool, pool) &&
		       VALUE(*region, POLICY) == VHOST_MEM_POLICY_AUTO;
	return VALUE(*region, LIMIT) == 8 * HUGE && VALUE(*region, MINIMUM) == 2 * HUGE &&
	       !strcmp(region->pool, "default") &&
	       VALUE(*region, POLICY) == VHOST_MEM_POLICY_MANUAL;
}

static void look_at(const struct genl_region *region, void *arg)
{
	unsigned int *seen = arg;

	CHECK(is_whole(region));
	*seen += !strcmp(region->name, "born");
}

/* Looks at all regions until it is told to stop; and has seen some. */
static int look(int pipe)
{
	unsigned int seen = 0;
	struct genl own;
	char stop;

	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(fcntl(pipe, F_SETFL, O_NONBLOCK), 0);
	while (read(pipe, &stop, 1) < 0)
		genl_dump_each(&own, look_at, &seen);
	CHECK(seen > 0);
	return 0;
}

static int flip(int pipe)
{
	struct genl own;
	char stop;

	CHECK_EQ(genl_open(&own), 0);
	CHECK_EQ(fcntl(pipe, F_SETFL, O_NONBLOCK), 0);
	while (read(pipe, &stop, 1) < 0) {
		CHECK_EQ(defaults_set(&own, 4 * HUGE, HUGE, pool, VHOST_MEM_POLICY_AUTO), 0);
		CHECK_EQ(defaults_set(&own, 8 * HUGE, 2 * HUGE, "default",
				      VHOST_MEM_POLICY_MANUAL), 0);
	}
	return 0;
}

static pid_t fork_with(int (*fn)(int pipe), int pipe[2])
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	close(pipe[1]);
	_exit(fn(pipe[0]));
}

TEST(nobody_finds_a_region_without_them)
{
	struct genl_region region;
	int pipes[2], status, fd;
	pid_t pids[2];

	start();
	CHECK_EQ(defaults_set(&nl, 4 * HUGE, HUGE, pool, VHOST_MEM_POLICY_AUTO), 0);
	CHECK_EQ(pipe(pipes), 0);
	pids[0] = fork_with(look, pipes);
	pids[1] = fork_with(flip, pipes);
	for (int i = 0; i < NR_BORN; i++) {
		fd = create(SIZE, HUGE, &region);
		CHECK(is_whole(&region));
		close(fd);
	}
	/* Both read the end of the file. */
	close(pipes[1]);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK_EQ(status, 0);
	}
	CHECK(genl_gone_before(VALUE(region, ID), time(NULL) + 60));
	end();
}

/* What the administrator's tool has left with a region, it finds there. */
TEST(the_number_of_rules_is_kept)
{
	struct genl_region region;
	uint32_t number = 4711, id;
	char attrs[64];
	size_t length;
	int fd;

	start();
	fd = create(SIZE, HUGE, &region);
	CHECK_EQ(VALUE(region, RULES), 0);
	id = VALUE(region, ID);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_RULES, &number, 4);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length, &region), 0);
	CHECK_EQ(VALUE(region, RULES), number);
	/* Whatever else is set, and a reset of the system, leave it alone. */
	CHECK_EQ(genl_limit(&nl, id, HUGE), 0);
	CHECK_EQ(device_set(fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(genl_get(&nl, id, &region), 0);
	CHECK_EQ(VALUE(region, RULES), number);
	close_region(fd, &region);
	end();
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

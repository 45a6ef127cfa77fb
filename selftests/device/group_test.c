// SPDX-License-Identifier: GPL-2.0
/*
 * Several regions are changed together: all of them or none, and nobody sees half of it.
 *
 * tier: quick
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "device.h"
#include "genl.h"
#include "group.h"

/* So many that no size comes again while somebody looks. */
#define NR_BLOCKS 1024
#define MANY VHOST_MEM_GROUP_MAX
#define ROUNDS 300

#define V(reply, i, name) ((reply).value[i][VHOST_MEM_A_REGION_##name])

static struct device devs[MANY + 1];
static struct genl nl;

static void create(int nr)
{
	for (int i = 0; i < nr; i++) {
		devs[i].fd = device_open();
		CHECK_EQ(device_create(devs[i].fd, NR_BLOCKS * HUGE, HUGE, 0,
				       "many", &devs[i].id), 0);
	}
	CHECK_EQ(genl_open(&nl), 0);
}

static uint64_t requested(int i)
{
	return genl_value(devs[i].id, VHOST_MEM_A_REGION_REQUESTED_SIZE) / HUGE;
}

static void check_none(int nr)
{
	for (int i = 0; i < nr; i++)
		CHECK_EQ(requested(i), 0);
}

/* A size for each of the first @nr regions; the last one first. */
static struct group all(int nr, uint64_t blocks)
{
	struct group group = {};

	for (int i = nr; i--; )
		group_add(&group, devs[i].id, blocks * HUGE);
	return group;
}

TEST(as_many_as_there_may_be)
{
	static struct group_reply reply;
	struct genl_job job;
	struct group group;

	create(MANY);
	group = all(MANY, 3);
	group_note(&group, "together");
	CHECK_EQ(group_set(&nl, &group, &reply), 0);
	CHECK_EQ(reply.nr, MANY);
	for (int i = 0; i < MANY; i++) {
		CHECK_EQ(V(reply, i, ID), devs[i].id);
		CHECK_EQ(V(reply, i, REQUESTED_SIZE), 3 * HUGE);
		CHECK_EQ(V(reply, i, LIMIT), NR_BLOCKS * HUGE);
		CHECK_EQ(V(reply, i, PLUGGED_SIZE), 0);
		CHECK_EQ(requested(i), 3);
		CHECK_EQ(genl_job_get(&nl, V(reply, i, JOB), &job), 0);
		CHECK_EQ(job.value[VHOST_MEM_A_JOB_REGION], devs[i].id);
		CHECK_EQ(job.value[VHOST_MEM_A_JOB_ORIGIN], VHOST_MEM_ORIGIN_ADMIN);
		CHECK(!strcmp(job.note, "together"));
	}
}

/* Each is refused for another reason, and the error refers to it. */
TEST(one_of_many_is_bad)
{
	struct group group;

	create(MANY);

	group = all(MANY - 1, 3);
	group_add(&group, devs[MANY - 1].id, HUGE / 2);
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	CHECK_EQ(group_blamed(&nl, &group), MANY - 1);
	CHECK(nl.offset > (int)group.at[MANY - 1]);

	group = all(MANY - 1, 3);
	group_add(&group, devs[MANY - 1].id, (NR_BLOCKS + 1) * HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -ERANGE);
	CHECK_EQ(group_blamed(&nl, &group), MANY - 1);

	CHECK_EQ(genl_limit(&nl, devs[20].id, 2 * HUGE), 0);
	group = all(MANY, 3);
	CHECK_EQ(group_set(&nl, &group, NULL), -EDQUOT);
	CHECK_EQ(group_blamed(&nl, &group), MANY - 1 - 20);
	check_none(MANY);

	/* The last one is set to what it would be with the limit of the same command. */
	group = all(MANY, 3);
	group_u64(&group, VHOST_MEM_A_REGION_LIMIT, 2 * HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -EDQUOT);
	check_none(MANY);
	CHECK_EQ(genl_value(devs[0].id, VHOST_MEM_A_REGION_LIMIT),
		 NR_BLOCKS * HUGE);

	CHECK_EQ(genl_limit(&nl, devs[20].id, NR_BLOCKS * HUGE), 0);
	group = all(MANY, 3);
	group_u64(&group, VHOST_MEM_A_REGION_MINIMUM, 4 * HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -EDOM);
	CHECK_EQ(group_blamed(&nl, &group), MANY - 1);

	group = all(MANY, 3);
	group_u64(&group, VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE, HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -ESTALE);
	CHECK_EQ(group_blamed(&nl, &group), MANY - 1);

	group = all(MANY - 1, 3);
	group_add(&group, INT32_MAX, 0);
	CHECK_EQ(group_set(&nl, &group, NULL), -ENOENT);
	CHECK_EQ(group_blamed(&nl, &group), MANY - 1);
	check_none(MANY);
	for (int i = 0; i < MANY; i++)
		CHECK_EQ(genl_value(devs[i].id, VHOST_MEM_A_REGION_MINIMUM), 0);
}

TEST(what_makes_no_sense_is_refused)
{
	struct group group;

	create(MANY + 1);
	group = all(MANY + 1, 3);
	CHECK_EQ(group_set(&nl, &group, NULL), -E2BIG);
	check_none(MANY + 1);

	/* The same region twice, also with others in between. */
	group = all(MANY - 1, 3);
	group_add(&group, devs[30].id, 4 * HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	CHECK(strstr(nl.text, "twice"));

	group = (struct group){};
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	group_note(&group, "nothing");
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);

	/* Without a number, and with nothing to set. */
	group = all(2, 3);
	group_add(&group, 0, HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	CHECK_EQ(group_blamed(&nl, &group), 2);
	group = all(2, 3);
	group_begin(&group, devs[2].id);
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	CHECK_EQ(group_blamed(&nl, &group), 2);

	/* Neither policies nor pools. */
	group = all(2, 3);
	group_u64(&group, VHOST_MEM_A_REGION_RESERVED, HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	group = all(2, 3);
	group_u64(&group, VHOST_MEM_A_REGION_POLICY_MAX, HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), -EINVAL);
	check_none(3);
}

TEST(a_limit_lowers_and_a_minimum_raises)
{
	struct group group = {};

	create(2);
	CHECK_EQ(genl_set(&nl, devs[0].id, 6 * HUGE, NULL), 0);
	group_begin(&group, devs[0].id);
	group_u64(&group, VHOST_MEM_A_REGION_LIMIT, 4 * HUGE);
	group_begin(&group, devs[1].id);
	group_u64(&group, VHOST_MEM_A_REGION_MINIMUM, 2 * HUGE);
	CHECK_EQ(group_set(&nl, &group, NULL), 0);
	CHECK_EQ(requested(0), 4);
	CHECK_EQ(requested(1), 2);
}

TEST(only_for_administrators)
{
	struct group group;
	struct genl plain;

	create(2);
	group = all(2, 3);
	CHECK_EQ(genl_open(&plain), 0);
	CHECK_EQ(seteuid(65534), 0);
	CHECK_EQ(group_set(&plain, &group, NULL), -EPERM);
	CHECK_EQ(seteuid(0), 0);
	check_none(2);
}

static atomic_bool stop;

struct setter {
	bool backwards;
	int first, nr;
};

static void *set_again_and_again(void *arg)
{
	struct setter *setter = arg;
	struct genl own;

	CHECK_EQ(genl_open(&own), 0);
	for (int n = 0; n < ROUNDS; n++) {
		struct group group = {};

		for (int i = 0; i < setter->nr; i++)
			group_add(&group,
				  devs[setter->first + (setter->backwards ?
							setter->nr - 1 - i : i)].id,
				  (uint64_t)(n % NR_BLOCKS) * HUGE);
		CHECK_EQ(group_set(&own, &group, NULL), 0);
	}
	close(own.fd);
	return NULL;
}

/* Two groups that overlap, in opposite orders; and VMMs that resize their own. */
TEST(opposite_orders_do_not_deadlock)
{
	struct setter setters[] = {
		{ .first = 0, .nr = 40 },
		{ .first = 20, .nr = 40, .backwards = true },
		{ .first = 10, .nr = 30 },
	};
	pthread_t threads[3];

	create(60);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, set_again_and_again,
					&setters[i]), 0);
	for (int n = 0; n < 10 * ROUNDS; n++)
		CHECK_EQ(device_set(devs[n % 60].fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    HUGE), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static int dumps, halves, ids;
static uint64_t first_size;

static void compare(const struct genl_region *region, void *arg)
{
	uint64_t size = region->value[VHOST_MEM_A_REGION_REQUESTED_SIZE];

	(void)arg;
	if (region->value[VHOST_MEM_A_REGION_ID] < devs[0].id)
		return;
	if (!ids++)
		first_size = size;
	else if (size != first_size)
		halves++;
}

static void *set_until_stopped(void *arg)
{
	struct genl own;

	(void)arg;
	CHECK_EQ(genl_open(&own), 0);
	for (int n = 0; !atomic_load(&stop); n++) {
		struct group group = all(MANY, n % NR_BLOCKS);

		CHECK_EQ(group_set(&own, &group, NULL), 0);
		/* Leave time for a dump that nothing falls into. */
		usleep(n % 4 * 1000);
	}
	close(own.fd);
	return NULL;
}

/*
 * A dump that was not interrupted has all regions as they are after one change. It needs
 * several messages, so changes do fall into dumps.
 */
TEST(dumps_never_have_a_half)
{
	int interrupted = 0;
	pthread_t thread;

	create(MANY);
	CHECK_EQ(pthread_create(&thread, NULL, set_until_stopped, NULL), 0);
	for (int n = 0; n < 100 * ROUNDS && (dumps < ROUNDS || !interrupted); n++) {
		int before = halves;

		ids = 0;
		CHECK_EQ(genl_dump_each(&nl, compare, NULL), 0);
		CHECK(ids >= MANY);
		if (nl.interrupted) {
			interrupted++;
			halves = before;
			continue;
		}
		dumps++;
		CHECK_EQ(halves, before);
	}
	atomic_store(&stop, true);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(dumps >= ROUNDS);
	ktap_say("%d dumps whole, %d interrupted", dumps, interrupted);
}

/*
 * Who has seen one region changed sees the next one changed, too: the VMM's ioctl takes
 * no other lock than the region's.
 */
TEST(no_vmm_sees_a_half)
{
	uint64_t first, second, third;
	pthread_t thread;

	create(MANY);
	CHECK_EQ(pthread_create(&thread, NULL, set_until_stopped, NULL), 0);
	for (int n = 0; n < 100 * ROUNDS; n++) {
		int i = n % (MANY - 1);

		first = device_config(devs[i].fd).requested_size;
		second = device_config(devs[i + 1].fd).requested_size;
		third = device_config(devs[i].fd).requested_size;
		/* Unless another change came in between. */
		if (first == third)
			CHECK_EQ(second, first);
	}
	atomic_store(&stop, true);
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

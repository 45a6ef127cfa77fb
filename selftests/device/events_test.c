// SPDX-License-Identifier: GPL-2.0
/*
 * Events when many happen: one VM must not keep the administrator from receiving
 * events of another one.
 *
 * tier: full
 */

#include "device.h"
#include "genl.h"

#define VALUE(region, name) ((region).value[VHOST_MEM_A_REGION_##name])
#define EVENT_MS 30000
#define NAP_MS 100
#define NR_FLOOD 100

static struct genl nl, listener;
static uint64_t last_look;

static void listen_for_events(void)
{
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_open(&listener), 0);
	CHECK_EQ(genl_listen(&listener), 0);
}

/* Ways of a VMM to cause events, each as often as possible, without an end. */
static int flood(void *arg)
{
	struct device devs[NR_FLOOD];
	struct genl own;
	uint32_t id;

	(void)arg;
	CHECK_EQ(genl_open(&own), 0);
	for (int i = 0; i < NR_FLOOD; i++)
		devs[i] = device_new(64 * MiB, 2 * MiB, 0);
	for (uint64_t round = 0;; round++) {
		int fd = device_open();

		CHECK_EQ(device_create(fd, 2 * MiB, 2 * MiB, 0, "", &id), 0);
		for (int i = 0; i < NR_FLOOD; i++) {
			CHECK_EQ(genl_set(&own, devs[i].id,
					  round % 2 * 2 * MiB, NULL), 0);
			device_set(devs[i].fd, VHOST_MEM_SET_REQUESTED_SIZE,
				   round % 3 * 2 * MiB);
			touch_write(devs[i].mem + 32 * MiB, 1);
		}
		close(fd);
	}
	return 0;
}

/*
 * Look ten times a second until the event of a refused fault has come. The buffer holds
 * what comes in so short a time; a busy machine may let the listener sleep for longer,
 * and only then may something be lost: return false.
 */
static bool await_violation(const struct device *dev, unsigned int faults,
			    unsigned int *others)
{
	struct genl_region event;
	uint64_t now, slept;
	bool seen = false;
	int ret;

	for (int nap = 0; !seen; nap++) {
		CHECK(nap < EVENT_MS / NAP_MS);
		usleep(NAP_MS * 1000);
		now = ktap_now_ms();
		slept = now - last_look;
		last_look = now;
		while (!(ret = genl_event(&listener, 0, &event))) {
			if (VALUE(event, ID) != dev->id)
				++*others;
			else if (event.cmd == VHOST_MEM_CMD_REGION_VIOLATION_NTF)
				seen = VALUE(event, REFUSED_FAULTS) == faults;
		}
		if (ret == -ENOBUFS && slept > 2 * NAP_MS)
			return false;
		CHECK_EQ(ret, -ETIMEDOUT);
	}
	return true;
}

/*
 * A listener with the buffer that sockets have by default, which looks ten times
 * a second, misses nothing; and of another VM than the flooding one it hears
 * everything.
 */
TEST(a_flood_in_one_vm_hides_nothing_of_another)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	unsigned int others = 0, violations = 0, faults = 0;
	struct genl_region event;
	pid_t child;
	int ret;

	listen_for_events();
	child = fork();
	CHECK(child >= 0);
	if (!child)
		_exit(flood(NULL));
	/* It is at work. */
	do {
		ret = genl_event(&listener, EVENT_MS, &event);
		CHECK(!ret || ret == -ENOBUFS);
		others += !ret && VALUE(event, ID) != dev.id;
	} while (others < NR_FLOOD);

	last_look = ktap_now_ms();
	while (violations < 20) {
		CHECK(++faults < 200);
		CHECK_EQ(touch_write(dev.mem + faults * 64 * KiB, 1), SIGBUS);
		violations += await_violation(&dev, faults, &others);
	}
	ktap_say("%u events of the flood", others);
	/* What is left of it must not meet the next test. */
	CHECK_EQ(kill(child, SIGKILL), 0);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	while ((ret = genl_event(&listener, 1000, &event)) != -ETIMEDOUT)
		CHECK(!ret || ret == -ENOBUFS);
}

/* Each region that is told of comes, then goes; most are not told of at all. */
TEST(regions_that_come_and_go)
{
	enum { NR = 300 };
	static uint8_t seen[NR];
	unsigned int events = 0;
	struct genl_region event;
	uint32_t first = 0, id = 0;
	int ret;

	listen_for_events();
	for (int i = 0; i < NR; i++) {
		int fd = device_open();

		CHECK_EQ(device_create(fd, 2 * MiB, 2 * MiB, 0, "", &id), 0);
		if (!i)
			first = id;
		close(fd);
	}
	while (!(ret = genl_event(&listener, 1000, &event))) {
		uint32_t at = VALUE(event, ID) - first;

		CHECK(at < NR);
		/* Or that it has ended, and what it had plugged. */
		if (event.cmd == VHOST_MEM_CMD_REGION_PLUGGED_NTF) {
			CHECK_EQ(seen[at], 1);
			continue;
		}
		CHECK_EQ(seen[at], event.cmd == VHOST_MEM_CMD_REGION_GONE_NTF);
		CHECK(seen[at] ||
		      event.cmd == VHOST_MEM_CMD_REGION_CREATED_NTF);
		seen[at]++;
		events++;
	}
	CHECK_EQ(ret, -ETIMEDOUT);
	for (int i = 0; i < NR; i++)
		CHECK(seen[i] != 1);
	ktap_say("%u events for %d regions", events, NR);
	/* A debug kernel takes longer for each than what is merged away. */
	CHECK(events < NR || ktap_has_lockdep());
}

/* Count the events that are there, or that come, of one kind. */
static unsigned int count_events(uint8_t cmd, int timeout_ms)
{
	struct genl_region event;
	unsigned int nr = 0;
	int ret;

	while (!(ret = genl_event(&listener, timeout_ms, &event))) {
		CHECK_EQ(event.cmd, cmd);
		nr++;
	}
	CHECK_EQ(ret, -ETIMEDOUT);
	return nr;
}

/* More than a socket's buffer holds, so they have to come at a bearable rate. */
TEST(regions_that_stay_are_all_told_of)
{
	enum { NR = 400 };
	unsigned int nr = 0;
	uint32_t id = 0;
	int fds[NR];

	listen_for_events();
	for (int i = 0; i < NR; i++) {
		fds[i] = device_open();
		CHECK_EQ(device_create(fds[i], 2 * MiB, 2 * MiB, 0, "", &id), 0);
		nr += count_events(VHOST_MEM_CMD_REGION_CREATED_NTF, 0);
	}
	nr += count_events(VHOST_MEM_CMD_REGION_CREATED_NTF, 1000);
	CHECK_EQ(nr, NR);
	nr = 0;
	for (int i = 0; i < NR; i++) {
		close(fds[i]);
		nr += count_events(VHOST_MEM_CMD_REGION_GONE_NTF, 0);
	}
	nr += count_events(VHOST_MEM_CMD_REGION_GONE_NTF, 1000);
	CHECK_EQ(nr, NR);
}

TEST(events_are_numbered)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	struct genl_region event, region;
	uint64_t last = 0;

	listen_for_events();
	for (int i = 0; i < 8; i++) {
		CHECK_EQ(genl_set(&nl, dev.id, i * 2 * MiB, NULL), 0);
		CHECK_EQ(device_plug(&dev, 8 + i, 0), -EINVAL);
		CHECK_EQ(genl_event(&listener, EVENT_MS, &event), 0);
		if (last)
			CHECK_EQ(VALUE(event, SEQUENCE), last + 1);
		last = VALUE(event, SEQUENCE);
		/* A reply is not older than what has been told before. */
		CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
		CHECK(VALUE(region, SEQUENCE) >= last);
	}
	/* The last of a region, too, which is made before it is sent. */
	device_close(&dev);
	do {
		CHECK_EQ(genl_event(&listener, EVENT_MS, &event), 0);
		CHECK_EQ(VALUE(event, SEQUENCE), last + 1);
		last = VALUE(event, SEQUENCE);
	} while (event.cmd != VHOST_MEM_CMD_REGION_GONE_NTF);
}

static void close_one(const struct genl_region *region, void *arg)
{
	int *fd = arg;

	(void)region;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

TEST(a_dump_says_that_the_list_has_changed_meanwhile)
{
	enum { NR = 300 };
	int fds[NR], last;
	uint32_t id;

	CHECK_EQ(genl_open(&nl), 0);
	for (int i = 0; i < NR; i++) {
		fds[i] = device_open();
		CHECK_EQ(device_create(fds[i], 2 * MiB, 2 * MiB, 0,
				       "a-rather-long-name-of-a-region-to-fill-messages",
				       &id), 0);
	}
	CHECK_EQ(genl_dump(&nl, NULL, 0), NR);
	CHECK(!nl.interrupted);
	last = fds[NR - 1];
	CHECK_EQ(genl_dump_each(&nl, close_one, &last), 0);
	CHECK(nl.interrupted);
	CHECK_EQ(genl_dump(&nl, NULL, 0), NR - 1);
	CHECK(!nl.interrupted);
}

static int set_both(uint32_t id, uint64_t limit, uint64_t requested)
{
	char attrs[64];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_LIMIT, &limit, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &requested, 8);
	return genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length, NULL);
}

TEST(limit_and_size_of_one_message_are_one_change)
{
	struct device dev = device_new(64 * MiB, 2 * MiB, 0);
	uint64_t generation = device_generation(dev.fd);
	struct genl_region event;

	listen_for_events();
	CHECK_EQ(set_both(dev.id, 32 * MiB, 16 * MiB), 0);
	/* The guest is not asked for 32 MiB in between. */
	CHECK_EQ(device_generation(dev.fd), generation + 1);
	do
		CHECK_EQ(genl_event(&listener, EVENT_MS, &event), 0);
	while (event.cmd != VHOST_MEM_CMD_REGION_RESIZED_NTF ||
	       VALUE(event, LIMIT) != 32 * MiB);
	CHECK_EQ(VALUE(event, REQUESTED_SIZE), 16 * MiB);
	CHECK_EQ(genl_event(&listener, 500, &event), -ETIMEDOUT);
}

static int set_expected(struct genl *own, uint32_t id, uint64_t expected,
			uint64_t requested)
{
	char attrs[64];
	size_t length;

	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &id, 4);
	length = genl_put(attrs, length,
			  VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE,
			  &expected, 8);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_REQUESTED_SIZE,
			  &requested, 8);
	return genl_request(own, VHOST_MEM_CMD_REGION_SET, attrs, length, NULL);
}

static int add_blocks(void *arg)
{
	struct genl_region region;
	struct device *dev = arg;
	struct genl own;
	int ret;

	CHECK_EQ(genl_open(&own), 0);
	for (int i = 0; i < 100; i++) {
		do {
			CHECK_EQ(genl_get(&own, dev->id, &region), 0);
			ret = set_expected(&own, dev->id,
					   VALUE(region, REQUESTED_SIZE),
					   VALUE(region, REQUESTED_SIZE) +
					   2 * MiB);
		} while (ret == -ESTALE);
		CHECK_EQ(ret, 0);
	}
	return 0;
}

TEST(concurrent_relative_changes_lose_nothing)
{
	struct device dev = device_new(1 * GiB, 2 * MiB, 0);
	pid_t children[3];
	int status;

	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(genl_set(&nl, dev.id, 0, NULL), 0);
	CHECK_EQ(set_expected(&nl, dev.id, 2 * MiB, 4 * MiB), -ESTALE);
	CHECK(nl.text[0]);
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE), 0);
	for (int i = 0; i < 3; i++) {
		children[i] = fork();
		CHECK(children[i] >= 0);
		if (!children[i])
			_exit(add_blocks(&dev));
	}
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
		CHECK_EQ(status, 0);
	}
	CHECK_EQ(genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTED_SIZE),
		 300 * 2 * MiB);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

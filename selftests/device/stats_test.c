// SPDX-License-Identifier: GPL-2.0
/*
 * Figures: what a guest has requested, counted exactly, and shown to whom it may be.
 *
 * tier: quick
 */
#include <endian.h>
#include <unistd.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#include <linux/vhost_mem_report.h>

#define NR_BLOCKS 64
#define TYPES (VHOST_MEM_REQUEST_TYPE_OTHER + 1)

struct figures {
	uint64_t attrs;
	uint64_t value[VHOST_MEM_A_STATS_MAX + 1];
	struct {
		uint64_t attrs;
		uint64_t value[VHOST_MEM_A_REQUESTS_MAX + 1];
		uint64_t latency[VHOST_MEM_LATENCY_BUCKETS];
	} types[TYPES];
};

static struct device dev;
static struct guest guest;
static struct genl nl;

static void take_type(const struct nlattr *nest, struct figures *figures)
{
	uint64_t value[VHOST_MEM_A_REQUESTS_MAX + 1] = { 0 }, attrs = 0;
	uint64_t latency[VHOST_MEM_LATENCY_BUCKETS] = { 0 };
	const struct nlattr *attr;
	size_t at = 0, type;

	while ((attr = genl_next(nest + 1, nest->nla_len - NLA_HDRLEN, &at))) {
		size_t length = attr->nla_len - NLA_HDRLEN;

		CHECK(attr->nla_type <= VHOST_MEM_A_REQUESTS_MAX);
		attrs |= 1ULL << attr->nla_type;
		if (attr->nla_type == VHOST_MEM_A_REQUESTS_LATENCY) {
			CHECK_EQ(length, sizeof(latency));
			memcpy(latency, attr + 1, length);
		} else {
			memcpy(&value[attr->nla_type], attr + 1, length);
		}
	}
	type = value[VHOST_MEM_A_REQUESTS_TYPE];
	CHECK(type < TYPES && !figures->types[type].attrs);
	figures->types[type].attrs = attrs;
	memcpy(figures->types[type].value, value, sizeof(value));
	memcpy(figures->types[type].latency, latency, sizeof(latency));
}

static void take(const void *attrs, size_t length, void *arg)
{
	struct figures *figures = arg;
	const struct nlattr *attr;
	size_t at = 0;

	while ((attr = genl_next(attrs, length, &at))) {
		int type = attr->nla_type & NLA_TYPE_MASK;

		CHECK(type <= VHOST_MEM_A_STATS_MAX);
		figures->attrs |= 1ULL << type;
		if (type == VHOST_MEM_A_STATS_TYPES)
			take_type(attr, figures);
		else if (attr->nla_len - NLA_HDRLEN <= 8)
			memcpy(&figures->value[type], attr + 1,
			       attr->nla_len - NLA_HDRLEN);
	}
}

static struct figures get(struct genl *by)
{
	struct figures figures = { 0 };
	char attrs[16];
	size_t length = genl_put(attrs, 0, VHOST_MEM_A_STATS_ID, &dev.id, 4);

	CHECK_EQ(genl_ask(by, VHOST_MEM_CMD_STATS_GET, attrs, length, take,
			  &figures), 0);
	CHECK_EQ(figures.value[VHOST_MEM_A_STATS_ID], dev.id);
	return figures;
}

static void start(void)
{
	dev = device_new(NR_BLOCKS * HUGE, HUGE, 0);
	CHECK_EQ(genl_open(&nl), 0);
	guest_init(&guest, &dev, 64, 0);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
}

#define COUNT(figures, type, name)					\
	((figures).types[VHOST_MEM_REQUEST_TYPE_##type]			\
	 .value[VHOST_MEM_A_REQUESTS_##name])

#define CHECK_TYPE(figures, type, ack, nack, busy, error)		\
	do {								\
		CHECK_EQ(COUNT(figures, type, ACK), ack);		\
		CHECK_EQ(COUNT(figures, type, NACK), nack);		\
		CHECK_EQ(COUNT(figures, type, BUSY), busy);		\
		CHECK_EQ(COUNT(figures, type, ERROR), error);		\
	} while (0)

/* Each request is in one place of each table. */
static void check_sums(const struct figures *figures)
{
	uint64_t all = 0, busy = 0;

	for (int t = 0; t < TYPES; t++) {
		uint64_t responses = 0, latencies = 0;

		for (int a = VHOST_MEM_A_REQUESTS_ACK; a <= VHOST_MEM_A_REQUESTS_ERROR; a++)
			responses += figures->types[t].value[a];
		for (int i = 0; i < VHOST_MEM_LATENCY_BUCKETS; i++)
			latencies += figures->types[t].latency[i];
		CHECK_EQ(latencies, responses);
		/* None is shown that is not there. */
		CHECK_EQ(!!figures->types[t].attrs, !!responses);
		all += responses;
		busy += figures->types[t].value[VHOST_MEM_A_REQUESTS_BUSY];
	}
	CHECK_EQ(all, figures->value[VHOST_MEM_A_STATS_REQUESTS]);
	for (int a = VHOST_MEM_A_STATS_BUSY_FROZEN;
	     a <= VHOST_MEM_A_STATS_BUSY_NO_MEMORY; a++)
		busy -= figures->value[a];
	busy -= figures->value[VHOST_MEM_A_STATS_BUSY_NO_HUGE_PAGES];
	busy -= figures->value[VHOST_MEM_A_STATS_BUSY_UNCONFIRMED];
	CHECK_EQ(busy, 0);
}

TEST(requests_are_counted_exactly)
{
	const struct virtio_mem_req unknown = { .type = htole16(4711) };
	struct figures figures;

	start();
	figures = get(&nl);
	check_sums(&figures);
	CHECK_EQ(figures.value[VHOST_MEM_A_STATS_REQUESTS], 0);

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 8 * HUGE), 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(guest_plug(&guest, i, 1), VIRTIO_MEM_RESP_ACK);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(guest_plug(&guest, 20, 1), VIRTIO_MEM_RESP_NACK);
	/* Not plugged, so malformed. */
	for (int i = 0; i < 3; i++)
		CHECK_EQ(guest_unplug(&guest, 30, 1), VIRTIO_MEM_RESP_ERROR);
	for (int i = 0; i < 2; i++)
		CHECK_EQ(guest_unplug(&guest, i, 1), VIRTIO_MEM_RESP_ACK);
	for (int i = 0; i < 7; i++)
		CHECK_EQ(guest_request(&guest, &unknown, NULL, NULL),
			 VIRTIO_MEM_RESP_ERROR);
	figures = get(&nl);
	check_sums(&figures);
	CHECK_TYPE(figures, PLUG, 8, 5, 0, 0);
	CHECK_TYPE(figures, UNPLUG, 2, 0, 0, 3);
	CHECK_TYPE(figures, OTHER, 0, 0, 0, 7);
	CHECK_EQ(figures.value[VHOST_MEM_A_STATS_REQUESTS], 25);
	CHECK_EQ(figures.value[VHOST_MEM_A_STATS_REQUESTS],
		 genl_value(dev.id, VHOST_MEM_A_REGION_REQUESTS));
}

TEST(reasons_of_busy_are_counted)
{
	struct figures figures;

	start();
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_FROZEN, 1), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_FROZEN, 0), 0);
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	figures = get(&nl);
	check_sums(&figures);
	CHECK_TYPE(figures, PLUG, 1, 0, 1, 0);
	CHECK_EQ(figures.value[VHOST_MEM_A_STATS_BUSY_FROZEN], 1);
}

/* Several changes may be one interrupt, but none is lost. */
TEST(interrupts_are_counted)
{
	uint64_t before;

	start();
	before = get(&nl).value[VHOST_MEM_A_STATS_INTERRUPTS];
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 8 * HUGE), 0);
	CHECK_EQ(guest_wait_fd(guest.config, 10000), 0);
	/* It is counted after it was sent. */
	for (int i = 0; i < 1000 && get(&nl).value[VHOST_MEM_A_STATS_INTERRUPTS] == before; i++)
		usleep(10000);
	CHECK_EQ(get(&nl).value[VHOST_MEM_A_STATS_INTERRUPTS], before + 1);
}

static int unprivileged(void *arg)
{
	struct figures figures;
	struct genl own;

	(void)arg;
	CHECK_EQ(setgid(65534), 0);
	CHECK_EQ(setuid(65534), 0);
	CHECK_EQ(genl_open(&own), 0);
	figures = get(&own);
	CHECK_TYPE(figures, PLUG, 1, 0, 0, 0);
	for (int t = 0; t < TYPES; t++)
		CHECK(!(figures.types[t].attrs & 1ULL << VHOST_MEM_A_REQUESTS_LATENCY));
	CHECK(!figures.types[VHOST_MEM_REQUEST_TYPE_PROPOSAL].attrs);
	return 0;
}

TEST(who_is_no_administrator_sees_counts_only)
{
	start();
	CHECK_EQ(guest_plug(&guest, 0, 1), VIRTIO_MEM_RESP_ACK);
	CHECK(get(&nl).types[VHOST_MEM_REQUEST_TYPE_PLUG].attrs &
	      1ULL << VHOST_MEM_A_REQUESTS_LATENCY);
	CHECK_EQ(in_child(unprivileged, NULL), 0);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

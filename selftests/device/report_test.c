// SPDX-License-Identifier: GPL-2.0
/*
 * Guest reports, and the policies that decide on proposals.
 *
 * tier: quick
 */
#include <endian.h>
#include <unistd.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#include <linux/vhost_mem_report.h>

#define ACK VIRTIO_MEM_RESP_ACK
#define ERROR VIRTIO_MEM_RESP_ERROR
#define GRANTED VHOST_MEM_REPORT_DECISION_GRANTED
#define PARTIAL VHOST_MEM_REPORT_DECISION_PARTIAL
#define DENIED VHOST_MEM_REPORT_DECISION_DENIED
#define PENDING VHOST_MEM_REPORT_DECISION_PENDING
#define ATTR(name) VHOST_MEM_A_REGION_##name
#define EVENT_MS 10000
/* A message with nothing of value in it. */
#define MESSAGE(_type, _code)						\
	((struct vhost_mem_report_req) {					\
		.type = htole16(VHOST_MEM_REQ_##_type),			\
		.code = htole16(_code),					\
	})

static struct device dev;
static struct guest guest;
static struct genl nl;

/* A region of 1 GiB, of which 256 MiB are requested. */
static void start(uint64_t features)
{
	dev = device_new(GiB, 2 * MiB, 0);
	guest_init(&guest, &dev, 64, features);
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 256 * MiB), 0);
	CHECK_EQ(genl_open(&nl), 0);
}

static void start_with_report(void)
{
	start(FEATURE(VHOST_MEM_F_GUEST_REPORT));
}

/* The type of the response; the decision is left in @decision. */
static int say(const struct vhost_mem_report_req *message, int *decision)
{
	struct virtio_mem_resp response = {};
	struct virtio_mem_req request;
	int ret;

	CHECK_EQ(sizeof(request), sizeof(*message));
	memcpy(&request, message, sizeof(request));
	ret = guest_request(&guest, &request, NULL, &response);
	if (decision)
		*decision = le16toh(response.u.state.state);
	return ret;
}

/* The decision on a proposal; or, if the response is not ACK, minus its type. */
static int proposal(uint64_t size, uint16_t reason)
{
	struct vhost_mem_report_req message = MESSAGE(PROPOSAL, reason);
	int ret, decision;

	message.u.proposal.size = htole64(size);
	ret = say(&message, &decision);
	return ret == ACK ? decision : -ret;
}

static uint64_t requested(void)
{
	return device_config(dev.fd).requested_size;
}

static bool is_there(int attr)
{
	struct genl_region region;

	CHECK_EQ(genl_get(&nl, dev.id, &region), 0);
	return region.attrs & 1ULL << attr;
}

static uint64_t value(int attr)
{
	return genl_value(dev.id, attr);
}

static size_t put_u64(char *attrs, size_t length, uint16_t attr, uint64_t number)
{
	return genl_put(attrs, length, attr, &number, sizeof(number));
}

static size_t put_u32(char *attrs, size_t length, uint16_t attr, uint32_t number)
{
	return genl_put(attrs, length, attr, &number, sizeof(number));
}

static int set(const char *attrs, size_t length)
{
	struct genl_region region;

	return genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length, &region);
}

static int set_u64(uint16_t attr, uint64_t number)
{
	return genl_set_u64(&nl, dev.id, attr, number, NULL);
}

static int set_u32(uint16_t attr, uint32_t number)
{
	char attrs[64];
	size_t length = put_u32(attrs, 0, ATTR(ID), dev.id);

	return set(attrs, put_u32(attrs, length, attr, number));
}

static int set_grant(uint64_t max, uint64_t step, uint64_t interval)
{
	char attrs[128];
	size_t length = put_u32(attrs, 0, ATTR(ID), dev.id);

	length = put_u32(attrs, length, ATTR(POLICY), VHOST_MEM_POLICY_AUTO);
	length = put_u64(attrs, length, ATTR(POLICY_MAX), max);
	length = put_u64(attrs, length, ATTR(POLICY_STEP), step);
	length = put_u64(attrs, length, ATTR(POLICY_INTERVAL), interval);
	return set(attrs, length);
}

TEST(without_the_feature_there_is_no_report)
{
	struct vhost_mem_report_req message = MESSAGE(HINTS, 0);

	start(0);
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_AUTO), 0);
	CHECK_EQ(proposal(512 * MiB, 0), -ERROR);
	CHECK_EQ(say(&message, NULL), ERROR);
	CHECK_EQ(requested(), 256 * MiB);
	CHECK(!is_there(ATTR(PROPOSED_SIZE)));
	CHECK(!is_there(ATTR(HINT_PAGE_SIZE)));
}

TEST(at_first_everything_is_denied)
{
	start_with_report();
	CHECK_EQ(value(ATTR(POLICY)), VHOST_MEM_POLICY_DENY);
	CHECK(!is_there(ATTR(PROPOSED_SIZE)));
	CHECK_EQ(proposal(512 * MiB, VHOST_MEM_REPORT_REASON_OOM), DENIED);
	CHECK_EQ(proposal(128 * MiB, VHOST_MEM_REPORT_REASON_IDLE), DENIED);
	CHECK_EQ(requested(), 256 * MiB);
	/* But the proposal is shown. */
	CHECK_EQ(value(ATTR(PROPOSED_SIZE)), 128 * MiB);
	CHECK_EQ(value(ATTR(PROPOSAL_REASON)), VHOST_MEM_REASON_IDLE);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_DENIED);
	CHECK(value(ATTR(PROPOSAL_AGO)) < 600000);
	/* What it has already is no question. */
	CHECK_EQ(proposal(256 * MiB, 0), GRANTED);
}

TEST(malformed_messages_are_errors)
{
	struct vhost_mem_report_req message;

	start_with_report();
	CHECK_EQ(set_grant(GiB, GiB, 100), 0);
	CHECK_EQ(proposal(256 * MiB + 1, 0), -ERROR);
	CHECK_EQ(proposal(GiB + 2 * MiB, 0), -ERROR);
	CHECK_EQ(proposal(UINT64_MAX, 0), -ERROR);
	CHECK_EQ(proposal(512 * MiB, VHOST_MEM_REPORT_REASON_IDLE + 1), -ERROR);
	CHECK_EQ(proposal(512 * MiB, UINT16_MAX), -ERROR);

	message = MESSAGE(PROPOSAL, 0);
	message.reserved[0] = 1;
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(PROPOSAL, 0);
	message.reserved[1] = htole16(0x8000);
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(PROPOSAL, 0);
	message.u.proposal.reserved = htole64(1ULL << 63);
	CHECK_EQ(say(&message, NULL), ERROR);

	message = MESSAGE(STATUS, VHOST_MEM_REPORT_STATUS_OTHER + 1);
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(STATUS, 0);
	message.u.state.reclaimable = htole64(GiB + 1);
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(STATUS, 0);
	message.u.state.reserved = htole64(1);
	CHECK_EQ(say(&message, NULL), ERROR);

	message = MESSAGE(HINTS, 1);
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(HINTS, 0);
	message.u.hints.align_shift = htole16(64);
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(HINTS, 0);
	message.u.hints.page_shift = htole16(UINT16_MAX);
	CHECK_EQ(say(&message, NULL), ERROR);
	message = MESSAGE(HINTS, 0);
	message.u.hints.reserved = htole16(1);
	CHECK_EQ(say(&message, NULL), ERROR);

	message = MESSAGE(HINTS, 0);
	message.type = htole16(VHOST_MEM_REQ_HINTS + 1);
	CHECK_EQ(say(&message, NULL), ERROR);

	CHECK_EQ(requested(), 256 * MiB);
	CHECK(!is_there(ATTR(PROPOSED_SIZE)));
	CHECK(!is_there(ATTR(GUEST_STATUS)));
	CHECK(!is_there(ATTR(HINT_PAGE_SIZE)));
	/* The queue still works. */
	CHECK_EQ(guest_plug(&guest, 0, 1), ACK);
}

TEST(status_and_hints_are_shown)
{
	struct vhost_mem_report_req message = MESSAGE(STATUS,
						     VHOST_MEM_REPORT_STATUS_UNMOVABLE);

	start_with_report();
	CHECK(!is_there(ATTR(GUEST_RECLAIMABLE)));
	message.u.state.reclaimable = htole64(12345);
	CHECK_EQ(say(&message, NULL), ACK);
	CHECK_EQ(value(ATTR(GUEST_STATUS)), VHOST_MEM_GUEST_STATUS_UNMOVABLE);
	CHECK_EQ(value(ATTR(GUEST_RECLAIMABLE)), 12345);

	message = MESSAGE(HINTS, 0);
	message.u.hints.addr_limit = htole64(UINT64_MAX);
	message.u.hints.page_shift = htole16(12);
	message.u.hints.block_shift = htole16(27);
	message.u.hints.align_shift = htole16(63);
	CHECK_EQ(say(&message, NULL), ACK);
	CHECK_EQ(value(ATTR(HINT_ADDR_LIMIT)), UINT64_MAX);
	CHECK_EQ(value(ATTR(HINT_PAGE_SIZE)), 4096);
	CHECK_EQ(value(ATTR(HINT_BLOCK_SIZE)), 128 * MiB);
	CHECK_EQ(value(ATTR(HINT_ALIGN)), 1ULL << 63);
}

TEST(manual_waits_for_the_administrator)
{
	start_with_report();
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_MANUAL), 0);
	CHECK_EQ(proposal(512 * MiB, VHOST_MEM_REPORT_REASON_PRESSURE), PENDING);
	CHECK_EQ(requested(), 256 * MiB);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_PENDING);

	/* Granted: the config call wakes a waiting guest. */
	uint64_t generation = device_generation(dev.fd);

	CHECK_EQ(set_u64(ATTR(REQUESTED_SIZE), 512 * MiB), 0);
	guest_wait_config_change(&guest, &generation);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_GRANTED);

	/* Granted in part, and downwards. */
	CHECK_EQ(proposal(GiB, 0), PENDING);
	CHECK_EQ(set_u64(ATTR(REQUESTED_SIZE), 768 * MiB), 0);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_PARTIAL);
	CHECK_EQ(proposal(0, VHOST_MEM_REPORT_REASON_IDLE), PENDING);
	CHECK_EQ(set_u64(ATTR(REQUESTED_SIZE), GiB), 0);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_PENDING);
	CHECK_EQ(set_u64(ATTR(REQUESTED_SIZE), 64 * MiB), 0);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_PARTIAL);

	/* A proposal can be denied once. */
	CHECK_EQ(proposal(512 * MiB, 0), PENDING);
	CHECK_EQ(set_u32(ATTR(PROPOSAL_DECISION), VHOST_MEM_DECISION_DENIED), 0);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_DENIED);
	CHECK_EQ(requested(), 64 * MiB);
	CHECK_EQ(set_u32(ATTR(PROPOSAL_DECISION), VHOST_MEM_DECISION_DENIED), -ENOENT);
	CHECK(strstr(nl.text, "no proposal"));
	/* Policy deny denies a later one. */
	CHECK_EQ(proposal(512 * MiB, 0), PENDING);
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_DENY), 0);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_DENIED);
}

TEST(auto_keeps_to_max_step_and_limit)
{
	start_with_report();
	CHECK_EQ(set_grant(768 * MiB, 128 * MiB, 100), 0);
	CHECK_EQ(proposal(GiB, 0), PARTIAL);
	CHECK_EQ(requested(), 384 * MiB);
	usleep(100000);
	CHECK_EQ(proposal(400 * MiB, 0), GRANTED);
	CHECK_EQ(requested(), 400 * MiB);
	/* Downwards at once, by any amount. */
	usleep(100000);
	CHECK_EQ(proposal(0, VHOST_MEM_REPORT_REASON_IDLE), GRANTED);
	CHECK_EQ(requested(), 0);
	/* Not above policy-max, nor the limit. */
	CHECK_EQ(set_grant(768 * MiB, GiB, 100), 0);
	usleep(100000);
	CHECK_EQ(proposal(GiB, 0), PARTIAL);
	CHECK_EQ(requested(), 768 * MiB);
	usleep(100000);
	CHECK_EQ(proposal(GiB, 0), DENIED);
	CHECK_EQ(set_u64(ATTR(LIMIT), 512 * MiB), 0);
	CHECK_EQ(requested(), 512 * MiB);
	usleep(100000);
	CHECK_EQ(proposal(GiB, 0), DENIED);
	CHECK_EQ(requested(), 512 * MiB);
	/* Downwards policy-max does not matter. */
	CHECK_EQ(set_grant(64 * MiB, GiB, 100), 0);
	CHECK_EQ(proposal(256 * MiB, 0), GRANTED);
	CHECK_EQ(requested(), 256 * MiB);
}

TEST(auto_keeps_to_the_interval)
{
	start_with_report();
	/* A day, so that it does not end on a slow machine. */
	CHECK_EQ(set_grant(GiB, 128 * MiB, 86400000), 0);
	CHECK_EQ(proposal(GiB, 0), PARTIAL);
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(proposal(i % 2 ? GiB : 0, i % 5), PENDING);
	CHECK_EQ(requested(), 384 * MiB);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_PENDING);
	/* The interval does not hold for the administrator. */
	CHECK_EQ(set_u64(ATTR(REQUESTED_SIZE), 512 * MiB), 0);
	CHECK_EQ(value(ATTR(PROPOSAL_DECISION)), VHOST_MEM_DECISION_PARTIAL);
	/* Proposing the present requested size changes nothing. */
	CHECK_EQ(proposal(512 * MiB, 0), GRANTED);
}

/* Number of proposal events that come before that of a resize that is made now. */
static unsigned int count_proposals(void)
{
	struct genl_region region;
	unsigned int nr = 0;

	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, 2 * MiB), 0);
	do {
		CHECK_EQ(genl_event(&nl, EVENT_MS, &region), 0);
		nr += region.cmd == VHOST_MEM_CMD_REGION_PROPOSAL_NTF;
	} while (region.cmd != VHOST_MEM_CMD_REGION_RESIZED_NTF ||
		 region.value[ATTR(REQUESTED_SIZE)] != 2 * MiB);
	return nr;
}

TEST(a_flood_is_few_events)
{
	uint64_t ms;

	start_with_report();
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_MANUAL), 0);
	/* Nothing is read during the flood, which takes minutes on a slow machine. */
	CHECK_EQ(genl_listen_roomy(&nl), 0);
	ms = ktap_now_ms();
	for (int i = 0; i < 3000; i++)
		CHECK_EQ(proposal(i % 2 ? 512 * MiB : 768 * MiB, 0), PENDING);
	ms = ktap_now_ms() - ms;
	/* One for the policy, and one in each 50 ms. */
	CHECK(count_proposals() <= 2 + ms / 50);

	/* None under policy deny. */
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_DENY), 0);
	usleep(300000);
	CHECK(count_proposals() <= 2);
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(proposal(512 * MiB, 0), DENIED);
	usleep(300000);
	CHECK_EQ(count_proposals(), 0);
}

TEST(an_event_tells_of_a_proposal)
{
	struct genl_region region;

	start_with_report();
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_MANUAL), 0);
	CHECK_EQ(genl_listen(&nl), 0);
	CHECK_EQ(proposal(512 * MiB, VHOST_MEM_REPORT_REASON_OOM), PENDING);
	do {
		CHECK_EQ(genl_event(&nl, EVENT_MS, &region), 0);
	} while (region.cmd != VHOST_MEM_CMD_REGION_PROPOSAL_NTF ||
		 !region.value[ATTR(PROPOSED_SIZE)]);
	CHECK_EQ(region.value[ATTR(PROPOSED_SIZE)], 512 * MiB);
	CHECK_EQ(region.value[ATTR(PROPOSAL_REASON)], VHOST_MEM_REASON_OOM);
	CHECK_EQ(region.value[ATTR(PROPOSAL_DECISION)], VHOST_MEM_DECISION_PENDING);
	CHECK_EQ(region.value[ATTR(POLICY)], VHOST_MEM_POLICY_MANUAL);
}

TEST(a_system_reset_forgets_the_guest_but_not_the_policy)
{
	struct vhost_mem_report_req message = MESSAGE(HINTS, 0);

	start_with_report();
	CHECK_EQ(set_u32(ATTR(POLICY), VHOST_MEM_POLICY_MANUAL), 0);
	CHECK_EQ(say(&message, NULL), ACK);
	message = MESSAGE(STATUS, 0);
	CHECK_EQ(say(&message, NULL), ACK);
	CHECK_EQ(proposal(512 * MiB, 0), PENDING);
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK(!is_there(ATTR(PROPOSED_SIZE)));
	CHECK(!is_there(ATTR(GUEST_STATUS)));
	CHECK(!is_there(ATTR(HINT_ALIGN)));
	CHECK_EQ(value(ATTR(POLICY)), VHOST_MEM_POLICY_MANUAL);
	CHECK_EQ(set_u32(ATTR(PROPOSAL_DECISION), VHOST_MEM_DECISION_DENIED), -ENOENT);
}

/* A refused change changes nothing. */
static void check_refused(int ret, int expected)
{
	CHECK_EQ(ret, expected);
	CHECK(nl.text[0]);
	CHECK_EQ(value(ATTR(POLICY)), VHOST_MEM_POLICY_DENY);
	CHECK_EQ(value(ATTR(POLICY_MAX)), GiB);
	CHECK_EQ(value(ATTR(POLICY_STEP)), GiB);
	CHECK_EQ(value(ATTR(POLICY_INTERVAL)), 1000);
	CHECK_EQ(value(ATTR(LIMIT)), GiB);
	CHECK_EQ(requested(), 256 * MiB);
}

TEST(bad_policies_are_refused_whole)
{
	char attrs[128];
	size_t length;

	start_with_report();
	check_refused(set_u32(ATTR(POLICY), 3), -ERANGE);
	check_refused(set_u32(ATTR(PROPOSAL_DECISION), VHOST_MEM_DECISION_GRANTED),
		      -ERANGE);
	check_refused(set_u64(ATTR(POLICY_MAX), GiB + 2 * MiB), -ERANGE);
	check_refused(set_u64(ATTR(POLICY_MAX), 1), -EINVAL);
	check_refused(set_u64(ATTR(POLICY_STEP), 0), -EINVAL);
	check_refused(set_u64(ATTR(POLICY_STEP), 3 * MiB), -EINVAL);
	check_refused(set_u64(ATTR(POLICY_INTERVAL), 99), -ERANGE);
	check_refused(set_u64(ATTR(POLICY_INTERVAL), 86400001), -ERANGE);
	check_refused(set_grant(GiB, 3 * MiB, 100), -EINVAL);
	check_refused(set_grant(512 * MiB, 2 * MiB, 0), -ERANGE);

	length = put_u32(attrs, 0, ATTR(ID), dev.id);
	check_refused(set(attrs, length), -EINVAL);
	length = put_u64(attrs, length, ATTR(LIMIT), 512 * MiB);
	length = put_u32(attrs, length, ATTR(POLICY), VHOST_MEM_POLICY_MANUAL);
	length = put_u64(attrs, length, ATTR(REQUESTED_SIZE), GiB);
	check_refused(set(attrs, length), -EDQUOT);
	length = put_u32(attrs, 0, ATTR(ID), dev.id);
	length = put_u64(attrs, length, ATTR(LIMIT), 512 * MiB);
	length = put_u32(attrs, length, ATTR(PROPOSAL_DECISION),
			 VHOST_MEM_DECISION_DENIED);
	check_refused(set(attrs, length), -ENOENT);
	/* Setting one part of a policy keeps the others. */
	CHECK_EQ(set_u64(ATTR(POLICY_MAX), 512 * MiB), 0);
	CHECK_EQ(set_u64(ATTR(POLICY_INTERVAL), 86400000), 0);
	CHECK_EQ(value(ATTR(POLICY_MAX)), 512 * MiB);
	CHECK_EQ(value(ATTR(POLICY_INTERVAL)), 86400000);
	CHECK_EQ(value(ATTR(POLICY)), VHOST_MEM_POLICY_DENY);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

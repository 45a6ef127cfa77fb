// SPDX-License-Identifier: GPL-2.0
/*
 * How long it takes until a guest that is short of memory has some: it proposes 128 MiB
 * more, the kernel's policy grants that, and it plugs them. No memory is touched.
 *
 * Usage: propose WHAT ROUNDS. Prints lines "WHAT NANOSECONDS" for each round, from the
 * proposal to its answer, and "plugged-WHAT NANOSECONDS", to that of the PLUG; and a line
 * "not-granted-WHAT NUMBER" at the end, of the proposals that were not granted and made
 * again, as when the policy had just granted something: a guest waits then.
 */
#include <endian.h>

#include "device.h"
#include "genl.h"
#include "vring.h"

#include <linux/vhost_mem_report.h>

#define SIZE	(64 * GiB)
#define STEP	(128 * MiB)
/* A policy grants once in so many milliseconds. */
#define INTERVAL_MS	100

static struct device dev;
static struct guest guest;
static uint64_t plugged;
static unsigned int not_granted;

/* Returns the decision, or what is written where none is. */
static int report(const struct vhost_mem_report_req *message)
{
	struct virtio_mem_resp response = {};
	struct virtio_mem_req request;

	CHECK_EQ(sizeof(request), sizeof(*message));
	memcpy(&request, message, sizeof(request));
	CHECK_EQ(guest_request(&guest, &request, NULL, &response), VIRTIO_MEM_RESP_ACK);
	return le16toh(response.u.state.state);
}

static void plug_up_to(uint64_t size)
{
	CHECK_EQ(guest_plug(&guest, plugged / HUGE, (size - plugged) / HUGE),
		 VIRTIO_MEM_RESP_ACK);
	plugged = size;
}

/* As a guest that has little, and needs all of it. */
static void become_small(void)
{
	/* "vmemctl auto" manages who reports. */
	const struct vhost_mem_report_req full = {
		.type = htole16(VHOST_MEM_REQ_STATUS),
		.code = htole16(VHOST_MEM_REPORT_STATUS_NONE),
	};

	CHECK_EQ(guest_unplug_all(&guest), VIRTIO_MEM_RESP_ACK);
	plugged = 0;
	CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, GiB), 0);
	plug_up_to(GiB);
	report(&full);
}

static void start(void)
{
	uint32_t policy = VHOST_MEM_POLICY_AUTO;
	uint64_t interval = INTERVAL_MS;
	struct genl nl;
	char attrs[128];
	size_t length;

	dev = device_new(SIZE, HUGE, 0);
	guest_init(&guest, &dev, 64, FEATURE(VHOST_MEM_F_GUEST_REPORT));
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	CHECK_EQ(genl_open(&nl), 0);
	length = genl_put(attrs, 0, VHOST_MEM_A_REGION_ID, &dev.id, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_POLICY, &policy, 4);
	length = genl_put(attrs, length, VHOST_MEM_A_REGION_POLICY_INTERVAL, &interval, 8);
	CHECK_EQ(genl_request(&nl, VHOST_MEM_CMD_REGION_SET, attrs, length, NULL), 0);
	become_small();
	usleep(500000);
}

static void one_round(const char *what)
{
	struct vhost_mem_report_req message = {
		.type = htole16(VHOST_MEM_REQ_PROPOSAL),
		.code = htole16(VHOST_MEM_REPORT_REASON_PRESSURE),
	};
	uint64_t wanted, requested;
	int64_t begin, answered;
	int decision;

	for (;;) {
		/*
		 * "vmemctl auto" may have requested more than was proposed, and then that is
		 * plugged first. Plug a block in any case: the caches are as warm without it.
		 */
		requested = device_config(dev.fd).requested_size;
		if (requested <= plugged && plugged < SIZE) {
			requested = plugged + HUGE;
			CHECK_EQ(device_set(dev.fd, VHOST_MEM_SET_REQUESTED_SIZE, requested), 0);
		}
		if (requested > plugged)
			plug_up_to(requested);
		wanted = plugged + STEP;
		if (wanted > SIZE) {
			become_small();
			continue;
		}
		message.u.proposal.size = htole64(wanted);
		begin = ktap_now_ns();
		decision = report(&message);
		answered = ktap_now_ns();
		if (decision == VHOST_MEM_REPORT_DECISION_GRANTED)
			break;
		CHECK(++not_granted < 1000);
		usleep(INTERVAL_MS * 1000 / 2);
	}
	plug_up_to(wanted);
	printf("%s %lld\nplugged-%s %lld\n", what, (long long)(answered - begin), what,
	       (long long)(ktap_now_ns() - begin));
}

int main(int argc, char **argv)
{
	int rounds = argc == 3 ? atoi(argv[2]) : 0;

	if (rounds <= 0) {
		fprintf(stderr, "Usage: propose WHAT ROUNDS\n");
		return 2;
	}
	start();
	while (rounds--) {
		one_round(argv[1]);
		usleep(INTERVAL_MS * 1500);
	}
	printf("not-granted-%s %u\n", argv[1], not_granted);
	guest_free(&guest);
	device_close(&dev);
	CHECK(genl_gone_before(dev.id, time(NULL) + 60));
	return 0;
}

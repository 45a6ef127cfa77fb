// SPDX-License-Identifier: GPL-2.0
/*
 * How long it takes until memory that one guest gives back is another one's, in a pool
 * that is too small for both: the second one was refused, is told that there is room, and
 * asks again.
 *
 * Usage: pass_on ROUNDS. Prints lines "WHAT NANOSECONDS" for each round: from the request
 * of the first guest until the second one was told, and until its request was answered.
 */
#include "device.h"
#include "genl.h"
#include "pools.h"
#include "vring.h"

#define POOL		"bench"
#define NR_BLOCKS	8
#define NR		2

static struct device dev[2];
static struct guest guest[2];
static struct genl nl;

static void start(void)
{
	CHECK_EQ(genl_open(&nl), 0);
	CHECK_EQ(pools_set(&nl, POOL, NR_BLOCKS * HUGE), 0);
	for (int i = 0; i < 2; i++) {
		dev[i] = device_new(NR_BLOCKS * HUGE, HUGE, 0);
		CHECK_EQ(device_set(dev[i].fd, VHOST_MEM_SET_REQUESTED_SIZE,
				    NR_BLOCKS * HUGE), 0);
		CHECK_EQ(pools_move(&nl, dev[i].id, POOL), 0);
		guest_init(&guest[i], &dev[i], 64, 0);
		guest_setup(&guest[i]);
		CHECK_EQ(guest_start(&guest[i]), 0);
	}
	CHECK_EQ(guest_plug(&guest[0], 0, NR_BLOCKS), VIRTIO_MEM_RESP_ACK);
}

static void one_round(void)
{
	int64_t begin, told;

	/* There is something to free. */
	for (int i = 0; i < NR; i++)
		CHECK_WRITES(dev[0].mem + i * HUGE, 1);
	CHECK_EQ(guest_plug(&guest[1], 0, NR), VIRTIO_MEM_RESP_BUSY);
	while (!guest_wait_fd(guest[1].config, 20))
		;
	begin = ktap_now_ns();
	CHECK_EQ(guest_unplug(&guest[0], 0, NR), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_wait_fd(guest[1].config, 60000), 0);
	told = ktap_now_ns();
	CHECK_EQ(guest_plug(&guest[1], 0, NR), VIRTIO_MEM_RESP_ACK);
	printf("told %lld\nanswered %lld\n", (long long)(told - begin),
	       (long long)(ktap_now_ns() - begin));
	CHECK_EQ(guest_unplug(&guest[1], 0, NR), VIRTIO_MEM_RESP_ACK);
	CHECK_EQ(guest_plug(&guest[0], 0, NR), VIRTIO_MEM_RESP_ACK);
}

int main(int argc, char **argv)
{
	int rounds = argc == 2 ? atoi(argv[1]) : 0;

	if (rounds <= 0) {
		fprintf(stderr, "Usage: pass_on ROUNDS\n");
		return 2;
	}
	start();
	while (rounds--)
		one_round();
	for (int i = 0; i < 2; i++) {
		guest_free(&guest[i]);
		device_close(&dev[i]);
		CHECK(genl_gone_before(dev[i].id, time(NULL) + 60));
	}
	CHECK_EQ(pools_delete(&nl, POOL), 0);
	return 0;
}

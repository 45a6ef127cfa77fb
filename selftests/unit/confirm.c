// SPDX-License-Identifier: GPL-2.0
/* Unit tests of changes that the VMM has to confirm. */

#include <linux/virtio_mem.h>

#include "ktap.h"
#include "region.h"

#define M (1024 * 1024ULL)
#define BLOCK (2 * M)
#define NR_BLOCKS 100
#define ADDR (4096 * M)

static struct unit_region unit;

static u64 random_number(void)
{
	static u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 11;
}

/* After each request the region is as the specification and the result have it. */
TEST(random_results_of_random_requests)
{
	unsigned int acknowledged = 0;

	unit_region_init(&unit, NR_BLOCKS, BLOCK, ADDR);
	CHECK_EQ(vhost_mem_change_requested(&unit.region, 0), 0);
	unit_resize(&unit, 80 * BLOCK);
	for (unsigned int i = 0; i < 20000; i++) {
		u64 first = random_number() % NR_BLOCKS;
		u16 nr = 1 + random_number() % 8, type = random_number() % 3;

		if (random_number() % 4 == 0)
			unit_confirm(&unit, random_number() % 4,
				     random_number() % UNIT_ANSWERS);
		if (random_number() % 16 == 0)
			unit_pinned = random_number() % 2;
		if (random_number() % 8 == 0)
			unit_retry_limbo(&unit);
		if (type == VIRTIO_MEM_REQ_UNPLUG_ALL && i % 32)
			type = VIRTIO_MEM_REQ_PLUG;
		acknowledged += unit_request(&unit, type, ADDR + first * BLOCK,
					     nr) == VIRTIO_MEM_RESP_ACK;
		unit_compare(&unit);
	}
	unit_pinned = false;
	CHECK(acknowledged > 1000);
	unit_region_free(&unit);
}

static void begin_plug(struct vhost_mem_pending *pending)
{
	struct vhost_mem_request request = {
		.type = VIRTIO_MEM_REQ_PLUG, .addr = ADDR, .nb_blocks = 4,
	};
	struct vhost_mem_response response;

	unit_region_init(&unit, NR_BLOCKS, BLOCK, ADDR);
	unit_resize(&unit, 8 * BLOCK);
	unit_confirm(&unit, true, UNIT_DONE);
	vhost_mem_request_serve(&unit.region, &request, &response);
	CHECK_EQ(response.error, -EINPROGRESS);
	CHECK_EQ(unit.asks.signals, 1);
	CHECK_EQ(vhost_mem_confirm_fetch(&unit.region, pending), 0);
}

static void check_answer(int error)
{
	struct vhost_mem_response response;
	struct vhost_mem_request request;
	ktime_t begin;

	CHECK(vhost_mem_confirm_take(&unit.region, &request, &response, &begin));
	CHECK_EQ(response.error, error);
	unit_compare(&unit);
	unit_region_free(&unit);
}

/* What is done has to be answered before the queue stops; what is not is put back. */
TEST(only_what_is_done_is_waited_for)
{
	struct vhost_mem_pending pending;

	begin_plug(&pending);
	CHECK(!vhost_mem_confirm_is_done(&unit.region));
	vhost_mem_confirm_set(&unit.region, NULL, 0);
	CHECK(!vhost_mem_confirm_is_done(&unit.region));
	check_answer(-ECANCELED);

	begin_plug(&pending);
	CHECK_EQ(vhost_mem_confirm_apply(&unit.region, pending.seq,
					 VHOST_MEM_CONFIRM_DONE), 0);
	CHECK(vhost_mem_confirm_is_done(&unit.region));
	memset(unit.model.plugged, 1, 4);
	check_answer(0);
}

/* A time-out that comes late is not that of the next change. */
TEST(time_is_up_for_what_nobody_has_fetched)
{
	struct vhost_mem_pending pending;

	begin_plug(&pending);
	shim_jiffies += 2000;
	vhost_mem_confirm_expire(&unit.region);
	CHECK_EQ(vhost_mem_confirm_apply(&unit.region, pending.seq,
					 VHOST_MEM_CONFIRM_FAILED), 0);
	check_answer(-EREMOTEIO);

	begin_plug(&pending);
	unit.region.asked.state = VHOST_MEM_ASKED_WAITING;
	shim_jiffies += 999;
	vhost_mem_confirm_expire(&unit.region);
	CHECK(vhost_mem_asked_is_open(&unit.region));
	shim_jiffies += 1;
	vhost_mem_confirm_expire(&unit.region);
	CHECK(!vhost_mem_asked_is_open(&unit.region));
	check_answer(-EREMOTEIO);
}

/* Nobody can plug what is asked, and nothing else can be done with its charge. */
TEST(what_is_asked_is_charged)
{
	struct vhost_mem_pending pending;

	begin_plug(&pending);
	CHECK_EQ(unit.region.share.used, 4 * BLOCK);
	CHECK_EQ(unit.region.sizes.plugged, 0);
	CHECK_EQ(unit_range(&unit, true, ADDR + 8 * BLOCK, BLOCK), 0);
	CHECK_EQ(unit.region.share.used, 5 * BLOCK);
	vhost_mem_migrate_freeze(&unit.region, true);
	CHECK_EQ(unit.region.share.used, BLOCK);
	check_answer(-ECANCELED);
}

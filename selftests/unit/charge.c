// SPDX-License-Identifier: GPL-2.0
/* Unit tests of what regions are charged: blocks, requests and changes with pools. */

#include <linux/virtio_mem.h>

#include "ktap.h"
#include "region.h"

#define M (1024 * 1024ULL)
#define G (1024 * M)
#define BLOCK (2 * M)
#define NR_BLOCKS 32
#define ADDR (4 * G)

static struct unit_region unit, other;

static u64 charged(void)
{
	struct vhost_mem_pool_info info;

	vhost_mem_pool_look(&vhost_mem_pool_default, &info);
	CHECK(info.charged + info.earmarked <= info.size || info.over);
	return info.charged / BLOCK;
}

static void run(struct unit_region *which, bool running)
{
	vhost_mem_config_set_state(&which->region,
				   running ? VHOST_MEM_STATE_RUNNING :
					     VHOST_MEM_STATE_STOPPED);
}

/* One region, and a pool with so many blocks. */
static void start(u64 blocks)
{
	unit_region_init(&unit, NR_BLOCKS, BLOCK, ADDR);
	CHECK_EQ(vhost_mem_change_requested(&unit.region, NR_BLOCKS * BLOCK), 0);
	run(&unit, true);
	CHECK_EQ(vhost_mem_pool_resize(&vhost_mem_pool_default, blocks * BLOCK), 0);
}

/* Another one in the same pool. */
static void start_other(void)
{
	struct vhost_mem_pool_info info;
	struct unit_region new;

	vhost_mem_pool_look(&vhost_mem_pool_default, &info);
	unit_region_init(&new, NR_BLOCKS, BLOCK, ADDR);
	/* unit_region_init() makes a new pool, too. */
	unit_region_free(&unit);
	memset(&other, 0, sizeof(other));
	other.region = new.region;
	other.region.config_call.ctx = &other.call;
	start(info.size / BLOCK);
	vhost_mem_pool_join(&other.region, &vhost_mem_pool_default);
	CHECK_EQ(vhost_mem_change_requested(&other.region, NR_BLOCKS * BLOCK), 0);
	run(&other, true);
}

static int request(struct unit_region *which, u16 type, u64 first, u16 nr)
{
	struct vhost_mem_request request = {
		.type = type, .addr = ADDR + first * BLOCK, .nb_blocks = nr,
	};
	struct vhost_mem_response response;

	vhost_mem_request_serve(&which->region, &request, &response);
	return response.type;
}

#define PLUG(which, first, nr) request(which, VIRTIO_MEM_REQ_PLUG, first, nr)
#define UNPLUG(which, first, nr) request(which, VIRTIO_MEM_REQ_UNPLUG, first, nr)

static enum vhost_mem_progress progress(struct unit_region *which)
{
	struct vhost_mem_progress_info info;

	spin_lock(&which->region.config_lock);
	vhost_mem_progress_get_locked(&which->region, &info);
	spin_unlock(&which->region.config_lock);
	return info.progress;
}

TEST(a_full_pool_is_busy)
{
	start(4);
	EXPECT_EQ("what fits", PLUG(&unit, 0, 4), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("charged", charged(), 4);
	EXPECT_EQ("what does not", PLUG(&unit, 4, 1), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("charged", charged(), 4);
	/* It cannot ever: others are promised nothing, but the pool has four blocks. */
	EXPECT_EQ("progress", progress(&unit), VHOST_MEM_PROGRESS_POOL_TOO_SMALL);
	EXPECT_EQ("retry", unit.region.works.retry.scheduled, 0);
	EXPECT_EQ("wake", unit.region.share.wake.scheduled, 0);
	CHECK_EQ(vhost_mem_pool_resize(&vhost_mem_pool_default, 5 * BLOCK), 0);
	EXPECT_EQ("wake", unit.region.share.wake.scheduled, 1);
	EXPECT_EQ("progress", progress(&unit), VHOST_MEM_PROGRESS_POOL_FULL);
	EXPECT_EQ("now it fits", PLUG(&unit, 4, 1), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("charged", charged(), 5);
	EXPECT_EQ("unplug", UNPLUG(&unit, 1, 2), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("charged", charged(), 3);
	EXPECT_EQ("unplug all", request(&unit, VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0),
		  VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("charged", charged(), 0);
	unit_region_free(&unit);
}

TEST(the_owner_is_refused_and_does_not_wait)
{
	unsigned long map[MODEL_BLOCKS_MAX / 64] = { 0x3f };

	start(4);
	run(&unit, false);
	EXPECT_EQ("plug", vhost_mem_blocks_plug(&unit.region, ADDR, 5 * BLOCK), -ENOBUFS);
	EXPECT_EQ("ticket", unit.region.share.ticket, VHOST_MEM_TICKET_NONE);
	/* Six blocks in a map: nothing of it. */
	EXPECT_EQ("map", vhost_mem_migrate_set_map(&unit.region, 0, NR_BLOCKS, map), -ENOBUFS);
	EXPECT_EQ("charged", charged(), 0);
	/* Three runs, of which the last one does not fit. */
	map[0] = 0x1000303;
	EXPECT_EQ("runs", vhost_mem_migrate_set_map(&unit.region, 0, NR_BLOCKS, map), -ENOBUFS);
	EXPECT_EQ("charged", charged(), 0);
	EXPECT_EQ("plugged", unit.region.sizes.plugged, 0);
	map[0] = 0x303;
	EXPECT_EQ("what fits", vhost_mem_migrate_set_map(&unit.region, 0, NR_BLOCKS, map), 0);
	EXPECT_EQ("charged", charged(), 4);
	unit_region_free(&unit);
}

TEST(what_comes_to_nothing_is_not_charged)
{
	start(4);
	unit.region.traits.flags = VHOST_MEM_CREATE_PREALLOC;
	unit_no_memory = true;
	EXPECT_EQ("no memory", PLUG(&unit, 0, 2), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("charged", charged(), 0);
	EXPECT_EQ("progress", progress(&unit), VHOST_MEM_PROGRESS_NO_MEMORY);
	unit_no_memory = false;
	EXPECT_EQ("plug", PLUG(&unit, 0, 4), VIRTIO_MEM_RESP_ACK);
	unit_pinned = true;
	EXPECT_EQ("pinned", UNPLUG(&unit, 0, 2), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("charged", charged(), 4);
	unit_pinned = false;
	unit_region_free(&unit);
}

TEST(what_was_referenced_too_late_is_in_limbo)
{
	start(4);
	unit.region.traits.flags = VHOST_MEM_CREATE_PREALLOC;
	unit_no_memory = true;
	unit_reached = true;
	EXPECT_EQ("no memory", PLUG(&unit, 0, 2), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("limbo", unit.region.sizes.limbo, BLOCK);
	EXPECT_EQ("charged", charged(), 1);
	EXPECT_EQ("look again", unit.region.works.limbo.scheduled, 1);
	unit_no_memory = false;
	EXPECT_EQ("in limbo", PLUG(&unit, 0, 1), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("too much beside it", PLUG(&unit, 1, 4), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("others", PLUG(&unit, 1, 3), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("unplug", UNPLUG(&unit, 1, 2), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("plugged", unit.region.sizes.plugged, BLOCK);
	EXPECT_EQ("limbo", unit.region.sizes.limbo, 2 * BLOCK);
	EXPECT_EQ("charged", charged(), 3);
	unit_reached = false;
	EXPECT_EQ("limbo", vhost_mem_blocks_retry_limbo(&unit.region), false);
	EXPECT_EQ("charged", charged(), 1);
	EXPECT_EQ("again", PLUG(&unit, 0, 3), VIRTIO_MEM_RESP_ACK);
	unit_region_free(&unit);
}

TEST(limbo_stays_charged_and_goes_to_who_waits)
{
	start(4);
	start_other();
	EXPECT_EQ("plug", PLUG(&unit, 0, 4), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("other", PLUG(&other, 0, 3), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("progress", progress(&other), VHOST_MEM_PROGRESS_POOL_FULL);
	unit_pinned = true;
	vhost_mem_config_close(&unit.region);
	vhost_mem_blocks_close(&unit.region);
	EXPECT_EQ("limbo", unit.region.sizes.limbo, 4 * BLOCK);
	EXPECT_EQ("charged", charged(), 4);
	EXPECT_EQ("wake", other.region.share.wake.scheduled, 0);
	unit_pinned = false;
	EXPECT_EQ("limbo", vhost_mem_blocks_retry_limbo(&unit.region), false);
	EXPECT_EQ("wake", other.region.share.wake.scheduled, 1);
	EXPECT_EQ("charged", charged(), 0);
	vhost_mem_pool_leave(&unit.region);
	EXPECT_EQ("other", PLUG(&other, 0, 3), VIRTIO_MEM_RESP_ACK);
	unit_region_free(&unit);
	unit_region_free(&other);
}

TEST(a_reset_keeps_the_charge)
{
	start(4);
	start_other();
	EXPECT_EQ("plug", PLUG(&unit, 0, 4), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("other", PLUG(&other, 0, 1), VIRTIO_MEM_RESP_BUSY);
	run(&unit, false);
	CHECK_EQ(vhost_mem_blocks_unplug_all(&unit.region, true), 0);
	vhost_mem_change_system_reset(&unit.region);
	EXPECT_EQ("plugged", unit.region.sizes.plugged, 0);
	EXPECT_EQ("charged", charged(), 4);
	EXPECT_EQ("other", PLUG(&other, 0, 1), VIRTIO_MEM_RESP_BUSY);
	run(&unit, true);
	EXPECT_EQ("again", PLUG(&unit, 0, 3), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("charged", charged(), 4);
	/* Less is requested, so less is held; the other one may have that. */
	CHECK_EQ(vhost_mem_change_requested(&unit.region, 3 * BLOCK), 0);
	EXPECT_EQ("charged", charged(), 3);
	EXPECT_EQ("other", PLUG(&other, 0, 1), VIRTIO_MEM_RESP_ACK);
	unit_region_free(&unit);
	unit_region_free(&other);
}

TEST(what_ends_a_wait)
{
	struct vhost_mem_share *share;

	start(4);
	start_other();
	share = &other.region.share;
	EXPECT_EQ("plug", PLUG(&unit, 0, 4), VIRTIO_MEM_RESP_ACK);

	EXPECT_EQ("wait", PLUG(&other, 0, 2), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("ticket", share->ticket, VHOST_MEM_TICKET_WAITING);
	run(&other, false);
	EXPECT_EQ("stopped", share->ticket, VHOST_MEM_TICKET_NONE);
	EXPECT_EQ("retry", other.region.works.retry.scheduled, 1);
	run(&other, true);

	EXPECT_EQ("wait", PLUG(&other, 0, 2), VIRTIO_MEM_RESP_BUSY);
	vhost_mem_migrate_freeze(&other.region, true);
	EXPECT_EQ("frozen", share->ticket, VHOST_MEM_TICKET_NONE);
	EXPECT_EQ("busy", PLUG(&other, 0, 2), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("frozen", share->ticket, VHOST_MEM_TICKET_NONE);
	vhost_mem_migrate_freeze(&other.region, false);

	EXPECT_EQ("wait", PLUG(&other, 0, 2), VIRTIO_MEM_RESP_BUSY);
	CHECK_EQ(vhost_mem_change_requested(&other.region, 2 * BLOCK), 0);
	EXPECT_EQ("as much", share->ticket, VHOST_MEM_TICKET_WAITING);
	CHECK_EQ(vhost_mem_change_requested(&other.region, 1 * BLOCK), 0);
	EXPECT_EQ("less", share->ticket, VHOST_MEM_TICKET_NONE);
	CHECK_EQ(vhost_mem_change_requested(&other.region, 8 * BLOCK), 0);

	/* Woken, and silent: five seconds later it is another's turn. */
	EXPECT_EQ("wait", PLUG(&other, 0, 2), VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("unplug", UNPLUG(&unit, 0, 2), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("woken", share->ticket, VHOST_MEM_TICKET_GRANTED);
	EXPECT_EQ("earmark", share->earmark, 2 * BLOCK);
	EXPECT_EQ("overtake", PLUG(&unit, 0, 1), VIRTIO_MEM_RESP_BUSY);
	shim_jiffies += VHOST_MEM_POOL_LAPSE - 1;
	spin_lock(&other.region.config_lock);
	vhost_mem_pool_lapse_locked(&other.region);
	EXPECT_EQ("not yet", share->ticket, VHOST_MEM_TICKET_GRANTED);
	shim_jiffies++;
	vhost_mem_pool_lapse_locked(&other.region);
	spin_unlock(&other.region.config_lock);
	EXPECT_EQ("lapsed", share->ticket, VHOST_MEM_TICKET_NONE);
	EXPECT_EQ("next", unit.region.share.ticket, VHOST_MEM_TICKET_GRANTED);

	EXPECT_EQ("wait", PLUG(&other, 0, 2), VIRTIO_MEM_RESP_BUSY);
	vhost_mem_config_close(&other.region);
	EXPECT_EQ("closed", share->ticket, VHOST_MEM_TICKET_NONE);
	unit_region_free(&unit);
	unit_region_free(&other);
}

TEST(a_minimum_is_a_floor)
{
	struct vhost_mem_change minimum = {
		.what = VHOST_MEM_CHANGE_MINIMUM, .minimum = 8 * BLOCK,
	};
	struct vhost_mem_change limit = {
		.what = VHOST_MEM_CHANGE_LIMIT, .limit = 7 * BLOCK,
	};
	const struct vhost_mem_report_policy grant = {
		.policy = VHOST_MEM_POLICY_AUTO,
		.max = 64 * M, .step = 64 * M, .interval_ms = 100,
	};
	struct vhost_mem_change policy = {
		.what = VHOST_MEM_CHANGE_POLICY, .policy = grant,
	};
	struct vhost_mem_message message = {
		.type = VHOST_MEM_REQ_PROPOSAL, .value = 2 * BLOCK,
	};
	struct vhost_mem_region *region = &unit.region;
	struct vhost_mem_response response;

	start(NR_BLOCKS);
	CHECK_EQ(vhost_mem_change_requested(region, 4 * BLOCK), 0);
	/* What is requested is raised to it, and never falls below it. */
	EXPECT_EQ("minimum", vhost_mem_change_apply(region, &minimum), 0);
	EXPECT_EQ("requested", region->sizes.requested, 8 * BLOCK);
	EXPECT_EQ("less", vhost_mem_change_requested(region, 7 * BLOCK), -EDOM);
	EXPECT_EQ("limit", vhost_mem_change_apply(region, &limit), -EDOM);
	EXPECT_EQ("requested", region->sizes.requested, 8 * BLOCK);
	EXPECT_EQ("limit", region->sizes.limit, NR_BLOCKS * BLOCK);
	EXPECT_EQ("more", vhost_mem_change_requested(region, 10 * BLOCK), 0);
	CHECK_EQ(vhost_mem_change_apply(region, &policy), 0);
	vhost_mem_report_serve(region, &message, &response);
	EXPECT_EQ("proposal", response.state, VHOST_MEM_REPORT_DECISION_PARTIAL);
	EXPECT_EQ("requested", region->sizes.requested, 8 * BLOCK);
	vhost_mem_report_serve(region, &message, &response);
	EXPECT_EQ("proposal", response.state, VHOST_MEM_REPORT_DECISION_DENIED);
	/* Both at once, in either direction. */
	limit.what |= VHOST_MEM_CHANGE_MINIMUM;
	limit.minimum = 6 * BLOCK;
	EXPECT_EQ("both", vhost_mem_change_apply(region, &limit), 0);
	EXPECT_EQ("requested", region->sizes.requested, 7 * BLOCK);
	limit.minimum = 8 * BLOCK;
	EXPECT_EQ("crossed", vhost_mem_change_apply(region, &limit), -EDOM);
	EXPECT_EQ("leave", vhost_mem_config_set_leaving(region, true), 0);
	limit.minimum = 7 * BLOCK;
	EXPECT_EQ("no more", vhost_mem_change_apply(region, &limit), 0);
	limit.limit = 9 * BLOCK;
	limit.minimum = 8 * BLOCK;
	EXPECT_EQ("more", vhost_mem_change_apply(region, &limit), -ESHUTDOWN);
	unit_region_free(&unit);
}

TEST(a_change_of_share_is_whole)
{
	struct vhost_mem_change change = {
		.what = VHOST_MEM_CHANGE_RESERVED | VHOST_MEM_CHANGE_LIMIT,
		.reserved = 5 * BLOCK, .limit = 6 * BLOCK,
	};
	struct vhost_mem_pool pool = {};

	start(4);
	vhost_mem_pool_init(&pool, "gold", 8 * BLOCK);
	EXPECT_EQ("reserved", vhost_mem_change_apply(&unit.region, &change), -ENOBUFS);
	EXPECT_EQ("limit", unit.region.sizes.limit, NR_BLOCKS * BLOCK);
	EXPECT_EQ("charged", charged(), 0);
	change.pool = &pool;
	change.limit = 7 * BLOCK;
	EXPECT_EQ("moved", vhost_mem_change_apply(&unit.region, &change), 0);
	EXPECT_EQ("limit", unit.region.sizes.limit, 7 * BLOCK);
	EXPECT_EQ("charged", pool.charged, 5 * BLOCK);
	EXPECT_EQ("left", vhost_mem_pool_default.regions, 0);
	EXPECT_EQ("below the promise", vhost_mem_pool_resize(&pool, 5 * BLOCK - 1), -EBUSY);
	EXPECT_EQ("the promise", vhost_mem_pool_resize(&pool, 5 * BLOCK), 0);
	EXPECT_EQ("promised", PLUG(&unit, 0, 5), VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("not promised", PLUG(&unit, 5, 1), VIRTIO_MEM_RESP_BUSY);
	change = (struct vhost_mem_change){ .pool = &vhost_mem_pool_default };
	EXPECT_EQ("back", vhost_mem_change_apply(&unit.region, &change), -ENOBUFS);
	unit_region_free(&unit);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of block map, geometry, requests, blocks and configuration.
 *
 * Usage: [SEED=N] unit [TEST]...
 */
#include <stdio.h>
#include <time.h>

#include <linux/virtio_mem.h>

#include "geometry.h"
#include "ktap.h"
#include "region.h"

#define K 1024ULL
#define M (1024 * K)
#define G (1024 * M)
#define LIMIT VHOST_MEM_ADDRESS_LIMIT
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static u64 seed;

static u64 next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

TEST(geometry_check)
{
	static const struct {
		const char *what;
		u64 size, block, page;
		int expected;
	} table[] = {
		{ "smallest", 4 * K, 4 * K, 4 * K, 0 },
		{ "usual", 16 * G, 2 * M, 4 * K, 0 },
		{ "no size", 0, 2 * M, 4 * K, -EINVAL },
		{ "no block size", 2 * M, 0, 4 * K, -EINVAL },
		{ "block size no power of two", 6 * M, 3 * M, 4 * K, -EINVAL },
		{ "block smaller than a page", 4 * K, 2 * K, 4 * K, -EINVAL },
		{ "block smaller than a large page", 64 * K, 4 * K, 64 * K,
		  -EINVAL },
		{ "half a block", 3 * M, 2 * M, 4 * K, -EINVAL },
		{ "size smaller than a block", 1 * M, 2 * M, 4 * K, -EINVAL },
		{ "most blocks", 64 * G, 4 * K, 4 * K, 0 },
		{ "one block too many", 64 * G + 4 * K, 4 * K, 4 * K, -ERANGE },
		{ "largest", LIMIT, LIMIT >> 24, 4 * K, 0 },
		{ "larger than the largest", LIMIT * 2, LIMIT >> 23, 4 * K,
		  -ERANGE },
		{ "largest block", 1ULL << 63, 1ULL << 63, 4 * K, -ERANGE },
		{ "all ones", ~0ULL, 4 * K, 4 * K, -EINVAL },
		{ "largest aligned", ~0ULL - 4095, 4 * K, 4 * K, -ERANGE },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		EXPECT_EQ(table[i].what,
			  vhost_mem_geometry_check(table[i].size,
						   table[i].block,
						   table[i].page),
			  table[i].expected);
}

TEST(geometry_check_addr)
{
	static const struct {
		const char *what;
		u64 addr, size, block;
		int expected;
	} table[] = {
		{ "zero", 0, 2 * M, 2 * M, 0 },
		{ "unaligned", 1 * M, 2 * M, 2 * M, -EINVAL },
		{ "unaligned beyond the limit", LIMIT + 1, 2 * M, 2 * M,
		  -EINVAL },
		{ "ends at the limit", LIMIT - 2 * M, 2 * M, 2 * M, 0 },
		{ "ends behind the limit", LIMIT - 2 * M, 4 * M, 2 * M,
		  -ERANGE },
		{ "begins at the limit", LIMIT, 2 * M, 2 * M, -ERANGE },
		{ "wraps around", ~0ULL - 2 * M + 1, 4 * M, 2 * M, -ERANGE },
		{ "ends at 2^64", ~0ULL - 2 * M + 1, 2 * M, 2 * M, -ERANGE },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		EXPECT_EQ(table[i].what,
			  vhost_mem_geometry_check_addr(table[i].addr,
							table[i].size,
							table[i].block),
			  table[i].expected);
}

TEST(geometry_check_requested)
{
	static const struct {
		const char *what;
		u64 requested, size, block;
		int expected;
	} table[] = {
		{ "nothing", 0, 8 * M, 2 * M, 0 },
		{ "all", 8 * M, 8 * M, 2 * M, 0 },
		{ "more than all", 10 * M, 8 * M, 2 * M, -ERANGE },
		{ "half a block", 1 * M, 8 * M, 2 * M, -EINVAL },
		{ "unaligned and too much", 9 * M, 8 * M, 2 * M, -EINVAL },
		{ "all ones", ~0ULL, 8 * M, 2 * M, -EINVAL },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		EXPECT_EQ(table[i].what,
			  vhost_mem_geometry_check_requested(table[i].requested,
							     table[i].size,
							     table[i].block),
			  table[i].expected);
}

TEST(geometry_check_range)
{
	static const struct {
		const char *what;
		u64 addr, length, start, usable;
		int expected;
	} table[] = {
		{ "first block", 4 * G, 2 * M, 4 * G, 8 * M, 0 },
		{ "last block", 4 * G + 6 * M, 2 * M, 4 * G, 8 * M, 0 },
		{ "whole", 4 * G, 8 * M, 4 * G, 8 * M, 0 },
		{ "empty", 4 * G, 0, 4 * G, 8 * M, -EINVAL },
		{ "unaligned address", 4 * G + 4 * K, 2 * M, 4 * G, 8 * M,
		  -EINVAL },
		{ "unaligned length", 4 * G, 1 * M, 4 * G, 8 * M, -EINVAL },
		{ "one block too far", 4 * G, 10 * M, 4 * G, 8 * M, -ERANGE },
		{ "begins at the end", 4 * G + 8 * M, 2 * M, 4 * G, 8 * M,
		  -ERANGE },
		{ "before the region", 4 * G - 2 * M, 2 * M, 4 * G, 8 * M,
		  -ERANGE },
		{ "from before into it", 4 * G - 2 * M, 4 * M, 4 * G, 8 * M,
		  -ERANGE },
		{ "address zero", 0, 2 * M, 4 * G, 8 * M, -ERANGE },
		{ "nothing is usable", 4 * G, 2 * M, 4 * G, 0, -ERANGE },
		{ "end wraps around", 4 * G, 0 - 2 * M, 4 * G, 8 * M, -ERANGE },
		{ "end wraps around to the start", 0 - 2 * M, 4 * M, 0, 8 * M,
		  -ERANGE },
		{ "region at zero", 0, 2 * M, 0, 8 * M, 0 },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		EXPECT_EQ(table[i].what,
			  vhost_mem_geometry_check_range(table[i].addr,
							 table[i].length,
							 table[i].start,
							 table[i].usable,
							 2 * M),
			  table[i].expected);
}

TEST(geometry_check_name)
{
	char name[VHOST_MEM_NAME_MAX];
	static const struct {
		const char *name;
		int expected;
	} table[] = {
		{ "", 0 },
		{ "vm1", 0 },
		{ "1a", 0 },
		{ "-", 0 },
		{ "~!", 0 },
		{ "1", -EINVAL },
		{ "0123456789", -EINVAL },
		{ "a b", -EINVAL },
		{ " ", -EINVAL },
		{ "tab\t", -EINVAL },
		{ "line\n", -EINVAL },
		{ "\033[2J", -EINVAL },
		{ "del\177", -EINVAL },
		{ "\303\244", -EINVAL },
		{ "\377", -EINVAL },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		/* Bytes behind the NUL do not matter. */
		memset(name, 0xff, sizeof(name));
		strcpy(name, table[i].name);
		EXPECT_EQ(table[i].name, vhost_mem_geometry_check_name(name),
			  table[i].expected);
	}
	memset(name, 'x', sizeof(name));
	EXPECT_EQ("no NUL", vhost_mem_geometry_check_name(name), -EINVAL);
	name[sizeof(name) - 1] = 0;
	EXPECT_EQ("longest", vhost_mem_geometry_check_name(name), 0);
}

TEST(geometry_usable)
{
	static const struct {
		const char *what;
		u64 requested, size, block, expected;
	} table[] = {
		{ "nothing", 0, 16 * G, 2 * M, 0 },
		{ "one block", 2 * M, 16 * G, 2 * M, 4 * G + 2 * M },
		{ "end of the region", 16 * G - 2 * M, 16 * G, 2 * M, 16 * G },
		{ "all", 16 * G, 16 * G, 2 * M, 16 * G },
		{ "block of 1 GiB", 1 * G, 16 * G, 1 * G, 5 * G },
		{ "block of 8 GiB", 8 * G, 32 * G, 8 * G, 16 * G },
		{ "the slack just fits", 12 * G, 16 * G, 2 * M, 16 * G },
		{ "one block less", 12 * G - 2 * M, 16 * G, 2 * M,
		  16 * G - 2 * M },
		{ "region smaller than the slack", 4 * K, 64 * K, 4 * K,
		  64 * K },
		{ "largest", LIMIT, LIMIT, LIMIT >> 24, LIMIT },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		EXPECT_EQ(table[i].what,
			  vhost_mem_geometry_usable(table[i].requested,
						    table[i].size,
						    table[i].block),
			  table[i].expected);
}

/*
 * A Linux guest uses those of its memory blocks that lie wholly in the usable
 * region. They suffice for any requested size, wherever the region begins; but for
 * what does not fit into the region.
 */
TEST(geometry_usable_for_linux)
{
	const u64 size = 32 * G;

	for (u64 memory_block = 128 * M; memory_block <= 2 * G;
	     memory_block *= 2) {
		for (u64 addr = 4 * G; addr < 4 * G + memory_block;
		     addr += 64 * M) {
			u64 first = ALIGN(addr, memory_block);

			for (u64 requested = 64 * M;
			     requested <= size - 4 * G; requested += 448 * M) {
				u64 end = addr + vhost_mem_geometry_usable(
						requested, size, 2 * M);

				end &= ~(memory_block - 1);
				EXPECT_EQ("room for whole memory blocks",
					  end >= first &&
					  end - first >= requested, true);
			}
		}
	}
}

TEST(response_type)
{
	static const struct {
		int error;
		u16 expected;
	} table[] = {
		{ 0, VIRTIO_MEM_RESP_ACK },
		{ -ENOSPC, VIRTIO_MEM_RESP_NACK },
		{ -EINVAL, VIRTIO_MEM_RESP_ERROR },
		{ -ERANGE, VIRTIO_MEM_RESP_ERROR },
		{ -EEXIST, VIRTIO_MEM_RESP_ERROR },
		{ -ENOENT, VIRTIO_MEM_RESP_ERROR },
		/* Errors of the host must not stop the guest's driver. */
		{ -ENOMEM, VIRTIO_MEM_RESP_BUSY },
		{ -EBUSY, VIRTIO_MEM_RESP_BUSY },
		{ -ENXIO, VIRTIO_MEM_RESP_BUSY },
		{ -EIO, VIRTIO_MEM_RESP_BUSY },
	};

	for (size_t i = 0; i < COUNT(table); i++)
		EXPECT_EQ(strerror(-table[i].error),
			  vhost_mem_response_type(table[i].error),
			  table[i].expected);
}

/* A decision on one proposal, without a region. */
TEST(decision_table)
{
	static const struct {
		enum vhost_mem_policy policy;
		u64 requested, limit, since_ms, proposed;
		bool fixed, no_growth;
		enum vhost_mem_decision decision;
		u64 target;
	} table[] = {
		/* max 80, step 20, interval 1000 ms. */
		{ VHOST_MEM_POLICY_DENY, 40, 100, U64_MAX, 40, false, false,
		  VHOST_MEM_DECISION_GRANTED, 40 },
		{ VHOST_MEM_POLICY_DENY, 40, 100, U64_MAX, 30, false, false,
		  VHOST_MEM_DECISION_DENIED, 40 },
		{ VHOST_MEM_POLICY_MANUAL, 40, 100, U64_MAX, 50, false, false,
		  VHOST_MEM_DECISION_PENDING, 40 },
		{ VHOST_MEM_POLICY_MANUAL, 40, 100, U64_MAX, 50, false, true,
		  VHOST_MEM_DECISION_DENIED, 40 },
		{ VHOST_MEM_POLICY_MANUAL, 40, 100, U64_MAX, 30, false, true,
		  VHOST_MEM_DECISION_PENDING, 40 },
		{ VHOST_MEM_POLICY_AUTO, 40, 100, 1000, 60, false, false,
		  VHOST_MEM_DECISION_GRANTED, 60 },
		{ VHOST_MEM_POLICY_AUTO, 40, 100, 1000, 61, false, false,
		  VHOST_MEM_DECISION_PARTIAL, 60 },
		{ VHOST_MEM_POLICY_AUTO, 70, 100, U64_MAX, 90, false, false,
		  VHOST_MEM_DECISION_PARTIAL, 80 },
		{ VHOST_MEM_POLICY_AUTO, 70, 75, U64_MAX, 90, false, false,
		  VHOST_MEM_DECISION_PARTIAL, 75 },
		{ VHOST_MEM_POLICY_AUTO, 80, 100, U64_MAX, 90, false, false,
		  VHOST_MEM_DECISION_DENIED, 80 },
		{ VHOST_MEM_POLICY_AUTO, 40, 100, 999, 60, false, false,
		  VHOST_MEM_DECISION_PENDING, 40 },
		{ VHOST_MEM_POLICY_AUTO, 40, 100, 999, 0, false, false,
		  VHOST_MEM_DECISION_PENDING, 40 },
		{ VHOST_MEM_POLICY_AUTO, 40, 100, 1000, 0, false, true,
		  VHOST_MEM_DECISION_GRANTED, 0 },
		{ VHOST_MEM_POLICY_AUTO, 40, 100, U64_MAX, 0, true, false,
		  VHOST_MEM_DECISION_DENIED, 40 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const struct vhost_mem_report_policy policy = {
			.policy = table[i].policy,
			.max = 80, .step = 20, .interval_ms = 1000,
		};
		const struct vhost_mem_decision_sizes sizes = {
			.requested = table[i].requested,
			.limit = table[i].limit,
			.since_ms = table[i].since_ms,
			.fixed = table[i].fixed,
			.no_growth = table[i].no_growth,
		};
		u64 target = 1;

		EXPECT_EQ("decision",
			  vhost_mem_decision_make(&policy, &sizes,
						  table[i].proposed, &target),
			  table[i].decision);
		EXPECT_EQ("target", target, table[i].target);
	}
}

/* What becomes of a pending proposal of 50 when the requested size changes. */
TEST(decision_update)
{
	EXPECT_EQ("reached", vhost_mem_decision_update(50, 40, 50),
		  VHOST_MEM_DECISION_GRANTED);
	EXPECT_EQ("raised towards it", vhost_mem_decision_update(50, 40, 45),
		  VHOST_MEM_DECISION_PARTIAL);
	EXPECT_EQ("lowered towards it", vhost_mem_decision_update(50, 60, 55),
		  VHOST_MEM_DECISION_PARTIAL);
	EXPECT_EQ("passed", vhost_mem_decision_update(50, 40, 60),
		  VHOST_MEM_DECISION_PENDING);
	EXPECT_EQ("away from it", vhost_mem_decision_update(50, 40, 30),
		  VHOST_MEM_DECISION_PENDING);
	EXPECT_EQ("unchanged", vhost_mem_decision_update(50, 40, 40),
		  VHOST_MEM_DECISION_PENDING);
}

TEST(blkmap_out_of_memory)
{
	struct vhost_mem_blkmap map;

	shim_out_of_memory = true;
	EXPECT_EQ("init", vhost_mem_blkmap_init(&map, 64), -ENOMEM);
	shim_out_of_memory = false;
	vhost_mem_blkmap_free(&map);
	EXPECT_EQ("test", vhost_mem_blkmap_test(&map, 0), 0);
}

/* A range that ends at each border, in maps that end at each border. */
TEST(blkmap_borders)
{
	static const u64 sizes[] = { 1, 63, 64, 65, 127, 128, 129 };

	for (size_t s = 0; s < COUNT(sizes); s++) {
		struct vhost_mem_blkmap map;
		u64 n = sizes[s];

		EXPECT_EQ("init", vhost_mem_blkmap_init(&map, n), 0);
		for (u64 first = 0; first < n; first++)
			for (u64 nr = 1; nr <= n - first; nr++) {
				vhost_mem_blkmap_plug(&map, first, nr);
				for (u64 i = 0; i < n; i++)
					EXPECT_EQ("plugged",
						  vhost_mem_blkmap_test(&map,
									i),
						  i >= first && i < first + nr);
				EXPECT_EQ("state",
					  vhost_mem_blkmap_state(&map, first,
								 nr),
					  VHOST_MEM_BLKMAP_PLUGGED);
				EXPECT_EQ("state of all",
					  vhost_mem_blkmap_state(&map, 0, n),
					  nr == n ? VHOST_MEM_BLKMAP_PLUGGED :
					  VHOST_MEM_BLKMAP_MIXED);
				vhost_mem_blkmap_unplug(&map, first, nr);
				EXPECT_EQ("state after",
					  vhost_mem_blkmap_state(&map, 0, n),
					  VHOST_MEM_BLKMAP_UNPLUGGED);
			}
		vhost_mem_blkmap_free(&map);
	}
}

TEST(blkmap_random)
{
	u8 model[700] = { 0 };
	u64 n = 1 + next_random() % COUNT(model);
	struct vhost_mem_blkmap map;

	EXPECT_EQ("init", vhost_mem_blkmap_init(&map, n), 0);
	for (int step = 0; step < 20000; step++) {
		u64 first = next_random() % n;
		u64 nr = 1 + next_random() % (n - first);
		u64 plugged = 0;

		for (u64 i = first; i < first + nr; i++)
			plugged += model[i];
		EXPECT_EQ("state", vhost_mem_blkmap_state(&map, first, nr),
			  plugged == nr ? VHOST_MEM_BLKMAP_PLUGGED : plugged ?
			  VHOST_MEM_BLKMAP_MIXED : VHOST_MEM_BLKMAP_UNPLUGGED);
		if (next_random() & 1) {
			vhost_mem_blkmap_plug(&map, first, nr);
			memset(model + first, 1, nr);
		} else {
			vhost_mem_blkmap_unplug(&map, first, nr);
			memset(model + first, 0, nr);
		}
		first = next_random() % (n + 64);
		EXPECT_EQ("test", vhost_mem_blkmap_test(&map, first),
			  first < n && model[first]);
	}
	vhost_mem_blkmap_free(&map);
}

TEST(addr_is_checked_and_kept)
{
	struct unit_region unit;

	unit_region_init(&unit, 8, 2 * M, 4 * G);
	EXPECT_EQ("unaligned",
		  vhost_mem_config_set_addr(&unit.region, 4 * G + 1), -EINVAL);
	EXPECT_EQ("limit", vhost_mem_config_set_addr(&unit.region, LIMIT),
		  -ERANGE);
	unit_resize(&unit, 4 * M);
	EXPECT_EQ("plug", unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 1),
		  VIRTIO_MEM_RESP_ACK);
	EXPECT_EQ("other address with plugged blocks",
		  vhost_mem_config_set_addr(&unit.region, 8 * G), -EBUSY);
	EXPECT_EQ("same address with plugged blocks",
		  vhost_mem_config_set_addr(&unit.region, 4 * G), 0);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(no_addr_is_busy)
{
	struct unit_region unit;
	struct vhost_mem_request request = {
		.type = VIRTIO_MEM_REQ_PLUG, .addr = 4 * G, .nb_blocks = 1,
	};
	struct vhost_mem_response response;

	unit_region_init(&unit, 8, 2 * M, 4 * G);
	unit.region.sizes.addr_valid = false;
	vhost_mem_request_serve(&unit.region, &request, &response);
	EXPECT_EQ("plug", response.type, VIRTIO_MEM_RESP_BUSY);
	unit_region_free(&unit);
}

/* A leaving device cannot get more memory; a smaller size and the limit can be set. */
TEST(leaving_refuses_more)
{
	const struct vhost_mem_report_policy grant = {
		.policy = VHOST_MEM_POLICY_AUTO,
		.max = 64 * M, .step = 64 * M, .interval_ms = 100,
	};
	struct vhost_mem_change change = {
		.what = VHOST_MEM_CHANGE_POLICY | VHOST_MEM_CHANGE_REQUESTED,
		.policy = grant, .requested = 8 * M,
	};
	struct vhost_mem_message message = {
		.type = VHOST_MEM_REQ_PROPOSAL, .value = 16 * M,
	};
	struct vhost_mem_region *region;
	struct vhost_mem_response response;
	struct unit_region unit;

	unit_region_init(&unit, 32, 2 * M, 4 * G);
	region = &unit.region;
	EXPECT_EQ("set", vhost_mem_change_apply(region, &change), 0);
	EXPECT_EQ("leave", vhost_mem_config_set_leaving(region, true), 0);
	EXPECT_EQ("more", vhost_mem_change_requested(region, 10 * M),
		  -ESHUTDOWN);
	vhost_mem_report_serve(region, &message, &response);
	EXPECT_EQ("proposal", response.state, VHOST_MEM_REPORT_DECISION_DENIED);
	change.policy.policy = VHOST_MEM_POLICY_MANUAL;
	EXPECT_EQ("policy", vhost_mem_change_apply(region, &change), 0);
	vhost_mem_report_serve(region, &message, &response);
	EXPECT_EQ("question", response.state, VHOST_MEM_REPORT_DECISION_DENIED);
	EXPECT_EQ("same", vhost_mem_change_requested(region, 8 * M), 0);
	EXPECT_EQ("less", vhost_mem_change_requested(region, 4 * M), 0);
	EXPECT_EQ("requested", region->sizes.requested, 4 * M);
	EXPECT_EQ("stay", vhost_mem_config_set_leaving(region, false), 0);
	EXPECT_EQ("more", vhost_mem_change_requested(region, 10 * M), 0);

	/* What is closed gets nothing at all, and nobody is told. */
	vhost_mem_config_close(region);
	EXPECT_EQ("closed", vhost_mem_change_requested(region, 0), -ESHUTDOWN);
	EXPECT_EQ("closed", vhost_mem_config_set_leaving(region, true),
		  -ESHUTDOWN);
	EXPECT_EQ("requested", region->sizes.requested, 10 * M);
	EXPECT_EQ("timer", region->works.stalled.scheduled, 0);
	unit_region_free(&unit);
}

/* A change is made as a whole or not at all. */
TEST(changes_are_whole)
{
	struct vhost_mem_change change = {
		.what = VHOST_MEM_CHANGE_REQUESTED | VHOST_MEM_CHANGE_LIMIT,
		.requested = 32 * M, .limit = 16 * M,
	};
	struct vhost_mem_region *region;
	struct unit_region unit;
	u64 generation;

	unit_region_init(&unit, 32, 2 * M, 4 * G);
	region = &unit.region;
	EXPECT_EQ("set", vhost_mem_change_requested(region, 24 * M), 0);
	EXPECT_EQ("beyond", vhost_mem_change_apply(region, &change), -EDQUOT);
	EXPECT_EQ("limit", region->sizes.limit, 64 * M);
	change.requested = 8 * M;
	change.what |= VHOST_MEM_CHANGE_EXPECTED;
	EXPECT_EQ("stale", vhost_mem_change_apply(region, &change), -ESTALE);
	EXPECT_EQ("limit", region->sizes.limit, 64 * M);
	change.what |= VHOST_MEM_CHANGE_DENY;
	change.expected = 24 * M;
	EXPECT_EQ("deny", vhost_mem_change_apply(region, &change), -ENOENT);
	EXPECT_EQ("limit", region->sizes.limit, 64 * M);
	EXPECT_EQ("requested", region->sizes.requested, 24 * M);
	change.what &= ~VHOST_MEM_CHANGE_DENY;
	generation = region->sizes.generation;
	EXPECT_EQ("all", vhost_mem_change_apply(region, &change), 0);
	EXPECT_EQ("limit", region->sizes.limit, 16 * M);
	EXPECT_EQ("requested", region->sizes.requested, 8 * M);
	/* The guest is asked once. */
	EXPECT_EQ("generation", region->sizes.generation, generation + 1);
	unit_region_free(&unit);
}

TEST(several_regions_are_changed_or_none)
{
	static struct unit_region units[3];
	struct vhost_mem_member members[3];
	unsigned int failed;

	for (int i = 0; i < 3; i++) {
		unit_region_init(&units[i], 8, 2 * M, 0);
		members[i] = (struct vhost_mem_member) {
			.region = &units[i].region,
			.change = {
				.what = VHOST_MEM_CHANGE_REQUESTED, .requested = 4 * M,
			},
		};
		vhost_mem_cause_current(&members[i].change.cause,
					VHOST_MEM_ORIGIN_ADMIN);
	}
	units[1].region.sizes.limit = 2 * M;
	EXPECT_EQ("one is refused",
		  vhost_mem_change_apply_many(members, 3, &failed), -EDQUOT);
	EXPECT_EQ("which one", failed, 1);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ("unchanged", units[i].region.sizes.requested, 0);
		EXPECT_EQ("no job", units[i].region.jobs.current_job.id, 0);
		EXPECT_EQ("unlocked", units[i].region.config_lock.held, 0);
	}
	members[1].change.what |= VHOST_MEM_CHANGE_LIMIT;
	members[1].change.limit = 8 * M;
	EXPECT_EQ("all", vhost_mem_change_apply_many(members, 3, &failed), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ("changed", units[i].region.sizes.requested, 4 * M);
		EXPECT("a job", units[i].region.jobs.current_job.id);
		EXPECT_EQ("unlocked", units[i].region.config_lock.held, 0);
	}
	for (int i = 0; i < 3; i++)
		unit_region_free(&units[i]);
}

TEST(pinned_is_busy)
{
	struct vhost_mem_request request = {
		.type = VIRTIO_MEM_REQ_UNPLUG, .addr = 4 * G, .nb_blocks = 1,
	};
	struct vhost_mem_response response;
	struct unit_region unit;
	u64 generation;

	unit_region_init(&unit, 8, 2 * M, 4 * G);
	unit_resize(&unit, 4 * M);
	unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 1);
	generation = unit.region.sizes.generation;
	unit_pinned = true;
	vhost_mem_request_serve(&unit.region, &request, &response);
	EXPECT_EQ("unplug", response.type, VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("retry", unit.region.works.retry.scheduled, 1);
	request.type = VIRTIO_MEM_REQ_UNPLUG_ALL;
	vhost_mem_request_serve(&unit.region, &request, &response);
	EXPECT_EQ("unplug all", response.type, VIRTIO_MEM_RESP_BUSY);
	/* Nothing has changed, and the guest is notified when it can try again. */
	unit_compare(&unit);
	EXPECT_EQ("generation", unit.region.sizes.generation, generation);
	vhost_mem_config_retry(&unit.region);
	EXPECT_EQ("generation", unit.region.sizes.generation, generation + 1);
	unit_reset(&unit, true);
	unit_compare(&unit);
	unit_pinned = false;
	unit_retry_limbo(&unit);
	unit_request(&unit, VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(limbo_counts)
{
	struct unit_region unit;

	unit_region_init(&unit, 8, 2 * M, 4 * G);
	unit_resize(&unit, 8 * M);
	unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 2);
	unit_pinned = true;
	unit_reset(&unit, true);
	EXPECT_EQ("plugged", unit.region.sizes.plugged, 0);
	EXPECT_EQ("limbo", unit.region.sizes.limbo, 4 * M);
	/* Two of four: the rest is to be had, but not in their place. */
	EXPECT_EQ("plug of a block in limbo",
		  unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 1),
		  VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("plug of more than is left",
		  unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G + 4 * M, 3),
		  VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("plug of what is left",
		  unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G + 4 * M, 2),
		  VIRTIO_MEM_RESP_ACK);
	/* More than is requested is not to be had, limbo or not. */
	EXPECT_EQ("plug of too much",
		  unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G + 8 * M, 3),
		  VIRTIO_MEM_RESP_NACK);
	unit_retry_limbo(&unit);
	EXPECT_EQ("limbo", unit.region.sizes.limbo, 4 * M);
	unit_pinned = false;
	unit_retry_limbo(&unit);
	EXPECT_EQ("limbo", unit.region.sizes.limbo, 0);
	EXPECT_EQ("plug after that",
		  unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 2),
		  VIRTIO_MEM_RESP_ACK);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(interrupted_is_busy)
{
	struct unit_region unit;

	unit_region_init(&unit, 8, 2 * M, 4 * G);
	unit.region.traits.flags = VHOST_MEM_CREATE_PREALLOC;
	unit_resize(&unit, 8 * M);
	vhost_mem_blocks_interrupt(&unit.region);
	EXPECT_EQ("plug", vhost_mem_blocks_plug(&unit.region, 4 * G, 2 * M),
		  -ECANCELED);
	unit_compare(&unit);
	vhost_mem_blocks_go_on(&unit.region);
	EXPECT_EQ("plug", unit_range(&unit, true, 4 * G, 2 * M), 0);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(no_memory_is_busy)
{
	struct vhost_mem_request request = {
		.type = VIRTIO_MEM_REQ_PLUG, .addr = 4 * G, .nb_blocks = 2,
	};
	struct vhost_mem_response response;
	struct unit_region unit;

	unit_region_init(&unit, 8, 2 * M, 4 * G);
	unit.region.traits.flags = VHOST_MEM_CREATE_PREALLOC;
	unit_resize(&unit, 4 * M);
	unit_no_memory = true;
	vhost_mem_request_serve(&unit.region, &request, &response);
	EXPECT_EQ("plug", response.type, VIRTIO_MEM_RESP_BUSY);
	EXPECT_EQ("retry", unit.region.works.retry.scheduled, 1);
	unit_compare(&unit);
	/* More than is requested is not to be had, memory or not. */
	request.nb_blocks = 3;
	vhost_mem_request_serve(&unit.region, &request, &response);
	EXPECT_EQ("plug of too much", response.type, VIRTIO_MEM_RESP_NACK);
	unit_no_memory = false;
	unit_request(&unit, VIRTIO_MEM_REQ_PLUG, 4 * G, 2);
	unit_compare(&unit);
	unit_region_free(&unit);
}

TEST(request_length_overflows)
{
	struct vhost_mem_request request = {
		.type = VIRTIO_MEM_REQ_STATE, .nb_blocks = 65535,
	};
	struct vhost_mem_region region = {
		.size = 1ULL << 52, .block_size = 1ULL << 52,
		.sizes = { .usable = 1ULL << 52, .addr_valid = true },
	};
	struct vhost_mem_response response;

	EXPECT_EQ("init", vhost_mem_blkmap_init(&region.blkmap, 1), 0);
	for (request.nb_blocks = 65535; request.nb_blocks > 1;
	     request.nb_blocks--) {
		vhost_mem_request_serve(&region, &request, &response);
		EXPECT_EQ("state", response.type, VIRTIO_MEM_RESP_ERROR);
	}
	vhost_mem_request_serve(&region, &request, &response);
	EXPECT_EQ("state of one", response.type, VIRTIO_MEM_RESP_ACK);
	vhost_mem_blkmap_free(&region.blkmap);
}

TEST(features)
{
	struct vhost_mem_region region = {};

	EXPECT_EQ("no flags", vhost_mem_config_features(&region),
		  1 << VHOST_MEM_F_GUEST_REPORT |
		  1 << VIRTIO_MEM_F_PERSISTENT_SUSPEND |
		  1 << VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
	region.traits.flags = VHOST_MEM_CREATE_READABLE;
	EXPECT_EQ("readable", vhost_mem_config_features(&region),
		  1 << VHOST_MEM_F_GUEST_REPORT |
		  1 << VIRTIO_MEM_F_PERSISTENT_SUSPEND);
	region.traits.flags = VHOST_MEM_CREATE_NODE;
	EXPECT_EQ("node", vhost_mem_config_features(&region),
		  1 << VHOST_MEM_F_GUEST_REPORT |
		  1 << VIRTIO_MEM_F_PERSISTENT_SUSPEND |
		  1 << VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE |
		  1 << VIRTIO_MEM_F_ACPI_PXM);
}

/* Requests and resizes against the model, which ends us if they differ. */
TEST(requests_random)
{
	static const u64 blocks[] = { 4 * K, 64 * K, 2 * M, 128 * M, 1 * G };
	struct unit_region unit;

	for (int round = 0; round < 40; round++) {
		u64 block = blocks[next_random() % COUNT(blocks)];
		u64 nr = 1 + next_random() % 300;
		u64 addr = next_random() % 64 * block;

		unit_region_init(&unit, nr, block, addr);
		for (int step = 0; step < 500; step++) {
			u64 r = next_random();

			if (r % 16 == 0)
				unit_resize(&unit,
					    next_random() % (nr + 2) * block +
					    (r % 8 == 0 ? 0 : 512));
			else if (r % 16 == 1)
				unit_request(&unit, next_random(),
					     next_random(), next_random());
			else
				unit_request(&unit,
					     r % 97 ? r % 4 : r % 65536,
					     addr + next_random() % (nr + 2) *
					     block + (r % 11 ? 0 : r % block),
					     next_random() % (nr / 4 + 2));
			if (step % 16 == 0)
				unit_compare(&unit);
		}
		unit_compare(&unit);
		unit_region_free(&unit);
	}
}

int main(int argc, char **argv)
{
	const char *given = getenv("SEED");

	seed = given && *given ? strtoull(given, NULL, 0) : (u64)time(NULL);
	if (!seed)
		seed = 1;
	ktap_say("seed %llu", seed);
	return ktap_main(argc, argv);
}

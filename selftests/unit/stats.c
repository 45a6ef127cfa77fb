// SPDX-License-Identifier: GPL-2.0
/* Unit tests of figures: each request is counted once, where it belongs. */

#include <linux/virtio_mem.h>
#include <uapi/linux/vhost_mem_report.h>

#include "ktap.h"
#include "response.h"
#include "stats.h"

static struct vhost_mem_stats stats;

static void count(u16 type, u16 response, int error, u64 ns)
{
	const struct vhost_mem_response all = {
		.type = response, .error = error,
	};

	vhost_mem_stats_request(&stats, type, &all, ns);
}

static u64 plugs_in(unsigned int bucket)
{
	return atomic64_read(&stats.requests[VHOST_MEM_REQUEST_TYPE_PLUG].latency[bucket]);
}

TEST(stats_latency)
{
	static const struct {
		u64 ns;
		unsigned int bucket;
	} cases[] = {
		{ 0, 0 }, { 999, 0 }, { 1000, 1 }, { 1999, 1 }, { 2000, 2 }, { 3999, 2 },
		{ 4000, 3 }, { 1000000, 10 }, { 1024000, 11 },
		{ (1ULL << 24) * 1000 - 1, 24 }, { (1ULL << 24) * 1000, 25 }, { ~0ULL, 25 },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&stats, 0, sizeof(stats));
		count(VIRTIO_MEM_REQ_PLUG, VIRTIO_MEM_RESP_ACK, 0, cases[i].ns);
		EXPECT_EQ("bucket", plugs_in(cases[i].bucket), 1);
	}
}

TEST(stats_types)
{
	static const struct {
		u16 type;
		enum vhost_mem_request_type counted;
	} cases[] = {
		{ VIRTIO_MEM_REQ_PLUG, VHOST_MEM_REQUEST_TYPE_PLUG },
		{ VIRTIO_MEM_REQ_UNPLUG, VHOST_MEM_REQUEST_TYPE_UNPLUG },
		{ VIRTIO_MEM_REQ_UNPLUG_ALL, VHOST_MEM_REQUEST_TYPE_UNPLUG_ALL },
		{ VIRTIO_MEM_REQ_STATE, VHOST_MEM_REQUEST_TYPE_STATE },
		{ VHOST_MEM_REQ_PROPOSAL, VHOST_MEM_REQUEST_TYPE_PROPOSAL },
		{ VHOST_MEM_REQ_STATUS, VHOST_MEM_REQUEST_TYPE_STATUS },
		{ VHOST_MEM_REQ_HINTS, VHOST_MEM_REQUEST_TYPE_HINTS },
		{ 0xffff, VHOST_MEM_REQUEST_TYPE_OTHER },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&stats, 0, sizeof(stats));
		count(cases[i].type, VIRTIO_MEM_RESP_ERROR, -EINVAL, 1);
		EXPECT_EQ("type", atomic64_read(&stats.requests[cases[i].counted]
						.responses[VIRTIO_MEM_RESP_ERROR]), 1);
	}
}

TEST(stats_reasons)
{
	static const struct {
		int error;
		enum vhost_mem_busy reason;
	} cases[] = {
		{ -EAGAIN, VHOST_MEM_BUSY_FROZEN }, { -EBUSY, VHOST_MEM_BUSY_PINNED },
		{ -ENOBUFS, VHOST_MEM_BUSY_POOL }, { -ECANCELED, VHOST_MEM_BUSY_INTERRUPTED },
		{ -EINTR, VHOST_MEM_BUSY_INTERRUPTED }, { -ENOSR, VHOST_MEM_BUSY_NO_HUGE_PAGES },
		{ -EREMOTEIO, VHOST_MEM_BUSY_UNCONFIRMED },
		{ -ENOMEM, VHOST_MEM_BUSY_NO_MEMORY }, { -EIO, VHOST_MEM_BUSY_NO_MEMORY },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&stats, 0, sizeof(stats));
		count(VIRTIO_MEM_REQ_PLUG, VIRTIO_MEM_RESP_BUSY, cases[i].error, 1);
		EXPECT_EQ("reason", atomic64_read(&stats.busy[cases[i].reason]), 1);
	}
}

// SPDX-License-Identifier: GPL-2.0
/* Figures: counts of what the guest has requested. Pure: no lock, no region. */

#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/virtio_mem.h>
#include <uapi/linux/vhost_mem_report.h>

#include "response.h"
#include "stats.h"

static enum vhost_mem_request_type stats_type(u16 type)
{
	switch (type) {
	case VIRTIO_MEM_REQ_PLUG:
		return VHOST_MEM_REQUEST_TYPE_PLUG;
	case VIRTIO_MEM_REQ_UNPLUG:
		return VHOST_MEM_REQUEST_TYPE_UNPLUG;
	case VIRTIO_MEM_REQ_UNPLUG_ALL:
		return VHOST_MEM_REQUEST_TYPE_UNPLUG_ALL;
	case VIRTIO_MEM_REQ_STATE:
		return VHOST_MEM_REQUEST_TYPE_STATE;
	case VHOST_MEM_REQ_PROPOSAL:
		return VHOST_MEM_REQUEST_TYPE_PROPOSAL;
	case VHOST_MEM_REQ_STATUS:
		return VHOST_MEM_REQUEST_TYPE_STATUS;
	case VHOST_MEM_REQ_HINTS:
		return VHOST_MEM_REQUEST_TYPE_HINTS;
	}
	return VHOST_MEM_REQUEST_TYPE_OTHER;
}

/* The same reasons as those of the progress, see progress.c. */
static enum vhost_mem_busy stats_reason(int error)
{
	switch (error) {
	case -EAGAIN:
		return VHOST_MEM_BUSY_FROZEN;
	case -EBUSY:
		return VHOST_MEM_BUSY_PINNED;
	case -ENOBUFS:
		return VHOST_MEM_BUSY_POOL;
	case -ENOSR:
		return VHOST_MEM_BUSY_NO_HUGE_PAGES;
	case -EREMOTEIO:
		return VHOST_MEM_BUSY_UNCONFIRMED;
	case -ECANCELED:
	case -EINTR:
		return VHOST_MEM_BUSY_INTERRUPTED;
	}
	return VHOST_MEM_BUSY_NO_MEMORY;
}

/* The smallest n with ns < 2^n us, as far as there are buckets. */
static unsigned int stats_bucket(u64 ns)
{
	u64 us = ns / 1000;

	return us ? min_t(unsigned int, ilog2(us) + 1,
			  VHOST_MEM_LATENCY_BUCKETS - 1) : 0;
}

/**
 * vhost_mem_stats_request() - count a request that was served
 * @stats: The figures.
 * @type: Type of the request; any, as it is the guest's.
 * @response: The response.
 * @ns: How long it took, in nanoseconds.
 *
 * Context: Any.
 */
void vhost_mem_stats_request(struct vhost_mem_stats *stats, u16 type,
			     const struct vhost_mem_response *response, u64 ns)
{
	struct vhost_mem_request_stats *requests =
		&stats->requests[stats_type(type)];

	atomic64_inc(&requests->responses[response->type %
					  VHOST_MEM_STATS_RESPONSES]);
	atomic64_inc(&requests->latency[stats_bucket(ns)]);
	if (response->type == VIRTIO_MEM_RESP_BUSY)
		atomic64_inc(&stats->busy[stats_reason(response->error)]);
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Figures of a region: what its guest has requested, and how long that took. */
#ifndef _VHOST_MEM_STATS_H
#define _VHOST_MEM_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <uapi/linux/vhost_mem_netlink.h>

/* Of VIRTIO_MEM_RESP_*, from 0. */
#define VHOST_MEM_STATS_RESPONSES	4
#define VHOST_MEM_STATS_TYPES		(VHOST_MEM_REQUEST_TYPE_OTHER + 1)
#define VHOST_MEM_STATS_REASONS		(VHOST_MEM_BUSY_UNCONFIRMED + 1)

struct vhost_mem_response;

/**
 * struct vhost_mem_request_stats - the requests of one type
 * @responses: Number of them, by response.
 * @latency: Number of them, by the time from the copy of the request to the response.
 *	Entry n has those that took less than 2^n us; the last one has all others, too.
 *	None is counted twice.
 */
struct vhost_mem_request_stats {
	atomic64_t responses[VHOST_MEM_STATS_RESPONSES];
	atomic64_t latency[VHOST_MEM_LATENCY_BUCKETS];
};

/**
 * struct vhost_mem_stats - the figures of a region, since it was created
 * @served: Number of requests and reports that were served.
 * @requests: By enum vhost_mem_request_type.
 * @busy: Responses that were BUSY, by enum vhost_mem_busy.
 * @wakes: Number of times that the guest was notified since it was its turn, and the pool
 *	had room.
 *
 * Nothing but counters, each of which is right at any time, but which are not consistent
 * with each other while a request is served. The worker counts with vq->mutex held, so
 * nobody contends for their cache lines but readers.
 */
struct vhost_mem_stats {
	atomic64_t served;
	struct vhost_mem_request_stats requests[VHOST_MEM_STATS_TYPES];
	atomic64_t busy[VHOST_MEM_STATS_REASONS];
	atomic64_t wakes;
};

void vhost_mem_stats_request(struct vhost_mem_stats *stats, u16 type,
			     const struct vhost_mem_response *response, u64 ns);

#endif /* _VHOST_MEM_STATS_H */

/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vhost_mem

#if !defined(_VHOST_MEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VHOST_MEM_TRACE_H

#include <linux/tracepoint.h>

#include "request.h"
#include "response.h"
#include "vhost_mem.h"

#define show_vhost_mem_request(type)					\
	__print_symbolic(type,						\
			 { VIRTIO_MEM_REQ_PLUG,		"plug" },	\
			 { VIRTIO_MEM_REQ_UNPLUG,	"unplug" },	\
			 { VIRTIO_MEM_REQ_UNPLUG_ALL,	"unplug_all" },	\
			 { VIRTIO_MEM_REQ_STATE,	"state" },	\
			 { VHOST_MEM_REQ_PROPOSAL,	"proposal" },	\
			 { VHOST_MEM_REQ_STATUS,	"status" },	\
			 { VHOST_MEM_REQ_HINTS,		"hints" })

#define show_vhost_mem_response(type)					\
	__print_symbolic(type,						\
			 { VIRTIO_MEM_RESP_ACK,		"ack" },	\
			 { VIRTIO_MEM_RESP_NACK,	"nack" },	\
			 { VIRTIO_MEM_RESP_BUSY,	"busy" },	\
			 { VIRTIO_MEM_RESP_ERROR,	"error" })

/* The guest sent a request or a report. */
TRACE_EVENT(vhost_mem_request,
	TP_PROTO(const struct vhost_mem_region *region,
		 const struct vhost_mem_request *request),
	TP_ARGS(region, request),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u16, type)
		__field(u16, nb_blocks)
		__field(u64, addr)
	),
	TP_fast_assign(
		__entry->id = region->id;
		__entry->type = request->type;
		__entry->nb_blocks = request->nb_blocks;
		__entry->addr = request->addr;
	),
	TP_printk("id=%u type=%s addr=0x%llx nb_blocks=%u", __entry->id,
		  show_vhost_mem_request(__entry->type), __entry->addr,
		  __entry->nb_blocks)
);

/* A request or a report was served; this is the response. */
TRACE_EVENT(vhost_mem_response,
	TP_PROTO(const struct vhost_mem_region *region,
		 const struct vhost_mem_request *request,
		 const struct vhost_mem_response *response, u64 latency_ns),
	TP_ARGS(region, request, response, latency_ns),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u16, request)
		__field(u16, type)
		__field(u16, state)
		__field(u64, latency_ns)
	),
	TP_fast_assign(
		__entry->id = region->id;
		__entry->request = request->type;
		__entry->type = response->type;
		__entry->state = response->state;
		__entry->latency_ns = latency_ns;
	),
	TP_printk("id=%u request=%s type=%s state=%u latency_ns=%llu",
		  __entry->id, show_vhost_mem_request(__entry->request),
		  show_vhost_mem_response(__entry->type), __entry->state,
		  __entry->latency_ns)
);

/* The requested size was set. */
TRACE_EVENT(vhost_mem_resize,
	TP_PROTO(const struct vhost_mem_region *region, u64 old_requested),
	TP_ARGS(region, old_requested),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, old_requested)
		__field(u64, requested)
		__field(u64, usable)
		__field(u64, plugged)
	),
	TP_fast_assign(
		__entry->id = region->id;
		__entry->old_requested = old_requested;
		__entry->requested = region->sizes.requested;
		__entry->usable = region->sizes.usable;
		__entry->plugged = region->sizes.plugged;
	),
	TP_printk("id=%u requested=%llu from=%llu usable=%llu plugged=%llu",
		  __entry->id, __entry->requested, __entry->old_requested,
		  __entry->usable, __entry->plugged)
);

/* The guard refused an access to an unplugged block. */
TRACE_EVENT(vhost_mem_refused,
	TP_PROTO(const struct vhost_mem_region *region),
	TP_ARGS(region),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u64, addr)
		__field(bool, write)
	),
	TP_fast_assign(
		__entry->id = region->id;
		__entry->addr = region->sizes.addr + region->violations.offset;
		__entry->write = region->violations.access ==
				 VHOST_MEM_ACCESS_WRITE;
	),
	TP_printk("id=%u addr=0x%llx access=%s", __entry->id, __entry->addr,
		  __entry->write ? "write" : "read")
);

#endif /* _VHOST_MEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

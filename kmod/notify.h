/* SPDX-License-Identifier: GPL-2.0 */
/* Events of a region, for the administrator's listeners. */
#ifndef _VHOST_MEM_NOTIFY_H
#define _VHOST_MEM_NOTIFY_H

#include <linux/list.h>
#include <linux/types.h>

struct sk_buff;
struct vhost_mem_notify_source;
struct vhost_mem_region;

/**
 * enum vhost_mem_event - what happened to a region
 * @VHOST_MEM_EVENT_CREATED: The region was published.
 * @VHOST_MEM_EVENT_JOB: A job has ended. Before what may have ended it.
 * @VHOST_MEM_EVENT_RESIZED: The requested size or the limit was set.
 * @VHOST_MEM_EVENT_PLUGGED: The plugged size, the state or the progress changed.
 * @VHOST_MEM_EVENT_VIOLATION: Accesses were refused.
 * @VHOST_MEM_EVENT_STALLED: The guest, or the VMM, has gone quiet.
 * @VHOST_MEM_EVENT_PROPOSAL: The guest reported something, or the policy was set.
 * @VHOST_MEM_EVENT_GONE: The region is no longer published.
 *
 * Several events of a region that are pending are sent in this order.
 */
enum vhost_mem_event {
	VHOST_MEM_EVENT_CREATED,
	VHOST_MEM_EVENT_JOB,
	VHOST_MEM_EVENT_RESIZED,
	VHOST_MEM_EVENT_PLUGGED,
	VHOST_MEM_EVENT_VIOLATION,
	VHOST_MEM_EVENT_STALLED,
	VHOST_MEM_EVENT_PROPOSAL,
	VHOST_MEM_EVENT_GONE,
};

/**
 * struct vhost_mem_notify - the pending events of a region
 * @node: Entry in the list of regions whose events are not due yet, then in that of
 *	the source; empty while nothing is pending.
 * @source: The process that created the region; NULL once the region is gone.
 * @pending: Bitmap of enum vhost_mem_event.
 * @due: Time in jiffies from which they may be sent.
 * @live: The region is published: events can become pending.
 * @announced: CREATED was sent, so GONE will be.
 *
 * Protected by vhost_mem_notify_lock in notify.c; @pending is also read without.
 */
struct vhost_mem_notify {
	struct list_head node;
	struct vhost_mem_notify_source *source;
	unsigned long pending;
	unsigned long due;
	bool live;
	bool announced;
};

/**
 * struct vhost_mem_notify_sender - the functions that deliver events
 * @make: Make a message that describes the region's current state. @late: it is kept,
 *	and other messages are sent before it. May sleep. Takes region->config_lock.
 *	Returns NULL if nobody listens, or an ERR_PTR().
 * @send: Send such a message, and free it. May sleep.
 * @lost: Tell listeners that they have missed an event. May sleep.
 */
struct vhost_mem_notify_sender {
	struct sk_buff *(*make)(struct vhost_mem_region *region,
				enum vhost_mem_event event, bool late);
	void (*send)(struct sk_buff *skb, bool late);
	void (*lost)(void);
};

int vhost_mem_notify_init(struct vhost_mem_region *region);
void vhost_mem_notify_free(struct vhost_mem_region *region);
void vhost_mem_notify_created(struct vhost_mem_region *region);
void vhost_mem_notify(struct vhost_mem_region *region,
		      enum vhost_mem_event event);
void vhost_mem_notify_gone(struct vhost_mem_region *region);

void vhost_mem_notify_start(const struct vhost_mem_notify_sender *sender);
void vhost_mem_notify_stop(void);

#endif /* _VHOST_MEM_NOTIFY_H */

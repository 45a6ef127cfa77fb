/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the VMM is asked to confirm: one change of blocks at a time.
 *
 *   NONE -> WAITING -> FETCHED -> ANSWERED -> NONE
 *
 * A request of the guest makes it WAITING, the VMM has FETCHED it, its word, or what
 * cancels it, makes it ANSWERED, and the worker of the virtqueue writes the response.
 */
#ifndef _VHOST_MEM_ASKED_H
#define _VHOST_MEM_ASKED_H

#include <linux/ktime.h>
#include <linux/types.h>

#include "call.h"
#include "request.h"

struct delayed_work;
struct vhost_mem_outcome;
struct vhost_mem_region;

/**
 * enum vhost_mem_asked_state - how far it is
 * @VHOST_MEM_ASKED_NONE: There is no change.
 * @VHOST_MEM_ASKED_WAITING: The VMM has not fetched it.
 * @VHOST_MEM_ASKED_FETCHED: The VMM knows of it.
 * @VHOST_MEM_ASKED_ANSWERED: It is done, or cancelled; the guest does not know.
 */
enum vhost_mem_asked_state {
	VHOST_MEM_ASKED_NONE,
	VHOST_MEM_ASKED_WAITING,
	VHOST_MEM_ASKED_FETCHED,
	VHOST_MEM_ASKED_ANSWERED,
};

/**
 * struct vhost_mem_asked - a change that the VMM has to confirm
 * @call: The VMM's eventfd, signalled when there is one. Has a lock of its own.
 * @resume: Makes the virtqueue serve requests again; NULL while it is stopped. With
 *	blocks_lock, like all that follow.
 * @timeout: Jiffies for which it may wait to be fetched; 0 if nothing is asked.
 * @deadline: When it is cancelled, in jiffies, if it is still waiting.
 * @seq: Its number, or the last one's.
 * @state: How far it is. Also read without the lock.
 * @request: The guest's request.
 * @begin: When the request was made.
 * @first: First block.
 * @nr: Number of blocks.
 * @hidden: Number of blocks, 0 or @nr, that are open, and plugged for nobody to see yet.
 *	With blocks_lock and guard.lock (write), read with either; @first, too, if it is
 *	not 0.
 * @referenced: It could not be done because memory was referenced.
 * @error: The answer: 0 if it is done, else the negative errno of the response.
 */
struct vhost_mem_asked {
	struct vhost_mem_call call;
	struct delayed_work *resume;
	unsigned long timeout;
	unsigned long deadline;
	u64 seq;
	enum vhost_mem_asked_state state;
	struct vhost_mem_request request;
	ktime_t begin;
	u64 first;
	u64 nr;
	u64 hidden;
	bool referenced;
	int error;
};

void vhost_mem_asked_hide(struct vhost_mem_region *region, u64 first, u64 nr);
int vhost_mem_asked_begin(struct vhost_mem_region *region, u64 first, u64 nr);
bool vhost_mem_asked_is_open(const struct vhost_mem_region *region);
void vhost_mem_asked_answer(struct vhost_mem_region *region, int error,
			    struct vhost_mem_outcome *outcome);
void vhost_mem_asked_void(struct vhost_mem_region *region,
			  struct vhost_mem_outcome *outcome);

#endif /* _VHOST_MEM_ASKED_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vhost-mem: objects and locks.
 *
 * A device (struct vhost_mem) is one open file of /dev/vhost-mem: the vhost
 * core's worker and the request virtqueue. Its memory region
 * (struct vhost_mem_region) lives as long as the region's shmem file, that is
 * until the device is closed and the last mapping is gone.
 *
 * Locks, outermost first. An arrow means "may be held while taking":
 *
 *   vhost_mem_defaults_mutex -> vhost_mem_registry_mutex -> region->config_lock
 *   vhost_mem_notify_mutex -> region->config_lock -> vhost_mem_notify_lock
 *   dev.mutex -> vq.mutex -> region->blocks_lock -> guard->look -> guard->lock
 *                                                -> region->config_lock
 *   region->config_lock -> pool->charge_lock
 *   vhost_mem_registry_mutex -> pool->charge_lock
 *   dev.mutex -> vhost_mem_registry_mutex
 *   mm->mmap_lock (or the VMA's lock) -> guard->look
 *   mm->mmap_lock (or the VMA's lock) -> guard->lock -> folio lock
 *
 * Several config_locks are held at once with vhost_mem_registry_mutex held only.
 *
 * User memory is touched with vq.mutex held, or by the vhost core with dev.mutex
 * held for the owner; never with one of the locks to the right of them: the ring
 * and the buffers may lie inside the region, so touching them may enter the
 * guard's fault handler. See Documentation/virt/vhost-mem-locking.rst.
 */
#ifndef _VHOST_MEM_H
#define _VHOST_MEM_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/vhost_mem.h>
#include <uapi/linux/vhost_mem_netlink.h>
#include <uapi/linux/vhost_mem_report.h>

#include "asked.h"
#include "blkmap.h"
#include "call.h"
#include "guard.h"
#include "job.h"
#include "notify.h"
#include "pool.h"
#include "progress.h"
#include "report.h"
#include "stats.h"
#include "vhost.h"

struct pid;

/**
 * struct vhost_mem_creator - the process that created a region
 * @pid: The process.
 * @comm: Its name at the time.
 */
struct vhost_mem_creator {
	struct pid *pid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct vhost_mem_sizes - the variable part of the configuration space
 * @addr: Guest physical address; valid if @addr_valid. Written with blocks_lock and
 *	config_lock, read with either.
 * @addr_valid: VHOST_MEM_SET_ADDRESS has succeeded, which is never undone. As @addr.
 * @usable: Bytes at the start of the region in which blocks may be plugged. With
 *	config_lock; it shrinks with blocks_lock held only.
 * @requested: Bytes that the guest is requested to have plugged. With config_lock.
 * @limit: Maximum number of bytes that may be requested. Written by the administrator
 *	only, with the registry's lock and config_lock; read with either.
 * @minimum: Minimum number of bytes that may be requested; at most @limit. As @limit.
 * @plugged: Bytes in plugged blocks. Written with blocks_lock and config_lock, read
 *	with either.
 * @asked: Bytes in blocks that are open, for a PLUG that the VMM has yet to confirm. As
 *	@plugged.
 * @limbo: Bytes in blocks that were unplugged although their memory was referenced
 *	elsewhere, and is not free yet. As @plugged.
 * @generation: Changes whenever the guest is to be notified of the configuration. With
 *	config_lock.
 */
struct vhost_mem_sizes {
	u64 addr;
	bool addr_valid;
	u64 usable;
	u64 requested;
	u64 limit;
	u64 minimum;
	u64 plugged;
	u64 asked;
	u64 limbo;
	u64 generation;
};

/**
 * struct vhost_mem_violations - accesses to unplugged blocks, which were refused
 * @count: Number of them.
 * @offset: Where in the region the last one was, in bytes.
 * @access: Kind of the last one.
 */
struct vhost_mem_violations {
	u64 count;
	u64 offset;
	enum vhost_mem_access access;
};

/**
 * struct vhost_mem_works - what is done some time after an event
 * @stalled: Checks whether the guest has gone quiet.
 * @retry: Notifies the guest to retry what was answered BUSY.
 * @limbo: Checks whether memory in limbo is free now. Once the region is closed, it
 *	holds the reference to the region's file.
 * @expire: Cancels a change that the VMM has not fetched in time.
 */
struct vhost_mem_works {
	struct delayed_work stalled;
	struct delayed_work retry;
	struct delayed_work limbo;
	struct delayed_work expire;
};

/**
 * struct vhost_mem_traits - what the VMM has asked for when it created a region
 * @flags: enum vhost_mem_create_flags.
 * @node_id: Guest NUMA node, with VHOST_MEM_CREATE_NODE.
 * @page_size: Bytes of a huge page, with VHOST_MEM_CREATE_HUGETLB; else 0.
 */
struct vhost_mem_traits {
	u32 flags;
	u16 node_id;
	u64 page_size;
};

/**
 * struct vhost_mem_region - a memory region and the state of its blocks
 * @id: Number in the registry; 0 until it is published, then constant.
 * @name: Name given by the VMM. Constant.
 * @creator: Who created the region. Constant.
 * @size: Bytes of the region. Constant.
 * @block_size: Bytes of a device block, a power of two. Constant.
 * @traits: What else the VMM has asked for. Constant.
 * @blocks_lock: Serializes every change of the state of blocks, so that a
 *	check of their state and the change that it permits are one step.
 * @frozen: No block may change its state. Written with @blocks_lock; the progress
 *	of the resize reads it without.
 * @blkmap: Which blocks are plugged. Written with @blocks_lock and
 *	@guard.lock (write) held, read with either.
 * @guard: The region's memory.
 * @asked: The change that the VMM has to confirm. With @blocks_lock.
 * @config_lock: Protects the members from here to @jobs, so that the configuration
 *	space and each message about the region are consistent.
 * @sizes: The variable part of the configuration space. With @config_lock; some members
 *	with another lock, too, see there.
 * @violations: Accesses that were refused. With @config_lock.
 * @leaving: The device is being removed from the VM: no larger size can be
 *	requested. With @config_lock.
 * @closed: The device is gone; the region is left because it is mapped, or has memory
 *	in limbo. Set once, with @config_lock; read without it where that no longer
 *	matters.
 * @state: What the request virtqueue is doing. With @config_lock.
 * @progress: Observations that tell why the plugged size differs from the requested
 *	size. With @config_lock.
 * @report: What the guest has reported, and the policy for it. With @config_lock; the
 *	policy as @sizes.limit.
 * @rules: Number that the administrator has left with the region; decides nothing. With
 *	@config_lock.
 * @jobs: Each resize, by whom, and what it came to. With @config_lock.
 * @config_call: Signalled when the sizes of the configuration space may have changed.
 *	Has a lock of its own.
 * @notify: Events that netlink listeners have yet to receive. With notify.c's lock.
 * @works: What is done some time after an event.
 * @share: What the region has of its pool. See there for its locks.
 * @interrupts: Number of threads that wait for a change of blocks to give up.
 * @stats: Requests and reports that were served.
 */
struct vhost_mem_region {
	u32 id;
	char name[VHOST_MEM_NAME_MAX];
	struct vhost_mem_creator creator;
	u64 size;
	u64 block_size;
	struct vhost_mem_traits traits;

	struct mutex blocks_lock;	/* frozen; with guard.lock: blkmap */
	bool frozen;
	struct vhost_mem_blkmap blkmap;
	struct vhost_mem_guard guard;
	struct vhost_mem_asked asked;

	spinlock_t config_lock;		/* sizes ... jobs */
	struct vhost_mem_sizes sizes;
	struct vhost_mem_violations violations;
	bool leaving;
	bool closed;
	enum vhost_mem_state state;
	struct vhost_mem_progress_state progress;
	struct vhost_mem_report report;
	u32 rules;
	struct vhost_mem_jobs jobs;

	struct vhost_mem_call config_call;
	struct vhost_mem_notify notify;
	struct vhost_mem_works works;
	struct vhost_mem_share share;
	atomic_t interrupts;
	struct vhost_mem_stats stats;
};

/**
 * struct vhost_mem - a device: one open file of /dev/vhost-mem
 * @dev: The vhost core's part. dev.mutex serializes the owner's ioctls.
 * @vq: The request virtqueue. vq.mutex protects its backend, the region, which
 *	is set while requests are served.
 * @vqs: Table of all virtqueues, for the vhost core. Constant.
 * @region: The memory region, or NULL. Set once by VHOST_MEM_CREATE_REGION, with
 *	dev.mutex; read with it or by smp_load_acquire().
 * @opener: The effective user who has opened it. Constant.
 * @owner: Process that did VHOST_SET_OWNER, or NULL. With dev.mutex.
 * @owner_wait: Waits for the end of @owner.
 * @owner_work: Forgets an owner that has ended.
 * @paused: A request was answered BUSY, and none is served until @resume_work has
 *	run. Set with vq.mutex, cleared without.
 * @resume_work: Resumes the virtqueue.
 */
struct vhost_mem {
	struct vhost_dev dev;
	struct vhost_virtqueue vq;
	struct vhost_virtqueue *vqs[1];
	struct vhost_mem_region *region;
	kuid_t opener;
	struct pid *owner;
	struct wait_queue_entry owner_wait;
	struct delayed_work owner_work;
	bool paused;
	struct delayed_work resume_work;
};

#endif /* _VHOST_MEM_H */

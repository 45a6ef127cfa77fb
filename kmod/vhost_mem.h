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
 *   vhost_mem_registry_mutex -> region->config_lock
 *   dev.mutex -> vq.mutex -> region->blocks_lock -> guard->lock
 *                                                -> region->config_lock
 *   mm->mmap_lock (or the VMA's lock) -> guard->lock -> folio lock
 *
 * User memory is touched with dev.mutex or vq.mutex held, never with one of
 * the locks to the right of them: the ring, the buffers and the arguments of
 * ioctls may lie inside the region, so touching them may enter the guard's
 * fault handler. See Documentation/virt/vhost-mem-locking.rst.
 */
#ifndef _VHOST_MEM_H
#define _VHOST_MEM_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <uapi/linux/vhost_mem.h>
#include <uapi/linux/vhost_mem_netlink.h>

#include "blkmap.h"
#include "guard.h"
#include "vhost.h"

struct eventfd_ctx;
struct pid;
struct vhost_mem_answer;
struct vhost_mem_request;

/**
 * struct vhost_mem_region - a memory region and the state of its blocks
 * @id: Number in the registry; 0 before and after it is published.
 * @flags: enum vhost_mem_create_flags. Constant.
 * @node_id: Guest NUMA node, with VHOST_MEM_CREATE_NODE. Constant.
 * @name: Name given by the VMM. Constant.
 * @pid: Process that created the region. Constant.
 * @comm: Its name at that time. Constant.
 * @size: Bytes of the region. Constant.
 * @block_size: Bytes of a device block, a power of two. Constant.
 * @blocks_lock: Serializes every change of the state of blocks, so that a
 *	check of their state and the change that it permits are one step.
 * @blkmap: Which blocks are plugged. Changed with @blocks_lock and
 *	@guard.lock (write) held, so either of them makes it stable.
 * @guard: The region's memory.
 * @config_lock: Protects the members down to @state, and makes the
 *	configuration space consistent for whoever reads it.
 * @addr: Guest physical address; valid if @addr_valid.
 * @addr_valid: VHOST_MEM_SET_ADDRESS was done.
 * @usable_size: Bytes at the start of the region in which blocks may be
 *	plugged.
 * @requested_size: Bytes that the guest is asked to have plugged.
 * @limit: Bytes that may be requested, at most. Changed by the administrator
 *	only.
 * @plugged_size: Bytes in plugged blocks; changes with @blocks_lock held too.
 * @generation: Changes when the guest has to be told of the configuration.
 * @violation_offset: Where in the region the last refused access was, in bytes.
 * @violation_access: What kind of access it was.
 * @closed: The device is gone, the region is left only because it is mapped.
 * @config_call: Signalled on changes of the three sizes, or NULL.
 * @state: What the request virtqueue is doing.
 * @retry_work: Tells the guest to try again what was answered BUSY.
 * @plugged_work: Tells netlink listeners of changes of @plugged_size and
 *	@state, several at once.
 * @violation_work: Tells netlink listeners of refused accesses, several at once.
 * @requests: Requests served.
 * @refused_faults: Accesses to unplugged blocks that were refused.
 */
struct vhost_mem_region {
	u32 id;
	u32 flags;
	u16 node_id;
	char name[VHOST_MEM_NAME_MAX];
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	u64 size;
	u64 block_size;

	struct mutex blocks_lock;	/* changes of blkmap */
	struct vhost_mem_blkmap blkmap;
	struct vhost_mem_guard guard;

	spinlock_t config_lock;		/* addr ... state */
	u64 addr;
	bool addr_valid;
	u64 usable_size;
	u64 requested_size;
	u64 limit;
	u64 plugged_size;
	u64 generation;
	u64 violation_offset;
	enum vhost_mem_access violation_access;
	bool closed;
	struct eventfd_ctx *config_call;
	enum vhost_mem_state state;

	struct delayed_work retry_work;
	struct delayed_work plugged_work;
	struct delayed_work violation_work;
	atomic64_t requests;
	atomic64_t refused_faults;
};

/**
 * struct vhost_mem - a device: one open file of /dev/vhost-mem
 * @dev: The vhost core's part. dev.mutex protects @region.
 * @vq: The request virtqueue. vq.mutex protects its backend, the region, which
 *	is set while requests are served.
 * @vqs: What the vhost core wants: a table of all virtqueues.
 * @region: The memory region; set once by VHOST_MEM_CREATE_REGION.
 * @paused: A request was answered BUSY, none is served until @resume_work runs.
 * @resume_work: Goes on with the virtqueue.
 */
struct vhost_mem {
	struct vhost_dev dev;
	struct vhost_virtqueue vq;
	struct vhost_virtqueue *vqs[1];
	struct vhost_mem_region *region;
	bool paused;
	struct delayed_work resume_work;
};

/* region.c */
struct vhost_mem_region *
vhost_mem_region_create(const struct vhost_mem_create_region *arg);
void vhost_mem_region_close(struct vhost_mem_region *region);
void vhost_mem_region_free(struct vhost_mem_region *region);

/* config.c */
u64 vhost_mem_config_features(const struct vhost_mem_region *region);
void vhost_mem_config_get(struct vhost_mem_region *region,
			  struct virtio_mem_config *config, u64 *generation);
int vhost_mem_config_set_addr(struct vhost_mem_region *region, u64 addr);
int vhost_mem_config_set_requested(struct vhost_mem_region *region, u64 size);
void vhost_mem_config_set_limit(struct vhost_mem_region *region, u64 limit);
void vhost_mem_config_violation(struct vhost_mem_region *region, u64 offset,
				enum vhost_mem_access access);
void vhost_mem_config_close(struct vhost_mem_region *region);
void vhost_mem_config_set_call(struct vhost_mem_region *region,
			       struct eventfd_ctx *call);
void vhost_mem_config_set_state(struct vhost_mem_region *region,
				enum vhost_mem_state state);
void vhost_mem_config_retry(struct vhost_mem_region *region);
void vhost_mem_config_retry_later(struct vhost_mem_region *region);
void vhost_mem_config_plugged(struct vhost_mem_region *region, s64 bytes);
void vhost_mem_config_unplugged_all(struct vhost_mem_region *region);

/* blocks.c */
int vhost_mem_blocks_plug(struct vhost_mem_region *region, u64 addr,
			  u64 length);
int vhost_mem_blocks_unplug(struct vhost_mem_region *region, u64 addr,
			    u64 length);
int vhost_mem_blocks_state(struct vhost_mem_region *region, u64 addr,
			   u64 length, enum vhost_mem_blkmap_state *state);
int vhost_mem_blocks_unplug_all(struct vhost_mem_region *region, bool force);
void vhost_mem_blocks_copy(struct vhost_mem_region *region, u64 first_block,
			   u64 nr_blocks, u64 *bitmap);

/* vq.c */
void vhost_mem_vq_init(struct vhost_mem *vm);
int vhost_mem_vq_start(struct vhost_mem *vm);
void vhost_mem_vq_stop(struct vhost_mem *vm);

/* ioctl.c */
long vhost_mem_ioctl(struct vhost_mem *vm, unsigned int cmd,
		     void __user *argp);

/* registry.c */
int vhost_mem_registry_add(struct vhost_mem_region *region);
void vhost_mem_registry_remove(struct vhost_mem_region *region);
struct vhost_mem_region *vhost_mem_registry_find(u32 id);
struct vhost_mem_region *vhost_mem_registry_next(unsigned long *id);
void vhost_mem_registry_lock(void);
void vhost_mem_registry_unlock(void);

/* netlink.c */
int vhost_mem_netlink_init(void);
void vhost_mem_netlink_exit(void);
void vhost_mem_netlink_notify(struct vhost_mem_region *region, u8 cmd);

#endif /* _VHOST_MEM_H */

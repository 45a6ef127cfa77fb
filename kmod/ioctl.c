// SPDX-License-Identifier: GPL-2.0
/*
 * The device's own ioctls, see uapi/linux/vhost_mem.h.
 *
 * Each argument begins with its size and may grow. It is copied once, whole;
 * only the copy is looked at.
 */

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "blocks.h"
#include "change.h"
#include "config.h"
#include "confirm.h"
#include "ioctl.h"
#include "lease.h"
#include "migrate.h"
#include "owner.h"
#include "region.h"
#include "vhost_mem.h"
#include "vq.h"

/* Any of the arguments. Where the second member is reserved, @value has it, too. */
union ioctl_arg {
	u32 size;
	struct vhost_mem_create_region create;
	struct vhost_mem_value value;
	struct vhost_mem_fd fd;
	struct vhost_mem_config config;
	struct vhost_mem_block_map block_map;
	struct vhost_mem_range range;
	struct vhost_mem_set_confirm set_confirm;
	struct vhost_mem_pending pending;
	struct vhost_mem_confirm confirm;
};

/*
 * A call, on its way through prepare(), fn() and finish().
 * @vm: The device.
 * @region: Its region; NULL for VHOST_MEM_CREATE_REGION.
 * @arg: A copy of the argument, which user space cannot change any more.
 * @argp: The argument in user memory.
 * @bitmap: Kernel copy of a bitmap, freed at the end; or NULL.
 */
struct ioctl_call {
	struct vhost_mem *vm;
	struct vhost_mem_region *region;
	union ioctl_arg arg;
	void __user *argp;
	void *bitmap;
};

/*
 * The region is made before any lock is taken, because its number is written to
 * user memory, and can be undone as long as nobody has seen it.
 */
static int ioctl_prepare_create(struct ioctl_call *call)
{
	struct vhost_mem_create_region __user *argp = call->argp;
	struct vhost_mem_region *region;

	/* Pairs with ioctl_create_region(), which decides. */
	if (smp_load_acquire(&call->vm->region))
		return -EEXIST;
	region = vhost_mem_region_create(&call->arg.create);
	if (IS_ERR(region))
		return PTR_ERR(region);
	if (put_user(region->id, &argp->id)) {
		vhost_mem_region_close(region);
		return -EFAULT;
	}
	call->region = region;
	return 0;
}

static int ioctl_create_region(struct ioctl_call *call)
{
	u64 reservation = call->arg.create.reservation;
	struct vhost_mem *vm = call->vm;
	int ret;

	lockdep_assert_held(&vm->dev.mutex);

	if (vm->region)
		return -EEXIST;
	/* Last, so that no lease is lost to a region that comes to nothing. */
	if (reservation) {
		ret = vhost_mem_lease_use(call->region, reservation,
					  vm->opener);
		if (ret)
			return ret;
	}
	/* mmap() looks at it without the mutex. */
	smp_store_release(&vm->region, call->region);
	call->region = NULL;
	return 0;
}

/* Closes a region that has not become that of the device. */
static void ioctl_finish_create(struct ioctl_call *call)
{
	if (call->region)
		vhost_mem_region_close(call->region);
}

static int ioctl_set_address(struct ioctl_call *call)
{
	return vhost_mem_config_set_addr(call->region, call->arg.value.value);
}

static int ioctl_set_requested_size(struct ioctl_call *call)
{
	return vhost_mem_change_requested(call->region, call->arg.value.value);
}

static int ioctl_set_running(struct ioctl_call *call)
{
	int ret;

	if (call->arg.value.value)
		return vhost_mem_vq_start(call->vm);
	ret = vhost_dev_check_owner(&call->vm->dev);
	if (!ret)
		vhost_mem_vq_stop(call->vm);
	return ret;
}

static int ioctl_system_reset(struct ioctl_call *call)
{
	int ret;

	ret = vhost_mem_blocks_unplug_all(call->region, true);
	if (!ret)
		vhost_mem_change_system_reset(call->region);
	return ret;
}

/* NULL for -1. */
static struct eventfd_ctx *ioctl_get_eventfd(int fd)
{
	if (fd < -1)
		return ERR_PTR(-EINVAL);
	return fd >= 0 ? eventfd_ctx_fdget(fd) : NULL;
}

static int ioctl_set_config_call(struct ioctl_call *call)
{
	struct eventfd_ctx *ctx = ioctl_get_eventfd(call->arg.fd.fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vhost_mem_config_set_call(call->region, ctx);
	return 0;
}

static int ioctl_get_config(struct ioctl_call *call)
{
	call->arg.config.id = call->region->id;
	vhost_mem_config_get(call->region, &call->arg.config.config,
			     &call->arg.config.generation);
	return 0;
}

static int ioctl_check_block_map(struct ioctl_call *call)
{
	const struct vhost_mem_block_map *map = &call->arg.block_map;
	u64 nr_total = call->region->blkmap.nr_blocks;

	if (map->reserved || map->first_block % 64 || !map->nr_blocks)
		return -EINVAL;
	if (map->first_block >= nr_total ||
	    map->nr_blocks > nr_total - map->first_block)
		return -ERANGE;
	return 0;
}

/*
 * A block map is copied to or from user memory by way of the kernel's: touching
 * user memory may have to wait for anything, even for ever, so not while holding a
 * lock that somebody else needs.
 */
static size_t ioctl_bitmap_bytes(u64 nr_blocks)
{
	return DIV_ROUND_UP_ULL(nr_blocks, 64) * sizeof(u64);
}

static int ioctl_prepare_block_map(struct ioctl_call *call)
{
	int ret = ioctl_check_block_map(call);

	if (ret)
		return ret;
	call->bitmap = kvzalloc(ioctl_bitmap_bytes(call->arg.block_map.nr_blocks),
				GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
				__GFP_NOWARN);
	return call->bitmap ? 0 : -ENOMEM;
}

static int ioctl_get_block_map(struct ioctl_call *call)
{
	const struct vhost_mem_block_map *map = &call->arg.block_map;
	int ret;

	ret = vhost_mem_migrate_get_map(call->region, map->first_block,
					map->nr_blocks, call->bitmap);
	if (ret)
		return ret;
	if (copy_to_user(u64_to_user_ptr(map->bitmap), call->bitmap,
			 ioctl_bitmap_bytes(map->nr_blocks)))
		return -EFAULT;
	return 0;
}

static int ioctl_prepare_set_block_map(struct ioctl_call *call)
{
	const struct vhost_mem_block_map *map = &call->arg.block_map;
	u64 nr = map->nr_blocks;
	u64 *bitmap;
	int ret;

	ret = ioctl_prepare_block_map(call);
	if (ret)
		return ret;
	bitmap = call->bitmap;
	if (copy_from_user(bitmap, u64_to_user_ptr(map->bitmap),
			   ioctl_bitmap_bytes(nr)))
		return -EFAULT;
	if (nr % 64 && bitmap[nr / 64] >> (nr % 64))
		return -EINVAL;
	/* In place: word by word, from its beginning. */
	bitmap_from_arr64(call->bitmap, bitmap, nr);
	return 0;
}

static int ioctl_set_block_map(struct ioctl_call *call)
{
	const struct vhost_mem_block_map *map = &call->arg.block_map;

	return vhost_mem_migrate_set_map(call->region, map->first_block,
					 map->nr_blocks, call->bitmap);
}

static int ioctl_set_usable_size(struct ioctl_call *call)
{
	return vhost_mem_config_set_usable(call->region, call->arg.value.value);
}

static int ioctl_set_frozen(struct ioctl_call *call)
{
	vhost_mem_migrate_freeze(call->region, call->arg.value.value);
	return 0;
}

static int ioctl_plug(struct ioctl_call *call)
{
	return vhost_mem_blocks_plug(call->region, call->arg.range.addr,
				     call->arg.range.length);
}

static int ioctl_unplug(struct ioctl_call *call)
{
	return vhost_mem_blocks_unplug(call->region, call->arg.range.addr,
				       call->arg.range.length);
}

static int ioctl_set_leaving(struct ioctl_call *call)
{
	return vhost_mem_config_set_leaving(call->region, call->arg.value.value);
}

static int ioctl_get_memory_fd(struct ioctl_call *call)
{
	return vhost_mem_memory_file_get_fd(call->region);
}

static int ioctl_set_confirm(struct ioctl_call *call)
{
	const struct vhost_mem_set_confirm *arg = &call->arg.set_confirm;
	struct eventfd_ctx *ctx;

	if (arg->reserved || (arg->fd == -1) != !arg->timeout_ms)
		return -EINVAL;
	if (arg->timeout_ms > VHOST_MEM_CONFIRM_TIMEOUT_MAX)
		return -ERANGE;
	ctx = ioctl_get_eventfd(arg->fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vhost_mem_confirm_set(call->region, ctx, arg->timeout_ms);
	return 0;
}

static int ioctl_get_pending(struct ioctl_call *call)
{
	return vhost_mem_confirm_fetch(call->region, &call->arg.pending);
}

static int ioctl_confirm(struct ioctl_call *call)
{
	return vhost_mem_confirm_apply(call->region, call->arg.confirm.seq,
				       call->arg.confirm.result);
}

/**
 * enum ioctl_flags - who may use an ioctl, and what is checked for it
 * @IOCTL_LOOK: For whoever has the open file; without dev.mutex, so that it waits for
 *	nobody. Any other is for the owner, if there is one (EPERM); the flags below
 *	are for those.
 * @IOCTL_NEW: The device need not have a region (ENODEV).
 * @IOCTL_RESERVED: The second member is reserved and must be 0 (EINVAL).
 * @IOCTL_ZERO: Like @IOCTL_RESERVED, and the value must be 0 (EINVAL).
 * @IOCTL_BOOL: Like @IOCTL_RESERVED, and the value must be 0 or 1 (EINVAL).
 * @IOCTL_STOPPED: The virtqueue must be stopped (EBUSY).
 * @IOCTL_INTERRUPT: Interrupts a change of blocks that is under way.
 * @IOCTL_REPLY: The argument is written back.
 *
 * User space sees the order of the checks: ENODEV, the errors of prepare(), EPERM,
 * EINVAL, EBUSY, the errors of fn().
 */
enum ioctl_flags {
	IOCTL_LOOK	= 1 << 0,
	IOCTL_NEW	= 1 << 1,
	IOCTL_RESERVED	= 1 << 2,
	IOCTL_ZERO	= 1 << 3,
	IOCTL_BOOL	= 1 << 4,
	IOCTL_STOPPED	= 1 << 5,
	IOCTL_INTERRUPT	= 1 << 6,
	IOCTL_REPLY	= 1 << 7,
};

/**
 * struct ioctl_op - an ioctl
 * @prepare: Touches user memory, without any lock; or NULL. Only what it puts into
 *	the call can change.
 * @fn: Carries out the ioctl. Context: dev.mutex held, except for IOCTL_LOOK; so a
 *	device that is stopped stays so.
 * @finish: Called last, without any lock, if prepare() has succeeded; or NULL.
 * @flags: enum ioctl_flags.
 * @size: Bytes of the argument that this kernel knows.
 * @min_size: Bytes of the first version of the argument.
 */
struct ioctl_op {
	int (*prepare)(struct ioctl_call *call);
	int (*fn)(struct ioctl_call *call);
	void (*finish)(struct ioctl_call *call);
	unsigned int flags;
	size_t size;
	size_t min_size;
};

/* Of the numbers that all vhost devices share, these are ours. */
#define VHOST_MEM_NR_IOCTLS	32

#define IOCTL_OP(_cmd, _fn, _struct, _last, _flags, ...)		\
	[_IOC_NR(_cmd) - _IOC_NR(VHOST_MEM_CREATE_REGION)] = {		\
		.fn = _fn,						\
		.flags = _flags,					\
		.size = sizeof(struct _struct),				\
		.min_size = offsetofend(struct _struct, _last),		\
		__VA_ARGS__						\
	}

static const struct ioctl_op ioctl_ops[] = {
	IOCTL_OP(VHOST_MEM_CREATE_REGION, ioctl_create_region,
		 vhost_mem_create_region, name, IOCTL_NEW,
		 .prepare = ioctl_prepare_create,
		 .finish = ioctl_finish_create),
	IOCTL_OP(VHOST_MEM_SET_ADDRESS, ioctl_set_address,
		 vhost_mem_value, value, IOCTL_RESERVED | IOCTL_STOPPED),
	IOCTL_OP(VHOST_MEM_SET_REQUESTED_SIZE, ioctl_set_requested_size,
		 vhost_mem_value, value, IOCTL_RESERVED),
	IOCTL_OP(VHOST_MEM_SET_RUNNING, ioctl_set_running,
		 vhost_mem_value, value, IOCTL_BOOL | IOCTL_INTERRUPT),
	IOCTL_OP(VHOST_MEM_SYSTEM_RESET, ioctl_system_reset,
		 vhost_mem_value, value, IOCTL_ZERO | IOCTL_INTERRUPT),
	IOCTL_OP(VHOST_MEM_SET_CONFIG_CALL, ioctl_set_config_call,
		 vhost_mem_fd, fd, 0),
	IOCTL_OP(VHOST_MEM_GET_CONFIG, ioctl_get_config,
		 vhost_mem_config, generation, IOCTL_LOOK | IOCTL_REPLY),
	IOCTL_OP(VHOST_MEM_GET_BLOCK_MAP, ioctl_get_block_map,
		 vhost_mem_block_map, bitmap, IOCTL_LOOK,
		 .prepare = ioctl_prepare_block_map),
	IOCTL_OP(VHOST_MEM_PLUG, ioctl_plug,
		 vhost_mem_range, length, IOCTL_RESERVED | IOCTL_STOPPED),
	IOCTL_OP(VHOST_MEM_UNPLUG, ioctl_unplug,
		 vhost_mem_range, length, IOCTL_RESERVED | IOCTL_STOPPED),
	IOCTL_OP(VHOST_MEM_SET_BLOCK_MAP, ioctl_set_block_map,
		 vhost_mem_block_map, bitmap, IOCTL_STOPPED,
		 .prepare = ioctl_prepare_set_block_map),
	IOCTL_OP(VHOST_MEM_SET_USABLE_SIZE, ioctl_set_usable_size,
		 vhost_mem_value, value, IOCTL_RESERVED | IOCTL_STOPPED),
	IOCTL_OP(VHOST_MEM_SET_FROZEN, ioctl_set_frozen,
		 vhost_mem_value, value, IOCTL_BOOL),
	IOCTL_OP(VHOST_MEM_SET_LEAVING, ioctl_set_leaving,
		 vhost_mem_value, value, IOCTL_BOOL),
	IOCTL_OP(VHOST_MEM_GET_MEMORY_FD, ioctl_get_memory_fd,
		 vhost_mem_value, value, IOCTL_ZERO),
	IOCTL_OP(VHOST_MEM_SET_CONFIRM, ioctl_set_confirm,
		 vhost_mem_set_confirm, reserved, 0),
	IOCTL_OP(VHOST_MEM_GET_PENDING, ioctl_get_pending,
		 vhost_mem_pending, length, IOCTL_REPLY),
	IOCTL_OP(VHOST_MEM_CONFIRM, ioctl_confirm,
		 vhost_mem_confirm, seq, 0),
};

/*
 * Killable, because a request under way may take long: it gives up only for ioctls that
 * interrupt it. The device stays stopped while dev.mutex is held.
 */
static int ioctl_check_stopped(struct vhost_mem *vm)
{
	bool running;

	lockdep_assert_held(&vm->dev.mutex);

	if (mutex_lock_killable(&vm->vq.mutex))
		return -EINTR;
	running = vhost_vq_get_backend(&vm->vq);
	mutex_unlock(&vm->vq.mutex);
	return running ? -EBUSY : 0;
}

/*
 * The owner may also pass the open file to others for them to map the region: older
 * QEMUs pass it to vhost-user processes. These may only look.
 */
static int ioctl_check_locked(const struct ioctl_op *op,
			      const struct ioctl_call *call)
{
	const struct vhost_mem_value *value = &call->arg.value;

	static_assert(offsetof(struct vhost_mem_range, reserved) ==
		      offsetof(struct vhost_mem_value, reserved));
	lockdep_assert_held(&call->vm->dev.mutex);

	if (!vhost_mem_owner_permits(call->vm))
		return -EPERM;
	if (op->flags & (IOCTL_RESERVED | IOCTL_ZERO | IOCTL_BOOL) &&
	    value->reserved)
		return -EINVAL;
	if ((op->flags & IOCTL_ZERO && value->value) ||
	    (op->flags & IOCTL_BOOL && value->value > 1))
		return -EINVAL;
	return op->flags & IOCTL_STOPPED ? ioctl_check_stopped(call->vm) : 0;
}

/* Check and carry out any ioctl but those with IOCTL_LOOK. Takes dev.mutex. */
static int ioctl_do_owner(const struct ioctl_op *op, struct ioctl_call *call)
{
	struct vhost_mem *vm = call->vm;
	int ret;

	if (mutex_lock_killable(&vm->dev.mutex))
		return -EINTR;
	ret = ioctl_check_locked(op, call);
	if (ret)
		goto unlock;
	if (op->flags & IOCTL_INTERRUPT)
		vhost_mem_blocks_interrupt(call->region);
	ret = op->fn(call);
	if (op->flags & IOCTL_INTERRUPT)
		vhost_mem_blocks_go_on(call->region);
unlock:
	mutex_unlock(&vm->dev.mutex);
	return ret;
}

static int ioctl_do(const struct ioctl_op *op, struct ioctl_call *call)
{
	int ret;

	if (!(op->flags & IOCTL_NEW)) {
		/* Set once. Pairs with ioctl_create_region(). */
		call->region = smp_load_acquire(&call->vm->region);
		if (!call->region)
			return -ENODEV;
	}
	ret = op->prepare ? op->prepare(call) : 0;
	if (!ret) {
		ret = op->flags & IOCTL_LOOK ? op->fn(call) :
					       ioctl_do_owner(op, call);
		if (op->finish)
			op->finish(call);
	}
	kvfree(call->bitmap);
	return ret;
}

/**
 * vhost_mem_ioctl() - serve one of the device's own ioctls
 * @vm: The device.
 * @cmd: The ioctl.
 * @argp: Its argument.
 *
 * Context: May sleep. Takes dev.mutex, but not while user memory is touched.
 * Return: 0, or a descriptor; an error of uapi/linux/vhost_mem.h; -ENOIOCTLCMD if
 * the number is none of ours.
 */
long vhost_mem_ioctl(struct vhost_mem *vm, unsigned int cmd,
		     void __user *argp)
{
	unsigned int nr = _IOC_NR(cmd) - _IOC_NR(VHOST_MEM_CREATE_REGION);
	struct ioctl_call call = { .vm = vm, .argp = argp };
	const struct ioctl_op *op;
	u32 size;
	long ret;

	if (nr >= VHOST_MEM_NR_IOCTLS ||
	    cmd != _IO(VHOST_MEM_VIRTIO, _IOC_NR(cmd)))
		return -ENOIOCTLCMD;
	if (nr >= ARRAY_SIZE(ioctl_ops))
		return -ENOTTY;
	op = &ioctl_ops[array_index_nospec(nr, ARRAY_SIZE(ioctl_ops))];

	if (get_user(size, (u32 __user *)argp))
		return -EFAULT;
	if (size < op->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&call.arg, op->size, argp, size);
	if (ret)
		return ret;
	/* Make sure that the reply can be written before anything changes. */
	if (op->flags & IOCTL_REPLY && put_user(size, (u32 __user *)argp))
		return -EFAULT;

	ret = ioctl_do(op, &call);
	if (ret || !(op->flags & IOCTL_REPLY))
		return ret;

	/* User space may have changed the size meanwhile: keep the one that was checked. */
	call.arg.size = size;
	if (copy_to_user(argp, &call.arg, min_t(size_t, size, op->size)))
		return -EFAULT;
	return 0;
}

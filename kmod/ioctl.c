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
#include "ioctl.h"
#include "migrate.h"
#include "owner.h"
#include "region.h"
#include "vhost_mem.h"
#include "vq.h"

/* Any of the arguments. */
union ioctl_arg {
	u32 size;
	struct vhost_mem_create_region create;
	struct vhost_mem_value value;
	struct vhost_mem_fd fd;
	struct vhost_mem_config config;
	struct vhost_mem_block_map block_map;
	struct vhost_mem_range range;
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
	struct vhost_mem *vm = call->vm;

	if (vm->region)
		return -EEXIST;
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

/*
 * Does the virtqueue keep the device's configuration as it is? A request under way
 * may take long, and gives up only for those who stop the device.
 */
static int ioctl_check_stopped(struct vhost_mem *vm)
{
	bool running;

	if (mutex_lock_killable(&vm->vq.mutex))
		return -EINTR;
	running = vhost_vq_get_backend(&vm->vq);
	mutex_unlock(&vm->vq.mutex);
	return running ? -EBUSY : 0;
}

static int ioctl_set_address(struct ioctl_call *call)
{
	int ret;

	if (call->arg.value.reserved)
		return -EINVAL;
	ret = ioctl_check_stopped(call->vm);
	if (ret)
		return ret;
	return vhost_mem_config_set_addr(call->region, call->arg.value.value);
}

static int ioctl_set_requested_size(struct ioctl_call *call)
{
	if (call->arg.value.reserved)
		return -EINVAL;
	return vhost_mem_change_requested(call->region,
					      call->arg.value.value);
}

static int ioctl_set_running(struct ioctl_call *call)
{
	int ret;

	if (call->arg.value.reserved || call->arg.value.value > 1)
		return -EINVAL;
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

	if (call->arg.value.reserved || call->arg.value.value)
		return -EINVAL;
	ret = vhost_mem_blocks_unplug_all(call->region, true);
	if (!ret)
		vhost_mem_change_system_reset(call->region);
	return ret;
}

static int ioctl_set_config_call(struct ioctl_call *call)
{
	struct eventfd_ctx *ctx = NULL;

	if (call->arg.fd.fd < -1)
		return -EINVAL;
	if (call->arg.fd.fd >= 0) {
		ctx = eventfd_ctx_fdget(call->arg.fd.fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
	}
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

	ret = vhost_mem_blocks_copy(call->region, map->first_block,
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
	int ret;

	ret = ioctl_check_stopped(call->vm);
	if (ret)
		return ret;
	return vhost_mem_migrate_set_map(call->region, map->first_block,
					 map->nr_blocks, call->bitmap);
}

static int ioctl_set_usable_size(struct ioctl_call *call)
{
	int ret;

	if (call->arg.value.reserved)
		return -EINVAL;
	ret = ioctl_check_stopped(call->vm);
	if (ret)
		return ret;
	return vhost_mem_config_set_usable(call->region, call->arg.value.value);
}

static int ioctl_set_frozen(struct ioctl_call *call)
{
	if (call->arg.value.reserved || call->arg.value.value > 1)
		return -EINVAL;
	vhost_mem_migrate_freeze(call->region, call->arg.value.value);
	return 0;
}

static int ioctl_plug(struct ioctl_call *call)
{
	int ret;

	if (call->arg.range.reserved)
		return -EINVAL;
	ret = ioctl_check_stopped(call->vm);
	if (ret)
		return ret;
	return vhost_mem_blocks_plug(call->region, call->arg.range.addr,
				     call->arg.range.length);
}

static int ioctl_unplug(struct ioctl_call *call)
{
	int ret;

	if (call->arg.range.reserved)
		return -EINVAL;
	ret = ioctl_check_stopped(call->vm);
	if (ret)
		return ret;
	return vhost_mem_blocks_unplug(call->region, call->arg.range.addr,
				       call->arg.range.length);
}

static int ioctl_set_leaving(struct ioctl_call *call)
{
	if (call->arg.value.reserved || call->arg.value.value > 1)
		return -EINVAL;
	return vhost_mem_config_set_leaving(call->region, call->arg.value.value);
}

static int ioctl_get_memory_fd(struct ioctl_call *call)
{
	if (call->arg.value.reserved || call->arg.value.value)
		return -EINVAL;
	return vhost_mem_memory_file_get_fd(call->region);
}

/**
 * enum ioctl_kind - who may use an ioctl, and what it waits for
 * @IOCTL_LOOK: Anybody who has the open file; without dev.mutex, so that it waits
 *	for nobody.
 * @IOCTL_CHANGE: The owner, if there is one; with dev.mutex.
 * @IOCTL_INTERRUPT: Like @IOCTL_CHANGE; also interrupts a change of blocks that is under way.
 */
enum ioctl_kind {
	IOCTL_LOOK,
	IOCTL_CHANGE,
	IOCTL_INTERRUPT,
};

/**
 * struct ioctl_op - an ioctl
 * @prepare: Touches user memory, without any lock; or NULL. Only what it puts into
 *	the call can change.
 * @fn: What it does. Context: dev.mutex held but for IOCTL_LOOK; that keeps a
 *	device stopped which is.
 * @finish: Afterwards, without any lock, if prepare() has succeeded; or NULL.
 * @kind: Who may use it, and what it waits for.
 * @size: Bytes of the argument that this kernel knows.
 * @min_size: Bytes of the first version of the argument.
 * @reply: The argument is written back.
 */
struct ioctl_op {
	int (*prepare)(struct ioctl_call *call);
	int (*fn)(struct ioctl_call *call);
	void (*finish)(struct ioctl_call *call);
	enum ioctl_kind kind;
	size_t size;
	size_t min_size;
	bool reply;
};

/* Of the numbers that all vhost devices share, these are ours. */
#define VHOST_MEM_NR_IOCTLS	16

#define IOCTL_OP(_cmd, _kind, _fn, _struct, _last, ...)			\
	[_IOC_NR(_cmd) - _IOC_NR(VHOST_MEM_CREATE_REGION)] = {		\
		.fn = _fn,						\
		.kind = IOCTL_##_kind,					\
		.size = sizeof(struct _struct),				\
		.min_size = offsetofend(struct _struct, _last),		\
		__VA_ARGS__						\
	}

static const struct ioctl_op ioctl_ops[] = {
	IOCTL_OP(VHOST_MEM_CREATE_REGION, CHANGE, ioctl_create_region,
		 vhost_mem_create_region, name,
		 .prepare = ioctl_prepare_create,
		 .finish = ioctl_finish_create),
	IOCTL_OP(VHOST_MEM_SET_ADDRESS, CHANGE, ioctl_set_address,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_SET_REQUESTED_SIZE, CHANGE, ioctl_set_requested_size,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_SET_RUNNING, INTERRUPT, ioctl_set_running,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_SYSTEM_RESET, INTERRUPT, ioctl_system_reset,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_SET_CONFIG_CALL, CHANGE, ioctl_set_config_call,
		 vhost_mem_fd, fd),
	IOCTL_OP(VHOST_MEM_GET_CONFIG, LOOK, ioctl_get_config,
		 vhost_mem_config, generation, .reply = true),
	IOCTL_OP(VHOST_MEM_GET_BLOCK_MAP, LOOK, ioctl_get_block_map,
		 vhost_mem_block_map, bitmap,
		 .prepare = ioctl_prepare_block_map),
	IOCTL_OP(VHOST_MEM_PLUG, CHANGE, ioctl_plug,
		 vhost_mem_range, length),
	IOCTL_OP(VHOST_MEM_UNPLUG, CHANGE, ioctl_unplug,
		 vhost_mem_range, length),
	IOCTL_OP(VHOST_MEM_SET_BLOCK_MAP, CHANGE, ioctl_set_block_map,
		 vhost_mem_block_map, bitmap,
		 .prepare = ioctl_prepare_set_block_map),
	IOCTL_OP(VHOST_MEM_SET_USABLE_SIZE, CHANGE, ioctl_set_usable_size,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_SET_FROZEN, CHANGE, ioctl_set_frozen,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_SET_LEAVING, CHANGE, ioctl_set_leaving,
		 vhost_mem_value, value),
	IOCTL_OP(VHOST_MEM_GET_MEMORY_FD, CHANGE, ioctl_get_memory_fd,
		 vhost_mem_value, value),
};

/*
 * The open file is also handed out by the owner to have the region mapped: older
 * QEMUs give it to vhost-user processes. What they may do is to look.
 */
static int ioctl_do_locked(const struct ioctl_op *op, struct ioctl_call *call)
{
	struct vhost_mem *vm = call->vm;
	int ret;

	if (mutex_lock_killable(&vm->dev.mutex))
		return -EINTR;
	if (!vhost_mem_owner_permits(vm)) {
		ret = -EPERM;
	} else if (op->kind == IOCTL_INTERRUPT) {
		vhost_mem_blocks_interrupt(call->region);
		ret = op->fn(call);
		vhost_mem_blocks_go_on(call->region);
	} else {
		ret = op->fn(call);
	}
	mutex_unlock(&vm->dev.mutex);
	return ret;
}

static int ioctl_do(const struct ioctl_op *op, struct ioctl_call *call)
{
	int ret;

	if (op->fn != ioctl_create_region) {
		/* Set once. Pairs with ioctl_create_region(). */
		call->region = smp_load_acquire(&call->vm->region);
		if (!call->region)
			return -ENODEV;
	}
	ret = op->prepare ? op->prepare(call) : 0;
	if (!ret) {
		ret = op->kind == IOCTL_LOOK ? op->fn(call) :
					       ioctl_do_locked(op, call);
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
	if (op->reply && put_user(size, (u32 __user *)argp))
		return -EFAULT;

	ret = ioctl_do(op, &call);
	if (ret || !op->reply)
		return ret;

	/* The size may have been changed behind us: keep what was checked. */
	call.arg.size = size;
	if (copy_to_user(argp, &call.arg, min_t(size_t, size, op->size)))
		return -EFAULT;
	return 0;
}

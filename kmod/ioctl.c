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

#include "vhost_mem.h"

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

static int ioctl_create_region(struct vhost_mem *vm, union ioctl_arg *arg,
			       struct vhost_mem_create_region __user *argp)
{
	struct vhost_mem_region *region;

	if (vm->region)
		return -EEXIST;
	region = vhost_mem_region_create(&arg->create);
	if (IS_ERR(region))
		return PTR_ERR(region);
	/* Nobody can have mapped it yet, so it can still be undone. */
	if (put_user(region->id, &argp->id)) {
		vhost_mem_region_close(region);
		return -EFAULT;
	}
	/* mmap() looks at it without the mutex. */
	smp_store_release(&vm->region, region);
	return 0;
}

static bool ioctl_running(struct vhost_mem *vm)
{
	bool running;

	mutex_lock(&vm->vq.mutex);
	running = vhost_vq_get_backend(&vm->vq);
	mutex_unlock(&vm->vq.mutex);
	return running;
}

static int ioctl_set_address(struct vhost_mem *vm, union ioctl_arg *arg)
{
	if (arg->value.reserved)
		return -EINVAL;
	if (ioctl_running(vm))
		return -EBUSY;
	return vhost_mem_config_set_addr(vm->region, arg->value.value);
}

static int ioctl_set_requested_size(struct vhost_mem *vm, union ioctl_arg *arg)
{
	if (arg->value.reserved)
		return -EINVAL;
	return vhost_mem_config_set_requested(vm->region, arg->value.value);
}

static int ioctl_set_running(struct vhost_mem *vm, union ioctl_arg *arg)
{
	int ret;

	if (arg->value.reserved || arg->value.value > 1)
		return -EINVAL;
	if (arg->value.value)
		return vhost_mem_vq_start(vm);
	ret = vhost_dev_check_owner(&vm->dev);
	if (!ret)
		vhost_mem_vq_stop(vm);
	return ret;
}

static int ioctl_system_reset(struct vhost_mem *vm, union ioctl_arg *arg)
{
	int ret;

	if (arg->value.reserved || arg->value.value)
		return -EINVAL;
	ret = vhost_mem_blocks_unplug_all(vm->region, true);
	if (!ret)
		vhost_mem_config_system_reset(vm->region);
	return ret;
}

static int ioctl_set_config_call(struct vhost_mem *vm, union ioctl_arg *arg)
{
	struct eventfd_ctx *call = NULL;

	if (arg->fd.fd < -1)
		return -EINVAL;
	if (arg->fd.fd >= 0) {
		call = eventfd_ctx_fdget(arg->fd.fd);
		if (IS_ERR(call))
			return PTR_ERR(call);
	}
	vhost_mem_config_set_call(vm->region, call);
	return 0;
}

static int ioctl_get_config(struct vhost_mem *vm, union ioctl_arg *arg)
{
	arg->config.id = vm->region->id;
	vhost_mem_config_get(vm->region, &arg->config.config,
			     &arg->config.generation);
	return 0;
}

static int ioctl_check_block_map(struct vhost_mem *vm,
				 const struct vhost_mem_block_map *map)
{
	u64 nr_total = vm->region->blkmap.nr_blocks;

	if (map->reserved || map->first_block % 64 || !map->nr_blocks)
		return -EINVAL;
	if (map->first_block >= nr_total ||
	    map->nr_blocks > nr_total - map->first_block)
		return -ERANGE;
	return 0;
}

/*
 * A block map is copied to or from user memory by way of the kernel's: the user
 * memory may lie inside the region, where touching it may have to wait for
 * anything, so not while holding a lock of the region.
 */
static size_t ioctl_bitmap_bytes(u64 nr_blocks)
{
	return DIV_ROUND_UP_ULL(nr_blocks, 64) * sizeof(u64);
}

static void *ioctl_alloc_bitmap(u64 nr_blocks)
{
	return kvzalloc(ioctl_bitmap_bytes(nr_blocks),
			GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
			__GFP_NOWARN);
}

static int ioctl_get_block_map(struct vhost_mem *vm, union ioctl_arg *arg)
{
	const struct vhost_mem_block_map *map = &arg->block_map;
	u64 *bitmap;
	int ret;

	ret = ioctl_check_block_map(vm, map);
	if (ret)
		return ret;

	bitmap = ioctl_alloc_bitmap(map->nr_blocks);
	if (!bitmap)
		return -ENOMEM;
	vhost_mem_blocks_copy(vm->region, map->first_block, map->nr_blocks,
			      bitmap);
	if (copy_to_user(u64_to_user_ptr(map->bitmap), bitmap,
			 ioctl_bitmap_bytes(map->nr_blocks)))
		ret = -EFAULT;
	kvfree(bitmap);
	return ret;
}

static int ioctl_set_block_map(struct vhost_mem *vm, union ioctl_arg *arg)
{
	const struct vhost_mem_block_map *map = &arg->block_map;
	u64 nr = map->nr_blocks;
	unsigned long *plugged;
	u64 *bitmap;
	int ret;

	ret = ioctl_check_block_map(vm, map);
	if (ret)
		return ret;
	if (ioctl_running(vm))
		return -EBUSY;

	bitmap = ioctl_alloc_bitmap(nr);
	plugged = ioctl_alloc_bitmap(nr);
	ret = -ENOMEM;
	if (!bitmap || !plugged)
		goto out;
	ret = -EFAULT;
	if (copy_from_user(bitmap, u64_to_user_ptr(map->bitmap),
			   ioctl_bitmap_bytes(nr)))
		goto out;
	ret = -EINVAL;
	if (nr % 64 && bitmap[nr / 64] >> (nr % 64))
		goto out;
	bitmap_from_arr64(plugged, bitmap, nr);
	ret = vhost_mem_migrate_set_map(vm->region, map->first_block, nr,
					plugged);
out:
	kvfree(plugged);
	kvfree(bitmap);
	return ret;
}

static int ioctl_set_usable_size(struct vhost_mem *vm, union ioctl_arg *arg)
{
	if (arg->value.reserved)
		return -EINVAL;
	if (ioctl_running(vm))
		return -EBUSY;
	return vhost_mem_config_set_usable(vm->region, arg->value.value);
}

static int ioctl_set_frozen(struct vhost_mem *vm, union ioctl_arg *arg)
{
	if (arg->value.reserved || arg->value.value > 1)
		return -EINVAL;
	vhost_mem_migrate_freeze(vm->region, arg->value.value);
	return 0;
}

static int ioctl_plug(struct vhost_mem *vm, union ioctl_arg *arg)
{
	if (arg->range.reserved)
		return -EINVAL;
	if (ioctl_running(vm))
		return -EBUSY;
	return vhost_mem_blocks_plug(vm->region, arg->range.addr,
				     arg->range.length);
}

static int ioctl_unplug(struct vhost_mem *vm, union ioctl_arg *arg)
{
	if (arg->range.reserved)
		return -EINVAL;
	if (ioctl_running(vm))
		return -EBUSY;
	return vhost_mem_blocks_unplug(vm->region, arg->range.addr,
				       arg->range.length);
}

/**
 * struct ioctl_op - an ioctl
 * @fn: What it does. Context: dev.mutex held, which keeps the device stopped
 *	if it is; and vm->region is there. NULL: VHOST_MEM_CREATE_REGION, which
 *	works without a region, and replies itself.
 * @size: Bytes of the argument that this kernel knows.
 * @min_size: Bytes that its first version had.
 * @reply: The argument is written back.
 */
struct ioctl_op {
	int (*fn)(struct vhost_mem *vm, union ioctl_arg *arg);
	size_t size;
	size_t min_size;
	bool reply;
};

/* Of the numbers that all vhost devices share, these are ours. */
#define VHOST_MEM_NR_IOCTLS	16

#define IOCTL_OP(_cmd, _fn, _struct, _last, _reply)			\
	[_IOC_NR(_cmd) - _IOC_NR(VHOST_MEM_CREATE_REGION)] = {		\
		.fn = _fn,						\
		.size = sizeof(struct _struct),				\
		.min_size = offsetofend(struct _struct, _last),		\
		.reply = _reply,					\
	}

static const struct ioctl_op ioctl_ops[] = {
	IOCTL_OP(VHOST_MEM_CREATE_REGION, NULL,
		 vhost_mem_create_region, name, false),
	IOCTL_OP(VHOST_MEM_SET_ADDRESS, ioctl_set_address,
		 vhost_mem_value, value, false),
	IOCTL_OP(VHOST_MEM_SET_REQUESTED_SIZE, ioctl_set_requested_size,
		 vhost_mem_value, value, false),
	IOCTL_OP(VHOST_MEM_SET_RUNNING, ioctl_set_running,
		 vhost_mem_value, value, false),
	IOCTL_OP(VHOST_MEM_SYSTEM_RESET, ioctl_system_reset,
		 vhost_mem_value, value, false),
	IOCTL_OP(VHOST_MEM_SET_CONFIG_CALL, ioctl_set_config_call,
		 vhost_mem_fd, fd, false),
	IOCTL_OP(VHOST_MEM_GET_CONFIG, ioctl_get_config,
		 vhost_mem_config, generation, true),
	IOCTL_OP(VHOST_MEM_GET_BLOCK_MAP, ioctl_get_block_map,
		 vhost_mem_block_map, bitmap, false),
	IOCTL_OP(VHOST_MEM_PLUG, ioctl_plug,
		 vhost_mem_range, length, false),
	IOCTL_OP(VHOST_MEM_UNPLUG, ioctl_unplug,
		 vhost_mem_range, length, false),
	IOCTL_OP(VHOST_MEM_SET_BLOCK_MAP, ioctl_set_block_map,
		 vhost_mem_block_map, bitmap, false),
	IOCTL_OP(VHOST_MEM_SET_USABLE_SIZE, ioctl_set_usable_size,
		 vhost_mem_value, value, false),
	IOCTL_OP(VHOST_MEM_SET_FROZEN, ioctl_set_frozen,
		 vhost_mem_value, value, false),
};

/*
 * The open file is also handed out by the owner to have the region mapped: QEMU
 * gives it to vhost-user processes. What they may do is to look.
 */
static bool ioctl_is_permitted(struct vhost_mem *vm, unsigned int cmd)
{
	return cmd == VHOST_MEM_GET_CONFIG || cmd == VHOST_MEM_GET_BLOCK_MAP ||
	       vhost_mem_owner_permits(vm);
}

/**
 * vhost_mem_ioctl() - serve one of the device's own ioctls
 * @vm: The device.
 * @cmd: The ioctl.
 * @argp: Its argument.
 *
 * Context: May sleep. Takes dev.mutex.
 * Return: 0; an error of uapi/linux/vhost_mem.h; -ENOIOCTLCMD if the number is
 * none of ours.
 */
long vhost_mem_ioctl(struct vhost_mem *vm, unsigned int cmd,
		     void __user *argp)
{
	unsigned int nr = _IOC_NR(cmd) - _IOC_NR(VHOST_MEM_CREATE_REGION);
	const struct ioctl_op *op;
	union ioctl_arg arg;
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
	memset(&arg, 0, sizeof(arg));
	ret = copy_struct_from_user(&arg, op->size, argp, size);
	if (ret)
		return ret;
	/* Know that a reply can be given before anything is changed. */
	if (op->reply && put_user(size, (u32 __user *)argp))
		return -EFAULT;

	mutex_lock(&vm->dev.mutex);
	if (!ioctl_is_permitted(vm, cmd))
		ret = -EPERM;
	else if (!op->fn)
		ret = ioctl_create_region(vm, &arg, argp);
	else if (vm->region)
		ret = op->fn(vm, &arg);
	else
		ret = -ENODEV;
	mutex_unlock(&vm->dev.mutex);
	if (ret || !op->reply)
		return ret;

	/* The size may have been changed behind us: keep what was checked. */
	arg.size = size;
	if (copy_to_user(argp, &arg, min_t(size_t, size, op->size)))
		return -EFAULT;
	return 0;
}

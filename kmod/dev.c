// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vhost-mem: the character device that a VMM opens.
 *
 * It serves the vhost ioctls for one virtqueue through the vhost core, the
 * device's own ioctls (ioctl.c), and mmap() of the region (guard.c).
 */

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "blocks.h"
#include "config.h"
#include "dev.h"
#include "ioctl.h"
#include "owner.h"
#include "region.h"
#include "vhost_mem.h"
#include "vq.h"

/* Features of the virtqueue; vhost_mem_config_features() has the device's. */
#define VHOST_MEM_RING_FEATURES	(BIT_ULL(VHOST_F_LOG_ALL) |		\
				 BIT_ULL(VIRTIO_F_VERSION_1) |		\
				 BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |	\
				 BIT_ULL(VIRTIO_RING_F_EVENT_IDX))

/*
 * Maximum number of requests that the worker serves before it requeues itself. A
 * well-behaved guest has few requests at a time, so this bounds only a guest that
 * floods the queue. Bytes need no bound of their own.
 */
#define VHOST_MEM_WEIGHT	64

static int dev_open(struct inode *inode, struct file *file)
{
	struct vhost_mem *vm;

	/* Zeroed, because the vhost core does not initialize every member. */
	vm = kvzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return -ENOMEM;
	vm->opener = file->f_cred->euid;
	vhost_mem_vq_init(vm);
	vhost_mem_owner_init(vm);
	vhost_dev_init(&vm->dev, vm->vqs, ARRAY_SIZE(vm->vqs), UIO_MAXIOV,
		       VHOST_MEM_WEIGHT, INT_MAX, true, NULL);
	file->private_data = vm;
	return 0;
}

/* The last reference is gone, so no other file operation runs. Cannot fail. */
static int dev_release(struct inode *inode, struct file *file)
{
	struct vhost_mem *vm = file->private_data;

	vhost_mem_owner_end(vm);
	vhost_mem_vq_end(vm);
	vhost_dev_cleanup(&vm->dev);
	if (vm->region)
		vhost_mem_region_close(vm->region);
	kvfree(vm);
	return 0;
}

static u64 dev_features(struct vhost_mem *vm)
{
	/* Pairs with ioctl_create_region(). */
	struct vhost_mem_region *region = smp_load_acquire(&vm->region);

	return VHOST_MEM_RING_FEATURES |
	       (region ? vhost_mem_config_features(region) : 0);
}

static int dev_get_features(struct vhost_mem *vm, u64 __user *argp)
{
	return put_user(dev_features(vm), argp);
}

static int dev_set_features(struct vhost_mem *vm, u64 __user *argp)
{
	u64 features, required, offered, changed;
	bool log_ok;
	int ret = 0;

	if (copy_from_user(&features, argp, sizeof(features)))
		return -EFAULT;

	if (mutex_lock_killable(&vm->dev.mutex))
		return -EINTR;
	if (!vhost_mem_owner_permits(vm)) {
		ret = -EPERM;
		goto out;
	}
	/*
	 * A driver that does not know that unplugged memory is inaccessible would
	 * sooner or later access it and crash its guest: refuse it now.
	 */
	offered = dev_features(vm);
	required = offered & (BIT_ULL(VIRTIO_F_VERSION_1) |
			      BIT_ULL(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE));
	/* A request under way may hold vq.mutex for long. */
	vhost_mem_blocks_interrupt(vm->region);
	/* Takes vq.mutex. VHOST_SET_LOG_BASE checks a log that is set later. */
	log_ok = !(features & BIT_ULL(VHOST_F_LOG_ALL)) ||
		 vhost_log_access_ok(&vm->dev);
	mutex_lock(&vm->vq.mutex);
	vhost_mem_blocks_go_on(vm->region);
	changed = vm->vq.acked_features ^ features;
	if (!vm->region)
		ret = -ENODEV;
	else if (features & ~offered || required & ~features)
		ret = -EOPNOTSUPP;
	else if (vhost_vq_get_backend(&vm->vq) &&
		 changed & ~BIT_ULL(VHOST_F_LOG_ALL))
		ret = -EBUSY;
	else if (!log_ok)
		ret = -EFAULT;
	else
		vm->vq.acked_features = features;
	mutex_unlock(&vm->vq.mutex);
out:
	mutex_unlock(&vm->dev.mutex);
	return ret;
}

/* The vhost core's own ioctls, for the owner only. */
static long dev_owner_ioctl(struct vhost_mem *vm, unsigned int cmd,
			    void __user *argp)
{
	long ret;

	/*
	 * The core would return EPERM, too, but only after we had interrupted a
	 * request and flushed the worker on behalf of a stranger.
	 */
	if (!vhost_mem_owner_permits(vm))
		return -EPERM;
	/* Most of them take vq.mutex, which a request may hold for long. */
	vhost_mem_blocks_interrupt(vm->region);
	ret = vhost_dev_ioctl(&vm->dev, cmd, argp);
	if (ret == -ENOIOCTLCMD)
		ret = vhost_vring_ioctl(&vm->dev, cmd, argp);
	else
		vhost_dev_flush(&vm->dev);
	vhost_mem_blocks_go_on(vm->region);
	return ret;
}

static long dev_vhost_ioctl(struct vhost_mem *vm, unsigned int cmd,
			    void __user *argp)
{
	long ret;

	if (mutex_lock_killable(&vm->dev.mutex))
		return -EINTR;
	switch (cmd) {
	case VHOST_SET_OWNER:
		ret = vhost_mem_owner_set(vm);
		break;
	case VHOST_RESET_OWNER:
		ret = vhost_mem_owner_reset(vm);
		break;
	default:
		ret = dev_owner_ioctl(vm, cmd, argp);
	}
	mutex_unlock(&vm->dev.mutex);
	return ret;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct vhost_mem *vm = file->private_data;
	long ret;

	/* The vhost core checks the caller first, and would return EPERM. */
	if (_IOC_TYPE(cmd) != VHOST_MEM_VIRTIO)
		return -ENOTTY;
	switch (cmd) {
	case VHOST_GET_FEATURES:
		return dev_get_features(vm, argp);
	case VHOST_SET_FEATURES:
		return dev_set_features(vm, argp);
	}
	ret = vhost_mem_ioctl(vm, cmd, argp);
	if (ret == -ENOIOCTLCMD)
		ret = dev_vhost_ioctl(vm, cmd, argp);
	return ret;
}

static int dev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vhost_mem *vm = file->private_data;
	/* Pairs with ioctl_create_region(). dev.mutex would be out of order. */
	struct vhost_mem_region *region = smp_load_acquire(&vm->region);

	return region ? vhost_mem_guard_mmap(region, vma) : -ENODEV;
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
static unsigned long dev_get_unmapped_area(struct file *file,
					   unsigned long addr,
					   unsigned long len,
					   unsigned long pgoff,
					   unsigned long flags)
{
	struct vhost_mem *vm = file->private_data;
	/* Pairs with ioctl_create_region(). */
	struct vhost_mem_region *region = smp_load_acquire(&vm->region);

	return region ? vhost_mem_guard_unmapped_area(region, file, addr, len,
						      pgoff, flags) : -ENODEV;
}
#endif

/* Lets the administrator find the processes that hold a region's open file. */
static void dev_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct vhost_mem *vm = file->private_data;
	/* Pairs with ioctl_create_region(). */
	struct vhost_mem_region *region = smp_load_acquire(&vm->region);

	if (region)
		seq_printf(seq, "vhost-mem-region:\t%u\n", region->id);
}

/*
 * No llseek, as the file has no position. QEMU uses lseek() to find a size, and
 * takes failure for "unknown".
 */
static const struct file_operations dev_fops = {
	.owner			= THIS_MODULE,
	.open			= dev_open,
	.release		= dev_release,
	.unlocked_ioctl		= dev_ioctl,
	.compat_ioctl		= compat_ptr_ioctl,
	.mmap			= dev_mmap,
	.show_fdinfo		= dev_show_fdinfo,
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	.get_unmapped_area	= dev_get_unmapped_area,
#endif
};

static struct miscdevice dev_misc = {
	.minor	= VHOST_MEM_MINOR,
	.name	= "vhost-mem",
	.fops	= &dev_fops,
	.mode	= 0660,
};

/**
 * vhost_mem_dev_init() - register /dev/vhost-mem
 *
 * Context: Module initialization, as the last step: it can be opened at once.
 * Return: 0 or an error of misc_register().
 */
int vhost_mem_dev_init(void)
{
	return misc_register(&dev_misc);
}

/**
 * vhost_mem_dev_exit() - unregister /dev/vhost-mem
 *
 * Context: Module exit.
 */
void vhost_mem_dev_exit(void)
{
	misc_deregister(&dev_misc);
}

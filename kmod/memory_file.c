// SPDX-License-Identifier: GPL-2.0
/*
 * Memory file: a descriptor that gives access to a region's memory only.
 *
 * It is for processes to which the VMM gives the memory, such as vhost-user back
 * ends, and for balloons that free pages of it. The region's shmem file itself is
 * never handed out: a driver that recognizes a shmem file (udmabuf does) takes its
 * pages without a fault, and so bypasses the guard. So this is a regular file of a
 * file system of its own, without a page cache.
 *
 * The file keeps the region's shmem file alive, but not its blocks plugged.
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "guard.h"
#include "vhost_mem.h"

#define MEMORY_FS_MAGIC	0x76686d6d	/* "vhmm" */

static int memory_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, MEMORY_FS_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type memory_fs = {
	.name			= "vhost_mem",
	.owner			= THIS_MODULE,
	.init_fs_context	= memory_init_fs_context,
	.kill_sb		= kill_anon_super,
};

/* Mounted only while there are files, because a mount pins the module. */
static struct vfsmount *memory_mnt;
static int memory_users;

static struct vhost_mem_region *memory_region(struct file *file)
{
	struct file *shmem_file = file->private_data;

	return shmem_file->private_data;
}

static int memory_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vhost_mem_guard_mmap(memory_region(file), vma);
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
static unsigned long memory_get_unmapped_area(struct file *file,
					      unsigned long addr,
					      unsigned long len,
					      unsigned long pgoff,
					      unsigned long flags)
{
	return vhost_mem_guard_unmapped_area(memory_region(file), file, addr,
					     len, pgoff, flags);
}
#endif

static long memory_fallocate(struct file *file, int mode, loff_t offset,
			     loff_t length)
{
	return vhost_mem_guard_fallocate(memory_region(file), mode, offset,
					 length);
}

static int memory_release(struct inode *inode, struct file *file)
{
	fput(file->private_data);
	simple_release_fs(&memory_mnt, &memory_users);
	return 0;
}

static const struct file_operations memory_fops = {
	.owner			= THIS_MODULE,
	.mmap			= memory_mmap,
	.fallocate		= memory_fallocate,
	.release		= memory_release,
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	.get_unmapped_area	= memory_get_unmapped_area,
#endif
};

/* No truncate(), chmod() or chown(). */
static int memory_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
			  struct iattr *attr)
{
	return -EPERM;
}

static const struct inode_operations memory_iops = {
	.setattr	= memory_setattr,
};

static struct file *memory_open(struct vhost_mem_region *region)
{
	struct inode *inode;
	struct file *file;
	int ret;

	ret = simple_pin_fs(&memory_fs, &memory_mnt, &memory_users);
	if (ret)
		return ERR_PTR(ret);
	inode = alloc_anon_inode(memory_mnt->mnt_sb);
	if (IS_ERR(inode)) {
		file = ERR_CAST(inode);
		goto err_fs;
	}
	/* fallocate() requires a regular file. */
	inode->i_mode |= S_IFREG;
	inode->i_op = &memory_iops;
	i_size_write(inode, region->size);
	file = alloc_file_pseudo(inode, memory_mnt, "vhost-mem", O_RDWR,
				 &memory_fops);
	if (IS_ERR(file)) {
		iput(inode);
		goto err_fs;
	}
	/* The VFS drops this reference when the file is freed. */
	__module_get(THIS_MODULE);
	file->private_data = get_file(region->guard.file);
	return file;

err_fs:
	simple_release_fs(&memory_mnt, &memory_users);
	return file;
}

/**
 * vhost_mem_memory_file_get_fd() - make a descriptor of a region's memory
 * @region: The region.
 *
 * See VHOST_MEM_GET_MEMORY_FD.
 *
 * Context: A process, in an open file of the module. May sleep.
 * Return: The descriptor; -EMFILE, -ENFILE or -ENOMEM.
 */
int vhost_mem_memory_file_get_fd(struct vhost_mem_region *region)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = memory_open(region);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory guard: the region's memory, and who may touch which block of it.
 *
 * The pages belong to a shmem file that the module never hands out. Mapping
 * the device's file maps that file instead, with the guard's checks (fault.c)
 * in front of shmem's own fault handlers. Everything else - huge pages, swap,
 * memcg charging, NUMA policy, page migration - stays shmem's business.
 *
 * Why no access to an unplugged block can succeed once it was unplugged:
 *
 *  - A fault holds guard->lock for reading from its look at the block map until
 *    shmem has put the page, locked, into the page cache.
 *  - Unplugging clears the block's bit with the lock held for writing. So a
 *    fault either sees the bit cleared and is refused, or its page is in the
 *    page cache before the lock is ours.
 *  - Then the range is punched out of the file. That takes every page that is
 *    in the page cache, waits for its lock - which the fault keeps until the
 *    page is mapped -, unmaps it everywhere (which makes KVM drop its
 *    translations through the MMU notifiers) and frees it.
 *  - Mapping pages around a fault (map_pages) happens under the lock, too.
 *
 * The file could be reached in ways other than mmap() of our device:
 * remap_file_pages() maps a VMA's file again, /proc/PID/map_files opens it. So
 * the file and its inode get file operations of our own: their mmap is the
 * guard's, their open refuses, and they have no read, write or fallocate. The
 * size is sealed (backing.c). The operations also keep region and module alive
 * for as long as anything is mapped, and leave it to the VFS to drop the
 * module's reference, which code of a module cannot safely do itself.
 */

#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/shmem_fs.h>

#include "guard.h"
#include "vhost_mem.h"

/* Somebody with the right to open /proc/PID/map_files; see above. */
static int guard_file_open(struct inode *inode, struct file *file)
{
	return -EPERM;
}

static int guard_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vhost_mem_guard_mmap(file->private_data, vma);
}

static int guard_file_release(struct inode *inode, struct file *file)
{
	struct vhost_mem_region *region = file->private_data;

	/*
	 * Whoever holds the inode from now on, say by an O_PATH descriptor,
	 * finds an ordinary empty file of tmpfs, and nothing of this module.
	 */
	inode->i_fop = region->guard.shmem_fops;
	vhost_mem_zero_free(&region->guard.zero);
	vhost_mem_region_free(region);
	return 0;
}

static const struct file_operations guard_fops = {
	.owner		= THIS_MODULE,
	.open		= guard_file_open,
	.mmap		= guard_file_mmap,
	.release	= guard_file_release,
	.fsync		= noop_fsync,
};

/**
 * vhost_mem_guard_init() - give a region its memory, every block unplugged
 * @region: The region, with its constant members set.
 *
 * From success on the region belongs to guard.file: fput() frees it.
 *
 * Context: An open file of the module. May sleep.
 * Return: 0 or a negative errno.
 */
int vhost_mem_guard_init(struct vhost_mem_region *region)
{
	struct vhost_mem_guard *guard = &region->guard;
	struct file *file;
	int ret;

	init_rwsem(&guard->lock);
	if (region->flags & VHOST_MEM_CREATE_READABLE) {
		ret = vhost_mem_zero_init(&guard->zero);
		if (ret)
			return ret;
	}
	file = vhost_mem_backing_create(region->size, region->block_size,
					region->flags &
					VHOST_MEM_CREATE_PREALLOC);
	if (IS_ERR(file)) {
		vhost_mem_zero_free(&guard->zero);
		return PTR_ERR(file);
	}
	guard->file = file;
	guard->shmem_fops = file->f_op;
	file->private_data = region;
	/* The file drops this reference when it is freed. */
	__module_get(THIS_MODULE);
	file->f_op = &guard_fops;
	file_inode(file)->i_fop = &guard_fops;
	return 0;
}

/**
 * vhost_mem_guard_mmap() - map a region
 * @region: The region.
 * @vma: A mapping of the device's file, or of the region's own.
 *
 * Context: mm->mmap_lock held for writing. Takes guard->lock.
 * Return: 0; -EINVAL unless the whole region is mapped, and shared.
 */
int vhost_mem_guard_mmap(struct vhost_mem_region *region,
			 struct vm_area_struct *vma)
{
	struct vhost_mem_guard *guard = &region->guard;
	int ret;

	/* A private mapping would hand out copies, outside of the guard. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != region->size)
		return -EINVAL;

	vma_set_file(vma, guard->file);
	ret = guard->shmem_fops->mmap(guard->file, vma);
	if (ret)
		return ret;

	down_write(&guard->lock);
	if (!guard->shmem_vm_ops) {
		vhost_mem_fault_init_ops(&guard->vm_ops, vma->vm_ops,
					 region->flags &
					 VHOST_MEM_CREATE_READABLE);
		guard->shmem_vm_ops = vma->vm_ops;
	}
	up_write(&guard->lock);

	vma->vm_ops = &guard->vm_ops;
	/*
	 * No growing beyond the region, and no khugepaged (see backing.c). No
	 * core dumps of what may be many times the size of the VMM.
	 */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

/* Unmap a range everywhere and free its memory. */
static void guard_punch(struct vhost_mem_guard *guard, u64 offset, u64 length)
{
	long ret;

	ret = guard->shmem_fops->fallocate(guard->file,
					   FALLOC_FL_PUNCH_HOLE |
					   FALLOC_FL_KEEP_SIZE, offset, length);
	/* shmem refuses this for files sealed against writing only. */
	WARN_ON_ONCE(ret);
}

/**
 * vhost_mem_guard_plug() - let blocks be accessed
 * @region: The region.
 * @first: First block; unplugged.
 * @nr: How many.
 *
 * Context: region->blocks_lock held. May sleep; with VHOST_MEM_CREATE_PREALLOC
 * for as long as it takes to allocate and zero the memory. Takes guard->lock.
 * Return: 0; -ENOMEM if there is no memory, then nothing has changed.
 */
int vhost_mem_guard_plug(struct vhost_mem_region *region, u64 first, u64 nr)
{
	struct vhost_mem_guard *guard = &region->guard;
	u64 offset = first * region->block_size;
	u64 length = nr * region->block_size;
	int ret;

	lockdep_assert_held(&region->blocks_lock);

	/*
	 * Without guard->lock: that the page cache holds the page does not open
	 * its block, as every fault looks at the block map first.
	 */
	if (region->flags & VHOST_MEM_CREATE_PREALLOC) {
		ret = vhost_mem_backing_populate(guard->file, offset, length);
		if (ret) {
			guard_punch(guard, offset, length);
			return ret;
		}
	}

	down_write(&guard->lock);
	vhost_mem_blkmap_plug(&region->blkmap, first, nr);
	up_write(&guard->lock);

	if (region->flags & VHOST_MEM_CREATE_READABLE)
		vhost_mem_zero_zap(region, offset, length);
	return 0;
}

/**
 * vhost_mem_guard_unplug() - end every access to blocks and free their memory
 * @region: The region.
 * @first: First block.
 * @nr: How many.
 * @force: Also if pages are pinned, which then stay allocated until they no
 *	longer are; whoever pinned them holds more memory than is plugged.
 *
 * Context: region->blocks_lock held. May sleep. Takes guard->lock.
 * Return: 0; -EBUSY if a page is pinned, then nothing has changed.
 */
int vhost_mem_guard_unplug(struct vhost_mem_region *region, u64 first, u64 nr,
			   bool force)
{
	struct vhost_mem_guard *guard = &region->guard;
	u64 offset = first * region->block_size;
	u64 length = nr * region->block_size;

	lockdep_assert_held(&region->blocks_lock);

	down_write(&guard->lock);
	if (!force) {
		/*
		 * Unmapped, a page cannot be pinned any more, as it takes a
		 * fault to map it again, and that takes our lock. One that was
		 * pinned without a lock (GUP-fast) before it was unmapped has
		 * its count raised already.
		 */
		unmap_mapping_range(guard->file->f_mapping, offset, length, 1);
		if (vhost_mem_backing_pinned(guard->file, offset, length)) {
			up_write(&guard->lock);
			return -EBUSY;
		}
	}
	vhost_mem_blkmap_unplug(&region->blkmap, first, nr);
	up_write(&guard->lock);

	guard_punch(guard, offset, length);
	return 0;
}

/**
 * vhost_mem_guard_backed() - how much memory and swap there is behind a region
 * @region: The region.
 *
 * Context: Any. The value may be old when it is read.
 * Return: Bytes.
 */
u64 vhost_mem_guard_backed(const struct vhost_mem_region *region)
{
	struct inode *inode = file_inode(region->guard.file);

	return (u64)(READ_ONCE(inode->i_mapping->nrpages) +
		     READ_ONCE(SHMEM_I(inode)->swapped)) << PAGE_SHIFT;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory guard: the region's memory, and which of its blocks may be accessed.
 *
 * The pages belong to a shmem file that the module never hands out (or to one of
 * hugetlbfs, see backing_hugetlb.c for what is different then). Mapping
 * the device's file maps that file instead, with the guard's checks (fault.c)
 * in front of shmem's own fault handlers. Everything else - huge pages, swap,
 * memcg charging, NUMA policy, page migration - stays shmem's business.
 *
 * Why no access to a block can succeed after it was unplugged:
 *
 *  - A fault holds guard->lock for reading from its look at the block map until
 *    shmem has put the page, locked, into the page cache.
 *  - Unplugging clears the block's bit with the lock held for writing. So a
 *    fault either sees the bit cleared and is refused, or its page is in the
 *    page cache before we get the lock.
 *  - Before or after that, each page of the range that is in the page cache is
 *    locked - the fault keeps that lock until the page is mapped -, unmapped
 *    everywhere (which makes KVM drop its translations through the MMU
 *    notifiers) and checked for references; then the range is punched out of the
 *    file. A page that is referenced elsewhere stays there in limbo (gate.c), where
 *    no fault reaches it.
 *  - Mapping pages around a fault (map_pages) happens under the lock, too.
 *
 * mmap() of our device is not the only way to the file: remap_file_pages() maps
 * a VMA's file again, /proc/PID/map_files opens it. So the file and its inode
 * get our own file operations: mmap and fallocate are the guard's, open fails,
 * and there is no read and no write. The size is sealed (backing_shmem.c). The
 * operations also keep region and module alive while anything is mapped; the
 * VFS drops the module's reference, which code of a module cannot safely do
 * itself. No descriptor of the file is ever handed out, because some drivers
 * treat one as shmem's and bypass the guard (memory_file.c).
 */

#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/mm.h>
#include <linux/module.h>

#include "backing.h"
#include "blocks.h"
#include "guard.h"
#include "hugetlb.h"
#include "region.h"
#include "vhost_mem.h"

/* Reached through /proc/PID/map_files by a privileged process; see above. */
static int guard_file_open(struct inode *inode, struct file *file)
{
	return -EPERM;
}

static int guard_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vhost_mem_guard_mmap(file->private_data, vma);
}

static long guard_file_fallocate(struct file *file, int mode, loff_t offset,
				 loff_t length)
{
	return vhost_mem_guard_fallocate(file->private_data, mode, offset,
					 length);
}

static int guard_file_release(struct inode *inode, struct file *file)
{
	struct vhost_mem_region *region = file->private_data;

	/*
	 * Whoever holds the inode from now on, say by an O_PATH descriptor,
	 * finds an ordinary empty file of its file system, and nothing of this module.
	 */
	inode->i_fop = region->guard.fops;
	vhost_mem_zero_free(&region->guard.zero);
	vhost_mem_blkmap_free(&region->guard.limbo);
	kvfree(region->guard.kept);
	vhost_mem_region_free(region);
	return 0;
}

static const struct file_operations guard_fops = {
	.owner		= THIS_MODULE,
	.open		= guard_file_open,
	.mmap		= guard_file_mmap,
	.fallocate	= guard_file_fallocate,
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

	init_rwsem(&guard->look);
	init_rwsem(&guard->lock);
	ret = vhost_mem_blkmap_init(&guard->limbo, region->blkmap.nr_blocks);
	if (ret)
		return ret;
	if (region->traits.flags & VHOST_MEM_CREATE_READABLE) {
		ret = vhost_mem_zero_init(&guard->zero);
		if (ret)
			goto err_limbo;
	}
	guard->index_shift = PAGE_SHIFT;
	guard->backing = vhost_mem_backing_of(region->traits.flags);
	file = guard->backing->create(region);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_zero;
	}
	guard->file = file;
	guard->fops = file->f_op;
	vhost_mem_backing_take(file, &guard_fops, region);
	return 0;

err_zero:
	vhost_mem_zero_free(&guard->zero);
err_limbo:
	vhost_mem_blkmap_free(&guard->limbo);
	return ret;
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

	/* A private mapping would create copies, which the guard does not control. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != region->size)
		return -EINVAL;

	vma_set_file(vma, guard->file);
	ret = guard->backing->mmap(region, vma);
	if (ret)
		return ret;
	/*
	 * No growing beyond the region, and no khugepaged (see backing_shmem.c). No
	 * core dumps of what may be many times the size of the VMM.
	 */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/**
 * vhost_mem_guard_unmapped_area() - find addresses for a mapping of a region
 * @region: The region.
 * @file: What is to be mapped: the device's file, or a memory file.
 * @addr: As the VMM wants it, or 0.
 * @len: Bytes.
 * @pgoff: Pages of offset.
 * @flags: MAP_*.
 *
 * Context: mm->mmap_lock held for writing.
 * Return: The address, aligned for huge pages where possible; or a negative errno.
 */
unsigned long vhost_mem_guard_unmapped_area(struct vhost_mem_region *region,
					    struct file *file,
					    unsigned long addr,
					    unsigned long len,
					    unsigned long pgoff,
					    unsigned long flags)
{
	const struct vhost_mem_guard *guard = &region->guard;

	if (region->traits.flags & VHOST_MEM_CREATE_HUGETLB)
		return vhost_mem_hugetlb_area(guard->fops, guard->file,
					      region->traits.page_size, addr, len,
					      pgoff, flags);
	return thp_get_unmapped_area(file, addr, len, pgoff, flags);
}
#endif

/**
 * vhost_mem_guard_fallocate() - free pages of plugged blocks
 * @region: The region.
 * @mode: FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE.
 * @offset: First byte; page aligned.
 * @length: Bytes; page aligned.
 *
 * For madvise(MADV_REMOVE) of a mapping, and fallocate() of a memory file. Whoever
 * can do either can also write zeroes, so no further permission is needed.
 *
 * Context: A process; the VFS has checked that neither number is negative and that
 * their sum does not overflow. May sleep. Takes region->blocks_lock.
 * Return: 0; -EOPNOTSUPP for another mode, and for a region of hugetlb, where no fault
 * would bring a page back; -EINVAL for a part of a page; -EINTR if
 * the task is being killed.
 */
long vhost_mem_guard_fallocate(struct vhost_mem_region *region, int mode,
			       u64 offset, u64 length)
{
	if (mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) ||
	    region->traits.flags & VHOST_MEM_CREATE_HUGETLB)
		return -EOPNOTSUPP;
	if (!PAGE_ALIGNED(offset) || !PAGE_ALIGNED(length))
		return -EINVAL;
	if (offset >= region->size)
		return 0;
	return vhost_mem_blocks_discard(region, offset,
					min(length, region->size - offset));
}

/**
 * vhost_mem_guard_backed() - memory and swap that a region occupies
 * @region: The region.
 *
 * Context: Any. Takes no lock, so the value may be out of date.
 * Return: Bytes.
 */
u64 vhost_mem_guard_backed(const struct vhost_mem_region *region)
{
	return region->guard.backing->backed(region);
}

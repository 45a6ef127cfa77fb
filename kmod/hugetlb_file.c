// SPDX-License-Identifier: GPL-2.0
/*
 * Files of hugetlbfs whose size stays 0.
 *
 * A fault in a mapping of hugetlbfs calls no handler of ours. It looks into the page
 * cache, and allocates a page only below the size of the file, which it checks before
 * everything else. So where the size is 0, pages come by fallocate() with
 * FALLOC_FL_KEEP_SIZE alone, and every other access to a hole is refused. So does
 * userfaultfd, which checks the size, too. hugetlb_probe.c tries this on the kernel that
 * runs.
 */

#include <linux/align.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "hugetlb.h"

/**
 * vhost_mem_hugetlb_file() - make a file that holds nothing
 * @mnt: A mount of hugetlbfs for pages of one size.
 *
 * Context: May sleep.
 * Return: The file, which has a reference to the mount; or an ERR_PTR().
 */
struct file *vhost_mem_hugetlb_file(struct vfsmount *mnt)
{
	const struct path path = {
		.mnt	= mnt,
		.dentry	= mnt->mnt_root,
	};
	struct file *file;

	file = kernel_tmpfile_open(&nop_mnt_idmap, &path, 0600,
				   O_RDWR | O_EXCL, current_cred());
	/* The mount has no limit of inodes, so this means no memory for one. */
	if (file == ERR_PTR(-ENOSPC))
		return ERR_PTR(-ENOMEM);
	/*
	 * /proc/PID/map_files leads to the inode. truncate() there, even to the size
	 * that the file has, would free all of its pages.
	 */
	if (!IS_ERR(file))
		file_inode(file)->i_flags |= S_IMMUTABLE;
	return file;
}

/**
 * vhost_mem_hugetlb_area() - find addresses for a file whose operations were replaced
 * @fops: hugetlbfs's own operations.
 * @file: The file.
 * @page_size: Bytes of a page of it.
 * @addr: As the process wants it, or 0.
 * @len: Bytes.
 * @pgoff: Pages of offset.
 * @flags: MAP_*.
 *
 * Linux 7 aligns them only for files whose operations are hugetlbfs's own. Where that shows
 * more is asked for, and a part of it taken.
 *
 * Context: mm->mmap_lock held for writing.
 * Return: The address, aligned to a page unless it is fixed; or a negative errno.
 */
unsigned long vhost_mem_hugetlb_area(const struct file_operations *fops,
				     struct file *file, u64 page_size,
				     unsigned long addr, unsigned long len,
				     unsigned long pgoff, unsigned long flags)
{
	unsigned long area, more;

	area = fops->get_unmapped_area(file, addr, len, pgoff, flags);
	if (IS_ERR_VALUE(area) || IS_ALIGNED(area, page_size) ||
	    flags & MAP_FIXED)
		return area;
	if (check_add_overflow(len, (unsigned long)page_size, &more))
		return -ENOMEM;
	area = fops->get_unmapped_area(file, 0, more, pgoff, flags);
	return IS_ERR_VALUE(area) ? area : ALIGN(area, page_size);
}

/**
 * vhost_mem_hugetlb_mmap() - map a file of hugetlbfs whose operations were replaced
 * @fops: hugetlbfs's own operations, of which vhost_mem_hugetlb_probe() knows that there
 *	is mmap().
 * @file: The file; it is the VMA's file.
 * @page_size: Bytes of a page of it.
 * @vma: The VMA: shared, from offset 0 on.
 *
 * hugetlbfs takes what is mapped for writing as the size of the file, so it does not see
 * that this is. And it would reserve pages for all of it, which are to be taken from the
 * pool block by block.
 *
 * Context: mm->mmap_lock held for writing.
 * Return: 0; -EINVAL if the address is not aligned to a page; or an error of hugetlbfs.
 */
int vhost_mem_hugetlb_mmap(const struct file_operations *fops,
			   struct file *file, u64 page_size,
			   struct vm_area_struct *vma)
{
	bool write = vma->vm_flags & VM_WRITE;
	int ret;

	/* Nobody else checks this: it is left to get_unmapped_area(). */
	if (!IS_ALIGNED(vma->vm_start, page_size))
		return -EINVAL;
	vm_flags_set(vma, VM_NORESERVE);
	vm_flags_clear(vma, VM_WRITE);
	ret = fops->mmap(file, vma);
	if (!ret && write)
		vm_flags_set(vma, VM_WRITE);
	return ret;
}

/**
 * vhost_mem_hugetlb_alloc() - allocate and zero pages of a file
 * @fops: hugetlbfs's own operations.
 * @file: The file.
 * @pos: First byte.
 * @length: Bytes. Pages of which a part is in the range are allocated, unless they are
 *	there.
 *
 * They are charged to the hugetlb cgroup of the task, whose policy decides about the node.
 *
 * Context: May sleep.
 * Return: 0; -ENOSR if the pool, or what the cgroup may have of it, is used up; -EINTR
 * if a signal is pending; -ENOMEM.
 */
int vhost_mem_hugetlb_alloc(const struct file_operations *fops,
			    struct file *file, u64 pos, u64 length)
{
	long ret = fops->fallocate(file, FALLOC_FL_KEEP_SIZE, pos, length);

	switch (ret) {
	case 0:
	case -EINTR:
		return ret;
	case -ENOSPC:
		return -ENOSR;
	}
	return -ENOMEM;
}

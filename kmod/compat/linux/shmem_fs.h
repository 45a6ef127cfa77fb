/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In 7.2 and later the flags of a shmem file are of a type of their own, and shmem's
 * file operations have mmap_prepare() instead of mmap(). A kernel's
 * headers do not tell which of the two its shmem has, so ask its operations;
 * scripts/kernel/write-vhost-h refuses kernels whose shmem has neither, or which lack the
 * functions that are needed for mmap_prepare().
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_SHMEM_FS_H
#define _VHOST_MEM_COMPAT_LINUX_SHMEM_FS_H

#include <linux/fs.h>
#include <linux/mm.h>

#include_next <linux/shmem_fs.h>

#ifdef HAVE_SHMEM_VMA_FLAGS
#define SHMEM_NORESERVE	mk_vma_flags(VMA_NORESERVE_BIT)
#else
#define SHMEM_NORESERVE	VM_NORESERVE
#endif

#ifdef HAVE_MMAP_PREPARE
static inline int shmem_mmap_by_prepare(const struct file_operations *fops,
					struct file *file,
					struct vm_area_struct *vma)
{
	struct vm_area_desc desc;
	int ret;

	compat_set_desc_from_vma(&desc, file, vma);
	ret = fops->mmap_prepare(&desc);
	if (ret)
		return ret;
	/* In mmap() nobody finds the VMA by its file yet: there is nothing to hide. */
	desc.action.hide_from_rmap_until_complete = false;
	return __compat_vma_mmap(&desc, vma);
}

static inline bool shmem_can_prepare(const struct file_operations *fops)
{
	return fops->mmap_prepare;
}
#else
static inline int shmem_mmap_by_prepare(const struct file_operations *fops,
					struct file *file,
					struct vm_area_struct *vma)
{
	return -ENODEV;
}

static inline bool shmem_can_prepare(const struct file_operations *fops)
{
	return false;
}
#endif

/**
 * shmem_mmap_file() - map a shmem file whose operations were replaced
 * @fops: shmem's own operations.
 * @file: The file; it is the VMA's file.
 * @vma: The VMA; shmem sets its operations.
 *
 * Context: mm->mmap_lock held for writing.
 * Return: 0 or a negative errno.
 */
static inline int shmem_mmap_file(const struct file_operations *fops,
				  struct file *file,
				  struct vm_area_struct *vma)
{
	if (shmem_can_prepare(fops))
		return shmem_mmap_by_prepare(fops, file, vma);
	return fops->mmap ? fops->mmap(file, vma) : -ENODEV;
}

#endif /* _VHOST_MEM_COMPAT_LINUX_SHMEM_FS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.3 the flags of a VMA were written directly (bc292ab00f6c, "mm:
 * introduce vma->vm_flags wrapper functions"). Before 6.8 the function that removes
 * a folio from the page cache took a page (af7628d6ec19, "fs: convert
 * error_remove_page to error_remove_folio"). Since 7.2 operations of a mapping include
 * those by which userfaultfd fills it, and would fill unplugged blocks. Before 6.5
 * get_user_pages_remote() returned the VMAs, too (ca5e863233e8, "mm/gup: remove vmas
 * parameter from get_user_pages_remote()").
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_MM_H
#define _VHOST_MEM_COMPAT_LINUX_MM_H

#include_next <linux/mm.h>

#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_flags &= ~flags;
}
#endif

#ifndef HAVE_GENERIC_ERROR_REMOVE_FOLIO
#define generic_error_remove_folio(mapping, folio)	\
	generic_error_remove_page(mapping, &(folio)->page)
#endif

#ifdef HAVE_GUP_VMAS
#define get_user_pages_remote(mm, start, nr, flags, pages, locked)	\
	get_user_pages_remote(mm, start, nr, flags, pages, NULL, locked)
#endif

static inline void vm_ops_no_uffd(struct vm_operations_struct *ops)
{
#ifdef HAVE_VM_UFFD_OPS
	ops->uffd_ops = NULL;
#endif
}

#endif /* _VHOST_MEM_COMPAT_LINUX_MM_H */

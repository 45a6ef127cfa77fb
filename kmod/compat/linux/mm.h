/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.3 the flags of a VMA were written directly (bc292ab00f6c, "mm:
 * introduce vma->vm_flags wrapper functions").
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
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_MM_H */

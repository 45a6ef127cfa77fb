/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory guard: the region's memory, and who may touch which block of it.
 */
#ifndef _VHOST_MEM_GUARD_H
#define _VHOST_MEM_GUARD_H

#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct file;
struct file_operations;
struct vhost_mem_region;

/**
 * struct vhost_mem_zero - what reads of unplugged blocks see
 * @small: One zeroed page, or NULL.
 * @huge: A zeroed huge page for wholly unplugged ranges of its size, or NULL.
 */
struct vhost_mem_zero {
	struct page *small;
	struct page *huge;
};

/**
 * struct vhost_mem_guard - memory of a region
 * @lock: Held for reading while a fault checks the block map and finds or
 *	makes the page; for writing while blocks change state.
 * @file: The shmem file that holds the pages. Its private_data is the region,
 *	its last reference frees the region. Constant.
 * @shmem_fops: What shmem does with @file. Constant.
 * @shmem_vm_ops: What shmem does with a mapping; NULL before the first
 *	mapping, then constant. Set under @lock.
 * @vm_ops: @shmem_vm_ops with the guard's checks in front. Set with it.
 * @zero: With VHOST_MEM_CREATE_READABLE. Constant.
 */
struct vhost_mem_guard {
	struct rw_semaphore lock;
	struct file *file;
	const struct file_operations *shmem_fops;
	const struct vm_operations_struct *shmem_vm_ops;
	struct vm_operations_struct vm_ops;
	struct vhost_mem_zero zero;
};

/* guard.c */
int vhost_mem_guard_init(struct vhost_mem_region *region);
int vhost_mem_guard_mmap(struct vhost_mem_region *region,
			 struct vm_area_struct *vma);
int vhost_mem_guard_plug(struct vhost_mem_region *region, u64 first, u64 nr);
int vhost_mem_guard_unplug(struct vhost_mem_region *region, u64 first, u64 nr,
			   bool force);
u64 vhost_mem_guard_backed(const struct vhost_mem_region *region);

/* fault.c */
void vhost_mem_fault_init_ops(struct vm_operations_struct *ops,
			      const struct vm_operations_struct *shmem_ops,
			      bool readable);

/* zero.c */
int vhost_mem_zero_init(struct vhost_mem_zero *zero);
void vhost_mem_zero_free(struct vhost_mem_zero *zero);
bool vhost_mem_zero_owns(const struct vhost_mem_zero *zero,
			 const struct page *page);
vm_fault_t vhost_mem_zero_fault(struct vhost_mem_region *region,
				struct vm_fault *vmf);
void vhost_mem_zero_zap(struct vhost_mem_region *region, u64 offset,
			u64 length);

/* backing.c */
int vhost_mem_backing_init(void);
void vhost_mem_backing_exit(void);
struct file *vhost_mem_backing_create(u64 size, u64 block_size, bool prealloc);
int vhost_mem_backing_populate(struct file *file, u64 offset, u64 length);
bool vhost_mem_backing_pinned(struct file *file, u64 offset, u64 length);

#endif /* _VHOST_MEM_GUARD_H */

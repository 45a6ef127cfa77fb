/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Backing: where the memory of a region comes from, and what depends on that.
 *
 * Each kind keeps it in a file of its own file system, which the module never hands out.
 * gate.c and guard.c have the rules that are the same for all kinds.
 */
#ifndef _VHOST_MEM_BACKING_H
#define _VHOST_MEM_BACKING_H

#include <linux/types.h>

struct file;
struct file_operations;
struct folio;
struct vfsmount;
struct vhost_mem_look;
struct vhost_mem_region;
struct vm_area_struct;

/**
 * struct vhost_mem_backing_ops - a kind of memory
 * @create: Make the file of a region, without any page. Context: may sleep. Returns it,
 *	or an ERR_PTR().
 * @mmap: Map the file; the VMA is shared, has the region's size, and has the file
 *	already. Context: mm->mmap_lock held for writing; takes guard->lock. Returns 0 or a
 *	negative errno.
 * @populate: Allocate and zero the memory of a range, in bytes, of closed blocks.
 *	Context: region->blocks_lock held; may sleep. Returns 0; -ENOMEM if there was not
 *	enough memory for the whole range, -ENOSR if there were not enough huge pages,
 *	-ECANCELED if it was interrupted, -EINTR if the task is being killed or, of hugetlb,
 *	has a signal pending. On error a part of the range may be allocated.
 * @unmap: Unmap a range, in bytes, of blocks that are closed, or shut. Cheaper than folio
 *	by folio, which is to follow. Context: region->blocks_lock held; may sleep.
 * @referenced: Whether anybody but the kernel's page cache, and the caller once, refers to
 *	a folio of the region. Context: its blocks are closed or shut; region->blocks_lock
 *	held; may sleep.
 * @free: Free the memory of closed blocks, given by the first one and their number. Marks
 *	those in limbo whose memory is referenced elsewhere, according to a search, or
 *	without one if it was just found that it is not; then blocks in limbo stay as they
 *	are. Context: region->blocks_lock held; may sleep. Returns the bytes in blocks that
 *	were not marked before.
 * @backed: Bytes of memory and swap that the region occupies. Context: any; takes no lock.
 */
struct vhost_mem_backing_ops {
	struct file *(*create)(struct vhost_mem_region *region);
	int (*mmap)(struct vhost_mem_region *region,
		    struct vm_area_struct *vma);
	int (*populate)(struct vhost_mem_region *region, u64 pos, u64 end);
	void (*unmap)(struct vhost_mem_region *region, u64 pos, u64 end);
	bool (*referenced)(const struct vhost_mem_look *look,
			   struct folio *folio);
	u64 (*free)(struct vhost_mem_region *region, u64 first, u64 nr,
		    struct vhost_mem_look *look);
	u64 (*backed)(const struct vhost_mem_region *region);
};

/* backing.c */
int vhost_mem_backing_init(void);
void vhost_mem_backing_exit(void);
const struct vhost_mem_backing_ops *vhost_mem_backing_of(u32 flags);

/* backing_file.c */
struct vfsmount *vhost_mem_backing_mount(const char *fs, const char *options);
void vhost_mem_backing_take(struct file *file,
			    const struct file_operations *fops, void *private);
void vhost_mem_backing_punch(struct vhost_mem_region *region, u64 pos, u64 end);

/* backing_shmem.c */
extern const struct vhost_mem_backing_ops vhost_mem_backing_shmem;
int vhost_mem_backing_shmem_init(void);
void vhost_mem_backing_shmem_exit(void);

/* backing_hugetlb.c */
extern const struct vhost_mem_backing_ops vhost_mem_backing_hugetlb;
void vhost_mem_backing_hugetlb_init(void);
void vhost_mem_backing_hugetlb_exit(void);

#endif /* _VHOST_MEM_BACKING_H */

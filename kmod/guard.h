/* SPDX-License-Identifier: GPL-2.0 */
/* Memory guard: the region's memory, and which of its blocks may be accessed. */
#ifndef _VHOST_MEM_GUARD_H
#define _VHOST_MEM_GUARD_H

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "blkmap.h"

struct file;
struct file_operations;
struct folio;
struct vhost_mem_backing_ops;
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
 * @look: Held for writing while a range is shut; faults in that range wait by taking
 *	it for reading.
 * @lock: Held for reading while a fault checks the block map and finds or
 *	makes the page; for writing while blocks change state.
 * @shut_first: First block of the range that is shut. Written with @look and @lock
 *	(write), read with either.
 * @shut_nr: Number of blocks of it; 0 if no range is shut. As @shut_first.
 * @limbo: Blocks in limbo: unplugged while their memory was referenced elsewhere, and
 *	not free yet. With region->blocks_lock.
 * @backing: The kind of memory. Constant.
 * @file: The file that holds the pages. Its private_data is the region, its last
 *	reference frees the region. Constant.
 * @fops: The operations that its file system gave to @file. Constant.
 * @shmem_vm_ops: shmem's operations of a mapping; NULL before the first mapping, and
 *	without shmem; then constant. Set with @lock (write).
 * @vm_ops: @shmem_vm_ops with the guard's fault handlers. Set with @shmem_vm_ops.
 * @index_shift: Binary logarithm of the bytes that one index of the page cache of @file
 *	stands for. Constant.
 * @cache_refs: References that the page cache holds to a page, with hugetlb. Constant.
 * @kept: With hugetlb: for each page of the region, the page that was in its place if
 *	that is in limbo, with a reference. With region->blocks_lock.
 * @nr_kept: Number of them. Written with region->blocks_lock, read without.
 * @zero: The zero pages; none without VHOST_MEM_CREATE_READABLE. Constant.
 */
struct vhost_mem_guard {
	struct rw_semaphore look;
	struct rw_semaphore lock;
	u64 shut_first;
	u64 shut_nr;
	struct vhost_mem_blkmap limbo;
	const struct vhost_mem_backing_ops *backing;
	struct file *file;
	const struct file_operations *fops;
	const struct vm_operations_struct *shmem_vm_ops;
	struct vm_operations_struct vm_ops;
	unsigned int index_shift;
	long cache_refs;
	struct folio **kept;
	u64 nr_kept;
	struct vhost_mem_zero zero;
};

/* Default of vhost_mem_look.waits; each wait takes at least a millisecond. */
#define VHOST_MEM_LOOK_WAITS	10

/**
 * struct vhost_mem_look - a search for memory that is referenced elsewhere
 * @region: The region.
 * @pos: Where to begin, in bytes from the start of the region; then the first byte of
 *	what was found.
 * @end: First byte behind the range.
 * @found_end: First byte behind what was found.
 * @interrupts: The search gives up when this is not 0; or NULL.
 * @waits: Number of times that it may still wait for a transient reference; counts
 *	down.
 * @drain_waits: Number of additional waits for slow CPUs so far; starts at 0.
 * @clear: Zero what is found, as far as it lies in the range.
 */
struct vhost_mem_look {
	struct vhost_mem_region *region;
	u64 pos;
	u64 end;
	u64 found_end;
	const atomic_t *interrupts;
	unsigned int waits;
	unsigned int drain_waits;
	bool clear;
};

/* guard.c */
int vhost_mem_guard_init(struct vhost_mem_region *region);
int vhost_mem_guard_mmap(struct vhost_mem_region *region,
			 struct vm_area_struct *vma);
unsigned long vhost_mem_guard_unmapped_area(struct vhost_mem_region *region,
					    struct file *file,
					    unsigned long addr,
					    unsigned long len,
					    unsigned long pgoff,
					    unsigned long flags);
long vhost_mem_guard_fallocate(struct vhost_mem_region *region, int mode,
			       u64 offset, u64 length);
u64 vhost_mem_guard_backed(const struct vhost_mem_region *region);

/* gate.c */
vm_fault_t vhost_mem_gate_enter(struct vhost_mem_region *region, u64 block,
				bool nowait);
bool vhost_mem_gate_try_enter(struct vhost_mem_region *region, u64 block);
int vhost_mem_gate_populate(struct vhost_mem_region *region, u64 pos, u64 end);
u64 vhost_mem_gate_drop(struct vhost_mem_region *region, u64 first, u64 nr);
void vhost_mem_gate_plug(struct vhost_mem_region *region, u64 first, u64 nr);
int vhost_mem_gate_unplug(struct vhost_mem_region *region, u64 first, u64 nr,
			  s64 *limbo);
u64 vhost_mem_gate_unplug_forced(struct vhost_mem_region *region, u64 first,
				 u64 nr);
u64 vhost_mem_gate_retry_limbo(struct vhost_mem_region *region);
void vhost_mem_gate_discard(struct vhost_mem_region *region, u64 pos, u64 end);

/* reference.c */
int vhost_mem_reference_init(void);
void vhost_mem_reference_exit(void);
bool vhost_mem_reference_exceeds(struct folio *folio, long expected);
bool vhost_mem_reference_stays(struct vhost_mem_look *look,
			       struct folio *folio);
int vhost_mem_reference_find(struct vhost_mem_look *look);

/* memory_file.c */
int vhost_mem_memory_file_get_fd(struct vhost_mem_region *region);

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

#endif /* _VHOST_MEM_GUARD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Huge pages of the host's hugetlb pools: files of them, and whether they can be guarded. */
#ifndef _VHOST_MEM_HUGETLB_H
#define _VHOST_MEM_HUGETLB_H

#include <linux/types.h>

struct file;
struct file_operations;
struct vfsmount;
struct vm_area_struct;

/**
 * enum vhost_mem_hugetlb_probed - whether memory of a page size can be guarded
 * @VHOST_MEM_HUGETLB_UNKNOWN: Nobody has tried yet, or there was no page to try with.
 * @VHOST_MEM_HUGETLB_GUARDED: It can.
 * @VHOST_MEM_HUGETLB_OPEN: It cannot: this kernel works in another way.
 */
enum vhost_mem_hugetlb_probed {
	VHOST_MEM_HUGETLB_UNKNOWN,
	VHOST_MEM_HUGETLB_GUARDED,
	VHOST_MEM_HUGETLB_OPEN,
};

/**
 * struct vhost_mem_hugetlb - huge pages of one size
 * @page_size: Bytes of a page. Constant.
 * @mnt: Mount of hugetlbfs for files of them whose pages are not reserved; NULL if the
 *	host has no pages of this size. Constant.
 * @fops: hugetlbfs's own operations of a file. Set, always to the same, before a file is
 *	mapped.
 * @probed: enum vhost_mem_hugetlb_probed. Set once, with release semantics.
 * @index_shift: Binary logarithm of the bytes that one index of the page cache stands
 *	for: a page of this size, or of the processor. Set before @probed.
 * @cache_refs: References that the page cache holds to a page. Set before @probed.
 */
struct vhost_mem_hugetlb {
	u64 page_size;
	struct vfsmount *mnt;
	const struct file_operations *fops;
	int probed;
	unsigned int index_shift;
	long cache_refs;
};

/* hugetlb_file.c */
struct file *vhost_mem_hugetlb_file(struct vfsmount *mnt);
unsigned long vhost_mem_hugetlb_area(const struct file_operations *fops,
				     struct file *file, u64 page_size,
				     unsigned long addr, unsigned long len,
				     unsigned long pgoff, unsigned long flags);
int vhost_mem_hugetlb_mmap(const struct file_operations *fops,
			   struct file *file, u64 page_size,
			   struct vm_area_struct *vma);
int vhost_mem_hugetlb_alloc(const struct file_operations *fops,
			    struct file *file, u64 pos, u64 length);

/* hugetlb_probe.c */
int vhost_mem_hugetlb_probe(struct vhost_mem_hugetlb *hugetlb);

#endif /* _VHOST_MEM_HUGETLB_H */

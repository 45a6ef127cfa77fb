// SPDX-License-Identifier: GPL-2.0
/*
 * Does this kernel treat files of hugetlbfs as hugetlb_file.c says?
 *
 * Nothing promises that it does, so it is tried, once for each page size, in the
 * process that wants such a region first, because this takes a mapping. A hole has to be
 * refused; a page that was allocated has to be there, and its neighbour not; once it is
 * punched it has to be gone. On the way two things are measured that differ between
 * kernels: the unit of the indices of the page cache, and the number of its references.
 *
 * The process is hostile. Changing the mapping takes mm->mmap_lock for writing, and it is
 * held for reading from a look at the mapping until the end; and what is measured is
 * measured in a file before it is mapped. So the process cannot make the result wrong. It
 * can pin the page that is in the mapping for a moment; only one, because after that the
 * result is known.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/file.h>
#include <linux/folio_batch.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/userfaultfd_k.h>

#include "backing.h"
#include "hugetlb.h"

/* The file to try with has room for a hole of one page and, behind it, a page. */
#define PROBE_PAGES	2

/* Held while a page is allocated, mapped and freed, and for nothing else. */
static DEFINE_MUTEX(probe_mutex);

static int probe_file_open(struct inode *inode, struct file *file)
{
	return -EPERM;
}

static int probe_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct vhost_mem_hugetlb *hugetlb = file->private_data;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff ||
	    vma->vm_end - vma->vm_start != PROBE_PAGES * hugetlb->page_size)
		return -EINVAL;
	return vhost_mem_hugetlb_mmap(hugetlb->fops, file, hugetlb->page_size,
				      vma);
}

static unsigned long probe_file_area(struct file *file, unsigned long addr,
				     unsigned long len, unsigned long pgoff,
				     unsigned long flags)
{
	const struct vhost_mem_hugetlb *hugetlb = file->private_data;

	return vhost_mem_hugetlb_area(hugetlb->fops, file, hugetlb->page_size,
				      addr, len, pgoff, flags);
}

/* The process may have kept a mapping of the file, and have it for long. */
static int probe_file_release(struct inode *inode, struct file *file)
{
	const struct vhost_mem_hugetlb *hugetlb = file->private_data;

	inode->i_fop = hugetlb->fops;
	return 0;
}

static const struct file_operations probe_fops = {
	.owner			= THIS_MODULE,
	.open			= probe_file_open,
	.mmap			= probe_file_mmap,
	.get_unmapped_area	= probe_file_area,
	.release		= probe_file_release,
	.fsync			= noop_fsync,
};

static int probe_punch(const struct vhost_mem_hugetlb *hugetlb,
		       struct file *file)
{
	struct inode *inode = file_inode(file);

	if (hugetlb->fops->fallocate(file, FALLOC_FL_PUNCH_HOLE |
				     FALLOC_FL_KEEP_SIZE, 0,
				     PROBE_PAGES * hugetlb->page_size))
		return -EOPNOTSUPP;
	return i_size_read(inode) || inode->i_mapping->nrpages ? -EOPNOTSUPP : 0;
}

static int probe_alloc(const struct vhost_mem_hugetlb *hugetlb,
		       struct file *file)
{
	return vhost_mem_hugetlb_alloc(hugetlb->fops, file, hugetlb->page_size,
				       hugetlb->page_size);
}

/* The page behind the hole, by what is found of it in the page cache. */
static int probe_measure_folio(const struct vhost_mem_hugetlb *hugetlb,
			       struct folio *folio,
			       struct vhost_mem_hugetlb *measured)
{
	if (folio_size(folio) != hugetlb->page_size)
		return -EOPNOTSUPP;
	if (folio->index == 1)
		measured->index_shift = ilog2(hugetlb->page_size);
	else if (folio->index == folio_nr_pages(folio))
		measured->index_shift = PAGE_SHIFT;
	else
		return -EOPNOTSUPP;
	/* One more reference is that by which it was found. */
	measured->cache_refs = folio_ref_count(folio) - 1;
	/* Somebody looks at all pages of the host, and at this one just now. */
	if (measured->cache_refs != 1 &&
	    measured->cache_refs != folio_nr_pages(folio))
		return -EBUSY;
	return 0;
}

static int probe_measure(const struct vhost_mem_hugetlb *hugetlb,
			 struct file *file, struct vhost_mem_hugetlb *measured)
{
	struct folio_batch batch;
	pgoff_t index = 0;
	int ret;

	ret = probe_alloc(hugetlb, file);
	if (ret)
		return ret;
	folio_batch_init(&batch);
	if (filemap_get_folios(file->f_mapping, &index, (pgoff_t)-1, &batch) == 1)
		ret = probe_measure_folio(hugetlb, batch.folios[0], measured);
	else
		ret = -EOPNOTSUPP;
	folio_batch_release(&batch);
	return probe_punch(hugetlb, file) ?: ret;
}

/* Access a page of the mapping as a guest does, and see if it is there. */
static int probe_access(unsigned long addr, bool there)
{
	struct page *page;
	long nr;

	nr = get_user_pages_remote(current->mm, addr, 1, FOLL_WRITE, &page,
				   NULL);
	if (nr == 1)
		put_page(page);
	else if (nr != -EFAULT)
		return nr ?: -EFAULT;
	return there == (nr == 1) ? 0 : -EOPNOTSUPP;
}

static int probe_accesses(const struct vhost_mem_hugetlb *hugetlb,
			  struct file *file, unsigned long addr)
{
	unsigned long page = addr + hugetlb->page_size;
	int ret;

	ret = probe_access(page, false);
	if (ret)
		return ret;
	ret = probe_alloc(hugetlb, file);
	if (ret)
		return ret;
	ret = probe_access(page, true) ?: probe_access(addr, false);
	return probe_punch(hugetlb, file) ?: ret ?: probe_access(page, false);
}

static int probe_decide(struct vhost_mem_hugetlb *hugetlb, struct file *file,
			unsigned long addr,
			const struct vhost_mem_hugetlb *measured)
{
	int ret;

	lockdep_assert_held(&probe_mutex);

	ret = probe_accesses(hugetlb, file, addr);
	if (ret && ret != -EOPNOTSUPP)
		return ret;
	hugetlb->index_shift = measured->index_shift;
	hugetlb->cache_refs = measured->cache_refs;
	/* Pairs with probe_known(). */
	smp_store_release(&hugetlb->probed, ret ? VHOST_MEM_HUGETLB_OPEN :
						  VHOST_MEM_HUGETLB_GUARDED);
	return ret;
}

/* Whether the result is known, and then 0 or -EOPNOTSUPP in @ret. */
static bool probe_known(const struct vhost_mem_hugetlb *hugetlb, int *ret)
{
	/* Pairs with probe_decide(). */
	int probed = smp_load_acquire(&hugetlb->probed);

	*ret = probed == VHOST_MEM_HUGETLB_OPEN ? -EOPNOTSUPP : 0;
	return probed != VHOST_MEM_HUGETLB_UNKNOWN;
}

static int probe_mapped(struct vhost_mem_hugetlb *hugetlb, struct file *file,
			unsigned long addr,
			const struct vhost_mem_hugetlb *measured)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int ret = -EFAULT;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	/* As it was made, or another thread of the process has been there already. */
	vma = find_vma(mm, addr);
	if (!vma || vma->vm_file != file || vma->vm_start != addr ||
	    vma->vm_end - addr != PROBE_PAGES * hugetlb->page_size ||
	    !(vma->vm_flags & VM_WRITE) || userfaultfd_armed(vma))
		goto out;
	mutex_lock(&probe_mutex);
	if (!probe_known(hugetlb, &ret))
		ret = probe_decide(hugetlb, file, addr, measured);
	mutex_unlock(&probe_mutex);
out:
	mmap_read_unlock(mm);
	return ret;
}

/**
 * vhost_mem_hugetlb_probe() - can memory of a page size be guarded on this kernel?
 * @hugetlb: The page size; the host has such pages.
 *
 * Needs a page of the pool, until the result is known.
 *
 * Context: A process, in an ioctl, without any lock. May sleep. Takes mm->mmap_lock.
 * Return: 0; -EOPNOTSUPP if it cannot; -ENOSR, -EINTR or -ENOMEM as
 * vhost_mem_hugetlb_alloc(), or another error, if that could not be found out.
 */
int vhost_mem_hugetlb_probe(struct vhost_mem_hugetlb *hugetlb)
{
	struct vhost_mem_hugetlb measured = {};
	unsigned long addr;
	struct file *file;
	int ret;

	if (probe_known(hugetlb, &ret))
		return ret;
	file = vhost_mem_hugetlb_file(hugetlb->mnt);
	if (IS_ERR(file))
		return PTR_ERR(file);
	WRITE_ONCE(hugetlb->fops, file->f_op);
	vhost_mem_backing_take(file, &probe_fops, hugetlb);
	/* A kernel that has mmap_prepare() instead is one that nobody has tried. */
	ret = -EOPNOTSUPP;
	if (!hugetlb->fops->mmap)
		goto out;

	ret = probe_measure(hugetlb, file, &measured);
	if (ret)
		goto out;
	addr = vm_mmap(file, 0, PROBE_PAGES * hugetlb->page_size,
		       PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if (IS_ERR_VALUE(addr)) {
		ret = addr;
		goto out;
	}
	ret = probe_mapped(hugetlb, file, addr, &measured);
	vm_munmap(addr, PROBE_PAGES * hugetlb->page_size);
out:
	fput(file);
	if (ret == -EOPNOTSUPP)
		pr_warn_once("vhost_mem: memory of hugetlb pools cannot be guarded on this kernel\n");
	return ret;
}

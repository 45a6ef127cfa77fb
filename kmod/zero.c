// SPDX-License-Identifier: GPL-2.0
/*
 * Zero pages: what reads of unplugged blocks of a readable region return.
 *
 * Each region has its own. The kernel's ZERO_PAGE could only be mapped with
 * VM_MIXEDMAP, which corrupts the accounting of huge pages in the same mapping. A
 * huge zero page serves ranges that are completely unplugged, so that reading a
 * large unplugged region costs one page table entry per 2 MiB instead of one per
 * 4 KiB.
 *
 * Why no zero page stays mapped in a plugged block: a fault that has seen the block
 * unplugged locks the zero page while it holds guard->lock, and the core unlocks the
 * page when it is mapped. PLUG first sets the block's bit, so that no new such fault
 * begins; then it locks and unlocks each zero page, which waits until the faults
 * that had begun have mapped it; then it unmaps the range.
 */

#include <linux/mm.h>
#include <linux/pagemap.h>

#include "guard.h"
#include "vhost_mem.h"

/* Maximum number of references to a zero page. Tests build with a small one. */
#ifndef VHOST_MEM_ZERO_REFS_MAX
#define VHOST_MEM_ZERO_REFS_MAX	(INT_MAX / 2)
#endif

/**
 * vhost_mem_zero_init() - allocate the zero pages of a region
 * @zero: Filled in. If no huge page can be allocated, the small one is used alone.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int vhost_mem_zero_init(struct vhost_mem_zero *zero)
{
	zero->small = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!zero->small)
		return -ENOMEM;
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	zero->huge = alloc_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_COMP |
				 __GFP_NORETRY | __GFP_NOWARN, HPAGE_PMD_ORDER);
#endif
	return 0;
}

/*
 * Is there broken memory in the huge zero page? The page allocator does not reuse a
 * broken page that is freed, but it does not check the parts of a huge one.
 */
static bool zero_huge_broken(struct page *huge)
{
	unsigned int i;

	for (i = 0; i < 1 << compound_order(huge); i++)
		if (PageHWPoison(huge + i))
			return true;
	return false;
}

/**
 * vhost_mem_zero_free() - free the zero pages
 * @zero: The pages; either may be missing.
 *
 * Context: No mapping of the region is left; references to the pages may be.
 */
void vhost_mem_zero_free(struct vhost_mem_zero *zero)
{
	/* Leak a broken huge page: nobody must get the broken part. */
	if (zero->huge && !zero_huge_broken(zero->huge))
		put_page(zero->huge);
	if (zero->small)
		put_page(zero->small);
	*zero = (struct vhost_mem_zero){};
}

/**
 * vhost_mem_zero_owns() - is this one of the zero pages?
 * @zero: The zero pages.
 * @page: Any page.
 *
 * Return: Whether it is.
 */
bool vhost_mem_zero_owns(const struct vhost_mem_zero *zero,
			 const struct page *page)
{
	return page == zero->small ||
	       (zero->huge && compound_head(page) == zero->huge);
}

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
/* The part of the huge zero page that serves a fault, or NULL. */
static struct page *zero_huge_page(struct vhost_mem_region *region,
				   struct vm_fault *vmf)
{
	unsigned long haddr = vmf->address & HPAGE_PMD_MASK;
	unsigned long index = (vmf->address - haddr) >> PAGE_SHIFT;
	struct vm_area_struct *vma = vmf->vma;
	u64 first, last;

	if (!region->guard.zero.huge)
		return NULL;
	/* The core may map all of it, so all of its range must be unplugged. */
	if (haddr < vma->vm_start || haddr + HPAGE_PMD_SIZE > vma->vm_end ||
	    !IS_ALIGNED(vmf->pgoff - index, HPAGE_PMD_NR))
		return NULL;
	first = ((u64)(vmf->pgoff - index) << PAGE_SHIFT) / region->block_size;
	last = (((u64)(vmf->pgoff - index) << PAGE_SHIFT) + HPAGE_PMD_SIZE - 1)
		/ region->block_size;
	if (last >= region->blkmap.nr_blocks ||
	    vhost_mem_blkmap_state(&region->blkmap, first, last - first + 1) !=
	    VHOST_MEM_BLKMAP_UNPLUGGED)
		return NULL;
	return region->guard.zero.huge + index;
}
#else
static struct page *zero_huge_page(struct vhost_mem_region *region,
				   struct vm_fault *vmf)
{
	return NULL;
}
#endif

/**
 * vhost_mem_zero_fault() - serve a read fault in an unplugged block
 * @region: A readable region.
 * @vmf: The fault.
 *
 * Context: region->guard.lock held for reading. May sleep.
 * Return: VM_FAULT_LOCKED with a zero page in vmf->page; or an error.
 */
vm_fault_t vhost_mem_zero_fault(struct vhost_mem_region *region,
				struct vm_fault *vmf)
{
	struct page *page = zero_huge_page(region, vmf);

	lockdep_assert_held_read(&region->guard.lock);

	/* Beyond the end of the region. */
	if (((u64)vmf->pgoff << PAGE_SHIFT) >= region->size)
		return VM_FAULT_SIGBUS;
	if (!page)
		page = region->guard.zero.small;
	/*
	 * The core checks this, too, but assumes that a page that is returned locked
	 * is in a page cache. Memory that breaks between the two checks still runs
	 * into that assumption.
	 */
	if (PageHWPoison(page))
		return VM_FAULT_HWPOISON;
	/*
	 * Each page table entry holds a reference, and enough mappings of a large
	 * region have more entries than an int can count. try_get_page() fails only
	 * after the overflow. page_count() reads the count of the compound head,
	 * which has the references of the tails. CPUs that get here at the same
	 * time may exceed the limit by their number, which is harmless.
	 */
	if ((unsigned int)page_count(page) > VHOST_MEM_ZERO_REFS_MAX)
		return VM_FAULT_SIGBUS;
	get_page(page);
	lock_page(page);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static void zero_wait(struct page *page)
{
	if (page) {
		lock_page(page);
		unlock_page(page);
	}
}

/**
 * vhost_mem_zero_zap() - unmap the zero pages from blocks just plugged
 * @region: A readable region.
 * @offset: Where the range begins, in bytes from the start of the region.
 * @length: Bytes.
 *
 * Context: region->blocks_lock held, region->guard.lock not. May sleep.
 */
void vhost_mem_zero_zap(struct vhost_mem_region *region, u64 offset,
			u64 length)
{
	lockdep_assert_held(&region->blocks_lock);

	zero_wait(region->guard.zero.small);
	zero_wait(region->guard.zero.huge);
	unmap_mapping_range(region->guard.file->f_mapping, offset, length, 1);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Fault handlers of mapped regions: check the block map, then call shmem's own.
 *
 * They run for every CPU and every kernel thread that accesses the region: the
 * guest (KVM), the VMM, vhost, a debugger, direct I/O. See guard.c for why
 * no access can slip past them.
 */

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "arch.h"
#include "config.h"
#include "guard.h"
#include "vhost_mem.h"

static struct vhost_mem_region *fault_region(struct vm_fault *vmf)
{
	return vmf->vma->vm_file->private_data;
}

static u64 fault_block(struct vhost_mem_region *region, pgoff_t pgoff)
{
	return ((u64)pgoff << PAGE_SHIFT) / region->block_size;
}

/*
 * The access ends with SIGBUS, or with EFAULT from a system call. Poison is the one
 * permanent failure that KVM understands: it then sends SIGBUS (BUS_MCEERR_AR) with the
 * address to the vCPU's thread, and the VMM decides.
 */
static vm_fault_t fault_refuse(struct vhost_mem_region *region,
			       struct vm_fault *vmf)
{
	vhost_mem_config_violation(region, (u64)vmf->pgoff << PAGE_SHIFT,
				   vmf->flags & FAULT_FLAG_WRITE ?
				   VHOST_MEM_ACCESS_WRITE :
				   VHOST_MEM_ACCESS_READ);
	return vhost_mem_arch_fault_may_be_kvm(vmf->flags) ? VM_FAULT_HWPOISON :
							     VM_FAULT_SIGBUS;
}

/*
 * A folio that is larger than a block could extend into an unplugged block.
 * backing_shmem.c mounts tmpfs so that there is none, but shmem_enabled=force, a testing
 * aid, overrules every mount. Do not rely on nobody setting it: refuse to map the
 * folio.
 */
static vm_fault_t fault_check_folio(struct vhost_mem_region *region,
				    struct vm_fault *vmf, vm_fault_t ret)
{
	struct folio *folio;

	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	folio = page_folio(vmf->page);
	if (likely(folio_size(folio) <= region->block_size ||
		   folio_size(folio) == PAGE_SIZE))
		return ret;

	/*
	 * It was never mapped, as it is refused each time, so it holds nobody's
	 * data. Remove it while it is locked: whatever replaces it is another folio.
	 */
	generic_error_remove_folio(folio->mapping, folio);
	folio_unlock(folio);
	folio_put(folio);
	vmf->page = NULL;
	pr_warn_once("vhost_mem: huge pages are forced (shmem_enabled): blocks smaller than them cannot be used\n");
	return VM_FAULT_SIGBUS;
}

static vm_fault_t guard_fault(struct vm_fault *vmf)
{
	struct vhost_mem_region *region = fault_region(vmf);
	struct vhost_mem_guard *guard = &region->guard;
	u64 block = fault_block(region, vmf->pgoff);
	bool refused = false;
	vm_fault_t ret;

	/*
	 * The VMA's file keeps the region alive for as long as the VMA exists,
	 * that is until shmem drops mmap_lock. It does so only to wait for a punch
	 * of this very page, and there is none: our block stays plugged until we
	 * drop guard->lock.
	 */
	ret = vhost_mem_gate_enter(region, block,
				   vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
	if (ret)
		return ret;
	/* Also false beyond the end of the region. */
	if (vhost_mem_blkmap_test(&region->blkmap, block))
		ret = fault_check_folio(region, vmf,
					guard->shmem_vm_ops->fault(vmf));
	else if (!(region->traits.flags & VHOST_MEM_CREATE_READABLE) ||
		 (vmf->flags & FAULT_FLAG_WRITE))
		refused = true;
	else
		ret = vhost_mem_zero_fault(region, vmf);
	up_read(&guard->lock);

	return refused ? fault_refuse(region, vmf) : ret;
}

/*
 * Maps pages that are already in the page cache. It may run under RCU, so it
 * cannot wait for guard->lock; if it does not get the lock, the fault goes to
 * guard_fault(). The core asks for pages around the fault, but only this block was
 * checked, so clamp the range to it. Blocks smaller than a huge page are left to
 * guard_fault(), which refuses huge folios in them.
 */
static vm_fault_t guard_map_pages(struct vm_fault *vmf, pgoff_t start,
				  pgoff_t end)
{
	struct vhost_mem_region *region = fault_region(vmf);
	struct vhost_mem_guard *guard = &region->guard;
	u64 block = fault_block(region, vmf->pgoff);
	pgoff_t pages = region->block_size >> PAGE_SHIFT;
	vm_fault_t ret = 0;

	if (region->block_size < PMD_SIZE ||
	    !vhost_mem_gate_try_enter(region, block))
		return 0;
	if (vhost_mem_blkmap_test(&region->blkmap, block)) {
		start = max_t(pgoff_t, start, block * pages);
		end = min_t(pgoff_t, end, block * pages + pages - 1);
		ret = guard->shmem_vm_ops->map_pages(vmf, start, end);
	}
	up_read(&guard->lock);
	return ret;
}

/*
 * Readable regions only: the first write to a page that is mapped read-only. If
 * it is a zero page, unmap it and have the access repeated: guard_fault() then
 * refuses it or, if the block has been plugged meanwhile, returns shmem's page.
 */
static vm_fault_t guard_page_mkwrite(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct vhost_mem_region *region = fault_region(vmf);
	struct vhost_mem_guard *guard = &region->guard;
	u64 block = fault_block(region, vmf->pgoff);
	struct folio *folio = page_folio(vmf->page);
	bool valid;

	if (vhost_mem_zero_owns(&region->guard.zero, vmf->page)) {
		unmap_mapping_range(mapping, (loff_t)vmf->pgoff << PAGE_SHIFT,
				    PAGE_SIZE, 1);
		return VM_FAULT_NOPAGE;
	}

	/*
	 * The core has dropped the lock of the page that guard_fault() returned
	 * for a write, and will map the page after this. So check the block again:
	 * it may have been unplugged meanwhile, with the page in limbo and so still
	 * in the page cache. UNPLUG would count the core's reference to the page,
	 * so do not wait here while it is held: have the access repeated, and
	 * guard_fault() waits without it.
	 */
	if (!vhost_mem_gate_try_enter(region, block))
		return VM_FAULT_NOPAGE;
	folio_lock(folio);
	valid = vhost_mem_blkmap_test(&region->blkmap, block) &&
		folio->mapping == mapping;
	up_read(&guard->lock);
	if (!valid) {
		folio_unlock(folio);
		return VM_FAULT_NOPAGE;
	}
	return VM_FAULT_LOCKED;
}

/**
 * vhost_mem_fault_init_ops() - put the guard in front of shmem's handlers
 * @ops: Filled in.
 * @shmem_ops: shmem's own operations of a mapping.
 * @readable: Reads of unplugged blocks return zeroes.
 *
 * Regions that never map a zero page get no page_mkwrite: then a page that is
 * written after it was read needs no second fault, and writable mappings can be
 * pinned for long.
 *
 * Context: Any.
 */
void vhost_mem_fault_init_ops(struct vm_operations_struct *ops,
			      const struct vm_operations_struct *shmem_ops,
			      bool readable)
{
	*ops = *shmem_ops;
	ops->fault = guard_fault;
	ops->map_pages = guard_map_pages;
	vm_ops_no_uffd(ops);
	if (readable)
		ops->page_mkwrite = guard_page_mkwrite;
}

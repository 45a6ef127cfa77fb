// SPDX-License-Identifier: GPL-2.0
/*
 * Backing by shmem: pages that are allocated when they are touched, and can be swapped out.
 *
 * The files that hold the memory of regions live on tmpfs mounts of our own, because
 * the policy for huge pages is a property of the mount:
 *
 *  - Blocks of at least a huge page: "advise". A mapping with MADV_HUGEPAGE gets
 *    huge pages, whatever shmem_enabled says (except "deny").
 *  - The same, with memory that is allocated when a block is plugged: "always",
 *    because no mapping is involved in that.
 *  - Smaller blocks: "never". A huge page across a plugged and an unplugged
 *    block would give access to both.
 *
 * khugepaged would create such pages by filling holes, but it skips mappings with
 * VM_DONTEXPAND, which all of ours have.
 */

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>

#include "backing.h"
#include "guard.h"
#include "vhost_mem.h"

enum shmem_huge { HUGE_NEVER, HUGE_ADVISE, HUGE_ALWAYS, NR_HUGE };

static const char * const shmem_options[NR_HUGE] = {
	[HUGE_NEVER]	= "huge=never",
	[HUGE_ADVISE]	= "huge=advise",
	[HUGE_ALWAYS]	= "huge=always",
};

static struct vfsmount *shmem_mounts[NR_HUGE];

/**
 * vhost_mem_backing_shmem_init() - create the mounts for the files of regions
 *
 * Context: Module initialization. May sleep.
 * Return: 0 or a negative errno.
 */
int vhost_mem_backing_shmem_init(void)
{
	struct vfsmount *mnt;
	int i;

	for (i = 0; i < NR_HUGE; i++) {
		mnt = vhost_mem_backing_mount("tmpfs",
					      IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ?
					      shmem_options[i] : NULL);
		if (IS_ERR(mnt)) {
			vhost_mem_backing_shmem_exit();
			return PTR_ERR(mnt);
		}
		shmem_mounts[i] = mnt;
	}
	return 0;
}

/**
 * vhost_mem_backing_shmem_exit() - undo vhost_mem_backing_shmem_init()
 *
 * Context: Module exit: no region is left. May sleep.
 */
void vhost_mem_backing_shmem_exit(void)
{
	int i;

	/* After a failed initialization only the first ones exist. */
	for (i = 0; i < NR_HUGE && shmem_mounts[i]; i++)
		kern_unmount(shmem_mounts[i]);
}

/* No memory is reserved: what a region may use is decided block by block. */
static struct file *shmem_create(struct vhost_mem_region *region)
{
	enum shmem_huge huge = HUGE_NEVER;
	struct file *file;

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	if (region->block_size >= HPAGE_PMD_SIZE)
		huge = region->traits.flags & VHOST_MEM_CREATE_PREALLOC ? HUGE_ALWAYS :
								   HUGE_ADVISE;
#endif
	file = shmem_file_setup_with_mnt(shmem_mounts[huge], "vhost-mem",
					 region->size, SHMEM_NORESERVE);
	/* The mounts have no limits, so this means no memory for an inode. */
	if (file == ERR_PTR(-ENOSPC))
		file = ERR_PTR(-ENOMEM);
	/*
	 * /proc/PID/map_files leads to the inode, and truncate() there must not
	 * free the memory of plugged blocks. Seals do not prevent punching holes.
	 */
	if (!IS_ERR(file))
		SHMEM_I(file_inode(file))->seals |= F_SEAL_SEAL |
						    F_SEAL_SHRINK | F_SEAL_GROW;
	return file;
}

static int shmem_mmap(struct vhost_mem_region *region,
		      struct vm_area_struct *vma)
{
	struct vhost_mem_guard *guard = &region->guard;
	int ret;

	ret = shmem_mmap_file(guard->fops, guard->file, vma);
	if (ret)
		return ret;

	down_write(&guard->lock);
	if (!guard->shmem_vm_ops) {
		vhost_mem_fault_init_ops(&guard->vm_ops, vma->vm_ops,
					 region->traits.flags &
					 VHOST_MEM_CREATE_READABLE);
		guard->shmem_vm_ops = vma->vm_ops;
	}
	up_write(&guard->lock);

	vma->vm_ops = &guard->vm_ops;
	return 0;
}

/*
 * The memory is charged to the memory cgroup of the task, or of the process that a
 * kernel thread works for. The OOM killer is not invoked.
 */
static int shmem_populate(struct vhost_mem_region *region, u64 pos, u64 end)
{
	struct address_space *mapping = region->guard.file->f_mapping;
	gfp_t gfp = mapping_gfp_mask(mapping) | __GFP_RETRY_MAYFAIL |
		    __GFP_NOWARN;
	pgoff_t index = pos >> PAGE_SHIFT;
	struct folio *folio;
	struct page *page;

	while (index < end >> PAGE_SHIFT) {
		/* Kernel threads get no signals; this is what stops a vhost worker. */
		if (atomic_read(&region->interrupts))
			return -ECANCELED;
		if (fatal_signal_pending(current))
			return -EINTR;
		page = shmem_read_mapping_page_gfp(mapping, index, gfp);
		/* Whatever the error, the host has no usable memory for it. */
		if (IS_ERR(page))
			return -ENOMEM;
		folio = page_folio(page);
		index = folio->index + folio_nr_pages(folio);
		folio_put(folio);
		cond_resched();
	}
	return 0;
}

static void shmem_unmap(struct vhost_mem_region *region, u64 pos, u64 end)
{
	unmap_mapping_range(region->guard.file->f_mapping, pos, end - pos, 1);
}

/* Make the folio read as zeroes, like memory that was punched. */
static void shmem_clear(const struct vhost_mem_look *look, struct folio *folio)
{
	u64 pos = folio_pos(folio);
	u64 from = max_t(u64, look->pos, pos);
	u64 to = min_t(u64, look->end, pos + folio_size(folio));

	if (from >= to)
		return;
	folio_zero_range(folio, from - pos, to - from);
	/* Otherwise reclaim could drop the zeroes. */
	folio_mark_dirty(folio);
}

/*
 * Why the result cannot become wrong: the folio's blocks are closed (gate.c), so no
 * fault can map it again, and page tables and the page cache are the only ways to it.
 *  - A fault that was under way holds the folio's lock until the page is mapped.
 *    So the folio is locked first, then unmapped, then its references are counted.
 *  - GUP-fast takes a reference without any lock, and drops it unless the page
 *    table entry is unchanged. If it succeeds it has taken the reference before we
 *    cleared the entry.
 *  - Our own reference, held by the batch, keeps the folio from being split or
 *    migrated meanwhile.
 *  - Memory that is swapped out is not referenced: reclaim, too, unmaps a folio and
 *    then keeps it if there are references.
 */
static bool shmem_referenced(const struct vhost_mem_look *look,
			     struct folio *folio)
{
	struct address_space *mapping = look->region->guard.file->f_mapping;
	bool foreign = false;

	folio_lock(folio);
	/* It may have been swapped out. */
	if (folio->mapping == mapping) {
		if (folio_mapped(folio))
			unmap_mapping_range(mapping, folio_pos(folio),
					    folio_size(folio), 1);
		/* The page cache holds a reference for each page; one more is ours. */
		foreign = vhost_mem_reference_exceeds(folio,
						      folio_nr_pages(folio) + 1);
		if (foreign && look->clear && !look->waits)
			shmem_clear(look, folio);
	}
	folio_unlock(folio);
	return foreign;
}

/* Punch blocks, except those in limbo. */
static void shmem_punch_blocks(struct vhost_mem_region *region, u64 first,
			       u64 end)
{
	u64 limbo, next = first;

	while (vhost_mem_blkmap_next_run(&region->guard.limbo, next, &limbo,
					 &next) &&
	       limbo < end) {
		vhost_mem_backing_punch(region, first * region->block_size,
					limbo * region->block_size);
		first = min(next, end);
	}
	vhost_mem_backing_punch(region, first * region->block_size,
				end * region->block_size);
}

/* Memory in limbo stays in the file, where no fault can reach it. */
static u64 shmem_free(struct vhost_mem_region *region, u64 first, u64 nr,
		      struct vhost_mem_look *look)
{
	struct vhost_mem_blkmap *limbo = &region->guard.limbo;
	u64 pos = first * region->block_size, block, bytes = 0;

	lockdep_assert_held(&region->blocks_lock);

	if (!look) {
		shmem_punch_blocks(region, first, first + nr);
		return 0;
	}
	look->pos = pos;
	look->end = (first + nr) * region->block_size;
	while (vhost_mem_reference_find(look) > 0) {
		vhost_mem_backing_punch(region, pos, look->pos);
		block = look->pos / region->block_size;
		for (; block * region->block_size < look->found_end; block++) {
			if (!vhost_mem_blkmap_test(limbo, block))
				bytes += region->block_size;
			vhost_mem_blkmap_plug(limbo, block, 1);
		}
		look->pos = look->found_end;
		pos = look->pos;
	}
	vhost_mem_backing_punch(region, pos, look->end);
	return bytes;
}

static u64 shmem_backed(const struct vhost_mem_region *region)
{
	struct inode *inode = file_inode(region->guard.file);

	return (u64)(READ_ONCE(inode->i_mapping->nrpages) +
		     READ_ONCE(SHMEM_I(inode)->swapped)) << PAGE_SHIFT;
}

const struct vhost_mem_backing_ops vhost_mem_backing_shmem = {
	.create		= shmem_create,
	.mmap		= shmem_mmap,
	.populate	= shmem_populate,
	.unmap		= shmem_unmap,
	.referenced	= shmem_referenced,
	.free		= shmem_free,
	.backed		= shmem_backed,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Backing by hugetlb: huge pages of the host's pools, allocated when a block is plugged.
 *
 * No handler of ours runs when memory of hugetlbfs is touched. What is in the file can be
 * accessed, and nothing else (hugetlb_file.c), so the file has what is plugged: PLUG
 * allocates pages before the bits of the block map are set, UNPLUG punches them out after
 * the bits are cleared.
 *
 * So faults cannot wait while an UNPLUG looks for references. It looks all the same, and
 * answers BUSY if there are some. Who takes a reference after that loses the access
 * nevertheless, and the page is in limbo. It must not be in the file then, where it would
 * be found: it is kept, by a reference of ours.
 *
 * Why a page of which nobody is found to hold a reference is free: it was punched out of
 * the file, which unmaps it everywhere, and nobody can get at it any more. GUP-fast takes a
 * reference without any lock, and drops it unless the page table entry is unchanged; if it
 * succeeds, it was before that. Our own reference keeps it from being migrated meanwhile.
 *
 * A region whose pages are reserved (VHOST_MEM_CREATE_RESERVED) has a mount of its own,
 * with a minimum size. hugetlbfs reserves that in the pool when it is mounted, or fails,
 * takes pages of the file from there, and has those that are freed go back there. That
 * includes pages in limbo, as it knows for each page where it came from. The only
 * reference to the mount is the file's, so the reservation ends with the region.
 */

#include <linux/err.h>
#include <linux/folio_batch.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "arch.h"
#include "backing.h"
#include "guard.h"
#include "hugetlb.h"
#include "vhost_mem.h"

static struct vhost_mem_hugetlb hugetlb_sizes[] = {
	{ .page_size = PMD_SIZE },
	{ .page_size = PUD_SIZE },
};

/**
 * vhost_mem_backing_hugetlb_init() - create a mount for each size of huge pages
 *
 * A size that the host does not have is left out.
 *
 * Context: Module initialization. May sleep.
 */
void vhost_mem_backing_hugetlb_init(void)
{
	struct vfsmount *mnt;
	char options[48];
	int i;

	for (i = 0; i < ARRAY_SIZE(hugetlb_sizes); i++) {
		u64 size = hugetlb_sizes[i].page_size;

		/* Otherwise the mount would fail, and print an error. */
		if (size == PUD_SIZE && !vhost_mem_arch_has_pud_pages())
			continue;
		/* Whoever may open the device may make a file. */
		snprintf(options, sizeof(options), "pagesize=%lluM,mode=0777",
			 size >> 20);
		mnt = vhost_mem_backing_mount("hugetlbfs", options);
		if (!IS_ERR(mnt))
			hugetlb_sizes[i].mnt = mnt;
	}
}

/**
 * vhost_mem_backing_hugetlb_exit() - undo vhost_mem_backing_hugetlb_init()
 *
 * Context: Module exit: no region is left. May sleep.
 */
void vhost_mem_backing_hugetlb_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(hugetlb_sizes); i++)
		if (hugetlb_sizes[i].mnt)
			kern_unmount(hugetlb_sizes[i].mnt);
}

static struct vhost_mem_hugetlb *hugetlb_find(u64 page_size)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(hugetlb_sizes); i++)
		if (hugetlb_sizes[i].page_size == page_size)
			return hugetlb_sizes[i].mnt ? &hugetlb_sizes[i] : NULL;
	return NULL;
}

/* Returns a reference to the mount for a region's file. */
static struct vfsmount *hugetlb_mount(const struct vhost_mem_region *region,
				      const struct vhost_mem_hugetlb *hugetlb)
{
	struct vfsmount *mnt;
	char options[64];

	if (!(region->traits.flags & VHOST_MEM_CREATE_RESERVED))
		return mntget(hugetlb->mnt);
	snprintf(options, sizeof(options),
		 "pagesize=%lluM,mode=0777,min_size=%llu",
		 hugetlb->page_size >> 20, region->size);
	mnt = vhost_mem_backing_mount("hugetlbfs", options);
	/* hugetlbfs says this of the pool, too, which is what can be used up. */
	return mnt == ERR_PTR(-ENOMEM) ? ERR_PTR(-ENOSR) : mnt;
}

static struct file *hugetlb_create(struct vhost_mem_region *region)
{
	struct vhost_mem_guard *guard = &region->guard;
	struct vhost_mem_hugetlb *hugetlb = hugetlb_find(region->traits.page_size);
	struct vfsmount *mnt;
	struct file *file;
	int ret;

	if (!hugetlb)
		return ERR_PTR(-EOPNOTSUPP);
	ret = vhost_mem_hugetlb_probe(hugetlb);
	if (ret)
		return ERR_PTR(ret);
	mnt = hugetlb_mount(region, hugetlb);
	if (IS_ERR(mnt))
		return ERR_CAST(mnt);
	/* In advance, because the end of a region cannot fail. */
	guard->kept = kvcalloc(region->size / region->traits.page_size,
			       sizeof(*guard->kept),
			       GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL |
			       __GFP_NOWARN);
	file = guard->kept ? vhost_mem_hugetlb_file(mnt) : ERR_PTR(-ENOMEM);
	/* From here on the file alone holds it. */
	mntput(mnt);
	if (IS_ERR(file)) {
		kvfree(guard->kept);
		guard->kept = NULL;
		return file;
	}
	guard->index_shift = hugetlb->index_shift;
	guard->cache_refs = hugetlb->cache_refs;
	return file;
}

static int hugetlb_mmap(struct vhost_mem_region *region,
			struct vm_area_struct *vma)
{
	return vhost_mem_hugetlb_mmap(region->guard.fops, region->guard.file,
				      region->traits.page_size, vma);
}

static int hugetlb_populate(struct vhost_mem_region *region, u64 pos, u64 end)
{
	int ret = 0;

	/* Pages that are larger than what is allocated at once are there already. */
	for (; pos < end && !ret;
	     pos = round_down(pos, region->traits.page_size) +
		   region->traits.page_size) {
		if (atomic_read(&region->interrupts))
			return -ECANCELED;
		ret = vhost_mem_hugetlb_alloc(region->guard.fops,
					      region->guard.file, pos, 1);
		cond_resched();
	}
	return ret;
}

/* Left to the punch: unmap_mapping_range() would wait for itself. */
static void hugetlb_unmap(struct vhost_mem_region *region, u64 pos, u64 end)
{
}

static bool hugetlb_referenced(const struct vhost_mem_look *look,
			       struct folio *folio)
{
	long expected = 1;

	/* Still in the file: each mapping of a page has a reference. */
	if (folio->mapping)
		expected += look->region->guard.cache_refs +
			    folio_entire_mapcount(folio);
	return vhost_mem_reference_exceeds(folio, expected);
}

/* Take the pages of a range out of the file, and keep them. */
static void hugetlb_take(struct vhost_mem_region *region, u64 pos, u64 end)
{
	struct vhost_mem_guard *guard = &region->guard;
	pgoff_t index = pos >> guard->index_shift;
	pgoff_t last = (end - 1) >> guard->index_shift;
	struct folio_batch batch;
	unsigned int i;

	folio_batch_init(&batch);
	while (filemap_get_folios(guard->file->f_mapping, &index, last, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			end = ((u64)folio->index << guard->index_shift) +
			      region->traits.page_size;
			folio_get(folio);
			guard->kept[end / region->traits.page_size - 1] = folio;
			WRITE_ONCE(guard->nr_kept, guard->nr_kept + 1);
		}
		vhost_mem_backing_punch(region, pos, end);
		pos = end;
		folio_batch_release(&batch);
		cond_resched();
	}
}

static u64 hugetlb_free(struct vhost_mem_region *region, u64 first, u64 nr,
			struct vhost_mem_look *look)
{
	/* It was found that there are no references, but there may be by now. */
	struct vhost_mem_look again = {
		.region	= region,
		.waits	= VHOST_MEM_LOOK_WAITS,
	};
	u64 pos = first * region->block_size, bytes = 0, block;
	u64 end = (first + nr) * region->block_size;
	struct vhost_mem_guard *guard = &region->guard;
	struct folio **kept;

	lockdep_assert_held(&region->blocks_lock);

	hugetlb_take(region, pos, end);
	for (; pos < end && guard->nr_kept; pos += region->traits.page_size) {
		/* A region has millions of pages, and most of them are not kept. */
		cond_resched();
		kept = &guard->kept[pos / region->traits.page_size];
		if (!*kept)
			continue;
		block = pos / region->block_size;
		if (vhost_mem_reference_stays(look ?: &again, *kept)) {
			if (!vhost_mem_blkmap_test(&guard->limbo, block))
				bytes += region->block_size;
			vhost_mem_blkmap_plug(&guard->limbo, block, 1);
		} else {
			folio_put(*kept);
			*kept = NULL;
			WRITE_ONCE(guard->nr_kept, guard->nr_kept - 1);
		}
	}
	return bytes;
}

static u64 hugetlb_backed(const struct vhost_mem_region *region)
{
	const struct vhost_mem_guard *guard = &region->guard;

	return ((u64)READ_ONCE(guard->file->f_mapping->nrpages)
		<< guard->index_shift) +
	       READ_ONCE(guard->nr_kept) * region->traits.page_size;
}

const struct vhost_mem_backing_ops vhost_mem_backing_hugetlb = {
	.create		= hugetlb_create,
	.mmap		= hugetlb_mmap,
	.populate	= hugetlb_populate,
	.unmap		= hugetlb_unmap,
	.referenced	= hugetlb_referenced,
	.free		= hugetlb_free,
	.backed		= hugetlb_backed,
};

// SPDX-License-Identifier: GPL-2.0
/*
 * Backing: the shmem files that hold the memory of regions.
 *
 * They live on tmpfs mounts of our own, which no path leads to, because the
 * policy for huge pages is a property of the mount:
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
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>

#include "guard.h"

enum backing_huge { HUGE_NEVER, HUGE_ADVISE, HUGE_ALWAYS, NR_HUGE };

static const char * const backing_options[NR_HUGE] = {
	[HUGE_NEVER]	= "huge=never",
	[HUGE_ADVISE]	= "huge=advise",
	[HUGE_ALWAYS]	= "huge=always",
};

static struct vfsmount *backing_mounts[NR_HUGE];

static struct vfsmount *backing_mount(const char *options)
{
	struct file_system_type *type = get_fs_type("tmpfs");
	struct vfsmount *mnt;
	char data[16];		/* parsed in place, so it must be writable */

	if (!type)
		return ERR_PTR(-ENODEV);
	strscpy(data, options, sizeof(data));
	mnt = vfs_kern_mount(type, SB_KERNMOUNT, "vhost-mem",
			     IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ?
			     data : NULL);
	/* The mount holds its file system type; our reference can go. */
	module_put(type->owner);
	return mnt;
}

/**
 * vhost_mem_backing_init() - create the mounts for the files of regions
 *
 * Context: Module initialization. May sleep.
 * Return: 0 or a negative errno.
 */
int vhost_mem_backing_init(void)
{
	struct vfsmount *mnt;
	int i;

	for (i = 0; i < NR_HUGE; i++) {
		mnt = backing_mount(backing_options[i]);
		if (IS_ERR(mnt)) {
			vhost_mem_backing_exit();
			return PTR_ERR(mnt);
		}
		backing_mounts[i] = mnt;
	}
	return 0;
}

/**
 * vhost_mem_backing_exit() - undo vhost_mem_backing_init()
 *
 * Context: Module exit: no region is left. May sleep.
 */
void vhost_mem_backing_exit(void)
{
	int i;

	/* After a failed initialization only the first ones exist. */
	for (i = 0; i < NR_HUGE && backing_mounts[i]; i++)
		kern_unmount(backing_mounts[i]);
}

/**
 * vhost_mem_backing_create() - make the shmem file of a region
 * @size: Bytes of the region.
 * @block_size: Bytes of a device block.
 * @prealloc: Memory is allocated by vhost_mem_backing_populate(), not by faults.
 *
 * No memory is reserved: what a region may use is decided block by block.
 *
 * Context: May sleep.
 * Return: The file, without any page; or an ERR_PTR().
 */
struct file *vhost_mem_backing_create(u64 size, u64 block_size, bool prealloc)
{
	enum backing_huge huge = HUGE_NEVER;
	struct file *file;

#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	if (block_size >= HPAGE_PMD_SIZE)
		huge = prealloc ? HUGE_ALWAYS : HUGE_ADVISE;
#endif
	file = shmem_file_setup_with_mnt(backing_mounts[huge], "vhost-mem",
					 size, SHMEM_NORESERVE);
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

/**
 * vhost_mem_backing_populate() - allocate and zero the memory of a range
 * @file: The shmem file of a region.
 * @offset: Where the range begins, in bytes.
 * @length: Bytes.
 * @interrupts: Give up when this is not 0.
 *
 * The memory is charged to the memory cgroup of the task, or of the process that a
 * kernel thread works for. The OOM killer is not invoked.
 *
 * Context: A process, or a vhost worker. May sleep.
 * Return: 0; -ENOMEM if there was not enough memory for the whole range, -ECANCELED
 * if it was interrupted, -EINTR if the task is being killed. On error a part of the
 * range may be allocated.
 */
int vhost_mem_backing_populate(struct file *file, u64 offset, u64 length,
			       const atomic_t *interrupts)
{
	gfp_t gfp = mapping_gfp_mask(file->f_mapping) | __GFP_RETRY_MAYFAIL |
		    __GFP_NOWARN;
	pgoff_t end = (offset + length) >> PAGE_SHIFT;
	pgoff_t index = offset >> PAGE_SHIFT;
	struct folio *folio;
	struct page *page;

	while (index < end) {
		/* Kernel threads get no signals; this is what stops a vhost worker. */
		if (atomic_read(interrupts))
			return -ECANCELED;
		if (fatal_signal_pending(current))
			return -EINTR;
		page = shmem_read_mapping_page_gfp(file->f_mapping, index, gfp);
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

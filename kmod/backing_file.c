// SPDX-License-Identifier: GPL-2.0
/* Backing: what the kinds of memory have in common, because each is a file. */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/module.h>
#include <linux/mount.h>

#include "backing.h"
#include "guard.h"
#include "vhost_mem.h"

/**
 * vhost_mem_backing_mount() - mount a file system that no path leads to
 * @fs: Its name.
 * @options: Mount options, or NULL.
 *
 * Context: Module initialization, so that it does not belong to the user namespace of a
 * VMM. May sleep.
 * Return: The mount; or an ERR_PTR(), -ENODEV if there is no such file system.
 */
struct vfsmount *vhost_mem_backing_mount(const char *fs, const char *options)
{
	struct file_system_type *type = get_fs_type(fs);
	struct vfsmount *mnt;
	char data[32];		/* parsed in place, so it must be writable */

	if (!type)
		return ERR_PTR(-ENODEV);
	if (options)
		strscpy(data, options, sizeof(data));
	mnt = vfs_kern_mount(type, SB_KERNMOUNT, "vhost-mem",
			     options ? data : NULL);
	/* The mount holds its file system type; our reference can go. */
	module_put(type->owner);
	return mnt;
}

/**
 * vhost_mem_backing_punch() - free memory that nobody can access
 * @region: The region.
 * @pos: First byte.
 * @end: First byte behind.
 *
 * Context: region->blocks_lock held. May sleep.
 */
void vhost_mem_backing_punch(struct vhost_mem_region *region, u64 pos, u64 end)
{
	struct vhost_mem_guard *guard = &region->guard;
	long ret;

	lockdep_assert_held(&region->blocks_lock);

	if (pos >= end)
		return;
	ret = guard->fops->fallocate(guard->file,
				     FALLOC_FL_PUNCH_HOLE |
				     FALLOC_FL_KEEP_SIZE, pos, end - pos);
	/* Only a seal against writing makes it refuse, and there is none. */
	WARN_ON_ONCE(ret);
}

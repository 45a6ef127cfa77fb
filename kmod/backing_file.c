// SPDX-License-Identifier: GPL-2.0
/* Backing: what the kinds of memory have in common, because each is a file. */

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/falloc.h>	/* wants the types that fs.h brings */
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/sched/task.h>

#include "backing.h"
#include "guard.h"
#include "vhost_mem.h"

/**
 * vhost_mem_backing_mount() - mount a file system that no path leads to
 * @fs: Its name.
 * @options: Mount options, or NULL.
 *
 * It belongs to the host's root, whoever causes it: a VMM may be in a user namespace, even
 * one that maps no user. It is of no user (SB_NOUSER), as tmpfs makes any kernel's mount of
 * it: a security module that goes by paths, such as AppArmor, would look for rules for a
 * path that nobody can know, and refuse a confined VMM the file. What they decide about is
 * the device's node.
 *
 * Context: May sleep, also for locks of the whole host; so without any lock of ours.
 * Return: The mount, which goes with its last reference; or an ERR_PTR(), -ENODEV if there
 * is no such file system.
 */
struct vfsmount *vhost_mem_backing_mount(const char *fs, const char *options)
{
	struct file_system_type *type = get_fs_type(fs);
	struct vfsmount *mnt = ERR_PTR(-ENOMEM);
	char data[64];		/* parsed in place, so it must be writable */
	const struct cred *old;
	struct cred *cred;

	if (!type)
		return ERR_PTR(-ENODEV);
	if (options)
		strscpy(data, options, sizeof(data));
	cred = prepare_kernel_cred(&init_task);
	if (cred) {
		old = override_creds(cred);
		mnt = vfs_kern_mount(type, SB_KERNMOUNT | SB_NOUSER,
				     "vhost-mem", options ? data : NULL);
		revert_creds(old);
		put_cred(cred);
	}
	/* The mount holds its file system type; our reference can go. */
	module_put(type->owner);
	return mnt;
}

/**
 * vhost_mem_backing_take() - replace the operations of a file that nobody has yet
 * @file: The file.
 * @fops: Operations of the module, which have no read and no write.
 * @private: Their data.
 *
 * The inode gets them, too, because /proc/PID/map_files leads to it. The last of them,
 * release(), gives it back its file system's own.
 *
 * Context: An open file of the module.
 */
void vhost_mem_backing_take(struct file *file,
			    const struct file_operations *fops, void *private)
{
	file->private_data = private;
	/* The file drops this reference when it is freed. */
	__module_get(THIS_MODULE);
	file->f_op = fops;
	file_inode(file)->i_fop = fops;
	file->f_mode &= ~(FMODE_CAN_READ | FMODE_CAN_WRITE | FMODE_LSEEK);
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

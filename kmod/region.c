// SPDX-License-Identifier: GPL-2.0
/* Regions: create and close them. */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "blocks.h"
#include "config.h"
#include "confirm.h"
#include "defaults.h"
#include "geometry.h"
#include "job.h"
#include "pool.h"
#include "region.h"
#include "registry.h"
#include "vhost_mem.h"
#include "work.h"

static void region_stalled_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, works.stalled.work);

	vhost_mem_progress_check_stalled(region);
}

static void region_wake_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, share.wake);

	atomic64_inc(&region->stats.wakes);
	vhost_mem_config_retry(region);
}

static void region_lapse_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, share.lapse.work);

	spin_lock(&region->config_lock);
	vhost_mem_pool_lapse_locked(region);
	spin_unlock(&region->config_lock);
}

static void region_unhold_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, share.unhold.work);

	spin_lock(&region->config_lock);
	vhost_mem_pool_unhold_locked(region);
	spin_unlock(&region->config_lock);
}

/* Unpublishes a region, and drops the reference that its device held. */
static void region_end(struct vhost_mem_region *region)
{
	vhost_mem_registry_remove(region);
	vhost_mem_pool_leave(region);
	/* Mappings hold references to the file, too. The last one frees the region. */
	fput(region->guard.file);
}

static void region_limbo_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, works.limbo.work);

	if (vhost_mem_blocks_retry_limbo(region))
		queue_delayed_work(vhost_mem_wq, &region->works.limbo,
				   VHOST_MEM_LIMBO_DELAY);
	else if (READ_ONCE(region->closed))
		region_end(region);
	else
		vhost_mem_config_retry(region);
}

static void region_retry_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, works.retry.work);

	vhost_mem_config_retry(region);
}

static void region_expire_work(struct work_struct *work)
{
	struct vhost_mem_region *region =
		container_of(work, struct vhost_mem_region, works.expire.work);

	vhost_mem_confirm_expire(region);
}

/**
 * vhost_mem_region_create() - create a region, and publish it
 * @arg: The argument of VHOST_MEM_CREATE_REGION: a copy that the VMM cannot change any
 *	more, and not checked yet.
 *
 * It has the host's defaults from the moment at which anybody can find it.
 *
 * Context: The VMM's process, in an ioctl, which keeps the module loaded. May sleep.
 * Return: The region, every block unplugged; or an ERR_PTR(): -EOPNOTSUPP for an unknown
 * flag, or huge pages that the host does not have or that cannot be guarded; -EINVAL for a
 * malformed value; -ERANGE for one beyond its limit; -ENOSR if the host's pool has too few
 * huge pages to reserve them, or to find out whether they can be guarded; -ENOMEM; or
 * another error of shmem or hugetlbfs.
 */
struct vhost_mem_region *
vhost_mem_region_create(const struct vhost_mem_create_region *arg)
{
	bool hugetlb = arg->flags & VHOST_MEM_CREATE_HUGETLB;
	struct vhost_mem_region *region;
	int ret;

	if (arg->flags & ~(VHOST_MEM_CREATE_READABLE | VHOST_MEM_CREATE_NODE |
			   VHOST_MEM_CREATE_PREALLOC | VHOST_MEM_CREATE_KEEP |
			   VHOST_MEM_CREATE_HUGETLB | VHOST_MEM_CREATE_RESERVED))
		return ERR_PTR(-EOPNOTSUPP);
	if (arg->reserved || arg->id ||
	    (arg->node_id && !(arg->flags & VHOST_MEM_CREATE_NODE)))
		return ERR_PTR(-EINVAL);
	/* No fault is served by the guard then, so none can be given a zero page. */
	if (!hugetlb == !!arg->page_size ||
	    (hugetlb && arg->flags & VHOST_MEM_CREATE_READABLE))
		return ERR_PTR(-EINVAL);
	/* Other memory than that of a pool cannot be reserved without being allocated. */
	if (!hugetlb && arg->flags & VHOST_MEM_CREATE_RESERVED)
		return ERR_PTR(-EINVAL);
	ret = vhost_mem_geometry_check_name(arg->name);
	if (!ret)
		ret = vhost_mem_geometry_check(arg->region_size, arg->block_size,
					       hugetlb ? arg->page_size :
							 PAGE_SIZE);
	if (ret)
		return ERR_PTR(ret);

	region = kzalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);
	if (!region)
		return ERR_PTR(-ENOMEM);
	region->traits.flags = arg->flags;
	/* Memory that a fault cannot allocate is there from the PLUG on. */
	if (hugetlb)
		region->traits.flags |= VHOST_MEM_CREATE_PREALLOC;
	region->traits.page_size = arg->page_size;
	region->traits.node_id = arg->node_id;
	strscpy(region->name, arg->name, sizeof(region->name));
	region->creator.pid = get_pid(task_tgid(current));
	get_task_comm(region->creator.comm, current->group_leader);
	region->size = arg->region_size;
	region->block_size = arg->block_size;
	vhost_mem_progress_init(region);
	mutex_init(&region->blocks_lock);
	spin_lock_init(&region->config_lock);
	INIT_DELAYED_WORK(&region->works.stalled, region_stalled_work);
	INIT_DELAYED_WORK(&region->works.limbo, region_limbo_work);
	INIT_DELAYED_WORK(&region->works.retry, region_retry_work);
	INIT_DELAYED_WORK(&region->works.expire, region_expire_work);
	INIT_WORK(&region->share.wake, region_wake_work);
	INIT_DELAYED_WORK(&region->share.lapse, region_lapse_work);
	INIT_DELAYED_WORK(&region->share.unhold, region_unhold_work);
	vhost_mem_call_init(&region->config_call);
	vhost_mem_call_init(&region->asked.call);

	ret = vhost_mem_notify_init(region);
	if (!ret)
		ret = vhost_mem_blkmap_init(&region->blkmap,
					    region->size / region->block_size);
	if (!ret)
		ret = vhost_mem_guard_init(region);
	if (ret) {
		vhost_mem_region_free(region);
		return ERR_PTR(ret);
	}

	/* From here on the region belongs to its file. */
	ret = vhost_mem_registry_reserve(region);
	if (ret) {
		fput(region->guard.file);
		return ERR_PTR(ret);
	}
	/* In one step, so that nobody finds it without them. */
	vhost_mem_registry_lock();
	vhost_mem_defaults_apply(region);
	vhost_mem_registry_publish(region);
	vhost_mem_registry_unlock();
	return region;
}

/**
 * vhost_mem_region_close() - unplug every block of a region, and give the region up
 * @region: The region. No requests are served any more. It may be freed when this
 *	returns.
 *
 * Cannot fail. Mappings that remain, in whatever process, see every block unplugged. If
 * memory of these blocks is referenced elsewhere, the region stays published until that
 * memory is free, because a VM still holds it.
 *
 * Context: The device is being released, or has not got the region yet. May sleep, for
 * as long as it takes to free the memory.
 */
void vhost_mem_region_close(struct vhost_mem_region *region)
{
	/* Only a device that changes blocks queues it, and there is none any more. */
	cancel_delayed_work_sync(&region->works.limbo);
	/* Before the blocks are unplugged, so that no size can be requested any more. */
	vhost_mem_config_close(region);
	vhost_mem_blocks_close(region);
	/* The work item may free the region: do not touch it once this is queued. */
	if (READ_ONCE(region->sizes.limbo))
		queue_delayed_work(vhost_mem_wq, &region->works.limbo,
				   VHOST_MEM_LIMBO_DELAY);
	else
		region_end(region);
}

/**
 * vhost_mem_region_free() - free a region, except for what guard.c frees
 * @region: The region; not published, and nobody refers to it.
 *
 * Context: Creation has failed, or the region's file is being released. May sleep.
 */
void vhost_mem_region_free(struct vhost_mem_region *region)
{
	vhost_mem_notify_free(region);
	vhost_mem_blkmap_free(&region->blkmap);
	vhost_mem_job_free(region);
	put_pid(region->creator.pid);
	kfree(region);
}

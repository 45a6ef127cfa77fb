/* SPDX-License-Identifier: GPL-2.0 */
/* Progress of a resize: why the plugged size differs from the requested size. */
#ifndef _VHOST_MEM_PROGRESS_H
#define _VHOST_MEM_PROGRESS_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <uapi/linux/vhost_mem_netlink.h>

struct vhost_mem_region;

/**
 * struct vhost_mem_progress_state - what the host has observed of the guest
 *	since the requested size was last set
 * @requested_at: When the requested size was last set, or the system reset.
 * @responded_at: When the guest's last request was answered; valid if
 *	@responded.
 * @response: What that response means for the resize; valid if @responded.
 * @able_at: When an obstacle for the guest last went away: the size was requested, the
 *	VMM has read it, the state of the virtqueue has changed, or the guest was told to
 *	retry.
 * @unread: The requested size has been set, and the VMM has not read the
 *	configuration space since.
 * @responded: A request has been answered since @requested_at.
 * @driver_seen: The request virtqueue has been started since the region was
 *	created or the system reset.
 *
 * Protected by region->config_lock.
 */
struct vhost_mem_progress_state {
	ktime_t requested_at;
	ktime_t responded_at;
	enum vhost_mem_progress response;
	ktime_t able_at;
	bool unread;
	bool responded;
	bool driver_seen;
};

/**
 * struct vhost_mem_progress_info - progress of a resize at one point in time
 * @progress: How far the resize is, or what holds it up.
 * @requested_ms: Milliseconds since the size was requested.
 * @responded_ms: Milliseconds since the last response; valid if @responded.
 * @responded: A request has been answered since the size was requested.
 */
struct vhost_mem_progress_info {
	enum vhost_mem_progress progress;
	u64 requested_ms;
	u64 responded_ms;
	bool responded;
};

void vhost_mem_progress_init(struct vhost_mem_region *region);
void vhost_mem_progress_request_locked(struct vhost_mem_region *region);
void vhost_mem_progress_unread_locked(struct vhost_mem_region *region);
void vhost_mem_progress_read_locked(struct vhost_mem_region *region);
void vhost_mem_progress_able_locked(struct vhost_mem_region *region);
void vhost_mem_progress_driver_seen_locked(struct vhost_mem_region *region,
					   bool seen);
bool vhost_mem_progress_respond_locked(struct vhost_mem_region *region,
				       int error);
void vhost_mem_progress_get_locked(const struct vhost_mem_region *region,
				   struct vhost_mem_progress_info *info);
void vhost_mem_progress_check_stalled(struct vhost_mem_region *region);

#endif /* _VHOST_MEM_PROGRESS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration space, and the state that is read with it. */
#ifndef _VHOST_MEM_CONFIG_H
#define _VHOST_MEM_CONFIG_H

#include <linux/types.h>
#include <uapi/linux/vhost_mem_netlink.h>

struct eventfd_ctx;
struct vhost_mem_cause;
struct vhost_mem_region;
struct virtio_mem_config;

/**
 * struct vhost_mem_outcome - what a request, or another change of blocks, came to
 * @plugged: Bytes that were plugged; negative if they were unplugged. Ignored with
 *	@unplugged_all.
 * @asked: Bytes in blocks that are open, for a PLUG that the VMM has yet to confirm;
 *	negative if they are no longer so. Ignored with @unplugged_all.
 * @limbo: Bytes in blocks that entered limbo; negative if they left it.
 * @unplugged_all: Every block was unplugged.
 * @hold: The charge stays for a while, for what the VM plugs next.
 * @request: A request of the guest, so there is a response.
 * @error: 0 or the negative errno with which it ended; only used with @request.
 */
struct vhost_mem_outcome {
	s64 plugged;
	s64 asked;
	s64 limbo;
	bool unplugged_all;
	bool hold;
	bool request;
	int error;
};

u64 vhost_mem_config_features(const struct vhost_mem_region *region);
void vhost_mem_config_get(struct vhost_mem_region *region,
			  struct virtio_mem_config *config, u64 *generation);
int vhost_mem_config_set_addr(struct vhost_mem_region *region, u64 addr);
void vhost_mem_config_request_locked(struct vhost_mem_region *region, u64 size,
				     const struct vhost_mem_cause *cause);
int vhost_mem_config_set_usable(struct vhost_mem_region *region, u64 size);
void vhost_mem_config_violation(struct vhost_mem_region *region, u64 offset,
				enum vhost_mem_access access);
void vhost_mem_config_close(struct vhost_mem_region *region);
void vhost_mem_config_set_call(struct vhost_mem_region *region,
			       struct eventfd_ctx *call);
void vhost_mem_config_set_state(struct vhost_mem_region *region,
				enum vhost_mem_state state);
void vhost_mem_config_retry(struct vhost_mem_region *region);
void vhost_mem_config_commit(struct vhost_mem_region *region,
			     const struct vhost_mem_outcome *outcome);
int vhost_mem_config_set_leaving(struct vhost_mem_region *region, bool leaving);

#endif /* _VHOST_MEM_CONFIG_H */

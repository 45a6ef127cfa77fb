/* SPDX-License-Identifier: GPL-2.0 */
/* Jobs in the generic netlink family. */
#ifndef _VHOST_MEM_NETLINK_JOB_H
#define _VHOST_MEM_NETLINK_JOB_H

#include <linux/types.h>

struct genl_info;
struct sk_buff;
struct vhost_mem_cause;
struct vhost_mem_region;

int vhost_mem_netlink_get_cause(struct genl_info *info,
				struct vhost_mem_cause *cause);
bool vhost_mem_netlink_put_ended_job(struct sk_buff *skb,
				     struct vhost_mem_region *region);

#endif /* _VHOST_MEM_NETLINK_JOB_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* The commands for pools. */
#ifndef _VHOST_MEM_NETLINK_POOL_H
#define _VHOST_MEM_NETLINK_POOL_H

struct genl_info;
struct nlattr;
struct vhost_mem_pool;

struct vhost_mem_pool *vhost_mem_netlink_pool(struct genl_info *info,
					      struct nlattr *attr);

#endif /* _VHOST_MEM_NETLINK_POOL_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What a netlink command sets of a region. */
#ifndef _VHOST_MEM_NETLINK_SET_H
#define _VHOST_MEM_NETLINK_SET_H

#include <linux/types.h>

struct genl_info;
struct nlattr;
struct vhost_mem_change;
struct vhost_mem_region;
struct vhost_mem_report_policy;

bool vhost_mem_netlink_has_policy(const struct genl_info *info);
int vhost_mem_netlink_check_policy(struct genl_info *info, struct nlattr *step,
				   struct nlattr *interval,
				   struct vhost_mem_report_policy *policy);
int vhost_mem_netlink_get_change(struct genl_info *info,
				 struct vhost_mem_region *region,
				 struct vhost_mem_change *change);
void vhost_mem_netlink_explain(struct genl_info *info, int error,
			       struct vhost_mem_region *region,
			       const struct vhost_mem_change *change);

#endif /* _VHOST_MEM_NETLINK_SET_H */

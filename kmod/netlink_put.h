/* SPDX-License-Identifier: GPL-2.0 */
/* A region as the attributes of a netlink message. */
#ifndef _VHOST_MEM_NETLINK_PUT_H
#define _VHOST_MEM_NETLINK_PUT_H

#include <linux/types.h>

struct nlattr;
struct pid_namespace;
struct sk_buff;
struct vhost_mem_region;

bool vhost_mem_netlink_put(struct sk_buff *skb, struct vhost_mem_region *region,
			   struct pid_namespace *ns, bool event);
void vhost_mem_netlink_number(struct nlattr *nla);

#endif /* _VHOST_MEM_NETLINK_PUT_H */

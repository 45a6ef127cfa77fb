/* SPDX-License-Identifier: GPL-2.0 */
/* Rights to see and to change the memory of VMs. */
#ifndef _VHOST_MEM_NETLINK_RIGHTS_H
#define _VHOST_MEM_NETLINK_RIGHTS_H

#include <linux/types.h>

struct genl_info;
struct sk_buff;

bool vhost_mem_netlink_is_admin(const struct sk_buff *skb);
int vhost_mem_netlink_check_admin(struct sk_buff *skb, struct genl_info *info);

#endif /* _VHOST_MEM_NETLINK_RIGHTS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Dumps of what the regions have. */
#ifndef _VHOST_MEM_NETLINK_DUMP_H
#define _VHOST_MEM_NETLINK_DUMP_H

struct netlink_callback;
struct sk_buff;
struct vhost_mem_region;

int vhost_mem_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb,
			   int (*fill)(struct sk_buff *skb,
				       struct vhost_mem_region *region,
				       struct netlink_callback *cb));

#endif /* _VHOST_MEM_NETLINK_DUMP_H */

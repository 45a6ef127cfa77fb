/* SPDX-License-Identifier: GPL-2.0 */
/* Commands that are answered with a message. */
#ifndef _VHOST_MEM_NETLINK_REPLY_H
#define _VHOST_MEM_NETLINK_REPLY_H

#include <linux/types.h>

struct genl_info;
struct sk_buff;

int vhost_mem_netlink_reply(struct sk_buff *skb, struct genl_info *info, u8 cmd,
			    int (*fn)(struct sk_buff *reply,
				      const struct sk_buff *skb,
				      struct genl_info *info));

#endif /* _VHOST_MEM_NETLINK_REPLY_H */

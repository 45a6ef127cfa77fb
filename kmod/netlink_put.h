/* SPDX-License-Identifier: GPL-2.0 */
/* A region as the attributes of a netlink message. */
#ifndef _VHOST_MEM_NETLINK_PUT_H
#define _VHOST_MEM_NETLINK_PUT_H

#include <linux/types.h>

struct nlattr;
struct pid_namespace;
struct sk_buff;
struct vhost_mem_region;

/**
 * struct vhost_mem_netlink_reader - who reads the description of a region
 * @ns: PID namespace in which the creator's pid is given.
 * @admin: The reader administrates the host, and gets what is not everybody's: guest
 *	addresses, refused accesses, and what the guest has reported.
 * @event: The message is an event that is sent at once, and gets the next sequence
 *	number. Any other gets the number of the last event.
 */
struct vhost_mem_netlink_reader {
	struct pid_namespace *ns;
	bool admin;
	bool event;
};

bool vhost_mem_netlink_put(struct sk_buff *skb, struct vhost_mem_region *region,
			   const struct vhost_mem_netlink_reader *reader);
void vhost_mem_netlink_number(struct nlattr *nla);

#endif /* _VHOST_MEM_NETLINK_PUT_H */

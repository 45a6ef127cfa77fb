// SPDX-License-Identifier: GPL-2.0
/*
 * Rights: who administrates the memory of VMs.
 *
 * Containers that configure networks have CAP_NET_ADMIN, in the initial user namespace,
 * too, if they use the host's network. That is not the right to move the memory of VMs, so
 * the right to override limits of resources is wanted as well.
 */

#include <linux/capability.h>
#include <linux/netlink.h>
#include <net/genetlink.h>

#include "netlink_rights.h"

/**
 * vhost_mem_netlink_is_admin() - does the sender of a message administrate the host?
 * @skb: The message. Both its socket's opener and its sender have to.
 *
 * Context: A netlink command, in its sender's process.
 * Return: Whether it may change regions, and see all of them.
 */
bool vhost_mem_netlink_is_admin(const struct sk_buff *skb)
{
	return netlink_capable(skb, CAP_NET_ADMIN) &&
	       netlink_capable(skb, CAP_SYS_RESOURCE);
}

/**
 * vhost_mem_netlink_check_admin() - refuse a command, unless its sender has the right
 * @skb: The message.
 * @info: The command. Its specification has the flag admin-perm, with which netlink itself
 *	refuses whoever has not CAP_NET_ADMIN.
 *
 * Context: A netlink command, in its sender's process.
 * Return: 0; -EPERM, with an explanation.
 */
int vhost_mem_netlink_check_admin(struct sk_buff *skb, struct genl_info *info)
{
	if (vhost_mem_netlink_is_admin(skb))
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "changing the memory of VMs needs CAP_SYS_RESOURCE besides CAP_NET_ADMIN");
	return -EPERM;
}

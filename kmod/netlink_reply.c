// SPDX-License-Identifier: GPL-2.0
/* Control plane: a command that is answered with what it has found, or changed. */

#include <net/genetlink.h>

#include "netlink_gen.h"
#include "netlink_reply.h"
#include "registry.h"

/**
 * vhost_mem_netlink_reply() - carry out a command, and send a reply
 * @skb: The message with the command.
 * @info: The command.
 * @cmd: The command that the reply is of.
 * @fn: Carries the command out, and puts the attributes of the reply. @skb is there for the
 *	rights of the sender. It fails before it changes something.
 *
 * The reply is allocated first, so that nothing has changed if there is no memory for it.
 *
 * Context: May sleep. Takes the registry's lock, with which @fn is called.
 * Return: 0; -ENOMEM; or what @fn returns, or genlmsg_reply(), a negative errno.
 */
int vhost_mem_netlink_reply(struct sk_buff *skb, struct genl_info *info, u8 cmd,
			    int (*fn)(struct sk_buff *reply,
				      const struct sk_buff *skb,
				      struct genl_info *info))
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int ret = -EMSGSIZE;
	void *hdr;

	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put(reply, info->snd_portid, info->snd_seq,
			  &vhost_mem_nl_family, 0, cmd);
	if (hdr) {
		vhost_mem_registry_lock();
		ret = fn(reply, skb, info);
		vhost_mem_registry_unlock();
	}
	if (ret) {
		nlmsg_free(reply);
		return ret;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

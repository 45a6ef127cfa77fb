// SPDX-License-Identifier: GPL-2.0
/* Control plane: dumps of what the regions have, from one message to the next. */

#include <linux/netlink.h>

#include "netlink_dump.h"
#include "registry.h"

/**
 * vhost_mem_netlink_dump() - fill a message of a dump that goes through all regions
 * @skb: The message.
 * @cb: The dump; args[0] is the region with which the next message begins.
 * @fill: Puts all that there is of a region into the message, or nothing, for which it
 *	returns -EMSGSIZE. What there is of one region must fit into an empty message.
 *
 * Context: May sleep. Takes the registry's lock, with which @fill is called.
 * Return: As the dumpit() of an operation.
 */
int vhost_mem_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb,
			   int (*fill)(struct sk_buff *skb,
				       struct vhost_mem_region *region,
				       struct netlink_callback *cb))
{
	struct vhost_mem_region *region;
	unsigned long id = cb->args[0];
	int ret = 0;

	vhost_mem_registry_lock();
	/* If it changes between two messages, NLM_F_DUMP_INTR tells the reader. */
	cb->seq = vhost_mem_registry_generation();
	while ((region = vhost_mem_registry_next(&id))) {
		ret = fill(skb, region, cb);
		if (ret)
			break;
		id++;
	}
	vhost_mem_registry_unlock();
	cb->args[0] = id;
	/* What did not fit goes into the next message. */
	return skb->len ?: ret;
}

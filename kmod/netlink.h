/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family. */
#ifndef _VHOST_MEM_NETLINK_H
#define _VHOST_MEM_NETLINK_H

int vhost_mem_netlink_init(void);
void vhost_mem_netlink_exit(void);

#endif /* _VHOST_MEM_NETLINK_H */

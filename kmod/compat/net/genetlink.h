/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.6 the attributes of a dump request were not in a struct genl_info
 * (7288dd2fd488, "genetlink: use attrs from struct genl_info").
 *
 * genl_dump_attrs(cb): the attributes of the request for the dump, by number.
 *
 * Before 6.8 ("genetlink: Use internal flags for multicast groups"), and in
 * stable releases before it came there (6.1.170 lacks it, 6.1.192 has it), a group that
 * takes CAP_NET_ADMIN to listen to had the flag of such a command.
 */
#ifndef _VHOST_MEM_COMPAT_NET_GENETLINK_H
#define _VHOST_MEM_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>

#ifdef HAVE_GENL_INFO_DUMP
#define genl_dump_attrs(cb)	(genl_info_dump(cb)->attrs)
#else
#define genl_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN	GENL_UNS_ADMIN_PERM
#endif

#endif /* _VHOST_MEM_COMPAT_NET_GENETLINK_H */

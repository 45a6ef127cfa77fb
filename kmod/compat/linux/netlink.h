/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before 6.2 an extended acknowledgment could only carry a constant string
 * (51c352bdbcd2, "netlink: add support for formatted extack messages"). A buffer of
 * our own would have to outlive the command, and so be shared with the next one.
 * So older kernels send the text without its values; vmemctl prints what it sent.
 *
 * NL_SET_ERR_MSG_ATTR_VALUES(extack, attr, text, values, ...): @text is a constant
 * string; @values is a format that is appended if the kernel supports formats.
 */
#ifndef _VHOST_MEM_COMPAT_LINUX_NETLINK_H
#define _VHOST_MEM_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

#ifdef NL_SET_ERR_MSG_ATTR_FMT
#define NL_SET_ERR_MSG_ATTR_VALUES(extack, attr, text, values, args...)	\
	NL_SET_ERR_MSG_ATTR_FMT(extack, attr, text values, ##args)
#else
#define NL_SET_ERR_MSG_ATTR_VALUES(extack, attr, text, values, args...)	\
	do {								\
		no_printk(text values, ##args);				\
		NL_SET_ERR_MSG_ATTR(extack, attr, text);		\
	} while (0)
#endif

#endif /* _VHOST_MEM_COMPAT_LINUX_NETLINK_H */

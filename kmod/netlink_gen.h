/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vhost_mem.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VHOST_MEM_GEN_H
#define _LINUX_VHOST_MEM_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vhost_mem_netlink.h>

/* Common nested types */
extern const struct nla_policy vhost_mem_change_nl_policy[VHOST_MEM_A_REGION_MINIMUM + 1];

int vhost_mem_nl_region_get_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_region_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int vhost_mem_nl_region_set_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_job_get_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_job_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int vhost_mem_nl_job_cancel_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_pool_get_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_pool_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int vhost_mem_nl_pool_set_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_pool_del_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_lease_get_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_lease_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int vhost_mem_nl_lease_add_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_lease_del_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_region_set_many_doit(struct sk_buff *skb,
				      struct genl_info *info);
int vhost_mem_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_stats_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int vhost_mem_nl_defaults_get_doit(struct sk_buff *skb, struct genl_info *info);
int vhost_mem_nl_defaults_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	VHOST_MEM_NLGRP_EVENTS,
};

extern struct genl_family vhost_mem_nl_family;

#endif /* _LINUX_VHOST_MEM_GEN_H */

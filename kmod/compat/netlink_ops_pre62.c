// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vhost_mem.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vhost_mem_netlink.h>

/* Common nested types */
const struct nla_policy vhost_mem_change_nl_policy[VHOST_MEM_A_REGION_MINIMUM + 1] = {
	[VHOST_MEM_A_REGION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[VHOST_MEM_A_REGION_REQUESTED_SIZE] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_LIMIT] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_MINIMUM] = { .type = NLA_U64, },
};

/* VHOST_MEM_CMD_REGION_GET - do */
static const struct nla_policy vhost_mem_region_get_nl_policy[VHOST_MEM_A_REGION_ID + 1] = {
	[VHOST_MEM_A_REGION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* VHOST_MEM_CMD_REGION_SET - do */
static const struct nla_policy vhost_mem_region_set_nl_policy[VHOST_MEM_A_REGION_RULES + 1] = {
	[VHOST_MEM_A_REGION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[VHOST_MEM_A_REGION_REQUESTED_SIZE] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_LIMIT] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[VHOST_MEM_A_REGION_POLICY_MAX] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_POLICY_STEP] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_POLICY_INTERVAL] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_PROPOSAL_DECISION] = NLA_POLICY_RANGE(NLA_U32, 2, 2),
	[VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_NOTE] = { .type = NLA_NUL_STRING, .len = 31, },
	[VHOST_MEM_A_REGION_POOL] = { .type = NLA_NUL_STRING, .len = 63, },
	[VHOST_MEM_A_REGION_RESERVED] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_MINIMUM] = { .type = NLA_U64, },
	[VHOST_MEM_A_REGION_RULES] = { .type = NLA_U32, },
};

/* VHOST_MEM_CMD_JOB_GET - do */
static const struct nla_policy vhost_mem_job_get_nl_policy[VHOST_MEM_A_JOB_REGION + 1] = {
	[VHOST_MEM_A_JOB_ID] = { .type = NLA_U64, },
	[VHOST_MEM_A_JOB_REGION] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* VHOST_MEM_CMD_JOB_CANCEL - do */
static const struct nla_policy vhost_mem_job_cancel_nl_policy[VHOST_MEM_A_JOB_REVERT + 1] = {
	[VHOST_MEM_A_JOB_ID] = { .type = NLA_U64, },
	[VHOST_MEM_A_JOB_REVERT] = { .type = NLA_FLAG, },
};

/* VHOST_MEM_CMD_POOL_GET - do */
static const struct nla_policy vhost_mem_pool_get_nl_policy[VHOST_MEM_A_POOL_NAME + 1] = {
	[VHOST_MEM_A_POOL_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* VHOST_MEM_CMD_POOL_SET - do */
static const struct nla_policy vhost_mem_pool_set_nl_policy[VHOST_MEM_A_POOL_UNLIMITED + 1] = {
	[VHOST_MEM_A_POOL_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[VHOST_MEM_A_POOL_SIZE] = { .type = NLA_U64, },
	[VHOST_MEM_A_POOL_UNLIMITED] = { .type = NLA_FLAG, },
};

/* VHOST_MEM_CMD_POOL_DEL - do */
static const struct nla_policy vhost_mem_pool_del_nl_policy[VHOST_MEM_A_POOL_NAME + 1] = {
	[VHOST_MEM_A_POOL_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* VHOST_MEM_CMD_LEASE_GET - do */
static const struct nla_policy vhost_mem_lease_get_nl_policy[VHOST_MEM_A_LEASE_NUMBER + 1] = {
	[VHOST_MEM_A_LEASE_NUMBER] = { .type = NLA_U64, },
};

/* VHOST_MEM_CMD_LEASE_ADD - do */
static const struct nla_policy vhost_mem_lease_add_nl_policy[VHOST_MEM_A_LEASE_TIME + 1] = {
	[VHOST_MEM_A_LEASE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
	[VHOST_MEM_A_LEASE_POOL] = { .type = NLA_NUL_STRING, .len = 63, },
	[VHOST_MEM_A_LEASE_SIZE] = { .type = NLA_U64, },
	[VHOST_MEM_A_LEASE_USER] = { .type = NLA_U32, },
	[VHOST_MEM_A_LEASE_TIME] = { .type = NLA_U64, },
};

/* VHOST_MEM_CMD_LEASE_DEL - do */
static const struct nla_policy vhost_mem_lease_del_nl_policy[VHOST_MEM_A_LEASE_NUMBER + 1] = {
	[VHOST_MEM_A_LEASE_NUMBER] = { .type = NLA_U64, },
};

/* VHOST_MEM_CMD_REGION_SET_MANY - do */
static const struct nla_policy vhost_mem_region_set_many_nl_policy[VHOST_MEM_A_REGION_CHANGE + 1] = {
	[VHOST_MEM_A_REGION_NOTE] = { .type = NLA_NUL_STRING, .len = 31, },
	[VHOST_MEM_A_REGION_CHANGE] = NLA_POLICY_NESTED(vhost_mem_change_nl_policy),
};

/* VHOST_MEM_CMD_STATS_GET - do */
static const struct nla_policy vhost_mem_stats_get_nl_policy[VHOST_MEM_A_STATS_ID + 1] = {
	[VHOST_MEM_A_STATS_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* VHOST_MEM_CMD_DEFAULTS_GET - do */
static const struct nla_policy vhost_mem_defaults_get_nl_policy[VHOST_MEM_A_DEFAULTS_LIMIT + 1] = {
	[VHOST_MEM_A_DEFAULTS_LIMIT] = { .type = NLA_U64, },
};

/* VHOST_MEM_CMD_DEFAULTS_SET - do */
static const struct nla_policy vhost_mem_defaults_set_nl_policy[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL + 1] = {
	[VHOST_MEM_A_DEFAULTS_LIMIT] = { .type = NLA_U64, },
	[VHOST_MEM_A_DEFAULTS_MINIMUM] = { .type = NLA_U64, },
	[VHOST_MEM_A_DEFAULTS_POOL] = { .type = NLA_NUL_STRING, .len = 63, },
	[VHOST_MEM_A_DEFAULTS_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[VHOST_MEM_A_DEFAULTS_POLICY_MAX] = { .type = NLA_U64, },
	[VHOST_MEM_A_DEFAULTS_POLICY_STEP] = { .type = NLA_U64, },
	[VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL] = { .type = NLA_U64, },
};

/* Ops table for vhost_mem */
static const struct genl_ops vhost_mem_nl_ops[14] = {
	{
		.cmd		= VHOST_MEM_CMD_REGION_GET,
		.doit		= vhost_mem_nl_region_get_doit,
		.dumpit		= vhost_mem_nl_region_get_dumpit,
		.policy		= vhost_mem_region_get_nl_policy,
		.maxattr	= VHOST_MEM_A_REGION_ID,
	},
	{
		.cmd		= VHOST_MEM_CMD_REGION_SET,
		.doit		= vhost_mem_nl_region_set_doit,
		.policy		= vhost_mem_region_set_nl_policy,
		.maxattr	= VHOST_MEM_A_REGION_RULES,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_JOB_GET,
		.doit		= vhost_mem_nl_job_get_doit,
		.dumpit		= vhost_mem_nl_job_get_dumpit,
		.policy		= vhost_mem_job_get_nl_policy,
		.maxattr	= VHOST_MEM_A_JOB_REGION,
	},
	{
		.cmd		= VHOST_MEM_CMD_JOB_CANCEL,
		.doit		= vhost_mem_nl_job_cancel_doit,
		.policy		= vhost_mem_job_cancel_nl_policy,
		.maxattr	= VHOST_MEM_A_JOB_REVERT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_POOL_GET,
		.doit		= vhost_mem_nl_pool_get_doit,
		.dumpit		= vhost_mem_nl_pool_get_dumpit,
		.policy		= vhost_mem_pool_get_nl_policy,
		.maxattr	= VHOST_MEM_A_POOL_NAME,
	},
	{
		.cmd		= VHOST_MEM_CMD_POOL_SET,
		.doit		= vhost_mem_nl_pool_set_doit,
		.policy		= vhost_mem_pool_set_nl_policy,
		.maxattr	= VHOST_MEM_A_POOL_UNLIMITED,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_POOL_DEL,
		.doit		= vhost_mem_nl_pool_del_doit,
		.policy		= vhost_mem_pool_del_nl_policy,
		.maxattr	= VHOST_MEM_A_POOL_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_LEASE_GET,
		.doit		= vhost_mem_nl_lease_get_doit,
		.dumpit		= vhost_mem_nl_lease_get_dumpit,
		.policy		= vhost_mem_lease_get_nl_policy,
		.maxattr	= VHOST_MEM_A_LEASE_NUMBER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_LEASE_ADD,
		.doit		= vhost_mem_nl_lease_add_doit,
		.policy		= vhost_mem_lease_add_nl_policy,
		.maxattr	= VHOST_MEM_A_LEASE_TIME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_LEASE_DEL,
		.doit		= vhost_mem_nl_lease_del_doit,
		.policy		= vhost_mem_lease_del_nl_policy,
		.maxattr	= VHOST_MEM_A_LEASE_NUMBER,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_REGION_SET_MANY,
		.doit		= vhost_mem_nl_region_set_many_doit,
		.policy		= vhost_mem_region_set_many_nl_policy,
		.maxattr	= VHOST_MEM_A_REGION_CHANGE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_STATS_GET,
		.doit		= vhost_mem_nl_stats_get_doit,
		.dumpit		= vhost_mem_nl_stats_get_dumpit,
		.policy		= vhost_mem_stats_get_nl_policy,
		.maxattr	= VHOST_MEM_A_STATS_ID,
	},
	{
		.cmd		= VHOST_MEM_CMD_DEFAULTS_GET,
		.doit		= vhost_mem_nl_defaults_get_doit,
		.policy		= vhost_mem_defaults_get_nl_policy,
		.maxattr	= VHOST_MEM_A_DEFAULTS_LIMIT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VHOST_MEM_CMD_DEFAULTS_SET,
		.doit		= vhost_mem_nl_defaults_set_doit,
		.policy		= vhost_mem_defaults_set_nl_policy,
		.maxattr	= VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group vhost_mem_nl_mcgrps[] = {
	[VHOST_MEM_NLGRP_EVENTS] = { "events", },
};

struct genl_family vhost_mem_nl_family __ro_after_init = {
	.name		= VHOST_MEM_FAMILY_NAME,
	.version	= VHOST_MEM_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vhost_mem_nl_ops,
	.n_ops		= ARRAY_SIZE(vhost_mem_nl_ops),
	.resv_start_op	= __VHOST_MEM_CMD_MAX,
	.mcgrps		= vhost_mem_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(vhost_mem_nl_mcgrps),
};

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes and events of the netlink family, as data: the decoder, the printers
 * and JSON go through these tables. attrs_gen.c has what the YAML specification
 * says, attrs.c what it does not.
 */
#ifndef VMEMCTL_ATTRS_H
#define VMEMCTL_ATTRS_H

#include <stddef.h>
#include <stdint.h>

#include <netlink/attr.h>

#include <linux/vhost_mem_netlink.h>

#include "attrs_gen.h"

enum attr_kind {
	ATTR_PAD,	/* no value */
	ATTR_U32,
	ATTR_ENUM,	/* u32, one of values[] */
	ATTR_COUNT,	/* u64 */
	ATTR_SIZE,	/* u64, bytes */
	ATTR_ADDR,	/* u64, guest physical */
	ATTR_MS,	/* u64, milliseconds */
	ATTR_STRING,
	ATTR_FLAG,	/* bool; set whenever the attribute is there */
	ATTR_NEST,	/* a struct of another set, as far as it was sent */
};

struct attr;

/* The attributes of a struct, whose first member says which of them are present. */
struct attr_set {
	const struct attr *attrs;
	const struct nla_policy *policy;
	int max;
};

struct attr {
	const char *name;		/* in the YAML, and in JSON */
	const char *label;		/* the name in words; see attr_label() */
	enum attr_kind kind;
	size_t offset;			/* in struct region, or struct job */
	const char *const *values;	/* ATTR_ENUM */
	size_t nr_values;
	const struct attr_set *nested;	/* ATTR_NEST */
};

extern const struct attr region_attrs[VHOST_MEM_A_REGION_MAX + 1];
extern const struct nla_policy region_policy[VHOST_MEM_A_REGION_MAX + 1];
extern const struct attr job_attrs[VHOST_MEM_A_JOB_MAX + 1];
extern const struct nla_policy job_policy[VHOST_MEM_A_JOB_MAX + 1];
extern const struct attr pool_attrs[VHOST_MEM_A_POOL_MAX + 1];
extern const struct nla_policy pool_policy[VHOST_MEM_A_POOL_MAX + 1];
extern const struct attr lease_attrs[VHOST_MEM_A_LEASE_MAX + 1];
extern const struct nla_policy lease_policy[VHOST_MEM_A_LEASE_MAX + 1];
extern const struct attr defaults_attrs[VHOST_MEM_A_DEFAULTS_MAX + 1];
extern const struct nla_policy defaults_policy[VHOST_MEM_A_DEFAULTS_MAX + 1];
extern const struct attr stats_attrs[VHOST_MEM_A_STATS_MAX + 1];
extern const struct nla_policy stats_policy[VHOST_MEM_A_STATS_MAX + 1];
extern const struct attr requests_attrs[VHOST_MEM_A_REQUESTS_MAX + 1];
extern const struct nla_policy requests_policy[VHOST_MEM_A_REQUESTS_MAX + 1];
/* "created", "gone" and so on; NULL: the command is no event. */
extern const char *const event_names[VHOST_MEM_CMD_MAX + 1];

/* What 'vmemctl show' calls attribute @i. */
const char *attr_label(int i);

/* The YAML's name of @value, or NULL if it is newer than this program. */
const char *attr_enum_name(const struct attr *attr, uint32_t value);

/* The name of an event without region- and -ntf; NULL: @cmd is no event. */
const char *attr_event_name(int cmd);

#endif /* VMEMCTL_ATTRS_H */

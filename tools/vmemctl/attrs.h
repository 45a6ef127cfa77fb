/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the YAML specification of the family says about attributes and events,
 * for the decoder, the printers and JSON. Keep it in the order of the YAML.
 */
#ifndef VMEMCTL_ATTRS_H
#define VMEMCTL_ATTRS_H

#include <stddef.h>
#include <stdint.h>

#include <netlink/attr.h>

#include <linux/vhost_mem_netlink.h>

enum attr_type {
	ATTR_PAD,
	ATTR_U32,
	ATTR_ENUM,	/* u32, one of values[] */
	ATTR_COUNT,	/* u64 */
	ATTR_SIZE,	/* u64, bytes */
	ATTR_ADDR,	/* u64 */
	ATTR_STRING,
	ATTR_FLAG,	/* bool; set whenever the attribute is there */
};

struct attr {
	const char *name;		/* in the YAML, and in JSON */
	const char *label;		/* of 'vmemctl show'; NULL: no line of its own */
	enum attr_type type;
	size_t offset;			/* in struct region */
	const char *const *values;	/* ATTR_ENUM */
	size_t nr_values;
};

extern const struct attr region_attrs[VHOST_MEM_A_REGION_MAX + 1];
extern const struct nla_policy region_policy[VHOST_MEM_A_REGION_MAX + 1];

/* The YAML's name of @value, or NULL if it is newer than this program. */
const char *attr_enum_name(const struct attr *attr, uint32_t value);

/* "created", "gone", "resized" and so on, as in the YAML; NULL: @cmd is no event. */
const char *attr_event_name(int cmd);

#endif /* VMEMCTL_ATTRS_H */

// SPDX-License-Identifier: GPL-2.0
#include "attrs.h"

/* Where the attribute's name in words would not tell an administrator enough. */
static const char *const labels[VHOST_MEM_A_REGION_MAX + 1] = {
	[VHOST_MEM_A_REGION_ID]			= "ID",
	[VHOST_MEM_A_REGION_PID]		= "VMM PID",
	[VHOST_MEM_A_REGION_COMM]		= "VMM",
	[VHOST_MEM_A_REGION_UNPLUGGED]		= "Unplugged blocks",
	[VHOST_MEM_A_REGION_NODE]		= "Guest NUMA node",
	[VHOST_MEM_A_REGION_ADDR]		= "Guest address",
	[VHOST_MEM_A_REGION_SIZE]		= "Maximum",
	[VHOST_MEM_A_REGION_USABLE_SIZE]	= "Usable",
	[VHOST_MEM_A_REGION_REQUESTED_SIZE]	= "Requested",
	[VHOST_MEM_A_REGION_PLUGGED_SIZE]	= "Plugged",
	[VHOST_MEM_A_REGION_PROGRESS]		= "Resize",
	[VHOST_MEM_A_REGION_BACKED_SIZE]	= "Backed",
	[VHOST_MEM_A_REGION_LIMBO_SIZE]		= "Not free yet",
	[VHOST_MEM_A_REGION_PAGE_SIZE]		= "Huge pages of",
};

const char *attr_label(int i)
{
	return labels[i] ? labels[i] : region_attrs[i].label;
}

const char *attr_enum_name(const struct attr *attr, uint32_t value)
{
	return value < attr->nr_values ? attr->values[value] : NULL;
}

const char *attr_event_name(int cmd)
{
	return cmd >= 0 && cmd <= VHOST_MEM_CMD_MAX ? event_names[cmd] : NULL;
}

// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include <linux/vhost_mem_netlink.h>

#include "progress.h"

static const char *const reasons[] = {
	[VHOST_MEM_PROGRESS_PENDING]	= "the guest has been told",
	[VHOST_MEM_PROGRESS_WORKING]	= "the guest is at work",
	[VHOST_MEM_PROGRESS_SILENT]	= "the guest was told and does not react",
	[VHOST_MEM_PROGRESS_STALLED]	= "the guest has stopped; it may not be able to do more now",
	[VHOST_MEM_PROGRESS_NO_DRIVER]	= "no driver has started in the guest",
	[VHOST_MEM_PROGRESS_STOPPED]	= "the VM is paused, or the guest's driver was stopped",
	[VHOST_MEM_PROGRESS_BROKEN]	= "the guest has broken its request queue",
	[VHOST_MEM_PROGRESS_FROZEN]	= "the VM is being migrated",
	[VHOST_MEM_PROGRESS_PINNED]	= "memory that is to go is in use on the host",
	[VHOST_MEM_PROGRESS_NO_MEMORY]	= "the host has too little memory",
	[VHOST_MEM_PROGRESS_REFUSED]	= "the guest asks for more than is requested",
	[VHOST_MEM_PROGRESS_ERROR]	= "the guest's requests are malformed",
	[VHOST_MEM_PROGRESS_VMM_SILENT]	= "the VMM does not react, so the guest has not been told",
};

const char *progress_reason(const struct region *region)
{
	if (!region_has(region, VHOST_MEM_A_REGION_PROGRESS) ||
	    region->progress >= sizeof(reasons) / sizeof(reasons[0]))
		return NULL;
	return reasons[region->progress];
}

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_RESIZE_H
#define _VHOST_MEM_GUEST_RESIZE_H

#include <linux/types.h>

#include "queue.h"

bool vmg_more(struct vmg *vmg, unsigned long need);
int vmg_request(struct vmg *vmg, u16 type, unsigned long first, unsigned long nr,
		vmg_acked_t acked);
int vmg_unplug(struct vmg *vmg, unsigned long first, unsigned long nr);
void vmg_unplug_unexposed(struct vmg *vmg, unsigned long first, unsigned long end,
			  unsigned long *need);

#endif /* _VHOST_MEM_GUEST_RESIZE_H */

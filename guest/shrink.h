/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_SHRINK_H
#define _VHOST_MEM_GUEST_SHRINK_H

struct vmg;

int vmg_shrink(struct vmg *vmg, unsigned long need);

#endif /* _VHOST_MEM_GUEST_SHRINK_H */

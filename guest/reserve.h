/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VHOST_MEM_GUEST_RESERVE_H
#define _VHOST_MEM_GUEST_RESERVE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vmg;

/**
 * struct vmg_reserve - memory that is kept for the kernel
 * @lock: Protects @chunks, and changes of @nr.
 * @chunks: Chunks of 1 MiB, linked by the lru of their first page.
 * @nr: Number of chunks.
 */
struct vmg_reserve {
	spinlock_t lock;	/* chunks, nr */
	struct list_head chunks;
	unsigned int nr;
};

void vmg_reserve_init(struct vmg *vmg);
unsigned long vmg_reserve_fill(struct vmg *vmg, bool have);
void vmg_reserve_free_range(struct vmg *vmg, u64 addr, u64 size);
unsigned long vmg_reserve_free(struct vmg *vmg, u64 size);

#endif /* _VHOST_MEM_GUEST_RESERVE_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* What depends on the architecture, of which host and guests are the same. */
#ifndef _VHOST_MEM_ARCH_H
#define _VHOST_MEM_ARCH_H

#include <linux/sizes.h>
#include <linux/types.h>

/*
 * The most bytes of a memory block, by which Linux adds memory. On x86 a guest that
 * boots with 64 GiB or more has such blocks. On arm64 they are sections: 128 MiB, or
 * 512 MiB with pages of 64 KiB.
 */
#ifdef CONFIG_ARM64
#define VHOST_MEM_ARCH_MEMORY_BLOCK	SZ_512M
#else
#define VHOST_MEM_ARCH_MEMORY_BLOCK	SZ_2G
#endif

bool vhost_mem_arch_has_pud_pages(void);
bool vhost_mem_arch_fault_may_be_kvm(unsigned int flags);

#endif /* _VHOST_MEM_ARCH_H */

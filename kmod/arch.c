// SPDX-License-Identifier: GPL-2.0
/* What depends on the architecture: x86-64 and arm64. */

#include <linux/mm.h>
#include <linux/sizes.h>
#include <asm/cpufeature.h>

#include "arch.h"

#if !defined(CONFIG_X86_64) && !defined(CONFIG_ARM64)
#error "vhost-mem knows x86-64 and arm64"
#endif

/**
 * vhost_mem_arch_has_pud_pages() - whether huge pages of PUD_SIZE can exist
 *
 * If not, hugetlbfs would print an error when it is mounted with that size.
 *
 * Context: Any.
 *
 * Return: Whether they can.
 */
bool vhost_mem_arch_has_pud_pages(void)
{
#ifdef CONFIG_ARM64
	return PAGE_SIZE == SZ_4K;
#else
	return boot_cpu_has(X86_FEATURE_GBPAGES);
#endif
}

/**
 * vhost_mem_arch_fault_may_be_kvm() - whether KVM may be told of poison by a fault
 * @flags: FAULT_FLAG_*.
 *
 * x86's KVM tries without waiting first, so that the guest can do something else
 * meanwhile (asynchronous page faults). It takes a plain failure of that for "not yet"
 * and repeats the fault for ever. Nobody else tries like this.
 *
 * arm64's KVM has no such look. A plain failure ends KVM_RUN with EFAULT, and does not
 * say where. To its fault all those are alike that the kernel causes, and user space's
 * instructions do not. The others make EFAULT of both kinds of failure, but for
 * MADV_POPULATE, which then fails with EHWPOISON.
 *
 * Context: Any.
 *
 * Return: Whether a fault that is refused has to fail as poison.
 */
bool vhost_mem_arch_fault_may_be_kvm(unsigned int flags)
{
#ifdef CONFIG_ARM64
	return !(flags & FAULT_FLAG_USER);
#else
	return flags & FAULT_FLAG_RETRY_NOWAIT;
#endif
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU's configure would write for the target x86_64-softmmu. */
#ifndef VHOST_MEM_CONFIG_TARGET_H
#define VHOST_MEM_CONFIG_TARGET_H
#define TARGET_X86_64 1
#define TARGET_ARCH "x86_64"
#define TARGET_NAME "x86_64"
#define TARGET_SUPPORTS_MTTCG 1
#define TARGET_LONG_BITS 64
#define TARGET_BIG_ENDIAN 0
#define TARGET_KVM_HAVE_GUEST_DEBUG 1
#define CONFIG_SOFTMMU 1
#define CONFIG_SYSTEM_ONLY 1
#define CONFIG_KVM 1
#define CONFIG_TCG 1
#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers of QEMU's "edu", a PCI device that does DMA: for programs of the host, and for a
 * driver in a guest.
 */
#ifndef _SELFTESTS_EDU_REGS_H
#define _SELFTESTS_EDU_REGS_H

#define EDU_SRC		0x80
#define EDU_DST		0x88
#define EDU_COUNT	0x90
#define EDU_COMMAND	0x98
#define EDU_RUN		1
#define EDU_TO_MEMORY	2
/* Where its buffer is for its DMA. */
#define EDU_AT		0x40000
/*
 * Bytes of its buffer that are used. It has 4096, but QEMU 7.2 ends with an error when the
 * last of them is transferred.
 */
#define EDU_BYTES	2048

#endif /* _SELFTESTS_EDU_REGS_H */

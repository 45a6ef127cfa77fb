/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest of one disk sector: goes to 64-bit mode and reads the address
 * TOUCH_ADDRESS, or writes it if TOUCH_WRITE is defined, so that a virtual CPU
 * accesses unplugged memory. The first
 * 512 GiB are mapped by 1 GiB pages, which needs a CPU like "max".
 */
	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	$0x7000, %sp

	/* top-level table at 0x1000, the one below it at 0x2000 */
	movw	$0x1000, %di
	movw	$0x0800, %cx
	cld
	rep stosl
	movl	$0x2003, 0x1000
	movw	$0x2000, %di
	movl	$0x83, %eax
	xorl	%edx, %edx
1:	movl	%eax, (%di)
	movl	%edx, 4(%di)
	addw	$8, %di
	addl	$0x40000000, %eax
	adcl	$0, %edx
	cmpw	$0x3000, %di
	jb	1b

	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$0x1000, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER */
	rdmsr
	orl	$0x100, %eax		/* long mode */
	wrmsr
	lgdt	gdt_pointer
	movl	%cr0, %eax
	orl	$0x80000001, %eax	/* paging, protected mode */
	movl	%eax, %cr0
	ljmp	$8, $long_mode

	.code64
long_mode:
	movabsq	$TOUCH_ADDRESS, %rbx
#ifdef TOUCH_WRITE
	movq	%rax, (%rbx)
#else
	movq	(%rbx), %rax
#endif
2:	hlt
	jmp	2b

	.balign	8
gdt:
	.quad	0
	.quad	0x00af9a000000ffff	/* 64-bit code */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.org	_start + 510
	.word	0xaa55

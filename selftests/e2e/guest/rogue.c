// SPDX-License-Identifier: GPL-2.0
/*
 * rogue.ko: a guest that accesses unplugged memory. Loading it reads or writes one word
 * at the guest physical address addr=, past every driver; or makes a device do so.
 */
#include <linux/io.h>
#include <linux/module.h>

static ulong addr;
module_param(addr, ulong, 0);
MODULE_PARM_DESC(addr, "guest physical address");

static bool write;
module_param(write, bool, 0);
MODULE_PARM_DESC(write, "write instead of read");

static bool dma;
module_param(dma, bool, 0);
MODULE_PARM_DESC(dma, "let QEMU's fw_cfg device read a command there");

/* The DMA interface of fw_cfg: a big endian address in two I/O ports. */
static void rogue_dma(void)
{
	outl((__force u32)cpu_to_be32((u64)addr >> 32), 0x514);
	outl((__force u32)cpu_to_be32(addr), 0x518);
}

static int __init rogue_init(void)
{
	u64 *word;
	void *mem;

	if (dma) {
		rogue_dma();
		return -EAGAIN;
	}
	mem = memremap(addr & PAGE_MASK, PAGE_SIZE, MEMREMAP_WB);
	if (!mem)
		return -ENXIO;
	word = mem + (addr & ~PAGE_MASK & ~7UL);
	if (write)
		WRITE_ONCE(*word, 0x6c61766572);
	pr_info("rogue: 0x%lx holds 0x%llx\n", addr, READ_ONCE(*word));
	memunmap(mem);
	return -EAGAIN;		/* done; nothing to stay for */
}
module_init(rogue_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Touches guest memory that it should not");

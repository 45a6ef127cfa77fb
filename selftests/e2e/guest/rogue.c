// SPDX-License-Identifier: GPL-2.0
/*
 * rogue.ko: a guest that does not keep to the rules. Loading it reads or writes
 * one word at the guest physical address addr=, past every driver.
 */
#include <linux/io.h>
#include <linux/module.h>

static ulong addr;
module_param(addr, ulong, 0);
MODULE_PARM_DESC(addr, "guest physical address");

static bool write;
module_param(write, bool, 0);
MODULE_PARM_DESC(write, "write instead of read");

static int __init rogue_init(void)
{
	void *mem = memremap(addr & PAGE_MASK, PAGE_SIZE, MEMREMAP_WB);
	u64 *word;

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

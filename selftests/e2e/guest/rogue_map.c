// SPDX-License-Identifier: GPL-2.0
/*
 * rogue_map.ko: lets programs access any guest physical address, past every driver:
 * mmap() of /dev/rogue_map, with the address as offset.
 *
 * Programs do the accesses because one to unplugged memory never completes: a signal
 * can end the program's access, and the guest goes on.
 */
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

/*
 * One page after the other: a range may begin in what the guest regards as memory and
 * end in what it does not, and the two cannot be mapped by one call.
 */
static int rogue_map_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pages = vma_pages(vma);
	unsigned long i;
	int ret;

	for (i = 0; i < pages; i++) {
		ret = remap_pfn_range(vma, vma->vm_start + (i << PAGE_SHIFT),
				      vma->vm_pgoff + i, PAGE_SIZE,
				      vma->vm_page_prot);
		if (ret)
			return ret;
	}
	return 0;
}

static const struct file_operations rogue_map_fops = {
	.owner	= THIS_MODULE,
	.mmap	= rogue_map_mmap,
};

static struct miscdevice rogue_map_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "rogue_map",
	.fops	= &rogue_map_fops,
};
module_misc_device(rogue_map_device);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Maps guest memory that its programs should not have");

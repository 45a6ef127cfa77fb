// SPDX-License-Identifier: GPL-2.0
/*
 * edu.ko: a driver of QEMU's "edu", 1234:11e8, that has it do DMA all the time. Memory is
 * filled, read by the device, and written by it to other memory, where it is compared; each
 * time other memory, which cannot move meanwhile, as that of any driver cannot.
 *
 * Its parameters are read while it works: how many rounds there were, how many of the
 * transfers were of the range of addresses that it was loaded with, in how many pieces of
 * 2 MiB these were, and how often the bytes were wrong. An address that is written to
 * "reach" is read and written by the device, whatever is there.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/random.h>

#include "edu_regs.h"

#define ORDER	9
#define PIECE	((u64)PAGE_SIZE << ORDER)
#define PIECES	4096
/* Pieces from which one is taken at random. */
#define CHOICE	8

static unsigned long addr, size;
module_param(addr, ulong, 0444);
MODULE_PARM_DESC(addr, "Where the range begins, bytes");
module_param(size, ulong, 0444);
MODULE_PARM_DESC(size, "Bytes of the range");

static unsigned long rounds, inside, pieces, wrong;
module_param(rounds, ulong, 0444);
module_param(inside, ulong, 0444);
module_param(pieces, ulong, 0444);
module_param(wrong, ulong, 0444);

static DECLARE_BITMAP(seen, PIECES);
static void __iomem *regs;
static struct device *edu_dev;
/* A transfer, and that there is a device. */
static DEFINE_MUTEX(mutex);

static int transfer(u64 from, u64 to, u64 command)
{
	int ms;

	lockdep_assert_held(&mutex);
	writeq(from, regs + EDU_SRC);
	writeq(to, regs + EDU_DST);
	writeq(EDU_BYTES, regs + EDU_COUNT);
	writeq(command | EDU_RUN, regs + EDU_COMMAND);
	for (ms = 0; readq(regs + EDU_COMMAND) & EDU_RUN; ms++) {
		if (ms > 60000)
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
	return 0;
}

static void count(u64 at)
{
	unsigned long piece = (at - addr) / PIECE;

	if (at < addr || at - addr >= size)
		return;
	inside++;
	if (piece < PIECES && !__test_and_set_bit(piece, seen))
		pieces++;
}

/* Some of several, so that it is not the same memory all the time. */
static struct page *take(void)
{
	unsigned int chosen = get_random_u32() % CHOICE, i;
	struct page *choice[CHOICE], *page;

	for (i = 0; i < CHOICE; i++)
		choice[i] = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN | __GFP_NORETRY,
					ORDER);
	page = choice[chosen];
	for (i = 0; i < CHOICE; i++)
		if (choice[i] && i != chosen)
			__free_pages(choice[i], ORDER);
	return page;
}

static int move(struct page *from, struct page *to, size_t offset)
{
	dma_addr_t src = dma_map_page(edu_dev, from, offset, EDU_BYTES, DMA_TO_DEVICE);
	dma_addr_t dst = dma_map_page(edu_dev, to, offset, EDU_BYTES, DMA_FROM_DEVICE);
	int ret = -ENOMEM;

	if (!dma_mapping_error(edu_dev, src) && !dma_mapping_error(edu_dev, dst)) {
		mutex_lock(&mutex);
		ret = transfer(src, EDU_AT, 0) ?:
		      transfer(EDU_AT, dst, EDU_TO_MEMORY);
		mutex_unlock(&mutex);
		count(src);
		count(dst);
	}
	if (!dma_mapping_error(edu_dev, src))
		dma_unmap_page(edu_dev, src, EDU_BYTES, DMA_TO_DEVICE);
	if (!dma_mapping_error(edu_dev, dst))
		dma_unmap_page(edu_dev, dst, EDU_BYTES, DMA_FROM_DEVICE);
	return ret;
}

/* At some place in the two pieces. */
static void round_of(struct page *from, struct page *to)
{
	size_t offset = get_random_u32() % (PIECE / EDU_BYTES) * EDU_BYTES;
	u8 *a = page_address(from) + offset, *b = page_address(to) + offset;

	get_random_bytes(a, EDU_BYTES);
	memset(b, 0x5a, EDU_BYTES);
	if (move(from, to, offset) || memcmp(a, b, EDU_BYTES)) {
		pr_err("edu: from 0x%llx to 0x%llx: wrong\n",
		       (u64)page_to_phys(from) + offset, (u64)page_to_phys(to) + offset);
		wrong++;
	}
	rounds++;
}

static int work(void *unused)
{
	while (!kthread_should_stop()) {
		struct page *from = take(), *to = take();

		if (from && to)
			round_of(from, to);
		else
			msleep(20);
		if (from)
			__free_pages(from, ORDER);
		if (to)
			__free_pages(to, ORDER);
	}
	return 0;
}

static int reach_set(const char *text, const struct kernel_param *param)
{
	u64 at;
	int ret = kstrtou64(text, 0, &at);

	if (ret)
		return ret;
	mutex_lock(&mutex);
	ret = !regs ? -ENODEV : transfer(at, EDU_AT, 0) ?:
	      transfer(EDU_AT, at, EDU_TO_MEMORY);
	mutex_unlock(&mutex);
	return ret;
}

static const struct kernel_param_ops reach_ops = { .set = reach_set };
module_param_cb(reach, &reach_ops, NULL, 0200);

static void disable(struct pci_dev *pdev)
{
	mutex_lock(&mutex);
	if (regs)
		pci_iounmap(pdev, regs);
	regs = NULL;
	mutex_unlock(&mutex);
	pci_clear_master(pdev);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct task_struct *task;
	int ret;

	if (edu_dev)
		return -EBUSY;
	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = pci_request_regions(pdev, "edu");
	if (ret) {
		pci_disable_device(pdev);
		return ret;
	}
	pci_set_master(pdev);
	regs = pci_iomap(pdev, 0, 0);
	ret = regs ? dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(40)) : -ENOMEM;
	if (ret)
		goto disable;
	edu_dev = &pdev->dev;
	task = kthread_run(work, NULL, "edu");
	if (IS_ERR(task)) {
		ret = PTR_ERR(task);
		edu_dev = NULL;
		goto disable;
	}
	pci_set_drvdata(pdev, task);
	return 0;
disable:
	disable(pdev);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	kthread_stop(pci_get_drvdata(pdev));
	disable(pdev);
	edu_dev = NULL;
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};

static struct pci_driver edu_driver = {
	.name		= "edu",
	.id_table	= edu_ids,
	.probe		= edu_probe,
	.remove		= edu_remove,
};
module_pci_driver(edu_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Has QEMU's edu do DMA, and checks it");

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's "edu", a PCI device that does DMA, as a VMM has a device of the host: by VFIO with
 * a type1 IOMMU. Functions that return int return 0 or a negative errno.
 */
#ifndef _SELFTESTS_EDU_H
#define _SELFTESTS_EDU_H

#include <stddef.h>
#include <stdint.h>

#include "edu_regs.h"

/**
 * struct edu - the device, opened
 * @container: VFIO's container, which has the IOMMU's mappings. They live as long as it.
 * @group, @device: VFIO's other files.
 * @bar: Its registers, @bar_size bytes.
 * @kmsg: The kernel's log, from where it was when the device was opened.
 */
struct edu {
	int container, group, device;
	volatile unsigned char *bar;
	size_t bar_size;
	int kmsg;
};

/* Skips the test if there is none that vfio-pci has; ends it on errors. */
struct edu edu_open(void);
/* Also what only the container has kept: mappings, and the memory's pins. */
void edu_close(struct edu *edu);

/* Let the device reach memory of this process at an address of its own. */
int edu_map(struct edu *edu, uint64_t iova, void *mem, uint64_t length);
/* -ENOENT if nothing was mapped there. */
int edu_unmap(struct edu *edu, uint64_t iova, uint64_t length);

/*
 * Transfer EDU_BYTES bytes from memory to the device's buffer, or back. Return when that
 * is over; the device does not tell whether it was refused.
 */
void edu_read(struct edu *edu, uint64_t iova);
void edu_write(struct edu *edu, uint64_t iova);
/* Whether the kernel has logged since the last call that an access to this page was refused. */
int edu_was_refused(struct edu *edu, uint64_t iova);
/*
 * The same of a transfer (one of those above), which is made until it is logged, or half a
 * minute is over: the kernel logs few of them in a time.
 */
int edu_is_refused(struct edu *edu, void (*transfer)(struct edu *edu, uint64_t iova),
		   uint64_t iova);

#endif /* _SELFTESTS_EDU_H */

// SPDX-License-Identifier: GPL-2.0
/* See stalls.h. */
#include "stalls.h"
#include "vring.h"

void stalls_get_block_map(struct device *dev, struct stalled *stalled)
{
	device_block_map(dev->fd, VHOST_MEM_GET_BLOCK_MAP, 0, STALLS_BLOCKS,
			 (void *)stalled->mem);
}

void stalls_get_config(struct device *dev, struct stalled *stalled)
{
	struct vhost_mem_config *arg = (void *)stalled->mem;

	/* The size was there, the rest is not. */
	arg = (void *)(stalled->mem - 2 * sizeof(arg->size));
	arg->size = sizeof(*arg);
	device_ioctl(dev->fd, VHOST_MEM_GET_CONFIG, arg);
}

/* The size is the last thing that can be read. */
void stalls_any_argument(struct device *dev, struct stalled *stalled)
{
	uint32_t *size = (void *)(stalled->mem - sizeof(*size));

	*size = sizeof(struct vhost_mem_range);
	device_ioctl(dev->fd, VHOST_MEM_PLUG, size);
}

void stalls_own_and_kick(struct device *dev, struct stalled *stalled)
{
	struct guest guest;

	guest_init(&guest, dev, 16, 0);
	guest.desc = (void *)stalled->mem;
	guest_setup(&guest);
	CHECK_EQ(guest_start(&guest), 0);
	guest_offer(&guest, 0);
	CHECK_EQ(write(guest.kick, &(uint64_t){ 1 }, 8), 8);
}

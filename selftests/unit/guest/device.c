// SPDX-License-Identifier: GPL-2.0
/* See device.h. */
#include <linux/virtio_mem.h>

#include "config.h"
#include "device.h"
#include "geometry.h"
#include "../region.h"

static struct unit_region unit;

void device_init(uint64_t addr, uint64_t nr_blocks, uint64_t block_size)
{
	unit_region_init(&unit, nr_blocks, block_size, addr);
	unit_pinned = false;
}

void device_free(void)
{
	unit_compare(&unit);
	unit_region_free(&unit);
}

int device_resize(uint64_t requested)
{
	return unit_resize(&unit, requested);
}

uint16_t device_request(uint16_t type, uint64_t addr, uint16_t nb_blocks)
{
	return unit_request(&unit, type, addr, nb_blocks);
}

void device_config(struct virtio_mem_config *config)
{
	u64 generation;

	vhost_mem_config_get(&unit.region, config, &generation);
}

bool device_is_plugged(uint64_t addr)
{
	const struct model *model = &unit.model;

	return addr >= model->addr &&
	       addr < model->addr + model->nr_blocks * model->block_size &&
	       model->plugged[(addr - model->addr) / model->block_size];
}

void device_reset(void)
{
	unit_reset(&unit, true);
	unit_retry_limbo(&unit);
}

void device_pin(bool pinned)
{
	unit_pinned = pinned;
	if (!pinned)
		unit_retry_limbo(&unit);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device: the host module's own files over region.c, for callers that are
 * compiled against the guest's shim. So there are only types of C here.
 */
#ifndef _VHOST_MEM_UNIT_GUEST_DEVICE_H
#define _VHOST_MEM_UNIT_GUEST_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct virtio_mem_config;

void device_init(uint64_t addr, uint64_t nr_blocks, uint64_t block_size);
void device_free(void);
int device_resize(uint64_t requested);
/* A VIRTIO_MEM_RESP_*. It aborts where region and model do not agree. */
uint16_t device_request(uint16_t type, uint64_t addr, uint16_t nb_blocks);
void device_config(struct virtio_mem_config *config);
bool device_is_plugged(uint64_t addr);
/* The VMM has reset the system. */
void device_reset(void);
/* UNPLUG is answered "busy" meanwhile. */
void device_pin(bool pinned);

#endif /* _VHOST_MEM_UNIT_GUEST_DEVICE_H */

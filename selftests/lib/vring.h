/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plays a guest: its memory with a split virtqueue in it, offered to the device
 * by the vhost ioctls in the order in which QEMU does it.
 *
 * The guest's memory is one anonymous mapping at guest address 0; the region
 * is a second piece of the memory table. Everything of the ring can be pointed
 * elsewhere before guest_start(), also into the region.
 */
#ifndef _SELFTESTS_VRING_H
#define _SELFTESTS_VRING_H

#include "device.h"

#define GUEST_RAM (2 * MiB)
#define GUEST_RING_MAX 256

/**
 * struct guest - a guest
 * @dev: Its memory device.
 * @ram: The guest's memory, GUEST_RAM bytes from guest address 0.
 * @num: Entries of the ring.
 * @features: What the driver accepted.
 * @kick, @call, @err: Eventfds. None blocks.
 * @config: Eventfd of configuration changes.
 * @desc, @avail, @used: The ring, where this process sees it.
 * @next: The next free byte of @ram for buffers.
 * @desc_next: The next descriptor to use.
 * @last_used: What was seen of the used ring.
 * @last_kick: What was available at the last kick.
 */
struct guest {
	struct device *dev;
	unsigned char *ram;
	unsigned int num;
	uint64_t features;
	int kick, call, err, config;
	volatile struct vring_desc *desc;
	volatile struct vring_avail *avail;
	volatile struct vring_used *used;
	uint64_t next;
	uint16_t desc_next;
	uint16_t last_used;
	uint16_t last_kick;
};

/* A buffer: @len bytes at guest address @addr; @in: the device writes it. */
struct guest_buffer {
	uint64_t addr;
	uint32_t len;
	bool in;
};

/* Set up, and start; both end the test on errors. */
void guest_init(struct guest *guest, struct device *dev, unsigned int num,
		uint64_t more_features);
/* Everything after VHOST_SET_OWNER, with an empty ring. */
void guest_setup(struct guest *guest);
int guest_start(struct guest *guest);
int guest_stop(struct guest *guest);
/* As a driver does after a device reset: stop, empty ring, start. */
void guest_restart(struct guest *guest);
void guest_free(struct guest *guest);

/* Guest memory for a buffer, and where this process sees a guest address. */
uint64_t guest_alloc(struct guest *guest, uint64_t length);
void *guest_at(struct guest *guest, uint64_t addr);

/*
 * Make a chain of buffers available; its head. With @indirect, by a table of
 * descriptors. guest_kick() tells the device.
 */
uint16_t guest_add(struct guest *guest, const struct guest_buffer *buffers,
		   unsigned int nr, bool indirect);
/* A descriptor as it is, and making one available. */
void guest_desc(struct guest *guest, uint16_t i, uint64_t addr, uint32_t len,
		uint16_t flags, uint16_t next);
void guest_offer(struct guest *guest, uint16_t head);
void guest_kick(struct guest *guest);
/* Wait for the next used element; -ETIMEDOUT if there is none. */
int guest_wait(struct guest *guest, struct vring_used_elem *elem);
/* Wait for an eventfd and read it; -ETIMEDOUT if it is not signalled. */
int guest_wait_fd(int fd, int timeout_ms);
/*
 * Wait until the guest would get a configuration change interrupt, that is until
 * the generation is another one than @generation, which is updated. Ends the test
 * if it does not come.
 */
void guest_wait_config_change(struct guest *guest, uint64_t *generation);

/**
 * struct guest_split - how request and response are cut into buffers
 * @out, @in: Bytes of each buffer but the last; 0 for one buffer.
 * @request_len: Bytes of the request buffer; 0 for the request's own size.
 * @response_len: The same for the response.
 * @indirect: Use an indirect table.
 */
struct guest_split {
	unsigned int out, in;
	unsigned int request_len, response_len;
	bool indirect;
};

/**
 * struct guest_sent - a request that was sent
 * @head: Its first descriptor.
 * @out, @in: Guest addresses of the request and of the response.
 * @in_len: Bytes of the response's buffer.
 */
struct guest_sent {
	uint16_t head;
	uint64_t out, in;
	unsigned int in_len;
};

/* Any request, and its response: the type or a negative errno. */
struct guest_sent guest_send(struct guest *guest,
			     const struct virtio_mem_req *request,
			     const struct guest_split *split);
int guest_receive(struct guest *guest, const struct guest_sent *sent,
		  struct virtio_mem_resp *response);
/* A PLUG, UNPLUG or STATE by number of block, or an UNPLUG_ALL. */
struct guest_sent guest_send_type(struct guest *guest, uint16_t type,
				  uint64_t first, uint16_t nr);
/* Both. */
int guest_request(struct guest *guest, const struct virtio_mem_req *request,
		  const struct guest_split *split,
		  struct virtio_mem_resp *response);
/* By number of block. STATE gives the state, or -EPROTO if there is no ACK. */
int guest_plug(struct guest *guest, uint64_t first, uint16_t nr);
int guest_unplug(struct guest *guest, uint64_t first, uint16_t nr);
int guest_unplug_all(struct guest *guest);
int guest_state(struct guest *guest, uint64_t first, uint16_t nr);

#endif /* _SELFTESTS_VRING_H */

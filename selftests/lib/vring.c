// SPDX-License-Identifier: GPL-2.0
/* See vring.h. */

#include <endian.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "vring.h"

/* A timeout that is long enough for any machine. */
#define GUEST_TIMEOUT_MS 60000

static void set_fd(struct guest *guest, unsigned long cmd, int fd)
{
	struct vhost_vring_file file = { .fd = fd };

	CHECK_EQ(device_ioctl(guest->dev->fd, cmd, &file), 0);
}

void *guest_at(struct guest *guest, uint64_t addr)
{
	return addr >= GUEST_ADDR ? guest->dev->mem + (addr - GUEST_ADDR) :
				    guest->ram + addr;
}

void guest_init(struct guest *guest, struct device *dev, unsigned int num,
		uint64_t more_features)
{
	struct vhost_mem_fd config = { .size = sizeof(config) };

	memset(guest, 0, sizeof(*guest));
	guest->dev = dev;
	guest->num = num;
	guest->features = FEATURE(VIRTIO_F_VERSION_1) |
			 FEATURE(VIRTIO_RING_F_INDIRECT_DESC) | more_features;
	if (!(dev->flags & VHOST_MEM_CREATE_READABLE))
		guest->features |= FEATURE(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
	guest->ram = mmap(NULL, GUEST_RAM, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(guest->ram != MAP_FAILED);
	guest->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	guest->call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	guest->err = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	guest->config = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	config.fd = guest->config;
	CHECK_EQ(device_ioctl(dev->fd, VHOST_MEM_SET_CONFIG_CALL, &config), 0);
	guest->desc = (void *)guest->ram;
	guest->avail = (void *)(guest->ram + GUEST_RING_MAX * 16);
	guest->used = (void *)(guest->ram + 2 * GUEST_RING_MAX * 16);
	CHECK_EQ(device_ioctl(dev->fd, VHOST_SET_OWNER, NULL), 0);
	set_fd(guest, VHOST_SET_VRING_CALL, guest->call);
	set_fd(guest, VHOST_SET_VRING_ERR, guest->err);
}

void guest_setup(struct guest *guest)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[2];
	} table = {
		.head.nregions = 2,
		.regions = {
			{
				.memory_size = GUEST_RAM,
				.userspace_addr = (uintptr_t)guest->ram,
			}, {
				.guest_phys_addr = GUEST_ADDR,
				.memory_size = guest->dev->size,
				.userspace_addr = (uintptr_t)guest->dev->mem,
			},
		},
	};
	struct vhost_vring_state num = { .num = guest->num };
	struct vhost_vring_state base = { .num = 0 };
	/* The vhost core wants addresses of this process. */
	struct vhost_vring_addr addr = {
		.desc_user_addr = (uintptr_t)guest->desc,
		.avail_user_addr = (uintptr_t)guest->avail,
		.used_user_addr = (uintptr_t)guest->used,
	};
	int fd = guest->dev->fd;

	CHECK_EQ(device_ioctl(fd, VHOST_SET_FEATURES, &guest->features), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_MEM_TABLE, &table), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_VRING_NUM, &num), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_VRING_BASE, &base), 0);
	CHECK_EQ(device_ioctl(fd, VHOST_SET_VRING_ADDR, &addr), 0);
	set_fd(guest, VHOST_SET_VRING_KICK, guest->kick);
	set_fd(guest, VHOST_SET_VRING_CALL, guest->call);
	guest->next = 64 * KiB;
	guest->desc_next = 0;
	guest->last_used = 0;
	guest->last_kick = 0;
}

int guest_start(struct guest *guest)
{
	return device_set(guest->dev->fd, VHOST_MEM_SET_RUNNING, 1);
}

int guest_stop(struct guest *guest)
{
	return device_set(guest->dev->fd, VHOST_MEM_SET_RUNNING, 0);
}

void guest_restart(struct guest *guest)
{
	CHECK_EQ(guest_stop(guest), 0);
	memset(guest->ram, 0, 64 * KiB);
	guest->desc = (void *)guest->ram;
	guest->avail = (void *)(guest->ram + GUEST_RING_MAX * 16);
	guest->used = (void *)(guest->ram + 2 * GUEST_RING_MAX * 16);
	guest_setup(guest);
	CHECK_EQ(guest_start(guest), 0);
}

void guest_free(struct guest *guest)
{
	munmap(guest->ram, GUEST_RAM);
	close(guest->kick);
	close(guest->call);
	close(guest->err);
	close(guest->config);
}

uint64_t guest_alloc(struct guest *guest, uint64_t length)
{
	uint64_t addr = guest->next;

	/* Old buffers are used again when all were used once. */
	if (addr + length > GUEST_RAM)
		addr = 64 * KiB;
	guest->next = (addr + length + 15) & ~15ULL;
	return addr;
}

void guest_desc(struct guest *guest, uint16_t i, uint64_t addr, uint32_t len,
		uint16_t flags, uint16_t next)
{
	guest->desc[i].addr = htole64(addr);
	guest->desc[i].len = htole32(len);
	guest->desc[i].flags = htole16(flags);
	guest->desc[i].next = htole16(next);
}

void guest_offer(struct guest *guest, uint16_t head)
{
	uint16_t idx = guest->avail->idx;

	guest->avail->ring[idx % guest->num] = htole16(head);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	guest->avail->idx = idx + 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint16_t guest_add(struct guest *guest, const struct guest_buffer *buffers,
		   unsigned int nr, bool indirect)
{
	volatile struct vring_desc *table = guest->desc;
	uint16_t head = guest->desc_next, i = head;
	uint16_t size = guest->num;
	uint64_t addr;

	if (indirect) {
		addr = guest_alloc(guest, nr * sizeof(*table));
		guest_desc(guest, head, addr, nr * sizeof(*table),
			   VRING_DESC_F_INDIRECT, 0);
		guest->desc_next = (head + 1) % guest->num;
		table = guest_at(guest, addr);
		size = nr;
		i = 0;
	}
	for (unsigned int n = 0; n < nr; n++, i = (i + 1) % size) {
		table[i].addr = htole64(buffers[n].addr);
		table[i].len = htole32(buffers[n].len);
		table[i].flags = htole16((buffers[n].in ? VRING_DESC_F_WRITE :
							   0) |
					 (n + 1 < nr ? VRING_DESC_F_NEXT : 0));
		table[i].next = htole16((i + 1) % size);
	}
	if (!indirect)
		guest->desc_next = i;
	guest_offer(guest, head);
	return head;
}

static volatile uint16_t *used_event(struct guest *guest)
{
	return &guest->avail->ring[guest->num];
}

static uint16_t avail_event(struct guest *guest)
{
	return *(volatile uint16_t *)&guest->used->ring[guest->num];
}

void guest_kick(struct guest *guest)
{
	uint64_t one = 1;

	uint16_t idx = guest->avail->idx, kicked = guest->last_kick;

	/* Only if the device wants it, as a driver does. */
	guest->last_kick = idx;
	if (guest->features & FEATURE(VIRTIO_RING_F_EVENT_IDX)) {
		if (!vring_need_event(avail_event(guest), idx, kicked))
			return;
	} else if (guest->used->flags & VRING_USED_F_NO_NOTIFY) {
		return;
	}
	CHECK_EQ(write(guest->kick, &one, sizeof(one)), sizeof(one));
}

int guest_wait_fd(int fd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&poll_fd, 1, timeout_ms) != 1)
		return -ETIMEDOUT;
	CHECK_EQ(read(fd, &count, sizeof(count)), sizeof(count));
	return 0;
}

void guest_wait_config_change(struct guest *guest, uint64_t *generation)
{
	int fd = guest->dev->fd;

	for (int i = 0; device_generation(fd) == *generation; i++) {
		CHECK(i < 100);
		CHECK_EQ(guest_wait_fd(guest->config, 30000), 0);
	}
	*generation = device_generation(fd);
}

int guest_wait(struct guest *guest, struct vring_used_elem *elem)
{
	for (;;) {
		if (guest->features & FEATURE(VIRTIO_RING_F_EVENT_IDX))
			*used_event(guest) = guest->last_used;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (guest->used->idx != guest->last_used)
			break;
		if (guest_wait_fd(guest->call, GUEST_TIMEOUT_MS))
			return -ETIMEDOUT;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	elem->id = guest->used->ring[guest->last_used % guest->num].id;
	elem->len = guest->used->ring[guest->last_used % guest->num].len;
	guest->last_used++;
	return 0;
}

static unsigned int cut(struct guest_buffer *buffers, uint64_t addr,
			unsigned int length, unsigned int piece, bool in)
{
	unsigned int nr = 0;

	if (!piece)
		piece = length;
	for (; length; nr++) {
		unsigned int len = piece < length ? piece : length;

		buffers[nr] = (struct guest_buffer) {
			.addr = addr, .len = len, .in = in,
		};
		addr += len;
		length -= len;
	}
	return nr;
}

struct guest_sent guest_send(struct guest *guest,
			     const struct virtio_mem_req *request,
			     const struct guest_split *split)
{
	static const struct guest_split whole;
	struct guest_buffer buffers[GUEST_RING_MAX];
	unsigned int out_len, in_len, nr;
	struct guest_sent sent;
	uint64_t out, in;

	if (!split)
		split = &whole;
	out_len = split->request_len ?: sizeof(*request);
	in_len = split->response_len ?: sizeof(struct virtio_mem_resp);
	out = guest_alloc(guest, out_len);
	in = guest_alloc(guest, in_len);
	memset(guest_at(guest, out), 0xbb, out_len);
	memset(guest_at(guest, in), 0xcc, in_len);
	memcpy(guest_at(guest, out), request, out_len < sizeof(*request) ?
	       out_len : sizeof(*request));
	nr = cut(buffers, out, out_len, split->out, false);
	nr += cut(buffers + nr, in, in_len, split->in, true);
	sent = (struct guest_sent) {
		.head = guest_add(guest, buffers, nr, split->indirect),
		.out = out, .in = in, .in_len = in_len,
	};
	guest_kick(guest);
	return sent;
}

int guest_receive(struct guest *guest, const struct guest_sent *sent,
		  struct virtio_mem_resp *response)
{
	struct vring_used_elem elem;
	struct virtio_mem_resp resp;
	int ret;

	ret = guest_wait(guest, &elem);
	if (ret)
		return ret;
	CHECK_EQ(elem.id, sent->head);
	CHECK_EQ(elem.len, sizeof(resp));
	memcpy(&resp, guest_at(guest, sent->in), sizeof(resp));
	/* Nothing is written behind the response. */
	for (unsigned int i = sizeof(resp); i < sent->in_len; i++)
		CHECK_EQ(((unsigned char *)guest_at(guest, sent->in))[i], 0xcc);
	if (response)
		*response = resp;
	return le16toh(resp.type);
}

int guest_request(struct guest *guest, const struct virtio_mem_req *request,
		  const struct guest_split *split,
		  struct virtio_mem_resp *response)
{
	struct guest_sent sent = guest_send(guest, request, split);

	return guest_receive(guest, &sent, response);
}

struct guest_sent guest_send_type(struct guest *guest, uint16_t type,
				  uint64_t first, uint16_t nr)
{
	struct virtio_mem_req req = {
		.type = htole16(type),
		.u.plug.addr = htole64(GUEST_ADDR + first * guest->dev->block),
		.u.plug.nb_blocks = htole16(nr),
	};

	return guest_send(guest, &req, NULL);
}

static int request(struct guest *guest, uint16_t type, uint64_t first,
		   uint16_t nr, struct virtio_mem_resp *response)
{
	struct guest_sent sent = guest_send_type(guest, type, first, nr);

	return guest_receive(guest, &sent, response);
}

int guest_plug(struct guest *guest, uint64_t first, uint16_t nr)
{
	return request(guest, VIRTIO_MEM_REQ_PLUG, first, nr, NULL);
}

int guest_unplug(struct guest *guest, uint64_t first, uint16_t nr)
{
	return request(guest, VIRTIO_MEM_REQ_UNPLUG, first, nr, NULL);
}

int guest_unplug_all(struct guest *guest)
{
	return request(guest, VIRTIO_MEM_REQ_UNPLUG_ALL, 0, 0, NULL);
}

int guest_state(struct guest *guest, uint64_t first, uint16_t nr)
{
	struct virtio_mem_resp response;
	int ret = request(guest, VIRTIO_MEM_REQ_STATE, first, nr, &response);

	if (ret < 0)
		return ret;
	return ret == VIRTIO_MEM_RESP_ACK ? le16toh(response.u.state.state) :
					    -EPROTO;
}

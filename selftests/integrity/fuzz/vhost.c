// SPDX-License-Identifier: GPL-2.0
/*
 * The vhost core's ioctls with random arguments, and a ring whose content is
 * random or nearly valid. What the device writes to must lie in the places.
 */
#include <linux/vhost_mem_report.h>
#include <linux/virtio_mem.h>
#include <sys/ioctl.h>

#include "fuzz.h"

struct table {
	struct vhost_memory head;
	struct vhost_memory_region regions[4];
};

static void fill_table(struct fuzz_thread *t, struct table *table)
{
	static const uint32_t odd[] = { 0, 64, 65, 1 << 16, UINT32_MAX };
	unsigned int nr = 1 + rnd_below(&t->rnd, COUNT(table->regions));

	memset(table, 0, sizeof(*table));
	table->head.nregions = rnd_once_in(&t->rnd, 16) ?
			       rnd_one_of(&t->rnd, odd) : nr;
	table->head.padding = rnd_once_in(&t->rnd, 32);
	for (unsigned int i = 0; i < nr; i++) {
		struct vhost_memory_region *r = &table->regions[i];
		uint64_t at = fuzz_place_addr(t, rnd_once_in(&t->rnd, 8) ?
					      1 : PAGE);

		r->userspace_addr = at;
		r->memory_size = rnd_below(&t->rnd, FUZZ_PLACES_END - at + 1);
		r->guest_phys_addr = i ? GUEST_ADDR : 0;
		if (rnd_once_in(&t->rnd, 4))
			r->guest_phys_addr = fuzz_addr(t, fuzz_device(t));
		/* Beyond any process: the kernel has to refuse it. */
		if (rnd_once_in(&t->rnd, 16))
			r->memory_size = ~0ULL << rnd_below(&t->rnd, 16);
	}
}

static void fill_addr(struct fuzz_thread *t, struct vhost_vring_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->desc_user_addr = fuzz_place_addr(t, 16);
	addr->avail_user_addr = fuzz_place_addr(t, 2);
	addr->used_user_addr = fuzz_place_addr(t, 4);
	addr->log_guest_addr = rnd(&t->rnd) & ~7ULL;
	addr->flags = rnd_once_in(&t->rnd, 8);
	if (rnd_once_in(&t->rnd, 16))
		addr->index = rnd_below(&t->rnd, 4);
	if (rnd_once_in(&t->rnd, 16))
		addr->desc_user_addr += 1 + rnd_below(&t->rnd, 15);
}

static uint64_t features(struct fuzz_thread *t, const struct fuzz_device *dev)
{
	uint64_t features = FEATURE(VIRTIO_F_VERSION_1);

	if (!(dev->flags & VHOST_MEM_CREATE_READABLE))
		features |= FEATURE(VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE);
	if (rnd_once_in(&t->rnd, 2))
		features |= FEATURE(VIRTIO_RING_F_INDIRECT_DESC);
	if (rnd_once_in(&t->rnd, 2))
		features |= FEATURE(VIRTIO_RING_F_EVENT_IDX);
	if (rnd_once_in(&t->rnd, 4))
		features |= FEATURE(VHOST_F_LOG_ALL);
	if (rnd_once_in(&t->rnd, 2))
		features |= FEATURE(VHOST_MEM_F_GUEST_REPORT);
	return features;
}

void fuzz_vhost_ioctl(struct fuzz_thread *t)
{
	static const unsigned long cmds[] = {
		VHOST_GET_FEATURES, VHOST_SET_FEATURES, VHOST_SET_OWNER,
		VHOST_SET_OWNER, VHOST_RESET_OWNER, VHOST_SET_MEM_TABLE,
		VHOST_SET_MEM_TABLE, VHOST_SET_LOG_BASE, VHOST_SET_LOG_FD,
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_ADDR,
		VHOST_SET_VRING_ADDR, VHOST_SET_VRING_BASE,
		VHOST_GET_VRING_BASE, VHOST_SET_VRING_ENDIAN,
		VHOST_GET_VRING_ENDIAN, VHOST_SET_VRING_KICK,
		VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,
		VHOST_SET_VRING_BUSYLOOP_TIMEOUT,
		VHOST_GET_VRING_BUSYLOOP_TIMEOUT, VHOST_SET_BACKEND_FEATURES,
		VHOST_GET_BACKEND_FEATURES, VHOST_NET_SET_BACKEND,
		VHOST_SCSI_SET_ENDPOINT, VHOST_VSOCK_SET_RUNNING,
	};
	unsigned long cmd = rnd_one_of(&t->rnd, cmds);
	struct fuzz_device *dev = fuzz_device(t);
	struct vhost_vring_state *state = (void *)t->arg;
	struct vhost_vring_file *file = (void *)t->arg;
	uint64_t *value = (void *)t->arg;
	void *pointer = t->arg;

	t->what = "vhost ioctl";
	memset(t->arg, 0, FUZZ_ARG);
	switch (cmd) {
	case VHOST_SET_MEM_TABLE:
		fill_table(t, (void *)t->arg);
		break;
	case VHOST_SET_VRING_ADDR:
		fill_addr(t, (void *)t->arg);
		break;
	case VHOST_SET_VRING_KICK:
	case VHOST_SET_VRING_CALL:
	case VHOST_SET_VRING_ERR:
		file->fd = fuzz_file(t);
		fuzz_spoil(t, file, sizeof(file->index));
		break;
	case VHOST_SET_LOG_FD:
		*(int *)t->arg = fuzz_file(t);
		break;
	case VHOST_SET_LOG_BASE:
		*value = fuzz_pointer(t);
		break;
	case VHOST_SET_FEATURES:
		*value = features(t, dev);
		fuzz_spoil(t, value, sizeof(*value));
		break;
	default:
		state->num = rnd_once_in(&t->rnd, 4) ? rnd(&t->rnd) :
						       1U << rnd_below(&t->rnd, 10);
		fuzz_spoil(t, state, sizeof(*state));
	}
	if (rnd_once_in(&t->rnd, 16))
		pointer = (void *)fuzz_pointer(t);
	ioctl(dev->fd, cmd, pointer);
}

/* All that is needed to serve the queue, in the right order. */
void fuzz_vhost_start(struct fuzz_thread *t)
{
	struct fuzz_device *dev = fuzz_device(t);
	struct vhost_vring_state state = {
		.num = 1 << rnd_below(&t->rnd, 9),
	};
	struct vhost_vring_file kick = { .fd = fuzz_files[0] };
	struct vhost_vring_file call = { .fd = fuzz_files[1] };
	struct vhost_mem_value running = {
		.size = sizeof(running), .value = 1,
	};
	struct vhost_mem_value stop = { .size = sizeof(stop) };
	uint64_t bits = features(t, dev);
	struct vhost_vring_addr addr;
	struct table table;

	t->what = "start";
	fill_table(t, &table);
	fill_addr(t, &addr);
	if (rnd_once_in(&t->rnd, 4))
		ioctl(dev->fd, VHOST_SET_OWNER, NULL);
	ioctl(dev->fd, VHOST_MEM_SET_RUNNING, &stop);
	ioctl(dev->fd, VHOST_SET_FEATURES, &bits);
	ioctl(dev->fd, VHOST_SET_MEM_TABLE, &table);
	ioctl(dev->fd, VHOST_SET_VRING_NUM, &state);
	state.num = 0;
	ioctl(dev->fd, VHOST_SET_VRING_BASE, &state);
	ioctl(dev->fd, VHOST_SET_VRING_ADDR, &addr);
	ioctl(dev->fd, VHOST_SET_VRING_KICK, &kick);
	ioctl(dev->fd, VHOST_SET_VRING_CALL, &call);
	ioctl(dev->fd, VHOST_MEM_SET_RUNNING, &running);
}

static void poke(uint64_t at, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		if (touch_write((unsigned char *)at + i, bytes[i]))
			break;
}

/* Reports of a guest. */
static void message(struct fuzz_thread *t, const struct fuzz_device *dev,
		    struct vhost_mem_report_req *req)
{
	memset(req, 0, sizeof(*req));
	req->type = VHOST_MEM_REQ_PROPOSAL + rnd_below(&t->rnd, 4);
	req->code = rnd_below(&t->rnd, 7);
	/* All that a message may consist of begins with a number. */
	req->u.proposal.size = fuzz_size(t, dev);
	if (req->type == VHOST_MEM_REQ_HINTS && rnd_once_in(&t->rnd, 2)) {
		req->code = 0;
		req->u.hints.page_shift = rnd_below(&t->rnd, 70);
		req->u.hints.block_shift = rnd_below(&t->rnd, 70);
		req->u.hints.align_shift = rnd_below(&t->rnd, 70);
	}
}

/* What a ring and requests consist of, anywhere. */
void fuzz_scribble(struct fuzz_thread *t)
{
	struct fuzz_device *dev = fuzz_device(t);
	struct virtio_mem_req req = {
		.type = rnd_below(&t->rnd, 5),
		.u.plug.addr = fuzz_addr(t, dev),
		.u.plug.nb_blocks = rnd_below(&t->rnd, 8),
	};
	struct vring_desc desc[2] = {
		{
			.addr = rnd_once_in(&t->rnd, 2) ?
				rnd_below(&t->rnd, 64 * KiB) :
				fuzz_addr(t, dev),
			.len = rnd_once_in(&t->rnd, 4) ? rnd(&t->rnd) :
							 sizeof(req),
			.flags = VRING_DESC_F_NEXT,
			.next = rnd_below(&t->rnd, 4),
		}, {
			.addr = fuzz_addr(t, dev),
			.len = rnd_once_in(&t->rnd, 4) ? rnd(&t->rnd) :
							 sizeof(req),
			.flags = VRING_DESC_F_WRITE,
			.next = rnd_below(&t->rnd, 4),
		},
	};
	struct {
		uint16_t flags, idx, ring[8];
	} avail = { .idx = rnd_below(&t->rnd, 8) };
	uint64_t at = fuzz_place_addr(t, 16);

	t->what = "scribble";
	if (rnd_once_in(&t->rnd, 8))
		desc[0].flags = rnd_below(&t->rnd, 8);
	for (unsigned int i = 0; i < COUNT(avail.ring); i++)
		avail.ring[i] = rnd_below(&t->rnd, 4);
	switch (rnd_below(&t->rnd, 3)) {
	case 0:
		fuzz_spoil(t, desc, sizeof(desc));
		poke(at, desc, sizeof(desc));
		break;
	case 1:
		fuzz_spoil(t, &avail, sizeof(avail));
		poke(at, &avail, sizeof(avail));
		break;
	default:
		if (rnd_once_in(&t->rnd, 2))
			message(t, dev, (void *)&req);
		fuzz_spoil(t, &req, sizeof(req));
		poke(at, &req, sizeof(req));
	}
}

void fuzz_kick(struct fuzz_thread *t)
{
	uint64_t value = 1;
	int fd = fuzz_files[rnd_below(&t->rnd, FUZZ_EVENTFDS)];

	t->what = "kick";
	if (rnd_once_in(&t->rnd, 4)) {
		if (read(fd, &value, sizeof(value)) < 0 && errno != EAGAIN)
			fuzz_broken(t, "eventfd: %s", strerror(errno));
	} else if (write(fd, &value, sizeof(value)) < 0 && errno != EAGAIN) {
		fuzz_broken(t, "eventfd: %s", strerror(errno));
	}
}

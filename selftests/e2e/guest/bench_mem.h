/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * bench_mem.h: what bench_mem.ko does for programs, by ioctl() of /dev/bench-mem-SLOT,
 * where SLOT is the PCI slot of the virtio memory device.
 */
#ifndef BENCH_MEM_H
#define BENCH_MEM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct bench_mem_info - the device's region
 * @addr: Guest physical address.
 * @size: Bytes.
 * @block: Bytes of a block.
 */
struct bench_mem_info {
	__u64 addr;
	__u64 size;
	__u64 block;
};

/**
 * struct bench_mem_request - one request, alone in the queue
 * @first: The first block, by number.
 * @nr: How many blocks.
 * @type: VIRTIO_MEM_REQ_PLUG or another.
 * @poll: Not 0: look at the ring until the response is there, without an interrupt.
 * @response: Returned: the response's type.
 * @ns: Returned: from before the request was put into the ring to after the response
 *	was taken out of it.
 */
struct bench_mem_request {
	__u64 first;
	__u64 ns;
	__u16 nr;
	__u16 type;
	__u16 poll;
	__u16 response;
};

/**
 * struct bench_mem_touch - write to plugged blocks
 * @first: The first block, by number.
 * @nr: How many blocks.
 * @step: Bytes from one word that is written to the next.
 * @ns: Returned: how long that took.
 */
struct bench_mem_touch {
	__u64 first;
	__u64 nr;
	__u64 step;
	__u64 ns;
};

#define BENCH_MEM_INFO		_IOR('B', 0, struct bench_mem_info)
#define BENCH_MEM_REQUEST	_IOWR('B', 1, struct bench_mem_request)
#define BENCH_MEM_TOUCH		_IOWR('B', 2, struct bench_mem_touch)

#endif /* BENCH_MEM_H */

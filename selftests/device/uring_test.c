// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring on memory of a region: its worker threads and its registered buffers
 * get at unplugged blocks as little as any system call does.
 *
 * tier: full
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "genl.h"
#include "victim.h"

/* One request at a time is enough. */
struct uring {
	int fd;
	unsigned char *sq, *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
};

static struct uring uring_new(void)
{
	struct uring ring = { 0 };
	struct io_uring_params *p = &ring.params;

	ring.fd = syscall(SYS_io_uring_setup, 4, p);
	if (ring.fd < 0)
		ktap_skip("no io_uring: %s", strerror(errno));
	ring.sq = mmap(NULL, p->sq_off.array + p->sq_entries * 4,
		       PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_SQ_RING);
	ring.cq = mmap(NULL, p->cq_off.cqes +
		       p->cq_entries * sizeof(struct io_uring_cqe),
		       PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
		       IORING_OFF_CQ_RING);
	ring.sqes = mmap(NULL, p->sq_entries * sizeof(*ring.sqes),
			 PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd,
			 IORING_OFF_SQES);
	CHECK(ring.sq != MAP_FAILED && ring.cq != MAP_FAILED &&
	      (void *)ring.sqes != MAP_FAILED);
	return ring;
}

/* The result in the request's completion. */
static int uring_do(struct uring *ring, const struct io_uring_sqe *sqe)
{
	struct io_uring_params *p = &ring->params;
	volatile uint32_t *sq_tail = (void *)(ring->sq + p->sq_off.tail);
	volatile uint32_t *cq_head = (void *)(ring->cq + p->cq_off.head);
	volatile uint32_t *cq_tail = (void *)(ring->cq + p->cq_off.tail);
	uint32_t *array = (void *)(ring->sq + p->sq_off.array);
	struct io_uring_cqe *cqes = (void *)(ring->cq + p->cq_off.cqes);
	uint32_t slot = *sq_tail % p->sq_entries;
	int ret;

	ring->sqes[slot] = *sqe;
	array[slot] = slot;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*sq_tail = *sq_tail + 1;
	CHECK_EQ(syscall(SYS_io_uring_enter, ring->fd, 1, 1,
			 IORING_ENTER_GETEVENTS, NULL, 0), 1);
	CHECK(*cq_head != *cq_tail);
	ret = cqes[*cq_head % p->cq_entries].res;
	*cq_head = *cq_head + 1;
	return ret;
}

static int uring_io(struct uring *ring, int op, int fd, void *at,
		    unsigned int len, unsigned int flags)
{
	struct io_uring_sqe sqe = {
		.opcode = op, .fd = fd, .addr = (uintptr_t)at, .len = len,
		.flags = flags,
	};

	return uring_do(ring, &sqe);
}

static int some_file(void)
{
	int fd = memfd_create("some file", MFD_CLOEXEC);
	unsigned char bytes[2 * PAGE];

	CHECK(fd >= 0);
	memset(bytes, 0x6b, sizeof(bytes));
	CHECK_EQ(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	return fd;
}

static void attack_read_and_write(struct device *dev)
{
	/* At once, and by a thread of the kernel's. */
	static const unsigned int how[] = { 0, IOSQE_ASYNC };
	bool readable = dev->flags & VHOST_MEM_CREATE_READABLE;
	unsigned char *plugged = dev->mem + 2 * dev->block;
	unsigned char *unplugged = dev->mem + 4 * dev->block;
	struct uring ring = uring_new();
	int fd = some_file(), sink = some_file();

	for (int i = 0; i < 2; i++) {
		CHECK_EQ(uring_io(&ring, IORING_OP_READ, fd, unplugged, PAGE,
				  how[i]), -EFAULT);
		CHECK_EQ(uring_io(&ring, IORING_OP_READ, fd, plugged, PAGE,
				  how[i]), PAGE);
		/* Half of it: what comes before the border at the most. */
		CHECK(uring_io(&ring, IORING_OP_READ, fd,
			       unplugged - PAGE / 2, PAGE, how[i]) <=
		      (int)PAGE / 2);
		CHECK_EQ(uring_io(&ring, IORING_OP_WRITE, sink, unplugged, PAGE,
				  how[i]), readable ? (int)PAGE : -EFAULT);
		victim_check(dev);
	}
	close(fd);
	close(sink);
	close(ring.fd);
}

TEST(reads_and_writes)
{
	victim_each(attack_read_and_write);
}

/* Registered buffers stay pinned: for as long, their blocks stay plugged. */
static void attack_fixed_buffers(struct device *dev)
{
	struct iovec iov[] = {
		{ dev->mem + 2 * dev->block, dev->block },
		{ dev->mem + 4 * dev->block, dev->block },
		{ dev->mem + 3 * dev->block, 2 * dev->block },
		{ dev->mem, dev->size },
	};
	struct uring ring = uring_new();
	int ret, fd = some_file();
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ_FIXED, .fd = fd,
		.addr = (uintptr_t)iov[0].iov_base, .len = PAGE,
	};

	for (int i = 1; i < 4; i++) {
		ret = syscall(SYS_io_uring_register, ring.fd,
			      IORING_REGISTER_BUFFERS, &iov[i], 1);
		CHECK(ret < 0);
		victim_check(dev);
	}
	ret = syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS,
		      &iov[0], 1);
	/*
	 * Older kernels register no memory of files; since 6.6 there are no long
	 * pins where writes are tracked, as in readable regions.
	 */
	if (ret < 0 && (errno == EOPNOTSUPP ||
			dev->flags & VHOST_MEM_CREATE_READABLE)) {
		close(ring.fd);
		close(fd);
		return;
	}
	CHECK_EQ(ret, 0);
	CHECK_EQ(uring_do(&ring, &sqe), PAGE);
	CHECK_EQ(device_unplug(dev, 2, 2), -EBUSY);
	CHECK_EQ(device_unplug(dev, 2, 1), -EBUSY);
	victim_check(dev);
	CHECK_EQ(uring_do(&ring, &sqe), PAGE);
	/* The VM's reset does not wait; but nobody finds those pages again. */
	CHECK_EQ(device_set(dev->fd, VHOST_MEM_SYSTEM_RESET, 0), 0);
	CHECK_EQ(uring_do(&ring, &sqe), PAGE);
	for (uint64_t i = 0; i < VICTIM_BLOCKS; i++)
		CHECK_UNPLUGGED(dev, dev->mem + i * dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_BACKED_SIZE),
		 dev->block);
	CHECK_EQ(genl_value(dev->id, VHOST_MEM_A_REGION_LIMBO_SIZE),
		 dev->block);
	CHECK_EQ(device_plug(dev, 2, 2), -EBUSY);
	CHECK_EQ(device_plug(dev, 3, 1), 0);
	CHECK_EQ(uring_do(&ring, &sqe), PAGE);
	/* Not by close(): the ring is mapped. */
	CHECK_EQ(syscall(SYS_io_uring_register, ring.fd,
			 IORING_UNREGISTER_BUFFERS, NULL, 0), 0);
	close(ring.fd);
	for (int i = 0; (ret = device_plug(dev, 2, 1)) == -EBUSY && i < 3000; i++)
		usleep(10000);
	CHECK_EQ(ret, 0);
	CHECK_READS(dev->mem + 2 * dev->block, 0);
	memset(dev->mem + 2 * dev->block, 0x6b, 2 * dev->block);
	victim_check(dev);
	close(fd);
}

TEST(fixed_buffers)
{
	victim_each(attack_fixed_buffers);
}

int main(int argc, char **argv)
{
	return ktap_main(argc, argv);
}

// SPDX-License-Identifier: GPL-2.0
/* Mappings of regions and of other memory come, change, are used, and go. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "fuzz.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static void *any_place(struct fuzz_thread *t)
{
	return fuzz_place(rnd_below(&t->rnd, FUZZ_PLACES));
}

/* Whole pages from somewhere, and no more than lies inside of the places. */
static void *any_range(struct fuzz_thread *t, uint64_t *length)
{
	uint64_t at = fuzz_place_addr(t, PAGE), left = FUZZ_PLACES_END - at;

	*length = (1 + rnd_below(&t->rnd, 64)) * fuzz_device(t)->block;
	if (rnd_once_in(&t->rnd, 4))
		*length = (1 + rnd_below(&t->rnd, 16)) * PAGE;
	if (*length > left)
		*length = left;
	return (void *)at;
}

void fuzz_map(struct fuzz_thread *t)
{
	static const int errors[] = { EINVAL, ENODEV, ENOMEM };
	int prot = rnd_once_in(&t->rnd, 8) ? rnd_below(&t->rnd, 8) :
					     PROT_READ | PROT_WRITE;
	struct fuzz_device *dev = fuzz_device(t);
	uint64_t length = dev->size, offset = 0, changes;
	void *at = any_place(t);
	int flags = MAP_SHARED | MAP_FIXED;
	void *mem;

	t->what = "map";
	if (rnd_once_in(&t->rnd, 4)) {
		mmap(at, 64 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS |
		     MAP_FIXED, -1, 0);
		return;
	}
	switch (rnd_below(&t->rnd, 16)) {
	case 0:
		length = 1 + fuzz_size(t, dev) % FUZZ_PLACE_SIZE;
		break;
	case 1:
		offset = rnd_below(&t->rnd, 64) * dev->block;
		break;
	case 2:
		flags = MAP_PRIVATE | MAP_FIXED;
		break;
	}
	changes = atomic_load(&dev->changes);
	mem = mmap(at, length, prot, flags, dev->fd, offset);
	if (changes % 2 || atomic_load(&dev->changes) != changes ||
	    !atomic_load(&dev->open))
		return;
	if (mem != MAP_FAILED) {
		if (offset || !(flags & MAP_SHARED))
			fuzz_broken(t, "mapped: offset %#lx flags %#x", offset,
				    flags);
		return;
	}
	for (unsigned int i = 0; i < COUNT(errors); i++)
		if (errno == errors[i])
			return;
	fuzz_broken(t, "mmap: %s is not documented for it", strerror(errno));
}

void fuzz_unmap(struct fuzz_thread *t)
{
	uint64_t length;
	void *at = any_range(t, &length);

	t->what = "unmap";
	if (rnd_once_in(&t->rnd, 4))
		munmap(any_place(t), FUZZ_PLACE_SIZE);
	else
		munmap(at, length);
}

void fuzz_remap(struct fuzz_thread *t)
{
	uint64_t length, new_length;
	void *at = any_range(t, &length);

	t->what = "remap";
	new_length = rnd_once_in(&t->rnd, 2) ? length :
		     (1 + rnd_below(&t->rnd, 64)) * PAGE;
	if (new_length > FUZZ_PLACE_SIZE)
		new_length = FUZZ_PLACE_SIZE;
	/* Of length 0: another mapping of the same. */
	if (rnd_once_in(&t->rnd, 8))
		length = 0;
	mremap(at, length, new_length, MREMAP_MAYMOVE | MREMAP_FIXED,
	       any_place(t));
}

void fuzz_advise(struct fuzz_thread *t)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_WILLNEED, MADV_DONTNEED,
		MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK,
		MADV_MERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DODUMP,
		MADV_WIPEONFORK, MADV_COLLAPSE, MADV_COLD, MADV_PAGEOUT,
	};
	/* See page_out() of pressure.c. */
	const unsigned int skip = ktap_has_lockdep() ? 2 : 0;
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
	};
	uint64_t length;
	void *at = any_range(t, &length);

	t->what = "advise";
	switch (rnd_below(&t->rnd, 8)) {
	case 0:
		mprotect(at, length, rnd_one_of(&t->rnd, prots));
		break;
	case 1:
		msync(at, length, MS_SYNC);
		break;
	case 2:
		/* Populating much would take long. */
		madvise(at, 4 * PAGE, MADV_POPULATE_WRITE);
		break;
	default:
		madvise(at, length,
			advice[rnd_below(&t->rnd, COUNT(advice) - skip)]);
	}
}

void fuzz_touch(struct fuzz_thread *t)
{
	unsigned char *at = (void *)fuzz_place_addr(t, 1), value;
	struct iovec local = { .iov_base = t->arg, .iov_len = 64 };
	struct iovec remote = { .iov_base = at, .iov_len = 64 };
	int sig;

	t->what = "touch";
	switch (rnd_below(&t->rnd, 4)) {
	case 0:
		process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
		return;
	case 1:
		process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
		return;
	case 2:
		sig = touch_read(at, &value);
		break;
	default:
		sig = touch_write(at, rnd(&t->rnd));
	}
	if (sig && sig != SIGBUS && sig != SIGSEGV)
		fuzz_broken(t, "touching %p: signal %d", at, sig);
}

/*
 * Pages are held on to by a pipe, for a random time: until its slot is used again,
 * or the device's life is over.
 */
#define HELD 16

static _Atomic int held[HELD];

void fuzz_hold(struct fuzz_thread *t)
{
	struct iovec iov;
	uint64_t length;
	int pipe[2], old = 0;

	t->what = "hold";
	iov.iov_base = any_range(t, &length);
	iov.iov_len = rnd_once_in(&t->rnd, 2) ? PAGE : length;
	if (!rnd_once_in(&t->rnd, 3) && !pipe2(pipe, O_CLOEXEC | O_NONBLOCK)) {
		vmsplice(pipe[1], &iov, 1, SPLICE_F_NONBLOCK);
		close(pipe[1]);
		old = pipe[0];
	}
	old = atomic_exchange(&held[rnd_below(&t->rnd, HELD)], old);
	if (old)
		close(old);
}

void fuzz_let_go(void)
{
	for (int i = 0; i < HELD; i++) {
		int fd = atomic_exchange(&held[i], 0);

		if (fd)
			close(fd);
	}
}

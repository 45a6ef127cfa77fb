// SPDX-License-Identifier: GPL-2.0
/* See reference.h. */

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "reference.h"

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

const char *const reference_names[REFERENCE_KINDS] = {
	[REFERENCE_PIPE] = "a pipe",
	[REFERENCE_TEE] = "a copied pipe",
	[REFERENCE_PIN] = "a pin",
	[REFERENCE_SOCKET] = "a socket",
	[REFERENCE_COPY] = "a copy under way",
};

/* The end of a pipe that has the pages in it. */
static int pipe_of(void *at, uint64_t length)
{
	struct iovec iov = { .iov_base = at, .iov_len = length };
	int pipe[2], ret = 0;
	ssize_t len;

	if (pipe2(pipe, O_CLOEXEC))
		return -errno;
	fcntl(pipe[1], F_SETPIPE_SZ, length);
	len = vmsplice(pipe[1], &iov, 1, SPLICE_F_NONBLOCK);
	if (len < 0)
		ret = -errno;
	close(pipe[1]);
	if (!ret)
		return pipe[0];
	close(pipe[0]);
	return ret;
}

static int take_pipe(struct reference *ref)
{
	ref->fds[0] = pipe_of(ref->at, ref->length);
	return ref->fds[0] < 0 ? ref->fds[0] : 0;
}

static int take_tee(struct reference *ref)
{
	int first = pipe_of(ref->at, ref->length), second[2], ret = 0;

	if (first < 0)
		return first;
	if (pipe2(second, O_CLOEXEC)) {
		ret = -errno;
		close(first);
		return ret;
	}
	fcntl(second[1], F_SETPIPE_SZ, ref->length);
	if (tee(first, second[1], ref->length, SPLICE_F_NONBLOCK) < 0)
		ret = -errno;
	close(first);
	close(second[1]);
	ref->fds[0] = second[0];
	return ret;
}

static int take_pin(struct reference *ref)
{
	int fd = pin_memory(ref->at, ref->length);

	/* Not the memory of files; or not where writes are tracked. */
	if (fd == -EOPNOTSUPP)
		return -ENOSYS;
	ref->fds[0] = fd;
	return fd < 0 ? fd : 0;
}

/* Two ends of a connection over the loopback. */
static int connect_ends(int ends[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(addr);

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || ends[0] < 0 ||
	    bind(listener, (void *)&addr, sizeof(addr)) ||
	    listen(listener, 1) ||
	    getsockname(listener, (void *)&addr, &len) ||
	    connect(ends[0], (void *)&addr, sizeof(addr))) {
		close(listener);
		return -ENOSYS;
	}
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	return ends[1] < 0 ? -ENOSYS : 0;
}

/* The other end does not read: what is sent when it is full stays in the queue. */
static int take_socket(struct reference *ref)
{
	static const char filler[64 * KiB];
	int one = 1, room = 32 * MiB;
	int ret = connect_ends(ref->fds);

	if (ret)
		return ret;
	if (setsockopt(ref->fds[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		return -ENOSYS;
	while (send(ref->fds[0], filler, sizeof(filler), MSG_DONTWAIT) > 0)
		;
	if (setsockopt(ref->fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &room,
		       sizeof(room)))
		return -ENOSYS;
	if (send(ref->fds[0], ref->at, ref->length,
		 MSG_ZEROCOPY | MSG_DONTWAIT) < 0)
		return errno == EFAULT ? -EFAULT : -ENOSYS;
	return 0;
}

static void *copy(void *arg)
{
	struct reference *ref = arg;
	struct iovec local = { ref->stalled.mem, ref->length };
	struct iovec remote = { ref->at, ref->length };

	process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	return NULL;
}

static int take_copy(struct reference *ref)
{
	ref->stalled = stalled_new(ref->length, NULL, 0);
	CHECK_EQ(pthread_create(&ref->copier, NULL, copy, ref), 0);
	ref->copies = true;
	/* It has ended already if there is nothing to be copied. */
	while (stalled_wait(&ref->stalled, 10)) {
		static const struct timespec none;

		if (!pthread_timedjoin_np(ref->copier, NULL, &none)) {
			ref->copies = false;
			stalled_free(&ref->stalled);
			return -EFAULT;
		}
	}
	return 0;
}

int reference_take(struct reference *ref, enum reference_kind kind, void *at,
		   uint64_t length)
{
	static int (*const take[REFERENCE_KINDS])(struct reference *ref) = {
		[REFERENCE_PIPE] = take_pipe,
		[REFERENCE_TEE] = take_tee,
		[REFERENCE_PIN] = take_pin,
		[REFERENCE_SOCKET] = take_socket,
		[REFERENCE_COPY] = take_copy,
	};
	int ret;

	*ref = (struct reference){
		.fds = { -1, -1 }, .at = at, .length = length,
	};
	ret = take[kind](ref);
	if (ret)
		reference_drop(ref);
	return ret;
}

void reference_drop(struct reference *ref)
{
	/* The end that does not read first: the other one's queue goes with it. */
	for (int i = 1; i >= 0; i--)
		if (ref->fds[i] >= 0)
			close(ref->fds[i]);
	ref->fds[0] = ref->fds[1] = -1;
	if (!ref->copies)
		return;
	stalled_release(&ref->stalled);
	pthread_join(ref->copier, NULL);
	stalled_free(&ref->stalled);
	ref->copies = false;
}

// SPDX-License-Identifier: GPL-2.0
/* Descriptors and processes: opened, duplicated, passed on, inherited, gone. */

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "peer.h"

int fuzz_files[FUZZ_FILES];

void fuzz_open_files(void)
{
	unsigned int nr = 0;

	while (nr < FUZZ_EVENTFDS)
		fuzz_files[nr++] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK_EQ(pipe2(&fuzz_files[nr], O_CLOEXEC | O_NONBLOCK), 0);
	nr += 2;
	fuzz_files[nr++] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fuzz_files[nr++] = open("/dev/zero", O_RDWR | O_CLOEXEC);
	fuzz_files[nr++] = open("/dev/null", O_PATH | O_CLOEXEC);
	fuzz_files[nr++] = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_files[nr++] = epoll_create1(EPOLL_CLOEXEC);
	CHECK_EQ(nr, FUZZ_FILES);
	for (nr = 0; nr < FUZZ_FILES; nr++)
		CHECK(fuzz_files[nr] >= 0);
}

void fuzz_close_files(void)
{
	for (unsigned int i = 0; i < FUZZ_FILES; i++)
		close(fuzz_files[i]);
}

static void begin_change(struct fuzz_device *dev)
{
	pthread_mutex_lock(&dev->lock);
	atomic_fetch_add(&dev->changes, 1);
}

static void end_change(struct fuzz_device *dev)
{
	atomic_fetch_add(&dev->changes, 1);
	pthread_mutex_unlock(&dev->lock);
}

static void set_up(struct fuzz_thread *t, const struct fuzz_device *dev, int fd)
{
	unsigned int steps = rnd_once_in(&t->rnd, 4) ?
			     rnd_below(&t->rnd, 4) : 4;
	struct vhost_mem_create_region create = {
		.size = sizeof(create),
		.flags = dev->flags,
		.region_size = dev->size,
		.block_size = dev->block,
		.name = "fuzz",
		.page_size = dev->flags & VHOST_MEM_CREATE_HUGETLB ? HUGE : 0,
	};
	struct vhost_mem_value value = {
		.size = sizeof(value), .value = GUEST_ADDR,
	};

	if (steps > 0)
		ioctl(fd, VHOST_MEM_CREATE_REGION, &create);
	if (steps > 1)
		ioctl(fd, VHOST_MEM_SET_ADDRESS, &value);
	value.value = dev->size;
	if (steps > 2)
		ioctl(fd, VHOST_MEM_SET_REQUESTED_SIZE, &value);
	if (steps > 3)
		ioctl(fd, VHOST_SET_OWNER, NULL);
}

/* Another device in the place of the old one, which thereby is closed. */
void fuzz_reopen(struct fuzz_thread *t)
{
	struct fuzz_device *dev = fuzz_device(t);
	int fd = open(DEVICE_PATH, O_RDWR | O_CLOEXEC);

	t->what = "reopen";
	if (fuzz_unprivileged) {
		if (fd >= 0 || errno != EACCES)
			fuzz_broken(t, "open() without the right to: %s",
				    fd < 0 ? strerror(errno) : "works");
		return;
	}
	if (fd < 0)
		fuzz_broken(t, "open: %s", strerror(errno));
	set_up(t, dev, fd);
	begin_change(dev);
	if (dup3(fd, dev->fd, O_CLOEXEC) >= 0)
		atomic_store(&dev->open, true);
	end_change(dev);
	close(fd);
}

void fuzz_close(struct fuzz_thread *t)
{
	struct fuzz_device *dev = fuzz_device(t);

	t->what = "close";
	begin_change(dev);
	close(dev->fd);
	atomic_store(&dev->open, false);
	end_change(dev);
}

void fuzz_dup(struct fuzz_thread *t)
{
	struct fuzz_device *from = fuzz_device(t), *to = fuzz_device(t);

	t->what = "dup";
	if (from == to)
		return;
	begin_change(to);
	if (dup3(from->fd, to->fd, O_CLOEXEC) >= 0)
		atomic_store(&to->open, true);
	end_change(to);
}

/* Through a socket, or only into it, to be closed with it. */
void fuzz_pass(struct fuzz_thread *t)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct fuzz_device *from = fuzz_device(t), *to = fuzz_device(t);
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	bool receive = rnd_once_in(&t->rnd, 2);
	int pair[2], fd;

	t->what = "pass";
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &from->fd, sizeof(int));
	if (sendmsg(pair[0], &msg, MSG_DONTWAIT) == 1 && receive &&
	    recvmsg(pair[1], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) == 1 &&
	    msg.msg_controllen) {
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		begin_change(to);
		if (dup3(fd, to->fd, O_CLOEXEC) >= 0)
			atomic_store(&to->open, true);
		end_change(to);
		close(fd);
	}
	close(pair[0]);
	close(pair[1]);
}

/* What a child does; nothing that takes a lock of the parent's. */
static void child(struct fuzz_thread *t)
{
	static void (*const fns[])(struct fuzz_thread *t) = {
		fuzz_touch, fuzz_own_ioctl, fuzz_vhost_ioctl, fuzz_unmap,
		fuzz_vhost_start, fuzz_kick, fuzz_scribble,
	};

	t->inherited = true;
	for (unsigned int nr = 1 + rnd_below(&t->rnd, 40); nr; nr--)
		rnd_one_of(&t->rnd, fns)(t);
}

/* It inherits all, uses it for a while, and ends by itself or is killed. */
void fuzz_child(struct fuzz_thread *t)
{
	bool killed = rnd_once_in(&t->rnd, 2);
	unsigned int wait_us = rnd_below(&t->rnd, 20000);
	int status;
	pid_t pid;

	t->what = "child";
	pid = fork();
	if (pid < 0)
		return;
	if (!pid) {
		child(t);
		if (killed)
			pause();
		_exit(0);
	}
	if (killed) {
		usleep(wait_us);
		kill(pid, SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid)
		fuzz_broken(t, "waitpid: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status))
		fuzz_broken(t, "in a child");
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		fuzz_broken(t, "a child died of signal %d", WTERMSIG(status));
}

/* A process that stalls with one of the devices, or is killed in a long request. */
void fuzz_peer(struct fuzz_thread *t)
{
	enum peer_kind kind = rnd_below(&t->rnd, PEER_KINDS);
	const char *wrong;

	t->what = "peer";
	wrong = peer_run(kind, fuzz_device(t)->fd, rnd(&t->rnd));
	if (wrong)
		fuzz_broken(t, "%s", wrong);
}

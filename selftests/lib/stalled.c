// SPDX-License-Identifier: GPL-2.0
/* See stalled.h. */

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "stalled.h"

struct stalled stalled_new(uint64_t size, const void *content, size_t length)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_writeprotect protect = {
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	struct stalled stalled = { .size = size };
	struct uffdio_register reg = { 0 };
	unsigned char *mem;

	stalled.uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (stalled.uffd < 0)
		ktap_skip("no userfaultfd: %s", strerror(errno));
	CHECK_EQ(ioctl(stalled.uffd, UFFDIO_API, &api), 0);
	mem = mmap(NULL, size + 2 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mem != MAP_FAILED);
	stalled.mem = mem + PAGE;
	if (content) {
		memset(stalled.mem, 0, size);
		memcpy(stalled.mem, content, length);
	}
	reg.range.start = (uintptr_t)stalled.mem;
	reg.range.len = size;
	reg.mode = content ? UFFDIO_REGISTER_MODE_WP :
				 UFFDIO_REGISTER_MODE_MISSING;
	CHECK_EQ(ioctl(stalled.uffd, UFFDIO_REGISTER, &reg), 0);
	protect.range = reg.range;
	if (content)
		CHECK_EQ(ioctl(stalled.uffd, UFFDIO_WRITEPROTECT, &protect), 0);
	return stalled;
}

int stalled_wait(const struct stalled *stalled, int timeout_ms)
{
	struct pollfd fd = { .fd = stalled->uffd, .events = POLLIN };

	return poll(&fd, 1, timeout_ms) == 1 ? 0 : -ETIMEDOUT;
}

void stalled_release(struct stalled *stalled)
{
	if (stalled->uffd >= 0)
		close(stalled->uffd);
	stalled->uffd = -1;
}

void stalled_free(struct stalled *stalled)
{
	stalled_release(stalled);
	munmap(stalled->mem - PAGE, stalled->size + 2 * PAGE);
}

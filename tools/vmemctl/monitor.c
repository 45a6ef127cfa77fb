// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "nl.h"
#include "out.h"
#include "vmemctl.h"

static void print_event(const char *event, const struct region *region, void *arg)
{
	out_event(arg, time(NULL), event, region);
}

/* Returns 0, 1 if nobody reads the output any more, or -errno. */
static int flush_events(const struct out *out)
{
	int ret = out_flush(out);

	return ret == -EPIPE || ret == -EBADF ? 1 : ret;
}

static int monitor(struct vnl *nl, const struct out *out)
{
	struct pollfd fds[] = {
		{ .fd = vnl_events_fd(nl), .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* for POLLERR: its reader is gone */
	};
	int ret, flushed;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			error("waiting for events: %s", strerror(errno));
			return STATUS_REFUSED;
		}
		if (fds[1].revents & (POLLERR | POLLNVAL))
			return STATUS_OK;

		ret = vnl_read_events(nl, print_event, (void *)out);
		if (ret == -ENOBUFS) {
			error("events lost; 'vmemctl list' shows how things are now");
			out_events_lost(out);
			ret = 0;
		}
		flushed = flush_events(out);
		if (flushed > 0)
			return STATUS_OK;
		if (flushed < 0) {
			error("writing the output: %s", strerror(-flushed));
			return STATUS_REFUSED;
		}
		if (ret) {
			vnl_complain(nl, ret, "monitoring");
			return STATUS_REFUSED;
		}
	}
}

int cmd_monitor(const struct cmdline *cl)
{
	struct out out;
	struct vnl nl;
	int ret;

	if (vnl_open(&nl))
		return STATUS_REFUSED;
	ret = vnl_subscribe(&nl);
	if (ret) {
		vnl_complain(&nl, ret, "subscribing to events");
		vnl_close(&nl);
		return STATUS_REFUSED;
	}

	out_open(&out, cl->json);
	signal(SIGPIPE, SIG_IGN);
	if (isatty(STDOUT_FILENO))
		fputs("monitoring; press Ctrl-C to end\n", stderr);
	ret = monitor(&nl, &out);
	vnl_close(&nl);
	return ret;
}

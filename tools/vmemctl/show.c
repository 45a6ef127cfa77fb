// SPDX-License-Identifier: GPL-2.0
/* The commands that change nothing: list, show, monitor. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "escape.h"
#include "holders.h"

int cmd_list(struct context *ctx)
{
	struct region_list list;
	int ret;

	ret = vnl_dump(&ctx->nl, &list);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "listing the regions");
		return STATUS_REFUSED;
	}
	out_list(&ctx->out, &list);
	region_list_free(&list);
	return STATUS_OK;
}

/* Of a region whose owner has ended: the processes that still hold it. */
static void print_holders(const struct out *out, const struct region *region)
{
	struct holder holders[HOLDERS_MAX];
	char comm[HOLDER_COMM_MAX];
	size_t nr, i;

	if (out->json || !region_has(region, VHOST_MEM_A_REGION_STATE) ||
	    region->state != VHOST_MEM_STATE_ORPHANED)
		return;
	nr = holders_find("/proc", region->id, holders);
	fprintf(out->file, "Held open by:     ");
	if (!nr)
		fprintf(out->file, "a process that is not visible from here");
	for (i = 0; i < nr && i < HOLDERS_MAX; i++)
		fprintf(out->file, "%s%s/%u", i ? ", " : "",
			escape_text(comm, sizeof(comm), holders[i].comm),
			holders[i].pid);
	fputs(nr > HOLDERS_MAX ? ", ...\n" : "\n", out->file);
}

int cmd_show(struct context *ctx)
{
	struct region region;
	int ret;

	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (ret)
		return ret;
	out_region(&ctx->out, &region);
	print_holders(&ctx->out, &region);
	return STATUS_OK;
}

static void print_event(const char *event, const struct region *region, void *arg)
{
	out_event(arg, time(NULL), event, region);
}

/* Has the reader of the output gone? Then a monitor just ends. */
static bool is_unread(int err)
{
	return err == -EPIPE || err == -EBADF;
}

static int monitor(struct context *ctx)
{
	struct pollfd fds[] = {
		{ .fd = vnl_events_fd(&ctx->nl), .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* for POLLERR: its reader is gone */
	};
	int ret, flushed;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			error("waiting for events: %s", strerror(errno));
			return STATUS_REFUSED;
		}
		if (fds[1].revents & (POLLERR | POLLNVAL)) {
			ctx->out.unread = true;
			return STATUS_OK;
		}
		ret = vnl_read_events(&ctx->nl, print_event, &ctx->out);
		if (ret == -ENOBUFS) {
			error("events lost; 'vmemctl list' shows the current state");
			out_events_lost(&ctx->out);
			ret = 0;
		}
		flushed = out_flush(&ctx->out);
		if (flushed) {
			/* If it is a failure, out_close() complains of it. */
			ctx->out.unread = is_unread(flushed);
			return STATUS_OK;
		}
		if (ret) {
			vnl_complain(&ctx->nl, ret, "monitoring");
			return STATUS_REFUSED;
		}
	}
}

int cmd_monitor(struct context *ctx)
{
	int ret;

	ret = vnl_subscribe(&ctx->nl);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "subscribing to events");
		return STATUS_REFUSED;
	}
	signal(SIGPIPE, SIG_IGN);
	if (isatty(STDOUT_FILENO))
		fputs("monitoring; press Ctrl-C to stop\n", stderr);
	return monitor(ctx);
}

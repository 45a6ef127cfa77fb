// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "escape.h"
#include "explain.h"
#include "resize.h"
#include "text.h"
#include "wait.h"

/* How often progress is printed if stderr is not a terminal. */
#define PLAIN_PROGRESS_MS	10000

/* Give up on others who change the size each time before we do. */
#define SET_TRIES		16

struct wait {
	struct context *ctx;
	struct region region;
	char title[REGION_STRING_MAX];
	char reason[PROPOSAL_TEXT_MAX];
	struct wait_state state;
	const struct size_arg *arg;	/* what the target is made from; NULL: nothing */
	struct timespec start;
	sigset_t unblocked;	/* the signal mask to sleep with */
	bool tty;
	bool utf8;
	int64_t next_plain_ms;
};

static volatile sig_atomic_t interrupted;

static void on_sigint(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* SIGINT is unblocked only while ppoll() sleeps, so none is missed. */
static void catch_sigint(struct wait *w)
{
	struct sigaction sa = { .sa_handler = on_sigint }, old;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &w->unblocked);
	/* Shells start background jobs with SIGINT ignored: leave it ignored. */
	if (!sigaction(SIGINT, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
}

static int64_t elapsed_ms(const struct wait *w)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - w->start.tv_sec) * 1000LL +
	       (now.tv_nsec - w->start.tv_nsec) / 1000000;
}

/* Cuts @text to what fits a line of a terminal with @columns. */
static void cut_line(char *text, unsigned int columns)
{
	unsigned int n = 0;

	for (; *text; text++) {
		if ((*text & 0xc0) == 0x80)	/* inside a UTF-8 sequence */
			continue;
		if (++n == columns) {
			*text = '\0';
			return;
		}
	}
}

static void show_progress(struct wait *w)
{
	char line[WAIT_TEXT_MAX], bar[BAR_TEXT_MAX], after[TIME_TEXT_MAX];
	char plugged[SIZE_TEXT_MAX], target[SIZE_TEXT_MAX];
	struct winsize ws;

	if (!w->tty) {
		if (w->state.elapsed_ms < w->next_plain_ms)
			return;
		w->next_plain_ms = w->state.elapsed_ms + PLAIN_PROGRESS_MS;
		fprintf(stderr, "%s\n", wait_text(line, w->title, &w->state, WAIT_MORE));
		return;
	}
	snprintf(line, sizeof(line), "%.20s %s %s / %s  %s", w->title,
		 bar_format(bar, w->state.plugged, w->state.target, w->region.size,
			    w->utf8),
		 size_format(plugged, w->state.plugged),
		 size_format(target, w->state.target),
		 time_format(after, w->state.elapsed_ms / 1000 * 1000));
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		cut_line(line, ws.ws_col);
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
}

static void end_progress(const struct wait *w)
{
	if (w->tty)
		fputs("\r\033[K", stderr);
}

static void look_for_gone(const char *event, const struct region *region, void *arg)
{
	struct wait *w = arg;

	if (region->id == w->region.id && !strcmp(event, "gone"))
		w->state.gone = true;
}

/* Why it is not done: what the host observes, and what the guest reports. */
static const char *reason(struct wait *w)
{
	const char *seen = progress_reason(&w->region);
	const char *said = proposal_obstacle(&w->region);

	if (!seen || !said)
		return seen;
	snprintf(w->reason, sizeof(w->reason), "%s; the guest says: %s", seen, said);
	return w->reason;
}

/*
 * Brings w->state up to date. Events only end the sleep: one from before our own
 * change may still be queued, and "violation" is not about a change at all. So the
 * reply to a get counts, which also makes up for lost events (-ENOBUFS). Only "gone"
 * is final.
 */
static int refresh(struct wait *w)
{
	int ret;

	ret = vnl_read_events(&w->ctx->nl, look_for_gone, w);
	if (ret && ret != -ENOBUFS && ret != -ENODEV)
		return ret;
	if (!w->state.gone) {
		ret = vnl_get(&w->ctx->nl, w->region.id, &w->region);
		if (ret == -ENOENT)
			w->state.gone = true;
		else if (ret)
			return ret;
	}
	if (!w->state.gone) {
		w->state.requested = w->region.requested_size;
		w->state.plugged = w->region.plugged_size;
		w->state.reason = reason(w);
	}
	wait_note_hope(&w->state, !w->state.gone && progress_is_hopeless(&w->region),
		       elapsed_ms(w));
	w->state.interrupted = interrupted;
	return 0;
}

static void sleep_until_event(const struct wait *w)
{
	struct pollfd fd = { .fd = vnl_events_fd(&w->ctx->nl), .events = POLLIN };
	int ms = wait_sleep_ms(&w->state);
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	ppoll(&fd, 1, &ts, &w->unblocked);
}

static int wait_until_plugged(struct wait *w)
{
	const struct out *out = &w->ctx->out;
	enum wait_decision decision;
	char text[WAIT_TEXT_MAX];
	int ret;

	while ((decision = wait_decide(&w->state)) == WAIT_MORE) {
		show_progress(w);
		sleep_until_event(w);
		ret = refresh(w);
		if (ret) {
			end_progress(w);
			vnl_complain(&w->ctx->nl, ret, "waiting for %s", w->title);
			return STATUS_REFUSED;
		}
	}
	end_progress(w);

	wait_text(text, w->title, &w->state, decision);
	if (out->json && decision != WAIT_GONE)
		out_region(out, &w->region);
	else if (decision == WAIT_REACHED)
		fprintf(out->file, "%s\n", text);
	if (decision != WAIT_REACHED)
		error("%s", text);
	return wait_status(decision);
}

static void print_requested(const struct out *out, const struct region *region)
{
	char title[REGION_STRING_MAX];
	char requested[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	const char *obstacle = progress_obstacle(region);

	if (out->json) {
		out_region(out, region);
		return;
	}
	fprintf(out->file, "%s: %s requested, %s plugged%s%s\n",
		region_title(title, sizeof(title), region),
		size_format(requested, region->requested_size),
		size_format(plugged, region->plugged_size), obstacle ? ": " : "",
		obstacle ? obstacle : "");
}

static bool is_relative(const struct size_arg *arg)
{
	return arg && (arg->kind == SIZE_ADD || arg->kind == SIZE_SUBTRACT);
}

/* Returns an exit status. */
static int set_requested(struct wait *w)
{
	/* A module too old for sequence numbers does not support expectations either. */
	bool expect = is_relative(w->arg) &&
		      region_has(&w->region, VHOST_MEM_A_REGION_SEQUENCE);
	struct region old = w->region;
	int tries, ret = -ESTALE;

	for (tries = 0; tries < SET_TRIES && ret == -ESTALE; tries++) {
		if (tries) {
			ret = vnl_get(&w->ctx->nl, old.id, &old);
			if (ret)
				break;
			ret = change_target(&old, w->arg, region_limit(&old), false,
					    &w->state.target);
			if (ret)
				return ret;
		}
		ret = vnl_set_requested(&w->ctx->nl, old.id, w->state.target,
					expect ? &old.requested_size : NULL,
					&w->region);
	}
	if (ret)
		return change_refused(&w->ctx->nl, ret, &old, "resizing", w->state.target);
	return STATUS_OK;
}

static int resize(struct wait *w)
{
	const struct cmdline *cl = w->ctx->cl;
	int ret;

	/* Before the change, so that no event is missed. */
	if (cl->wait) {
		ret = vnl_subscribe(&w->ctx->nl);
		if (ret) {
			vnl_complain(&w->ctx->nl, ret, "subscribing to events");
			return STATUS_REFUSED;
		}
		catch_sigint(w);
	}
	clock_gettime(CLOCK_MONOTONIC, &w->start);

	ret = set_requested(w);
	if (ret)
		return ret;
	if (!cl->wait) {
		print_requested(&w->ctx->out, &w->region);
		return STATUS_OK;
	}
	w->state.requested = w->region.requested_size;
	w->state.plugged = w->region.plugged_size;
	w->state.timeout_ms = cl->timeout_ms;
	w->state.insist = cl->given & GIVEN_TIMEOUT;
	return wait_until_plugged(w);
}

int resize_to(struct context *ctx, const struct region *region, uint64_t target,
	      const struct size_arg *arg)
{
	struct wait w = {
		.ctx		= ctx,
		.region		= *region,
		.state.target	= target,
		.arg		= arg,
		.tty		= isatty(STDERR_FILENO),
		.utf8		= !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.next_plain_ms	= PLAIN_PROGRESS_MS,
	};

	region_title(w.title, sizeof(w.title), region);
	return resize(&w);
}

int cmd_resize(struct context *ctx)
{
	const struct size_arg *arg = &ctx->cl->size;
	struct region region;
	uint64_t target;
	int ret;

	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (!ret)
		ret = change_target(&region, arg, region_limit(&region), true, &target);
	return ret ? ret : resize_to(ctx, &region, target, arg);
}

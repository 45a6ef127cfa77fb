// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
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
#include "jobs.h"
#include "resize.h"
#include "text.h"
#include "wait.h"

/* How often progress is printed if stderr is not a terminal. */
#define PLAIN_PROGRESS_MS	10000

/* Give up on others who change the size each time before we do. */
#define SET_TRIES		16

#define ENDING_TEXT_MAX		(2 * REGION_STRING_MAX + 128)

struct wait {
	struct context *ctx;
	struct region region;
	char title[REGION_STRING_MAX];
	char reason[PROPOSAL_TEXT_MAX];
	struct wait_state state;
	uint64_t job;			/* 0: not known */
	char ending[ENDING_TEXT_MAX];	/* what became of the job; may be "" */
	bool tell_job;			/* as JSON, instead of the region */
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

/* What is done if the wait gives up; see --else. */
static void give_up(struct wait *w)
{
	enum wait_else what = w->ctx->cl->wait.what_else;
	struct vnl *nl = &w->ctx->nl;
	char size[SIZE_TEXT_MAX];
	struct job job;
	int ret;

	if (what == ELSE_KEEP)
		return;
	if (!w->job) {
		snprintf(w->ending, sizeof(w->ending),
			 "this version of the vhost_mem module has no jobs, so %s stay requested",
			 size_format(size, w->state.target));
		return;
	}
	ret = vnl_job_cancel(nl, w->job, what == ELSE_REVERT, &job);
	if (ret) {
		snprintf(w->ending, sizeof(w->ending), "cancelling j%" PRIu64 ": %s",
			 w->job, nl->text[0] ? nl->text : strerror(-ret));
		return;
	}
	/* If there is no such region any more, it says what is known. */
	vnl_get(nl, w->region.id, &w->region);
	snprintf(w->ending, sizeof(w->ending), "cancelled j%" PRIu64 ", %s requested now",
		 w->job, size_format(size, w->region.requested_size));
}

/* Who has superseded the job, as far as the kernel remembers. */
static void describe_successor(struct wait *w)
{
	char by[REGION_STRING_MAX + 16];
	struct job_list list;
	const char *origin;
	size_t i;

	snprintf(w->ending, sizeof(w->ending), "j%" PRIu64 " was superseded", w->job);
	if (vnl_job_dump(&w->ctx->nl, w->region.id, &list))
		return;
	for (i = 0; i < list.nr && list.jobs[i].id <= w->job; i++)
		;
	if (i < list.nr) {
		origin = attr_enum_name(&job_attrs[VHOST_MEM_A_JOB_ORIGIN],
					list.jobs[i].origin);
		snprintf(w->ending, sizeof(w->ending),
			 "j%" PRIu64 " was superseded by j%" PRIu64 " (%s, %s)", w->job,
			 list.jobs[i].id, origin ? origin : "unknown",
			 job_by(by, sizeof(by), &list.jobs[i]));
	}
	job_list_free(&list);
}

/*
 * The job knows what the sizes do not tell: it may have been done before somebody else
 * has changed them, and it knows who that was.
 */
static enum wait_decision ask_job(struct wait *w, enum wait_decision decision)
{
	struct job job;

	if (decision == WAIT_REACHED || decision == WAIT_GONE)
		return decision;
	if (decision != WAIT_CHANGED)
		give_up(w);
	if (!w->job || vnl_job_get(&w->ctx->nl, w->job, &job))
		return decision;
	switch (job.state) {
	case VHOST_MEM_JOB_STATE_DONE:
		w->ending[0] = '\0';
		w->state.plugged = job.plugged;
		return WAIT_REACHED;
	case VHOST_MEM_JOB_STATE_SUPERSEDED:
		describe_successor(w);
		break;
	case VHOST_MEM_JOB_STATE_CANCELLED:
		if (!w->ending[0])
			snprintf(w->ending, sizeof(w->ending),
				 "j%" PRIu64 " was cancelled", w->job);
		break;
	}
	return decision;
}

static void tell_json(struct wait *w)
{
	const struct out *out = &w->ctx->out;
	struct job job;

	if (!w->tell_job)
		out_region(out, &w->region);
	else if (w->job && !vnl_job_get(&w->ctx->nl, w->job, &job))
		job_json(out->file, &job, 1);
	else
		job_json(out->file, NULL, 0);
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

	decision = ask_job(w, decision);
	wait_text(text, w->title, &w->state, decision);
	if (out->json && decision != WAIT_GONE)
		tell_json(w);
	else if (decision == WAIT_REACHED)
		fprintf(out->file, "%s\n", text);
	if (decision != WAIT_REACHED)
		error("%s%s%s", text, w->ending[0] ? "; " : "", w->ending);
	return wait_status(decision);
}

static void print_requested(const struct out *out, const struct region *region)
{
	char title[REGION_STRING_MAX];
	char requested[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	const char *obstacle = progress_obstacle(region);
	char job[32] = "";

	if (region_has(region, VHOST_MEM_A_REGION_JOB))
		snprintf(job, sizeof(job), " (j%" PRIu64 ")", region->job);
	if (out->json) {
		out_region(out, region);
		return;
	}
	fprintf(out->file, "%s: %s requested%s, %s plugged%s%s\n",
		region_title(title, sizeof(title), region),
		size_format(requested, region->requested_size), job,
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
	struct region old = w->region, change;
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
		change = (struct region){
			.present	= REGION_BIT(VHOST_MEM_A_REGION_ID) |
					  REGION_BIT(VHOST_MEM_A_REGION_REQUESTED_SIZE),
			.id		= old.id,
			.requested_size	= w->state.target,
			.expected_requested_size = old.requested_size,
		};
		if (expect)
			change.present |= REGION_BIT(VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE);
		if (w->ctx->cl->note) {
			change.present |= REGION_BIT(VHOST_MEM_A_REGION_NOTE);
			snprintf(change.note, sizeof(change.note), "%s", w->ctx->cl->note);
		}
		ret = vnl_set(&w->ctx->nl, &change, &w->region);
	}
	if (ret)
		return change_refused(&w->ctx->nl, ret, &old, "resizing", w->state.target);
	return STATUS_OK;
}

/* To be called before the change, so that no event is missed. Returns an exit status. */
static int prepare_wait(struct wait *w)
{
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &w->start);
	if (!w->ctx->cl->wait.on)
		return STATUS_OK;
	ret = vnl_subscribe(&w->ctx->nl);
	if (ret) {
		vnl_complain(&w->ctx->nl, ret, "subscribing to events");
		return STATUS_REFUSED;
	}
	catch_sigint(w);
	clock_gettime(CLOCK_MONOTONIC, &w->start);
	return STATUS_OK;
}

static int wait_for_target(struct wait *w)
{
	const struct cmdline *cl = w->ctx->cl;

	w->state.requested = w->region.requested_size;
	w->state.plugged = w->region.plugged_size;
	w->state.timeout_ms = cl->wait.timeout_ms;
	w->state.insist = cl->given & GIVEN_TIMEOUT;
	return wait_until_plugged(w);
}

static void init_wait(struct wait *w, struct context *ctx, const struct region *region,
		      uint64_t target)
{
	*w = (struct wait){
		.ctx		= ctx,
		.region		= *region,
		.state.target	= target,
		.tty		= isatty(STDERR_FILENO),
		.utf8		= !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.next_plain_ms	= PLAIN_PROGRESS_MS,
	};
	region_title(w->title, sizeof(w->title), region);
}

int resize_to(struct context *ctx, const struct region *region, uint64_t target,
	      const struct size_arg *arg)
{
	struct wait w;
	int ret;

	init_wait(&w, ctx, region, target);
	w.arg = arg;
	ret = prepare_wait(&w);
	if (!ret)
		ret = set_requested(&w);
	if (ret)
		return ret;
	if (!ctx->cl->wait.on) {
		print_requested(&ctx->out, &w.region);
		return STATUS_OK;
	}
	if (region_has(&w.region, VHOST_MEM_A_REGION_JOB))
		w.job = w.region.job;
	return wait_for_target(&w);
}

int resize_wait(struct context *ctx, const struct region *region, uint64_t target,
		uint64_t job)
{
	struct wait w;
	int ret;

	init_wait(&w, ctx, region, target);
	w.job = job;
	w.tell_job = true;
	ret = prepare_wait(&w);
	if (!ret)
		ret = refresh(&w);
	if (ret < 0) {
		vnl_complain(&ctx->nl, ret, "waiting for %s", w.title);
		return STATUS_REFUSED;
	}
	return ret ? ret : wait_for_target(&w);
}

int cmd_resize(struct context *ctx)
{
	const struct size_arg *arg = &ctx->cl->size;
	struct region region;
	uint64_t target;
	int ret;

	if (ctx->cl->by_vm)
		return resize_many(ctx);
	ret = select_region_or_vm(&ctx->nl, ctx->cl->id, &region);
	if (!ret)
		ret = change_target(&region, arg, region_limit(&region), true, &target);
	return ret ? ret : resize_to(ctx, &region, target, arg);
}

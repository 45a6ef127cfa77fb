// SPDX-License-Identifier: GPL-2.0
/* The commands that list jobs, and wait for one. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "jobs.h"
#include "resize.h"

#define CELL_MAX	(2 * REGION_STRING_MAX)

enum {
	COL_JOB, COL_REGION, COL_ORIGIN, COL_BY, COL_FROM, COL_TO, COL_PLUGGED, COL_STATE,
	COL_WHY, COL_AGE, COL_NOTE,
};

typedef char row_t[JOB_COLUMNS][CELL_MAX];

static const struct {
	const char *title;
	bool right;
} columns[JOB_COLUMNS] = {
	[COL_JOB]	= { "JOB",	true },
	[COL_REGION]	= { "REGION",	false },
	[COL_ORIGIN]	= { "ORIGIN",	false },
	[COL_BY]	= { "BY",	false },
	[COL_FROM]	= { "FROM",	true },
	[COL_TO]	= { "TO",	true },
	[COL_PLUGGED]	= { "PLUGGED",	true },
	[COL_STATE]	= { "STATE",	false },
	[COL_WHY]	= { "WHY",	false },
	[COL_AGE]	= { "AGE",	false },
	[COL_NOTE]	= { "NOTE",	false },
};

static void cell_enum(char *cell, const struct job *job, int i)
{
	const struct attr *attr = &job_attrs[i];
	uint32_t value = region_u32(job, attr);
	const char *name = attr_enum_name(attr, value);

	if (!job_has(job, i))
		snprintf(cell, CELL_MAX, "-");
	else if (name)
		snprintf(cell, CELL_MAX, "%s", name);
	else
		snprintf(cell, CELL_MAX, "unknown (%u)", value);
}

static void cell_size(char *cell, const struct job *job, int i)
{
	if (job_has(job, i))
		size_format(cell, region_u64(job, &job_attrs[i]));
	else
		snprintf(cell, CELL_MAX, "-");
}

static void fill_row(row_t row, const struct job *job)
{
	memset(row, 0, sizeof(row_t));
	snprintf(row[COL_JOB], CELL_MAX, "j%" PRIu64, job->id);
	job_title(row[COL_REGION], CELL_MAX, job);
	cell_enum(row[COL_ORIGIN], job, VHOST_MEM_A_JOB_ORIGIN);
	job_by(row[COL_BY], CELL_MAX, job);
	cell_size(row[COL_FROM], job, VHOST_MEM_A_JOB_FROM);
	cell_size(row[COL_TO], job, VHOST_MEM_A_JOB_TARGET);
	cell_size(row[COL_PLUGGED], job, VHOST_MEM_A_JOB_PLUGGED);
	cell_enum(row[COL_STATE], job, VHOST_MEM_A_JOB_STATE);
	/* That it is done is in the column before. */
	cell_enum(row[COL_WHY], job, VHOST_MEM_A_JOB_REASON);
	if (job->reason == VHOST_MEM_PROGRESS_DONE)
		snprintf(row[COL_WHY], CELL_MAX, "-");
	if (job_has(job, VHOST_MEM_A_JOB_STARTED_AGO))
		time_format(row[COL_AGE], job->started_ago);
	escape_text(row[COL_NOTE], CELL_MAX, job->note);
}

static void widen(struct job_table *table, row_t row)
{
	int i, len;

	for (i = 0; i < JOB_COLUMNS; i++) {
		len = strlen(row[i]);
		if (len > table->widths[i])
			table->widths[i] = len;
	}
}

/* What is right of the last cell with something in it is left out. */
static void print_row(FILE *file, const struct job_table *table, row_t row)
{
	int i, end = JOB_COLUMNS;

	while (end > 0 && !*row[end - 1])
		end--;
	for (i = 0; i < end; i++) {
		if (i == end - 1 && !columns[i].right)
			fprintf(file, "%s%s", i ? "  " : "", row[i]);
		else
			fprintf(file, "%s%*s", i ? "  " : "",
				columns[i].right ? table->widths[i] : -table->widths[i],
				row[i]);
	}
	fputc('\n', file);
}

void job_rows(FILE *file, struct job_table *table, const struct job *jobs, size_t nr)
{
	bool notes = false;
	size_t n;
	row_t row;
	int i;

	for (n = 0; n < nr; n++) {
		fill_row(row, &jobs[n]);
		widen(table, row);
		notes |= *row[COL_NOTE];
	}
	if (!table->titles) {
		for (i = 0; i < JOB_COLUMNS; i++)
			snprintf(row[i], CELL_MAX, "%s",
				 i == COL_NOTE && !notes ? "" : columns[i].title);
		widen(table, row);
		print_row(file, table, row);
		table->titles = true;
	}
	for (n = 0; n < nr; n++) {
		fill_row(row, &jobs[n]);
		print_row(file, table, row);
	}
}

void job_json(FILE *file, const struct job *jobs, size_t nr)
{
	size_t n;

	fputs("{\"job\":{", file);
	for (n = 0; n < nr; n++) {
		fprintf(file, "%s\"%" PRIu64 "\":", n ? "," : "", jobs[n].id);
		out_json_object(file, &jobs[n], jobs[n].present, job_attrs,
				VHOST_MEM_A_JOB_MAX);
	}
	fputs("}}\n", file);
}

int select_job(struct vnl *nl, uint64_t id, struct job *job)
{
	int ret;

	ret = id ? vnl_job_get(nl, id, job) : -ENOENT;
	if (ret == -ENOENT) {
		error("no job \"j%" PRIu64 "\", or it has ended long ago; see 'vmemctl jobs'",
		      id);
		return STATUS_USAGE;
	}
	if (ret) {
		vnl_complain(nl, ret, "getting job j%" PRIu64, id);
		return STATUS_REFUSED;
	}
	return STATUS_OK;
}

/* Which jobs are to be shown, and what was shown of them. */
struct follow {
	struct context *ctx;
	uint64_t job;		/* only this one; 0: any */
	uint32_t region;	/* only those of this region; 0: of any */
	struct job_list shown;
	struct job_table table;
};

static const struct job *find(const struct job_list *list, uint64_t id)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (list->jobs[i].id == id)
			return &list->jobs[i];
	}
	return NULL;
}

static void print_jobs(struct follow *f, const struct job *jobs, size_t nr)
{
	struct out *out = &f->ctx->out;

	if (out->json)
		job_json(out->file, jobs, nr);
	else
		job_rows(out->file, &f->table, jobs, nr);
}

/* Returns an exit status. */
static int get_jobs(struct follow *f, struct job_list *list)
{
	size_t i, nr = 0;
	int ret;

	ret = vnl_job_dump(&f->ctx->nl, f->region, list);
	/* A region that has gone meanwhile has no jobs any more. */
	if (ret && !(ret == -ENOENT && f->region)) {
		vnl_complain(&f->ctx->nl, ret, "listing the jobs");
		return STATUS_REFUSED;
	}
	for (i = 0; i < list->nr; i++) {
		if (!f->job || list->jobs[i].id == f->job)
			list->jobs[nr++] = list->jobs[i];
	}
	list->nr = nr;
	return STATUS_OK;
}

/* Prints the jobs that are new, or whose state is. Returns an exit status. */
static int print_news(struct follow *f)
{
	const struct job *old;
	struct job_list list;
	size_t i;
	int ret;

	ret = get_jobs(f, &list);
	if (ret)
		return ret;
	for (i = 0; i < list.nr; i++) {
		old = find(&f->shown, list.jobs[i].id);
		if (!old || old->state != list.jobs[i].state)
			print_jobs(f, &list.jobs[i], 1);
	}
	job_list_free(&f->shown);
	f->shown = list;
	return STATUS_OK;
}

/* Events only end the sleep: what has changed is seen in the list. */
static void ignore_event(const char *event, const struct region *region, void *arg)
{
	(void)event;
	(void)region;
	(void)arg;
}

static int follow(struct follow *f)
{
	struct context *ctx = f->ctx;
	struct pollfd fds[] = {
		{ .fd = vnl_events_fd(&ctx->nl), .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* for POLLERR: its reader is gone */
	};
	int ret;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			error("waiting for events: %s", strerror(errno));
			return STATUS_REFUSED;
		}
		if (fds[1].revents & (POLLERR | POLLNVAL)) {
			ctx->out.unread = true;
			return STATUS_OK;
		}
		/* A list makes up for events that were lost. */
		ret = vnl_read_events(&ctx->nl, ignore_event, NULL);
		if (ret && ret != -ENOBUFS) {
			vnl_complain(&ctx->nl, ret, "following the jobs");
			return STATUS_REFUSED;
		}
		ret = print_news(f);
		if (ret)
			return ret;
		ret = out_flush(&ctx->out);
		if (ret) {
			ctx->out.unread = ret == -EPIPE || ret == -EBADF;
			return STATUS_OK;
		}
	}
}

static int show_jobs(struct follow *f)
{
	struct context *ctx = f->ctx;
	int ret;

	/* Before the list, so that no change is missed. */
	if (ctx->cl->wait.on) {
		ret = vnl_subscribe(&ctx->nl);
		if (ret) {
			vnl_complain(&ctx->nl, ret, "subscribing to events");
			return STATUS_REFUSED;
		}
		signal(SIGPIPE, SIG_IGN);
	}
	ret = get_jobs(f, &f->shown);
	if (ret)
		return ret;
	if (!f->shown.nr && !ctx->out.json && !ctx->cl->wait.on)
		fputs("No jobs: nothing has been resized.\n", ctx->out.file);
	else
		print_jobs(f, f->shown.jobs, f->shown.nr);
	if (!ctx->cl->wait.on)
		return STATUS_OK;
	out_flush(&ctx->out);
	return follow(f);
}

int cmd_jobs(struct context *ctx)
{
	struct follow f = { .ctx = ctx };
	struct region region;
	struct job job;
	int ret = STATUS_OK;

	if (ctx->cl->id && job_parse(ctx->cl->id, &f.job)) {
		ret = select_job(&ctx->nl, f.job, &job);
		f.region = job.region;
	} else if (ctx->cl->id) {
		ret = select_region(&ctx->nl, ctx->cl->id, &region);
		f.region = region.id;
	}
	if (!ret)
		ret = show_jobs(&f);
	job_list_free(&f.shown);
	return ret;
}

/* A job that had ended before anybody waited for it. Returns an exit status. */
static int tell_end(const struct job *job)
{
	char title[REGION_STRING_MAX], target[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	const char *state = attr_enum_name(&job_attrs[VHOST_MEM_A_JOB_STATE], job->state);

	if (job->state == VHOST_MEM_JOB_STATE_DONE)
		return STATUS_OK;
	error("%s: j%" PRIu64 " has ended, %s, with %s plugged of %s",
	      job_title(title, sizeof(title), job), job->id, state ? state : "unknown",
	      size_format(plugged, job->plugged), size_format(target, job->target));
	return job->state == VHOST_MEM_JOB_STATE_GONE ? STATUS_GONE : STATUS_NOT_REACHED;
}

static int wait_for_job(struct context *ctx, uint64_t id)
{
	char title[REGION_STRING_MAX], plugged[SIZE_TEXT_MAX];
	struct region region;
	struct job job;
	int ret;

	ret = select_job(&ctx->nl, id, &job);
	if (ret)
		return ret;
	if (!job_has_ended(&job)) {
		ret = vnl_get(&ctx->nl, job.region, &region);
		if (!ret)
			return resize_wait(ctx, &region, job.target, job.id);
		vnl_complain(&ctx->nl, ret, "getting region %u", job.region);
		return ret == -ENOENT ? STATUS_GONE : STATUS_REFUSED;
	}
	if (ctx->out.json)
		job_json(ctx->out.file, &job, 1);
	else if (job.state == VHOST_MEM_JOB_STATE_DONE)
		fprintf(ctx->out.file, "%s: j%" PRIu64 " is done, with %s plugged\n",
			job_title(title, sizeof(title), &job), job.id,
			size_format(plugged, job.plugged));
	return tell_end(&job);
}

int cmd_wait(struct context *ctx)
{
	struct region region;
	uint64_t id = 0;
	struct job job;
	int ret;

	if (job_parse(ctx->cl->id, &id))
		return wait_for_job(ctx, id);
	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (ret)
		return ret;
	/* What is requested may differ from what is plugged without a job, too. */
	if (region_has(&region, VHOST_MEM_A_REGION_JOB) &&
	    !vnl_job_get(&ctx->nl, region.job, &job) && !job_has_ended(&job))
		id = job.id;
	return resize_wait(ctx, &region, region.requested_size, id);
}

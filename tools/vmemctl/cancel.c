// SPDX-License-Identifier: GPL-2.0
/* The command that ends a job. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "escape.h"
#include "jobs.h"

/* Which job is meant. Returns an exit status. */
static int select_running(struct context *ctx, uint64_t *id)
{
	char title[REGION_STRING_MAX];
	struct region region;
	struct job job;
	int ret;

	if (job_parse(ctx->cl->id, id))
		return select_job(&ctx->nl, *id, &job);
	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (ret)
		return ret;
	*id = region.job;
	if (region_has(&region, VHOST_MEM_A_REGION_JOB)) {
		ret = select_job(&ctx->nl, *id, &job);
		if (ret || !job_has_ended(&job))
			return ret;
	}
	error("%s: no job is running; see 'vmemctl jobs'",
	      region_title(title, sizeof(title), &region));
	return STATUS_USAGE;
}

static void print_cancelled(struct context *ctx, const struct job *job)
{
	char title[REGION_STRING_MAX], from[SIZE_TEXT_MAX], target[SIZE_TEXT_MAX];
	char requested[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	struct out *out = &ctx->out;
	struct region region;

	if (out->json) {
		job_json(out->file, job, 1);
		return;
	}
	fprintf(out->file, "%s: j%" PRIu64 " (%s to %s) cancelled",
		job_title(title, sizeof(title), job), job->id,
		size_format(from, job->from), size_format(target, job->target));
	if (!vnl_get(&ctx->nl, job->region, &region))
		fprintf(out->file, "; %s requested, %s plugged",
			size_format(requested, region.requested_size),
			size_format(plugged, region.plugged_size));
	fputc('\n', out->file);
}

int cmd_cancel(struct context *ctx)
{
	struct job job;
	uint64_t id;
	int ret;

	ret = select_running(ctx, &id);
	if (ret)
		return ret;
	ret = vnl_job_cancel(&ctx->nl, id, ctx->cl->revert, &job);
	if (ret == -ENOENT) {
		error("j%" PRIu64 " has ended already", id);
		return STATUS_REFUSED;
	}
	if (ret)
		return vnl_refused(&ctx->nl, ret, "cancelling j%" PRIu64, id);
	print_cancelled(ctx, &job);
	return STATUS_OK;
}

// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "error.h"
#include "nl.h"
#include "out.h"
#include "select.h"
#include "size.h"
#include "vmemctl.h"
#include "wait.h"
#include "proposal.h"

/* The command line; sizes can be percentages, which need a region. */
struct wanted {
	struct region change;	/* what is given, but for sizes */
	struct size_arg max;
	struct size_arg step;
};

static void want(struct wanted *w, int attr)
{
	w->change.present |= REGION_BIT(attr);
}

static int parse_policy(struct wanted *w, const char *text)
{
	const struct attr *attr = &region_attrs[VHOST_MEM_A_REGION_POLICY];
	size_t i;

	for (i = 0; i < attr->nr_values; i++) {
		if (strcmp(attr->values[i], text))
			continue;
		w->change.policy = i;
		want(w, VHOST_MEM_A_REGION_POLICY);
		return STATUS_OK;
	}
	error("policy \"%s\": use deny, manual or auto", text);
	return STATUS_USAGE;
}

static int parse_interval(struct wanted *w, const char *text)
{
	int64_t ms;

	if (wait_parse_time(text, &ms)) {
		error("interval \"%s\": use seconds, or a number with ms, s, m or h", text);
		return STATUS_USAGE;
	}
	if (ms < VHOST_MEM_POLICY_INTERVAL_MIN || ms > VHOST_MEM_POLICY_INTERVAL_MAX) {
		error("interval \"%s\": must be from 100 ms to 24 h", text);
		return STATUS_USAGE;
	}
	w->change.policy_interval = ms;
	want(w, VHOST_MEM_A_REGION_POLICY_INTERVAL);
	return STATUS_OK;
}

static int parse_size(struct wanted *w, int attr, const char *what, const char *text,
		      struct size_arg *arg)
{
	char err[SIZE_ERROR_MAX];

	if (size_parse_limit(what, text, arg, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	want(w, attr);
	return STATUS_OK;
}

static int parse(struct wanted *w, const struct cmdline *cl)
{
	int ret = STATUS_OK;

	if (cl->nr_args > 1)
		ret = parse_policy(w, cl->args[1]);
	if (!ret && cl->max)
		ret = parse_size(w, VHOST_MEM_A_REGION_POLICY_MAX, "--max", cl->max,
				 &w->max);
	if (!ret && cl->step)
		ret = parse_size(w, VHOST_MEM_A_REGION_POLICY_STEP, "--step", cl->step,
				 &w->step);
	if (!ret && cl->interval)
		ret = parse_interval(w, cl->interval);
	return ret;
}

/* Several things are set at once: the kernel's message would not name the size. */
static int size_of(const struct region *region, const char *what,
		   const struct size_arg *arg, const char *text, uint64_t *size)
{
	char block[SIZE_TEXT_MAX];
	int ret;

	ret = change_target(region, arg, text, region->size, false, size);
	if (ret)
		return ret;
	if (region->block_size && *size % region->block_size) {
		error("%s \"%s\": no multiple of the block size of %s", what, text,
		      size_format(block, region->block_size));
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static int find_sizes(struct wanted *w, const struct cmdline *cl,
		      const struct region *region)
{
	int ret = STATUS_OK;

	if (cl->max)
		ret = size_of(region, "--max", &w->max, cl->max, &w->change.policy_max);
	if (!ret && cl->step) {
		ret = size_of(region, "--step", &w->step, cl->step,
			      &w->change.policy_step);
		if (!ret && !w->change.policy_step) {
			error("--step \"%s\": must not be 0", cl->step);
			ret = STATUS_USAGE;
		}
	}
	return ret;
}

static void print_policy(const struct out *out, const struct region *region)
{
	char title[REGION_STRING_MAX], text[PROPOSAL_TEXT_MAX];

	if (out->json) {
		out_region(out, region);
		return;
	}
	fprintf(out->file, "%s: policy %s",
		region_title(title, sizeof(title), region), proposal_policy(text, region));
	/* For later: they are kept, and can be set beforehand. */
	if (region->policy != VHOST_MEM_POLICY_AUTO && *proposal_grant_terms(text, region))
		fprintf(out->file, "; auto would be %s", text);
	fputc('\n', out->file);
}

static int policy(struct vnl *nl, struct wanted *w, const struct cmdline *cl,
		  const struct out *out)
{
	struct region region;
	int ret;

	ret = select_region(nl, cl->args[0], &region);
	if (ret)
		return ret;
	if (!region_has(&region, VHOST_MEM_A_REGION_POLICY)) {
		error("this version of the vhost_mem module has no policies");
		return STATUS_REFUSED;
	}
	if (w->change.present) {
		ret = find_sizes(w, cl, &region);
		if (ret)
			return ret;
		w->change.id = region.id;
		want(w, VHOST_MEM_A_REGION_ID);
		ret = vnl_set(nl, &w->change, &region);
		if (ret)
			return change_failed(nl, ret, &region,
					     "setting the policy of", "");
	}
	print_policy(out, &region);
	return STATUS_OK;
}

int cmd_policy(const struct cmdline *cl)
{
	struct wanted w = { 0 };
	struct out out;
	struct vnl nl;
	int ret;

	ret = parse(&w, cl);
	if (ret)
		return ret;
	if (vnl_open(&nl))
		return STATUS_REFUSED;
	out_open(&out, cl->json);
	ret = policy(&nl, &w, cl, &out);
	vnl_close(&nl);
	return out_close(&out, ret);
}

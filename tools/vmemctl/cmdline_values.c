// SPDX-License-Identifier: GPL-2.0
/* What each argument and each value of an option means. */
#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attrs.h"
#include "cmdline_values.h"
#include "escape.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What the kernel accepts, without the NUL. */
#define NOTE_MAX	31

static int parse_size(struct cmdline *cl, const char *text)
{
	char err[SIZE_ERROR_MAX];

	if (size_parse(text, &cl->size, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	cl->given |= GIVEN_SIZE;
	return STATUS_OK;
}

/* @what is what a message calls it. */
static int parse_bound(struct cmdline *cl, enum given given, const char *what,
		       const char *text, struct size_arg *size)
{
	char err[SIZE_ERROR_MAX];

	if (size_parse_limit(what, text, size, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	cl->given |= given;
	return STATUS_OK;
}

static int parse_policy(struct cmdline *cl, const char *text)
{
	const struct attr *attr = &region_attrs[VHOST_MEM_A_REGION_POLICY];
	char known[128] = "";
	size_t i, len = 0;

	for (i = 0; i < attr->nr_values; i++) {
		if (!strcmp(attr->values[i], text)) {
			cl->policy = i;
			cl->given |= GIVEN_POLICY;
			return STATUS_OK;
		}
		len += snprintf(known + len, sizeof(known) - len, "%s%s",
				!i ? "" : i + 1 < attr->nr_values ? ", " : " or ",
				attr->values[i]);
	}
	error("unknown policy \"%s\": use %s", text, known);
	return STATUS_USAGE;
}

static int parse_interval(struct cmdline *cl, const char *text)
{
	int64_t ms;

	if (time_parse(text, &ms)) {
		error("invalid interval \"%s\": use seconds, or a number with ms, s, m or h",
		      text);
		return STATUS_USAGE;
	}
	if (ms < VHOST_MEM_POLICY_INTERVAL_MIN || ms > VHOST_MEM_POLICY_INTERVAL_MAX) {
		error("interval \"%s\" is out of range: use %d ms to %d h", text,
		      VHOST_MEM_POLICY_INTERVAL_MIN,
		      VHOST_MEM_POLICY_INTERVAL_MAX / 3600000);
		return STATUS_USAGE;
	}
	cl->interval_ms = ms;
	cl->given |= GIVEN_INTERVAL;
	return STATUS_OK;
}

static int parse_else(struct cmdline *cl, const char *text)
{
	static const char *const names[] = {
		[ELSE_KEEP]	= "keep",
		[ELSE_STOP]	= "stop",
		[ELSE_REVERT]	= "revert",
	};
	size_t i;

	if (!cl->wait.on) {
		error("--else \"%s\" needs --wait", text);
		return STATUS_USAGE;
	}
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], text)) {
			cl->wait.what_else = i;
			return STATUS_OK;
		}
	}
	error("unknown --else \"%s\": use stop, revert or keep", text);
	return STATUS_USAGE;
}

static int parse_note(struct cmdline *cl, const char *text)
{
	const char *c;

	for (c = text; *c; c++) {
		if (iscntrl((unsigned char)*c)) {
			error("--note must not have control characters");
			return STATUS_USAGE;
		}
	}
	if (c - text > NOTE_MAX) {
		error("--note \"%s\" is longer than %d bytes", text, NOTE_MAX);
		return STATUS_USAGE;
	}
	cl->note = text;
	return STATUS_OK;
}

static int parse_timeout(struct cmdline *cl, const char *text)
{
	if (!cl->wait.on) {
		error("--timeout \"%s\" needs --wait", text);
		return STATUS_USAGE;
	}
	if (strcmp(text, "none") && time_parse(text, &cl->wait.timeout_ms)) {
		error("invalid timeout \"%s\": use seconds, a number with ms, s, m or h, or none",
		      text);
		return STATUS_USAGE;
	}
	cl->given |= GIVEN_TIMEOUT;
	return STATUS_OK;
}

static int parse_for(struct cmdline *cl, const char *text)
{
	if (time_parse(text, &cl->for_ms)) {
		error("invalid time \"%s\": use seconds, or a number with ms, s, m or h", text);
		return STATUS_USAGE;
	}
	if (cl->for_ms < VHOST_MEM_LEASE_TIME_MIN || cl->for_ms > VHOST_MEM_LEASE_TIME_MAX) {
		error("--for \"%s\" is out of range: use %d s to %d h", text,
		      VHOST_MEM_LEASE_TIME_MIN / 1000, VHOST_MEM_LEASE_TIME_MAX / 3600000);
		return STATUS_USAGE;
	}
	cl->given |= GIVEN_FOR;
	return STATUS_OK;
}

static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && isdigit((unsigned char)text[0]) && !*end;
}

static int parse_lease(struct cmdline *cl, const char *text)
{
	if (parse_number(text, &cl->number))
		return STATUS_OK;
	error("\"%s\" is not the number of a lease; see 'vmemctl lease'", text);
	return STATUS_USAGE;
}

static int parse_user(struct cmdline *cl, const char *text)
{
	const struct passwd *user = getpwnam(text);
	uint64_t number;

	if (user) {
		number = user->pw_uid;
	} else if (!parse_number(text, &number) || number >= UINT32_MAX) {
		error("no user \"%s\"", text);
		return STATUS_USAGE;
	}
	cl->user = number;
	cl->given |= GIVEN_USER;
	return STATUS_OK;
}

static int parse_color(struct cmdline *cl, const char *text)
{
	cl->output.color = text;
	if (!strcmp(text, "auto") || !strcmp(text, "always") || !strcmp(text, "never"))
		return STATUS_OK;
	error("--color=%s: use auto, always or never", text);
	return STATUS_USAGE;
}

static int parse_sort(struct cmdline *cl, const char *text)
{
	char err[ROWS_ERROR_MAX];

	if (!sort_parse(text, &cl->sort, err))
		return STATUS_OK;
	error("%s", err);
	return STATUS_USAGE;
}

static int parse_states(struct cmdline *cl, const char *text)
{
	char err[ROWS_ERROR_MAX];

	if (!states_parse(text, &cl->filter.states, err))
		return STATUS_OK;
	error("%s", err);
	return STATUS_USAGE;
}

int cmdline_arg(struct cmdline *cl, enum arg_kind kind, const char *text)
{
	switch (kind) {
	case ARG_NONE:
		break;
	case ARG_ID:
	case ARG_JOB:
		cl->id = text;
		break;
	case ARG_SIZE:
		return parse_size(cl, text);
	case ARG_LIMIT:
		return parse_bound(cl, GIVEN_SIZE, "limit", text, &cl->size);
	case ARG_POLICY:
		return parse_policy(cl, text);
	case ARG_RESERVE:
		return parse_bound(cl, GIVEN_SIZE, "reserved size", text, &cl->size);
	case ARG_POOL:
		cl->pool = text;
		break;
	case ARG_POOL_SIZE:
		return parse_bound(cl, GIVEN_SIZE, "size of a pool", text, &cl->size);
	case ARG_LEASE_NAME:
		cl->id = text;
		break;
	case ARG_LEASE_SIZE:
		return parse_bound(cl, GIVEN_SIZE, "size of a lease", text, &cl->size);
	case ARG_LEASE:
		return parse_lease(cl, text);
	case ARG_COMMAND:
	case ARG_WORD:
		cl->words[cl->nr_words++] = text;
		break;
	}
	return STATUS_OK;
}

int cmdline_value(struct cmdline *cl, enum option option, const char *text)
{
	switch (option) {
	case OPT_TIMEOUT:
		return parse_timeout(cl, text);
	case OPT_MAX:
		return parse_bound(cl, GIVEN_MAX, "--max", text, &cl->max);
	case OPT_LIMIT:
		return parse_bound(cl, GIVEN_LIMIT, "--limit", text, &cl->limit);
	case OPT_POLICY:
		return parse_policy(cl, text);
	case OPT_MIN:
		return parse_bound(cl, GIVEN_MIN, "--min", text, &cl->min);
	case OPT_STEP:
		return parse_bound(cl, GIVEN_STEP, "--step", text, &cl->step);
	case OPT_INTERVAL:
		return parse_interval(cl, text);
	case OPT_ELSE:
		return parse_else(cl, text);
	case OPT_NOTE:
		return parse_note(cl, text);
	case OPT_COLOR:
		return parse_color(cl, text);
	case OPT_SORT:
		return parse_sort(cl, text);
	case OPT_STATE:
		return parse_states(cl, text);
	case OPT_VM:
		cl->filter.name = text;
		return STATUS_OK;
	case OPT_FOR:
		return parse_for(cl, text);
	case OPT_POOL:
		cl->pool = text;
		return STATUS_OK;
	case OPT_USER:
		return parse_user(cl, text);
	case OPT_TEXTFILE:
		cl->output.textfile = text;
		return STATUS_OK;
	default:
		return STATUS_OK;
	}
}

// SPDX-License-Identifier: GPL-2.0
/* The commands defaults and defaults set. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "defaults.h"
#include "escape.h"

int cmd_defaults(struct context *ctx)
{
	struct defaults defaults;
	int ret = defaults_get(&ctx->nl, &defaults);

	if (ret)
		return defaults_refused(&ctx->nl, ret, "getting");
	out_defaults(&ctx->out, &defaults);
	return STATUS_OK;
}

/* The regions to come have any size, so there is nothing that a percentage could be of. */
static int size_of(const char *option, const struct size_arg *arg, uint64_t none, uint64_t *size)
{
	if (!strcmp(arg->text, "none")) {
		*size = none;
		return STATUS_OK;
	}
	*size = arg->value;
	if (arg->kind == SIZE_ABSOLUTE)
		return STATUS_OK;
	error("%s \"%s\" for regions of any size: use a size, such as 8G, or none", option,
	      arg->text);
	return STATUS_USAGE;
}

int cmd_defaults_set(struct context *ctx)
{
	const struct cmdline *cl = ctx->cl;
	struct defaults change = { .policy = cl->policy, .policy_interval = cl->interval_ms };
	struct defaults defaults;
	const struct {
		enum given given;
		const char *option;
		const struct size_arg *arg;
		uint64_t none;
		int attr;
		uint64_t *size;
	} sizes[] = {
		{ GIVEN_LIMIT, "--limit", &cl->limit, DEFAULTS_NONE, VHOST_MEM_A_DEFAULTS_LIMIT,
		  &change.limit },
		{ GIVEN_MIN, "--min", &cl->min, 0, VHOST_MEM_A_DEFAULTS_MINIMUM,
		  &change.minimum },
		{ GIVEN_MAX, "--max", &cl->max, DEFAULTS_NONE, VHOST_MEM_A_DEFAULTS_POLICY_MAX,
		  &change.policy_max },
		{ GIVEN_STEP, "--step", &cl->step, DEFAULTS_NONE,
		  VHOST_MEM_A_DEFAULTS_POLICY_STEP, &change.policy_step },
	};
	size_t i;
	int ret;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!(cl->given & sizes[i].given))
			continue;
		ret = size_of(sizes[i].option, sizes[i].arg, sizes[i].none, sizes[i].size);
		if (ret)
			return ret;
		change.present |= DEFAULTS_BIT(sizes[i].attr);
	}
	if (cl->given & GIVEN_POLICY)
		change.present |= DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_POLICY);
	if (cl->given & GIVEN_INTERVAL)
		change.present |= DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_POLICY_INTERVAL);
	if (cl->pool) {
		snprintf(change.pool, sizeof(change.pool), "%s", cl->pool);
		change.present |= DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_POOL);
	}
	if (!change.present) {
		error("nothing to set; see 'vmemctl defaults set --help'");
		return STATUS_USAGE;
	}
	ret = defaults_set(&ctx->nl, &change, &defaults);
	if (ret)
		return defaults_refused(&ctx->nl, ret, "setting");
	out_defaults(&ctx->out, &defaults);
	return STATUS_OK;
}

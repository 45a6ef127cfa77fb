// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "../defaults.h"
#include "../escape.h"
#include "../pool.h"
#include "../proc.h"
#include "../text.h"
#include "../vmemctl.h"
#include "apply.h"

static int apply_pool(struct vnl *nl, const char *name, uint64_t size,
		      const struct apply *apply)
{
	char text[RULES_TEXT_MAX], buf[SIZE_TEXT_MAX];
	struct pool pool;
	int ret;

	ret = pool_get(nl, name, &pool);
	/* A module without pools: the daemon keeps to them, see who_keeps(). */
	if (ret == -EOPNOTSUPP)
		return STATUS_OK;
	if (!ret && !pool.unlimited && (!apply->anew || pool.size == size))
		return STATUS_OK;
	if (!ret || ret == -ENOENT)
		ret = pool_set(nl, name, false, size, &pool);
	escape_text(text, sizeof(text), name);
	if (ret) {
		if (!apply->quiet)
			vnl_complain(nl, ret, "applying the rules to pool %s", text);
		return STATUS_REFUSED;
	}
	if (apply->file)
		fprintf(apply->file, "pool %s: size %s\n", text, size_format(buf, size));
	return STATUS_OK;
}

static int apply_pools(struct vnl *nl, const struct rules *rules, const struct apply *apply)
{
	struct host_memory host;
	int ret, status = STATUS_OK;
	uint64_t size;
	size_t i;

	proc_host_memory(&host);
	for (i = 0; i < rules->nr; i++) {
		const struct rule *rule = &rules->rules[i];

		if (rule->kind != RULE_POOL ||
		    !rules_pool_size(rules, rule->pattern, host.total, &size))
			continue;
		ret = apply_pool(nl, rule->pattern, size, apply);
		status = ret ? ret : status;
	}
	return status;
}

static uint64_t size_of(const struct rule *rule, uint64_t none)
{
	return rule && strcmp(rule->text, "none") ? rule->size.value : none;
}

static int apply_defaults(struct vnl *nl, const struct rules *rules, const struct apply *apply)
{
	const struct rule *limit = rules_host(rules, RULE_LIMIT);
	const struct rule *min = rules_host(rules, RULE_MIN);
	const struct rule *pool = rules_host(rules, RULE_IN_POOL);
	const struct rule *policy = rules_host(rules, RULE_POLICY);
	struct defaults defaults, change = {
		.present = DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_LIMIT) |
			   DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_MINIMUM) |
			   DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_POOL) |
			   DEFAULTS_BIT(VHOST_MEM_A_DEFAULTS_POLICY),
		.limit	 = size_of(limit, DEFAULTS_NONE),
		.minimum = size_of(min, 0),
		.policy	 = policy ? policy->number : VHOST_MEM_POLICY_DENY,
	};
	int ret;

	if (!limit && !min && !pool && !policy)
		return STATUS_OK;
	snprintf(change.pool, sizeof(change.pool), "%s", pool ? pool->text : RULES_POOL_DEFAULT);
	ret = defaults_set(nl, &change, &defaults);
	if (ret)
		return apply->quiet ? STATUS_REFUSED : defaults_refused(nl, ret, "setting");
	if (apply->file)
		text_defaults(apply->file, &defaults);
	return STATUS_OK;
}

int apply_host(struct vnl *nl, const struct rules *rules, struct apply *apply)
{
	int pools = apply->pools ? apply_pools(nl, rules, apply) : STATUS_OK;
	int defaults = apply->defaults ? apply_defaults(nl, rules, apply) : STATUS_OK;

	apply->pools = pools;
	apply->defaults = defaults;
	return defaults ? defaults : pools;
}

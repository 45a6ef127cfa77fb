// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "fleet.h"

/* Of the host's memory, so much is never given to VMs, unless a rule says so. */
#define KEEP_DIV	10
#define STEP_DIV	64

/* The arguments of decide(), for the regions of one pool. */
struct round {
	size_t *index;		/* in the list and in the fleet */
	struct vm_sample *vms;
	struct vm_state *states;
	struct decision *decisions;
	struct decide_room *room;
};

static void round_free(struct round *r)
{
	free(r->index);
	free(r->vms);
	free(r->states);
	free(r->decisions);
	decide_room_free(r->room);
}

static int round_init(struct round *r, size_t nr)
{
	nr = nr ? nr : 1;
	r->index = calloc(nr, sizeof(*r->index));
	r->vms = calloc(nr, sizeof(*r->vms));
	r->states = calloc(nr, sizeof(*r->states));
	r->decisions = calloc(nr, sizeof(*r->decisions));
	r->room = decide_room_new(nr);
	if (r->index && r->vms && r->states && r->decisions && r->room)
		return 0;
	round_free(r);
	return -ENOMEM;
}

static const char *pool_of(const struct member *member, const struct rules *rules)
{
	const struct rule *rule = member->found[RULE_IN_POOL];

	if (!rule)
		rule = rules_host(rules, RULE_IN_POOL);
	return rule ? rule->text : RULES_POOL_DEFAULT;
}

/* Members for exactly the regions of @list, with what is known of them. */
static int update_members(struct fleet *fleet, const struct region_list *list,
			  const struct rules *rules, int64_t now_ms)
{
	struct member *members = calloc(list->nr ? list->nr : 1, sizeof(*members));
	struct rule_facts facts;
	struct vm_sample vm;
	size_t i, part, old = 0;

	if (!members)
		return -ENOMEM;
	for (i = 0; i < list->nr; i++) {
		const struct region *region = &list->regions[i];

		while (old < fleet->nr && fleet->members[old].id < region->id)
			old++;
		if (old < fleet->nr && fleet->members[old].id == region->id) {
			members[i] = fleet->members[old];
			continue;
		}
		members[i] = (struct member){ .id = region->id, .said = DECIDE_KEEP };
		/* Of a known region this does not change but with its process. */
		rule_facts(&facts, "/proc", region->name, region->pid);
		rules_match(rules, &facts, members[i].found);
		for (part = 0; part < VM_RULE_PARTS; part++)
			members[i].left[part].any = !vm_rules_applied(region, members[i].found);
		vm_sample(&vm, region, members[i].found);
		vm_state_init(&members[i].state, &vm, now_ms,
			      region_has(region, VHOST_MEM_A_REGION_REQUESTED_AGO) ?
			      smaller(region->requested_ago, DECIDE_HOLD_MS) : DECIDE_HOLD_MS);
	}
	free(fleet->members);
	fleet->members = members;
	fleet->nr = list->nr;
	return 0;
}

/*
 * Without a rule, VMs may have what they have, as far as it is backed, and what is
 * available, but for a tenth of the host. What is plugged and not backed is no memory yet.
 * In steps, as both change all the time.
 */
static uint64_t host_pool(const struct region_list *list, const struct fleet_host *host)
{
	uint64_t pool = host->available;
	size_t i;

	for (i = 0; i < list->nr; i++)
		pool = plus(pool, list->regions[i].backed_size);
	pool = minus(pool, host->total / KEEP_DIV);
	return down(pool, host->total / STEP_DIV + 1);
}

static uint64_t pool_size(const char *pool, const struct region_list *list,
			  const struct rules *rules, const struct fleet_host *host)
{
	uint64_t size;

	if (host->pool && !strcmp(pool, RULES_POOL_DEFAULT))
		return host->pool;
	if (rules_pool_size(rules, pool, host->total, &size))
		return size;
	/* A pool that is nowhere given a size has none; rules_read() says so. */
	return strcmp(pool, RULES_POOL_DEFAULT) ? 0 : host_pool(list, host);
}

static void decide_pool(struct fleet *fleet, const struct region_list *list,
			const struct rules *rules, const struct fleet_host *host,
			const char *pool, bool *done, struct round *r, fleet_fn *fn, void *arg)
{
	struct decide_totals totals;
	struct sample sample = {
		.now_ms = host->now_ms, .pressure = host->pressure, .vms = r->vms,
		.pool = pool_size(pool, list, rules, host),
	};
	char line[DECIDE_TEXT_MAX];
	size_t i, n;

	for (i = 0; i < fleet->nr; i++) {
		if (done[i] || strcmp(pool_of(&fleet->members[i], rules), pool))
			continue;
		done[i] = true;
		r->index[sample.nr] = i;
		r->states[sample.nr] = fleet->members[i].state;
		vm_sample(&r->vms[sample.nr++], &list->regions[i], fleet->members[i].found);
	}
	decide(r->states, &sample, r->decisions, &totals, r->room);
	for (n = 0; n < sample.nr; n++) {
		i = r->index[n];
		fleet->members[i].state = r->states[n];
		decide_text(line, &sample, n, &r->states[n], &r->decisions[n]);
		fn(arg, &fleet->members[i], &list->regions[i], &r->decisions[n], line);
	}
}

int fleet_decide(struct fleet *fleet, const struct region_list *list,
		 const struct rules *rules, const struct fleet_host *host, fleet_fn *fn,
		 void *arg)
{
	struct round r = { 0 };
	bool *done;
	size_t i;
	int ret;

	ret = update_members(fleet, list, rules, host->now_ms);
	if (ret)
		return ret;
	ret = round_init(&r, list->nr);
	if (ret)
		return ret;
	done = calloc(list->nr ? list->nr : 1, sizeof(*done));
	for (i = 0; i < fleet->nr && done; i++) {
		if (!done[i])
			decide_pool(fleet, list, rules, host,
				    pool_of(&fleet->members[i], rules), done, &r, fn, arg);
	}
	ret = done ? 0 : -ENOMEM;
	free(done);
	round_free(&r);
	return ret;
}

void fleet_free(struct fleet *fleet)
{
	free(fleet->members);
	memset(fleet, 0, sizeof(*fleet));
}

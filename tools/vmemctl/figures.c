// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "figures.h"
#include "grow.h"
#include "region.h"

/* A dump is repeated if the list of regions changed meanwhile. */
#define DUMP_TRIES	16

/* Of a type that is newer than this program nothing is told. */
static void decode_type(struct figures *figures, struct nlattr *nest)
{
	struct requests requests = {};
	struct figures_type *type;
	struct nlattr *latency;
	size_t len;

	requests.present = attrs_decode_nested(&requests, requests_attrs, requests_policy,
					       VHOST_MEM_A_REQUESTS_MAX, nest);
	if (!requests.present || requests.type >= FIGURES_TYPES)
		return;
	type = &figures->types[requests.type];
	type->requests = requests;
	latency = nla_find(nla_data(nest), nla_len(nest), VHOST_MEM_A_REQUESTS_LATENCY);
	if (!latency)
		return;
	len = nla_len(latency);
	memcpy(type->latency, nla_data(latency),
	       len < sizeof(type->latency) ? len : sizeof(type->latency));
	type->has_latency = true;
}

int figures_decode(struct figures *figures, struct nlmsghdr *nlh)
{
	struct nlattr *nla;
	int rem;

	memset(figures, 0, sizeof(*figures));
	figures->stats.present = attrs_decode(&figures->stats, stats_attrs, stats_policy,
					      VHOST_MEM_A_STATS_MAX, nlh);
	if (!(figures->stats.present & 1ULL << VHOST_MEM_A_STATS_ID))
		return -EBADMSG;
	nla_for_each_attr(nla, genlmsg_attrdata(genlmsg_hdr(nlh), 0),
			  genlmsg_attrlen(genlmsg_hdr(nlh), 0), rem) {
		if (nla_type(nla) == VHOST_MEM_A_STATS_TYPES)
			decode_type(figures, nla);
	}
	return 0;
}

static int add_reply(struct nlmsghdr *nlh, void *arg)
{
	struct figures_list *list = arg;
	struct figures *figures;
	int ret;

	figures = grow(list->figures, list->nr, sizeof(*figures));
	if (!figures)
		return -ENOMEM;
	list->figures = figures;
	ret = figures_decode(&figures[list->nr], nlh);
	if (!ret)
		list->nr++;
	return ret;
}

static int compare_id(const void *a, const void *b)
{
	const struct figures *x = a, *y = b;

	return (x->stats.id > y->stats.id) - (x->stats.id < y->stats.id);
}

int vnl_figures_dump(struct vnl *nl, struct figures_list *list)
{
	bool interrupted = true;
	struct nl_msg *msg;
	int tries, ret = 0;

	memset(list, 0, sizeof(*list));
	for (tries = 0; tries < DUMP_TRIES && !ret && interrupted; tries++) {
		figures_list_free(list);
		msg = vnl_message(nl, VHOST_MEM_CMD_STATS_GET, NLM_F_DUMP);
		ret = msg ? vnl_talk(nl, msg, add_reply, list, &interrupted) : -ENOMEM;
	}
	if (!ret && interrupted) {
		snprintf(nl->text, sizeof(nl->text), "the list keeps changing; try again");
		ret = -EAGAIN;
	}
	if (ret)
		figures_list_free(list);
	else if (list->nr)
		qsort(list->figures, list->nr, sizeof(*list->figures), compare_id);
	return ret;
}

const struct figures *figures_find(const struct figures_list *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (list->figures[i].stats.id == id)
			return &list->figures[i];
	}
	return NULL;
}

void figures_list_free(struct figures_list *list)
{
	free(list->figures);
	list->figures = NULL;
	list->nr = 0;
}

static void subtract(void *now, const void *before, const struct attr *attrs, int max)
{
	int i;

	for (i = 1; i <= max; i++) {
		if (attrs[i].kind == ATTR_COUNT)
			*(uint64_t *)((char *)now + attrs[i].offset) -=
				region_u64(before, &attrs[i]);
	}
}

void figures_subtract(struct figures *now, const struct figures *before)
{
	size_t t, i;

	if (!before)
		return;
	subtract(&now->stats, &before->stats, stats_attrs, VHOST_MEM_A_STATS_MAX);
	for (t = 0; t < FIGURES_TYPES; t++) {
		subtract(&now->types[t].requests, &before->types[t].requests, requests_attrs,
			 VHOST_MEM_A_REQUESTS_MAX);
		for (i = 0; i < VHOST_MEM_LATENCY_BUCKETS; i++)
			now->types[t].latency[i] -= before->types[t].latency[i];
	}
}

static uint64_t in_bucket(const struct figures *figures, size_t i)
{
	return figures->types[VHOST_MEM_REQUEST_TYPE_PLUG].latency[i] +
	       figures->types[VHOST_MEM_REQUEST_TYPE_UNPLUG].latency[i];
}

uint64_t figures_latency(const struct figures *figures, unsigned int percent)
{
	uint64_t all = 0, seen = 0;
	size_t i;

	for (i = 0; i < VHOST_MEM_LATENCY_BUCKETS; i++)
		all += in_bucket(figures, i);
	if (!all)
		return 0;
	for (i = 0; i + 1 < VHOST_MEM_LATENCY_BUCKETS; i++) {
		seen += in_bucket(figures, i);
		/* Of few requests: the slowest one counts. */
		if ((double)seen * 100 >= (double)all * percent)
			return 1ULL << i;
	}
	return UINT64_MAX;
}

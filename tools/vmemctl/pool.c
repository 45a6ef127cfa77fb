// SPDX-License-Identifier: GPL-2.0
/* The commands for pools: pool, pool set, pool add, pool del, pool move. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "command.h"
#include "escape.h"
#include "grow.h"
#include "pool.h"
#include "proc.h"
#include "region.h"

#define CELL_MAX	(REGION_STRING_MAX * 4)

static bool has(const struct pool *pool, int attr)
{
	return pool->present & 1ULL << attr;
}

static int decode(struct pool *pool, struct nlmsghdr *nlh)
{
	memset(pool, 0, sizeof(*pool));
	pool->present = attrs_decode(pool, pool_attrs, pool_policy, VHOST_MEM_A_POOL_MAX,
				     nlh);
	pool->unlimited = !has(pool, VHOST_MEM_A_POOL_SIZE);
	return has(pool, VHOST_MEM_A_POOL_NAME) && has(pool, VHOST_MEM_A_POOL_CHARGED) ?
	       0 : -EBADMSG;
}

static int take_pool(struct nlmsghdr *nlh, void *arg)
{
	return decode(arg, nlh);
}

static int add_pool(struct nlmsghdr *nlh, void *arg)
{
	struct pool_list *list = arg;
	struct pool *pools;

	pools = grow(list->pools, list->nr, sizeof(*pools));
	if (!pools)
		return -ENOMEM;
	list->pools = pools;
	if (decode(&pools[list->nr], nlh))
		return -EBADMSG;
	list->nr++;
	return 0;
}

static struct nl_msg *message(struct vnl *nl, int cmd, const char *name)
{
	struct nl_msg *msg = vnl_message(nl, cmd, 0);

	if (msg && nla_put_string(msg, VHOST_MEM_A_POOL_NAME, name) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int pool_get(struct vnl *nl, const char *name, struct pool *pool)
{
	struct nl_msg *msg = message(nl, VHOST_MEM_CMD_POOL_GET, name);

	return msg ? vnl_talk(nl, msg, take_pool, pool, NULL) : -ENOMEM;
}

int pool_set(struct vnl *nl, const char *name, bool unlimited, uint64_t size,
	     struct pool *pool)
{
	struct nl_msg *msg = message(nl, VHOST_MEM_CMD_POOL_SET, name);

	if (msg && (unlimited ? nla_put_flag(msg, VHOST_MEM_A_POOL_UNLIMITED) :
				nla_put_u64(msg, VHOST_MEM_A_POOL_SIZE, size)) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg ? vnl_talk(nl, msg, take_pool, pool, NULL) : -ENOMEM;
}

int pool_dump(struct vnl *nl, struct pool_list *list)
{
	struct nl_msg *msg = vnl_message(nl, VHOST_MEM_CMD_POOL_GET, NLM_F_DUMP);
	int ret;

	memset(list, 0, sizeof(*list));
	ret = msg ? vnl_talk(nl, msg, add_pool, list, NULL) : -ENOMEM;
	if (ret)
		pool_list_free(list);
	return ret;
}

void pool_list_free(struct pool_list *list)
{
	free(list->pools);
	memset(list, 0, sizeof(*list));
}

static void json_pool(FILE *file, const struct pool *pool)
{
	char name[REGION_STRING_MAX * ESCAPE_JSON_GROWTH + 1];

	escape_json(name, sizeof(name), pool->name, strlen(pool->name));
	fprintf(file, "\"%s\":", name);
	out_json_object(file, pool, pool->present, pool_attrs, VHOST_MEM_A_POOL_MAX);
}

static void json_pools(FILE *file, const struct pool *pools, size_t nr)
{
	struct host_memory host;
	size_t i;

	proc_host_memory(&host);
	fputs("{\"pool\":{", file);
	for (i = 0; i < nr; i++) {
		fputs(i ? "," : "", file);
		json_pool(file, &pools[i]);
	}
	fprintf(file, "},\"host\":{\"total\":%" PRIu64 ",\"available\":%" PRIu64 "}}\n",
		host.total, host.available);
}

static char *size_text(char *buf, const struct pool *pool)
{
	if (pool->unlimited)
		snprintf(buf, SIZE_TEXT_MAX, "none");
	else
		size_format(buf, pool->size);
	return buf;
}

/* What is neither charged nor kept for somebody. */
static char *free_text(char *buf, const struct pool *pool)
{
	uint64_t taken = pool->charged + pool->earmarked;

	if (pool->unlimited)
		snprintf(buf, SIZE_TEXT_MAX, "-");
	else
		size_format(buf, pool->size > taken ? pool->size - taken : 0);
	return buf;
}

static void text_pools(FILE *file, const struct pool_list *list)
{
	char size[SIZE_TEXT_MAX], charged[SIZE_TEXT_MAX], reserved[SIZE_TEXT_MAX];
	char rest[SIZE_TEXT_MAX], over[SIZE_TEXT_MAX], name[CELL_MAX];
	struct host_memory host;
	size_t i;

	fprintf(file, "%-16s  %10s  %10s  %10s  %10s  %10s  %7s  %7s\n", "NAME", "SIZE",
		"CHARGED", "RESERVED", "FREE", "OVER", "REGIONS", "WAITING");
	for (i = 0; i < list->nr; i++) {
		const struct pool *pool = &list->pools[i];

		fprintf(file, "%-16s  %10s  %10s  %10s  %10s  %10s  %7u  %7u\n",
			escape_text(name, sizeof(name), pool->name),
			size_text(size, pool), size_format(charged, pool->charged),
			size_format(reserved, pool->reserved), free_text(rest, pool),
			pool->over ? size_format(over, pool->over) : "-",
			pool->regions, pool->waiting);
	}
	/* A pool is a promise only where the memory is there. */
	proc_host_memory(&host);
	if (host.total)
		fprintf(file, "The host has %s available, of %s.\n",
			size_format(size, host.available),
			size_format(rest, host.total));
}

int cmd_pool(struct context *ctx)
{
	struct pool_list list;
	int ret;

	ret = pool_dump(&ctx->nl, &list);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "listing the pools");
		return STATUS_REFUSED;
	}
	if (ctx->out.json)
		json_pools(ctx->out.file, list.pools, list.nr);
	else
		text_pools(ctx->out.file, &list);
	pool_list_free(&list);
	return STATUS_OK;
}

static int refused(const struct vnl *nl, int ret, const char *doing, const char *name)
{
	char text[CELL_MAX];

	return vnl_refused(nl, ret, "%s pool %s", doing, escape_text(text, sizeof(text), name));
}

/* Looks for the pool of the command line; it may be missing, if it has to be. */
static int look_for(struct context *ctx, bool wanted, struct pool *pool)
{
	const char *name = ctx->cl->pool;
	int ret = pool_get(&ctx->nl, name, pool);

	if (ret && ret != -ENOENT)
		return refused(&ctx->nl, ret, "getting", name);
	if (!ret == wanted)
		return STATUS_OK;
	if (wanted)
		error("no pool \"%s\"; see 'vmemctl pool', and 'vmemctl pool add'", name);
	else
		error("there is a pool \"%s\" already; see 'vmemctl pool set'", name);
	return STATUS_USAGE;
}

/* The size that the command line means, in bytes, or that there is none. */
static int wanted_size(const struct size_arg *arg, bool *unlimited, uint64_t *size)
{
	struct host_memory host;

	*unlimited = !strcmp(arg->text, "none");
	*size = arg->value;
	if (*unlimited || arg->kind == SIZE_ABSOLUTE)
		return STATUS_OK;
	proc_host_memory(&host);
	if (!host.total) {
		error("/proc/meminfo is not known, so \"%s\" of it is not", arg->text);
		return STATUS_REFUSED;
	}
	*size = host.total / 100 * arg->value;
	return STATUS_OK;
}

static int set_size(struct context *ctx, const char *doing)
{
	const char *name = ctx->cl->pool;
	struct pool pool;
	bool unlimited;
	uint64_t size;
	int ret;

	ret = wanted_size(&ctx->cl->size, &unlimited, &size);
	if (ret)
		return ret;
	ret = pool_set(&ctx->nl, name, unlimited, size, &pool);
	if (ret)
		return refused(&ctx->nl, ret, doing, name);
	if (ctx->out.json) {
		json_pools(ctx->out.file, &pool, 1);
	} else {
		char text[CELL_MAX], a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX], c[SIZE_TEXT_MAX];

		fprintf(ctx->out.file, "%s: size %s, %s charged, %s reserved",
			escape_text(text, sizeof(text), pool.name), size_text(a, &pool),
			size_format(b, pool.charged), size_format(c, pool.reserved));
		if (pool.over)
			fprintf(ctx->out.file, "; over by %s: nothing more is charged",
				size_format(a, pool.over));
		fputc('\n', ctx->out.file);
	}
	return STATUS_OK;
}

int cmd_pool_set(struct context *ctx)
{
	struct pool pool;
	int ret = look_for(ctx, true, &pool);

	return ret ? ret : set_size(ctx, "setting the size of");
}

int cmd_pool_add(struct context *ctx)
{
	struct pool pool;
	int ret = look_for(ctx, false, &pool);

	return ret ? ret : set_size(ctx, "adding");
}

int cmd_pool_del(struct context *ctx)
{
	const char *name = ctx->cl->pool;
	struct nl_msg *msg;
	struct pool pool;
	int ret;

	ret = look_for(ctx, true, &pool);
	if (ret)
		return ret;
	msg = message(&ctx->nl, VHOST_MEM_CMD_POOL_DEL, name);
	ret = msg ? vnl_talk(&ctx->nl, msg, NULL, NULL, NULL) : -ENOMEM;
	if (ret)
		return refused(&ctx->nl, ret, "deleting", name);
	if (ctx->out.json)
		json_pools(ctx->out.file, &pool, 0);
	else
		fprintf(ctx->out.file, "%s: deleted\n", pool.name);
	return STATUS_OK;
}

int cmd_pool_move(struct context *ctx)
{
	struct region region, change;
	struct pool pool;
	int ret;

	ret = select_region(&ctx->nl, ctx->cl->id, &region);
	if (ret)
		return ret;
	if (!region_has(&region, VHOST_MEM_A_REGION_POOL))
		return not_supported(&region, "pools");
	ret = look_for(ctx, true, &pool);
	if (ret)
		return ret;
	change = (struct region){
		.present = REGION_BIT(VHOST_MEM_A_REGION_ID) |
			   REGION_BIT(VHOST_MEM_A_REGION_POOL),
		.id	 = region.id,
	};
	snprintf(change.pool, sizeof(change.pool), "%s", pool.name);
	ret = vnl_set(&ctx->nl, &change, &region);
	if (ret)
		return change_failed(&ctx->nl, ret, &region, "moving", "");
	share_print(&ctx->out, &region);
	return STATUS_OK;
}

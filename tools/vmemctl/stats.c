// SPDX-License-Identifier: GPL-2.0
/*
 * The command stats, in the manner of zpool iostat: what guests have requested, in all or
 * in each interval.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "escape.h"
#include "figures.h"

/* The head of the table is repeated after so many lines. */
#define HEAD_EVERY	20

#define CELL_MAX	24

/* What the words of the command line mean. */
struct asked {
	const char *id;		/* NULL: all regions */
	int64_t interval_ms;	/* 0: once, in all */
	unsigned long count;	/* 0: until it is stopped */
};

struct printing {
	struct context *ctx;
	unsigned int lines;
	double seconds;		/* between the figures; 0: they are sums */
};

/* "5s", but not "5", which is the number of a region. */
static bool is_interval(const char *word)
{
	int64_t ms;

	return word[strspn(word, "0123456789")] && !time_parse(word, &ms);
}

static int parse(const char *const *words, struct asked *asked)
{
	char *end;

	*asked = (struct asked){};
	if (*words && !is_interval(*words))
		asked->id = *words++;
	if (!*words)
		return STATUS_OK;
	if (time_parse(*words, &asked->interval_ms) || asked->interval_ms <= 0) {
		error("invalid interval \"%s\": use seconds, or a number with ms, s, m or h", *words);
		return STATUS_USAGE;
	}
	if (!*++words)
		return STATUS_OK;
	asked->count = strtoul(*words, &end, 10);
	if (!asked->count || *end || **words == '-') {
		error("invalid count \"%s\": use a number from 1", *words);
		return STATUS_USAGE;
	}
	if (!words[1])
		return STATUS_OK;
	error("unexpected argument \"%s\"", words[1]);
	return STATUS_USAGE;
}

/* A count, or how many a second. */
static char *cell(char *buf, const struct printing *p, uint64_t count)
{
	double rate;

	if (!p->seconds) {
		snprintf(buf, CELL_MAX, "%" PRIu64, count);
		return buf;
	}
	rate = count / p->seconds;
	snprintf(buf, CELL_MAX, rate && rate < 9.95 ? "%.1f" : "%.0f", rate);
	return buf;
}

static char *latency_cell(char *buf, const struct figures *figures, unsigned int percent)
{
	uint64_t us = figures_latency(figures, percent);

	if (!us)
		strcpy(buf, "-");
	else if (us == UINT64_MAX)
		strcpy(buf, ">16s");
	else if (us < 1000)
		snprintf(buf, CELL_MAX, "<%" PRIu64 "us", us);
	else if (us < 1000000)
		snprintf(buf, CELL_MAX, "<%" PRIu64 "ms", (us + 999) / 1000);
	else
		snprintf(buf, CELL_MAX, "<%" PRIu64 "s", (us + 999999) / 1000000);
	return buf;
}

static uint64_t responses(const struct figures *figures, int attr)
{
	uint64_t sum = 0;
	size_t t;

	for (t = 0; t < FIGURES_TYPES; t++)
		sum += region_u64(&figures->types[t].requests, &requests_attrs[attr]);
	return sum;
}

static uint64_t of_type(const struct figures *figures, int t)
{
	const struct requests *requests = &figures->types[t].requests;

	return requests->ack + requests->nack + requests->busy + requests->error;
}

/* "pinned 3, pool 1" */
static void print_reasons(const struct printing *p, const struct figures *figures)
{
	static const char prefix[] = "busy-";
	const char *separator = " ";
	char buf[CELL_MAX];
	uint64_t count;
	int i;

	for (i = 1; i <= VHOST_MEM_A_STATS_MAX; i++) {
		if (!stats_attrs[i].name || strncmp(stats_attrs[i].name, prefix, strlen(prefix)))
			continue;
		count = region_u64(&figures->stats, &stats_attrs[i]);
		if (!count)
			continue;
		fprintf(p->ctx->out.file, "%s%s %s", separator,
			stats_attrs[i].name + strlen(prefix), cell(buf, p, count));
		separator = ", ";
	}
}

static void print_line(struct printing *p, const struct figures *figures)
{
	char name[REGION_STRING_MAX], c[10][CELL_MAX];
	uint64_t plug = of_type(figures, VHOST_MEM_REQUEST_TYPE_PLUG);
	uint64_t unplug = of_type(figures, VHOST_MEM_REQUEST_TYPE_UNPLUG) +
			  of_type(figures, VHOST_MEM_REQUEST_TYPE_UNPLUG_ALL);

	if (p->lines++ % HEAD_EVERY == 0)
		fputs("  ID NAME             PLUG UNPLUG  OTHER   NACK   BUSY  ERROR    IRQ   WAKE    P50    P99 BUSY AS\n",
		      p->ctx->out.file);
	escape_text(name, sizeof(name), figures->stats.name);
	fprintf(p->ctx->out.file, "%4u %-14.14s %6s %6s %6s %6s %6s %6s %6s %6s %6s %6s",
		figures->stats.id, name, cell(c[0], p, plug), cell(c[1], p, unplug),
		cell(c[2], p, figures->stats.requests - plug - unplug),
		cell(c[3], p, responses(figures, VHOST_MEM_A_REQUESTS_NACK)),
		cell(c[4], p, responses(figures, VHOST_MEM_A_REQUESTS_BUSY)),
		cell(c[5], p, responses(figures, VHOST_MEM_A_REQUESTS_ERROR)),
		cell(c[6], p, figures->stats.interrupts),
		cell(c[7], p, figures->stats.wakes),
		latency_cell(c[8], figures, 50), latency_cell(c[9], figures, 99));
	print_reasons(p, figures);
	fputc('\n', p->ctx->out.file);
}

static void json_type(FILE *file, const struct figures_type *type)
{
	const struct requests *requests = &type->requests;
	size_t i;

	fprintf(file, "{\"ack\":%" PRIu64 ",\"nack\":%" PRIu64 ",\"busy\":%" PRIu64
		",\"error\":%" PRIu64, requests->ack, requests->nack, requests->busy,
		requests->error);
	for (i = 0; i < VHOST_MEM_LATENCY_BUCKETS && type->has_latency; i++)
		fprintf(file, "%s%" PRIu64, i ? "," : ",\"latency\":[", type->latency[i]);
	fputs(type->has_latency ? "]}" : "}", file);
}

/* Counts since the regions were created, whatever the interval is. */
static void json(FILE *file, const struct figures_list *list, uint32_t id)
{
	const struct figures *figures;
	const char *separator = "";
	size_t i, t;
	bool first;

	fputs("{\"stats\":{", file);
	for (i = 0; i < list->nr; i++) {
		figures = &list->figures[i];
		if (id && figures->stats.id != id)
			continue;
		fprintf(file, "%s\"%u\":{\"counts\":", separator, figures->stats.id);
		out_json_object(file, &figures->stats, figures->stats.present, stats_attrs,
				VHOST_MEM_A_STATS_MAX);
		fputs(",\"types\":{", file);
		for (t = 0, first = true; t < FIGURES_TYPES; t++) {
			if (!figures->types[t].requests.present)
				continue;
			fprintf(file, "%s\"%s\":", first ? "" : ",",
				attr_enum_name(&requests_attrs[VHOST_MEM_A_REQUESTS_TYPE], t));
			json_type(file, &figures->types[t]);
			first = false;
		}
		fputs("}}", file);
		separator = ",";
	}
	fputs("}}\n", file);
}

static void print_all(struct printing *p, const struct figures_list *list,
		      const struct figures_list *before, uint32_t id)
{
	struct figures figures;
	size_t i;

	if (p->ctx->out.json) {
		json(p->ctx->out.file, list, id);
		return;
	}
	for (i = 0; i < list->nr; i++) {
		figures = list->figures[i];
		if (id && figures.stats.id != id)
			continue;
		figures_subtract(&figures, figures_find(before, figures.stats.id));
		print_line(p, &figures);
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int dump(struct context *ctx, struct figures_list *list)
{
	int ret = vnl_figures_dump(&ctx->nl, list);

	if (ret == -EOPNOTSUPP)
		error("this version of the vhost_mem module does not support figures");
	else if (ret)
		vnl_complain(&ctx->nl, ret, "reading the figures");
	return ret ? STATUS_REFUSED : STATUS_OK;
}

int cmd_stats(struct context *ctx)
{
	struct figures_list list = {}, before = {};
	struct printing p = { .ctx = ctx };
	struct timespec pause;
	struct region region;
	double last = 0, time;
	struct asked asked;
	unsigned long n;
	uint32_t id = 0;
	int ret;

	ret = parse(ctx->cl->words, &asked);
	if (!ret && asked.id) {
		ret = select_region(&ctx->nl, asked.id, &region);
		id = region.id;
	}
	pause.tv_sec = asked.interval_ms / 1000;
	pause.tv_nsec = asked.interval_ms % 1000 * 1000000L;
	/* The first figures of an interval are those before it. */
	for (n = 0; !ret; n++) {
		ret = dump(ctx, &list);
		if (ret)
			break;
		if (id && !figures_find(&list, id)) {
			error("%s: the region is gone", asked.id);
			ret = STATUS_GONE;
			break;
		}
		time = now();
		p.seconds = n ? time - last : 0;
		if (n || !asked.interval_ms)
			print_all(&p, &list, &before, id);
		if (!asked.interval_ms || (asked.count && n == asked.count) ||
		    out_flush(&ctx->out))
			break;
		figures_list_free(&before);
		before = list;
		list = (struct figures_list){};
		last = time;
		nanosleep(&pause, NULL);
	}
	figures_list_free(&list);
	figures_list_free(&before);
	return ret;
}

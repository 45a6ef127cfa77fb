// SPDX-License-Identifier: GPL-2.0
/*
 * The command metrics: what Prometheus reads, in its text format or as OpenMetrics.
 *
 * For node_exporter's textfile collector the file is replaced as a whole, and has no
 * timestamps, which the collector refuses. All of it is made before the file is
 * touched: if the kernel does not answer, the old one stays, and its age is a metric of
 * node_exporter's.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "escape.h"
#include "explain.h"
#include "figures.h"
#include "rows.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define PREFIX		"vhost_mem_region"
#define LABEL_MAX	(REGION_STRING_MAX * ESCAPE_LABEL_GROWTH + 1)

struct printer {
	FILE *file;
	bool openmetrics;
	const struct rows *rows;
	const struct figures_list *figures;
};

/* Metrics that are the value of one attribute. */
static const struct {
	int attr;
	const char *name;	/* behind PREFIX */
	const char *type;
	const char *help;
} values[] = {
	{ VHOST_MEM_A_REGION_SIZE, "_max_bytes", "gauge",
	  "Size of the whole region." },
	{ VHOST_MEM_A_REGION_LIMIT, "_limit_bytes", "gauge",
	  "What can be requested at most; the whole region without a limit." },
	{ VHOST_MEM_A_REGION_REQUESTED_SIZE, "_requested_bytes", "gauge",
	  "What the guest is requested to have plugged." },
	{ VHOST_MEM_A_REGION_PLUGGED_SIZE, "_plugged_bytes", "gauge",
	  "What the guest has plugged." },
	{ VHOST_MEM_A_REGION_BACKED_SIZE, "_backed_bytes", "gauge",
	  "Memory and swap of the host behind plugged blocks." },
	{ VHOST_MEM_A_REGION_LIMBO_SIZE, "_limbo_bytes", "gauge",
	  "Memory that was unplugged, and that is not free yet." },
	{ VHOST_MEM_A_REGION_BLOCK_SIZE, "_block_bytes", "gauge",
	  "Size of a device block." },
	{ VHOST_MEM_A_REGION_PROPOSED_SIZE, "_proposed_bytes", "gauge",
	  "Requested size that the guest proposed last; the guest's word." },
	{ VHOST_MEM_A_REGION_GUEST_RECLAIMABLE, "_guest_reclaimable_bytes", "gauge",
	  "What the guest could give back now; the guest's word." },
	{ VHOST_MEM_A_REGION_REQUESTS, "_requests", "counter",
	  "Requests of the guest since the region was created." },
	{ VHOST_MEM_A_REGION_REFUSED_FAULTS, "_refused_accesses", "counter",
	  "Refused accesses to unplugged blocks since the region was created." },
};

/* Metrics with one series for each value, of which one is 1. */
static const struct {
	int attr;
	const char *name;	/* behind PREFIX "_"; also that of the label */
	const char *help;
} enums[] = {
	{ VHOST_MEM_A_REGION_STATE, "state",
	  "1 for the state that the region is in, 0 for the others." },
	{ VHOST_MEM_A_REGION_PROGRESS, "progress",
	  "1 for done, or for the reason why a resize is not; 0 for the others." },
};

static bool has_ending(const char *text, const char *ending)
{
	size_t len = strlen(text), n = strlen(ending);

	return len >= n && !strcmp(text + len - n, ending);
}

/*
 * @name: of the samples, without what the type adds. OpenMetrics names a family without
 * that, and has more types.
 */
static void print_head(const struct printer *p, const char *name, const char *type,
		       const char *help)
{
	const char *suffix = "";

	if (!p->openmetrics && !strcmp(type, "counter"))
		suffix = "_total";
	if (!p->openmetrics && !strcmp(type, "info")) {
		suffix = "_info";
		type = "gauge";
	}
	fprintf(p->file, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name,
		suffix, type);
	if (p->openmetrics && has_ending(name, "_bytes"))
		fprintf(p->file, "# UNIT %s bytes\n", name);
}

static void print_label(const struct printer *p, const char *separator, const char *label,
			const char *value)
{
	char buf[LABEL_MAX];

	fprintf(p->file, "%s%s=\"%s\"", separator, label,
		escape_label(buf, sizeof(buf), value));
}

/* The name of a sample, and the labels that all have, up to the closing bracket. */
static void print_sample(const struct printer *p, const char *name,
			 const struct region *region)
{
	fprintf(p->file, "%s{id=\"%u\"", name, region->id);
	print_label(p, ",", "name", region->name);
}

static void print_info(const struct printer *p)
{
	const struct row *row;
	size_t i;

	print_head(p, PREFIX, "info",
		   "A region, and who runs its VMM. VMMs choose names, users units.");
	for (i = 0; i < p->rows->nr; i++) {
		row = &p->rows->rows[i];
		print_sample(p, PREFIX "_info", &row->region);
		fprintf(p->file, ",pid=\"%u\"", row->region.pid);
		print_label(p, ",", "comm", row->region.comm);
		print_label(p, ",", "user", row->vmm.user);
		print_label(p, ",", "unit", row->vmm.unit);
		if (region_has(&row->region, VHOST_MEM_A_REGION_NODE))
			fprintf(p->file, ",node=\"%u\"", row->region.node);
		fputs("} 1\n", p->file);
	}
}

static void print_value(const struct printer *p, size_t v)
{
	const struct attr *attr = &region_attrs[values[v].attr];
	const struct region *region;
	char name[64];
	size_t i;

	snprintf(name, sizeof(name), PREFIX "%s", values[v].name);
	print_head(p, name, values[v].type, values[v].help);
	if (!strcmp(values[v].type, "counter"))
		strcat(name, "_total");
	for (i = 0; i < p->rows->nr; i++) {
		region = &p->rows->rows[i].region;
		if (!region_has(region, values[v].attr))
			continue;
		print_sample(p, name, region);
		fprintf(p->file, "} %" PRIu64 "\n", region_u64(region, attr));
	}
}

/* A value that is newer than this program is "unknown". */
static void print_enum_of(const struct printer *p, size_t e, const char *name,
			  const struct region *region)
{
	const struct attr *attr = &region_attrs[enums[e].attr];
	uint32_t value = region_u32(region, attr);
	size_t i;

	for (i = 0; i <= attr->nr_values; i++) {
		print_sample(p, name, region);
		print_label(p, ",", enums[e].name,
			    i < attr->nr_values ? attr->values[i] : "unknown");
		fprintf(p->file, "} %d\n",
			i < attr->nr_values ? value == i : value >= attr->nr_values);
	}
}

static void print_enum(const struct printer *p, size_t e)
{
	const struct region *region;
	char name[64];
	size_t i;

	snprintf(name, sizeof(name), PREFIX "_%s", enums[e].name);
	print_head(p, name, "gauge", enums[e].help);
	for (i = 0; i < p->rows->nr; i++) {
		region = &p->rows->rows[i].region;
		if (region_has(region, enums[e].attr))
			print_enum_of(p, e, name, region);
	}
}

static void print_limit_binds(const struct printer *p)
{
	static const char name[] = PREFIX "_limit_binds";
	const struct region *region;
	size_t i;

	print_head(p, name, "gauge",
		   "1 if no more can be requested, or the guest has proposed more, than the limit.");
	for (i = 0; i < p->rows->nr; i++) {
		region = &p->rows->rows[i].region;
		if (!region_has(region, VHOST_MEM_A_REGION_LIMIT))
			continue;
		print_sample(p, name, region);
		fprintf(p->file, "} %d\n", limit_binds(region));
	}
}

static void print_requests_of(const struct printer *p, const struct region *region,
			      const struct figures *figures)
{
	static const int responses[] = {
		VHOST_MEM_A_REQUESTS_ACK, VHOST_MEM_A_REQUESTS_NACK,
		VHOST_MEM_A_REQUESTS_BUSY, VHOST_MEM_A_REQUESTS_ERROR,
	};
	const struct attr *type = &requests_attrs[VHOST_MEM_A_REQUESTS_TYPE], *attr;
	size_t t, i;

	for (t = 0; t < FIGURES_TYPES; t++) {
		if (!figures->types[t].requests.present)
			continue;
		for (i = 0; i < ARRAY_SIZE(responses); i++) {
			attr = &requests_attrs[responses[i]];
			print_sample(p, "vhost_mem_requests_total", region);
			print_label(p, ",", "type", attr_enum_name(type, t));
			print_label(p, ",", "response", attr->name);
			fprintf(p->file, "} %" PRIu64 "\n",
				region_u64(&figures->types[t].requests, attr));
		}
	}
}

static void print_requests(const struct printer *p)
{
	const struct figures *figures;
	size_t i;

	if (!p->figures->nr)
		return;
	print_head(p, "vhost_mem_requests", "counter",
		   "Requests of the guest since the region was created, by type and response.");
	for (i = 0; i < p->rows->nr; i++) {
		figures = figures_find(p->figures, p->rows->rows[i].region.id);
		if (figures)
			print_requests_of(p, &p->rows->rows[i].region, figures);
	}
}

static void print_metrics(const struct printer *p)
{
	size_t i;

	print_head(p, "vhost_mem_regions", "gauge", "Number of regions.");
	fprintf(p->file, "vhost_mem_regions %zu\n", p->rows->nr);
	print_info(p);
	for (i = 0; i < ARRAY_SIZE(values); i++)
		print_value(p, i);
	for (i = 0; i < ARRAY_SIZE(enums); i++)
		print_enum(p, i);
	print_limit_binds(p);
	print_requests(p);
	if (p->openmetrics)
		fputs("# EOF\n", p->file);
}

/* Returns 0 or -errno. */
static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= n;
		}
	}
	return 0;
}

/* The collector reads files whose names end in .prom: not this one. */
static int replace_file(const char *path, const char *text, size_t len)
{
	char *temporary;
	int fd, ret;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		free(temporary);
		return ret;
	}
	ret = write_all(fd, text, len);
	if (!ret && fchmod(fd, 0644))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (ret)
		unlink(temporary);
	free(temporary);
	return ret;
}

static int write_textfile(struct printer *p, const char *path)
{
	char *text = NULL;
	size_t len;
	int ret;

	p->file = open_memstream(&text, &len);
	if (!p->file) {
		error("%s", strerror(ENOMEM));
		return STATUS_REFUSED;
	}
	print_metrics(p);
	ret = ferror(p->file) ? -ENOMEM : 0;
	if (fclose(p->file) && !ret)
		ret = -ENOMEM;
	if (!ret)
		ret = replace_file(path, text, len);
	free(text);
	if (!ret)
		return STATUS_OK;
	error("writing \"%s\": %s", path, strerror(-ret));
	return STATUS_REFUSED;
}

int cmd_metrics(struct context *ctx)
{
	struct printer p = {
		.file		= ctx->out.file,
		.openmetrics	= ctx->cl->output.openmetrics,
	};
	struct figures_list figures;
	struct rows rows;
	int ret;

	ret = read_rows(ctx, &rows, true);
	if (ret)
		return ret;
	ret = vnl_figures_dump(&ctx->nl, &figures);
	/* There are none in an older module. */
	if (ret && ret != -EOPNOTSUPP) {
		vnl_complain(&ctx->nl, ret, "reading the figures");
		rows_free(&rows);
		return STATUS_REFUSED;
	}
	p.rows = &rows;
	p.figures = &figures;
	ret = STATUS_OK;
	if (ctx->cl->output.textfile)
		ret = write_textfile(&p, ctx->cl->output.textfile);
	else
		print_metrics(&p);
	figures_list_free(&figures);
	rows_free(&rows);
	return ret;
}

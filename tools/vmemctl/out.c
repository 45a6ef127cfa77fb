// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "escape.h"
#include "out.h"
#include "text.h"
#include "vmemctl.h"

/* 0: as wide as is needed. */
static unsigned int find_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	long n;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		return ws.ws_col;
	n = columns ? strtol(columns, NULL, 10) : 0;
	return n > 0 && n < 100000 ? n : 0;
}

static bool wants_color(const char *color)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (!strcmp(color, "auto"))
		return isatty(STDOUT_FILENO) && !(none && *none) &&
		       term && strcmp(term, "dumb");
	return !strcmp(color, "always");
}

void out_open(struct out *out, bool json, const char *color)
{
	*out = (struct out){
		.file	= stdout,
		.json	= json,
		.style	= {
			.width	= find_width(),
			.utf8	= isatty(STDOUT_FILENO) &&
				  !strcmp(nl_langinfo(CODESET), "UTF-8"),
			.color	= wants_color(color),
		},
	};
}

int out_flush(struct out *out)
{
	errno = 0;
	if ((fflush(out->file) || ferror(out->file)) && !out->error)
		out->error = errno ? errno : EIO;
	return -out->error;
}

int out_close(struct out *out, int status)
{
	int ret = out_flush(out);

	if (!ret || out->unread)
		return status;
	error("writing the output: %s", strerror(-ret));
	return STATUS_REFUSED;
}

static void json_string(FILE *file, const char *text)
{
	char buf[REGION_STRING_MAX * ESCAPE_JSON_GROWTH + 1];

	fprintf(file, "\"%s\"", escape_json(buf, sizeof(buf), text,
					    strnlen(text, REGION_STRING_MAX)));
}

static void json_value(FILE *file, const void *region, const struct attr *attr)
{
	const char *name;

	switch (attr->kind) {
	case ATTR_ENUM:
		name = attr_enum_name(attr, region_u32(region, attr));
		if (name) {
			json_string(file, name);
			break;
		}
		/* fallthrough */
	case ATTR_U32:
		fprintf(file, "%u", region_u32(region, attr));
		break;
	case ATTR_COUNT:
	case ATTR_SIZE:
	case ATTR_ADDR:
	case ATTR_MS:
		fprintf(file, "%" PRIu64, region_u64(region, attr));
		break;
	case ATTR_STRING:
		json_string(file, region_string(region, attr));
		break;
	case ATTR_FLAG:
		fputs("true", file);
		break;
	case ATTR_NEST:
		out_json_object(file, (const char *)region + attr->offset,
				region_u64(region, attr), attr->nested->attrs,
				attr->nested->max);
		break;
	case ATTR_PAD:
		break;
	}
}

void out_json_object(FILE *file, const void *object, uint64_t present,
		     const struct attr *attrs, int max)
{
	const char *separator = "";
	int i;

	fputc('{', file);
	for (i = 1; i <= max; i++) {
		if (!(present & 1ULL << i))
			continue;
		fprintf(file, "%s\"%s\":", separator, attrs[i].name);
		json_value(file, object, &attrs[i]);
		separator = ",";
	}
	fputc('}', file);
}

static void json_region(FILE *file, const struct region *region)
{
	out_json_object(file, region, region->present, region_attrs,
			VHOST_MEM_A_REGION_MAX);
}

static void json_key(FILE *file, const char *separator, const struct region *region)
{
	fprintf(file, "%s\"%u\":", separator, region->id);
	json_region(file, region);
}

static void print_lines(FILE *file, char **lines)
{
	char **line;

	if (!lines) {
		error("%s", strerror(ENOMEM));
		exit(STATUS_REFUSED);
	}
	for (line = lines; *line; line++)
		fprintf(file, "%s\n", *line);
	table_free(lines);
}

static void text_rows(const struct out *out, const struct rows *rows)
{
	if (!rows->nr) {
		fputs(rows->of ? "No region is as wanted.\n" :
		      "No memory regions: no VM uses vhost-mem.\n", out->file);
		return;
	}
	print_lines(out->file, table_lines(rows, &out->style));
	print_lines(out->file, table_totals(rows, &out->style));
}

void out_rows(const struct out *out, const struct rows *rows)
{
	size_t i;

	if (!out->json) {
		text_rows(out, rows);
		return;
	}
	fputs("{\"region\":{", out->file);
	for (i = 0; i < rows->nr; i++)
		json_key(out->file, i ? "," : "", &rows->rows[i].region);
	fputs("}}\n", out->file);
}

void out_sample(const struct out *out, const struct region_list *list)
{
	size_t i;

	fputs("\"region\":{", out->file);
	for (i = 0; i < list->nr; i++)
		json_key(out->file, i ? "," : "", &list->regions[i]);
	fputs("}}\n", out->file);
}

void out_region(const struct out *out, const struct region *region)
{
	if (!out->json) {
		text_region(out->file, region, out->style.utf8);
		return;
	}
	fputs("{\"region\":{", out->file);
	json_key(out->file, "", region);
	fputs("}}\n", out->file);
}

/* ISO 8601, in local time with its offset from UTC: 2026-01-02T03:04:05+00:00 */
static void json_time(FILE *file, time_t when)
{
	char clock[40], zone[16];
	struct tm tm;

	localtime_r(&when, &tm);
	strftime(clock, sizeof(clock), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	fprintf(file, ",\"time\":\"%s%.3s:%.2s\"", clock, zone, zone + 3);
}

static void json_defaults(FILE *file, const struct defaults *defaults)
{
	fputs("\"defaults\":", file);
	out_json_object(file, defaults, defaults->present, defaults_attrs,
			VHOST_MEM_A_DEFAULTS_MAX);
}

void out_defaults(const struct out *out, const struct defaults *defaults)
{
	if (!out->json) {
		text_defaults(out->file, defaults);
		return;
	}
	fputc('{', out->file);
	json_defaults(out->file, defaults);
	fputs("}\n", out->file);
}

void out_defaults_event(const struct out *out, time_t when, const struct defaults *defaults)
{
	if (!out->json) {
		text_defaults_event(out->file, when, defaults);
		return;
	}
	fputs("{\"event\":\"defaults\",", out->file);
	json_defaults(out->file, defaults);
	json_time(out->file, when);
	fputs("}\n", out->file);
}

static void print_event(const struct out *out, time_t when, const char *event,
			const struct region *region, bool missed)
{
	if (!out->json) {
		text_event(out->file, when, event, region, missed);
		return;
	}
	fprintf(out->file, "{\"event\":\"%s\",\"region\":", event);
	json_region(out->file, region);
	json_time(out->file, when);
	fputs(missed ? ",\"missed\":true}\n" : "}\n", out->file);
}

void out_event(const struct out *out, time_t when, const char *event,
	       const struct region *region)
{
	print_event(out, when, event, region, false);
}

void out_missed(const struct out *out, time_t when, const char *event,
		const struct region *region)
{
	print_event(out, when, event, region, true);
}

void out_events_lost(const struct out *out, time_t when)
{
	if (!out->json)
		return;
	fputs("{\"event\":\"lost\"", out->file);
	json_time(out->file, when);
	fputs("}\n", out->file);
}

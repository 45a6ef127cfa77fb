// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "out.h"
#include "text.h"
#include "vmemctl.h"

void out_open(struct out *out, bool json)
{
	*out = (struct out){
		.file	= stdout,
		.json	= json,
		.utf8	= isatty(STDOUT_FILENO) && !strcmp(nl_langinfo(CODESET), "UTF-8"),
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

static void json_value(FILE *file, const struct region *region,
		       const struct attr *attr)
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
	case ATTR_PAD:
		break;
	}
}

static void json_region(FILE *file, const struct region *region)
{
	const char *separator = "";
	int i;

	fputc('{', file);
	for (i = 1; i <= VHOST_MEM_A_REGION_MAX; i++) {
		if (!region_has(region, i))
			continue;
		fprintf(file, "%s\"%s\":", separator, region_attrs[i].name);
		json_value(file, region, &region_attrs[i]);
		separator = ",";
	}
	fputc('}', file);
}

/* The rest of an object that has begun. */
static void json_regions(FILE *file, const struct region *regions, size_t nr)
{
	size_t i;

	fputs("\"region\":{", file);
	for (i = 0; i < nr; i++) {
		fprintf(file, "%s\"%u\":", i ? "," : "", regions[i].id);
		json_region(file, &regions[i]);
	}
	fputs("}}\n", file);
}

void out_list(const struct out *out, const struct region_list *list)
{
	if (out->json) {
		fputc('{', out->file);
		json_regions(out->file, list->regions, list->nr);
	} else {
		text_list(out->file, list, out->utf8);
	}
}

void out_sample(const struct out *out, const struct region_list *list)
{
	json_regions(out->file, list->regions, list->nr);
}

void out_region(const struct out *out, const struct region *region)
{
	if (out->json) {
		fputc('{', out->file);
		json_regions(out->file, region, 1);
	} else {
		text_region(out->file, region, out->utf8);
	}
}

void out_event(const struct out *out, time_t when, const char *event,
	       const struct region *region)
{
	if (!out->json) {
		text_event(out->file, when, event, region);
		return;
	}
	fprintf(out->file, "{\"event\":\"%s\",\"region\":", event);
	json_region(out->file, region);
	fputs("}\n", out->file);
}

void out_events_lost(const struct out *out)
{
	if (out->json)
		fputs("{\"event\":\"lost\"}\n", out->file);
}

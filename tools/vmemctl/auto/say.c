// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <systemd/sd-journal.h>

#include "../escape.h"
#include "auto.h"

static void say_json(FILE *file, int64_t now_ms, const struct region *region,
		     const struct decision *d, const char *line)
{
	char name[REGION_STRING_MAX * ESCAPE_JSON_GROWTH + 1];

	escape_json(name, sizeof(name), region->name, strnlen(region->name, REGION_STRING_MAX));
	fprintf(file, "{\"time\":%" PRId64 ",\"id\":%u,\"name\":\"%s\",\"requested-size\":%" PRIu64
		",\"target\":%" PRIu64 ",\"ceiling\":%" PRIu64 ",\"need\":%" PRIu64
		",\"want\":%" PRIu64 ",\"share\":%" PRIu64 ",\"text\":\"%s\"}\n", now_ms, region->id,
		name, region->requested_size, d->target, d->ceiling, d->need, d->want, d->share,
		line);
}

void auto_say(FILE *file, bool json, int64_t now_ms, const struct region *region,
	      const struct decision *d, const char *line)
{
	char title[REGION_STRING_MAX];

	region_title(title, sizeof(title), region);
	if (json)
		say_json(file, now_ms, region, d, line);
	else if (getenv("JOURNAL_STREAM"))
		sd_journal_send("MESSAGE=%s: %s", title, line, "PRIORITY=%i", LOG_INFO,
				"VHOST_MEM_REGION=%u", region->id, "VHOST_MEM_VM=%s", title,
				"VHOST_MEM_TARGET=%" PRIu64, d->target, NULL);
	else
		fprintf(file, "%6" PRId64 ".%03d  %s: %s\n", now_ms / 1000, (int)(now_ms % 1000),
			title, line);
}

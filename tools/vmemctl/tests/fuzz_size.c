// SPDX-License-Identifier: GPL-2.0
/* What people type and what a VMM is called must not break the parsers. */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "fuzz.h"
#include "text.h"
#include "units.h"

static void fuzz_size(const char *text, const uint8_t *data, size_t len)
{
	char err[SIZE_ERROR_MAX], buf[SIZE_TEXT_MAX], bar[BAR_TEXT_MAX];
	struct size_arg arg, again;
	struct size_limits limits;
	uint64_t target;

	if (len >= sizeof(limits))
		memcpy(&limits, data + len - sizeof(limits), sizeof(limits));
	else
		limits = (struct size_limits){ 1 << 30, 1UL << 33, 1UL << 34, 1 << 21 };

	err[0] = '\0';
	if (size_parse_limit("limit", text, &arg, err))
		assert(err[0]);
	else
		assert(arg.kind == SIZE_ABSOLUTE || arg.kind == SIZE_PERCENT);

	err[0] = '\0';
	if (size_parse(text, &arg, err)) {
		assert(err[0]);
		return;
	}
	assert(arg.kind != SIZE_PERCENT || arg.value <= 100);

	/* What is shown is never more than there is. */
	size_format(buf, arg.value);
	if (!size_parse(buf, &again, err))
		assert(again.kind == SIZE_ABSOLUTE && again.value <= arg.value);

	if (size_target(&arg, &limits, &target, err)) {
		assert(err[0]);
		return;
	}
	assert(target <= limits.max && target <= limits.limit);
	if (arg.kind == SIZE_PERCENT && limits.block)
		assert(target % limits.block == 0);
	bar_format(bar, target, limits.requested, limits.max, len & 1);
	assert(strlen(bar) < sizeof(bar));
}

/* Is it the inside of a JSON string, without control characters? */
static void check_json(const char *json)
{
	const unsigned char *p;

	for (p = (const unsigned char *)json; *p; p++) {
		assert(*p >= 0x20 && *p != 0x7f && *p != '"');
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u') {
			assert(strspn((const char *)p + 1, "0123456789abcdef") >= 4);
			p += 4;
		} else {
			assert(*p == '"' || *p == '\\');
		}
	}
}

static void fuzz_escape(const char *text, size_t len)
{
	size_t size = len * ESCAPE_JSON_GROWTH + 1;
	char *json = malloc(size), *again, safe[40];
	const char *p;

	assert(json);
	escape_json(json, size, text, len);
	check_json(json);

	/* Every byte of it belongs to well-formed UTF-8: nothing left to do. */
	size = strlen(json) * ESCAPE_JSON_GROWTH + 1;
	again = malloc(size);
	assert(again);
	escape_json(again, size, json, strlen(json));
	for (p = again; *p; p++) {
		if (*p != '\\')
			continue;
		p++;
		assert(*p == '\\' || *p == '"');
	}
	free(again);
	free(json);

	escape_text(safe, sizeof(safe), text);
	for (p = safe; *p; p++)
		assert(*p >= 0x20 && *p < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	int64_t ms;

	assert(text);
	memcpy(text, data, len);
	text[len] = '\0';

	fuzz_size(text, data, len);
	fuzz_escape(text, len);
	if (!time_parse(text, &ms))
		assert(ms >= 0);
	free(text);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "json.h"

#define DEPTH_MAX	16

struct json {
	const unsigned char *at, *end;
	int depth;
};

static bool value(struct json *j);

static bool next_is(struct json *j, unsigned char c)
{
	if (j->at == j->end || *j->at != c)
		return false;
	j->at++;
	return true;
}

static bool is_digit(const struct json *j)
{
	return j->at < j->end && *j->at >= '0' && *j->at <= '9';
}

static bool number(struct json *j)
{
	next_is(j, '-');
	if (next_is(j, '0'))
		return !is_digit(j);
	if (!is_digit(j))
		return false;
	while (is_digit(j))
		j->at++;
	return true;
}

static bool escape(struct json *j)
{
	int i;

	if (j->at == j->end)
		return false;
	if (*j->at != 'u')
		return strchr("\"\\/bfnrt", *j->at) && *j->at++;
	for (j->at++, i = 0; i < 4; i++, j->at++) {
		if (j->at == j->end || !*j->at ||
		    !strchr("0123456789abcdefABCDEF", *j->at))
			return false;
	}
	return true;
}

/* As a table of the first two bytes, the way the Unicode standard has it. */
static bool character(struct json *j)
{
	static const struct {
		unsigned char from, to;		/* first byte */
		unsigned char low, high;	/* second byte */
		int more;			/* of 80..BF after that */
	} rows[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 0 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 1 },
		{ 0xe1, 0xec, 0x80, 0xbf, 1 },
		{ 0xed, 0xed, 0x80, 0x9f, 1 },
		{ 0xee, 0xef, 0x80, 0xbf, 1 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 2 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 2 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 2 },
	};
	unsigned char first = *j->at++;
	size_t i;
	int n;

	if (first < 0x80)
		return first >= 0x20 && first != 0x7f;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (first < rows[i].from || first > rows[i].to)
			continue;
		if (j->end - j->at < 1 + rows[i].more ||
		    *j->at < rows[i].low || *j->at > rows[i].high)
			return false;
		/* C1 controls would be as good as ESC for a terminal. */
		if (first == 0xc2 && *j->at < 0xa0)
			return false;
		for (n = 0, j->at++; n < rows[i].more; n++, j->at++) {
			if (*j->at < 0x80 || *j->at > 0xbf)
				return false;
		}
		return true;
	}
	return false;
}

static bool string(struct json *j)
{
	if (!next_is(j, '"'))
		return false;
	while (!next_is(j, '"')) {
		if (j->at == j->end)
			return false;
		if (next_is(j, '\\')) {
			if (!escape(j))
				return false;
		} else if (!character(j)) {
			return false;
		}
	}
	return true;
}

static bool object(struct json *j)
{
	if (next_is(j, '}'))
		return true;
	do {
		if (!string(j) || !next_is(j, ':') || !value(j))
			return false;
	} while (next_is(j, ','));
	return next_is(j, '}');
}

/* A flag is printed as true, or not at all. */
static bool true_literal(struct json *j)
{
	static const char text[] = "true";
	const size_t len = sizeof(text) - 1;

	if ((size_t)(j->end - j->at) < len || memcmp(j->at, text, len))
		return false;
	j->at += len;
	return true;
}

/* What vmemctl prints has no arrays, and no blanks. */
static bool value(struct json *j)
{
	bool ret;

	if (j->at == j->end || j->depth == DEPTH_MAX)
		return false;
	if (*j->at == '"')
		return string(j);
	if (*j->at == 't')
		return true_literal(j);
	if (*j->at != '{')
		return number(j);
	j->at++;
	j->depth++;
	ret = object(j);
	j->depth--;
	return ret;
}

bool json_is_line(const char *text, size_t len)
{
	struct json j = {
		.at = (const unsigned char *)text,
		.end = (const unsigned char *)text + len,
	};

	return value(&j) && next_is(&j, '\n') && j.at == j.end;
}

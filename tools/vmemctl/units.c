// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

static const char units[] = "KMGTPE";

/* About 31 years: enough, and no sum of two overflows. */
#define TIME_MAX_MS	1000000000000LL

/* As many decimals as a uint64_t can hold, whatever they are. */
#define DECIMALS_MAX	18

/* Messages show this much of what was typed. */
#define SHOWN		"\"%.40s\""
/* With a smaller number of bytes a unit is forgotten. */
#define SIZE_BARE_MIN	(1 << 20)

static int __attribute__((format(printf, 3, 4)))
fail(char *err, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, SIZE_ERROR_MAX, fmt, ap);
	va_end(ap);
	return ret;
}

/* Locale-independent, unlike strtoull(), and takes neither blanks nor signs. */
static bool parse_digits(const char **text, uint64_t *value)
{
	const char *p;

	*value = 0;
	for (p = *text; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, *p - '0', value))
			return false;
	}
	*text = p;
	return true;
}

/* Reads K, KB, KiB and so on up to E, B or nothing. Returns false if unknown. */
static bool parse_unit(const char *text, unsigned int *shift)
{
	const char *unit;

	*shift = 0;
	if (!*text)
		return true;
	unit = strchr(units, toupper((unsigned char)*text));
	if (unit) {
		*shift = 10 * (unit - units + 1);
		text++;
		if (*text == 'i' && text[1] == 'B')
			text++;
	}
	if (*text == 'B')
		text++;
	return !*text;
}

/*
 * Adds the decimals 0.@digits of a unit of 1 << @shift bytes to @value. Returns
 * false if they are no whole number of bytes: reduced to lowest terms, the
 * denominator must divide the unit.
 */
static bool add_decimals(uint64_t digits, uint64_t denominator,
			 unsigned int shift, uint64_t *value)
{
	uint64_t unit = 1ULL << shift;

	while (denominator % 5 == 0 && digits % 5 == 0) {
		denominator /= 5;
		digits /= 5;
	}
	while (denominator % 2 == 0 && digits % 2 == 0) {
		denominator /= 2;
		digits /= 2;
	}
	if (unit % denominator)
		return false;
	/* Less than the unit: *value is a multiple of it, so no overflow. */
	*value += digits * (unit / denominator);
	return true;
}

static int parse_percent(const char *text, uint64_t value, enum size_kind kind,
			 struct size_arg *arg, char *err)
{
	if (kind != SIZE_ABSOLUTE)
		return fail(err, -EINVAL, "size " SHOWN ": a percentage must not have a sign",
			    text);
	if (value > 100)
		return fail(err, -EINVAL,
			    "size " SHOWN " is more than 100%% of the maximum", text);
	arg->kind = SIZE_PERCENT;
	arg->value = value;
	arg->bare = false;
	return 0;
}

int size_parse(const char *text, struct size_arg *arg, char *err)
{
	uint64_t value, decimals = 0, denominator = 1;
	enum size_kind kind = SIZE_ABSOLUTE;
	const char *p = text, *start;
	unsigned int shift;

	arg->text = text;
	if (*p == '+')
		kind = SIZE_ADD;
	else if (*p == '-')
		kind = SIZE_SUBTRACT;
	if (kind != SIZE_ABSOLUTE)
		p++;

	if (!isdigit((unsigned char)*p))
		return fail(err, -EINVAL, "size " SHOWN
			    " is not a number: use 8G, 512M, +1G, -1G or 50%%, for example",
			    text);
	if (!parse_digits(&p, &value))
		goto too_large;
	if (!strcmp(p, "%"))
		return parse_percent(text, value, kind, arg, err);

	if (*p == '.') {
		start = ++p;
		if (!isdigit((unsigned char)*p))
			return fail(err, -EINVAL,
				    "size " SHOWN " has no digit after the decimal point", text);
		while (isdigit((unsigned char)*p))
			p++;
		while (p[-1] == '0')	/* stops at the point */
			p--;
		if (p - start > DECIMALS_MAX)
			return fail(err, -EINVAL,
				    "size " SHOWN " is not a whole number of bytes", text);
		for (; start < p; start++) {
			decimals = decimals * 10 + (*start - '0');
			denominator *= 10;
		}
		while (*p == '0')
			p++;
		if (!strcmp(p, "%"))
			return fail(err, -EINVAL,
				    "size " SHOWN ": use a whole percentage",
				    text);
	}

	start = p;
	arg->bare = kind == SIZE_ABSOLUTE && !*p;
	if (*p == ' ')
		p++;
	if ((p > start && !*p) || !parse_unit(p, &shift))
		return fail(err, -EINVAL, "size " SHOWN ": unknown unit \"%.20s\"; "
			    "use K, M, G, T, P, E or none", text, p);
	if (value > UINT64_MAX >> shift)
		goto too_large;
	value <<= shift;
	if (!add_decimals(decimals, denominator, shift, &value))
		return fail(err, -EINVAL, "size " SHOWN " is not a whole number of bytes",
			    text);

	arg->kind = kind;
	arg->value = value;
	return 0;

too_large:
	return fail(err, -EINVAL, "size " SHOWN " is too large: it must be less than 16E",
		    text);
}

int size_parse_limit(const char *what, const char *text, struct size_arg *arg,
		     char *err)
{
	char bytes[SIZE_TEXT_MAX];
	int ret;

	if (!strcmp(text, "none")) {
		arg->text = text;
		arg->kind = SIZE_PERCENT;
		arg->value = 100;
		arg->bare = false;
		return 0;
	}
	if (!isdigit((unsigned char)*text))
		return fail(err, -EINVAL,
			    "invalid %s " SHOWN ": use 8G, 512M, 50%% or none, for example", what,
			    text);
	ret = size_parse(text, arg, err);
	/* No block is smaller, so that limits nothing that there can be. */
	if (!ret && arg->bare && arg->value && arg->value < SIZE_BARE_MIN)
		return fail(err, -EINVAL, "%s " SHOWN
			    " has no unit, so it means %s; use %.40sB if you mean that, or add K, M or G",
			    what, text, size_format(bytes, arg->value), text);
	return ret;
}

static uint64_t percent_of(const struct size_limits *limits, uint64_t percent)
{
	uint64_t max = limits->max, value;

	value = max / 100 * percent + max % 100 * percent / 100;
	return limits->block ? value - value % limits->block : value;
}

int size_target(const struct size_arg *arg, const struct size_limits *limits,
		uint64_t *target, char *err)
{
	const char *text = arg->text;
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];

	switch (arg->kind) {
	case SIZE_ABSOLUTE:
		*target = arg->value;
		break;
	case SIZE_PERCENT:
		*target = percent_of(limits, arg->value);
		break;
	case SIZE_ADD:
		if (limits->requested > limits->max ||
		    arg->value > limits->max - limits->requested)
			return fail(err, -ERANGE, "size " SHOWN
				    ": %s is requested now, and the maximum is %s", text,
				    size_format(a, limits->requested),
				    size_format(b, limits->max));
		*target = limits->requested + arg->value;
		break;
	case SIZE_SUBTRACT:
		if (arg->value > limits->requested)
			return fail(err, -ERANGE, "size " SHOWN
				    ": only %s is requested now, less than %s", text,
				    size_format(a, limits->requested),
				    size_format(b, arg->value));
		*target = limits->requested - arg->value;
		break;
	}
	if (*target > limits->max)
		return fail(err, -ERANGE,
			    "size " SHOWN ": %s is more than the maximum of %s", text,
			    size_format(a, *target), size_format(b, limits->max));
	if (*target > limits->limit)
		return fail(err, -ERANGE, "size " SHOWN
			    ": %s is more than the limit of %s; see 'vmemctl limit'",
			    text, size_format(a, *target),
			    size_format(b, limits->limit));
	return 0;
}

bool size_is_doubtful(const struct size_arg *arg, uint64_t requested, char *err)
{
	const char *text = arg->text;
	char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];

	if (arg->kind != SIZE_ABSOLUTE || !arg->bare || !arg->value ||
	    arg->value >= requested / 2)
		return false;
	fail(err, -EINVAL, "size " SHOWN
	     " has no unit, so it means %s, and %s is requested now; use %.40sB if you mean that, or add K, M or G",
	     text, size_format(a, arg->value), size_format(b, requested), text);
	return true;
}

/* True if @bytes in units of 1 << @shift has at most two decimals. */
static bool is_exact(uint64_t bytes, unsigned int shift)
{
	/* Two decimals of a binary fraction are quarters. */
	return shift < 2 || !(bytes & ((1ULL << (shift - 2)) - 1));
}

char *size_format(char *buf, uint64_t bytes)
{
	unsigned int shift = 0, hundredths;
	uint64_t rest;
	int len;

	while (shift < 60 && bytes >> shift >= 1024)
		shift += 10;
	if (shift && !is_exact(bytes, shift) && is_exact(bytes, shift - 10))
		shift -= 10;
	if (!shift) {
		snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64 " B", bytes);
		return buf;
	}

	/* 7 bits less, for the product to fit when the unit is E. */
	rest = bytes & ((1ULL << shift) - 1);
	hundredths = shift > 50 ? (rest >> 7) * 100 >> (shift - 7) :
				  rest * 100 >> shift;
	len = snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64, bytes >> shift);
	if (hundredths % 10)
		len += snprintf(buf + len, SIZE_TEXT_MAX - len, ".%02u", hundredths);
	else if (hundredths)
		len += snprintf(buf + len, SIZE_TEXT_MAX - len, ".%u",
				hundredths / 10);
	snprintf(buf + len, SIZE_TEXT_MAX - len, " %ciB", units[shift / 10 - 1]);
	return buf;
}

int time_parse(const char *text, int64_t *ms)
{
	int64_t value = 0, scale = 1000;
	const char *p;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (p = text; isdigit((unsigned char)*p); p++) {
		value = value * 10 + (*p - '0') * scale;
		if (value > TIME_MAX_MS)
			return -EINVAL;
	}
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return -EINVAL;
		for (; isdigit((unsigned char)*p); p++) {
			scale /= 10;	/* below a millisecond: ignored */
			value += (*p - '0') * scale;
		}
	}
	if (!strcmp(p, "ms"))
		value /= 1000;
	else if (!strcmp(p, "m"))
		value *= 60;
	else if (!strcmp(p, "h"))
		value *= 3600;
	else if (*p && strcmp(p, "s"))
		return -EINVAL;
	if (value > TIME_MAX_MS)
		return -EINVAL;
	*ms = value;
	return 0;
}

char *time_format(char *buf, int64_t ms)
{
	int64_t s = ms / 1000;

	if (ms < 10000 && ms % 1000 >= 100)
		snprintf(buf, TIME_TEXT_MAX, "%" PRId64 ".%" PRId64 " s", s, ms % 1000 / 100);
	else if (s < 60)
		snprintf(buf, TIME_TEXT_MAX, "%" PRId64 " s", s);
	else if (s < 3600)
		snprintf(buf, TIME_TEXT_MAX, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		snprintf(buf, TIME_TEXT_MAX, "%" PRId64 " h %" PRId64 " min", s / 3600,
			 s % 3600 / 60);
	return buf;
}

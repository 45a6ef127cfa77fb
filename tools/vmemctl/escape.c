// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"

char *escape_text(char *buf, size_t size, const char *text)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < size; i++)
		buf[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	buf[i] = '\0';
	return buf;
}

/*
 * Length of the well-formed UTF-8 sequence at @s, of at most @len bytes; 0 if
 * there is none. Refuses overlong forms, surrogates and what is above U+10FFFF.
 */
static size_t utf8_length(const unsigned char *s, size_t len)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	if ((s[0] & 0xe0) == 0xc0)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if ((s[0] & 0xf8) == 0xf0)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;

	code = s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[n] || code > 0x10ffff)
		return 0;
	if (code >= 0xd800 && code <= 0xdfff)
		return 0;
	return n;
}

/* C1: U+009B starts an escape sequence like ESC [ */
static bool is_c1(const unsigned char *s, size_t len)
{
	return len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static char *put_u00(char *p, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	memcpy(p, "\\u00", 4);
	p[4] = hex[c >> 4];
	p[5] = hex[c & 0xf];
	return p + 6;
}

char *escape_json(char *buf, size_t size, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	char *p = buf;
	size_t n;

	assert(size > len * ESCAPE_JSON_GROWTH);
	for (; len; s += n, len -= n) {
		n = utf8_length(s, len);
		if (!n) {
			n = 1;
			p = put_u00(p, s[0]);
		} else if (n == 1 && (s[0] == '"' || s[0] == '\\')) {
			*p++ = '\\';
			*p++ = s[0];
		} else if (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) {
			p = put_u00(p, s[0]);
		} else if (is_c1(s, n)) {
			p = put_u00(p, s[1]);
		} else {
			memcpy(p, s, n);
			p += n;
		}
	}
	*p = '\0';
	return buf;
}

char *escape_label(char *buf, size_t size, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = strlen(text), n;
	char *p = buf;

	assert(size > len * ESCAPE_LABEL_GROWTH);
	for (; len; s += n, len -= n) {
		n = utf8_length(s, len);
		if (!n || is_c1(s, n) || s[0] < 0x20 || s[0] == 0x7f) {
			n = n ? n : 1;
			*p++ = '?';
			continue;
		}
		if (s[0] == '"' || s[0] == '\\')
			*p++ = '\\';
		memcpy(p, s, n);
		p += n;
	}
	*p = '\0';
	return buf;
}

void error(const char *fmt, ...)
{
	char text[1024], safe[sizeof(text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	fprintf(stderr, "vmemctl: %s\n", escape_text(safe, sizeof(safe), text));
}

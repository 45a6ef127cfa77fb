// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>

#include "escape.h"
#include "ktap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

TEST(escape_json)
{
	static const struct {
		const char *text;
		const char *json;
	} cases[] = {
		{ "", "" },
		{ "vm1", "vm1" },
		{ "say \"hi\"", "say \\\"hi\\\"" },
		{ "back\\slash", "back\\\\slash" },
		{ "a/b", "a/b" },
		{ "\n\t\r\b\f", "\\u000a\\u0009\\u000d\\u0008\\u000c" },
		{ "\033[31m", "\\u001b[31m" },
		{ "\x01\x1f\x7f", "\\u0001\\u001f\\u007f" },
		{ "\",\"id\":7,\"x\":\"", "\\\",\\\"id\\\":7,\\\"x\\\":\\\"" },
		/* Well-formed UTF-8, of two to four bytes */
		{ "gr\u00fcn", "gr\u00fcn" },
		{ "\u20ac", "\u20ac" },
		{ "\U0001f600", "\U0001f600" },
		{ "\u00a0", "\u00a0" },
		{ "\ufffd\U0010ffff", "\ufffd\U0010ffff" },
		/* C1: CSI is what ESC [ is */
		{ "\xc2\x9b" "31m", "\\u009b31m" },
		{ "\xc2\x80\xc2\x9f", "\\u0080\\u009f" },
		/* Stray and missing continuation bytes */
		{ "\x80", "\\u0080" },
		{ "\xff\xfe", "\\u00ff\\u00fe" },
		{ "\xc3", "\\u00c3" },
		{ "\xc3(", "\\u00c3(" },
		{ "\xe2\x82", "\\u00e2\\u0082" },
		{ "\xe2\x82x", "\\u00e2\\u0082x" },
		{ "\xf0\x9f\x98", "\\u00f0\\u009f\\u0098" },
		{ "\xc3\"", "\\u00c3\\\"" },
		/* Overlong: a quote, a slash, NUL */
		{ "\xc0\xa2", "\\u00c0\\u00a2" },
		{ "\xe0\x80\xaf", "\\u00e0\\u0080\\u00af" },
		{ "\xf0\x80\x80\x80", "\\u00f0\\u0080\\u0080\\u0080" },
		/* Surrogates, and beyond U+10FFFF */
		{ "\xed\xa0\x80", "\\u00ed\\u00a0\\u0080" },
		{ "\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080" },
		{ "\xf8\x88\x80\x80\x80", "\\u00f8\\u0088\\u0080\\u0080\\u0080" },
	};
	char buf[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_TEXT(cases[i].json,
			    escape_json(buf, sizeof(buf), cases[i].text,
				       strlen(cases[i].text)), cases[i].json);
	EXPECT_TEXT("NUL", escape_json(buf, sizeof(buf), "a\0b", 3), "a\\u0000b");
}

TEST(escape_text)
{
	char buf[8];

	EXPECT_TEXT("plain", escape_text(buf, sizeof(buf), "vm 1~"), "vm 1~");
	EXPECT_TEXT("escape", escape_text(buf, sizeof(buf), "\033[31m"), "?[31m");
	EXPECT_TEXT("control", escape_text(buf, sizeof(buf), "\x01\n\t\r\x7f"), "?????");
	EXPECT_TEXT("utf-8", escape_text(buf, sizeof(buf), "gr\xc3\xbcn"), "gr??n");
	EXPECT_TEXT("C1", escape_text(buf, sizeof(buf), "\x9b\xff"), "??");
	EXPECT_TEXT("fits", escape_text(buf, sizeof(buf), "1234567"), "1234567");
	EXPECT_TEXT("cut", escape_text(buf, sizeof(buf), "12345678"), "1234567");
}

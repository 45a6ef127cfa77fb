// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "ktap.h"
#include "units.h"

#define K (1ULL << 10)
#define M (1ULL << 20)
#define G (1ULL << 30)
#define T (1ULL << 40)
#define P (1ULL << 50)
#define E (1ULL << 60)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

TEST(size_parse_good)
{
	static const struct {
		const char *text;
		enum size_kind kind;
		uint64_t value;
	} cases[] = {
		{ "0", SIZE_ABSOLUTE, 0 },
		{ "4096", SIZE_ABSOLUTE, 4096 },
		{ "4096B", SIZE_ABSOLUTE, 4096 },
		{ "4K", SIZE_ABSOLUTE, 4 * K },
		{ "4k", SIZE_ABSOLUTE, 4 * K },
		{ "512M", SIZE_ABSOLUTE, 512 * M },
		{ "8G", SIZE_ABSOLUTE, 8 * G },
		{ "8g", SIZE_ABSOLUTE, 8 * G },
		{ "8GB", SIZE_ABSOLUTE, 8 * G },
		{ "8GiB", SIZE_ABSOLUTE, 8 * G },
		{ "8 GiB", SIZE_ABSOLUTE, 8 * G },
		{ "1T", SIZE_ABSOLUTE, T },
		{ "3P", SIZE_ABSOLUTE, 3 * P },
		{ "15E", SIZE_ABSOLUTE, 15 * E },
		{ "007G", SIZE_ABSOLUTE, 7 * G },
		{ "1.5G", SIZE_ABSOLUTE, 1536 * M },
		{ "1.50G", SIZE_ABSOLUTE, 1536 * M },
		{ "1.0G", SIZE_ABSOLUTE, G },
		{ "1.0", SIZE_ABSOLUTE, 1 },
		{ "0.25 KiB", SIZE_ABSOLUTE, 256 },
		{ "0.0009765625M", SIZE_ABSOLUTE, K },
		{ "15.75E", SIZE_ABSOLUTE, 15 * E + 768 * P },
		{ "18446744073709551615", SIZE_ABSOLUTE, UINT64_MAX },
		{ "18014398509481983K", SIZE_ABSOLUTE, UINT64_MAX - 1023 },
		{ "+512M", SIZE_ADD, 512 * M },
		{ "+0", SIZE_ADD, 0 },
		{ "-1G", SIZE_SUBTRACT, G },
		{ "-1.5GiB", SIZE_SUBTRACT, 1536 * M },
		{ "0%", SIZE_PERCENT, 0 },
		{ "50%", SIZE_PERCENT, 50 },
		{ "100%", SIZE_PERCENT, 100 },
	};
	char err[SIZE_ERROR_MAX] = "";
	struct size_arg arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&arg, 0xff, sizeof(arg));
		EXPECT_EQ(cases[i].text, size_parse(cases[i].text, &arg, err), 0);
		EXPECT_EQ(cases[i].text, arg.kind, cases[i].kind);
		EXPECT(cases[i].text, arg.value == cases[i].value);
		EXPECT_TEXT(cases[i].text, err, "");
	}
}

#define WANTED " is not a number: use 8G, 512M, +1G, -1G or 50%, for example"
#define UNITS "; use K, M, G, T, P, E or none"
#define TOO_LARGE " is too large: it must be less than 16E"
#define NOT_WHOLE " is not a whole number of bytes"

TEST(size_parse_bad)
{
	static const struct {
		const char *text;
		const char *err;
	} cases[] = {
		{ "", "size \"\"" WANTED },
		{ " ", "size \" \"" WANTED },
		{ " 8G", "size \" 8G\"" WANTED },
		{ "+", "size \"+\"" WANTED },
		{ "-", "size \"-\"" WANTED },
		{ "+-1G", "size \"+-1G\"" WANTED },
		{ "--1G", "size \"--1G\"" WANTED },
		{ "+ 1G", "size \"+ 1G\"" WANTED },
		{ "G", "size \"G\"" WANTED },
		{ "%", "size \"%\"" WANTED },
		{ ".5G", "size \".5G\"" WANTED },
		{ "max", "size \"max\"" WANTED },
		{ "8X", "size \"8X\": unknown unit \"X\"" UNITS },
		{ "0x10", "size \"0x10\": unknown unit \"x10\"" UNITS },
		{ "8Gi", "size \"8Gi\": unknown unit \"Gi\"" UNITS },
		{ "8GIB", "size \"8GIB\": unknown unit \"GIB\"" UNITS },
		{ "8iB", "size \"8iB\": unknown unit \"iB\"" UNITS },
		{ "8GG", "size \"8GG\": unknown unit \"GG\"" UNITS },
		{ "8G ", "size \"8G \": unknown unit \"G \"" UNITS },
		{ "8 ", "size \"8 \": unknown unit \"\"" UNITS },
		{ "8  G", "size \"8  G\": unknown unit \" G\"" UNITS },
		{ "1,5G", "size \"1,5G\": unknown unit \",5G\"" UNITS },
		{ "1e3", "size \"1e3\": unknown unit \"e3\"" UNITS },
		{ "5%%", "size \"5%%\": unknown unit \"%%\"" UNITS },
		{ "1.G", "size \"1.G\" has no digit after the decimal point" },
		{ "1.1G", "size \"1.1G\"" NOT_WHOLE },
		{ "0.5", "size \"0.5\"" NOT_WHOLE },
		{ "1.0000000000000000001G", "size \"1.0000000000000000001G\"" NOT_WHOLE },
		{ "16E", "size \"16E\"" TOO_LARGE },
		{ "18446744073709551616", "size \"18446744073709551616\"" TOO_LARGE },
		{ "18014398509481984K", "size \"18014398509481984K\"" TOO_LARGE },
		{ "99999999999999999999999G", "size \"99999999999999999999999G\"" TOO_LARGE },
		{ "99999999999999999999999%", "size \"99999999999999999999999%\"" TOO_LARGE },
		{ "101%", "size \"101%\" is more than 100% of the maximum" },
		{ "+10%", "size \"+10%\": a percentage must not have a sign" },
		{ "-10%", "size \"-10%\": a percentage must not have a sign" },
		{ "12.5%", "size \"12.5%\": use a whole percentage" },
		{ "12.0%", "size \"12.0%\": use a whole percentage" },
	};
	char err[SIZE_ERROR_MAX];
	struct size_arg arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		err[0] = '\0';
		EXPECT_EQ(cases[i].text, size_parse(cases[i].text, &arg, err), -EINVAL);
		EXPECT_TEXT(cases[i].text, err, cases[i].err);
	}
}

/* Whatever is typed, the message is cut and the buffer holds. */
TEST(size_parse_long)
{
	char text[5000], err[SIZE_ERROR_MAX];
	struct size_arg arg;

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	EXPECT_EQ("digits", size_parse(text, &arg, err), -EINVAL);
	memset(text + 1, 'x', sizeof(text) - 2);
	EXPECT_EQ("unit", size_parse(text, &arg, err), -EINVAL);
	EXPECT("unit", strlen(err) < 120);
	text[1] = '.';
	memset(text + 2, '0', sizeof(text) - 3);
	EXPECT_EQ("zeroes", size_parse(text, &arg, err), 0);
	EXPECT_EQ("zeroes", arg.value, 1);
}

TEST(size_target)
{
	static const struct {
		const char *text;
		struct size_limits limits;	/* requested, max, block */
		uint64_t target;
		const char *err;
	} cases[] = {
		{ "8G", { 4 * G, 16 * G, 16 * G, 2 * M }, 8 * G, NULL },
		{ "0", { 4 * G, 16 * G, 16 * G, 2 * M }, 0, NULL },
		{ "16G", { 4 * G, 16 * G, 16 * G, 2 * M }, 16 * G, NULL },
		{ "32G", { 4 * G, 16 * G, 16 * G, 2 * M }, 0,
		  "size \"32G\": 32 GiB is more than the maximum of 16 GiB" },
		/* No multiple of the block size: for the kernel to refuse */
		{ "3M", { 4 * G, 16 * G, 16 * G, 2 * M }, 3 * M, NULL },
		/* A limit, which percentages are not relative to */
		{ "6G", { 4 * G, 6 * G, 16 * G, 2 * M }, 6 * G, NULL },
		{ "+2G", { 4 * G, 6 * G, 16 * G, 2 * M }, 6 * G, NULL },
		{ "25%", { 4 * G, 6 * G, 16 * G, 2 * M }, 4 * G, NULL },
		{ "8G", { 4 * G, 6 * G, 16 * G, 2 * M }, 0,
		  "size \"8G\": 8 GiB is more than the limit of 6 GiB; see 'vmemctl limit'" },
		{ "+3G", { 4 * G, 6 * G, 16 * G, 2 * M }, 0,
		  "size \"+3G\": 7 GiB is more than the limit of 6 GiB; see 'vmemctl limit'" },
		{ "50%", { 4 * G, 6 * G, 16 * G, 2 * M }, 0,
		  "size \"50%\": 8 GiB is more than the limit of 6 GiB; see 'vmemctl limit'" },
		{ "1", { 0, 0, 16 * G, 2 * M }, 0,
		  "size \"1\": 1 B is more than the limit of 0 B; see 'vmemctl limit'" },
		{ "17G", { 4 * G, 6 * G, 16 * G, 2 * M }, 0,
		  "size \"17G\": 17 GiB is more than the maximum of 16 GiB" },
		{ "+512M", { 4 * G, 16 * G, 16 * G, 2 * M }, 4 * G + 512 * M, NULL },
		{ "+12G", { 4 * G, 16 * G, 16 * G, 2 * M }, 16 * G, NULL },
		{ "+13G", { 4 * G, 16 * G, 16 * G, 2 * M }, 0,
		  "size \"+13G\": 4 GiB is requested now, and the maximum is 16 GiB" },
		{ "+15E", { 4 * G, 16 * G, 16 * G, 2 * M }, 0,
		  "size \"+15E\": 4 GiB is requested now, and the maximum is 16 GiB" },
		{ "+18446744073709551615", { 4 * G, UINT64_MAX, UINT64_MAX, 2 * M }, 0,
		  "size \"+18446744073709551615\": 4 GiB is requested now, and the maximum is 15.99 EiB" },
		{ "-1G", { 4 * G, 16 * G, 16 * G, 2 * M }, 3 * G, NULL },
		{ "-4G", { 4 * G, 16 * G, 16 * G, 2 * M }, 0, NULL },
		{ "-1G", { 512 * M, 16 * G, 16 * G, 2 * M }, 0,
		  "size \"-1G\": only 512 MiB is requested now, less than 1 GiB" },
		{ "50%", { 4 * G, 16 * G, 16 * G, 2 * M }, 8 * G, NULL },
		{ "0%", { 4 * G, 16 * G, 16 * G, 2 * M }, 0, NULL },
		{ "100%", { 4 * G, 16 * G, 16 * G, 2 * M }, 16 * G, NULL },
		{ "33%", { 4 * G, G, G, 2 * M }, 336 * M, NULL },
		{ "99%", { 0, 3 * 2 * M, 3 * 2 * M, 2 * M }, 4 * M, NULL },
		{ "100%", { 0, UINT64_MAX, UINT64_MAX, 1 }, UINT64_MAX, NULL },
		{ "99%", { 0, UINT64_MAX, UINT64_MAX, 1 }, UINT64_MAX / 100 * 99 + 14, NULL },
		{ "50%", { 0, G, G, 0 }, 512 * M, NULL },
	};
	char err[SIZE_ERROR_MAX];
	struct size_arg arg;
	uint64_t got;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		err[0] = '\0';
		got = 0;
		EXPECT_EQ(cases[i].text, size_parse(cases[i].text, &arg, err), 0);
		ret = size_target(&arg, &cases[i].limits, &got, err);
		EXPECT_EQ(cases[i].text, ret, cases[i].err ? -ERANGE : 0);
		EXPECT_TEXT(cases[i].text, err, cases[i].err ? cases[i].err : "");
		if (!ret)
			EXPECT_EQ(cases[i].text, got, cases[i].target);
	}
}

TEST(size_parse_limit)
{
	static const struct {
		const char *text;
		enum size_kind kind;
		uint64_t value;
		const char *err;
	} cases[] = {
		{ "8G", SIZE_ABSOLUTE, 8 * G, "" },
		{ "0", SIZE_ABSOLUTE, 0, "" },
		{ "50%", SIZE_PERCENT, 50, "" },
		{ "none", SIZE_PERCENT, 100, "" },
		{ "None", 0, 0, "invalid limit \"None\": use 8G, 512M, 50% or none, for example" },
		{ "none ", 0, 0, "invalid limit \"none \": use 8G, 512M, 50% or none, for example" },
		{ "", 0, 0, "invalid limit \"\": use 8G, 512M, 50% or none, for example" },
		{ "+1G", 0, 0, "invalid limit \"+1G\": use 8G, 512M, 50% or none, for example" },
		{ "-1G", 0, 0, "invalid limit \"-1G\": use 8G, 512M, 50% or none, for example" },
		{ "101%", 0, 0, "size \"101%\" is more than 100% of the maximum" },
		{ "8X", 0, 0,
		  "size \"8X\": unknown unit \"X\"; use K, M, G, T, P, E or none" },
	};
	char err[SIZE_ERROR_MAX];
	struct size_arg arg;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		err[0] = '\0';
		ret = size_parse_limit("limit", cases[i].text, &arg, err);
		EXPECT_EQ(cases[i].text, ret, *cases[i].err ? -EINVAL : 0);
		EXPECT_TEXT(cases[i].text, err, cases[i].err);
		if (ret)
			continue;
		EXPECT_EQ(cases[i].text, arg.kind, cases[i].kind);
		EXPECT_EQ(cases[i].text, arg.value, cases[i].value);
	}
	EXPECT_EQ("--max", size_parse_limit("--max", "much", &arg, err), -EINVAL);
	EXPECT_TEXT("--max", err, "invalid --max \"much\": use 8G, 512M, 50% or none, for example");
}

TEST(size_format)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1, "1 B" },
		{ 1023, "1023 B" },
		{ K, "1 KiB" },
		{ K + 1, "1025 B" },
		{ K + 256, "1.25 KiB" },
		{ 512 * M, "512 MiB" },
		{ 1536 * M, "1.5 GiB" },
		{ 1280 * M, "1.25 GiB" },
		/* Exact rather than short: 2 MiB are missing or too much */
		{ 2 * G + 2 * M, "2050 MiB" },
		{ 2 * G - 2 * M, "2046 MiB" },
		{ T - 2 * M, "1048574 MiB" },
		/* Neither unit is exact: never more than there is */
		{ 2 * G - 4 * K, "1.99 GiB" },
		{ 2 * G + 4 * K, "2 GiB" },
		{ 3 * T + 4 * K, "3 TiB" },
		{ P - 1, "1023.99 TiB" },
		{ E - 4 * K, "1023.99 PiB" },
		{ E, "1 EiB" },
		{ E + E / 2, "1.5 EiB" },
		{ UINT64_MAX, "15.99 EiB" },
	};
	char buf[SIZE_TEXT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_TEXT(cases[i].text, size_format(buf, cases[i].bytes),
			    cases[i].text);
}

/* Device blocks are powers of two: what is shown of them can be typed again. */
TEST(size_format_is_readable)
{
	static const uint64_t blocks[] = { 4 * K, 64 * K, 2 * M, 128 * M, G };
	char buf[SIZE_TEXT_MAX], err[SIZE_ERROR_MAX];
	struct size_arg arg;
	uint64_t bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		for (bytes = 0; bytes < 4096 * blocks[i]; bytes += blocks[i]) {
			size_format(buf, bytes);
			EXPECT_EQ(buf, size_parse(buf, &arg, err), 0);
			/* Mixes of KiB and GiB are rounded down. */
			if (blocks[i] >= 2 * M || bytes < G)
				EXPECT_EQ(buf, arg.value, bytes);
			EXPECT(buf, arg.value <= bytes);
		}
	}
}

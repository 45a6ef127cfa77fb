// SPDX-License-Identifier: GPL-2.0
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ktap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct test *const suites[] = {
	size_tests, escape_tests, bar_tests, wait_tests, region_tests, proposal_tests, nl_tests,
	holders_tests, cmdline_tests, command_tests, completion_tests, fuzz_tests,
};

static bool failed;

bool ktap_same_text(const char *got, const char *want)
{
	return !strcmp(got, want);
}

void ktap_fail(const char *file, int line, const char *fmt, ...)
{
	char text[8192];
	const char *p;
	va_list ap;

	failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("# %s:%d: ", file, line);
	for (p = text; *p; p++) {
		if (*p == '\n')
			fputs("\n# ", stdout);
		else if ((unsigned char)*p < 0x20)
			printf("\\x%02x", *p);
		else
			putchar(*p);
	}
	putchar('\n');
}

int main(void)
{
	const struct test *test;
	int n = 0, failures = 0;
	size_t i;

	setlocale(LC_CTYPE, "");
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		for (test = suites[i]; test->name; test++)
			n++;
	}
	printf("KTAP version 1\n1..%d\n", n);

	n = 0;
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		for (test = suites[i]; test->name; test++) {
			failed = false;
			fflush(stdout);
			test->run();
			printf("%sok %d %s\n", failed ? "not " : "", ++n, test->name);
			failures += failed;
		}
	}
	printf("# Totals: pass:%d fail:%d skip:0\n", n - failures, failures);
	return failures != 0;
}

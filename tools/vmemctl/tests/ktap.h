/* SPDX-License-Identifier: GPL-2.0 */
/* Test cases, run by main.c, which prints KTAP. */
#ifndef VMEMCTL_KTAP_H
#define VMEMCTL_KTAP_H

#include <stdbool.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*run)(void);
};

/* Each test_*.c has one, which ends with a test without a name. */
extern const struct test bar_tests[], cmdline_tests[], command_tests[],
	completion_tests[], escape_tests[], fuzz_tests[], holders_tests[], nl_tests[],
	proposal_tests[], region_tests[], size_tests[], wait_tests[];

/* Prints "# what" and makes the running test fail. */
void ktap_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool ktap_same_text(const char *got, const char *want);

/* @what tells which row of a table it is about. */
#define CHECK(what, cond) do {						\
	if (!(cond))							\
		ktap_fail(__FILE__, __LINE__, "%s: %s", what, #cond);	\
} while (0)

#define CHECK_INT(what, got, want) do {					\
	long long _got = (got), _want = (want);				\
									\
	if (_got != _want)						\
		ktap_fail(__FILE__, __LINE__, "%s: %s is %lld, not %lld", \
			  what, #got, _got, _want);			\
} while (0)

#define CHECK_TEXT(what, got, want) do {				\
	const char *_got = (got), *_want = (want);			\
									\
	if (!ktap_same_text(_got, _want))				\
		ktap_fail(__FILE__, __LINE__, "%s: got:\n%s\nwanted:\n%s", \
			  what, _got, _want);				\
} while (0)

#endif /* VMEMCTL_KTAP_H */

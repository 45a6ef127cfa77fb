/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What prints KTAP for all programs in C, kselftests and others: a small harness, after
 * the idea of kselftest_harness.h.
 *
 *	TEST(name) { CHECK_EQ(seen, expected); ... }
 *	int main(int argc, char **argv) { return ktap_main(argc, argv); }
 *
 * Each test runs in a process of its own, which leads a process group of its
 * own: a crash or a timeout is a failure of that test only. A failed CHECK ends the
 * test; after a failed EXPECT it goes on, for tables. Names as arguments choose tests.
 * Exit status: 0 all passed, 1 some failed, 4 all were skipped.
 */
#ifndef _SELFTESTS_KTAP_H
#define _SELFTESTS_KTAP_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KTAP_FAIL 1
#define KTAP_SKIP 4

struct ktap_test {
	const char *name;
	void (*fn)(void);
	struct ktap_test *next;
	pid_t pid;	/* while it runs; -1: it could not be started */
	int output;	/* what it prints, if others run at the same time; else -1 */
};

extern struct ktap_test *ktap_tests, **ktap_tests_end;

/*
 * Seconds that a test may take; everything may run under emulation. KTAP_TIMEOUT in
 * the environment is for where that is not enough.
 */
extern unsigned int ktap_timeout;

/*
 * The tests run at the same time, as they wait most of theirs. Set by programs whose
 * tests know nothing of each other, and of other regions than their own.
 */
extern bool ktap_beside;

int ktap_main(int argc, char **argv);

/*
 * Whether the kernel has lockdep. It warns of some harmless things, which tests must
 * leave out then.
 */
static inline bool ktap_has_lockdep(void)
{
	return !access("/proc/lockdep", F_OK);
}

/* Print a line "# text": details of a failure. */
__attribute__((format(printf, 1, 2))) void ktap_say(const char *fmt, ...);
/*
 * The same, with any number of lines and with control characters made visible; and the
 * test fails at its end.
 */
__attribute__((format(printf, 1, 2))) void ktap_wrong(const char *fmt, ...);
/* As ktap_say(), but only if the test fails; replaces the last such line. */
__attribute__((format(printf, 1, 2))) void ktap_context(const char *fmt, ...);
__attribute__((format(printf, 1, 2), noreturn))
void ktap_skip(const char *fmt, ...);
__attribute__((noreturn)) void ktap_fail(void);
/* Milliseconds, or nanoseconds, since some time. */
uint64_t ktap_now_ms(void);
uint64_t ktap_now_ns(void);

#define TEST(_name) TEST_CALLED(_name, #_name)

/* A test whose result has another name than its function. */
#define TEST_CALLED(_name, _called)					\
	static void test_##_name(void);					\
	__attribute__((constructor)) static void register_##_name(void)	\
	{								\
		static struct ktap_test test = {			\
			.name = _called, .fn = test_##_name,		\
		};							\
		*ktap_tests_end = &test;				\
		ktap_tests_end = &test.next;				\
	}								\
	static void test_##_name(void)

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			ktap_say("%s:%d: not true: %s", __FILE_NAME__,\
				 __LINE__, #cond);			\
			ktap_fail();					\
		}							\
	} while (0)

#define CHECK_EQ(seen, expected)					\
	do {								\
		long long _s = (long long)(seen);			\
		long long _e = (long long)(expected);			\
		if (_s != _e) {						\
			ktap_say("%s:%d: %s: seen %lld, expected %lld",	\
				 __FILE_NAME__, __LINE__, #seen, _s,	\
				 _e);	\
			ktap_fail();					\
		}							\
	} while (0)

/* @what tells what was tried, such as the row of a table. */
#define EXPECT(what, cond)						\
	do {								\
		if (!(cond))						\
			ktap_wrong("%s:%d: %s: not true: %s",		\
				   __FILE_NAME__, __LINE__, what,	\
				   #cond);				\
	} while (0)

#define EXPECT_EQ(what, seen, expected)					\
	do {								\
		long long _s = (long long)(seen);			\
		long long _e = (long long)(expected);			\
		if (_s != _e)						\
			ktap_wrong("%s:%d: %s: %s: seen %lld, expected %lld", \
				   __FILE_NAME__, __LINE__, what,	\
				   #seen, _s, _e);			\
	} while (0)

#define EXPECT_TEXT(what, seen, expected)				\
	do {								\
		const char *_s = (seen), *_e = (expected);		\
		if (strcmp(_s, _e))					\
			ktap_wrong("%s:%d: %s: seen:\n%s\nexpected:\n%s", \
				   __FILE_NAME__, __LINE__, what, _s,	\
				   _e);					\
	} while (0)

#endif /* _SELFTESTS_KTAP_H */

// SPDX-License-Identifier: GPL-2.0
/* See ktap.h. */

#include "ktap.h"

/* Seconds that a killed process may take to go away. */
#define KTAP_GRACE 60

struct ktap_test *ktap_tests, **ktap_tests_end = &ktap_tests;
unsigned int ktap_timeout = 240;

void ktap_say(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int len;

	/* One write(), because threads and processes share the output. */
	va_start(args, fmt);
	len = vsnprintf(line + 2, sizeof(line) - 3, fmt, args);
	va_end(args);
	if (len > (int)sizeof(line) - 4)
		len = sizeof(line) - 4;
	line[0] = '#';
	line[1] = ' ';
	line[len + 2] = '\n';
	if (write(STDOUT_FILENO, line, len + 3) < 0)
		_exit(KTAP_FAIL);
}

static char context[256];

void ktap_context(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
}

void ktap_skip(const char *fmt, ...)
{
	char reason[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	ktap_say("skipped: %s", reason);
	_exit(KTAP_SKIP);
}

void ktap_fail(void)
{
	if (context[0])
		ktap_say("%s", context);
	_exit(KTAP_FAIL);
}

/* Wait for a child until a time. Its wait status, or -1. */
static int ktap_wait(pid_t pid, unsigned int seconds)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	time_t end = time(NULL) + seconds;
	int status;

	while (time(NULL) <= end) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&pause, NULL);
	}
	return -1;
}

static int ktap_run(const struct ktap_test *test)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		ktap_say("fork: %s", strerror(errno));
		return KTAP_FAIL;
	}
	if (!pid) {
		setpgid(0, 0);
		test->fn();
		fflush(NULL);
		_exit(0);
	}
	setpgid(pid, pid);
	status = ktap_wait(pid, ktap_timeout);
	/* Also what the test has left behind. */
	kill(-pid, SIGKILL);
	if (status < 0) {
		ktap_say("not ended after %u seconds", ktap_timeout);
		if (ktap_wait(pid, KTAP_GRACE) < 0)
			ktap_say("and cannot be killed");
		return KTAP_FAIL;
	}
	if (WIFSIGNALED(status)) {
		ktap_say("ended by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
		return KTAP_FAIL;
	}
	return WEXITSTATUS(status);
}

static bool ktap_chosen(const struct ktap_test *test, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], test->name))
			return true;
	return argc < 2;
}

int ktap_main(int argc, char **argv)
{
	unsigned int nr = 0, failed = 0, skipped = 0, n = 0;
	const char *timeout = getenv("KTAP_TIMEOUT");
	struct ktap_test *test;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (timeout)
		ktap_timeout = atoi(timeout);
	for (test = ktap_tests; test; test = test->next)
		n += ktap_chosen(test, argc, argv);
	printf("KTAP version 1\n1..%u\n", n);
	for (test = ktap_tests; test; test = test->next) {
		int status;

		if (!ktap_chosen(test, argc, argv))
			continue;
		status = ktap_run(test);
		if (status == KTAP_SKIP) {
			printf("ok %u %s # SKIP\n", ++nr, test->name);
			skipped++;
		} else {
			printf("%sok %u %s\n", status ? "not " : "", ++nr,
			       test->name);
			failed += status != 0;
		}
	}
	if (failed || !n)
		return KTAP_FAIL;
	return skipped == n ? KTAP_SKIP : 0;
}

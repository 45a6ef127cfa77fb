// SPDX-License-Identifier: GPL-2.0
/* See ktap.h. */

#include <sys/mman.h>

#include "ktap.h"

/* Seconds that a killed process may take to go away. */
#define KTAP_GRACE 60

struct ktap_test *ktap_tests, **ktap_tests_end = &ktap_tests;
unsigned int ktap_timeout = 240;
bool ktap_beside;

uint64_t ktap_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

uint64_t ktap_now_ms(void)
{
	return ktap_now_ns() / 1000000;
}

void ktap_say(const char *fmt, ...)
{
	char line[4096];
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

/* The running test, which has gone on. */
static bool wrong;

static void say_line(const char *text)
{
	char line[4096];
	size_t len = 0;

	for (; *text && len < sizeof(line) - 5; text++) {
		unsigned char c = *text;

		if (c < 0x20 && c != '\t')
			len += sprintf(line + len, "\\x%02x", c);
		else
			line[len++] = c;
	}
	line[len] = 0;
	ktap_say("%s", line);
}

void ktap_wrong(const char *fmt, ...)
{
	char text[16384], *rest = text, *line;
	va_list args;

	wrong = true;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	while ((line = strsep(&rest, "\n")))
		say_line(line);
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

static void ktap_start(struct ktap_test *test)
{
	fflush(NULL);
	test->output = ktap_beside ? memfd_create(test->name, MFD_CLOEXEC) : -1;
	test->pid = fork();
	if (test->pid < 0)
		ktap_say("fork: %s", strerror(errno));
	if (test->pid > 0)
		setpgid(test->pid, test->pid);
	if (test->pid)
		return;
	setpgid(0, 0);
	if (test->output >= 0 && (dup2(test->output, STDOUT_FILENO) < 0 ||
				  dup2(test->output, STDERR_FILENO) < 0))
		_exit(KTAP_FAIL);
	test->fn();
	/* No _exit(): a sanitizer looks for leaks at the end of a process. */
	exit(wrong ? KTAP_FAIL : 0);
}

/* Print what a test has printed while others did. */
static void ktap_copy_output(struct ktap_test *test)
{
	char text[4096];
	ssize_t len;

	if (test->output < 0)
		return;
	fflush(NULL);
	lseek(test->output, 0, SEEK_SET);
	while ((len = read(test->output, text, sizeof(text))) > 0)
		if (write(STDOUT_FILENO, text, len) != len)
			_exit(KTAP_FAIL);
	close(test->output);
}

/* Wait for a test that was started. Its result, as an exit status. */
static int ktap_end(struct ktap_test *test)
{
	int status;

	if (test->pid < 0)
		return KTAP_FAIL;
	status = ktap_wait(test->pid, ktap_timeout);
	/* Also what the test has left behind. */
	kill(-test->pid, SIGKILL);
	ktap_copy_output(test);
	if (status < 0) {
		ktap_say("not ended after %u seconds", ktap_timeout);
		if (ktap_wait(test->pid, KTAP_GRACE) < 0)
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
	for (test = ktap_tests; test && ktap_beside; test = test->next)
		if (ktap_chosen(test, argc, argv))
			ktap_start(test);
	for (test = ktap_tests; test; test = test->next) {
		int status;

		if (!ktap_chosen(test, argc, argv))
			continue;
		if (!ktap_beside)
			ktap_start(test);
		status = ktap_end(test);
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

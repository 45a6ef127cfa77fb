// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "ktap.h"
#include "run.h"

/* Nothing here takes that long, however slow the machine. */
#define RUN_SECONDS_MAX	180

static void child(const struct run *r, int out, int err)
{
	const char *program = getenv("VMEMCTL");
	const char *argv[RUN_ARGS_MAX + 2];
	int i;

	dup2(err, STDERR_FILENO);
	if (!r->stdout_to || !strcmp(r->stdout_to, "|"))
		dup2(out, STDOUT_FILENO);
	else if (!strcmp(r->stdout_to, "-"))
		close(STDOUT_FILENO);
	else
		dup2(open(r->stdout_to, O_WRONLY), STDOUT_FILENO);

	argv[0] = "vmemctl";
	for (i = 0; i < RUN_ARGS_MAX && r->args[i]; i++)
		argv[i + 1] = r->args[i];
	argv[i + 1] = NULL;
	setenv("FAKE", r->fake ? r->fake : "", 1);
	setenv("TZ", "UTC", 1);
	unsetenv("COLUMNS");
	unsetenv("NO_COLOR");
	for (i = 0; i < RUN_ENV_MAX && r->env[i]; i++)
		putenv((char *)r->env[i]);
	/* A leak is no failure of a command that ended well. */
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	alarm(RUN_SECONDS_MAX);
	execv(program ? program : "./vmemctl-fake", (char **)argv);
	_exit(127);
}

/* Appends what @fd has; returns false at its end. */
static bool collect(int fd, char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	n = read(fd, text + len, RUN_TEXT_MAX - 1 - len);
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)		/* a pty says EIO */
		return false;
	text[len + n] = '\0';
	return true;
}

static void collect_both(struct run *r, int out, int err, pid_t pid)
{
	struct pollfd fds[2] = {
		{ .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN }
	};
	const char *at = r->sigint_at;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		poll(fds, 2, -1);
		if (fds[0].revents && !collect(out, r->out))
			fds[0].fd = -1;
		if (at && strstr(r->out, at)) {
			kill(pid, SIGINT);
			at = NULL;
		}
		if (fds[1].revents && !collect(err, r->err))
			fds[1].fd = -1;
	}
}

/* A terminal that passes on what is written as it is. */
static int open_wide(int columns, int *fds)
{
	struct winsize size = { .ws_row = 25, .ws_col = columns };
	struct termios raw = { .c_cflag = CREAD | CS8 };

	return openpty(&fds[0], &fds[1], NULL, &raw, &size);
}

void run(struct run *r)
{
	struct winsize size = { .ws_row = 25, .ws_col = 80 };
	int out[2], err[2], status;
	pid_t pid;

	r->out[0] = '\0';
	r->err[0] = '\0';
	if (r->columns ? open_wide(r->columns, out) : pipe2(out, O_CLOEXEC))
		abort();
	if (r->tty ? openpty(&err[0], &err[1], NULL, NULL, &size) :
		     pipe2(err, O_CLOEXEC))
		abort();
	if (r->stdout_to && !strcmp(r->stdout_to, "|")) {
		/* The read end goes; ours must not keep the pipe alive. */
		close(out[0]);
		out[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}

	pid = fork();
	if (pid < 0)
		abort();
	if (!pid)
		child(r, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	collect_both(r, out[0], err[0], pid);
	close(out[0]);
	close(err[0]);
	if (waitpid(pid, &status, 0) != pid)
		abort();
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void name_case(char *what, size_t size, const struct run_case *c)
{
	int i;

	*what = '\0';
	for (i = 0; i < RUN_ARGS_MAX && c->args[i]; i++)
		snprintf(what + strlen(what), size - strlen(what), "%s ", c->args[i]);
	snprintf(what + strlen(what), size - strlen(what), "(%s)", c->fake);
}

void run_cases(struct run *r, const struct run_case *cases, size_t nr)
{
	char what[512], err[RUN_TEXT_MAX];
	size_t i, len;

	for (i = 0; i < nr; i++) {
		const struct run_case *c = &cases[i];

		r->fake = c->fake;
		memcpy(r->args, c->args, sizeof(r->args));
		run(r);
		name_case(what, sizeof(what), c);
		EXPECT_EQ(what, r->status, c->status);
		len = strlen(c->out);
		if (!len || c->out[len - 1] == '\n')
			EXPECT_TEXT(what, r->out, c->out);
		else if (strncmp(r->out, c->out, len))
			ktap_wrong("%s: got:\n%s\nwanted as its beginning:\n%s", what, r->out,
				   c->out);
		snprintf(err, sizeof(err), *c->err ? "vmemctl: %s\n" : "%s", c->err);
		EXPECT_TEXT(what, r->err, err);
	}
}

void expect_quiet(const char *command)
{
	FILE *pipe = popen(command, "r");
	char text[4096];
	size_t len;
	int status;

	EXPECT("popen", pipe);
	if (!pipe)
		return;
	len = fread(text, 1, sizeof(text) - 1, pipe);
	text[len] = '\0';
	status = pclose(pipe);
	EXPECT_TEXT(command, text, "");
	EXPECT(command, WIFEXITED(status) && !WEXITSTATUS(status));
}

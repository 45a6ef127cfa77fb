// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's process 1: runs one command at a time for scripts/guest-vm, over
 * a virtio-serial port.
 *
 * Both directions carry lines "ID TYPE BASE64\n" of at most LINE_MAX_LEN bytes,
 * so that either side finds its way again after the other one went away in the
 * middle of something. ID is chosen by the asking side, once per request.
 *
 *   to the guest    i  more standard input      c  more of the command
 *                   r  run it with "sh -c"      k  kill it
 *                   p  ping
 *   from the guest  a  command accepted
 *                   o  standard output          e  standard error
 *                   x  exit status (decimal), the last line of a request
 *                   b  the agent has started (ID is "boot"); after an "a" it
 *                      tells the caller that the guest went down with its command
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_LEN	4096
#define ID_MAX_LEN	64

static int port;

/* The request being received or run; a new ID replaces it. */
static struct {
	char id[ID_MAX_LEN];
	char *command;
	size_t len;
	int input;
	pid_t pid;
	int exited, status;
	int out[2];		/* our ends of its stdout and stderr, or -1 */
} job = { .input = -1, .out = { -1, -1 } };

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void die(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);	/* of process 1: the kernel panics, which nobody overlooks */
}

static size_t encode(const unsigned char *from, size_t len, char *to)
{
	char *start = to;

	for (size_t i = 0; i < len; i += 3) {
		unsigned int left = len - i;
		unsigned int v = from[i] << 16;

		if (left > 1)
			v |= from[i + 1] << 8;
		if (left > 2)
			v |= from[i + 2];
		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[v & 63] : '=';
	}
	return to - start;
}

/* In place; stops at the first byte that is not base64 (the padding). */
static size_t decode(char *text)
{
	unsigned int v = 0, bits = 0;
	char *to = text;
	const char *d;

	for (char *p = text; *p && (d = strchr(digits, *p)); p++) {
		v = v << 6 | (d - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*to++ = v >> bits;
		}
	}
	return to - text;
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n >= 0) {
			buf += n;
			len -= n;
		} else if (errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			die("write");
		}
	}
}

static void reply(char type, const void *data, size_t len)
{
	char line[LINE_MAX_LEN];
	int n = sprintf(line, "%s %c ", job.id, type);

	n += encode(data, len, line + n);
	line[n++] = '\n';
	write_all(port, line, n);
}

/* Returns 0 when there is nothing more to read now, or ever. */
static int forward(int which)
{
	char buf[2400];
	ssize_t n;

	if (job.out[which] < 0)
		return 0;
	n = read(job.out[which], buf, sizeof(buf));
	if (n > 0) {
		reply(which ? 'e' : 'o', buf, n);
		return 1;
	}
	if (n == 0) {
		close(job.out[which]);
		job.out[which] = -1;
	}
	return 0;
}

/* Also forgets a command that is still running: it was given up by its caller. */
static void job_reset(const char *id)
{
	if (job.pid && !job.exited)
		kill(-job.pid, SIGKILL);
	for (int i = 0; i < 2; i++)
		if (job.out[i] >= 0)
			close(job.out[i]);
	if (job.input >= 0)
		close(job.input);
	free(job.command);
	memset(&job, 0, sizeof(job));
	job.input = job.out[0] = job.out[1] = -1;
	snprintf(job.id, sizeof(job.id), "%s", id);
}

static void job_finish(void)
{
	char text[16];
	int n;

	/* What a background process still writes later is lost. */
	for (int i = 0; i < 2; i++)
		while (forward(i))
			;
	n = sprintf(text, "%d", WIFSIGNALED(job.status) ?
		    128 + WTERMSIG(job.status) : WEXITSTATUS(job.status));
	reply('x', text, n);
	job_reset("");
}

static void job_run(void)
{
	int pipes[2][2];

	for (int i = 0; i < 2; i++) {
		if (pipe2(pipes[i], O_CLOEXEC))
			die("pipe");
		job.out[i] = pipes[i][0];
		fcntl(job.out[i], F_SETFL, O_NONBLOCK);
	}
	job.pid = fork();
	if (job.pid < 0) {
		static const char text[] = "agent: no memory for a process\n";

		job.pid = 0;
		reply('e', text, sizeof(text) - 1);
		reply('x', "126", 3);
	} else if (job.pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		setsid();
		if (job.input < 0)
			job.input = open("/dev/null", O_RDONLY);
		else
			lseek(job.input, 0, SEEK_SET);
		dup2(job.input, 0);
		dup2(pipes[0][1], 1);
		dup2(pipes[1][1], 2);
		execl("/bin/sh", "sh", "-c", job.command ? job.command : "", NULL);
		_exit(127);
	}
	close(pipes[0][1]);
	close(pipes[1][1]);
}

static void handle(char *line)
{
	char *id = line, *type, *data;
	size_t len;

	type = strchr(line, ' ');
	data = type ? strchr(type + 1, ' ') : NULL;
	if (!data || type - id >= ID_MAX_LEN)
		return;
	*type++ = *data++ = '\0';
	len = decode(data);

	if (strcmp(id, job.id))
		job_reset(id);
	switch (*type) {
	case 'i':
		if (job.input < 0)
			job.input = memfd_create("stdin", MFD_CLOEXEC);
		if (job.input < 0)
			die("memfd_create");
		write_all(job.input, data, len);
		break;
	case 'c':
		job.command = realloc(job.command, job.len + len + 1);
		if (!job.command)
			die("realloc");
		memcpy(job.command + job.len, data, len);
		job.len += len;
		job.command[job.len] = '\0';
		break;
	case 'r':
		if (!job.pid) {
			reply('a', "", 0);
			job_run();
		}
		break;
	case 'k':
		job_reset("");
		break;
	case 'p':
		reply('x', "0", 1);
		break;
	}
}

static void receive(void)
{
	static char buf[2 * LINE_MAX_LEN];
	static size_t used;
	char *line = buf, *end;
	ssize_t n;

	n = read(port, buf + used, sizeof(buf) - 1 - used);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die("read");
	if (n <= 0)
		return;
	used += n;
	buf[used] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		handle(line);
		line = end + 1;
	}
	used -= line - buf;
	memmove(buf, line, used);
	if (used > LINE_MAX_LEN)	/* not ours: begin again after it */
		used = 0;
}

static void reap(int sigfd)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(sigfd, &info, sizeof(info)) < 0 && errno != EAGAIN)
		die("signalfd");
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == job.pid) {
			job.exited = 1;
			job.status = status;
		}
	}
}

int main(int argc, char **argv)
{
	sigset_t child;
	int sigfd;

	if (argc != 2) {
		fprintf(stderr, "usage: agent PORT\n");
		return 2;
	}
	port = open(argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (port < 0)
		die(argv[1]);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigfd = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	if (sigfd < 0)
		die("signalfd");
	signal(SIGPIPE, SIG_IGN);
	job_reset("boot");
	reply('b', "", 0);

	for (;;) {
		struct pollfd p[] = {
			{ .fd = port, .events = POLLIN },
			{ .fd = sigfd, .events = POLLIN },
			{ .fd = job.out[0], .events = POLLIN },
			{ .fd = job.out[1], .events = POLLIN },
		};

		if (poll(p, 4, -1) < 0 && errno != EINTR)
			die("poll");
		if (p[1].revents)
			reap(sigfd);
		for (int i = 0; i < 2; i++)
			if (p[2 + i].revents)
				forward(i);
		if (job.exited)
			job_finish();
		if (p[0].revents)
			receive();
	}
}

// SPDX-License-Identifier: GPL-2.0
/*
 * guest-vm, without the start of a Python interpreter, which takes longer in an emulated
 * host than most of the commands: hands arguments, standard streams and the current
 * directory to "guest-vm serve" and ends with the status that comes back. Where nobody
 * serves, and for commands that need the environment, it becomes scripts/guest-vm.
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SERVER "/run/guest-vm.socket"
/* More than a message holds is for Python. */
#define MESSAGE_MAX 65536

static int become_python(char **argv)
{
	char path[PATH_MAX], script[PATH_MAX + 32];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len > 0) {
		path[len] = 0;
		/* It is build/bin/guest-vm. */
		snprintf(script, sizeof(script), "%s/scripts/guest-vm",
			 dirname(dirname(dirname(path))));
		execv(script, argv);
	}
	perror("guest-vm");
	return 1;
}

/* The current directory and the arguments, each with its NUL. 0: they do not fit. */
static size_t make_message(char *message, int argc, char **argv)
{
	size_t at;

	if (!getcwd(message, PATH_MAX))
		return 0;
	at = strlen(message) + 1;
	for (int i = 1; i < argc; i++) {
		size_t len = strlen(argv[i]) + 1;

		if (len > MESSAGE_MAX - at)
			return 0;
		memcpy(message + at, argv[i], len);
		at += len;
	}
	return at;
}

static int send_message(int fd, char *message, size_t len)
{
	const int streams[3] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	union {
		char space[CMSG_SPACE(sizeof(streams))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { message, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(streams));
	memcpy(CMSG_DATA(cmsg), streams, sizeof(streams));
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const struct sockaddr_un server = {
		.sun_family = AF_UNIX, .sun_path = SERVER,
	};
	static char message[MESSAGE_MAX];
	unsigned char status;
	size_t len;
	int fd;

	if (argc < 2 || !strcmp(argv[1], "start") || !strcmp(argv[1], "wait") ||
	    !strcmp(argv[1], "serve"))
		return become_python(argv);
	len = make_message(message, argc, argv);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (!len || fd < 0 ||
	    connect(fd, (const struct sockaddr *)&server, sizeof(server)) ||
	    send_message(fd, message, len))
		return become_python(argv);
	if (read(fd, &status, 1) != 1) {
		fprintf(stderr, "guest-vm: its server has died\n");
		return 1;
	}
	return status;
}

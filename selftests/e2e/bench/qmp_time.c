// SPDX-License-Identifier: GPL-2.0
/*
 * How fast QEMU's monitor answers, in nanoseconds.
 *
 *   qmp_time ping SOCKET              ask for the status once a millisecond until standard
 *                                     input ends; prints "LONGEST MEDIAN NUMBER"
 *   qmp_time resize SOCKET ID BYTES   set the requested size of a memory device, and ask
 *                                     once a millisecond until it is the plugged size;
 *                                     prints "DURATION LONGEST NUMBER"
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"

#define TIMEOUT_S	600

static FILE *from;
static int sock;
static char *line;
static size_t line_size;
static uint64_t *samples;
static size_t nr;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The answer to a command, past the events that come before it. */
static const char *execute(const char *command)
{
	if (write(sock, command, strlen(command)) < 0)
		die("write");
	while (getline(&line, &line_size, from) > 0) {
		if (!strncmp(line, "{\"return\"", 9))
			return line;
		if (!strncmp(line, "{\"error\"", 8))
			break;
	}
	fprintf(stderr, "qmp_time: %s: %s\n", command, line);
	exit(1);
}

/* The same, and notes how long it took. */
static const char *timed(const char *command)
{
	uint64_t begin = ktap_now_ns();
	const char *answer = execute(command);

	if (!(nr & (nr + 1))) {
		samples = realloc(samples, 2 * (nr + 1) * sizeof(*samples));
		if (!samples)
			die("realloc");
	}
	samples[nr++] = ktap_now_ns() - begin;
	return answer;
}

static void open_monitor(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	if (sock < 0 || connect(sock, (struct sockaddr *)&addr, sizeof(addr)))
		die(path);
	from = fdopen(sock, "r");
	if (!from || getline(&line, &line_size, from) < 0)
		die(path);
	execute("{\"execute\":\"qmp_capabilities\"}\n");
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void do_ping(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	do
		timed("{\"execute\":\"query-status\"}\n");
	while (!poll(&input, 1, 1));
	qsort(samples, nr, sizeof(*samples), compare);
	printf("%llu %llu %zu\n", (unsigned long long)samples[nr - 1],
	       (unsigned long long)samples[nr / 2], nr);
}

static void do_resize(const char *id, const char *bytes)
{
	char set[256], get[256], want[64];
	uint64_t begin, end;

	snprintf(set, sizeof(set), "{\"execute\":\"qom-set\",\"arguments\":{\"path\":\"/machine/peripheral/%s\",\"property\":\"requested-size\",\"value\":%s}}\n",
		 id, bytes);
	snprintf(get, sizeof(get), "{\"execute\":\"qom-get\",\"arguments\":{\"path\":\"/machine/peripheral/%s\",\"property\":\"size\"}}\n",
		 id);
	snprintf(want, sizeof(want), "{\"return\": %s}", bytes);
	begin = ktap_now_ns();
	timed(set);
	while (strncmp(timed(get), want, strlen(want))) {
		if (ktap_now_ns() - begin > TIMEOUT_S * 1000000000ULL) {
			fprintf(stderr, "qmp_time: %s is not resized to %s: %s\n", id, bytes, line);
			exit(1);
		}
		usleep(1000);
	}
	end = ktap_now_ns();
	qsort(samples, nr, sizeof(*samples), compare);
	printf("%llu %llu %zu\n", (unsigned long long)(end - begin),
	       (unsigned long long)samples[nr - 1], nr);
}

int main(int argc, char **argv)
{
	bool ping = argc == 3 && !strcmp(argv[1], "ping");

	if (!ping && !(argc == 5 && !strcmp(argv[1], "resize"))) {
		fprintf(stderr, "usage: qmp_time ping SOCKET | resize SOCKET ID BYTES\n");
		return 2;
	}
	open_monitor(argv[2]);
	if (ping)
		do_ping();
	else
		do_resize(argv[3], argv[4]);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The slow loop beside the kernel's: sizes that are requested, and how far each guest may
 * grow on its own until the next decision. Memory still arrives if this is slow, or dead.
 *
 * What is known of the past is for calm only. After a start it follows from what the
 * kernel says, so there is nothing to save, and nothing half done: each change of a
 * region is one message, which the kernel takes or refuses as a whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "../escape.h"
#include "../nl.h"
#include "../vmemctl.h"
#include "apply.h"
#include "auto.h"
#include "host.h"
#include "replay.h"
#include "vm.h"

/* At least so often is everything looked at. */
#define PERIOD_MS	5000
/* Events that come within this time are one reason to look. */
#define GATHER_MS	100

struct service {
	const struct auto_options *options;
	struct vnl nl;
	struct rules rules;
	struct fleet fleet;
	struct fleet_host host;
	struct apply left;	/* of the rules for the host */
	FILE *record;
	int signals;
	int pressure;
	int status;	/* STATUS_OK, or why it cannot go on */
	bool stop;
};

/* The open lock file is the lock; it says who holds it. Returns it, or -errno. */
static int open_lock(int flags)
{
	const char *dir = getenv("RUNTIME_DIRECTORY");
	char path[4096];
	int fd;

	if (!dir)
		dir = "/run/vhost-mem";
	if (flags & O_CREAT)
		mkdir(dir, 0755);
	snprintf(path, sizeof(path), "%s/auto.lock", dir);
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0644);
	return fd < 0 ? -errno : fd;
}

int auto_running(void)
{
	int fd = open_lock(O_RDONLY), pid = 0;
	char text[16] = "";

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK &&
	    read(fd, text, sizeof(text) - 1) > 0)
		pid = atoi(text);
	close(fd);
	return pid;
}

/* Two of them would undo each other's decisions. Held until the process ends. */
static int lock(void)
{
	int fd = open_lock(O_RDWR | O_CREAT);
	char text[16];

	if (fd < 0) {
		error("auto.lock: %s", strerror(-fd));
		return STATUS_REFUSED;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		error("'vmemctl auto' is running already");
		close(fd);
		return STATUS_REFUSED;
	}
	snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(fd, 0) || write(fd, text, strlen(text)) < 0)
		error("auto.lock: %s", strerror(errno));
	return STATUS_OK;
}

static int read_rules(struct service *s)
{
	struct rules rules;

	if (rules_read(&rules, s->options->config))
		return STATUS_USAGE;
	if (rules.errors) {
		rules_free(&rules);
		return STATUS_USAGE;
	}
	/* Members point into the rules; they are found again, as after a start. */
	fleet_free(&s->fleet);
	rules_free(&s->rules);
	s->rules = rules;
	return STATUS_OK;
}

/* Somebody else may have been faster, or the region may be gone: then the next look tells. */
static void set(struct service *s, const struct region *change, const struct region *region)
{
	char title[REGION_STRING_MAX];
	struct region after;
	int ret;

	ret = vnl_set(&s->nl, change, &after);
	if (!ret || ret == -ESTALE || ret == -ENOENT || ret == -ESHUTDOWN)
		return;
	vnl_complain(&s->nl, ret, "setting %s", region_title(title, sizeof(title), region));
	if (ret == -EPERM)
		s->status = STATUS_REFUSED;
}

/*
 * Says why a rule was refused, and not again at each look. Who is gone is not listed at the
 * next one; if it is, something else was not found.
 */
static void refused(struct service *s, struct left *left, const struct region *region, int ret)
{
	char title[REGION_STRING_MAX];
	bool again = left->refused == ret;

	left->refused = ret;
	left->said &= again;
	if (left->said || ret == -ESHUTDOWN || (ret == -ENOENT && !again))
		return;
	left->said = true;
	vnl_complain(&s->nl, ret, "applying the rules to %s",
		     region_title(title, sizeof(title), region));
}

/*
 * Not those that were applied before, also by another process: what was set by hand since
 * stays. Whatever they loosen, the kernel's defaults have bound the region up to now.
 *
 * What was refused is tried again at each look, as the reason may be gone at any time, and
 * not all of that is told by events: somebody sets a lower minimum, or there is room in a
 * pool. That they all were applied is the last, so it is left while any other is.
 */
static void apply_rules(struct service *s, struct member *member, const struct region *region)
{
	struct region change, after;
	bool waits = false;
	int ret, part;

	for (part = 0; part < VM_RULE_PARTS; part++) {
		struct left *left = &member->left[part];

		if (!left->any || (part == VM_RULE_MARK && waits))
			continue;
		ret = vm_rule_change(&change, region, member->found, part) ?
		      vnl_set(&s->nl, &change, &after) : 0;
		if (ret == -EPERM)
			s->status = STATUS_REFUSED;
		if (ret)
			refused(s, left, region, ret);
		left->any = ret;
		waits |= left->any;
	}
}

static void on_decision(void *arg, struct member *member, const struct region *region,
			const struct decision *d, const char *line)
{
	const struct auto_options *options;
	struct service *s = arg;
	struct region change;

	options = s->options;
	if (options->verbose || d->target != region->requested_size ||
	    d->reason != member->said)
		auto_say(stdout, options->json, s->host.now_ms, region, d, line);
	member->said = d->reason;
	if (options->dry_run)
		return;
	apply_rules(s, member, region);
	if (vm_change(&change, region, d))
		set(s, &change, region);
}

static void look(struct service *s)
{
	struct region_list list;
	int ret;

	/* Before those for regions, which may name a pool. What is refused is tried again. */
	apply_host(&s->nl, &s->rules, &s->left);
	s->left.quiet = true;
	if (host_read(&s->host)) {
		s->status = STATUS_REFUSED;
		return;
	}
	ret = vnl_dump(&s->nl, &list);
	if (ret == -EAGAIN)	/* it keeps changing */
		return;
	if (ret) {
		vnl_complain(&s->nl, ret, "listing the regions");
		s->status = STATUS_REFUSED;
		return;
	}
	if (s->record)
		replay_record(s->record, &list, &s->host);
	ret = fleet_decide(&s->fleet, &list, &s->rules, &s->host, on_decision, s);
	region_list_free(&list);
	if (ret) {
		error("deciding: %s", strerror(-ret));
		s->status = STATUS_REFUSED;
	}
	if (fflush(stdout)) {
		error("writing the output: %s", strerror(errno));
		s->status = STATUS_REFUSED;
	}
}

static void on_event(const char *event, const struct region *region, void *arg)
{
	/* Everything is listed anyway, and a lost event is just not a reason. */
	(void)event;
	(void)region;
	(void)arg;
}

static void on_signal(struct service *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGHUP) {
		s->stop = true;
		return;
	}
	if (read_rules(s))
		error("the rules stay as they were");
	else
		s->left = (struct apply){ .pools = true, .defaults = true };
}

static void wait_for_reason(struct service *s)
{
	struct pollfd fds[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = vnl_events_fd(&s->nl), .events = POLLIN },
		{ .fd = s->pressure, .events = POLLPRI },
	};
	int ret;

	if (poll(fds, 3, PERIOD_MS) <= 0)
		return;
	if (fds[0].revents)
		on_signal(s);
	if (s->stop)
		return;
	if (fds[2].revents & POLLERR)
		s->pressure = -1;
	poll(NULL, 0, GATHER_MS);
	ret = vnl_read_events(&s->nl, on_event, NULL);
	if (ret && ret != -ENOBUFS) {
		vnl_complain(&s->nl, ret, "waiting for events");
		s->status = STATUS_REFUSED;
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void serve(struct service *s)
{
	s->signals = open_signals();
	s->pressure = host_open_pressure();
	if (s->pressure < 0)
		error("/proc/pressure/memory: %s; pressure is not a reason to look",
		      strerror(-s->pressure));
	sd_notify(0, "READY=1");
	while (!s->stop && !s->status) {
		look(s);
		/* No look takes as long as the watchdog waits, unless something hangs. */
		sd_notify(0, "WATCHDOG=1");
		if (!s->status)
			wait_for_reason(s);
	}
	sd_notify(0, "STOPPING=1");
}

int auto_run(const struct auto_options *options)
{
	struct service s = { .options = options, .host.pool = options->pool };
	int ret;

	if (read_rules(&s))
		return STATUS_USAGE;
	s.status = options->dry_run ? STATUS_OK : lock();
	if (s.status || vnl_open(&s.nl)) {
		rules_free(&s.rules);
		return STATUS_REFUSED;
	}
	if (options->record) {
		s.record = fopen(options->record, "we");
		if (!s.record) {
			error("%s: %s", options->record, strerror(errno));
			s.status = STATUS_REFUSED;
		}
	}
	ret = options->once || s.status ? 0 : vnl_subscribe(&s.nl);
	if (ret) {
		vnl_complain(&s.nl, ret, "subscribing to events");
		s.status = STATUS_REFUSED;
	}
	s.left = (struct apply){ .pools = !options->dry_run, .defaults = !options->dry_run };
	if (options->once && !s.status)
		look(&s);
	else if (!s.status)
		serve(&s);
	if (s.record)
		fclose(s.record);
	fleet_free(&s.fleet);
	rules_free(&s.rules);
	vnl_close(&s.nl);
	return s.status;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The command monitor. Events can be lost: a reader that is too slow loses them, and so
 * does a kernel without memory. Their numbers are consecutive, so it is noticed. Then
 * all regions are read again, and what has changed is told as the events that were
 * missed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "escape.h"
#include "job.h"

/* Reading what is queued ends even if events keep coming. */
#define DRAIN_MAX	64
/* Until the next try if the list keeps changing while it is read. */
#define AGAIN_MS	1000

struct monitor {
	struct context *ctx;
	struct region_list known;	/* as they were last told of; see told_job() */
	uint64_t last;			/* number of the newest event, or its like; 0: none */
	uint64_t covered;		/* what has this number or less has been told */
	bool lost;
};

static struct region *find_known(struct monitor *m, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->known.nr; i++) {
		if (m->known.regions[i].id == id)
			return &m->known.regions[i];
	}
	return NULL;
}

/*
 * The number of the region's last job whose end has been told. The jobs of a region begin
 * and end in the order of their numbers.
 */
static uint64_t *told_job(struct region *known)
{
	return &known->ended_job.id;
}

static void no_memory(void)
{
	error("%s", strerror(ENOMEM));
	exit(STATUS_REFUSED);
}

static void remember(struct monitor *m, const char *event, const struct region *region)
{
	struct region *known = find_known(m, region->id);
	uint64_t told = known ? *told_job(known) : 0;

	if (!strcmp(event, "gone")) {
		if (known)
			*known = m->known.regions[--m->known.nr];
		return;
	}
	if (!known) {
		if (region_list_add(&m->known, region))
			no_memory();
		return;
	}
	if (region->sequence >= known->sequence)
		*known = *region;
	if (*told_job(known) < told)
		*told_job(known) = told;
}

/* A job can end between the list of regions and that of jobs, so its number decides. */
static bool is_told(struct monitor *m, const char *event, const struct region *region)
{
	struct region *known = find_known(m, region->id);

	if (!strcmp(event, "job") && region_has(region, VHOST_MEM_A_REGION_ENDED_JOB) && known)
		return region->ended_job.id <= *told_job(known);
	/* Otherwise it was queued while the regions were read again. */
	return region->sequence && region->sequence <= m->covered;
}

static void on_event(const char *event, const struct region *region, void *arg)
{
	struct monitor *m = arg;
	uint64_t number = region->sequence;

	if (m->last && number > m->last + 1)
		m->lost = true;
	if (number > m->last)
		m->last = number;
	if (is_told(m, event, region))
		return;
	out_event(&m->ctx->out, time(NULL), event, region);
	remember(m, event, region);
}

/* It has no number, and is about no region, so nothing is compared with it later. */
static void on_defaults(const struct defaults *defaults, void *arg)
{
	struct monitor *m = arg;

	out_defaults_event(&m->ctx->out, time(NULL), defaults);
}

static bool differs(const struct region *a, const struct region *b, int first, int last)
{
	const struct attr *attr;
	int i;

	for (i = first; i <= last; i++) {
		attr = &region_attrs[i];
		if (region_has(a, i) != region_has(b, i))
			return true;
		if (!region_has(a, i))
			continue;
		if ((attr->kind == ATTR_ENUM && region_u32(a, attr) != region_u32(b, attr)) ||
		    ((attr->kind == ATTR_SIZE || attr->kind == ATTR_COUNT) &&
		     region_u64(a, attr) != region_u64(b, attr)))
			return true;
	}
	return false;
}

#define DIFFERS(attr)	differs(old, new, VHOST_MEM_A_REGION_##attr, VHOST_MEM_A_REGION_##attr)

/* The events that tell how @old has become @new. */
static int missed_events(const struct region *old, const struct region *new,
			 const char *events[4])
{
	int nr = 0;

	if (DIFFERS(REQUESTED_SIZE) || DIFFERS(LIMIT))
		events[nr++] = "resized";
	if (DIFFERS(PLUGGED_SIZE) || DIFFERS(STATE) || DIFFERS(PROGRESS) ||
	    DIFFERS(LIMBO_SIZE) || DIFFERS(LEAVING))
		events[nr++] = "plugged";
	if (DIFFERS(REFUSED_FAULTS))
		events[nr++] = "violation";
	/* Ages change without an event. */
	if (differs(old, new, VHOST_MEM_A_REGION_POLICY, VHOST_MEM_A_REGION_PROPOSAL_REASON) ||
	    differs(old, new, VHOST_MEM_A_REGION_PROPOSAL_DECISION,
		    VHOST_MEM_A_REGION_GUEST_RECLAIMABLE))
		events[nr++] = "proposal";
	return nr;
}

static unsigned int tell_missed(struct monitor *m, const struct region *region)
{
	const struct region *known = find_known(m, region->id);
	const char *events[4] = { "created" };
	int nr = known ? missed_events(known, region, events) : 1, i;

	for (i = 0; i < nr; i++)
		out_missed(&m->ctx->out, time(NULL), events[i], region);
	return nr;
}

static unsigned int tell_gone(struct monitor *m, const struct region_list *list)
{
	unsigned int nr = 0;
	size_t i, j;

	for (i = 0; i < m->known.nr; i++) {
		for (j = 0; j < list->nr; j++) {
			if (list->regions[j].id == m->known.regions[i].id)
				break;
		}
		if (j < list->nr)
			continue;
		out_missed(&m->ctx->out, time(NULL), "gone", &m->known.regions[i]);
		nr++;
	}
	return nr;
}

/* The number that all of the list is at least as new as; 0: it has none. */
static uint64_t list_number(const struct region_list *list)
{
	uint64_t number = UINT64_MAX;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (region_has(&list->regions[i], VHOST_MEM_A_REGION_SEQUENCE) &&
		    list->regions[i].sequence < number)
			number = list->regions[i].sequence;
	}
	return number == UINT64_MAX ? 0 : number;
}

static void replace_known(struct monitor *m, const struct region_list *list)
{
	uint64_t number = list_number(list);

	region_list_free(&m->known);
	m->known = *list;
	if (number > m->last)
		m->last = number;
}

/* An old module has no jobs. Returns 0 or a negative errno. */
static int read_jobs(struct monitor *m, struct job_list *jobs)
{
	int ret = vnl_job_dump(&m->ctx->nl, 0, jobs);

	return ret == -EOPNOTSUPP ? 0 : ret;
}

/* Regions, and then their jobs. Returns 0 or a negative errno. */
static int read_all(struct monitor *m, struct region_list *list, struct job_list *jobs)
{
	int ret = vnl_dump(&m->ctx->nl, list);

	if (ret)
		return ret;
	ret = read_jobs(m, jobs);
	if (ret)
		region_list_free(list);
	return ret;
}

/*
 * Tells of the jobs that have ended meanwhile, if @tell, and remembers them. Returns how
 * many there are.
 */
static unsigned int take_jobs(struct monitor *m, const struct job_list *jobs, bool tell)
{
	struct region *known, region;
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < jobs->nr; i++) {
		known = find_known(m, jobs->jobs[i].region);
		if (!known || !job_has_ended(&jobs->jobs[i]) ||
		    jobs->jobs[i].id <= *told_job(known))
			continue;
		region = *known;
		region.present |= REGION_BIT(VHOST_MEM_A_REGION_ENDED_JOB);
		region.ended_job = jobs->jobs[i];
		if (tell)
			out_missed(&m->ctx->out, time(NULL), "job", &region);
		*told_job(known) = jobs->jobs[i].id;
		nr++;
	}
	return nr;
}

/* What has been told of regions that are still there. */
static void keep_told(struct monitor *m, struct region_list *list)
{
	struct region *known;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		known = find_known(m, list->regions[i].id);
		*told_job(&list->regions[i]) = known ? *told_job(known) : 0;
	}
}

/* Returns an exit status; STATUS_OK also if it has to be tried again. */
static int resynchronise(struct monitor *m)
{
	struct job_list jobs = { 0 };
	struct region_list list;
	unsigned int missed = 0;
	size_t i;
	int ret;

	ret = read_all(m, &list, &jobs);
	if (ret == -EAGAIN)
		return STATUS_OK;
	if (ret) {
		vnl_complain(&m->ctx->nl, ret, "reading the regions again");
		return STATUS_REFUSED;
	}
	for (i = 0; i < list.nr; i++)
		missed += tell_missed(m, &list.regions[i]);
	missed += tell_gone(m, &list);
	keep_told(m, &list);
	replace_known(m, &list);
	missed += take_jobs(m, &jobs, true);
	job_list_free(&jobs);
	m->covered = list_number(&list);
	m->lost = false;
	error("%u missed change%s found by reading the regions again", missed,
	      missed == 1 ? "" : "s");
	return STATUS_OK;
}

static void note_loss(struct monitor *m, bool before)
{
	if (before || !m->lost)
		return;
	error("events lost; reading the regions again");
	out_events_lost(&m->ctx->out, time(NULL));
}

/* Reads what is queued. What comes before a loss is queued behind its report. */
static int read_queued(struct monitor *m)
{
	struct pollfd fd = { .fd = vnl_events_fd(&m->ctx->nl), .events = POLLIN };
	bool before;
	int ret, n = 0;

	do {
		before = m->lost;
		ret = vnl_read_events(&m->ctx->nl, on_event, m);
		if (ret == -ENOBUFS) {
			m->lost = true;
			ret = 0;
		}
		note_loss(m, before);
	} while (!ret && m->lost && n++ < DRAIN_MAX && poll(&fd, 1, 0) > 0);
	return ret;
}

/* Has the reader of the output gone? Then a monitor just ends. */
static bool is_unread(int err)
{
	return err == -EPIPE || err == -EBADF;
}

static int monitor(struct monitor *m)
{
	struct context *ctx = m->ctx;
	struct pollfd fds[] = {
		{ .fd = vnl_events_fd(&ctx->nl), .events = POLLIN },
		{ .fd = STDOUT_FILENO },	/* for POLLERR: its reader is gone */
	};
	int ret, status, flushed;

	for (;;) {
		if (poll(fds, 2, m->lost ? AGAIN_MS : -1) < 0 && errno != EINTR) {
			error("waiting for events: %s", strerror(errno));
			return STATUS_REFUSED;
		}
		if (fds[1].revents & (POLLERR | POLLNVAL)) {
			ctx->out.unread = true;
			return STATUS_OK;
		}
		ret = read_queued(m);
		status = !ret && m->lost ? resynchronise(m) : STATUS_OK;
		flushed = out_flush(&ctx->out);
		if (flushed) {
			/* If it is a failure, out_close() complains of it. */
			ctx->out.unread = is_unread(flushed);
			return STATUS_OK;
		}
		if (status)
			return status;
		if (ret) {
			vnl_complain(&ctx->nl, ret, "monitoring");
			return STATUS_REFUSED;
		}
	}
}

int cmd_monitor(struct context *ctx)
{
	struct monitor m = { .ctx = ctx };
	struct job_list jobs = { 0 };
	struct region_list list;
	int ret;

	/*
	 * Jobs before there are events: of one that ends after this an event tells, which
	 * would be held for told already if it was in here.
	 */
	ret = read_jobs(&m, &jobs);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "reading the jobs");
		return STATUS_REFUSED;
	}
	ctx->nl.on_defaults = on_defaults;
	ret = vnl_subscribe(&ctx->nl);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "subscribing to events");
		return STATUS_REFUSED;
	}
	/* From here on, so that there is no gap. What is read again later is compared. */
	ret = vnl_dump(&ctx->nl, &list);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "reading the regions");
		return STATUS_REFUSED;
	}
	replace_known(&m, &list);
	take_jobs(&m, &jobs, false);
	job_list_free(&jobs);
	signal(SIGPIPE, SIG_IGN);
	if (isatty(STDOUT_FILENO))
		fputs("monitoring; press Ctrl-C to stop\n", stderr);
	ret = monitor(&m);
	region_list_free(&m.known);
	return ret;
}

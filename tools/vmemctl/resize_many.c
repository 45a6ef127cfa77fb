// SPDX-License-Identifier: GPL-2.0
/*
 * The command resize for a whole VM, or for several regions.
 *
 * A VM is a process: a VMM chooses the names of its regions, but not who it is.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "escape.h"
#include "explain.h"
#include "group.h"
#include "job.h"
#include "many.h"
#include "resize.h"

/* Give up on others who change sizes each time before we do. */
#define SET_TRIES	16

#define TITLE_MAX	64

struct resizing {
	struct context *ctx;
	struct group group;
	char title[TITLE_MAX];
	uint64_t planned;	/* the total, as far as it is a sum of blocks */
	struct timespec start;
	sigset_t unblocked;	/* the signal mask to sleep with */
};

static volatile sig_atomic_t interrupted;

static void on_sigint(int sig)
{
	(void)sig;
	interrupted = 1;
}

static int64_t elapsed_ms(const struct resizing *r)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - r->start.tv_sec) * 1000LL +
	       (now.tv_nsec - r->start.tv_nsec) / 1000000;
}

/* Without its process it is nobody's; the PID may be that of another VMM by now. */
static bool has_process(const struct region *region)
{
	return region->pid && (!region_has(region, VHOST_MEM_A_REGION_STATE) ||
			       (region->state != VHOST_MEM_STATE_ORPHANED &&
				region->state != VHOST_MEM_STATE_ENDED));
}

static int add_member(struct resizing *r, const struct region *region)
{
	size_t i;

	for (i = 0; i < r->group.nr; i++) {
		if (r->group.members[i].region.id == region->id) {
			error("region %u is given twice", region->id);
			return STATUS_USAGE;
		}
	}
	if (r->group.nr == VHOST_MEM_GROUP_MAX) {
		error("more than %d regions cannot be resized together", VHOST_MEM_GROUP_MAX);
		return STATUS_REFUSED;
	}
	r->group.members[r->group.nr++] = (struct member){ .region = *region };
	return STATUS_OK;
}

/* A name has to be that of regions of one process. */
static int find_process(const char *vm, const struct region_list *list, uint32_t *pid)
{
	bool is_number = !vm[strspn(vm, "0123456789")];
	const struct region *region;
	char id[16];
	size_t i;

	*pid = 0;
	for (i = 0; i < list->nr; i++) {
		region = &list->regions[i];
		snprintf(id, sizeof(id), "%u", region->id);
		if (!*vm || strcmp(vm, is_number ? id : region->name))
			continue;
		if (!has_process(region)) {
			error("the process of region %u is not known, so its VM is not; use its id",
			      region->id);
			return STATUS_REFUSED;
		}
		if (*pid && *pid != region->pid) {
			error("\"%s\" is the name of several VMs, of the processes %u and %u; use the id of a region",
			      vm, *pid, region->pid);
			return STATUS_USAGE;
		}
		*pid = region->pid;
	}
	if (*pid)
		return STATUS_OK;
	error("no VM \"%s\"; see 'vmemctl list'", vm);
	return STATUS_USAGE;
}

static int add_vm(struct resizing *r, const char *vm, const struct region_list *list)
{
	uint32_t pid;
	size_t i;
	int ret;

	ret = find_process(vm, list, &pid);
	for (i = 0; i < list->nr && !ret; i++) {
		if (list->regions[i].pid == pid && has_process(&list->regions[i]))
			ret = add_member(r, &list->regions[i]);
	}
	escape_text(r->title, sizeof(r->title), vm);
	return ret;
}

/* "2,3": these regions, whosever they are. */
static int add_list(struct resizing *r, const char *list)
{
	struct region region;
	char *copy, *word, *rest;
	int ret = STATUS_OK;

	copy = strdup(list);
	if (!copy) {
		error("%s", strerror(ENOMEM));
		return STATUS_REFUSED;
	}
	for (word = strtok_r(copy, ",", &rest); word && !ret; word = strtok_r(NULL, ",", &rest)) {
		ret = select_region(&r->ctx->nl, word, &region);
		if (!ret)
			ret = add_member(r, &region);
	}
	free(copy);
	snprintf(r->title, sizeof(r->title), "%zu regions", r->group.nr);
	return ret;
}

static bool is_name(const char *text, const struct region_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (!strcmp(list->regions[i].name, text))
			return true;
	}
	return false;
}

static int choose(struct resizing *r)
{
	const char *vm = r->ctx->cl->id;
	struct region_list list;
	int ret;

	ret = vnl_dump(&r->ctx->nl, &list);
	if (ret) {
		vnl_complain(&r->ctx->nl, ret, "looking for VM \"%s\"", vm);
		return STATUS_REFUSED;
	}
	r->group.nr = 0;
	if (strchr(vm, ',') && !is_name(vm, &list))
		ret = add_list(r, vm);
	else
		ret = add_vm(r, vm, &list);
	region_list_free(&list);
	return ret;
}

/* Sums of what bounds the regions; they fit, as each is a part of the address space. */
static int sum_up(const struct group *group, struct size_limits *limits, uint64_t *min)
{
	const struct region *region;
	uint64_t need = REGION_BIT(VHOST_MEM_A_REGION_SIZE) |
			REGION_BIT(VHOST_MEM_A_REGION_BLOCK_SIZE) |
			REGION_BIT(VHOST_MEM_A_REGION_REQUESTED_SIZE) |
			REGION_BIT(VHOST_MEM_A_REGION_PLUGGED_SIZE);
	size_t i;

	*limits = (struct size_limits){};
	*min = 0;
	for (i = 0; i < group->nr; i++) {
		region = &group->members[i].region;
		if ((region->present & need) != need || region->block_size < 2) {
			error("region %u: the kernel did not report its sizes", region->id);
			return STATUS_REFUSED;
		}
		limits->requested += region->requested_size;
		limits->limit += region_limit(region);
		limits->max += region->size;
		*min += region->minimum;
		if (!i || region->block_size < limits->block)
			limits->block = region->block_size;
	}
	return STATUS_OK;
}

static int set_total(struct resizing *r, bool doubt)
{
	const struct size_arg *arg = &r->ctx->cl->size;
	char err[SIZE_ERROR_MAX], text[SIZE_TEXT_MAX];
	struct size_limits limits;
	uint64_t min;
	int ret;

	ret = sum_up(&r->group, &limits, &min);
	if (ret)
		return ret;
	if (size_target(arg, &limits, &r->group.total, err) ||
	    (doubt && size_is_doubtful(arg, limits.requested, err))) {
		error("%s", err);
		return STATUS_USAGE;
	}
	if (r->group.total % limits.block) {
		error("size \"%s\" is not a multiple of the block size of %s", arg->text,
		      size_format(text, limits.block));
		return STATUS_USAGE;
	}
	if (r->group.total < min) {
		error("size \"%s\" is less than what the regions of %s have to have, %s; see 'vmemctl limit --min'",
		      arg->text, r->title, size_format(text, min));
		return STATUS_USAGE;
	}
	group_split(&r->group);
	r->planned = group_sum_targets(&r->group);
	return STATUS_OK;
}

/* Returns 0 or a negative errno; @refused is a member, or their number. */
static int set_targets(struct resizing *r, bool expect, size_t *refused)
{
	struct region changes[VHOST_MEM_GROUP_MAX];
	struct member *member;
	size_t i;
	int ret;

	for (i = 0; i < r->group.nr; i++) {
		member = &r->group.members[i];
		changes[i] = (struct region){
			.present	= REGION_BIT(VHOST_MEM_A_REGION_ID) |
					  REGION_BIT(VHOST_MEM_A_REGION_REQUESTED_SIZE),
			.id		= member->region.id,
			.requested_size	= member->target,
			.expected_requested_size = member->region.requested_size,
		};
		if (expect)
			changes[i].present |=
				REGION_BIT(VHOST_MEM_A_REGION_EXPECTED_REQUESTED_SIZE);
	}
	ret = vnl_set_many(&r->ctx->nl, changes, r->group.nr, r->ctx->cl->note, refused);
	for (i = 0; i < r->group.nr && !ret; i++) {
		member = &r->group.members[i];
		member->region.requested_size = changes[i].requested_size;
		member->region.plugged_size = changes[i].plugged_size;
		member->job = region_has(&changes[i], VHOST_MEM_A_REGION_JOB) ?
			      changes[i].job : 0;
	}
	return ret;
}

static int not_set(const struct resizing *r, int ret, size_t refused)
{
	char size[SIZE_TEXT_MAX];

	if (ret == -EOPNOTSUPP) {
		error("%s: this version of the vhost_mem module does not resize several regions at once",
		      r->title);
		return STATUS_REFUSED;
	}
	if (refused < r->group.nr)
		return change_refused(&r->ctx->nl, ret, &r->group.members[refused].region,
				      "resizing", r->group.members[refused].target);
	if (ret == -EPERM && !r->ctx->nl.text[0])
		error("resizing %s needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)",
		      r->title);
	else
		vnl_complain(&r->ctx->nl, ret, "resizing %s to %s", r->title,
			     size_format(size, r->group.total));
	return ret == -ENOENT ? STATUS_GONE : STATUS_REFUSED;
}

/* A size that is relative is made again from what somebody else has set meanwhile. */
static int resize_all(struct resizing *r)
{
	const struct size_arg *arg = &r->ctx->cl->size;
	bool relative = arg->kind == SIZE_ADD || arg->kind == SIZE_SUBTRACT;
	size_t refused = 0;
	int tries, ret;

	for (tries = 0; ; tries++) {
		ret = set_targets(r, relative, &refused);
		if (ret != -ESTALE || tries == SET_TRIES)
			break;
		ret = choose(r);
		if (!ret)
			ret = set_total(r, false);
		if (ret)
			return ret;
	}
	return ret ? not_set(r, ret, refused) : STATUS_OK;
}

static int refresh(struct resizing *r)
{
	struct member *member;
	size_t i;
	int ret;

	for (i = 0; i < r->group.nr; i++) {
		member = &r->group.members[i];
		ret = vnl_get(&r->ctx->nl, member->region.id, &member->region);
		if (ret == -ENOENT)
			member->gone = true;
		else if (ret)
			return ret;
	}
	group_look(&r->group, elapsed_ms(r));
	r->group.interrupted = interrupted;
	return 0;
}

static void ignore(const char *event, const struct region *region, void *arg)
{
	(void)event;
	(void)region;
	(void)arg;
}

static int sleep_until_event(struct resizing *r)
{
	struct pollfd fd = { .fd = vnl_events_fd(&r->ctx->nl), .events = POLLIN };
	struct wait_state state = {
		.elapsed_ms = r->group.elapsed_ms, .timeout_ms = r->group.timeout_ms,
	};
	int ms = wait_sleep_ms(&state), ret;
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	ppoll(&fd, 1, &ts, &r->unblocked);
	ret = vnl_read_events(&r->ctx->nl, ignore, NULL);
	return ret == -ENOBUFS || ret == -ENODEV ? 0 : ret;
}

static void tell_of(const struct member *member, const char *what)
{
	const char *reason = progress_obstacle(&member->region);
	char title[REGION_STRING_MAX], plugged[SIZE_TEXT_MAX];

	error("%s: %s plugged%s%s%s%s", region_title(title, sizeof(title), &member->region),
	      size_format(plugged, member->region.plugged_size), reason ? ": " : "",
	      reason ? reason : "", *what ? "; " : "", what);
}

/* Others get what a member cannot have. Returns 0 or a negative errno. */
static int pass_on(struct resizing *r)
{
	struct member *member;
	size_t refused;

	/* Somebody else has resized one: the wait is about to end. */
	if (group_decide(&r->group) != WAIT_MORE)
		return 0;
	member = group_pass_on(&r->group);
	if (!member)
		return 0;
	tell_of(member, "the rest is left to the others");
	return set_targets(r, false, &refused);
}

/* What is done if the wait gives up; see --else. */
static void give_up(struct resizing *r)
{
	enum wait_else what = r->ctx->cl->wait.what_else;
	struct job job;
	size_t i;
	int ret;

	for (i = 0; i < r->group.nr && what != ELSE_KEEP; i++) {
		struct member *member = &r->group.members[i];

		if (!member->job)
			continue;
		ret = vnl_job_cancel(&r->ctx->nl, member->job, what == ELSE_REVERT, &job);
		/* That one has ended. */
		if (ret && ret != -ENOENT)
			vnl_complain(&r->ctx->nl, ret, "cancelling j%" PRIu64, member->job);
		vnl_get(&r->ctx->nl, member->region.id, &member->region);
	}
}

static void print_all(const struct resizing *r, const char *after)
{
	const struct out *out = &r->ctx->out;
	char title[REGION_STRING_MAX], requested[SIZE_TEXT_MAX], plugged[SIZE_TEXT_MAX];
	const struct member *member;
	const char *obstacle;
	char job[32];
	size_t i;

	if (out->json) {
		fputs("{\"region\":{", out->file);
		for (i = 0; i < r->group.nr; i++) {
			member = &r->group.members[i];
			fprintf(out->file, "%s\"%u\":", i ? "," : "", member->region.id);
			out_json_object(out->file, &member->region, member->region.present,
					region_attrs, VHOST_MEM_A_REGION_MAX);
		}
		fputs("}}\n", out->file);
		return;
	}
	fprintf(out->file, "%s: %s requested, %s plugged%s\n", r->title,
		size_format(requested, group_sum_targets(&r->group)),
		size_format(plugged, group_sum_plugged(&r->group)), after);
	for (i = 0; i < r->group.nr; i++) {
		member = &r->group.members[i];
		obstacle = progress_obstacle(&member->region);
		snprintf(job, sizeof(job), member->job ? " (j%" PRIu64 ")" : "", member->job);
		fprintf(out->file, "  %u %s: %s requested%s, %s plugged%s%s\n",
			member->region.id, region_title(title, sizeof(title), &member->region),
			size_format(requested, member->region.requested_size), job,
			size_format(plugged, member->region.plugged_size),
			obstacle ? ": " : "", obstacle ? obstacle : "");
	}
}

/* Why the wait has ended, as far as it was not for success. */
static void explain_end(const struct resizing *r, enum wait_decision decision)
{
	char plugged[SIZE_TEXT_MAX], total[SIZE_TEXT_MAX], after[TIME_TEXT_MAX];
	const struct member *member;
	const char *what;
	size_t i;

	for (i = 0; i < r->group.nr; i++) {
		member = &r->group.members[i];
		if (member->gone)
			tell_of(member, "the region is gone");
		else if (member->region.requested_size != member->target)
			tell_of(member, "somebody else has changed the requested size");
		else if (member->region.plugged_size != member->target)
			tell_of(member, "");
	}
	what = decision == WAIT_HOPELESS ? "; use --timeout none to wait all the same" : "";
	error("%s: %s of %s plugged after %s%s", r->title,
	      size_format(plugged, group_sum_plugged(&r->group)),
	      size_format(total, r->group.total), time_format(after, r->group.elapsed_ms),
	      what);
}

static int wait_for_all(struct resizing *r)
{
	enum wait_decision decision;
	char after[TIME_TEXT_MAX + 16], time[TIME_TEXT_MAX];
	int ret;

	while (!(ret = refresh(r)) && !(ret = pass_on(r)) &&
	       group_decide(&r->group) == WAIT_MORE) {
		ret = sleep_until_event(r);
		if (ret)
			break;
	}
	if (ret) {
		vnl_complain(&r->ctx->nl, ret, "waiting for %s", r->title);
		return STATUS_REFUSED;
	}
	decision = group_decide(&r->group);
	/* All have what they can have, and that is too little, or too much. */
	if (decision == WAIT_REACHED && group_sum_targets(&r->group) != r->planned)
		decision = WAIT_TIMEOUT;
	if (decision != WAIT_REACHED) {
		explain_end(r, decision);
		if (decision != WAIT_GONE && decision != WAIT_CHANGED)
			give_up(r);
	}
	snprintf(after, sizeof(after), " after %s", time_format(time, r->group.elapsed_ms));
	if (decision == WAIT_REACHED || r->ctx->out.json)
		print_all(r, after);
	return wait_status(decision);
}

/* To be called before the change, so that no event is missed. */
static int prepare_wait(struct resizing *r)
{
	struct sigaction sa = { .sa_handler = on_sigint }, old;
	sigset_t set;
	int ret;

	r->group.timeout_ms = r->ctx->cl->wait.timeout_ms;
	r->group.insist = r->ctx->cl->given & GIVEN_TIMEOUT;
	clock_gettime(CLOCK_MONOTONIC, &r->start);
	if (!r->ctx->cl->wait.on)
		return STATUS_OK;
	ret = vnl_subscribe(&r->ctx->nl);
	if (ret) {
		vnl_complain(&r->ctx->nl, ret, "subscribing to events");
		return STATUS_REFUSED;
	}
	/* As in resize.c. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &r->unblocked);
	if (!sigaction(SIGINT, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
	return STATUS_OK;
}

int resize_many(struct context *ctx)
{
	static struct resizing r;
	int ret;

	r.ctx = ctx;
	ret = choose(&r);
	if (!ret)
		ret = set_total(&r, true);
	if (ret)
		return ret;
	/* What needs no new command works with an older module, too. */
	if (r.group.nr == 1)
		return resize_to(ctx, &r.group.members[0].region, r.group.total,
				 &ctx->cl->size);
	ret = prepare_wait(&r);
	if (!ret)
		ret = resize_all(&r);
	if (ret)
		return ret;
	if (ctx->cl->wait.on)
		return wait_for_all(&r);
	ret = refresh(&r);
	if (ret) {
		vnl_complain(&ctx->nl, ret, "looking at %s", r.title);
		return STATUS_REFUSED;
	}
	print_all(&r, "");
	return STATUS_OK;
}

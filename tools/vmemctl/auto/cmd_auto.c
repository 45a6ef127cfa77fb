// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "../escape.h"
#include "../vmemctl.h"
#include "auto.h"
#include "replay.h"

#define USAGE "see 'vmemctl auto --help'"
#define UNIT "vhost-mem-auto.service"

static const struct option options_long[] = {
	{ "replay",	required_argument,	NULL, 'r' },
	{ "record",	required_argument,	NULL, 'R' },
	{ "pool",	required_argument,	NULL, 'p' },
	{ "config",	required_argument,	NULL, 'c' },
	{ "dry-run",	no_argument,		NULL, 'n' },
	{ "once",	no_argument,		NULL, '1' },
	{ "verbose",	no_argument,		NULL, 'v' },
	{ "json",	no_argument,		NULL, 'j' },
	{ 0 },
};

static int parse_pool(const char *text, uint64_t *pool)
{
	char err[SIZE_ERROR_MAX];
	struct size_arg size;

	if (size_parse(text, &size, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	if (size.kind != SIZE_ABSOLUTE || !size.value) {
		error("--pool \"%s\" is no size, such as 64G", text);
		return STATUS_USAGE;
	}
	*pool = size.value;
	return STATUS_OK;
}

static int parse_options(struct auto_options *o, int argc, char **words)
{
	int option, ret;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, words, ":r:p:c:nvj", options_long, NULL)) != -1) {
		switch (option) {
		case 'r':
			o->replay = optarg;
			break;
		case 'R':
			o->record = optarg;
			break;
		case 'p':
			ret = parse_pool(optarg, &o->pool);
			if (ret)
				return ret;
			break;
		case 'c':
			o->config = optarg;
			break;
		case 'n':
			o->dry_run = true;
			break;
		case '1':
			o->once = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'j':
			o->json = true;
			break;
		case ':':
			error("\"%s\" needs a value; " USAGE, words[optind - 1]);
			return STATUS_USAGE;
		default:
			error("unknown option \"%s\"; " USAGE, words[optind - 1]);
			return STATUS_USAGE;
		}
	}
	return STATUS_OK;
}

struct replay_state {
	const struct auto_options *options;
	int64_t now_ms;
};

static void on_replay(void *arg, struct member *member, const struct region *region,
		      const struct decision *d, const char *line)
{
	struct replay_state *state = arg;

	if (state->options->verbose || d->target != region->requested_size ||
	    d->reason != member->said)
		auto_say(stdout, state->options->json, state->now_ms, region, d, line);
	member->said = d->reason;
}

static int run_replay(const struct auto_options *o)
{
	struct replay_state state = { .options = o };
	struct rules rules;
	int ret = STATUS_USAGE;

	if (rules_read(&rules, o->config))
		return ret;
	if (!rules.errors)
		ret = replay(o->replay, &rules, o->pool, &state.now_ms, on_replay, &state);
	rules_free(&rules);
	return ret;
}

/* What would be decided now, by one that knows nothing of the past. */
static int status(struct auto_options *o)
{
	int pid = auto_running();

	if (!o->json) {
		if (pid)
			printf("'vmemctl auto' is running, PID %d\n", pid);
		else
			printf("'vmemctl auto' is not running\n");
	}
	o->dry_run = o->once = o->verbose = true;
	return auto_run(o);
}

static int show_log(const char *vm)
{
	char match[RULES_TEXT_MAX];

	if (vm && strspn(vm, "0123456789") == strlen(vm))
		snprintf(match, sizeof(match), "VHOST_MEM_REGION=%s", vm);
	else if (vm)
		snprintf(match, sizeof(match), "VHOST_MEM_VM=%s", vm);
	execlp("journalctl", "journalctl", "--unit=" UNIT, "--output=short-iso", "--quiet",
	       vm ? match : NULL, NULL);
	error("journalctl: %s", strerror(errno));
	return STATUS_REFUSED;
}

int cmd_auto(bool json, char **words)
{
	struct auto_options o = { .json = json, .config = rules_dir() };
	const char *what, *excess;
	int argc = 0, ret;

	while (words[argc])
		argc++;
	ret = parse_options(&o, argc, words);
	if (ret)
		return ret;
	what = words[optind];
	excess = what ? words[optind + 1] : NULL;
	if (what && !strcmp(what, "log") && (!excess || !words[optind + 2]))
		return show_log(excess);
	if (excess || (what && strcmp(what, "status") && strcmp(what, "log"))) {
		error("unexpected argument \"%s\"; " USAGE, excess ? excess : what);
		return STATUS_USAGE;
	}
	if (what)
		return status(&o);
	return o.replay ? run_replay(&o) : auto_run(&o);
}

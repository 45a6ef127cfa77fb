// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "attrs.h"
#include "cmdline.h"
#include "escape.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct option_name {
	char letter;
	const char *name;
	enum option option;
	const char *needs;	/* its value, in words; NULL: it takes none */
} option_names[] = {
	{ 'h', "help",		OPT_HELP,	NULL },
	{ 'V', "version",	OPT_VERSION,	NULL },
	{ 'j', "json",		OPT_JSON,	NULL },
	{ 'w', "wait",		OPT_WAIT,	NULL },
	{ 't', "timeout",	OPT_TIMEOUT,	"a time, such as 30, 1.5m or 2h" },
	{ 'm', "max",		OPT_MAX,	"a size, such as 8G, 50% or none" },
	{ 's', "step",		OPT_STEP,	"a size, such as 256M, 5% or none" },
	{ 'i', "interval",	OPT_INTERVAL,	"a time, such as 500ms, 30 or 1.5m" },
};

static const char *const arg_names[] = {
	[ARG_ID]	= "ID",
	[ARG_SIZE]	= "SIZE",
	[ARG_LIMIT]	= "SIZE",
	[ARG_POLICY]	= "policy",
};

/* The words of a command line. */
struct parser {
	struct invocation *inv;
	const struct command *commands;
	size_t nr_commands;
	unsigned int options;
	const char *values[ARRAY_SIZE(option_names)];	/* as they were written */
	const char *args[ARGS_MAX];
	int nr_args;
	const char *excess;	/* the first argument that is one too many */
};

static int unknown_option(const char *arg)
{
	error("unknown option \"%s\"; see 'vmemctl --help'", arg);
	return STATUS_USAGE;
}

static int set_value(struct parser *p, size_t i, const char *value)
{
	if (!value) {
		error("--%s needs %s", option_names[i].name, option_names[i].needs);
		return STATUS_USAGE;
	}
	p->values[i] = value;
	return STATUS_OK;
}

static int parse_long_option(struct parser *p, const char *arg, char ***argv)
{
	size_t i, len = strcspn(arg + 2, "=");
	const char *value = arg[2 + len] ? arg + 2 + len + 1 : NULL;

	for (i = 0; i < ARRAY_SIZE(option_names); i++) {
		if (strlen(option_names[i].name) != len ||
		    strncmp(option_names[i].name, arg + 2, len))
			continue;
		p->options |= option_names[i].option;
		if (option_names[i].needs)
			return set_value(p, i, value ? value : *(*argv)++);
		if (value) {
			error("--%s takes no value, but \"%s\" is given",
			      option_names[i].name, value);
			return STATUS_USAGE;
		}
		return STATUS_OK;
	}
	return unknown_option(arg);
}

/* -jw, -t30, -t 30 */
static int parse_short_options(struct parser *p, const char *arg, char ***argv)
{
	const char *letter;
	size_t i;

	for (letter = arg + 1; *letter; letter++) {
		for (i = 0; i < ARRAY_SIZE(option_names); i++) {
			if (option_names[i].letter == *letter)
				break;
		}
		if (i == ARRAY_SIZE(option_names))
			return unknown_option(arg);
		p->options |= option_names[i].option;
		if (option_names[i].needs)
			return set_value(p, i, letter[1] ? letter + 1 : *(*argv)++);
	}
	return STATUS_OK;
}

/* @words begins with @arg. */
static int parse_word(struct parser *p, const char *arg, char **words)
{
	size_t i;

	if (p->inv->command) {
		if (p->nr_args < ARGS_MAX && p->inv->command->args[p->nr_args])
			p->args[p->nr_args++] = arg;
		else if (!p->excess)
			p->excess = arg;
		return STATUS_OK;
	}
	for (i = 0; i < p->nr_commands; i++) {
		if (!strcmp(p->commands[i].name, arg)) {
			p->inv->command = &p->commands[i];
			if (p->commands[i].run_words)
				p->inv->words = words;
			return STATUS_OK;
		}
	}
	error("unknown command \"%s\"; see 'vmemctl --help'", arg);
	return STATUS_USAGE;
}

/* Options may stand anywhere. -1G is no option but a size. */
static int parse_words(struct parser *p, char **argv)
{
	bool only_words = false;
	int ret = STATUS_OK;
	const char *arg;

	while (!ret && !p->inv->words && (arg = *argv++)) {
		if (only_words || arg[0] != '-' || !arg[1] ||
		    isdigit((unsigned char)arg[1]))
			ret = parse_word(p, arg, argv - 1);
		else if (!strcmp(arg, "--"))
			only_words = true;
		else if (arg[1] == '-')
			ret = parse_long_option(p, arg, &argv);
		else
			ret = parse_short_options(p, arg, &argv);
	}
	return ret;
}

/* Does the command take what is given? */
static int check_words(const struct parser *p)
{
	const struct command *command = p->inv->command;
	enum arg_kind missing = p->nr_args < ARGS_MAX ? command->args[p->nr_args] : ARG_NONE;
	size_t i;

	if (p->excess) {
		error("unexpected argument \"%s\"; usage: vmemctl %s", p->excess,
		      command->synopsis);
		return STATUS_USAGE;
	}
	/* ID is always there; only what is behind it can be optional. */
	if (missing && !(command->last_is_optional && p->nr_args)) {
		error("missing %s; usage: vmemctl %s", arg_names[missing],
		      command->synopsis);
		return STATUS_USAGE;
	}
	for (i = 0; i < ARRAY_SIZE(option_names); i++) {
		if (option_names[i].option & p->options & ~command->options &
		    (OPTS_WAIT | OPTS_POLICY)) {
			error("\"%s\" does not take --%s; usage: vmemctl %s",
			      command->name, option_names[i].name, command->synopsis);
			return STATUS_USAGE;
		}
	}
	return STATUS_OK;
}

static int parse_size(struct cmdline *cl, const char *text)
{
	char err[SIZE_ERROR_MAX];

	if (size_parse(text, &cl->size, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	cl->given |= GIVEN_SIZE;
	return STATUS_OK;
}

/* @what is what a message calls it. */
static int parse_bound(struct cmdline *cl, enum given given, const char *what,
		       const char *text, struct size_arg *size)
{
	char err[SIZE_ERROR_MAX];

	if (size_parse_limit(what, text, size, err)) {
		error("%s", err);
		return STATUS_USAGE;
	}
	cl->given |= given;
	return STATUS_OK;
}

static int parse_policy(struct cmdline *cl, const char *text)
{
	const struct attr *attr = &region_attrs[VHOST_MEM_A_REGION_POLICY];
	char known[128] = "";
	size_t i, len = 0;

	for (i = 0; i < attr->nr_values; i++) {
		if (!strcmp(attr->values[i], text)) {
			cl->policy = i;
			cl->given |= GIVEN_POLICY;
			return STATUS_OK;
		}
		len += snprintf(known + len, sizeof(known) - len, "%s%s",
				!i ? "" : i + 1 < attr->nr_values ? ", " : " or ",
				attr->values[i]);
	}
	error("unknown policy \"%s\": use %s", text, known);
	return STATUS_USAGE;
}

static int parse_interval(struct cmdline *cl, const char *text)
{
	int64_t ms;

	if (time_parse(text, &ms)) {
		error("invalid interval \"%s\": use seconds, or a number with ms, s, m or h",
		      text);
		return STATUS_USAGE;
	}
	if (ms < VHOST_MEM_POLICY_INTERVAL_MIN || ms > VHOST_MEM_POLICY_INTERVAL_MAX) {
		error("interval \"%s\" is out of range: use %d ms to %d h", text,
		      VHOST_MEM_POLICY_INTERVAL_MIN,
		      VHOST_MEM_POLICY_INTERVAL_MAX / 3600000);
		return STATUS_USAGE;
	}
	cl->interval_ms = ms;
	cl->given |= GIVEN_INTERVAL;
	return STATUS_OK;
}

static int parse_timeout(struct cmdline *cl, const char *text)
{
	if (!cl->wait) {
		error("--timeout \"%s\" needs --wait", text);
		return STATUS_USAGE;
	}
	if (strcmp(text, "none") && time_parse(text, &cl->timeout_ms)) {
		error("invalid timeout \"%s\": use seconds, a number with ms, s, m or h, or none",
		      text);
		return STATUS_USAGE;
	}
	cl->given |= GIVEN_TIMEOUT;
	return STATUS_OK;
}

static int parse_arg(struct cmdline *cl, enum arg_kind kind, const char *text)
{
	switch (kind) {
	case ARG_NONE:
		break;
	case ARG_ID:
		cl->id = text;
		break;
	case ARG_SIZE:
		return parse_size(cl, text);
	case ARG_LIMIT:
		return parse_bound(cl, GIVEN_SIZE, "limit", text, &cl->size);
	case ARG_POLICY:
		return parse_policy(cl, text);
	}
	return STATUS_OK;
}

static int parse_value(struct cmdline *cl, enum option option, const char *text)
{
	switch (option) {
	case OPT_TIMEOUT:
		return parse_timeout(cl, text);
	case OPT_MAX:
		return parse_bound(cl, GIVEN_MAX, "--max", text, &cl->max);
	case OPT_STEP:
		return parse_bound(cl, GIVEN_STEP, "--step", text, &cl->step);
	case OPT_INTERVAL:
		return parse_interval(cl, text);
	default:
		return STATUS_OK;
	}
}

/* What the words mean. */
static int parse_values(const struct parser *p, struct cmdline *cl)
{
	int ret = STATUS_OK, arg;
	size_t i;

	cl->json = p->options & OPT_JSON;
	cl->wait = p->options & OPT_WAIT;
	cl->timeout_ms = -1;
	for (arg = 0; arg < p->nr_args && !ret; arg++)
		ret = parse_arg(cl, p->inv->command->args[arg], p->args[arg]);
	for (i = 0; i < ARRAY_SIZE(option_names) && !ret; i++) {
		if (p->values[i])
			ret = parse_value(cl, option_names[i].option, p->values[i]);
	}
	return ret;
}

/* The command looks at its words itself, but for a wish for help. */
static int take_words(const struct parser *p)
{
	char **word;

	p->inv->cl.json = p->options & OPT_JSON;
	for (word = p->inv->words; *word; word++) {
		if (!strcmp(*word, "-h") || !strcmp(*word, "--help"))
			p->inv->help = true;
	}
	return STATUS_OK;
}

int cmdline_parse(struct invocation *inv, char **argv, const struct command *commands,
		  size_t nr_commands)
{
	struct parser p = { .inv = inv, .commands = commands, .nr_commands = nr_commands };
	int ret;

	memset(inv, 0, sizeof(*inv));
	ret = parse_words(&p, argv);
	inv->help = p.options & OPT_HELP;
	inv->version = p.options & OPT_VERSION;
	if (inv->words)
		return take_words(&p);
	if (ret || inv->help || inv->version || !inv->command)
		return ret;
	ret = check_words(&p);
	return ret ? ret : parse_values(&p, &inv->cl);
}

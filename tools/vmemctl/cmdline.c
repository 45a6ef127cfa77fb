// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "attrs.h"
#include "cmdline.h"
#include "cmdline_values.h"
#include "escape.h"
#include "suggest.h"

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
	{ 0, "min",		OPT_MIN,	"a size, such as 1G, 10% or none" },
	{ 0, "limit",		OPT_LIMIT,	"a size, such as 8G or none" },
	{ 0, "policy",		OPT_POLICY,	"deny, manual or auto" },
	{ 'i', "interval",	OPT_INTERVAL,	"a time, such as 500ms, 30 or 1.5m" },
	{ 'e', "else",		OPT_ELSE,	"stop, revert or keep" },
	{ 0, "note",		OPT_NOTE,	"a text of at most 31 bytes" },
	{ 'r', "revert",	OPT_REVERT,	NULL },
	{ 0, "color",		OPT_COLOR,	"auto, always or never" },
	{ 0, "sort",		OPT_SORT,	"keys, such as name or -plugged,id" },
	{ 0, "state",		OPT_STATE,	"states, such as running,stopped" },
	{ 0, "vm",		OPT_VM,		"a name or a pattern, such as 'web*'" },
	{ 'n', "not-done",	OPT_NOT_DONE,	NULL },
	{ 'b', "bytes",		OPT_BYTES,	NULL },
	{ 'W', "wide",		OPT_WIDE,	NULL },
	{ 0, "for",		OPT_FOR,	"a time, such as 30, 10m or 2h" },
	{ 0, "pool",		OPT_POOL,	"the name of a pool" },
	{ 0, "user",		OPT_USER,	"the name or number of a user" },
	{ 0, "textfile",	OPT_TEXTFILE,	"the path of a file" },
	{ 0, "openmetrics",	OPT_OPENMETRICS, NULL },
};

static const char *const arg_names[] = {
	[ARG_ID]	= "ID",
	[ARG_SIZE]	= "SIZE",
	[ARG_LIMIT]	= "SIZE",
	[ARG_POLICY]	= "policy",
	[ARG_JOB]	= "JOB or ID",
	[ARG_COMMAND]	= "COMMAND",
	[ARG_RESERVE]	= "SIZE",
	[ARG_POOL]	= "NAME",
	[ARG_POOL_SIZE]	= "SIZE",
	[ARG_LEASE_NAME] = "NAME",
	[ARG_LEASE_SIZE] = "SIZE",
	[ARG_LEASE]	= "NUMBER",
	[ARG_WORD]	= "ID, INTERVAL or COUNT",
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
	char **ids;		/* of a command that takes many; over what was parsed */
	size_t nr_ids;
	const char *excess;	/* the first argument that is one too many */
};

static unsigned int command_options(const struct command *command)
{
	unsigned int options = command->options | OPTS_COMMON;

	return command->no_json ? options & ~OPT_JSON : options;
}

/* An option that the command takes, and that may be meant by @arg, such as "--wiat=1". */
static const char *similar_option(const struct command *command, const char *arg)
{
	unsigned int taken = command ? command_options(command) : OPTS_COMMON;
	unsigned int distance, best = UINT_MAX;
	const char *near = NULL;
	char name[32];
	size_t i;

	if (strncmp(arg, "--", 2))
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg + 2, "="), arg + 2);
	for (i = 0; i < ARRAY_SIZE(option_names); i++) {
		distance = suggest_distance(name, option_names[i].name);
		if (option_names[i].option & taken && distance < best) {
			best = distance;
			near = option_names[i].name;
		}
	}
	return suggest_is_near(name, best) ? near : NULL;
}

static int unknown_option(const struct parser *p, const char *arg)
{
	const struct command *command = p->inv->command;
	const char *near = similar_option(command, arg);

	if (near)
		error("unknown option \"%s\"; did you mean \"--%s\"?", arg, near);
	else
		error("unknown option \"%s\"; see 'vmemctl %s%s--help'", arg,
		      command ? command->name : "", command ? " " : "");
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
	return unknown_option(p, arg);
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
			return unknown_option(p, arg);
		p->options |= option_names[i].option;
		if (option_names[i].needs)
			return set_value(p, i, letter[1] ? letter + 1 : *(*argv)++);
	}
	return STATUS_OK;
}

static const struct command *find_exactly(const struct command *commands,
					  size_t nr_commands, const char *name)
{
	size_t i;

	for (i = 0; i < nr_commands; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

/* What may be meant by @name, which is none; or NULL. */
static const char *similar_command(const struct command *commands, size_t nr_commands,
				   const char *name)
{
	const char *near = suggest_translation(name);
	unsigned int distance, best = UINT_MAX;
	size_t i;

	if (near && (near[0] == '-' || find_exactly(commands, nr_commands, near)))
		return near;
	for (i = 0; i < nr_commands; i++) {
		distance = suggest_distance(name, commands[i].name);
		if (distance < best) {
			best = distance;
			near = commands[i].name;
		}
	}
	return suggest_is_near(name, best) ? near : NULL;
}

const struct command *command_find(const struct command *commands, size_t nr_commands,
				   const char *name)
{
	const struct command *command = find_exactly(commands, nr_commands, name);
	const char *near;

	if (command)
		return command;
	near = similar_command(commands, nr_commands, name);
	if (near)
		error("unknown command \"%s\"; did you mean \"%s\"?", name, near);
	else
		error("unknown command \"%s\"; see 'vmemctl --help'", name);
	return NULL;
}

/* The second word of the name of a command that begins with that of @first; or NULL. */
static const char *second_word(const struct command *first, const struct command *command)
{
	size_t len = strlen(first->name);

	return !strncmp(command->name, first->name, len) && command->name[len] == ' ' ?
	       command->name + len + 1 : NULL;
}

const struct command *command_find_second(const struct command *commands, size_t nr_commands,
					  const struct command *first, const char *word)
{
	const char *ours = suggest_translation(word), *near = NULL, *second;
	unsigned int distance, best = UINT_MAX;
	size_t i;

	for (i = 0; i < nr_commands; i++) {
		second = second_word(first, &commands[i]);
		if (!second)
			continue;
		distance = suggest_distance(word, second);
		if (!distance)
			return &commands[i];
		if (ours && !strcmp(ours, second))
			distance = 0;
		if (distance < best) {
			best = distance;
			near = commands[i].name;
		}
	}
	if (best && (!strcmp(word, "list") || !strcmp(word, "show") ||
		     (ours && (!strcmp(ours, "list") || !strcmp(ours, "show")))))
		near = first->name;
	else if (best && !suggest_is_near(word, best))
		near = NULL;
	if (near)
		error("unknown command \"%s %s\"; did you mean \"%s\"?", first->name, word, near);
	else
		error("unknown command \"%s %s\"; see 'vmemctl %s --help'", first->name, word,
		      first->name);
	return NULL;
}

bool command_has_second(const struct command *commands, size_t nr_commands,
			const struct command *first)
{
	size_t i;

	for (i = 0; i < nr_commands; i++) {
		if (second_word(first, &commands[i]))
			return true;
	}
	return false;
}

/* "pool" and "set" are the command "pool set"; "pool" takes nothing else. */
static int parse_second_word(struct parser *p, const char *arg)
{
	const struct command *command;

	command = command_find_second(p->commands, p->nr_commands, p->inv->command, arg);
	if (!command)
		return STATUS_USAGE;
	p->inv->command = command;
	return STATUS_OK;
}

/* @words begins with @arg. */
static int parse_word(struct parser *p, char *arg, char **words)
{
	if (p->inv->command) {
		if (command_has_second(p->commands, p->nr_commands, p->inv->command))
			return parse_second_word(p, arg);
		if (p->inv->command->many_ids)
			p->ids[p->nr_ids++] = arg;
		if (p->inv->command->many_ids && p->nr_args)
			return STATUS_OK;
		if (p->nr_args < ARGS_MAX && p->inv->command->args[p->nr_args])
			p->args[p->nr_args++] = arg;
		else if (!p->excess)
			p->excess = arg;
		return STATUS_OK;
	}
	p->inv->command = command_find(p->commands, p->nr_commands, arg);
	if (p->inv->command && p->inv->command->run_words)
		p->inv->words = words;
	return p->inv->command ? STATUS_OK : STATUS_USAGE;
}

/* Options may stand anywhere. -1G is no option but a size. */
static int parse_words(struct parser *p, char **argv)
{
	bool only_words = false;
	int ret = STATUS_OK;
	char *arg;

	p->ids = argv;
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

static bool is_last(const struct command *command, int arg)
{
	return arg + 1 == ARGS_MAX || !command->args[arg + 1];
}

void commands_json(FILE *file, const struct command *commands, size_t nr_commands)
{
	const struct command *command;
	const char *separator;
	size_t i, j;

	fputc('{', file);
	for (i = 0; i < nr_commands; i++) {
		command = &commands[i];
		fprintf(file, "%s\"%s\":{\"args\":[", i ? "," : "", command->name);
		for (j = 0; j < ARGS_MAX && command->args[j]; j++)
			fprintf(file, "%s\"%s\"", j ? "," : "", arg_names[command->args[j]]);
		fputs("],\"options\":[", file);
		separator = "";
		for (j = 0; j < ARRAY_SIZE(option_names); j++) {
			if (!(option_names[j].option & command_options(command)))
				continue;
			fprintf(file, "%s\"--%s\"", separator, option_names[j].name);
			separator = ",";
		}
		fputs("]}", file);
	}
	fputs("}\n", file);
}

/* --vm VM SIZE is as VM SIZE, but for what VM is. */
static void take_vm(struct parser *p)
{
	size_t i;

	if (!p->inv->command->vm_is_id || !(p->options & OPT_VM))
		return;
	for (i = 0; option_names[i].option != OPT_VM; i++)
		;
	if (p->nr_args == 2 && !p->excess)
		p->excess = p->args[1];
	p->args[1] = p->args[0];
	p->args[0] = p->values[i];
	if (p->nr_args < 2)
		p->nr_args++;
	p->inv->cl.by_vm = true;
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
	/* Where there is an ID and more, only what is behind the ID can be optional. */
	if (missing && !command->all_are_optional &&
	    !(command->last_is_optional && is_last(command, p->nr_args))) {
		error("missing %s; usage: vmemctl %s", arg_names[missing],
		      command->synopsis);
		return STATUS_USAGE;
	}
	for (i = 0; i < ARRAY_SIZE(option_names); i++) {
		if (option_names[i].option & p->options & ~command_options(command)) {
			error("\"%s\" does not take --%s; usage: vmemctl %s",
			      command->name, option_names[i].name, command->synopsis);
			return STATUS_USAGE;
		}
	}
	return STATUS_OK;
}

/* What the words mean. */
static int parse_values(const struct parser *p, struct cmdline *cl)
{
	int ret = STATUS_OK, arg;
	size_t i;

	cl->output.json = p->options & OPT_JSON;
	/* The command wait has no option --wait, as it does nothing else. */
	cl->wait.on = p->options & OPT_WAIT ||
		   (p->inv->command->options & OPTS_WAIT) == OPT_TIMEOUT;
	cl->revert = p->options & OPT_REVERT;
	cl->wait.timeout_ms = -1;
	cl->output.exact = p->options & OPT_BYTES;
	cl->output.wide = p->options & OPT_WIDE;
	cl->output.openmetrics = p->options & OPT_OPENMETRICS;
	cl->filter.not_done = p->options & OPT_NOT_DONE;
	cl->filter.ids = (const char *const *)p->ids;
	cl->filter.nr_ids = p->nr_ids;
	for (arg = 0; arg < p->nr_args && !ret; arg++)
		ret = cmdline_arg(cl, p->inv->command->args[arg], p->args[arg]);
	for (i = 0; i < ARRAY_SIZE(option_names) && !ret; i++) {
		if (p->values[i])
			ret = cmdline_value(cl, option_names[i].option, p->values[i]);
	}
	return ret;
}

/* Only a request for help is looked for here: the words are the command's. */
static int take_words(const struct parser *p)
{
	char **word;

	p->inv->cl.output.json = p->options & OPT_JSON;
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
	inv->cl.output.color = "auto";
	ret = parse_words(&p, argv);
	inv->help = p.options & OPT_HELP;
	inv->version = p.options & OPT_VERSION;
	if (inv->words)
		return take_words(&p);
	if (ret || inv->help || inv->version || !inv->command)
		return ret;
	take_vm(&p);
	ret = check_words(&p);
	return ret ? ret : parse_values(&p, &inv->cl);
}

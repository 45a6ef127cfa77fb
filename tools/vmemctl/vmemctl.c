// SPDX-License-Identifier: GPL-2.0
/*
 * vmemctl - show, resize, limit and watch the memory regions of vhost-mem, and
 * decide on the proposals of guests
 */
#include <ctype.h>
#include <fcntl.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "vmemctl.h"
#include "wait.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum option {
	OPT_HELP	= 1 << 0,
	OPT_VERSION	= 1 << 1,
	OPT_JSON	= 1 << 2,
	OPT_WAIT	= 1 << 3,
	OPT_TIMEOUT	= 1 << 4,
	OPT_MAX		= 1 << 5,
	OPT_STEP	= 1 << 6,
	OPT_INTERVAL	= 1 << 7,
};

/* What only some commands take. */
#define OPTS_WAIT	(OPT_WAIT | OPT_TIMEOUT)
#define OPTS_POLICY	(OPT_MAX | OPT_STEP | OPT_INTERVAL)

struct command {
	const char *name;
	int (*run)(const struct cmdline *cl);
	int nr_args;
	int nr_optional;	/* of these, at their end */
	unsigned int options;
	const char *synopsis;
	const char *help;
};

static const struct command commands[] = {
	{
		.name = "list",
		.run = cmd_list,
		.synopsis = "list",
		.help =
"List the memory regions of all VMs on this host.\n"
"\n"
"The bar shows memory that is plugged (#), requested but not plugged yet (+),\n"
"plugged but to be unplugged (-), and the rest up to the maximum (.).\n",
	}, {
		.name = "show",
		.run = cmd_show,
		.nr_args = 1,
		.synopsis = "show ID",
		.help =
"Show everything about one region. ID is its number, or the name that the VMM\n"
"gave it.\n",
	}, {
		.name = "resize",
		.run = cmd_resize,
		.nr_args = 2,
		.options = OPTS_WAIT,
		.synopsis = "resize ID SIZE [--wait] [--timeout T]",
		.help =
"Ask the guest to have SIZE bytes of the region plugged.\n"
"\n"
"SIZE is a number with K, M, G, T, P, E (powers of 1024), B or nothing for bytes.\n"
"  8G       this size\n"
"  +512M    more than is requested now\n"
"  -1G      less than is requested now\n"
"  50%      of the region's maximum, rounded down to whole blocks\n"
"It cannot exceed the region's limit; see 'vmemctl limit --help'.\n"
"\n"
"  -w, --wait        wait until the guest has done it\n"
"  -t, --timeout T   ... but no longer than T: 30, 1.5m, 2h, or none. Without it the\n"
"                    wait ends when for 30 s nobody was there who could do it.\n",
	}, {
		.name = "limit",
		.run = cmd_limit,
		.nr_args = 2,
		.synopsis = "limit ID SIZE|none",
		.help =
"Set the most that can be requested of the region, by 'vmemctl resize' and by the\n"
"VMM. If more is requested now, the requested size is lowered to the limit.\n"
"\n"
"SIZE is a number with K, M, G, T, P, E (powers of 1024) or nothing for bytes.\n"
"  8G       this size\n"
"  50%      of the region's maximum, rounded down to whole blocks\n"
"  none     the region's maximum\n",
	}, {
		.name = "policy",
		.run = cmd_policy,
		.nr_args = 2,
		.nr_optional = 1,
		.options = OPTS_POLICY,
		.synopsis = "policy ID [deny|manual|auto] [--max SIZE] [--step SIZE] [--interval T]",
		.help =
"Set what becomes of the guest's proposals for another size, or show it.\n"
"\n"
"  deny     they are denied; so it is at first\n"
"  manual   they wait for 'vmemctl grant' or 'vmemctl deny'\n"
"  auto     they are granted, within these bounds:\n"
"\n"
"  -m, --max SIZE    up to this size: 8G, 50%, or none for the region's maximum\n"
"  -s, --step SIZE   by no more than this at once: 256M, 5%, or none\n"
"  -i, --interval T  no more often than that: 500ms, 30, 1.5m, 2h\n"
"\n"
"What is not given stays as it is.\n",
	}, {
		.name = "grant",
		.run = cmd_grant,
		.nr_args = 2,
		.nr_optional = 1,
		.options = OPTS_WAIT,
		.synopsis = "grant ID [SIZE] [--wait] [--timeout T]",
		.help =
"Set the requested size to what the guest proposes, and 'vmemctl show' shows, or to\n"
"SIZE, to grant a part of it. SIZE and options are as for 'vmemctl resize'.\n",
	}, {
		.name = "deny",
		.run = cmd_deny,
		.nr_args = 1,
		.synopsis = "deny ID",
		.help =
"Deny the guest's proposal that waits for a response. The size stays as it is.\n",
	}, {
		.name = "monitor",
		.run = cmd_monitor,
		.synopsis = "monitor",
		.help =
"Print a line whenever a region is created, resized, limited, plugged, unplugged\n"
"or gone, when its guest proposes something, and when an access to memory that is not\n"
"plugged was refused.\n",
	},
};

static void usage(FILE *file)
{
	size_t i;

	fputs("Usage: vmemctl [OPTION]... COMMAND\n"
	      "Show, resize, limit and watch the memory that VMs get from vhost-mem, and\n"
	      "response what their guests proposal.\n"
	      "\n"
	      "Commands:\n", file);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(file, "  %s\n", commands[i].synopsis);
	fputs("\n"
	      "Options:\n"
	      "  -j, --json        print JSON\n"
	      "  -h, --help        print this help; after a command: the command's help\n"
	      "  -V, --version     print the version\n"
	      "\n"
	      "Exit status: 0 done, 1 wrong usage or no such region, 2 refused or failed,\n"
	      "3 the size was not reached, 4 the region is gone. See vmemctl(8).\n", file);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

#define VALUE(member)	offsetof(struct cmdline, member)

static const struct option_name {
	char letter;
	const char *name;
	enum option option;
	const char *needs;	/* its value, in words; NULL: it takes none */
	size_t value;		/* in struct cmdline */
} option_names[] = {
	{ 'h', "help",		OPT_HELP,	NULL, 0 },
	{ 'V', "version",	OPT_VERSION,	NULL, 0 },
	{ 'j', "json",		OPT_JSON,	NULL, 0 },
	{ 'w', "wait",		OPT_WAIT,	NULL, 0 },
	{ 't', "timeout",	OPT_TIMEOUT,	"a time, like 30, 1.5m or 2h", VALUE(timeout) },
	{ 'm', "max",		OPT_MAX,	"a size, like 8G, 50% or none", VALUE(max) },
	{ 's', "step",		OPT_STEP,	"a size, like 256M, 5% or none", VALUE(step) },
	{ 'i', "interval",	OPT_INTERVAL,	"a time, like 500ms, 30 or 1.5m",
	  VALUE(interval) },
};

/* The command line, taken apart but not judged. */
struct parsed {
	const struct command *command;
	struct cmdline cl;
	unsigned int options;
	int nr_args;		/* counts also those that do not fit cl.args */
	const char *excess;	/* the first of those */
};

static int unknown_option(const char *arg)
{
	error("unknown option \"%s\"; see 'vmemctl --help'", arg);
	return STATUS_USAGE;
}

static int set_value(struct parsed *p, const struct option_name *o, const char *value)
{
	if (!value) {
		error("--%s needs %s", o->name, o->needs);
		return STATUS_USAGE;
	}
	*(const char **)((char *)&p->cl + o->value) = value;
	return STATUS_OK;
}

static int parse_long_option(struct parsed *p, const char *arg, char ***argv)
{
	size_t i, len = strcspn(arg + 2, "=");
	const char *value = arg[2 + len] ? arg + 2 + len + 1 : NULL;
	const struct option_name *o;

	for (i = 0; i < ARRAY_SIZE(option_names); i++) {
		o = &option_names[i];
		if (strlen(o->name) != len || strncmp(o->name, arg + 2, len))
			continue;
		p->options |= o->option;
		if (o->needs)
			return set_value(p, o, value ? value : *(*argv)++);
		if (value) {
			error("option --%s takes no value", o->name);
			return STATUS_USAGE;
		}
		return STATUS_OK;
	}
	return unknown_option(arg);
}

/* -jw, -t30, -t 30 */
static int parse_short_options(struct parsed *p, const char *arg, char ***argv)
{
	const struct option_name *o;
	const char *letter;
	size_t i;

	for (letter = arg + 1; *letter; letter++) {
		for (i = 0; i < ARRAY_SIZE(option_names); i++) {
			if (option_names[i].letter == *letter)
				break;
		}
		if (i == ARRAY_SIZE(option_names))
			return unknown_option(arg);
		o = &option_names[i];
		p->options |= o->option;
		if (o->needs)
			return set_value(p, o, letter[1] ? letter + 1 : *(*argv)++);
	}
	return STATUS_OK;
}

static int parse_word(struct parsed *p, const char *arg)
{
	if (!p->command) {
		p->command = find_command(arg);
		if (p->command)
			return STATUS_OK;
		error("unknown command \"%s\"; see 'vmemctl --help'", arg);
		return STATUS_USAGE;
	}
	if (p->nr_args < p->command->nr_args)
		p->cl.args[p->nr_args] = arg;
	else if (!p->excess)
		p->excess = arg;
	p->nr_args++;
	return STATUS_OK;
}

/* Options may stand anywhere. -1G is no option but a size. */
static int parse(struct parsed *p, char **argv)
{
	bool only_words = false;
	int ret = STATUS_OK;
	const char *arg;

	while (!ret && (arg = *argv++)) {
		if (only_words || arg[0] != '-' || !arg[1] ||
		    isdigit((unsigned char)arg[1]))
			ret = parse_word(p, arg);
		else if (!strcmp(arg, "--"))
			only_words = true;
		else if (arg[1] == '-')
			ret = parse_long_option(p, arg, &argv);
		else
			ret = parse_short_options(p, arg, &argv);
	}
	return ret;
}

static int check(struct parsed *p)
{
	const struct command *command = p->command;

	if (p->excess) {
		error("\"%s\" is too much; usage: vmemctl %s", p->excess,
		      command->synopsis);
		return STATUS_USAGE;
	}
	if (p->nr_args < command->nr_args - command->nr_optional) {
		error("usage: vmemctl %s", command->synopsis);
		return STATUS_USAGE;
	}
	if (p->options & ~command->options & OPTS_WAIT) {
		error("%s takes neither --wait nor --timeout", command->name);
		return STATUS_USAGE;
	}
	if (p->options & ~command->options & OPTS_POLICY) {
		error("%s takes none of --max, --step and --interval", command->name);
		return STATUS_USAGE;
	}
	if ((p->options & OPT_TIMEOUT) && !(p->options & OPT_WAIT)) {
		error("--timeout needs --wait");
		return STATUS_USAGE;
	}
	p->cl.timeout_ms = -1;
	if (p->cl.timeout && strcmp(p->cl.timeout, "none") &&
	    wait_parse_time(p->cl.timeout, &p->cl.timeout_ms)) {
		error("timeout \"%s\": use seconds, or a number with ms, s, m or h, or none",
		      p->cl.timeout);
		return STATUS_USAGE;
	}
	p->cl.nr_args = p->nr_args;
	p->cl.json = p->options & OPT_JSON;
	p->cl.wait = p->options & OPT_WAIT;
	return STATUS_OK;
}

static int help(const struct command *command)
{
	if (command)
		printf("Usage: vmemctl [-j] %s\n%s", command->synopsis, command->help);
	else
		usage(stdout);
	return STATUS_OK;
}

/*
 * A socket must not become stdin, stdout or stderr because the caller closed
 * those. stdout is opened for reading, for writing still to fail.
 */
static void fill_standard_fds(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	struct parsed p = { 0 };
	int ret;

	fill_standard_fds();
	setlocale(LC_CTYPE, "");

	ret = argc ? parse(&p, argv + 1) : STATUS_USAGE;
	if (ret)
		return ret;
	if (p.options & OPT_HELP)
		ret = help(p.command);
	else if (p.options & OPT_VERSION)
		ret = puts("vmemctl " VERSION) < 0;
	else if (!p.command)
		goto no_command;
	else
		return check(&p) ? STATUS_USAGE : p.command->run(&p.cl);

	if (!fflush(stdout) && !ferror(stdout))
		return ret;
	error("writing the output failed");
	return STATUS_REFUSED;

no_command:
	usage(stderr);
	return STATUS_USAGE;
}

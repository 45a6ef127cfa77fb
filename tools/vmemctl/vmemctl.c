// SPDX-License-Identifier: GPL-2.0
/*
 * vmemctl - show, resize, limit and watch the memory regions of vhost-mem, and
 * decide on the proposals of guests
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auto/auto.h"
#include "cmdline.h"
#include "command.h"
#include "escape.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct command commands[] = {
	{
		.name = "list",
		.run = cmd_list,
		.args = { ARG_ID },
		.last_is_optional = true,
		.many_ids = true,
		.options = OPTS_CHOOSE | OPT_BYTES | OPT_WIDE,
		.synopsis = "list [OPTION]... [ID]...",
		.help =
"List the memory regions of all VMs on this host, or those that are chosen: by\n"
"their numbers, names or patterns that match their names (quoted, as 'web*'), and by\n"
"options.\n"
"\n"
"The bar shows memory that is plugged (#), requested but not yet plugged (+),\n"
"plugged but to be unplugged (-), and the rest up to the maximum (.). WHY says in\n"
"short why a guest does not have what is requested; 'vmemctl show' says more.\n"
"\n"
"      --sort KEYS       sort by keys, of which - reverses one: -plugged,name\n"
"      --state STATES    only in these states: running,stopped\n"
"      --vm PATTERN      only if the name matches\n"
"  -n, --not-done        only where the guest does not have what is requested\n"
"  -b, --bytes           exact sizes, in bytes\n"
"  -W, --wide            all columns, however wide the terminal is\n",
	}, {
		.name = "show",
		.run = cmd_show,
		.args = { ARG_ID },
		.many_ids = true,
		.synopsis = "show ID...",
		.help =
"Show everything about a region, or several. ID is its number, or the name that the\n"
"VMM has set.\n",
	}, {
		.name = "resize",
		.run = cmd_resize,
		.args = { ARG_ID, ARG_SIZE },
		.vm_is_id = true,
		.options = OPTS_RESIZE | OPT_VM,
		.synopsis = "resize ID|--vm VM SIZE [--wait] [--timeout T] [--else E] [--note TEXT]",
		.help =
"Ask the guest to have SIZE bytes of the region plugged.\n"
"\n"
"SIZE is a number with K, M, G, T, P or E (powers of 1024), or with B or no unit\n"
"for bytes.\n"
"  8G       this size\n"
"  +512M    more than is requested now\n"
"  -1G      less than is requested now\n"
"  50%      of the region's maximum, rounded down to whole blocks\n"
"It cannot exceed the region's limit; see 'vmemctl limit --help'.\n"
"\n"
"      --vm VM       all regions of the VM, of which VM is the name or number of one;\n"
"                    or several regions: 2,3. Of SIZE each gets its minimum, and the\n"
"                    same fraction of the rest up to its limit. All are resized or\n"
"                    none. With --wait, what one of them cannot have is left to the\n"
"                    others.\n"
"  -w, --wait        wait until the guest has plugged exactly SIZE\n"
"  -t, --timeout T   wait no longer than T: 30, 1.5m, 2h, or none. Without this option\n"
"                    the wait ends after 30 s in which nobody could do it, for\n"
"                    example as the VM is paused.\n"
"  -e, --else E      what to do if the wait ends before that: stop, request what is\n"
"                    plugged by then; revert, request what was requested before; keep\n"
"                    (the default), leave SIZE requested\n"
"  -n, --note TEXT   show TEXT in 'vmemctl jobs'; at most 31 bytes\n",
	}, {
		.name = "limit",
		.run = cmd_limit,
		.args = { ARG_ID, ARG_LIMIT },
		.options = OPT_MIN,
		.synopsis = "limit ID SIZE|none [--min SIZE]",
		.help =
"Set the maximum that 'vmemctl resize' and the VMM can request of the region. If\n"
"more is requested now, the requested size is lowered to the limit.\n"
"\n"
"SIZE is a number with K, M, G, T, P or E (powers of 1024), or without a unit for\n"
"bytes.\n"
"  8G       this size\n"
"  50%      of the region's maximum, rounded down to whole blocks\n"
"  none     the region's maximum\n"
"\n"
"  -n, --min SIZE    nor can they request less than this; what is requested now is\n"
"                    raised to it. none: anything can be requested\n",
	}, {
		.name = "defaults",
		.run = cmd_defaults,
		.synopsis = "defaults",
		.help =
"Show what a new region starts with: limit, minimum, pool and policy.\n",
	}, {
		.name = "defaults set",
		.run = cmd_defaults_set,
		.options = OPTS_DEFAULTS,
		.synopsis = "defaults set [OPTION]...",
		.help =
"Set what a region starts with that appears from now on: its VMM is bound by it from the\n"
"beginning. Regions that are there keep what they have. Sizes are such as 8G, or none;\n"
"a region has of them what it can have, in whole blocks.\n"
"\n"
"      --limit SIZE      no more can be requested; see 'vmemctl limit'. A VMM that starts\n"
"                        with more is refused.\n"
"      --min SIZE        nor less; a VMM that starts with less is refused\n"
"      --pool NAME       the pool that it is charged to, unless it comes with a lease\n"
"      --policy POLICY   deny, manual or auto; see 'vmemctl policy', also for these:\n"
"  -m, --max SIZE\n"
"  -s, --step SIZE\n"
"  -i, --interval TIME\n",
	}, {
		.name = "reserve",
		.run = cmd_reserve,
		.args = { ARG_ID, ARG_RESERVE },
		.synopsis = "reserve ID SIZE|none",
		.help =
"Promise the region SIZE bytes of its pool: nobody else gets them, and its guest can\n"
"plug so much at any time, as far as it is requested. SIZE is as for 'vmemctl limit',\n"
"but none is nothing.\n",
	}, {
		.name = "pool",
		.run = cmd_pool,
		.synopsis = "pool",
		.help =
"List the pools of host memory: their sizes, what their regions are charged and what\n"
"is promised to them, and how many regions wait for memory.\n",
	}, {
		.name = "pool set",
		.run = cmd_pool_set,
		.args = { ARG_POOL, ARG_POOL_SIZE },
		.synopsis = "pool set NAME SIZE|none",
		.help =
"Set the size of a pool: 64G, 90% of the host's memory, or none. It can be less than\n"
"what is charged: then nothing more is, until enough was unplugged. It cannot be less\n"
"than what is promised.\n",
	}, {
		.name = "pool add",
		.run = cmd_pool_add,
		.args = { ARG_POOL, ARG_POOL_SIZE },
		.synopsis = "pool add NAME SIZE|none",
		.help =
"Make a pool. Its memory is not taken from other pools. SIZE is as for 'pool set'.\n",
	}, {
		.name = "pool del",
		.run = cmd_pool_del,
		.args = { ARG_POOL },
		.synopsis = "pool del NAME",
		.help =
"Delete a pool that has no regions.\n",
	}, {
		.name = "pool move",
		.run = cmd_pool_move,
		.args = { ARG_ID, ARG_POOL },
		.synopsis = "pool move ID NAME",
		.help =
"Charge a region to another pool, which has to have room for it.\n",
	}, {
		.name = "lease",
		.run = cmd_lease,
		.synopsis = "lease",
		.help =
"List the leases: memory of pools that is promised to VMs that do not exist yet.\n",
	}, {
		.name = "lease add",
		.run = cmd_lease_add,
		.args = { ARG_LEASE_NAME, ARG_LEASE_SIZE },
		.options = OPT_FOR | OPT_POOL | OPT_USER,
		.synopsis = "lease add NAME SIZE [--for TIME] [--pool POOL] [--user USER]",
		.help =
"Promise SIZE bytes of a pool to a VM that is about to start, and print the number of\n"
"the lease. QEMU's vhost-mem-pci takes it as reservation=NUMBER: then the memory is the\n"
"region's reserved size. NAME is for you: it decides nothing.\n"
"\n"
"  --for TIME        the lease expires if nobody has used it by then: 1s to 24h;\n"
"                    without it 10 minutes\n"
"  --pool POOL       of that pool, and not of \"default\"\n"
"  --user USER       only a VMM of that user can use it\n",
	}, {
		.name = "lease del",
		.run = cmd_lease_del,
		.args = { ARG_LEASE },
		.synopsis = "lease del NUMBER",
		.help =
"Delete a lease that no VM has used.\n",
	}, {
		.name = "policy",
		.run = cmd_policy,
		.args = { ARG_ID, ARG_POLICY },
		.last_is_optional = true,
		.options = OPTS_POLICY,
		.synopsis = "policy ID [deny|manual|auto] [--max SIZE] [--step SIZE] [--interval T]",
		.help =
"Set, or show, how the guest's proposals of another size are decided.\n"
"\n"
"  deny     they are denied (the default)\n"
"  manual   they wait for 'vmemctl grant' or 'vmemctl deny'\n"
"  auto     they are granted, within these bounds:\n"
"\n"
"  -m, --max SIZE    up to this size: 8G, 50%, or none for the region's maximum\n"
"  -s, --step SIZE   by no more than this at once: 256M, 5%, or none\n"
"  -i, --interval T  at most once in this time: 500ms, 30, 1.5m, 2h\n"
"\n"
"What is not given stays unchanged.\n",
	}, {
		.name = "grant",
		.run = cmd_grant,
		.args = { ARG_ID, ARG_SIZE },
		.last_is_optional = true,
		.options = OPTS_RESIZE,
		.synopsis = "grant ID [SIZE] [--wait] [--timeout T] [--else E] [--note TEXT]",
		.help =
"Set the requested size to what the guest proposes, as 'vmemctl show' shows it, or\n"
"to SIZE, to grant a part of it. SIZE and options are as for 'vmemctl resize'.\n",
	}, {
		.name = "deny",
		.run = cmd_deny,
		.args = { ARG_ID },
		.synopsis = "deny ID",
		.help =
"Deny the guest's pending proposal. The requested size stays unchanged.\n",
	}, {
		.name = "jobs",
		.run = cmd_jobs,
		.args = { ARG_JOB },
		.all_are_optional = true,
		.options = OPT_WAIT,
		.synopsis = "jobs [JOB|ID] [-w]",
		.help =
"List who has resized what, and what became of it: of all regions, or of one. Each\n"
"resize is a job, with a number that begins with j. A region has at most one job that\n"
"has not ended, and remembers the last 8 that have.\n"
"\n"
"  -w, --wait        go on, and print a job when it begins, runs, or has ended\n",
	}, {
		.name = "wait",
		.run = cmd_wait,
		.args = { ARG_JOB },
		.options = OPT_TIMEOUT,
		.synopsis = "wait JOB|ID [--timeout T]",
		.help =
"Wait until a job has ended, or until the region has what is requested. --timeout is\n"
"as for 'vmemctl resize'.\n",
	}, {
		.name = "cancel",
		.run = cmd_cancel,
		.args = { ARG_JOB },
		.options = OPT_REVERT,
		.synopsis = "cancel JOB|ID [--revert]",
		.help =
"End a job, or the running one of a region: request what is plugged now, so that\n"
"nothing that was given up comes true later.\n"
"\n"
"  -r, --revert      request what was requested before the job\n",
	}, {
		.name = "monitor",
		.run = cmd_monitor,
		.synopsis = "monitor",
		.help =
"Print a line whenever a region is created, resized, limited, plugged, unplugged\n"
"or gone, when its guest proposes a size, and when an access to memory that is not\n"
"plugged is refused.\n",
	}, {
		.name = "top",
		.run = cmd_top,
		.args = { ARG_ID },
		.last_is_optional = true,
		.many_ids = true,
		.no_json = true,
		.options = OPTS_CHOOSE | OPT_BYTES,
		.synopsis = "top [OPTION]... [ID]...",
		.help =
"Show what 'vmemctl list' prints on the whole terminal, always up to date, and below\n"
"it what 'vmemctl show' says about the selected region. Options are as for list.\n"
"\n"
"  q                 quit\n"
"  arrows, j, k      select\n"
"  i n s u           sort by ID, name, state, user\n"
"  p r m l b w       sort by plugged, requested, max, left to do, backed, why\n"
"  R                 reverse the order\n",
	}, {
		.name = "stats",
		.run = cmd_stats,
		.args = { ARG_WORD, ARG_WORD, ARG_WORD },
		.all_are_optional = true,
		.synopsis = "stats [ID] [INTERVAL [COUNT]]",
		.help =
"Count what guests have requested, and the responses: since the regions were created\n"
"or, with INTERVAL, per second in each interval, COUNT times. INTERVAL is a time; as\n"
"the first word it needs a unit, as in 5s, for 5 is an ID. P50 and P99: so many percent\n"
"of the plug and unplug requests took less. BUSY AS: why requests were answered BUSY.\n"
"JSON has sums since the regions were created.\n",
	}, {
		.name = "metrics",
		.run = cmd_metrics,
		.no_json = true,
		.options = OPT_TEXTFILE | OPT_OPENMETRICS,
		.synopsis = "metrics [--textfile PATH] [--openmetrics]",
		.help =
"Print all figures as Prometheus reads them.\n"
"\n"
"      --textfile PATH  replace this file, for node_exporter's textfile collector,\n"
"                       which wants a name that ends in .prom\n"
"      --openmetrics    in the format of OpenMetrics, which that collector cannot read\n",
	}, {
		.name = "auto",
		.run_words = cmd_auto,
		.synopsis = "auto [OPTION]... [status|log [ID]]",
		.help =
"Decide how much memory each VM is to have, from what the guests report, until it is\n"
"stopped. Usually run as vhost-mem-auto.service.\n"
"\n"
"  status            what it decides now, and whether it runs\n"
"  log [ID]          what it has decided, from the journal\n"
"\n"
"  -n, --dry-run     only print\n"
"      --once        decide once\n"
"  -p, --pool SIZE   memory for all VMs that are in no other pool\n"
"  -c, --config DIR  where the rules are, instead of /etc/vhost-mem\n"
"  -r, --replay FILE decide for the samples in FILE, and print\n"
"      --record FILE write samples\n"
"  -v, --verbose     also print what stays as it is\n",
	}, {
		.name = "rules",
		.run_words = cmd_rules,
		.synopsis = "rules check [DIR] | show [ID] | apply",
		.help =
"Check the administrator's rules in /etc/vhost-mem or DIR, show which apply to which\n"
"region, or apply them now, whatever was set by hand since they were applied.\n",
	}, {
		.name = "help",
		.args = { ARG_COMMAND, ARG_COMMAND },
		.all_are_optional = true,
		.synopsis = "help [COMMAND]",
		.help =
"Print a summary of all commands, or help about one. With --json, the table of all\n"
"commands with their arguments and options.\n",
	},
};

static void usage(FILE *file)
{
	size_t i;

	fputs("Usage: vmemctl [OPTION]... COMMAND\n"
	      "Show, resize, limit and watch the memory that VMs get from vhost-mem, and\n"
	      "decide on what their guests propose.\n"
	      "\n"
	      "Commands:\n", file);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(file, "  %s\n", commands[i].synopsis);
	fputs("\n"
	      "Options:\n"
	      "  -j, --json        print JSON\n"
	      "      --color=WHEN  use colours: auto (on a terminal), always or never\n"
	      "  -h, --help        print this help; after a command: the command's help\n"
	      "  -V, --version     print the version\n"
	      "\n"
	      "Exit status: 0 success, 1 wrong usage or no such region, 2 refused or failed,\n"
	      "3 the size was not reached, 4 the region is gone. See vmemctl(8).\n", file);
}

static void help(const struct command *command)
{
	size_t i, len = strlen(command->name);

	printf("Usage: vmemctl %s%s\n%s", command->no_json ? "" : "[-j] ", command->synopsis,
	       command->help);
	if (!command_has_second(commands, ARRAY_SIZE(commands), command))
		return;
	puts("\nSee also:");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strncmp(commands[i].name, command->name, len) && commands[i].name[len] == ' ')
			printf("  %s\n", commands[i].synopsis);
	}
}

/* The command about which help is wanted. NULL after saying what is wrong. */
static const struct command *find_topic(const struct cmdline *cl)
{
	const struct command *command = command_find(commands, ARRAY_SIZE(commands), cl->words[0]);

	if (!command || !cl->words[1])
		return command;
	return command_find_second(commands, ARRAY_SIZE(commands), command, cl->words[1]);
}

/* "help", "help COMMAND", or "COMMAND --help" */
static int print_help(const struct invocation *inv)
{
	const struct command *command = inv->help ? inv->command : NULL;

	if (!inv->help && inv->cl.words[0]) {
		command = find_topic(&inv->cl);
		if (!command)
			return STATUS_USAGE;
	}
	if (command)
		help(command);
	else if (!inv->help && inv->cl.output.json)
		commands_json(stdout, commands, ARRAY_SIZE(commands));
	else
		usage(stdout);
	return STATUS_OK;
}

/*
 * If the caller has closed stdin, stdout or stderr, a socket must not take its place.
 * stdout is opened for reading, so that writing still fails.
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

static int run(const struct invocation *inv)
{
	struct context ctx = { .cl = &inv->cl };
	int status;

	out_open(&ctx.out, inv->cl.output.json, inv->cl.output.color);
	if (inv->words)
		return out_close(&ctx.out, inv->command->run_words(inv->cl.output.json, inv->words));
	if (vnl_open(&ctx.nl))
		return STATUS_REFUSED;
	status = inv->command->run(&ctx);
	vnl_close(&ctx.nl);
	return out_close(&ctx.out, status);
}

int main(int argc, char **argv)
{
	struct invocation inv;
	int ret;

	fill_standard_fds();
	setlocale(LC_CTYPE, "");

	ret = argc ? cmdline_parse(&inv, argv + 1, commands, ARRAY_SIZE(commands)) :
		     STATUS_USAGE;
	if (ret)
		return ret;
	if (!inv.help && !inv.version &&
	    !(inv.command && !inv.command->run && !inv.command->run_words)) {
		if (inv.command)
			return run(&inv);
		usage(stderr);
		return STATUS_USAGE;
	}
	if (inv.version && !inv.help)
		puts("vmemctl " VERSION);
	else
		ret = print_help(&inv);
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return ret;
	error("writing the output: %s", strerror(errno ? errno : EIO));
	return STATUS_REFUSED;
}

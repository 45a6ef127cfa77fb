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
		.synopsis = "list",
		.help =
"List the memory regions of all VMs on this host.\n"
"\n"
"The bar shows memory that is plugged (#), requested but not yet plugged (+),\n"
"plugged but to be unplugged (-), and the rest up to the maximum (.).\n",
	}, {
		.name = "show",
		.run = cmd_show,
		.args = { ARG_ID },
		.synopsis = "show ID",
		.help =
"Show everything about one region. ID is its number, or the name that the VMM\n"
"has set.\n",
	}, {
		.name = "resize",
		.run = cmd_resize,
		.args = { ARG_ID, ARG_SIZE },
		.options = OPTS_WAIT,
		.synopsis = "resize ID SIZE [--wait] [--timeout T]",
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
"  -w, --wait        wait until the guest has plugged exactly SIZE\n"
"  -t, --timeout T   wait no longer than T: 30, 1.5m, 2h, or none. Without this option\n"
"                    the wait ends after 30 s in which nobody could do it, for\n"
"                    example as the VM is paused.\n",
	}, {
		.name = "limit",
		.run = cmd_limit,
		.args = { ARG_ID, ARG_LIMIT },
		.synopsis = "limit ID SIZE|none",
		.help =
"Set the maximum that 'vmemctl resize' and the VMM can request of the region. If\n"
"more is requested now, the requested size is lowered to the limit.\n"
"\n"
"SIZE is a number with K, M, G, T, P or E (powers of 1024), or without a unit for\n"
"bytes.\n"
"  8G       this size\n"
"  50%      of the region's maximum, rounded down to whole blocks\n"
"  none     the region's maximum\n",
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
		.options = OPTS_WAIT,
		.synopsis = "grant ID [SIZE] [--wait] [--timeout T]",
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
		.name = "monitor",
		.run = cmd_monitor,
		.synopsis = "monitor",
		.help =
"Print a line whenever a region is created, resized, limited, plugged, unplugged\n"
"or gone, when its guest proposes a size, and when an access to memory that is not\n"
"plugged is refused.\n",
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
"region, or apply limits and policies now.\n",
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
	      "  -h, --help        print this help; after a command: the command's help\n"
	      "  -V, --version     print the version\n"
	      "\n"
	      "Exit status: 0 success, 1 wrong usage or no such region, 2 refused or failed,\n"
	      "3 the size was not reached, 4 the region is gone. See vmemctl(8).\n", file);
}

static void help(const struct command *command)
{
	if (command)
		printf("Usage: vmemctl [-j] %s\n%s", command->synopsis, command->help);
	else
		usage(stdout);
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

	out_open(&ctx.out, inv->cl.json);
	if (inv->words)
		return out_close(&ctx.out, inv->command->run_words(inv->cl.json, inv->words));
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
	if (!inv.help && !inv.version) {
		if (inv.command)
			return run(&inv);
		usage(stderr);
		return STATUS_USAGE;
	}
	if (inv.help)
		help(inv.command);
	else
		puts("vmemctl " VERSION);
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return STATUS_OK;
	error("writing the output: %s", strerror(errno ? errno : EIO));
	return STATUS_REFUSED;
}

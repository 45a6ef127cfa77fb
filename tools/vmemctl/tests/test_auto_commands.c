// SPDX-License-Identifier: GPL-2.0
/* 'vmemctl auto' and 'vmemctl rules' against the fake kernel of fake_kernel.c. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auto/host.h"
#include "auto/rules.h"
#include "auto/vm.h"
#include "fixture.h"
#include "ktap.h"
#include "run.h"

/* No run here gets as many bytes of messages. */
#define RECORD_MAX	(1 << 20)

#define STARTS(what, text, with) do {					\
	if (strncmp(text, with, strlen(with)))				\
		ktap_wrong("%s: seen:\n%s\nexpected as its beginning:\n%s", what, text, with); \
} while (0)

#define CONTAINS(what, text, part) do {					\
	if (!strstr(text, part))					\
		ktap_wrong("%s: seen:\n%s\nexpected in it:\n%s", what, text, part); \
} while (0)

/* A directory of this test, with files; it is current. */
static void make_dir(void)
{
	char dir[] = "/tmp/vmemctl-auto-XXXXXX";
	char run_dir[sizeof(dir) + 8];

	if (!mkdtemp(dir) || chdir(dir))
		abort();
	snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
	setenv("RUNTIME_DIRECTORY", run_dir, 1);
	setenv("VHOST_MEM_RULES", "rules", 1);
	if (mkdir("rules", 0755))
		abort();
}

static void remove_dir(void)
{
	if (system("rm -rf \"$PWD\""))
		abort();
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

static void vmemctl(struct run *r, const char *fake, const char *const *args)
{
	size_t i;

	*r = (struct run){ .fake = fake };
	for (i = 0; args[i]; i++)
		r->args[i] = args[i];
	run(r);
}

#define VMEMCTL(r, fake, ...) \
	vmemctl(r, fake, (const char *const[]){ __VA_ARGS__, NULL })

TEST(rules_check)
{
	static const struct {
		const char *text;
		const char *err;
	} cases[] = {
		{ "[vm a]\nlimit = 8Q\n",
		  "vmemctl: rules/a.conf:2: size \"8Q\": unknown unit \"Q\"; use K, M, G, T, P, E or none\n" },
		{ "\n[vm a]\n# a comment\nmin = -1G\n",
		  "vmemctl: rules/a.conf:4: invalid min \"-1G\": use 8G, 512M, 50% or none, for example\n" },
		{ "[vm a]\nlimit =\n",
		  "vmemctl: rules/a.conf:2: invalid limit \"\": use 8G, 512M, 50% or none, for example\n" },
		{ "[vm a]\nweight = 0\n",
		  "vmemctl: rules/a.conf:2: not a weight from 1 to 10000 \"0\"\n" },
		{ "[vm a]\nweight = 99999999999999999999\n",
		  "vmemctl: rules/a.conf:2: not a weight from 1 to 10000 \"99999999999999999999\"\n" },
		{ "[vm a]\npolicy = ask\n",
		  "vmemctl: rules/a.conf:2: not deny, manual or auto \"ask\"\n" },
		{ "[vm a]\nsilent = yes\n",
		  "vmemctl: rules/a.conf:2: not keep or shrink \"yes\"\n" },
		{ "[vm a]\nmanage = maybe\n",
		  "vmemctl: rules/a.conf:2: not yes or no \"maybe\"\n" },
		{ "[vm a]\ncolour = red\n",
		  "vmemctl: rules/a.conf:2: there is no such key in this section: \"colour\"\n" },
		{ "[vm a]\nsize = 1G\n",
		  "vmemctl: rules/a.conf:2: there is no such key in this section: \"size\"\n" },
		{ "[host a]\nlimit = 1G\n",
		  "vmemctl: rules/a.conf:2: the section is neither host, nor vm, unit, cgroup, user or pool with a name: \"host a\"\n" },
		{ "[vm]\nlimit = 1G\n",
		  "vmemctl: rules/a.conf:2: the section is neither host, nor vm, unit, cgroup, user or pool with a name: \"vm\"\n" },
		{ "limit = 1G\n",
		  "vmemctl: rules/a.conf:1: the section is neither host, nor vm, unit, cgroup, user or pool with a name: \"\"\n" },
		{ "[host]\nweight = 100\n",
		  "vmemctl: rules/a.conf:2: there is no such key in this section: \"weight\"\n" },
		{ "[host]\nlimit = 50%\n",
		  "vmemctl: rules/a.conf:2: not a size in bytes, or none \"50%\"\n" },
		{ "[host]\nlimit = 1G\nmin = 2G\n",
		  "vmemctl: rules/a.conf:3: min = 2G is more than rules/a.conf:2: limit = 1G\n" },
		{ "[host]\npool = gold\n",
		  "vmemctl: rules/a.conf:2: pool \"gold\" has no size: add a section [pool gold]\n" },
		{ "[host]\nlimit = 1G\n[host]\nlimit = 2G\n",
		  "vmemctl: rules/a.conf:4: limit = 2G contradicts rules/a.conf:2: limit = 1G\n" },
		{ "[vm a]\nlimit\n",
		  "vmemctl: rules/a.conf:2: not a section, a \"key = value\", or a comment\n" },
		{ "[vm a]\nlimit = 1G\n[vm b]\nlimit = 1G\n[vm a]\nlimit = 2G\n",
		  "vmemctl: rules/a.conf:6: limit = 2G contradicts rules/a.conf:2: limit = 1G\n" },
		{ "[vm a]\npool = gold\n",
		  "vmemctl: rules/a.conf:2: pool \"gold\" has no size: add a section [pool gold]\n" },
		{ "[cgroup /machine.slice/0123456789012345678901234567890123456789]\nmin = 1G\n",
		  "vmemctl: rules/a.conf:1: the name of the section is too long: \"[cgroup " },
	};
	struct run r;
	size_t i;

	make_dir();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file("rules/a.conf", cases[i].text);
		VMEMCTL(&r, "", "rules", "check", "rules");
		EXPECT_EQ(cases[i].text, r.status, 1);
		STARTS(cases[i].text, r.err, cases[i].err);
		EXPECT_TEXT(cases[i].text, r.out, "");
	}
	write_file("rules/a.conf", "[vm a*]\nlimit = 50%\nmin=1G\n[pool gold]\nsize = 90% ; most\n");
	write_file("rules/b.conf", "[vm a*]\nlimit = 50%\n[user bob]\npool = gold\n");
	write_file("rules/c.conf.bak", "nonsense\n");
	VMEMCTL(&r, "", "rules", "check", "rules");
	EXPECT_TEXT("good ones", r.out, "rules: 5 rules, no errors\n");
	EXPECT_EQ("good ones", r.status, 0);
	VMEMCTL(&r, "", "rules", "check", "nowhere");
	EXPECT_TEXT("no directory", r.out, "nowhere: 0 rules, no errors\n");
	VMEMCTL(&r, "", "rules", "check", "rules/a.conf");
	STARTS("no directory, but a file", r.err, "vmemctl: rules/a.conf: Not a directory\n");
	remove_dir();
}

TEST(rules_show)
{
	struct run r;

	make_dir();
	write_file("rules/a.conf",
		   "[vm vm*]\nlimit = 4G\nmin = 25%\nweight = 200\n[vm vm1]\nlimit = 6G\n");
	VMEMCTL(&r, "regions", "rules", "show", "vm1");
	EXPECT_EQ("status", r.status, 0);
	EXPECT_TEXT("the name itself wins over wildcards", r.out,
		    "1  vm1: limit = 6G  (rules/a.conf:6, vm vm1)\n"
		    "1  vm1: min = 25%  (rules/a.conf:3, vm vm*)  (this kernel cannot: 'vmemctl auto' keeps it)\n"
		    "1  vm1: weight = 200  (rules/a.conf:4, vm vm*)\n");
	VMEMCTL(&r, "regions", "rules", "show", "2");
	EXPECT_TEXT("none", r.out, "2  twin: no rule\n");
	write_file("rules/b.conf", "[vm *1]\nweight = 100\n");
	VMEMCTL(&r, "regions", "rules", "show", "1");
	EXPECT_EQ("two that contradict each other", r.status, 1);
	EXPECT_TEXT("both are named", r.err,
		    "vmemctl: rules/b.conf:2: weight = 100 contradicts rules/a.conf:4: weight = 200\n");
	EXPECT("neither applies", !strstr(r.out, "weight"));
	write_file("rules/c.conf", "[vm vm1]\nweight = 1\n");
	VMEMCTL(&r, "regions", "rules", "show", "1");
	EXPECT_EQ("settled by the name", r.status, 0);
	CONTAINS("settled by the name", r.out, "weight = 1  (rules/c.conf:2");
	VMEMCTL(&r, "regions,old", "rules", "show", "1");
	CONTAINS("an old kernel", r.out, "limit = 6G  (rules/a.conf:6, vm vm1)  (this kernel cannot)\n");
	remove_dir();
}

TEST(rules_of_the_host)
{
	struct run r;

	make_dir();
	write_file("rules/a.conf",
		   "[host]\nlimit = 8G\nmin = none\npool = silver\npolicy = manual\n"
		   "[pool silver]\nsize = 32G\n[pool default]\nsize = 20G\n");
	VMEMCTL(&r, "empty", "rules", "show");
	EXPECT_TEXT("shown", r.out,
		    "new regions: limit = 8G  (rules/a.conf:2)\n"
		    "new regions: min = none  (rules/a.conf:3)\n"
		    "new regions: pool = silver  (rules/a.conf:4)\n"
		    "new regions: policy = manual  (rules/a.conf:5)\n");
	VMEMCTL(&r, "regions,defaults,pools", "rules", "apply");
	EXPECT_TEXT("applied", r.out,
		    "pool silver: size 32 GiB\npool default: size 20 GiB\n"
		    "new regions: limit 8 GiB, pool silver, policy manual\n");
	EXPECT_EQ("status", r.status, 0);
	/* What a section leaves out is as at first, whatever it was before. */
	write_file("rules/a.conf", "[host]\npolicy = auto\n");
	VMEMCTL(&r, "regions,defaults,pools", "rules", "apply");
	EXPECT_TEXT("in part", r.out,
		    "new regions: no limit, pool default, policy auto every 1 s\n");
	/* The rest is applied nevertheless. */
	write_file("rules/a.conf", "[host]\nlimit = 8G\n[vm vm1]\nlimit = 6G\n");
	VMEMCTL(&r, "regions", "rules", "apply");
	EXPECT_TEXT("an old module", r.err,
		    "vmemctl: this version of the vhost_mem module does not support defaults\n");
	EXPECT_TEXT("an old module", r.out, "1  vm1: limit = 6G\n");
	EXPECT_EQ("status", r.status, 2);
	remove_dir();
}

TEST(rules_move_a_region_to_its_pool)
{
	struct run r;

	make_dir();
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\npool = gold\n[pool gold]\nsize = 8G\n");
	VMEMCTL(&r, "regions,pools", "rules", "apply");
	EXPECT_TEXT("applied", r.out,
		    "pool gold: size 8 GiB\n1  vm1: limit = 6G\n1  vm1: pool = gold\n");
	remove_dir();
}

/* Where the kernel has last told of such an attribute in all it has said, or -1. */
static long last_told(uint16_t attr, const void *value, uint16_t bytes)
{
	uint16_t head[] = { NLA_HDRLEN + bytes, attr };
	char wanted[64], *record = calloc(1, RECORD_MAX), *at;
	FILE *file = fopen("record", "r");
	long last = -1;
	size_t len;

	if (!file || !record)
		abort();
	len = fread(record, 1, RECORD_MAX, file);
	fclose(file);
	memcpy(wanted, head, sizeof(head));
	memcpy(wanted + sizeof(head), value, bytes);
	for (at = record; (at = memmem(at, record + len - at, wanted, NLA_HDRLEN + bytes)); at++)
		last = at - record;
	free(record);
	return last;
}

/* Has it in any message? */
static bool was_told(uint16_t attr, uint64_t value, uint16_t bytes)
{
	return last_told(attr, &value, bytes) >= 0;
}

static long last_limit(uint64_t bytes)
{
	return last_told(VHOST_MEM_A_REGION_LIMIT, &bytes, 8);
}

#define TOLD_LIMIT(bytes) (last_limit(bytes) >= 0)

/* A daemon that decides once, with a kernel that remembers this of vm1. */
static void run_once(uint32_t rules)
{
	struct run r = { .fake = "regions,defaults", .args = { "auto", "--once", "--pool=64G" },
			 .env = { "FAKE_RECORD=record" } };
	char number[32];

	snprintf(number, sizeof(number), "FAKE_RULES=%u", rules);
	r.env[1] = number;
	unlink("record");
	run(&r);
	EXPECT_EQ("status", r.status, 0);
	EXPECT_TEXT("stderr", r.err, "");
}

/* A daemon that starts again does not undo what was set by hand since; "apply" does. */
TEST(rules_survive_the_daemon)
{
	struct rule limit = { .text = "6G" };
	const struct rule *found[RULE_KEYS] = { [RULE_LIMIT] = &limit };
	uint32_t number = vm_rules_number(found);
	struct run r = { .fake = "regions,defaults", .args = { "rules", "apply" } };
	char applied[32];

	make_dir();
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\n");
	run_once(0);
	EXPECT("the first time it is set", TOLD_LIMIT(6 * GIB));
	EXPECT("and remembered", was_told(VHOST_MEM_A_REGION_RULES, number, 4));
	run_once(number);
	EXPECT("then no more", TOLD_LIMIT(8 * GIB) && !TOLD_LIMIT(6 * GIB));
	write_file("rules/a.conf", "[vm vm1]\nlimit = 5G\n");
	run_once(number);
	EXPECT("a new rule is", TOLD_LIMIT(5 * GIB));
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\n");
	snprintf(applied, sizeof(applied), "FAKE_RULES=%u", number);
	r.env[0] = applied;
	run(&r);
	EXPECT_TEXT("on request", r.out, "1  vm1: limit = 6G\n");
	remove_dir();
}

/*
 * What the kernel refuses is tried again at the next look, and said once. What was applied
 * before is not, so that it does not undo what was set by hand meanwhile.
 */
TEST(rules_that_are_refused_are_tried_again)
{
	struct rule limit = { .text = "6G" }, pool = { .text = "gold" };
	const struct rule *found[RULE_KEYS] = { [RULE_LIMIT] = &limit, [RULE_IN_POOL] = &pool };
	struct run r = { .fake = "regions,defaults,pools,refuses",
			 .args = { "auto", "-v", "--pool=64G" }, .env = { "FAKE_RECORD=record" } };

	make_dir();
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\npool = gold\n[pool gold]\nsize = 8G\n");
	run(&r);
	EXPECT_EQ("it goes on until all were applied", r.status, 0);
	EXPECT_TEXT("once each", r.err,
		    "vmemctl: applying the rules to pool gold: size is less than what is promised to regions of the pool: 1, promised 2\n"
		    "vmemctl: applying the rules to vm1: the pool has no room for it: gold has 0 free\n");
	EXPECT("the pool has its size", was_told(VHOST_MEM_A_POOL_SIZE, 8 * GIB, 8));
	EXPECT("the region is in it", last_told(VHOST_MEM_A_REGION_POOL, "gold", 5) >= 0);
	EXPECT("that is remembered", was_told(VHOST_MEM_A_REGION_RULES, vm_rules_number(found), 4));
	EXPECT("the limit was set", TOLD_LIMIT(6 * GIB));
	EXPECT("and not again", last_limit(7 * GIB) > last_limit(6 * GIB));
	remove_dir();
}

TEST(rules_that_are_left_are_shown)
{
	struct rule limit = { .text = "8G" }, pool = { .text = "gold" };
	const struct rule *found[RULE_KEYS] = { [RULE_LIMIT] = &limit, [RULE_IN_POOL] = &pool };
	struct run r = { .fake = "regions,defaults,pools", .args = { "rules", "show", "vm1" } };
	char number[32];

	make_dir();
	write_file("rules/a.conf",
		   "[vm vm1]\nlimit = 8G\nweight = 7\npool = gold\n[pool gold]\nsize = 8G\n");
	run(&r);
	EXPECT_TEXT("what differs", r.out,
		    "1  vm1: limit = 8G  (rules/a.conf:2, vm vm1)\n"
		    "1  vm1: weight = 7  (rules/a.conf:3, vm vm1)\n"
		    "1  vm1: pool = gold  (rules/a.conf:4, vm vm1)  (not applied yet)\n");
	snprintf(number, sizeof(number), "FAKE_RULES=%u", vm_rules_number(found));
	r.env[0] = number;
	run(&r);
	EXPECT("what was undone by hand was applied", !strstr(r.out, "not applied"));
	remove_dir();
}

TEST(rules_apply)
{
	struct run r;

	make_dir();
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\npolicy = auto\n[vm twin]\nlimit = 50%\n");
	VMEMCTL(&r, "regions", "rules", "apply");
	EXPECT_EQ("status", r.status, 0);
	EXPECT_TEXT("what differs is set", r.out, "1  vm1: limit = 6G policy = auto\n");
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\nmin = 1G\n");
	VMEMCTL(&r, "regions,pools", "rules", "apply");
	EXPECT_EQ("status", r.status, 0);
	EXPECT_TEXT("a minimum is set", r.out, "1  vm1: limit = 6G min = 1G\n");
	VMEMCTL(&r, "regions", "rules", "apply");
	EXPECT_TEXT("without minima it is left to the daemon", r.out, "1  vm1: limit = 6G\n");
	VMEMCTL(&r, "regions,eperm", "rules", "apply");
	EXPECT_EQ("status", r.status, 2);
	EXPECT_TEXT("it says why", r.err,
		    "vmemctl: applying the rules to vm1 needs CAP_NET_ADMIN and CAP_SYS_RESOURCE (run as root)\n");
	VMEMCTL(&r, "regions,old", "rules", "apply");
	EXPECT_TEXT("an old kernel has neither", r.out, "");
	remove_dir();
}

#define VM(id, plugged, reclaimable) \
	"\"" #id "\":{\"id\":" #id ",\"name\":\"vm" #id "\",\"state\":\"running\",\"progress\":\"done\"," \
	"\"block-size\":2097152,\"size\":17179869184,\"requested-size\":" plugged "," \
	"\"plugged-size\":" plugged ",\"guest-reclaimable\":" reclaimable "}"

TEST(auto_replay)
{
	struct run r;

	make_dir();
	write_file("trace",
		   "{\"time\":100000,\"pool\":6442450944,\"region\":{"
		   VM(1, "4294967296", "3221225472") "," VM(2, "2147483648", "0") "}}\n\n"
		   "{\"time\":105000,\"region\":{"
		   VM(1, "2696937472", "1623195648") "," VM(2, "2147483648", "0") "}}\n");
	VMEMCTL(&r, "", "auto", "--replay", "trace");
	EXPECT_EQ("status", r.status, 0);
	EXPECT_TEXT("stderr", r.err, "");
	EXPECT_TEXT("decisions", r.out,
		    "   100.000  vm1: shrink 4 GiB -> 2612 MiB: the pool is nearly full; needs 1 GiB (plugged 4 GiB - reclaimable 3 GiB); with headroom 1128 MiB, share 1128 MiB\n"
		    "   100.000  vm2: keep 2 GiB: it needs more, and nothing is free; needs 2 GiB (plugged 2 GiB - reclaimable 0 B); with headroom 2254 MiB, share 2254 MiB\n"
		    "   105.000  vm1: keep 2572 MiB: more than it needs, but it shrank less than 30 s ago; needs 1 GiB (plugged 2572 MiB - reclaimable 1548 MiB); with headroom 1128 MiB, share 1128 MiB\n"
		    "   105.000  vm2: grow 2 GiB -> 2254 MiB: it needs more; needs 2 GiB (plugged 2 GiB - reclaimable 0 B); with headroom 2254 MiB, share 2254 MiB\n");
	VMEMCTL(&r, "", "auto", "--replay", "trace", "--pool", "64G", "-j");
	STARTS("the option's pool holds until the trace has another", r.out,
	       "{\"time\":100000,\"id\":1,\"name\":\"vm1\",\"requested-size\":4294967296,\"target\":");
	/* The rules apply to a trace, too. */
	write_file("rules/a.conf", "[vm vm1]\nmanage = no\n");
	VMEMCTL(&r, "", "auto", "--replay", "trace", "-v");
	CONTAINS("rules", r.out, "vm1: keep 4 GiB: not managed: a rule says so\n");
	remove_dir();
}

TEST(auto_replay_bad_traces)
{
	static const char *const cases[][2] = {
		{ "nonsense\n", "vmemctl: trace:1: not an object in JSON\n" },
		{ "\n[1]\n", "vmemctl: trace:2: not an object in JSON\n" },
		{ "{}\n", "vmemctl: trace:1: there is no object \"region\"\n" },
		{ "{\"region\":{\"1\":1}}\n", "vmemctl: trace:1: a region is no object\n" },
		{ "{\"region\":{\"1\":{}}}\n", "vmemctl: trace:1: a region has no id\n" },
		{ "{\"region\":{\"1\":{\"id\":-1}}}\n",
		  "vmemctl: trace:1: id: \"-1\" is no such value\n" },
		{ "{\"region\":{\"1\":{\"id\":1,\"size\":\"1G\"}}}\n",
		  "vmemctl: trace:1: size: \"\"1G\"\" is no such value\n" },
		{ "{\"region\":{\"1\":{\"id\":1,\"state\":\"lost\"}}}\n",
		  "vmemctl: trace:1: state: \"\"lost\"\" is no such value\n" },
		{ "{\"region\":{\"1\":{\"id\":1}}}\n",
		  "vmemctl: trace:1: neither \"pool\" nor \"total\" and \"available\"; use --pool\n" },
		{ "{\"pool\":1,\"region\":{\"1\":{\"id\":1},\"2\":{\"id\":1}}}\n",
		  "vmemctl: trace:1: two regions have the same id\n" },
		{ "{\"time\":5,\"pool\":1,\"region\":{}}\n{\"time\":4,\"region\":{}}\n",
		  "vmemctl: trace:2: time: 4 is before the line before\n" },
		{ "{\"pool\":\"much\",\"region\":{}}\n",
		  "vmemctl: trace:1: pool: \"\"much\"\" is no number\n" },
	};
	struct run r;
	size_t i;

	make_dir();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file("trace", cases[i][0]);
		VMEMCTL(&r, "", "auto", "--replay", "trace");
		EXPECT_EQ(cases[i][0], r.status, 1);
		EXPECT_TEXT(cases[i][0], r.err, cases[i][1]);
	}
	VMEMCTL(&r, "", "auto", "--replay", "nowhere");
	EXPECT_TEXT("no file", r.err, "vmemctl: nowhere: No such file or directory\n");
	remove_dir();
}

/* What the daemon saw can be decided again, with the same result. */
TEST(auto_record_and_replay)
{
	struct run live, again;

	make_dir();
	VMEMCTL(&live, "regions", "auto", "--once", "--dry-run", "--record", "trace", "--pool", "8G");
	EXPECT_EQ("status", live.status, 0);
	CONTAINS("it decides", live.out, "vm1: ");
	VMEMCTL(&again, "", "auto", "--replay", "trace");
	/* But for a name that is no text, which JSON cannot have. */
	CONTAINS("the last", live.out, "?[2J");
	*strstr(live.out, "?[2J") = '\0';
	STARTS("the same", again.out, live.out);
	remove_dir();
}

TEST(auto_usage)
{
	static const struct {
		const char *args[4];
		const char *err;
	} cases[] = {
		{ { "auto", "--foo" }, "vmemctl: unknown option \"--foo\"; see 'vmemctl auto --help'\n" },
		{ { "auto", "--pool" }, "vmemctl: \"--pool\" needs a value; see 'vmemctl auto --help'\n" },
		{ { "auto", "-p", "50%" }, "vmemctl: --pool \"50%\" is no size, such as 64G\n" },
		{ { "auto", "go" }, "vmemctl: unexpected argument \"go\"; see 'vmemctl auto --help'\n" },
		{ { "auto", "status", "1" },
		  "vmemctl: unexpected argument \"1\"; see 'vmemctl auto --help'\n" },
		{ { "rules" }, "vmemctl: missing check, show or apply; see 'vmemctl rules --help'\n" },
		{ { "rules", "list" },
		  "vmemctl: unknown command \"rules list\": use check, show or apply\n" },
		{ { "rules", "apply", "1" },
		  "vmemctl: unexpected argument \"1\"; see 'vmemctl rules --help'\n" },
		{ { "-j", "rules", "show" },
		  "vmemctl: \"rules\" has no JSON; see 'vmemctl rules --help'\n" },
	};
	struct run r;
	size_t i;

	make_dir();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		vmemctl(&r, "regions", cases[i].args);
		EXPECT_EQ(cases[i].err, r.status, 1);
		EXPECT_TEXT("stderr", r.err, cases[i].err);
	}
	VMEMCTL(&r, "", "auto", "--help");
	STARTS("help", r.out, "Usage: vmemctl [-j] auto [OPTION]... [status|log [ID]]\n");
	remove_dir();
}

/* Each look dumps all, so lost events, and a region that goes, are no failure. */
TEST(auto_daemon)
{
	struct run r = { .fake = "regions,lost", .args = { "auto", "-v", "--pool", "64G" },
			 .sigint_at = "vm1: keep 2 GiB" };

	make_dir();
	write_file("rules/a.conf", "[vm vm1]\nlimit = 6G\npolicy = auto\n");
	run(&r);
	EXPECT_EQ("status", r.status, 0);
	CONTAINS("the first look", r.out, "vm1: shrink 3 GiB -> 2 GiB: it cannot grow now");
	CONTAINS("the second look, at what was set", r.out, "vm1: keep 2 GiB: it does not follow");
	r.fake = "regions,eperm";
	run(&r);
	EXPECT_EQ("without rights", r.status, 2);
	r.fake = "regions,story";
	run(&r);
	EXPECT_EQ("the module is unloaded", r.status, 2);
	CONTAINS("the module is unloaded", r.err, "waiting for events: the vhost_mem module was unloaded\n");
	write_file("rules/a.conf", "[vm vm1]\nlimit = x\n");
	r.fake = "regions";
	run(&r);
	EXPECT_EQ("bad rules", r.status, 1);
	remove_dir();
}

static pid_t start_daemon(void)
{
	const char *program = getenv("VMEMCTL");
	struct stat st;
	pid_t pid;
	int i;

	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		setenv("FAKE", "regions", 1);
		dup2(open("out", O_CREAT | O_WRONLY, 0644), STDOUT_FILENO);
		dup2(STDOUT_FILENO, STDERR_FILENO);
		execl(program, "vmemctl", "auto", "--pool", "64G", NULL);
		_exit(127);
	}
	for (i = 0; i < 600 && (stat("run/auto.lock", &st) || !st.st_size); i++)
		usleep(100000);
	return pid;
}

/* There is one, and when it is killed there is nothing to clean up. */
TEST(auto_is_alone_and_leaves_nothing)
{
	char expected[64];
	struct run r;
	pid_t pid;

	make_dir();
	pid = start_daemon();
	VMEMCTL(&r, "regions", "auto");
	EXPECT_EQ("a second one", r.status, 2);
	EXPECT_TEXT("a second one", r.err, "vmemctl: 'vmemctl auto' is running already\n");
	snprintf(expected, sizeof(expected), "'vmemctl auto' is running, PID %d\n", pid);
	VMEMCTL(&r, "regions", "auto", "status");
	STARTS("status", r.out, expected);
	CONTAINS("status", r.out, "vm1: ");
	kill(pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		abort();
	VMEMCTL(&r, "regions", "auto", "status");
	STARTS("it is gone", r.out, "'vmemctl auto' is not running\n");
	VMEMCTL(&r, "regions", "auto", "--once");
	EXPECT_EQ("the next one", r.status, 0);
	remove_dir();
}

TEST(rule_facts_of_a_process)
{
	struct rule_facts facts;

	make_dir();
	if (mkdir("77", 0755))
		abort();
	write_file("77/cgroup", "0::/system.slice/qemu@db.service/emulator\n");
	rule_facts(&facts, ".", "db", 77);
	EXPECT_TEXT("name", facts.name, "db");
	EXPECT_TEXT("cgroup", facts.cgroup, "/system.slice/qemu@db.service/emulator");
	EXPECT_TEXT("unit", facts.unit, "qemu@db.service");
	EXPECT("user", *facts.user);
	write_file("77/cgroup", "1:memory:/old\n0::/machine.slice/machine-qemu\\x2d1.scope\n");
	rule_facts(&facts, ".", "db", 77);
	EXPECT_TEXT("unit", facts.unit, "machine-qemu\\x2d1.scope");
	rule_facts(&facts, ".", "db", 78);
	EXPECT_TEXT("no such process", facts.cgroup, "");
	EXPECT_TEXT("no such process", facts.user, "");
	rule_facts(&facts, ".", "db", 0);
	EXPECT_TEXT("not visible", facts.unit, "");
	remove_dir();
}

TEST(host_files)
{
	struct fleet_host host = { 0 };

	CHECK_EQ(host_parse_meminfo(&host, "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:   500 kB\n"), 0);
	CHECK_EQ(host.total, 1000 * 1024);
	CHECK_EQ(host.available, 500 * 1024);
	CHECK(host_parse_meminfo(&host, "MemTotal:  1000 kB\n"));
	CHECK(host_parse_meminfo(&host, "MemTotal:  18446744073709551615 kB\nMemAvailable: 1 kB\n"));
	CHECK_EQ(host_parse_pressure(&host, "some avg10=12.34 avg60=0.00 avg300=0.00 total=0\n"), 0);
	CHECK_EQ(host.pressure, 1234);
	CHECK(host_parse_pressure(&host, "full avg10=12.34\n"));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can fail inside a call fails, one thing after the other.
 *
 * A call is made again and again; the n-th time, the n-th allocation (failslab,
 * fail_page_alloc) or the n-th copy from or to user space (fail_usercopy) that
 * it makes fails, wherever in the kernel that is. When the call fails, nothing
 * may have changed, and the same call must then succeed. See "fail-nth" in the
 * kernel's Documentation/fault-injection/fault-injection.rst.
 *
 * Needs a kernel with CONFIG_FAULT_INJECTION_STACKTRACE_FILTER, as
 * scripts/debug-kernel builds it. With FAIL_NTH_VERBOSE in the environment the
 * kernel logs where each failure was.
 *
 * tier: debug
 */
#include "fail_nth.h"

const char *sweep_name;
enum fault_kind sweep_kind;
unsigned int sweep_nth;

static int nth_fd = -1;
static struct state state_before;
static uint64_t shmem_before;

void expect(bool ok, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (ok)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_say("%s, %s %u: %s", sweep_name, fault_attr[sweep_kind], sweep_nth,
		 text);
	ktap_fail();
}

void expect_same(const struct state *a, const struct state *b, bool generation,
		 const char *when)
{
	const char *what = state_differs(a, b, generation);

	expect(!what, "%s: %s has changed", when, what);
}

static bool call_error(const struct call *call, int ret)
{
	for (int i = 0; i < 4 && call->errors[i]; i++)
		if (ret == call->errors[i])
			return true;
	return ret == fault_error[sweep_kind];
}

/* One call with one failure; returns whether there was one. */
static bool sweep_one(const struct call *call, unsigned int *failed)
{
	struct state before, after, again;
	bool happened, unknown;
	int ret;

	call->prepare();
	state_take(&before, fixture.dev.fd);
	fault_arm(nth_fd, sweep_nth);
	ret = call->run();
	happened = fault_disarm(nth_fd);
	state_take(&after, fixture.dev.fd);
	if (call->touches) {
		state_forget_backed(&before);
		state_forget_backed(&after);
	}
	unknown = ret && call->unknown && call->unknown(ret);
	if (ret) {
		expect(happened, "fails with %d (%s) by itself", ret,
		       strerror(-ret));
		expect(unknown || call_error(call, ret), "fails with %d (%s)",
		       ret, strerror(-ret));
		if (!unknown)
			expect_same(&before, &after, true, strerror(-ret));
		expect(fixture_has_bytes(after.blocks), "%s: bytes are lost",
		       strerror(-ret));
		++*failed;
		ret = call->run();
		expect(!ret, "then fails again with %d (%s)", ret,
		       strerror(-ret));
		state_take(&again, fixture.dev.fd);
		if (unknown && state_differs(&before, &after, false))
			expect_same(&after, &again, false, "done in part");
		after = again;
	}
	if (call->done)
		expect(call->done(), "has had no effect");
	else
		expect_same(&before, &after, true, "has had an effect");
	fixture_end();
	return happened;
}

static void sweep_over(const struct call *call, enum fault_kind kind)
{
	unsigned int failed = 0;

	sweep_kind = kind;
	fault_select(kind);
	for (sweep_nth = 1; sweep_one(call, &failed); sweep_nth++)
		expect(sweep_nth < NTH_MAX, "no end");
	ktap_say("%s: %u times %s, %u of them made it fail", call->name,
		 sweep_nth - 1, fault_attr[kind], failed);
}

void sweep_begin(void)
{
	fixture_none();
	nth_fd = fault_open();
	fault_init();
	state_init();
	state_take(&state_before, -1);
	shmem_before = proc_field("/proc/meminfo", "Shmem");
}

static bool shmem_is_back(void)
{
	return proc_field("/proc/meminfo", "Shmem") < shmem_before + MiB;
}

void sweep_end(void)
{
	const char *what;

	fault_select(FAULT_KINDS);
	what = state_settles(&state_before, -1);
	if (what)
		ktap_say("at the end: %s has changed", what);
	CHECK(!what);
	for (int i = 0; i < 100 && !shmem_is_back(); i++)
		usleep(100000);
	CHECK(shmem_is_back());
}

void sweep(const struct call *call)
{
	sweep_begin();
	sweep_name = call->name;
	for (int kind = 0; kind < FAULT_KINDS; kind++)
		sweep_over(call, kind);
	sweep_end();
}

int main(int argc, char **argv)
{
	ktap_timeout = 600;
	return ktap_main(argc, argv);
}

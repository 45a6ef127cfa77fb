# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# debug.sh: kernels that check themselves. Sourced by scripts/check.

# Kernels with KASAN, lockdep, kmemleak and injected failures; and with KCSAN,
# where only concurrency is of interest. A report of any of them fails the run.
step_debug()
{
	# shellcheck disable=SC2034	# RELEASE
	local flavour programs KERNEL RELEASE KDIR OUT

	for flavour in kasan kcsan; do
		programs="quick full debug"
		[ $flavour = kasan ] || programs="requests ring lifetime race"
		test_command "debug: $flavour kernel" scripts/debug-kernel $flavour
		eval "$(scripts/debug-kernel --path $flavour)"
		test_command "debug: vhost_mem.ko for $flavour" \
			scripts/build-module "$KDIR" "$OUT" KCFLAGS=-g
		test_command "debug: vhost_mem.ko for $flavour, few references to zero pages" \
			scripts/build-module "$KDIR" "$OUT-zero" KCFLAGS='-g -DVHOST_MEM_ZERO_REFS_MAX=16'
		test_command "debug: vhost_mem_guest.ko for $flavour" \
			scripts/build-module --guest "$KDIR" "$OUT" KCFLAGS=-g
		# shellcheck disable=SC2086	# words
		test_ktap "debug $flavour" scripts/host-vm --kernel "$KERNEL" --mem 4G --nodes 2 \
			--timeout 3000 -- env KTAP_TIMEOUT=900 selftests/run-kselftests build/selftests $programs
	done
	test_ktap "debug e2e rogue-guest" scripts/host-vm --kernel debug --mem 6G --timeout 1800 -- \
		selftests/e2e/scenarios/rogue-guest
	test_ktap "debug e2e storm" scripts/host-vm --kernel 6.12 --mem 8G --timeout 3000 -- \
		env GUEST=debug GUEST_DRIVER=vhost_mem_guest MEM=2G PAUSE=100 selftests/e2e/scenarios/storm
}

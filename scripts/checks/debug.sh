# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# debug.sh: kernels that check themselves. Sourced by scripts/check.

# kselftests_debug FLAVOUR KERNEL PROGRAM...
kselftests_debug()
{
	local flavour=$1 kernel=$2

	shift 2
	test_ktap "debug $flavour $1 to ${*: -1}" \
		scripts/host-vm --kernel "$kernel" --mem 6G --nodes 2 --timeout 5400 -- \
		env KTAP_TIMEOUT=900 LOCKDEP_COPY="$lockdep.$1" \
		selftests/run-kselftests build/selftests "$@"
}

# Kernels with KASAN, lockdep, kmemleak and injected failures; and with KCSAN,
# where only concurrency is of interest. A report of any of them fails the run.
step_debug()
{
	# shellcheck disable=SC2034	# RELEASE
	local flavour programs i together=4 KERNEL RELEASE KDIR OUT
	# Where a host VM can write.
	local lockdep=build/host-vm/out/lockdep

	rm -f "$lockdep".*
	for flavour in kasan kcsan; do
		test_command "debug: $flavour kernel" scripts/debug-kernel $flavour
		eval "$(scripts/debug-kernel --path $flavour)"
		test_command "debug: vhost_mem.ko for $flavour" \
			scripts/build-module "$KDIR" "$OUT" KCFLAGS=-g
		test_command "debug: vhost_mem.ko for $flavour, few references to zero pages" \
			scripts/build-module "$KDIR" "$OUT-zero" KCFLAGS='-g -DVHOST_MEM_ZERO_REFS_MAX=16'
		test_command "debug: vhost_mem_guest.ko for $flavour" \
			scripts/build-module --guest "$KDIR" "$OUT" KCFLAGS=-g
		if [ $flavour = kcsan ]; then
			beside kselftests_debug kcsan "$KERNEL" requests ring lifetime race
			continue
		fi
		mapfile -t programs < <(selftests/list-programs | awk '$1 != "lockdep" && $2 != "iommu" { print $1 }')
		for ((i = 0; i < ${#programs[@]}; i += together)); do
			beside kselftests_debug kasan "$KERNEL" "${programs[@]:i:together}" \
				lockdep=every_dependency_is_documented,nothing_foreign_runs_under_the_innermost_locks
		done
	done
	beside test_ktap "debug e2e rogue-guest" scripts/host-vm --kernel debug --mem 6G --timeout 1800 -- \
		selftests/e2e/scenarios/rogue-guest
	# With it, the kselftests of the tier iommu.
	beside test_ktap "debug e2e vfio" scripts/host-vm --kernel debug --mem 8G --iommu --timeout 1800 -- \
		selftests/e2e/scenarios/vfio
	beside test_ktap "debug e2e storm" scripts/host-vm --kernel 6.12 --mem 8G --timeout 3000 -- \
		env GUEST=debug GUEST_DRIVER=vhost_mem_guest MEM=2G PAUSE=100 selftests/e2e/scenarios/storm
	all_done
	# Locks are taken in no other order than documented in any boot, and in each
	# documented order in one of them.
	test_ktap "debug lockdep of all boots" env LOCKDEP="$(echo "$lockdep".*)" \
		selftests/lockdep.sh documented_dependencies_exist
}

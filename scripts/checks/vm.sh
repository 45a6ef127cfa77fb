# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# vm.sh: kselftests and scenarios, in host VMs. Sourced by scripts/check.
#
# Scenarios (selftests/e2e/scenarios) register themselves. In the first comment of
# each are lines
#
#   # check: HOST GUEST QEMU [ours] [VARIABLE=VALUE]...
#   # matrix: HOST GUEST QEMU [ours] [VARIABLE=VALUE]...
#   # needs: nodes=N | iommu | debian-guest
#
# the kernels of the host and the guest, the QEMU, whether the guest has this
# project's driver, and the environment, of a run in "make check" or in "make
# check-matrix"; and what the host VM has to have, or that the guest is one of
# scripts/debian-guest.

scenarios=selftests/e2e/scenarios

# registered, which reads them
# shellcheck source=/dev/null
. selftests/lib/registration.sh

# have_kernel KERNEL TITLE: or skip the test
have_kernel()
{
	[ ! -e "build/kernels/$1/release" ] || return 0
	skip "$2" "there is no kernel $1"
	return 1
}

# scenario FILE HOST GUEST QEMU [ours] [VARIABLE=VALUE]...
scenario()
{
	local file=$1 host=$2 guest=$3 qemu=$4 driver=virtio_mem name title need
	local before=$((passed + failed)) failed_before=$failed machine=() limit=1800

	shift 4
	if [ "${1-}" = ours ]; then
		driver=vhost_mem_guest
		shift
	fi
	name=$(basename "$file")
	title="e2e $name host $host guest $guest qemu $qemu"
	[ $driver = virtio_mem ] || title+=" $driver"
	[ $# = 0 ] || title+=" $*"
	have_qemu "$qemu" "$title" || return
	have_kernel "$host" "$title" || return
	have_kernel "$guest" "$title" || return
	while read -r need; do
		case $need in
		nodes=*) machine+=(--nodes "${need#*=}") ;;
		iommu) machine+=(--iommu) ;;
		debian-guest)
			limit=5400
			if ! scripts/debian-guest "$guest" > "$log/debian-guest-$guest.log" 2>&1; then
				skip "$title" "the guest could not be made: $(tail -n 1 "$log/debian-guest-$guest.log")"
				return
			fi
			;;
		esac
	done < <(registered "$file" needs)
	test_ktap "$title" scripts/host-vm --kernel "$host" --mem 8G "${machine[@]}" --timeout "$limit" -- \
		env GUEST="$guest" QEMU_SERIES="$qemu" GUEST_DRIVER=$driver "$@" "$file"
	# A part of a scenario must not stand for all of it.
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name${*:+ $*}" "$qemu" "$host" "$guest" "$driver" \
		$((passed + failed - before)) $((failed - failed_before)) "$(date +%F)" >> "$log/scenarios.tsv"
}

# scenarios_of TIER [ROWS]: all that are registered for it, at most so many runs of each
scenarios_of()
{
	local file line

	for file in "$scenarios"/*; do
		[ -z "$ONLY" ] || [[ " $ONLY " == *" $(basename "$file") "* ]] || continue
		while read -r line; do
			# shellcheck disable=SC2086	# words
			beside scenario "$file" $line
		done < <(registered "$file" "$1" | head -n "${2:-1000}")
	done
}

# kselftests KERNEL PART PARTS [TIER]...
kselftests()
{
	local kernel=$1 part=$2 parts=$3

	shift 3
	test_ktap "kselftest $kernel part $part of $parts" \
		scripts/host-vm --kernel "$kernel" --nodes 2 --timeout 1800 -- \
		selftests/run-kselftests --part "$part/$parts" build/selftests "$@"
}

fails()
{
	! "$@"
}

# One pass of those that take seconds.
step_quickvm()
{
	beside kselftests 6.12 1 2 quick
	beside kselftests 6.12 2 2 quick
}

# The longest first, so that no processor is idle at the end.
step_vm()
{
	local s

	for s in $series; do
		beside kselftests "$s" 1 2
		beside kselftests "$s" 2 2
	done
	scenarios_of check
	beside test_command "vm: host-vm -- false fails" fails scripts/host-vm -- false
	for s in $series; do
		beside test_command "vm: $s: layout of vhost's structures" scripts/host-vm --kernel "$s" -- \
			scripts/check-layout "build/$(release "$s")/kmod/vhost_mem.ko"
	done
}

# fetched KERNEL: a kernel of a later Debian, built for without a warning
# Not with sparse, which does nothing, in silence, with the headers of Linux 7.
fetched()
{
	local kernel=$1 file=$log/fetch-$1.log

	if ! scripts/fetch-kernel "$kernel" > "$file" 2>&1; then
		skip "kernel $kernel" "it could not be fetched: $(tail -n 1 "$file")"
		return 1
	fi
	test_command "build: vhost_mem.ko for $kernel with W=1" \
		make -s "module-$kernel" W=1 KCFLAGS=-Werror
	test_command "build: vhost_mem_guest.ko for $kernel with W=1" \
		make -s "guest-$kernel" W=1 KCFLAGS=-Werror
	test_ktap "build: private header of $kernel" selftests/headers/vhost_h_test.py \
		"build/kernels/$kernel" "$(<"build/kernels/$kernel/root")/usr/src/linux-headers-$(release "$kernel")" \
		"build/$(release "$kernel")" build/kernels/6.1
}

# later KERNEL: the same, and the kselftests on it
later()
{
	fetched "$1" || return
	test_command "build: vhost_mem.ko for $1 with few references to zero pages" \
		make -s "zero-module-$1" W=1 KCFLAGS=-Werror
	kselftests "$1" 1 1
	test_command "vm: $1: layout of vhost's structures" scripts/host-vm --kernel "$1" -- \
		scripts/check-layout "build/$(release "$1")/kmod/vhost_mem.ko"
}

# MATRIX_ROWS=N runs only the first N of each, and ONLY="NAME..." only these.
step_matrix()
{
	local kernel

	if [ -z "$ONLY" ]; then
		beside test_ktap "cross-build" scripts/cross-build arm64
		beside test_ktap "qemu sources" scripts/check-qemu-sources
		later 7.3
		later 6.12-deb13
		for kernel in 7.3-cloud 7.3-rt 6.12-deb13-cloud 6.12-deb13-rt; do
			fetched $kernel
		done
	else
		fetched 7.3
	fi
	# Scenarios are registered for it.
	[ ! -e build/kernels/7.3/release ] ||
		test_command "build: modules for guests with 7.3" make -s e2e-7.3
	scenarios_of matrix "${MATRIX_ROWS-}"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# lib.sh: what the scenarios are written with. Sourced, inside the host VM.
#
# A scenario tells a story. For people (PROSE=1) it prints what it does and what
# came out; for the tests the same, as KTAP with the story in comments.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
PROSE=${PROSE:-}
GUEST=${GUEST:-6.12}		# kernel series of the guests
# Their driver of memory devices; guest-vm knows it, too.
export GUEST_DRIVER=${GUEST_DRIVER:-virtio_mem}
# shellcheck disable=SC2034	# for the scenarios
guest_build=$top/build/e2e/$(cat "$top/build/kernels/$GUEST/release")
# Arguments of QEMU: the guest's own kernel and initramfs, as /dev/vda and /dev/vdb, for
# a guest that boots another one itself.
# shellcheck disable=SC2034	# for the scenarios
own_kernel=(
	-drive "file=$top/build/kernels/$GUEST/boot/vmlinuz-$(cat "$top/build/kernels/$GUEST/release"),format=raw,readonly=on,if=virtio"
	-drive "file=$top/build/guest-vm/$GUEST/initramfs.cpio,format=raw,readonly=on,if=virtio"
)
checks=0
failed=0

# Everything a scenario starts ends with it, also when it fails.
cleanup()
{
	local name

	for name in $(guest-vm list | awk '{print $1}'); do
		guest-vm stop "$name" --kill >/dev/null 2>&1 || true
	done
}

# KVM patches its code when the first virtual CPU appears whose APIC is not enabled, as
# it is at reset, and when the last one is gone; which an emulated host does not always
# survive (see scripts/host-vm). So there is always one: of a VM that never runs.
steady_kvm()
{
	guest-vm start idle --no-wait --kernel "$GUEST" --mem 128M -- -S
}

begin()
{
	trap cleanup EXIT
	steady_kvm
	[ "$PROSE" ] || echo "KTAP version 1"
	say "$*"
}

# A headline of the story.
say()
{
	if [ "$PROSE" ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '# %s\n' "$*"; fi
}

# Run a command for everyone to see; its failure is for a check to find.
run()
{
	if [ "$PROSE" ]; then
		printf '  $ %s\n' "$*"
		"$@" 2>&1 | sed 's/^/    /' || true
	else
		printf '# $ %s\n' "$*"
		"$@" 2>&1 | sed 's/^/#   /' || true
	fi
}

# What guests and their QEMUs said last, when something has failed.
last_words()
{
	local name said

	for name in $(guest-vm list | awk '{ print $1 }'); do
		said=$(guest-vm console "$name" | tail -n 12; guest-vm log "$name" | tail -n 4)
		[ -n "$said" ] || continue
		printf '# %s (%s) said last:\n' "$name" "$(guest-vm status "$name")"
		printf '%s\n' "$said" | sed 's/^/#   /'
	done
}

# check DESCRIPTION COMMAND...: the command has to succeed.
check()
{
	local name=$1 output status=0

	shift
	checks=$((checks + 1))
	output=$("$@" 2>&1) || status=$?
	if [ $status = 0 ]; then
		if [ "$PROSE" ]; then printf '  \033[32m✓\033[0m %s\n' "$name"; else echo "ok $checks $name"; fi
		# Not a failure, but not to be overlooked either.
		[[ $output != *"is started once more"* ]] || printf '%s\n' "$output" | sed 's/^/# /'
		return 0
	fi
	failed=$((failed + 1))
	if [ "$PROSE" ]; then printf '  \033[31m✗ %s\033[0m\n' "$name"; else echo "not ok $checks $name"; fi
	printf '# %s: exit status %s\n' "$*" "$status"
	[ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/#   /'
	# A guest that goes while it is looked at must not end the scenario.
	last_words || true
}

finish()
{
	if [ "$PROSE" ]; then
		printf '\n%s checks, %s failed\n' "$checks" "$failed"
	else
		echo "1..$checks"
	fi
	[ $failed = 0 ]
}

# --- what the host knows ---

# field NAME ATTRIBUTE: of a region, as vmemctl has it; "gone" without the region.
# Without a process for it, as they are slow in an emulated host.
field()
{
	local region

	region=$(vmemctl -j show "$1" 2>/dev/null) || { echo gone; return; }
	[[ $region =~ \"$2\":\ *\"?([^\",}[:space:]]*) ]] && echo "${BASH_REMATCH[1]}"
}

# meminfo FIELD: bytes, of the host
meminfo()
{
	awk -v field="$1:" '$1 == field { printf "%.0f\n", $2 * 1024 }' /proc/meminfo
}

# shmem_is_back [MIB]: so close to $shmem_before
shmem_is_back()
{
	near "$(meminfo Shmem)" "$shmem_before" $((${1:-32} * MiB))
}

# guest_meminfo GUEST FIELD: bytes
guest_meminfo()
{
	guest-vm exec "$1" -- cat /proc/meminfo |
		awk -v field="$2:" '$1 == field { printf "%.0f\n", $2 * 1024 }'
}

# total_is GUEST BYTES: its MemTotal, but for what the kernel needs itself
total_is()
{
	near "$(guest_meminfo "$1" MemTotal)" "$2" $((16 * MiB))
}

# near A B TOLERANCE: numbers
near()
{
	local diff=$(($1 - $2))

	echo "$1, expected $2, within $3"
	[ ${diff#-} -le "$3" ]
}

# at_most A B
at_most()
{
	echo "$1, expected at most $2"
	[ "$1" -le "$2" ]
}

# at_least A B
at_least()
{
	echo "$1, expected at least $2"
	[ "$1" -ge "$2" ]
}

# equal A B
equal()
{
	echo "\"$1\", expected \"$2\""
	[ "$1" = "$2" ]
}

# fails COMMAND...: it has to fail
fails()
{
	! "$@"
}

# fails_with STATUS TEXT COMMAND...: how, and saying what
fails_with()
{
	local want=$1 text=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	printf 'exit status %s, expected %s; said: %s\nexpected: %s\n' "$status" "$want" "$output" "$text"
	[ "$status" = "$want" ] && [[ $output == *"$text"* ]]
}

# within SECONDS COMMAND...: it has to succeed, sooner or later
within()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# --- what a VM and its guest say ---

# log_says NAME PATTERN: QEMU has
log_says()
{
	local log

	log=$(guest-vm log "$1")
	echo "$log"
	grep -q "$2" <<< "$log"
}

# monitor_says NAME COMMAND TEXT
monitor_says()
{
	local output

	output=$(guest-vm monitor "$1" "$2")
	echo "$output"
	[[ $output == *"$3"* ]]
}

# monitor_is_silent COMMAND: vm1's monitor has nothing to say to it
monitor_is_silent()
{
	equal "$(guest-vm monitor vm1 "$1")" ""
}

# guest COMMAND...: in vm1
guest()
{
	guest-vm exec vm1 --timeout 300 -- "$@"
}

# What vm1's kernel complained about
complaints()
{
	guest "dmesg | grep -A 25 'WARNING:\|BUG:'"
}

# vm1 runs, and has touched nothing that it should not
no_trouble()
{
	[ "$(guest-vm status vm1)" = running ] && equal "$(field vm1 refused-faults)" 0
}

# stopped_by_error NAME: as by an access to unplugged memory
stopped_by_error()
{
	[ "$(guest-vm status "$1")" = internal-error ]
}

# node_total_is NAME NODE BYTES: MemTotal of a node of the guest, but for what its
# kernel needs itself
node_total_is()
{
	near "$(guest-vm exec "$1" -- cat "/sys/devices/system/node/node$2/meminfo" |
		awk '/MemTotal/ { print $4 * 1024 }')" "$3" $((128 * MiB))
}

# uses_its_memory NAME MIB: what the guest's kernel sees as memory is used: all of it,
# or so much of more
uses_its_memory()
{
	local free

	free=$(($(guest_meminfo "$1" MemAvailable) / MiB - 96))
	[ $free -lt "$2" ] || free=$2
	echo "$free MiB"
	guest-vm exec "$1" --timeout 300 -- "/pattern write /data/all $free &&
		/pattern check /data/all $free && rm /data/all"
}

# --- guests ---

# start NAME [ARGUMENT]...: a guest of the series under test, with our tools
start()
{
	launch "$@" && prepare "$1"
}

# launch NAME [ARGUMENT]...: only start it, for others to boot at the same time;
# needs prepare later
launch()
{
	guest-vm start "$1" --no-wait --kernel "$GUEST" "${@:2}"
}

# prepare NAME: wait for a guest to answer, and give it our tools
prepare()
{
	guest-vm wait "$1" --timeout 240 --retry || return
	guest-vm put "$1" "$top/build/e2e/pattern" /pattern
	guest-vm exec "$1" -- "mkdir /data && mount -t tmpfs -o size=32G tmpfs /data"
}

# shellcheck disable=SC2034	# for the scenarios
MiB=$((1 << 20)) GiB=$((1 << 30))

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# lib.sh: functions for the scenarios. To be sourced inside the host VM.
#
# With PROSE=1 a scenario prints headlines, commands and results for people; otherwise
# KTAP, with headlines and commands in comments.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"
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

if [ "$PROSE" ]; then
	ktap_begin() { :; }
	ktap_passed()
	{
		ktap_number=$((ktap_number + 1))
		printf '  \033[32m✓\033[0m %s\n' "$1"
	}
	ktap_not_passed()
	{
		ktap_number=$((ktap_number + 1)) ktap_failed=$((ktap_failed + 1))
		printf '  \033[31m✗ %s\033[0m\n' "$1"
	}
	ktap_end()
	{
		printf '\n%s checks, %s failed\n' "$ktap_number" "$ktap_failed"
		[ "$ktap_failed" = 0 ]
	}
fi

# Everything that a scenario has started ends with it, also when it fails.
cleanup()
{
	local name

	for name in $(guest-vm list | awk '{print $1}'); do
		guest-vm stop "$name" --kill >/dev/null 2>&1 || true
	done
}

# The guests that nobody has stopped, and that are gone without a word. A kernel that
# panics, or is told to restart, prints before it does.
silently_gone()
{
	local name

	for name in $(guest-vm list | awk '$3 == "gone" { print $1 }'); do
		[ ! -e "/run/guest-vm/$name/stopped" ] || continue
		guest-vm console "$name" |
			grep -qE 'panic|Oops|BUG|WARNING|reboot|Restarting|Resetting|Power down' ||
			echo "$name"
	done
}

# The end of every scenario, also of one that a command has ended because it failed (set -e),
# which it does when its guest is gone. After a failure with a guest that is gone without a
# word the emulator is the likely reason, as in host-vm, whose status this is: scripts/check
# runs the scenario once more.
at_exit()
{
	local status=$? names

	if [ $status != 0 ] && names=$(silently_gone) && [ -n "$names" ]; then
		ktap_say "gone without a word: $names"
		status=123
	fi
	cleanup
	exit $status
}

# KVM patches its code when the first virtual CPU appears whose APIC is not enabled (it
# is not at reset), and when the last one is gone. An emulated host does not always
# survive that (see Documentation/dev/host-vm.rst). So a VM that never runs keeps one.
steady_kvm()
{
	guest-vm start idle --no-wait --kernel "$GUEST" --mem 128M -- -S
}

begin()
{
	trap at_exit EXIT
	guest-vm serve
	steady_kvm
	ktap_begin
	say "$*"
}

# A headline.
say()
{
	if [ "$PROSE" ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else ktap_say "$*"; fi
}

# Print a command and its output; a later check finds whether it failed.
run()
{
	if [ "$PROSE" ]; then
		printf '  $ %s\n' "$*"
		"$@" 2>&1 | sed 's/^/    /' || true
	else
		ktap_say "\$ $*"
		"$@" 2>&1 | ktap_copy || true
	fi
}

# After a failure: the last output of guests and their QEMUs.
last_words()
{
	local name said

	for name in $(guest-vm list | awk '{ print $1 }'); do
		said=$(guest-vm console "$name" | tail -n 12; guest-vm log "$name" | tail -n 4)
		[ -n "$said" ] || continue
		ktap_say "$name ($(guest-vm status "$name")) said last:"
		ktap_copy <<< "$said"
	done
}

# check NAME COMMAND...: the command has to succeed. NAME says what is checked, and is
# understood without those before it.
check()
{
	local name=$1 output status=0

	shift
	output=$("$@" 2>&1) || status=$?
	if [ $status = 0 ]; then
		ktap_passed "$name"
		# Not a failure, but not to be overlooked either.
		[[ $output != *"is started once more"* ]] || ktap_say "$output"
		return 0
	fi
	ktap_not_passed "$name"
	ktap_say "$*: exit status $status"
	[ -z "$output" ] || ktap_copy <<< "$output"
	# A guest that goes while it is looked at must not end the scenario.
	last_words || true
}

# The last command of a scenario
finish()
{
	ktap_end
}

# --- the host's view ---

# field NAME ATTRIBUTE: an attribute of a region, from vmemctl; "gone" if there is no
# such region. Parsed without another process: those are slow in an emulated host.
field()
{
	local region

	region=$(vmemctl -j show "$1" 2>/dev/null) || { echo gone; return; }
	[[ $region =~ \"$2\":\ *\"?([^\",}[:space:]]*) ]] && echo "${BASH_REMATCH[1]}"
}

# meminfo FIELD: bytes in the host's /proc/meminfo
meminfo()
{
	awk -v field="$1:" '$1 == field { printf "%.0f\n", $2 * 1024 }' /proc/meminfo
}

# shmem_is_back [MIB]: Shmem is within MIB of $shmem_before
shmem_is_back()
{
	near "$(meminfo Shmem)" "$shmem_before" $((${1:-32} * MiB))
}

# guest_meminfo GUEST FIELD: bytes in the guest's /proc/meminfo
guest_meminfo()
{
	guest-vm exec "$1" -- cat /proc/meminfo |
		awk -v field="$2:" '$1 == field { printf "%.0f\n", $2 * 1024 }'
}

# total_is GUEST BYTES: the guest's MemTotal, give or take what its kernel needs
total_is()
{
	near "$(guest_meminfo "$1" MemTotal)" "$2" $((16 * MiB))
}

# grown_by MIB: vm1 has so much more than $total, which is its MemTotal of some moment
grown_by()
{
	total_is vm1 $((total + $1 * MiB))
}

# near A B TOLERANCE: the numbers A and B differ by at most TOLERANCE
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

# fails COMMAND...: the command has to run, and to fail
fails()
{
	local status=0

	"$@" || status=$?
	# 124: there was no answer, from guest-vm or in the time that timeout(1) gave.
	[ $status != 0 ] && [ $status != 124 ]
}

# fails_with STATUS TEXT COMMAND...: the command has to fail so, and print TEXT
fails_with()
{
	local want=$1 text=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	printf 'exit status %s, expected %s; said: %s\nexpected: %s\n' "$status" "$want" "$output" "$text"
	[ "$status" = "$want" ] && [[ $output == *"$text"* ]]
}

# within SECONDS COMMAND...: the command has to succeed in that time; it is repeated
within()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# --- the VM's and the guest's view ---

# log_says NAME PATTERN: QEMU's log has it
log_says()
{
	local log

	log=$(guest-vm log "$1")
	echo "$log"
	grep -q "$2" <<< "$log"
}

# monitor_says NAME COMMAND TEXT: QEMU's monitor answers with TEXT
monitor_says()
{
	local output

	output=$(guest-vm monitor "$1" "$2")
	echo "$output"
	[[ $output == *"$3"* ]]
}

# monitor_is_silent COMMAND: vm1's monitor executes it without a message
monitor_is_silent()
{
	equal "$(guest-vm monitor vm1 "$1")" ""
}

# guest COMMAND...: run it in vm1
guest()
{
	guest-vm exec vm1 --timeout 300 -- "$@"
}

# Warnings and errors of vm1's kernel
complaints()
{
	guest "dmesg | grep -A 25 'WARNING:\|BUG:'"
}

# vm1 runs, and none of its accesses was refused
no_trouble()
{
	[ "$(guest-vm status vm1)" = running ] && equal "$(field vm1 refused-faults)" 0
}

# may_suspend STATE: whether a guest with plugged memory may enter it (freeze or mem) here;
# the scenario suspend has why
may_suspend()
{
	[ "$GUEST" != 6.1 ] || return
	[ "$1" = freeze ] || [ "${QEMU_SERIES:-7.2}" != 7.2 ]
}

is_suspended()
{
	[ "$(guest-vm status vm1)" = suspended ]
}

# stopped_by_error NAME: the VM's state is that after an access to unplugged memory
stopped_by_error()
{
	[ "$(guest-vm status "$1")" = internal-error ]
}

# node_total_is NAME NODE BYTES: MemTotal of a node of the guest, give or take what its
# kernel needs
node_total_is()
{
	near "$(guest-vm exec "$1" -- cat "/sys/devices/system/node/node$2/meminfo" |
		awk '/MemTotal/ { printf "%.0f\n", $4 * 1024 }')" "$3" $((128 * MiB))
}

# uses_its_memory NAME MIB: the guest uses all memory that its kernel sees, or MIB of it
# if there is more
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

# start NAME [ARGUMENT]...: boot a guest of the series under test, with our tools
start()
{
	launch "$@" && prepare "$1"
}

# launch NAME [ARGUMENT]...: start it without waiting, so that others boot at the same
# time; call prepare later
launch()
{
	guest-vm start "$1" --no-wait --kernel "$GUEST" "${@:2}"
}

# prepare NAME: wait until a guest answers, and copy our tools into it
prepare()
{
	guest-vm wait "$1" --timeout 240 || return
	guest-vm put "$1" "$top/build/e2e/pattern" /pattern
	guest-vm exec "$1" -- "mkdir /data && mount -t tmpfs -o size=32G tmpfs /data"
}

# shellcheck disable=SC2034	# for the scenarios
MiB=$((1 << 20)) GiB=$((1 << 30))

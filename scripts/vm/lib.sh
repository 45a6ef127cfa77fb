# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# What bootstrap, host-vm and mk-initramfs agree on. Sourced, never run.

REPO=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
BUILD=$REPO/build
KERNELS=$BUILD/kernels
# The QEMU that is tested beside the installed one. Also known to scripts/check.
# shellcheck disable=SC2034	# for the scripts
OTHER_QEMU=10.0

PROG=${0##*/}

die() {
	printf '%s: %s\n' "$PROG" "$*" >&2
	exit 1
}

usage_error() {
	printf '%s: %s\nTry "%s --help".\n' "$PROG" "$*" "$PROG" >&2
	exit 2
}

# Prints the comment block at the head of the script as its help text.
print_help() {
	sed -n '/^# Usage:/,/^[^#]/ { s/^# \{0,1\}//p }' "$0"
}

# The kernel release (uname -r) unpacked for a series such as 6.12.
kernel_release() {
	local series=$1
	local have

	case $series in
	'' | */* | .*) die "not a kernel series: '$series'" ;;
	esac
	if [ ! -r "$KERNELS/$series/release" ]; then
		have=$(cd "$KERNELS" 2>/dev/null && echo */release | sed 's,/release,,g') || have=
		[ "$have" != '*' ] || have=
		die "no kernel '$series' under $KERNELS (there: ${have:-none; run scripts/bootstrap})"
	fi
	cat "$KERNELS/$series/release"
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# build.sh: everything is built, without a warning. Sourced by scripts/check.

# Any warning is a failure.
build_module()
{
	local target=$1 out=$2 status

	rm -rf "$out"
	make -s "$target" W=1 C=2 CF='-D__CHECK_ENDIAN__ -Wsparse-error' KCFLAGS=-Werror > "$log/$target.out" 2>&1
	status=$?
	cat "$log/$target.out"
	[ $status = 0 ] && ! grep -E 'warning:|error:' "$log/$target.out"
}

# The second is a copy of the first but for one file.
build_modules()
{
	test_command "build: vhost_mem.ko for $1 with W=1 and sparse" \
		build_module "module-$1" "build/$(release "$1")/kmod"
	test_command "build: vhost_mem.ko for $1 with few references to zero pages" \
		make -s "zero-module-$1" W=1 KCFLAGS=-Werror
}

# vhost_h KERNEL OTHER: what the module takes from the kernel that it is built for
vhost_h()
{
	test_ktap "build: private header of $1" selftests/headers/vhost_h_test.py "build/kernels/$1" \
		"/lib/modules/$(release "$1")/build" "build/$(release "$1")" "build/kernels/$2"
}

# As "make module" does it: for a kernel of the machine itself, which has a /root, and has
# that kernel or not.
machine_is_no_root()
{
	local output

	output=$(scripts/build-module "/lib/modules/$(release 6.12)/build" build/tmp/machine -n 2>&1)
	echo "$output" | tail -n 3
	[[ "$output" != *"is built in"* ]]
}

# The longest first.
step_build()
{
	local s

	beside test_command "build: without --kernel the kernel is the machine's" machine_is_no_root
	for s in $series; do
		beside build_modules "$s"
	done
	for s in $series; do
		beside test_command "build: vhost_mem_guest.ko for $s with W=1 and sparse" \
			build_module "guest-$s" "build/$(release "$s")/guest"
	done
	beside test_command "build: QEMU device" make -s qemu
	beside test_command "build: selftests" make -s selftests
	beside test_command "build: modules and programs for guests" make -s e2e
	beside test_command "build: vmemctl" make -s vmemctl
	all_done
	beside vhost_h 6.1 6.12
	beside vhost_h 6.12 6.1
	for s in $series; do
		# A region has a guard, and ends with it; what is generated from the
		# netlink specification names netlink's functions.
		beside test_command "build: $s: calls run downwards in kmod/" scripts/check-layers \
			"build/$(release "$s")/kmod" guard,region \
			netlink,netlink_defaults,netlink_gen,netlink_job,netlink_lease,netlink_many,netlink_pool,netlink_reply,netlink_set,netlink_stats
		beside test_command "build: $s: calls run downwards in guest/" scripts/check-layers \
			"build/$(release "$s")/guest"
	done
}

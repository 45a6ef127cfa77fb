# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# user.sh: tests that need neither the module nor a VM. Sourced by scripts/check.

step_unit()
{
	# The longest first.
	beside test_command "unit: fuzz requests and blocks" \
		make -s -C selftests O="$top/build/selftests" fuzz FUZZ_SECONDS=3
	beside test_command "vmemctl: fuzz sizes and messages" \
		make -s -C tools/vmemctl O="$top/build/vmemctl" fuzz FUZZ_SECONDS=3
	beside test_ktap "unit" make -s -C selftests O="$top/build/selftests" unit
	beside test_ktap "vmemctl" make -s -C tools/vmemctl O="$top/build/vmemctl" test
	beside test_ktap "scenarios: their end" selftests/e2e/lib-test
	beside test_ktap "guest-vm: its server" selftests/e2e/guest-vm-test
	beside test_ktap "measure" selftests/measure/report_test.py
	beside test_ktap "measure: stages" selftests/measure/stages_test.py
	beside test_ktap "libvirt: setup" tools/libvirt/tests/setup-test
	beside test_ktap "libvirt: hook" tools/libvirt/tests/hook-test
	beside test_ktap "incus" tools/incus/tests/incus-test
}

# The source of a QEMU is where scripts/bootstrap has put it.
qemu_tests()
{
	local version

	version=$("$1" --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
	make -s -C qemu O="$top/build/qemu" QEMU="$1" QEMU_SRC="$top/build/qemu-src/$version" check
}

# Fails, and counts a skip, where there was nowhere to get it from.
have_qemu()
{
	[ "$1" != "$other_qemu" ] || [ -e "build/qemu-$other_qemu/version" ] && return
	skip "$2" "there is no QEMU $1: scripts/bootstrap says why"
	return 1
}

step_qemu()
{
	beside test_ktap "qemu" qemu_tests qemu-system-x86_64
	if have_qemu "$other_qemu" "qemu $other_qemu"; then
		beside test_ktap "qemu $other_qemu" qemu_tests "$top/build/qemu-$other_qemu/qemu-system-x86_64"
	fi
}

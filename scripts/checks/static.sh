# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# static.sh: what can be seen without running anything. Sourced by scripts/check.

# Kernel scripts, of the same source package as the headers.
kernel_scripts()
{
	local dir=build/kernel-scripts version

	version=$(dpkg-query -W -f '${Version}' linux-source-6.12)
	[ "$(cat $dir/version 2>/dev/null)" = "$version" ] && return
	rm -rf $dir && mkdir -p $dir &&
		tar -xJf /usr/src/linux-source-6.12.tar.xz -C $dir --strip-components=2 \
			linux-source-6.12/scripts/{checkpatch.pl,kernel-doc,spelling.txt,const_structs.checkpatch} &&
		echo "$version" > $dir/version
}

# What checkpatch is not asked for, and why:
#   CONST_STRUCT       operations are copied and changed: that is the guard
#   MACRO_ARG_REUSE    of macros that make tables and strings
#   BIT_MACRO          not for headers that user space includes
#   CAMELCASE          page flags are called so; without --no-tree it would know
#   trace.h            TRACE_EVENT() has a form of its own
checkpatch()
{
	local ignore=CONST_STRUCT,MACRO_ARG_REUSE,BIT_MACRO,CAMELCASE files

	files=$(git ls-files --cached --others --exclude-standard 'kmod/*.[ch]' 'guest/*.[ch]' 'uapi/*.h' 'selftests/e2e/guest/rogue*.c' \
		selftests/e2e/guest/{old_driver,wrong_device,bench_mem,edu}.c 'selftests/e2e/guest/compat/*.h' |
		grep -vE 'netlink_gen|netlink_ops_pre62|trace\.h|vhost_mem_netlink')
	# shellcheck disable=SC2086
	perl build/kernel-scripts/checkpatch.pl --no-tree --no-summary --strict --terse --show-types \
		--ignore $ignore -f $files &&
		perl build/kernel-scripts/checkpatch.pl --no-tree --no-summary --strict --terse \
			--show-types --ignore $ignore,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT -f kmod/trace.h
}

kernel_doc()
{
	local output

	# It also fails on documentation of something that is not there.
	output=$(perl build/kernel-scripts/kernel-doc -none -Wall kmod/*.[ch] kmod/compat/*.[ch] guest/*.[ch] guest/compat/*.[ch] uapi/linux/*.h 2>&1)
	echo "$output"
	[ -z "$output" ]
}

shell_scripts()
{
	git ls-files --cached --others --exclude-standard | while read -r file; do
		if [ -f "$file" ] && head -n 1 "$file" | grep -qE '^#!.*\b(bash|sh)$'; then
			echo "$file"
		fi
	done
}

run_shellcheck()
{
	# shellcheck disable=SC2046
	shellcheck -x -P SCRIPTDIR $(shell_scripts)
}

no_versions_in_logic()
{
	! grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\(|#if.*HAVE_' kmod/*.[ch] guest/*.[ch]
}

small_files()
{
	{
		wc -l kmod/*.[ch] kmod/compat/*.[ch] guest/*.[ch] tools/vmemctl/*.[ch] \
			qemu/hw/virtio/*.[ch] qemu/plugin/*.[ch] | grep -v _gen | sed 's/$/ 600/'
		find selftests qemu/tests tools/vmemctl/tests tools/vmemctl/auto \( -name '*.[ch]' -o -name '*.py' \) \
			-exec wc -l {} + | sed 's/$/ 800/'
	} | awk '$2 != "total" && $1 > $3 { print $2 ": " $1 " lines, more than " $3; bad = 1 } END { exit bad }'
}

# Words of early versions that are no terms of the field: guest report, proposal and
# decision, offline_failed and the like are.
no_private_words()
{
	! git grep -nIiE 'voice|wish|verdict|stubborn' -- \
		':!COPYING' ':!LICENSES' ':!scripts/checks/static.sh'
}

# A header that lacks an include builds as long as whoever includes it comes after
# somebody who has that include.
headers_stand_alone()
{
	local header bad=0

	for header in selftests/lib/*.h selftests/integrity/*/*.h tools/vmemctl/*.h tools/vmemctl/tests/*.h \
		tools/vmemctl/auto/*.h tools/vmemctl/auto/sim/*.h; do
		# shellcheck disable=SC2046	# words
		echo "#include \"$header\"" |
			"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -x c \
				-I. -Iuapi -Iselftests/lib -Itools/vmemctl \
				$(pkg-config --cflags libnl-genl-3.0) - || bad=1
	done
	return $bad
}

# The device rules in conformance.rst: all are there, each with a test that exists
# and has the rule's number in its name.
every_rule_has_a_test()
{
	local document=Documentation/dev/conformance.rst rule tests test missing=0

	for rule in $(seq -f '%02g' 48); do
		tests=$(awk -v rule="D-$rule" '/^[^ ]/ { in_rule = $0 == rule } in_rule' $document |
			grep -oE 'D_[0-9]{2}_[A-Za-z0-9_]+')
		[ "$tests" ] || { echo "$document: D-$rule is missing, or has no test"; missing=1; }
		for test in $tests; do
			grep -qF "TEST($test)" selftests/device/requests_test.c ||
				{ echo "$document: D-$rule: there is no test $test"; missing=1; }
			[[ ${test}_ == *D_${rule}_* ]] ||
				{ echo "$document: D-$rule: the name of $test does not have D_$rule"; missing=1; }
		done
	done
	return $missing
}

step_static()
{
	# Without them checkpatch, kernel-doc and check-docs fail.
	kernel_scripts
	beside test_command "static: checkpatch --strict" checkpatch
	beside test_command "static: kernel-doc" kernel_doc
	beside test_command "static: shellcheck" run_shellcheck
	beside test_command "static: generated files follow from the netlink specification" scripts/regen-netlink --check
	beside test_command "static: syzkaller description follows from uapi/" selftests/syzkaller/check
	beside test_command "static: no kernel versions outside of compat/" no_versions_in_logic
	beside test_command "static: each device rule D-01 to D-48 has a test" every_rule_has_a_test
	beside test_command "static: documents build and manual pages are clean" scripts/check-docs
	beside test_command "static: each kselftest program has a tier, and a summary" selftests/list-programs
	beside test_command "static: each scenario is run by somebody, and has a summary" selftests/list-scenarios
	beside test_command "static: tables of scenarios follow from their results" scripts/scenario-table --check
	beside test_command "static: what scenarios call by name is there" scripts/check-scenarios
	beside test_command "static: each header of selftests and vmemctl includes what it needs" headers_stand_alone
	beside test_command "static: no word that is not the field's" no_private_words
	beside test_command "static: no source file over 600 lines, no test over 800" small_files
}

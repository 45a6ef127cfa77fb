# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# ktap.sh: what prints KTAP for all tests in shell. To be sourced.

ktap_number=0
ktap_failed=0
ktap_planned=

# ktap_begin [N]: N tests, or as many as there will have been
ktap_begin()
{
	ktap_planned=${1-}
	echo "KTAP version 1"
	[ -z "$ktap_planned" ] || echo "1..$ktap_planned"
}

# ktap_say TEXT: each line of it as a comment
ktap_say()
{
	local line

	# No other process: those are slow in an emulated host.
	while IFS= read -r line; do
		printf '# %s\n' "$line"
	done <<< "$1"
}

# ktap_copy: the same for what comes from a command, as it comes, and indented
ktap_copy()
{
	sed 's/^/#   /'
}

# ktap_passed NAME
ktap_passed()
{
	echo "ok $((++ktap_number)) $1"
}

# ktap_not_passed NAME
ktap_not_passed()
{
	echo "not ok $((++ktap_number)) $1"
	ktap_failed=$((ktap_failed + 1))
}

# ktap_skipped NAME WHY
ktap_skipped()
{
	echo "ok $((++ktap_number)) $1 # SKIP $2"
}

# ktap_check NAME COMMAND...: one test, which the command passes; what it has said last if not
ktap_check()
{
	local name=$1 output

	shift
	if output=$("$@" 2>&1); then
		ktap_passed "$name"
	else
		ktap_say "$(tail -n 30 <<< "$output")"
		ktap_not_passed "$name"
	fi
}

# ktap_end: fails if a test has
ktap_end()
{
	[ "$ktap_planned" ] || echo "1..$ktap_number"
	[ $ktap_failed = 0 ]
}

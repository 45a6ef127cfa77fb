# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# report.sh: how the steps of scripts/check run tests and count their results. Sourced.
# What it prints is for people, not KTAP: a result has no number, as several jobs print
# beside each other. scripts/ktap-count counts what is in KTAP.

release()
{
	cat "build/kernels/$1/release"
}

ok()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

not_ok()
{
	failed=$((failed + 1))
	failures+="not ok - $1"$'\n'
	echo "not ok - $1"
}

skip()
{
	skipped=$((skipped + 1))
	echo "ok - $1 # SKIP $2"
}

# report FILE LINES: what FILE says, which is of use when something failed. In
# the list at the end, too, as a long output is often kept by its end alone.
report()
{
	local text

	text=$(tail -n "$2" "$1" | sed 's/^/# /')
	echo "$text"
	failures+=$text$'\n'
}

# test_command NAME COMMAND...: one test, which passes if the command does
test_command()
{
	local name=$1 file begin=$SECONDS

	shift
	file=$log/${name//[^A-Za-z0-9.]/-}.log
	if "$@" > "$file" 2>&1 < /dev/null; then
		ok "$name"
	else
		not_ok "$name"
		report "$file" 40
	fi
	took "$name" "$begin"
}

# test_ktap NAME COMMAND...: as many tests as the command prints results. Its
# exit status has to agree with them, and the plans with their number: a
# program that died half way is a failure.
#
# A kernel prints before it resets the machine. Where an emulated CPU was reset without
# that (status 123 of host-vm), the emulator is the likely reason (Documentation/dev/host-vm.rst):
# once more, and the end of the output says so. The second time it is a failure.
test_ktap()
{
	local name=$1 file status begin=$SECONDS

	shift
	file=$log/${name//[^A-Za-z0-9.]/-}.log
	echo "# $name"
	ktap_once "$name" "$@"
	if [ "$status" = 123 ]; then
		mv "$file" "$file.reset"
		{ echo "$name:"; tail -n 60 "$file.reset"; } | sed 's/^/# /' >> "$log/resets"
		echo "# $name: the host VM was reset without a word; once more"
		ktap_once "$name" "$@"
	fi
	ktap_result "$name"
	took "$name" "$begin"
}

# Run a test that prints KTAP, into $file; leaves its $status
ktap_once()
{
	local name=$1

	shift
	# stdbuf: people who watch want to see each result when it is there.
	"$@" 2>&1 < /dev/null | tee "$file" |
		sed -u -n "s/^\(\([a-z_]*: \)*\)\(not ok\|ok\) [0-9]* *-* *\(.*\)/\3 - $name: \1\4/p"
	status=${PIPESTATUS[0]}
}

# Count what is in $file
ktap_result()
{
	local name=$1 good bad skip planned

	read -r planned good bad skip < <(scripts/ktap-count "$file")
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + skip))
	if [ $((good + bad + skip)) -ne "$planned" ] || [ "$planned" -eq 0 ]; then
		not_ok "$name: $planned results were planned, $((good + bad + skip)) came"
	elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		not_ok "$name: exit status $status"
	fi
	[ "$status" -eq 0 ] && return
	# A kselftest says what it has to say before its result, a scenario after it.
	grep -E -B 8 -A 40 '^([a-z_]*: )*not ok ' "$file" > "$file.failed"
	[ "$bad" -eq 0 ] || failures+="$name:"$'\n'
	if [ -s "$file.failed" ]; then
		report "$file.failed" 120
	else
		report "$file" 60
	fi
}

# took NAME BEGIN: prints how long it took, unless it was quick
took()
{
	[ $((SECONDS - $2)) -lt 10 ] || echo "# $1: $((SECONDS - $2)) s"
}

# beside FUNCTION...: one of the above, or what calls them, beside others. What it
# counts is added by all_done.
beside()
{
	local result=$log/beside.$started

	started=$((started + 1))
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	# shellcheck disable=SC2030	# it is handed on in a file
	(
		passed=0 failed=0 skipped=0 failures=
		"$@"
		# As assignments, for a declare would be local to who reads it.
		printf '%s=%q\n' passed "$passed" failed "$failed" skipped "$skipped" failures "$failures" > "$result"
	) &
}

# all_done: wait for those
all_done()
{
	local i

	wait
	for ((i = 0; i < started; i++)); do
		if [ -e "$log/beside.$i" ]; then
			add "$log/beside.$i"
			rm "$log/beside.$i"
		else
			not_ok "job $i beside others left no result"
		fi
	done
	started=0
}

# add FILE: the counts of a job
# shellcheck disable=SC2031	# see beside
add()
{
	local sum=("$passed" "$failed" "$skipped") text=$failures

	# shellcheck source=/dev/null
	. "$1"
	passed=$((passed + sum[0]))
	failed=$((failed + sum[1]))
	skipped=$((skipped + sum[2]))
	failures=$text$failures
}

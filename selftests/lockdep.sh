#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The order of locks as a kernel with lockdep has seen it is the documented one:
# Documentation/virt/vhost-mem-locking.rst names every dependency between the
# module's locks, and none that never happens.
#
# To be run after the other tests, in the same boot. (That nothing is taken the other way round, lockdep sees.)
#
# tier: debug
set -u

document=${LOCKING_DOCUMENT:-$(dirname "$(realpath "$0")")/../../Documentation/virt/vhost-mem-locking.rst}
locks='vhost_mem_registry_mutex &dev->mutex &vq->mutex &region->blocks_lock
	&guard->look &guard->lock &region->config_lock &call->lock
	vhost_mem_notify_mutex vhost_mem_notify_lock'

tests=(documented_dependencies_exist every_dependency_is_documented
	nothing_foreign_runs_under_the_innermost_locks)
[ $# = 0 ] || tests=("$@")
echo "KTAP version 1"
echo "1..${#tests[@]}"
number=0
if ! [ -r /proc/lockdep ]; then
	for test in "${tests[@]}"; do
		echo "ok $((++number)) $test # SKIP no lockdep"
	done
	exit 4
fi

documented=$(sed -n 's/^  \([^ ]* -> [^ ]*\)$/\1/p' "$document" | sort -u)

# "A -> B" for each direct dependency that lockdep knows. Variants of a class
# ("name/1", "name#2") count as the class itself.
seen=$(sed -E 's,(/|#)[0-9]+$,,' /proc/lockdep | awk '
	/^[0-9a-f]+ .*: / { sub(/^.*[-+.?][-+.?]: /, ""); from = $0; next }
	/^ -> \[/ { sub(/^ -> \[[0-9a-f]*\] /, ""); print from " -> " $0 }' | sort -u)

status=0
# result NAME LINES: passed if there are no lines
result()
{
	[[ " ${tests[*]} " == *" $1 "* ]] || return 0
	if [ -z "$2" ]; then
		echo "ok $((++number)) $1"
		return
	fi
	while read -r line; do echo "# $line"; done <<< "$2"
	echo "not ok $((++number)) $1"
	status=1
}

result documented_dependencies_exist "$(comm -23 <(echo "$documented") <(echo "$seen"))"

# Only between our own locks: what shmem takes inside of them is its business.
ours=$(while read -r line; do
	# shellcheck disable=SC2086 # words
	for from in $locks; do
		for to in $locks; do
			[ "$line" != "$from -> $to" ] || echo "$line"
		done
	done
done <<< "$seen")
result every_dependency_is_documented "$(comm -13 <(echo "$documented") <(echo "$ours"))"

# Signalling an eventfd, for one, runs the wait queue entries of whoever waits: not
# under a lock that the administrator or another VM may wait for.
result nothing_foreign_runs_under_the_innermost_locks "$(grep -E \
	'^(&region->config_lock|vhost_mem_registry_mutex|vhost_mem_notify_(lock|mutex)) -> &ctx->wqh' \
	<<< "$seen")"
exit $status

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The order of locks as a kernel with lockdep has seen it is the documented one:
# Documentation/virt/vhost-mem-locking.rst names every dependency between the
# module's locks, and none that never happens. To be run after the other tests,
# in the same boot. (That nothing is taken the other way round, lockdep sees.)
#
# tier: debug
set -u

document=${LOCKING_DOCUMENT:-$(dirname "$(realpath "$0")")/../../Documentation/virt/vhost-mem-locking.rst}
locks='vhost_mem_registry_mutex &dev->mutex &vq->mutex &region->blocks_lock
	&guard->look &guard->lock &region->config_lock &call->lock
	vhost_mem_notify_mutex vhost_mem_notify_lock'

echo "KTAP version 1"
echo "1..3"
if ! [ -r /proc/lockdep ]; then
	echo "ok 1 documented_dependencies_exist # SKIP no lockdep"
	echo "ok 2 every_dependency_is_documented # SKIP no lockdep"
	echo "ok 3 nothing_foreign_runs_under_the_innermost_locks # SKIP no lockdep"
	exit 4
fi

documented=$(sed -n 's/^  \([^ ]* -> [^ ]*\)$/\1/p' "$document" | sort -u)

# "A -> B" for each direct dependency that lockdep knows. Variants of a class
# ("name/1", "name#2") count as the class itself.
seen=$(sed -E 's,(/|#)[0-9]+$,,' /proc/lockdep | awk '
	/^[0-9a-f]+ .*: / { sub(/^.*[-+.?][-+.?]: /, ""); from = $0; next }
	/^ -> \[/ { sub(/^ -> \[[0-9a-f]*\] /, ""); print from " -> " $0 }' | sort -u)

status=0
# decision NUMBER NAME LINES...: passed if there are no lines
decision()
{
	if [ -z "$3" ]; then
		echo "ok $1 $2"
		return
	fi
	while read -r line; do echo "# $line"; done <<< "$3"
	echo "not ok $1 $2"
	status=1
}

decision 1 documented_dependencies_exist "$(comm -23 <(echo "$documented") <(echo "$seen"))"

# Only between our own locks: what shmem takes inside of them is its business.
ours=$(while read -r line; do
	# shellcheck disable=SC2086 # words
	for from in $locks; do
		for to in $locks; do
			[ "$line" != "$from -> $to" ] || echo "$line"
		done
	done
done <<< "$seen")
decision 2 every_dependency_is_documented "$(comm -13 <(echo "$documented") <(echo "$ours"))"

# Signalling an eventfd, for one, runs the wait queue entries of whoever waits: not
# under a lock that the administrator or another VM may wait for.
decision 3 nothing_foreign_runs_under_the_innermost_locks "$(grep -E \
	'^(&region->config_lock|vhost_mem_registry_mutex|vhost_mem_notify_(lock|mutex)) -> &ctx->wqh' \
	<<< "$seen")"
exit $status

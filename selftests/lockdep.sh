#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The order of locks as a kernel with lockdep has seen it is the documented one:
# Documentation/virt/vhost-mem-locking.rst names every dependency between the
# module's locks, and none that never happens.
#
# To be run after the other tests, in the same boot. (That nothing is taken the other
# way round, lockdep sees.) LOCKDEP names the files to read in place of /proc/lockdep,
# for dependencies that take tests of several boots; LOCKDEP_COPY a file to which
# /proc/lockdep is copied.
#
# tier: debug
set -u

# It may be run by a link.
here=$(dirname "$(realpath "$0")")
# shellcheck source=lib/ktap.sh
. "$here/lib/ktap.sh"
document=${LOCKING_DOCUMENT:-$here/../Documentation/virt/vhost-mem-locking.rst}
locks='vhost_mem_defaults_mutex vhost_mem_registry_mutex &dev->mutex &vq->mutex &region->blocks_lock
	&guard->look &guard->lock &region->config_lock &call->lock
	vhost_mem_notify_mutex vhost_mem_notify_lock &pool->charge_lock probe_mutex'

tests=(documented_dependencies_exist every_dependency_is_documented
	nothing_foreign_runs_under_the_innermost_locks)
[ $# = 0 ] || tests=("$@")
ktap_begin ${#tests[@]}
read -r -a files <<< "${LOCKDEP:-/proc/lockdep}"
if ! cat "${files[@]}" > /dev/null 2>&1; then
	for test in "${tests[@]}"; do
		ktap_skipped "$test" "no lockdep"
	done
	exit 4
fi
[ -z "${LOCKDEP_COPY-}" ] || cat "${files[@]}" > "$LOCKDEP_COPY"

documented=$(sed -n 's/^  \([^ ]* -> [^ ]*\)$/\1/p' "$document" | sort -u)

# "A -> B" for each direct dependency that lockdep knows. Variants of a class
# ("name/1", "name#2") count as the class itself.
seen=$(sed -E 's,(/|#)[0-9]+$,,' "${files[@]}" | awk '
	/^[0-9a-f]+ .*: / { sub(/^.*[-+.?][-+.?]: /, ""); from = $0; next }
	/^ -> \[/ { sub(/^ -> \[[0-9a-f]*\] /, ""); print from " -> " $0 }' | sort -u)

# result NAME LINES: passed if there are no lines
result()
{
	[[ " ${tests[*]} " == *" $1 "* ]] || return 0
	if [ -z "$2" ]; then
		ktap_passed "$1"
		return
	fi
	ktap_say "$2"
	ktap_not_passed "$1"
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
	'^(&region->config_lock|&pool->charge_lock|vhost_mem_registry_mutex|vhost_mem_notify_(lock|mutex)) -> &ctx->wqh' \
	<<< "$seen")"
ktap_end

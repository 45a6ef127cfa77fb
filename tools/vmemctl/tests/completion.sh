#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests completion/vmemctl.bash. Prints what is wrong, and nothing if all is well.

cd "$(dirname "$0")/.." || exit 1
# shellcheck source=../completion/vmemctl.bash
source completion/vmemctl.bash

# A region with an ordinary name, one without, one that tries to run a command,
# one whose name looks like JSON, one that looks like an option, one that readline
# would split.
vmemctl()
{
	[[ $* == "-j list" ]] || return 1
	# shellcheck disable=SC2016 # not to be expanded, that is the point
	printf '%s' '{"region":{"1":{"id":1,"name":"vm1","pid":7,"comm":"qemu"},' \
		'"12":{"id":12,"name":"","comm":"x"},' \
		'"3":{"id":3,"name":"$(touch${IFS}/tmp/oops)","comm":"\"name\":\"bad\",\"id\":99,"},' \
		'"4":{"id":4,"name":"a\",\"name\":\"bad\""},' \
		'"5":{"id":5,"name":"--wait"},' \
		'"6":{"id":6,"name":"db-2.node_1"},' \
		'"7":{"id":7,"name":"a:b"}}}'
}

status=0

# check WORDS WANTED: completes the last word of WORDS, split at "|"
check()
{
	local got

	IFS='|' read -ra COMP_WORDS <<<"$1|"
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_vmemctl
	got="${COMPREPLY[*]}"
	if [[ $got != "$2" ]]; then
		echo "$1: got: $got; wanted: $2"
		status=1
	fi
}

check 'vmemctl|' 'list show resize limit policy grant deny monitor auto rules'
check 'vmemctl|l' 'list limit'
check 'vmemctl|li' 'list limit'
check 'vmemctl|lim' 'limit'
check 'vmemctl|-j|' 'list show resize limit policy grant deny monitor auto rules'
check 'vmemctl|x' ''
check 'vmemctl|-' '-j --json -h --help -V --version'
check 'vmemctl|--j' '--json'
check 'vmemctl|list|' ''
check 'vmemctl|list|-' '-j --json -h --help'
check 'vmemctl|show|' '1 vm1 12 3 4 5 6 db-2.node_1 7'
check 'vmemctl|show|1' '1 12'
check 'vmemctl|show|v' 'vm1'
check 'vmemctl|show|vm1|' ''
check 'vmemctl|-j|show|v' 'vm1'
check 'vmemctl|resize|v' 'vm1'
check 'vmemctl|resize|vm1|' '0 25% 50% 75% 100% +1G'
check 'vmemctl|resize|vm1|5' '50%'
check 'vmemctl|resize|vm1|-1G|' ''
check 'vmemctl|resize|--wait|v' 'vm1'
check 'vmemctl|resize|vm1|1G|--' '--json --help --wait --timeout'
check 'vmemctl|resize|--timeout|' '30s 5m 1h none'
check 'vmemctl|resize|-t|30s|v' 'vm1'
check 'vmemctl|limit|v' 'vm1'
check 'vmemctl|limit|vm1|' 'none 25% 50% 75%'
check 'vmemctl|limit|vm1|n' 'none'
check 'vmemctl|limit|vm1|none|' ''
check 'vmemctl|limit|vm1|none|-' '-j --json -h --help'
check 'vmemctl|policy|v' 'vm1'
check 'vmemctl|policy|vm1|' 'deny manual auto'
check 'vmemctl|policy|vm1|a' 'auto'
check 'vmemctl|policy|vm1|auto|' ''
check 'vmemctl|policy|vm1|auto|-' '-j --json -h --help -m --max -s --step -i --interval'
check 'vmemctl|policy|vm1|auto|--max|' 'none 5% 25% 50% 75%'
check 'vmemctl|policy|--max|4G|v' 'vm1'
check 'vmemctl|policy|vm1|-i|' '500ms 1s 10s 1m'
check 'vmemctl|grant|v' 'vm1'
check 'vmemctl|grant|vm1|' ''
check 'vmemctl|grant|vm1|--w' '--wait'
check 'vmemctl|deny|v' 'vm1'
check 'vmemctl|deny|vm1|-' '-j --json -h --help'
check 'vmemctl|monitor|' ''
exit "$status"

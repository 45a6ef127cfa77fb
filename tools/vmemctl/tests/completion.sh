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
	if [[ $* == "-j jobs" ]]; then
		printf '%s' '{"job":{"12":{"id":12,"region":1,"name":"vm1"},' \
			'"17":{"id":17,"region":4,"name":"a\",\"id\":99,\"region\""}}}'
		return
	fi
	if [[ $* == "-j pool" ]]; then
		printf '%s' '{"pool":{"default":{"name":"default","size":1},' \
			'"gold":{"name":"gold","unlimited":true}},"host":{"total":1}}'
		return
	fi
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

check 'vmemctl|' 'list show resize limit defaults reserve pool lease policy grant deny jobs wait cancel monitor top stats metrics auto rules help'
check 'vmemctl|l' 'list limit lease'
check 'vmemctl|li' 'list limit'
check 'vmemctl|lim' 'limit'
check 'vmemctl|-j|' 'list show resize limit defaults reserve pool lease policy grant deny jobs wait cancel monitor top stats metrics auto rules help'
check 'vmemctl|x' ''
check 'vmemctl|lease|' 'add del'
check 'vmemctl|lease|add|vm9|1G|--' '--json --color --help --for --pool --user'
check 'vmemctl|-' '-j --json --color -h --help -V --version'
check 'vmemctl|--j' '--json'
check 'vmemctl|list|' '1 vm1 12 3 4 5 6 db-2.node_1 7'
check 'vmemctl|list|-' '-j --json --color -h --help --sort --state --vm -n --not-done -b --bytes -W --wide'
check 'vmemctl|list|--sort|p' 'pid plugged'
check 'vmemctl|list|--sort|id|v' 'vm1'
check 'vmemctl|list|--state|r' 'running'
check 'vmemctl|list|--vm|' 'vm1 db-2.node_1'
check 'vmemctl|list|--color|' 'auto always never'
check 'vmemctl|show|' '1 vm1 12 3 4 5 6 db-2.node_1 7'
check 'vmemctl|show|1' '1 12'
check 'vmemctl|show|v' 'vm1'
check 'vmemctl|show|vm1|d' 'db-2.node_1'
check 'vmemctl|-j|show|v' 'vm1'
check 'vmemctl|resize|v' 'vm1'
check 'vmemctl|resize|vm1|' '0 25% 50% 75% 100% +1G'
check 'vmemctl|resize|vm1|5' '50%'
check 'vmemctl|resize|vm1|-1G|' ''
check 'vmemctl|resize|--wait|v' 'vm1'
check 'vmemctl|resize|vm1|1G|--' '--json --color --help --vm --wait --timeout --else --note'
check 'vmemctl|resize|vm1|1G|--else|' 'stop revert keep'
check 'vmemctl|resize|--note|x|v' 'vm1'
check 'vmemctl|resize|--timeout|' '30s 5m 1h none'
check 'vmemctl|resize|-t|30s|v' 'vm1'
check 'vmemctl|limit|v' 'vm1'
check 'vmemctl|limit|vm1|' 'none 25% 50% 75%'
check 'vmemctl|limit|vm1|n' 'none'
check 'vmemctl|limit|vm1|none|' ''
check 'vmemctl|limit|vm1|none|-' '-j --json --color -h --help --min'
check 'vmemctl|limit|vm1|none|--min|' 'none 5% 25% 50% 75%'
check 'vmemctl|reserve|v' 'vm1'
check 'vmemctl|reserve|vm1|n' 'none'
check 'vmemctl|pool|' 'set add del move'
check 'vmemctl|pool|set|' 'default gold'
check 'vmemctl|pool|set|gold|' 'none 50% 75% 90%'
check 'vmemctl|pool|add|' ''
check 'vmemctl|pool|del|g' 'gold'
check 'vmemctl|pool|move|v' 'vm1'
check 'vmemctl|pool|move|vm1|' 'default gold'
check 'vmemctl|pool|move|vm1|gold|' ''
check 'vmemctl|policy|v' 'vm1'
check 'vmemctl|policy|vm1|' 'deny manual auto'
check 'vmemctl|policy|vm1|a' 'auto'
check 'vmemctl|policy|vm1|auto|' ''
check 'vmemctl|policy|vm1|auto|-' '-j --json --color -h --help -m --max -s --step -i --interval'
check 'vmemctl|policy|vm1|auto|--max|' 'none 5% 25% 50% 75%'
check 'vmemctl|policy|--max|4G|v' 'vm1'
check 'vmemctl|policy|vm1|-i|' '500ms 1s 10s 1m'
check 'vmemctl|grant|v' 'vm1'
check 'vmemctl|grant|vm1|' ''
check 'vmemctl|grant|vm1|--w' '--wait'
check 'vmemctl|deny|v' 'vm1'
check 'vmemctl|deny|vm1|-' '-j --json --color -h --help'
check 'vmemctl|jobs|' 'j12 j17 1 vm1 12 3 4 5 6 db-2.node_1 7'
check 'vmemctl|jobs|-' '-j --json --color -h --help -w --wait'
check 'vmemctl|wait|j1' 'j12 j17'
check 'vmemctl|wait|j17|' ''
check 'vmemctl|wait|--t' '--timeout'
check 'vmemctl|cancel|v' 'vm1'
check 'vmemctl|cancel|j17|--r' '--revert'
check 'vmemctl|monitor|' ''
check 'vmemctl|help|t' 'top'
check 'vmemctl|top|v' 'vm1'
check 'vmemctl|top|-' '--color -h --help --sort --state --vm -n --not-done -b --bytes'
check 'vmemctl|metrics|--t' '--textfile'
check 'vmemctl|m' 'monitor metrics'
exit "$status"

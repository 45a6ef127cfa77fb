# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# bash completion for vmemctl(8)

# Prints the ids and the names of the regions. VMMs choose the names, so only
# harmless ones are offered; the others can be given by their ids.
_vmemctl_regions()
{
	vmemctl -j list 2>/dev/null |
		grep -oE '"(id":[0-9]+|name":"[A-Za-z0-9_][A-Za-z0-9_.-]*")[,}]' |
		sed -E 's/^"(id|name)"://; s/[",}]//g'
}

# Prints the jobs, as they are written: j17.
_vmemctl_jobs()
{
	vmemctl -j jobs 2>/dev/null | grep -oE '"id":[0-9]+,"region"' | sed -E 's/[^0-9]//g; s/^/j/'
}

_vmemctl_leases()
{
	vmemctl -j lease 2>/dev/null | grep -oE '"number":[0-9]+' | grep -oE '[0-9]+'
}

# The administrator chooses the names of pools.
_vmemctl_pools()
{
	vmemctl -j pool 2>/dev/null |
		grep -oE '"name":"[A-Za-z0-9_][A-Za-z0-9_.-]*"' |
		sed -E 's/^"name":"//; s/"$//'
}

# Adds those of the words on stdin that begin with $1. Not by compgen -W, which
# would expand them.
_vmemctl_offer()
{
	local word

	while read -r word; do
		if [[ $word == "$1"* ]]; then
			COMPREPLY+=("$word")
		fi
	done
}

_vmemctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev='' command='' word i args=0
	local options=(-j --json --color -h --help)

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $prev in
		-t | --timeout | -m | --max | --min | -s | --step | -i | --interval | -e | --else | \
			--note | --color | --sort | --state | --vm | --textfile | --limit | --policy)
			prev=''
			continue
			;;
		esac
		prev=$word
		case $word in
		-[0-9]*)
			args=$((args + 1))
			;;
		-*) ;;
		*)
			if [[ -z $command ]]; then
				command=$word
			elif [[ $command == pool || $command == lease || $command == defaults ]]; then
				command+=-$word
			else
				args=$((args + 1))
			fi
			;;
		esac
	done

	case $prev in
	-t | --timeout)
		_vmemctl_offer "$cur" < <(printf '%s\n' 30s 5m 1h none)
		return
		;;
	-m | --max | -n | --min | -s | --step)
		_vmemctl_offer "$cur" < <(printf '%s\n' none 5% 25% 50% 75%)
		return
		;;
	--limit)
		_vmemctl_offer "$cur" < <(printf '%s\n' none 4G 16G)
		return
		;;
	--policy)
		_vmemctl_offer "$cur" < <(printf '%s\n' deny manual auto)
		return
		;;
	-i | --interval)
		_vmemctl_offer "$cur" < <(printf '%s\n' 500ms 1s 10s 1m)
		return
		;;
	-e | --else)
		_vmemctl_offer "$cur" < <(printf '%s\n' stop revert keep)
		return
		;;
	esac
	case $prev in
	--note)
		return
		;;
	--textfile)
		compopt -o default 2>/dev/null
		return
		;;
	--color)
		_vmemctl_offer "$cur" < <(printf '%s\n' auto always never)
		return
		;;
	--sort)
		_vmemctl_offer "$cur" < <(printf '%s\n' id name vmm pid user unit node state block \
			plugged requested left limit max backed limbo requests refused why)
		return
		;;
	--state)
		_vmemctl_offer "$cur" < <(printf '%s\n' stopped running broken orphaned ended)
		return
		;;
	--for)
		_vmemctl_offer "$cur" < <(printf '%s\n' 1m 10m 1h)
		return
		;;
	--pool)
		_vmemctl_offer "$cur" < <(_vmemctl_pools)
		return
		;;
	--user)
		_vmemctl_offer "$cur" < <(compgen -u)
		return
		;;
	--vm)
		_vmemctl_offer "$cur" < <(_vmemctl_regions | grep -v '^[0-9]*$')
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		case $command in
		metrics) options=(--color -h --help --textfile --openmetrics) ;;
		top) options=(--color -h --help --sort --state --vm -n --not-done -b --bytes) ;;
		list) options+=(--sort --state --vm -n --not-done -b --bytes -W --wide) ;;
		'') options+=(-V --version) ;;
		resize) options+=(--vm -w --wait -t --timeout -e --else --note) ;;
		grant) options+=(-w --wait -t --timeout -e --else --note) ;;
		limit) options+=(--min) ;;
		jobs) options+=(-w --wait) ;;
		wait) options+=(-t --timeout) ;;
		cancel) options+=(-r --revert) ;;
		lease-add) options+=(--for --pool --user) ;;
		defaults-set) options+=(--limit --min --pool --policy -m --max -s --step -i --interval) ;;
		policy) options+=(-m --max -s --step -i --interval) ;;
		auto) options+=(-n --dry-run --once -p --pool -c --config -r --replay --record -v --verbose) ;;
		esac
		_vmemctl_offer "$cur" < <(printf '%s\n' "${options[@]}")
		return
	fi

	case $command:$args in
	:*)
		_vmemctl_offer "$cur" < <(printf '%s\n' list show resize limit defaults reserve pool lease policy grant deny jobs wait cancel monitor top stats metrics auto rules help)
		;;
	auto:0)
		_vmemctl_offer "$cur" < <(printf '%s\n' status log)
		;;
	auto:1)
		_vmemctl_offer "$cur" < <(_vmemctl_regions)
		;;
	rules:0)
		_vmemctl_offer "$cur" < <(printf '%s\n' check show apply)
		;;
	rules:1)
		_vmemctl_offer "$cur" < <(_vmemctl_regions)
		;;
	jobs:0 | wait:0 | cancel:0)
		_vmemctl_offer "$cur" < <(
			_vmemctl_jobs
			_vmemctl_regions
		)
		;;
	help:0)
		_vmemctl_offer "$cur" < <(printf '%s\n' list show resize limit defaults reserve pool lease policy grant deny jobs wait cancel monitor top stats metrics auto rules)
		;;
	list:* | show:* | top:* | stats:0 | resize:0 | limit:0 | reserve:0 | pool-move:0 | policy:0 | grant:0 | deny:0)
		_vmemctl_offer "$cur" < <(_vmemctl_regions)
		;;
	resize:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' 0 25% 50% 75% 100% +1G)
		;;
	pool:0)
		_vmemctl_offer "$cur" < <(printf '%s\n' set add del move)
		;;
	defaults:0)
		_vmemctl_offer "$cur" < <(printf '%s\n' set)
		;;
	lease:0)
		_vmemctl_offer "$cur" < <(printf '%s\n' add del)
		;;
	lease-del:0)
		_vmemctl_offer "$cur" < <(_vmemctl_leases)
		;;
	pool-set:0 | pool-del:0 | pool-move:1)
		_vmemctl_offer "$cur" < <(_vmemctl_pools)
		;;
	pool-set:1 | pool-add:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' none 50% 75% 90%)
		;;
	limit:1 | reserve:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' none 25% 50% 75%)
		;;
	policy:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' deny manual auto)
		;;
	esac
}

complete -F _vmemctl vmemctl

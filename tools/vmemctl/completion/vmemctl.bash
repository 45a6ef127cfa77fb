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
	local options=(-j --json -h --help)

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $prev in
		-t | --timeout | -m | --max | -s | --step | -i | --interval)
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
	-m | --max | -s | --step)
		_vmemctl_offer "$cur" < <(printf '%s\n' none 5% 25% 50% 75%)
		return
		;;
	-i | --interval)
		_vmemctl_offer "$cur" < <(printf '%s\n' 500ms 1s 10s 1m)
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		case $command in
		'') options+=(-V --version) ;;
		resize | grant) options+=(-w --wait -t --timeout) ;;
		policy) options+=(-m --max -s --step -i --interval) ;;
		auto) options+=(-n --dry-run --once -p --pool -c --config -r --replay --record -v --verbose) ;;
		esac
		_vmemctl_offer "$cur" < <(printf '%s\n' "${options[@]}")
		return
	fi

	case $command:$args in
	:*)
		_vmemctl_offer "$cur" < <(printf '%s\n' list show resize limit policy grant deny monitor auto rules)
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
	show:0 | resize:0 | limit:0 | policy:0 | grant:0 | deny:0)
		_vmemctl_offer "$cur" < <(_vmemctl_regions)
		;;
	resize:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' 0 25% 50% 75% 100% +1G)
		;;
	limit:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' none 25% 50% 75%)
		;;
	policy:1)
		_vmemctl_offer "$cur" < <(printf '%s\n' deny manual auto)
		;;
	esac
}

complete -F _vmemctl vmemctl

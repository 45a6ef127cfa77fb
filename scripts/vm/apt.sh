# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# How bootstrap and fetch-kernel use apt without changing the machine's. Sourced.

# Writes apt sources of type $2 (deb or deb-src) into directory $1: the binary
# entries that apt has already for this Debian release. With $3, a suffix like
# "-backports", those of the release itself, for the suite of that name. With $4, the
# codename of another release, for that one instead.
derive_sources() {
	local to=$1 type=$2 suffix=${3-} other=${4-}
	local codename file n=0

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	[ -n "$codename" ] || die "/etc/os-release has no VERSION_CODENAME"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -r "$file" ] || continue
		n=$((n + 1))
		# "deb [options] uri suite component...": the suite follows the uri
		awk -v code="$codename" -v type="$type" -v suffix="$suffix" '
			$1 != "deb" { next }
			{ rest = $0; sub(/^[ \t]*deb[ \t]+(\[[^]]*\][ \t]+)?/, "", rest); split(rest, w, /[ \t]+/) }
			suffix != "" && w[2] != code { next }
			index(w[2], code) != 1 { next }
			{
				head = substr($0, 1, length($0) - length(rest))
				sub(/deb/, type, head)
				sub(/^[^ \t]+[ \t]+[^ \t]+/, "", rest)
				print head w[1] " " w[2] suffix rest
			}
		' "$file" >"$to/$type$suffix-$n.list"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -r "$file" ] || continue
		n=$((n + 1))
		awk -v code="$codename" -v type="$type" -v suffix="$suffix" '
			function flush() {
				if (deb && ours && !off)
					printf "%s\n", stanza
				stanza = ""; deb = ours = off = 0
			}
			/^[ \t]*$/ { flush(); next }
			/^#/ { next }
			{ key = tolower($1) }
			key == "types:" {
				for (i = 2; i <= NF; i++) if ($i == "deb") deb = 1
				$0 = "Types: " type
			}
			key == "suites:" {
				for (i = 2; i <= NF; i++)
					if (suffix == "" ? index($i, code) == 1 : $i == code) ours = 1
				if (suffix != "") $0 = "Suites: " code suffix
			}
			key == "enabled:" && tolower($2) ~ /^(no|false|0|off)$/ { off = 1 }
			{ stanza = stanza $0 "\n" }
			END { flush() }
		' "$file" >"$to/$type$suffix-$n.sources"
	done
	find "$to" -type f -empty -delete
	if [ -n "$other" ]; then
		sed -i -E "/^Suites:/I s/\b$codename\b/$other/g; /^deb/ s/ $codename\b/ $other/" "$to/$type$suffix"-*
	fi
	[ -n "$(ls "$to")" ] || die "apt has no entry for '$codename' to derive others from"
}

# apt with lists, sources and a cache of its own below directory $1, so that the
# machine's stay as they are. What is installed it knows; with $2 it believes that
# nothing is.
private_apt() {
	mkdir -p "$1"/{sources,lists/partial,cache/archives/partial,download}
	# shellcheck disable=SC2034	# for the scripts
	apt_options=(
		-q -o APT::Sandbox::User=root -o Debug::NoLocking=1
		-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$1/sources"
		-o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache"
	)
	if [ -n "${2-}" ]; then
		: >"$1/status"
		apt_options+=(-o Dir::State::status="$1/status")
	fi
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# registration.sh: what the first comments of kselftest programs and scenarios say. To be
# sourced.

# comment FILE: its first comment, without the marks of a comment
comment()
{
	sed -n -e '/SPDX-License-Identifier/d; /^#!/d; /^\/\*$/d' \
		-e '/^$/q; /^[^# ]/q; /^ \*\//q' \
		-e 's/^\( \*\|#\) \{0,1\}//p' "$1"
}

# summary FILE: the first paragraph of it, as one line
summary()
{
	comment "$1" | awk '!NF { over = 1 } !over { printf "%s%s", sep, $0; sep = " " }'
}

# registered FILE WORD: what it has after "WORD: ", a line for each
registered()
{
	comment "$1" | sed -n "s/^$2: //p"
}

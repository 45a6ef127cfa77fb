# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of scripts/check
# mutants.sh: do the tests see faults? Sourced by scripts/check.
#
# A file of selftests/mutants brings one fault back. It sets
#
#   kernel=   the kernel of the host
#   tests=    arguments of run-kselftests, of which at least one has to fail
#   machine=  arguments of host-vm; default: --nodes 2
#   mutate    a function that brings the fault into the tree it is run in
#
# ONLY="NAME..." selects some.

# mutant FILE: build the module with the fault, in a tree of its own, and run the tests
mutant()
{
	local name kernel tests machine=(--nodes 2) bad tree=build/mutants

	name=$(basename "$1")
	rm -rf "${tree:?}/$name"
	# shellcheck source=/dev/null
	. "$1"
	# With no kernel but the host's, as host-vm prepares guests for each that is there.
	mkdir -p "$tree/$name/build/kernels"
	git ls-files -z | tar -c --null -T - | tar -x -C "$tree/$name" || return
	ln -s "$top"/build/{qemu-10.0,selftests} "$tree/$name/build/"
	ln -s "$top/build/kernels/$kernel" "$tree/$name/build/kernels/"
	(cd "$tree/$name" && mutate) || return
	! diff -r kmod "$tree/$name/kmod" || { echo "$name: nothing has changed"; return 1; }
	"$tree/$name/scripts/build-module" --kernel "$top/build/kernels/$kernel" \
		"/lib/modules/$(release "$kernel")/build" \
		"$top/$tree/$name/build/$(release "$kernel")" -s || return
	# shellcheck disable=SC2086	# words
	"$tree/$name/scripts/host-vm" --kernel "$kernel" "${machine[@]}" --timeout 900 -- \
		"$top/selftests/run-kselftests" "$top/build/selftests" $tests > "$tree/$name.out" 2>&1
	cat "$tree/$name.out"
	read -r _ _ bad _ < <(scripts/ktap-count "$tree/$name.out")
	[ "$bad" -gt 0 ]
}

step_mutants()
{
	local file

	for file in selftests/mutants/*; do
		[ -z "$ONLY" ] || [[ " $ONLY " == *" $(basename "$file") "* ]] || continue
		beside test_command "mutants: $(basename "$file") is seen" mutant "$file"
	done
}

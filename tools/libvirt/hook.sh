# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# hook.sh VM OPERATION SUB-OPERATION EXTRA <DOMAIN: libvirt's hook for QEMU.
#
# Before a VM with vhost-mem-pci devices starts, memory is reserved in the pool for what
# they request at first; a VM for which there is none is not started, and libvirt says
# why. That is a lease, which ends when the VM runs: from then on the pool is charged for
# what its guest plugs. A VM that does not come that far gives it back when it ends, or
# after ten minutes. A hook cannot tell QEMU the number of the lease, with which the lease
# would become the region's reserved size.
#
# Sourced by the stub that vhost-mem-libvirt-setup makes. libvirtd waits for it, and what
# it says on standard error is libvirt's message if it fails.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
vmemctl=${VHOST_MEM_HOOK_VMEMCTL:-vmemctl}
# The leases of a VM, a number a line. Gone after a boot, like the leases.
leases=${VHOST_MEM_HOOK_STATE:-/run/vhost-mem-libvirt}

# take_lease NAME SIZE: print its number, or say why not
take_lease() {
	"$vmemctl" lease add "$1" "$2" --for 10m
}

# It may have lapsed, or have become a region's.
drop_lease() {
	"$vmemctl" lease del "$1" >/dev/null 2>&1 || :
}

drop_leases() {
	[ -e "$leases/vm-$1" ] || return 0
	while read -r lease; do
		drop_lease "$lease"
	done <"$leases/vm-$1"
	rm -f -- "$leases/vm-$1"
}

refuse() {
	drop_leases "$1"
	printf 'vhost-mem: %s is not started: %s\n' "$1" "$2" >&2
	exit 1
}

# Print the options of each vhost-mem-pci device of the domain, a line each. libvirt
# writes an argument a line, in single quotes.
devices() {
	sed -n "s/.*<qemu:arg value='\(vhost-mem-pci,[^']*\)'.*/\1/p; s/.*<qemu:arg value='{.*vhost-mem-pci.*/JSON/p"
}

# option NAME OPTIONS: the last one counts
option() {
	printf '%s\n' "$2" | tr , '\n' | sed -n "s/^$1=//p" | sed -n '$p'
}

prepare() {
	drop_leases "$1"
	# No process behind a pipe, which could not refuse.
	list=$(devices)
	while read -r options; do
		[ "$options" ] || continue
		[ "$options" != JSON ] ||
			refuse "$1" "vhost-mem-pci is given as JSON; write vhost-mem-pci,id=...,size=..."
		size=$(option requested-size "$options")
		case $size in
		'' | 0) continue ;;
		esac
		name=$(option name "$options")
		[ "$name" ] || name=$(option id "$options")
		reason=$(take_lease "${name:-$1}" "$size" 2>&1) || refuse "$1" "$reason"
		# Whatever cannot be written down lapses.
		if ! mkdir -p "$leases" || ! printf '%s\n' "$reason" >>"$leases/vm-$1"; then
			refuse "$1" "cannot write $leases/vm-$1"
		fi
	done <<-LIST
	$list
	LIST
}

# Whoever writes the domain must not find that nobody reads it.
case $2 in
prepare)
	prepare "$1"
	;;
started | release)
	cat >/dev/null
	drop_leases "$1"
	;;
*)
	cat >/dev/null
	;;
esac

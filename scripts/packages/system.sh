# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of check-packages
# system.sh: makes a root one that host-vm --system or guest-vm --system boots. Sourced by
# scripts/check-packages and scripts/debian-guest.

# prepare_boot NAME HOSTNAME: what any root that is booted has to have before packages are
# installed in it
prepare_boot()
{
	local root=$run/$1/root

	# No guess about disks, of which there are none here.
	rm "$root/etc/initramfs-tools/update-initramfs.conf"
	mkdir -p "$root/etc/initramfs-tools/conf.d"
	echo 'MODULES=list' > "$root/etc/initramfs-tools/conf.d/booted"
	printf '%s\n' virtio_pci virtio_blk ext4 > "$root/etc/initramfs-tools/modules"
	echo "$2" > "$root/etc/hostname"
	printf '127.0.0.1 localhost %s\n' "$2" > "$root/etc/hosts"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/etc/systemd/system.conf.d"
	# It is emulated, and others may run beside it.
	printf '[Manager]\nDefaultTimeoutStartSec=15min\nDefaultDeviceTimeoutSec=15min\n' > \
		"$root/etc/systemd/system.conf.d/booted.conf"
}

# prepare_system NAME: the same for a host, which runs the command of host-vm
prepare_system()
{
	local root=$run/$1/root

	prepare_boot "$1" host-vm
	mkdir -p "$root/host"
	cat > "$root/etc/systemd/system/host-vm.service" <<-'UNIT'
	[Unit]
	Description=The command of host-vm
	After=dbus.service libvirtd.service systemd-modules-load.service systemd-udev-settle.service

	[Service]
	Type=idle
	ExecStartPre=/sbin/modprobe 9pnet_virtio
	ExecStartPre=/bin/mkdir -p /run/host-vm
	ExecStartPre=/bin/mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none,access=any job /run/host-vm
	ExecStartPre=/bin/mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /host
	ExecStart=/bin/sh -c 'exec /bin/bash "/host$(cat /run/host-vm/repo)/scripts/vm/system-init"'
	UNIT
	ln -s ../host-vm.service "$root/etc/systemd/system/multi-user.target.wants/host-vm.service"
}

# pack_system NAME RELEASE: the root with that kernel, as $run/NAME/system
pack_system()
{
	local root=$run/$1/root to=$run/$1/system

	rm -rf "$to"
	mkdir -p "$to" "$run/$1/alone" || return
	in_root "$1" systemd-machine-id-setup || return
	[ -e "$root/boot/initrd.img-$2" ] || in_root "$1" update-initramfs -c -k "$2" || return
	cp "$root/boot/initrd.img-$2" "$to/initrd" || return
	cp "$root/boot/vmlinuz-$2" "$to/vmlinuz" || return
	# Without what is mounted in it.
	mount --bind "$root" "$run/$1/alone" || return
	truncate -s 8G "$to/disk"
	mkfs.ext4 -q -m 0 -O ^has_journal -d "$run/$1/alone" "$to/disk"
	umount "$run/$1/alone"
	[ -s "$to/disk" ]
}

# system_runs ARGUMENTS SCENARIO...: of selftests/system, in the system that was packed last,
# with more arguments for its kernel. They print KTAP with plans of their own, between ours.
system_runs()
{
	local status log=$run/system.log arguments=$1

	shift
	# shellcheck disable=SC2086	# words
	${VM_PREFIX-} "$REPO/scripts/host-vm" --system "$run/system/system" --mem 4G --timeout 3600 \
		--append "$arguments" -- \
		"$REPO/selftests/system/run" "$@" 2> "$log" | sed -uE "s/^(not ok|ok) [0-9]+ /&$suite: /"
	status=${PIPESTATUS[0]}
	[ "$status" -le 1 ] || ktap_say "$(tail -n 60 "$log")"
	check "the host has run these and come to an end: $*" [ "$status" -le 1 ]
}

# What a host has besides kernel, QEMU and packages of ours
host_packages=(
	systemd-sysv dbus udev kmod apparmor initramfs-tools iproute2 procps python3
	libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients podman crun
)

test_system()
{
	local root=$run/system/root

	if [ -z "$ours" ]; then
		ktap_skipped "$suite: a host is booted" "there is no plug-in for this QEMU"
		return
	fi
	make_root system
	prepare_system system
	our_packages system
	rm "$root/usr/sbin/policy-rc.d"
	check "a host has Linux $first, libvirt, QEMU and our packages" in_root system apt-get install -y \
		"linux-image-$first" "linux-headers-$first" "${host_packages[@]}" "qemu-system-x86=$theirs" \
		"qemu-system-vhost-mem=$ours" "vhost-mem-dkms=$old" "vmemctl=$old"
	check "it can be booted" pack_system system "$first"
	system_runs "" by-hand libvirt confined
	# As with Secure Boot, and a key that the firmware has not been told of.
	system_runs module.sig_enforce=1 secure-boot

	check "the host is prepared for libvirt" in_root system vhost-mem-libvirt-setup
	[ -z "$second" ] || check "its kernel is updated to $second" install_kernel system "$second"
	check "apt upgrade" in_root system apt-get upgrade -y
	check "has updated QEMU" installed system qemu-system-x86 "$later"
	check "with the plug-in" installed system qemu-system-vhost-mem "$later_ours"
	check "and vmemctl" installed system vmemctl "$new"
	check "it can be booted" pack_system system "${second:-$first}"
	system_runs "" by-hand libvirt-again libvirt-migration
}

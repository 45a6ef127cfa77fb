# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# lib.sh: functions for scenarios in a Debian system that has the packages installed. To be
# sourced. What runs there is what is installed; of the tree come guests and tests.

# shellcheck source=../e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

# A command that fails is no reason to stop, but for the next check.
set +e
wrapper=/usr/bin/qemu-system-x86_64-vhost-mem
boot=/srv/boot
domains=/run/domains

guest-vm()
{
	"$top/build/bin/guest-vm" "$@"
}

cleanup()
{
	local name

	for name in $(virsh list --name --all 2>/dev/null); do
		virsh destroy "$name" > /dev/null 2>&1
		virsh undefine --managed-save "$name" > /dev/null 2>&1
	done
	for name in $(guest-vm list | awk '{ print $1 }'); do
		guest-vm stop "$name" --kill > /dev/null 2>&1
	done
	true
}

begin()
{
	trap cleanup EXIT
	guest-vm serve
	# In an emulated host, as in e2e/lib.sh.
	steady_kvm
	ktap_begin
	say "$*"
	ktap_say "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release), Linux $(uname -r), $(qemu-system-x86_64 --version | head -n 1)"
}

equal_field()
{
	equal "$(field "$1" "$2")" "$3"
}

# --- guests that are not started by guest-vm, which talks to them all the same

# agent NAME USER: what guest-vm has to know of a guest whose QEMU runs as USER
agent()
{
	local dir=/run/guest-vm/$1

	mkdir -p $boot "$dir"
	[ -e $boot/vmlinux ] ||
		cp "$top/build/guest-vm/$GUEST/vmlinux" "$top/build/guest-vm/$GUEST/initramfs.cpio" $boot/
	rm -f "$dir"/{agent.in,agent.out,pid,log,console}
	mkfifo "$dir/agent.in" "$dir/agent.out"
	chown "$2" "$dir" "$dir"/agent.*
}

# arguments NAME: of QEMU, for such a guest, but for its memory device
arguments()
{
	echo -nodefaults -no-user-config -no-reboot -display none -accel kvm -cpu host -m 512M,slots=4,maxmem=20G \
		-kernel $boot/vmlinux -initrd $boot/initramfs.cpio \
		-serial "file:/run/guest-vm/$1/console" -device virtio-serial-pci \
		-chardev "pipe,id=agent,path=/run/guest-vm/$1/agent" \
		-device virtserialport,chardev=agent,name=org.vhost-mem.agent
}

# What a guest's kernel gets.
append="console=ttyS0 panic=-1 quiet memhp_default_state=online_movable clearcpuid=rep_good"

answers()
{
	guest-vm wait "$1" --timeout 300
}

# --- libvirt

# domain NAME DEVICE [SED-SCRIPT]: the XML of a VM with the project's guest, whose
# vhost-mem-pci device has these options
domain()
{
	mkdir -p "$domains"
	agent "$1" root
	ln -sf "/run/libvirt/qemu/$1.pid" "/run/guest-vm/$1/pid"
	ln -sf "/var/log/libvirt/qemu/$1.log" "/run/guest-vm/$1/log"
	ln -sf "/var/log/libvirt/qemu/$1-console.log" "/run/guest-vm/$1/console"
	sed -e "${3:-}" > "$domains/$1.xml" <<-XML
	<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
	  <name>$1</name>
	  <memory unit='MiB'>512</memory>
	  <maxMemory slots='16' unit='GiB'>20</maxMemory>
	  <vcpu>1</vcpu>
	  <os>
	    <type arch='x86_64' machine='pc'>hvm</type>
	    <kernel>$boot/vmlinux</kernel>
	    <initrd>$boot/initramfs.cpio</initrd>
	    <cmdline>$append</cmdline>
	  </os>
	  <features><acpi/></features>
	  <cpu mode='host-passthrough'>
	    <numa>
	      <cell id='0' cpus='0' memory='512' unit='MiB'/>
	    </numa>
	  </cpu>
	  <on_reboot>destroy</on_reboot>
	  <on_crash>destroy</on_crash>
	  <devices>
	    <emulator>$wrapper</emulator>
	    <serial type='file'><source path='/var/log/libvirt/qemu/$1-console.log'/></serial>
	    <channel type='pipe'>
	      <source path='/run/guest-vm/$1/agent'/>
	      <target type='virtio' name='org.vhost-mem.agent'/>
	    </channel>
	    <memballoon model='virtio'/>
	  </devices>
	  <qemu:commandline>
	    <qemu:arg value='-device'/>
	    <qemu:arg value='vhost-mem-pci,$2'/>
	  </qemu:commandline>
	</domain>
	XML
}

# define NAME DEVICE [SED-SCRIPT]
define()
{
	domain "$@"
	virsh define "$domains/$1.xml"
}

# state_is VM STATE [URI]: at that libvirtd
state_is()
{
	equal "$(virsh ${3:+-c "$3"} domstate "$1")" "$2"
}

restart()
{
	systemctl reset-failed libvirtd.service
	systemctl restart libvirtd.service && virsh -q list > /dev/null
}

# The guest of vm1 fills most of its region.
writes_pattern()
{
	guest-vm put vm1 "$top/build/e2e/pattern" /pattern &&
		guest-vm exec vm1 -- "mkdir /data && mount -t tmpfs -o size=4G tmpfs /data" &&
		guest-vm exec vm1 --timeout 300 -- /pattern write /data/all 400
}

pattern_is_there()
{
	guest-vm exec vm1 --timeout 300 -- /pattern check /data/all 400
}

# refused TEXT VM: it does not start, and libvirt or QEMU says TEXT
refused()
{
	fails_with 1 "$1" virsh start "$2"
}

# no_lease: nothing is promised to anybody
no_lease()
{
	vmemctl -j lease
	! vmemctl lease | grep -E '^ *[0-9]'
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of check-packages
# steps.sh: what is done with the packages. Sourced by scripts/check-packages.
#
# Versions: "old" is the tree's own, "new" the same tree as a later version.

old=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$REPO/packaging/debian/changelog")
new=$old+new1
# Kernels and QEMU's packages, as they are and as they are updated to; see test_dkms and
# test_qemu.
first='' second='' theirs='' later='' ours='' later_ours=''

# --- building

test_build()
{
	if ! make_base > "$run/base.log" 2>&1; then
		tail -n 20 "$run/base.log" >&2
		die "cannot make a root of $suite"
	fi
	make_root build
	in_root build apt-get update > "$run/update.log" 2>&1
	check "what is needed to build can be installed" in_root build apt-get install -y \
		build-essential debhelper dh-dkms libinih-dev libjson-c-dev libncurses-dev libnl-3-dev \
		libnl-genl-3-dev libsystemd-dev pkgconf libglib2.0-dev python3 qemu-system-x86 lintian
	mkdir -p "$run/build/root/out"
	check "the packages are built" in_root build /src/scripts/build-deb --core /out/old
	check "and once more, in another directory" in_root build /src/scripts/build-deb --core /out/again
	check "bit by bit the same" same_packages old again
	check "a later version is built" in_root build /src/scripts/build-deb --core --version "$new" /out/new
	if qemu_source > "$run/qemu-source.log" 2>&1; then
		check "the plug-in is built for the QEMU that is installed" plugin_package
	else
		ktap_skipped "$suite: the plug-in is built" "there is no source of this QEMU"
	fi
	# There is no address of the developers; and nothing is uploaded to Debian, where
	# the version of a backport would need another suite.
	check "lintian has nothing to say" in_root build sh -c 'lintian --allow-root --fail-on error,warning \
		--suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog,upload-has-backports-version-number \
		/out/old/*.changes /out/qemu/*/*.changes'
	cp "$run"/build/root/out/{old,new}/*.deb "$run"/build/root/out/qemu/*/*.deb "$run/repo/" 2> /dev/null
	index_repo
}

same_packages()
{
	local deb

	for deb in "$run/build/root/out/$1"/*.deb; do
		cmp "$deb" "$run/build/root/out/$2/${deb##*/}" || return
	done
}

# The source of the QEMU that is in the build root, as /qemu-src: Debian's, or where the
# mirror does not have that, upstream's part of it.
qemu_source()
{
	local to=$run/build/root/qemu-src/tree version have

	# shellcheck disable=SC2016	# for dpkg-query
	version=$(in_root build dpkg-query -W -f '${source:Version}' qemu-system-x86)
	for have in "$BUILD"/qemu-src/*/; do
		if [ "$(cat "${have}package-version" 2> /dev/null)" = "$version" ]; then
			cp -a "$have" "$to"
			return
		fi
	done
	in_root build sh -c "cd /qemu-src && apt-get source --download-only --tar-only qemu=$version" || return
	mkdir "$to"
	tar -xf "$run"/build/root/qemu-src/*.orig.tar.* -C "$to" --strip-components=1 || return
	echo "$version" > "$to/package-version"
}

plugin_package()
{
	# build-deb takes sources from build/, which is read-only here.
	# shellcheck disable=SC2016	# for the root's shell
	in_root build sh -c 'mkdir /tree && cp -r /src/scripts /src/packaging /src/qemu /src/uapi /src/COPYING /tree/ &&
		mkdir -p /tree/build/qemu-src && mv /qemu-src/tree /tree/build/qemu-src/$(cat /qemu-src/tree/VERSION) &&
		/tree/scripts/build-deb --qemu /out/qemu && ls /out/qemu/*/*.deb'
}

# --- the kernel's modules

# our_packages ROOT: its apt knows them
our_packages()
{
	echo 'deb [trusted=yes] file:/repo ./' > "$run/$1/root/etc/apt/sources.list.d/ours.list"
	in_root "$1" apt-get update > "$run/update.log" 2>&1
}

# kernels: the names of the headers of the amd64 kernels that the suite has, backports
# included, the oldest first
kernels()
{
	in_root dkms apt-cache search --names-only '^linux-headers-[0-9]+\.[0-9]+\.[0-9]+([-.+]|deb|bpo|[0-9])*-amd64$' | cut -d ' ' -f 1 | sort -V
}

# install_kernel ROOT RELEASE: its image and headers. One of backports may need more of these.
install_kernel()
{
	local from=()

	! in_root "$1" apt-cache madison "linux-image-$2" | grep -q -- '-backports/' || from=(-t "$suite-backports")
	in_root "$1" apt-get install -y "${from[@]}" "linux-image-$2" "linux-headers-$2"
}

# module NAME RELEASE: where DKMS has put it
module()
{
	find "$run/dkms/root/usr/lib/modules/$2" "$run/dkms/root/lib/modules/$2" \
		-path '*/updates/dkms/*' -name "$1.ko*" 2> /dev/null | head -n 1
}

built()
{
	[ -n "$(module "$1" "$2")" ] || { in_root dkms sh -c 'dkms status; tail -n 30 /var/lib/dkms/*/*/build/make.log'; return 1; }
}

signed()
{
	modinfo -F signer "$(module "$1" "$2")" | grep .
}

for_kernel()
{
	[ "$(modinfo -F vermagic "$(module "$1" "$2")" | cut -d ' ' -f 1)" = "$2" ]
}

# unknown_kernel RELEASE: installed while dkms.conf excludes it, which is said
unknown_kernel()
{
	local conf=("$run"/dkms/root/usr/src/vhost-mem-{,guest-}"$old"/dkms.conf) status=0 output

	sed -i.orig 's/^BUILD_EXCLUSIVE_KERNEL=.*/BUILD_EXCLUSIVE_KERNEL="^2\\.6"/' "${conf[@]}"
	output=$(install_kernel dkms "$1" 2>&1) || status=$?
	echo "$output"
	mv "${conf[0]}.orig" "${conf[0]}"
	mv "${conf[1]}.orig" "${conf[1]}"
	[ $status = 0 ] && grep -q 'not known to work with Linux' <<< "$output"
}

# fails_to_build RELEASE: what the kernel's package does when it is configured, with a source
# that the compiler refuses. It says which module it is, and fails, and apt with it.
fails_to_build()
{
	local source=$run/dkms/root/usr/src/vhost-mem-$old/kmod/dev.c status=0 output

	cp "$source" "$run/dev.c"
	echo '#error this is not to be built' >> "$source"
	output=$(in_root dkms /etc/kernel/postinst.d/dkms "$1" 2>&1) || status=$?
	cp "$run/dev.c" "$source"
	echo "$output"
	[ $status != 0 ] && grep -q "vhost-mem/$old" <<< "$output"
}

test_dkms()
{
	local releases name

	make_root dkms
	our_packages dkms
	mapfile -t releases < <(kernels | sed 's/^linux-headers-//')
	if [ ${#releases[@]} -lt 2 ]; then
		ktap_skipped "$suite: an update of the kernel" "the archive has one kernel"
		second=
	else
		second=${releases[-1]}
	fi
	first=${releases[0]}
	check "the kernel $first can be installed" install_kernel dkms "$first"
	check "vhost-mem-dkms, vhost-mem-guest and its -dkms are installed" in_root dkms apt-get install -y \
		"vhost-mem-dkms=$old" "vhost-mem-guest=$old" "vhost-mem-guest-dkms=$old" kmod openssl
	for name in vhost_mem vhost_mem_guest; do
		check "$name is built for $first" built $name "$first"
		check "$name is for that kernel" for_kernel $name "$first"
		check "$name is signed with DKMS's key" signed $name "$first"
	done
	check "the udev rule is there" in_root dkms sh -c 'cat /lib/udev/rules.d/60-vhost-mem.rules'
	check "the module is loaded at boot" in_root dkms grep -x vhost_mem /usr/lib/modules-load.d/vhost-mem.conf
	check "the guest's files are there" in_root dkms sh -c 'cat /usr/lib/modprobe.d/vhost-mem-guest.conf \
		/usr/share/initramfs-tools/hooks/vhost-mem-guest /lib/udev/rules.d/40-vhost-mem-guest.rules'
	# depmod has read it all.
	check "modprobe finds the guest's driver before virtio_mem" in_root dkms sh -c \
		"modprobe -S $first --show-depends virtio_mem | grep -n . | grep '^[0-9]*:insmod.*vhost_mem_guest'"
	if [ "$second" ]; then
		check "an update of the kernel to $second, if that were unknown to them, succeeds" unknown_kernel "$second"
		check "no module is built for it" fails built vhost_mem "$second"
		check "one that cannot be built for it is an error" fails_to_build "$second"
		check "no module is built for it" fails built vhost_mem "$second"
		check "vhost_mem is still there for $first" built vhost_mem "$first"
		check "they are built when nothing is wrong" in_root dkms dkms autoinstall -k "$second"
		for name in vhost_mem vhost_mem_guest; do
			check "$name is built for $second, too" built $name "$second"
			check "$name is for that kernel" for_kernel $name "$second"
			check "$name is still there for $first" built $name "$first"
		done
	fi
	check "all are upgraded" in_root dkms apt-get install -y "vhost-mem-dkms=$new" "vhost-mem-guest=$new" "vhost-mem-guest-dkms=$new"
	for name in vhost_mem vhost_mem_guest; do
		check "$name is built for $first" built $name "$first"
		[ -z "$second" ] || check "$name is built for $second" built $name "$second"
	done
	check "the old version is gone from DKMS" fails in_root dkms sh -c "dkms status | grep ' *${old}[,:]'"
	check "the old source is gone" test ! -e "$run/dkms/root/usr/src/vhost-mem-$old"
	check "all are downgraded" in_root dkms apt-get install -y --allow-downgrades \
		"vhost-mem-dkms=$old" "vhost-mem-guest=$old" "vhost-mem-guest-dkms=$old"
	check "vhost_mem is built for $first" built vhost_mem "$first"
	check "the kernel $first is removed" in_root dkms apt-get purge -y "linux-image-$first" "linux-headers-$first"
	check "with its module" fails built vhost_mem "$first"
	check "all are removed" in_root dkms apt-get purge -y vhost-mem-dkms vhost-mem-guest vhost-mem-guest-dkms
	check "no module is left" fails sh -c "find '$run/dkms/root/usr/lib/modules' '$run/dkms/root/lib/modules' -name 'vhost_mem*' | grep ."
	check "no file is left" nothing_left dkms
}

# Names of ours, except for what apt and DKMS keep: lists, logs, the key
nothing_left()
{
	! find "$run/$1/upper" -xdev -type f \
		'(' -name '*vhost-mem*' -o -name '*vhost_mem*' -o -name '*vmemctl*' ')' \
		-not -path '*/var/lib/apt/*' -not -path '*/var/cache/*' -not -path '*/var/log/*' | grep .
}

# --- the tool

test_vmemctl()
{
	make_root tool
	our_packages tool
	check "vmemctl is installed" in_root tool apt-get install -y "vmemctl=$old"
	check "vmemctl runs" in_root tool vmemctl --version
	check "its version is the package's" sh -c "grep -qF '$old' <<EOF
$(in_root tool vmemctl --version)
EOF"
	check "manual, completion and services are there" in_root tool ls /usr/share/man/man8/vmemctl.8.gz \
		/usr/share/bash-completion/completions/vmemctl /usr/share/zsh/vendor-completions/_vmemctl \
		/lib/systemd/system/vhost-mem-auto.service /lib/systemd/system/vhost-mem-metrics.timer
	check "no service is enabled" fails in_root tool sh -c 'ls /etc/systemd/system/*/vhost-mem*'
	check "vmemctl is upgraded" in_root tool apt-get install -y "vmemctl=$new"
	check "vmemctl is downgraded" in_root tool apt-get install -y --allow-downgrades "vmemctl=$old"
	check "vmemctl is purged" in_root tool apt-get purge -y vmemctl
	check "no file is left" nothing_left tool
}

# --- QEMU

# newer DEB VERSION [SED-SCRIPT]: the package as a later version, with another control file
newer()
{
	local dir=$run/newer

	rm -rf "$dir"
	dpkg-deb -R "$1" "$dir" || return
	sed -i -e "s/^Version: .*/Version: $2/" ${3:+-e "$3"} "$dir/DEBIAN/control"
	dpkg-deb -Znone -b "$dir" "$run/repo/" > /dev/null
	index_repo
	in_root qemu apt-get update
}

# installed ROOT PACKAGE VERSION
installed()
{
	# shellcheck disable=SC2016	# for dpkg-query
	[ "$(in_root "$1" dpkg-query -W -f '${Version}' "$2")" = "$3" ]
}

# The device is in the QEMU that is there.
device_is_there()
{
	in_root qemu qemu-system-x86_64-vhost-mem -device vhost-mem-pci,help | grep requested-size
}

test_qemu()
{
	local deb=("$run"/repo/qemu-system-vhost-mem_*.deb)

	if [ ! -e "${deb[0]}" ]; then
		ktap_skipped "$suite: updates of QEMU" "there is no plug-in for this QEMU"
		return
	fi
	ours=$(dpkg-deb -f "${deb[0]}" Version)
	make_root qemu
	our_packages qemu
	check "qemu-system-vhost-mem is installed" in_root qemu apt-get install -y qemu-system-vhost-mem
	# shellcheck disable=SC2016	# for dpkg-query
	theirs=$(in_root qemu dpkg-query -W -f '${Version}' qemu-system-x86)
	check "QEMU has the device" device_is_there
	check "the manual is there" in_root qemu ls /usr/share/man/man1/qemu-system-x86_64-vhost-mem.1.gz

	later=$theirs+later1
	later_ours=$ours+later1
	check "there is a later QEMU" newer "$(echo "$roots/archives/$suite"/qemu-system-x86_*"${theirs#*:}"_amd64.deb)" "$later"
	check "apt upgrade" in_root qemu apt-get upgrade -y
	check "keeps QEMU back" installed qemu qemu-system-x86 "$theirs"
	check "QEMU has the device" device_is_there
	check "apt install of the later QEMU alone is no way to a wrong plug-in" fails in_root qemu sh -c \
		"apt-get install -y --no-remove qemu-system-x86=$later"
	check "apt full-upgrade leaves no wrong plug-in" full_upgrade_is_sound "$theirs"
	check "there is a plug-in for it" newer "${deb[0]}" "$later_ours" "s/(= [^)]*)/(= $later)/"
	check "apt upgrade" in_root qemu apt-get upgrade -y
	check "updates QEMU" installed qemu qemu-system-x86 "$later"
	check "with the plug-in" installed qemu qemu-system-vhost-mem "$later_ours"
	check "both go back" in_root qemu apt-get install -y --allow-downgrades \
		"qemu-system-x86=$theirs" "qemu-system-vhost-mem=$ours"
	check "QEMU has the device" device_is_there
	check "the plug-in is purged" in_root qemu apt-get purge -y qemu-system-vhost-mem
	check "no file is left" nothing_left qemu
	check "QEMU runs" in_root qemu qemu-system-x86_64 --version
}

# It may hold QEMU back, or remove the plug-in, which it says; but not have both.
full_upgrade_is_sound()
{
	local plan

	plan=$(in_root qemu apt-get -s full-upgrade)
	echo "$plan"
	! grep -q '^Inst qemu-system-x86 ' <<< "$plan" || grep -q '^Remv qemu-system-vhost-mem ' <<< "$plan"
}

# --- libvirt's files, as this suite has them

test_libvirt()
{
	local dir=$run/libvirt/root/libvirt

	make_root libvirt
	in_root libvirt apt-get update > "$run/update.log" 2>&1
	mkdir "$dir"
	# Where they are depends on the suite.
	# shellcheck disable=SC2016	# for the root's shell
	in_root libvirt sh -c 'cd /libvirt && apt-get download libvirt-daemon-system && apt-get download libvirt-daemon-driver-qemu
		for deb in *.deb; do dpkg-deb -x $deb '"$suite"'; done' > "$run/libvirt.log" 2>&1
	check "libvirt's files are there" test -e "$dir/$suite/etc/libvirt/qemu.conf" \
		-a -e "$dir/$suite/etc/apparmor.d/abstractions/libvirt-qemu"
	check "vhost-mem-libvirt-setup works on them, and is undone" "$REPO/tools/libvirt/tests/setup-test" "$dir/$suite"
}

# --- everything together, without packages

# "make install" and "make uninstall", of what needs no kernel
test_removal()
{
	local dest=$run/dest

	check "make install of tool, device and libvirt's parts" install_by_make "$dest" install
	check "installs something" test -n "$(find "$dest" -type f)"
	check "make uninstall" install_by_make "$dest" uninstall
	check "leaves no file" test -z "$(find "$dest" ! -type d)"
	check "and no directory of our own" test -z "$(find "$dest" -name '*vhost-mem*')"
}

install_by_make()
{
	local part version

	for part in vmemctl libvirt; do
		make -s -C "$REPO/tools/$part" O="$BUILD/vmemctl" DESTDIR="$1" PREFIX=/usr/local "$2" || return
	done
	if [ "$2" = uninstall ]; then
		make -s -C "$REPO/qemu" O="$BUILD/qemu" DESTDIR="$1" PREFIX=/usr/local uninstall
	else
		version=$(qemu-system-x86_64 --version | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p')
		make -s -C "$REPO/qemu" O="$BUILD/qemu" DESTDIR="$1" PREFIX=/usr/local \
			QEMU_SRC="$BUILD/qemu-src/$version" install
	fi
}

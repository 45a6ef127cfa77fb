# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# variables of check-packages
# root.sh: clean roots of a Debian suite. Sourced by scripts/check-packages.

# debootstrap need not be installed.
run_debootstrap()
{
	local dir=$roots/debootstrap

	if command -v debootstrap > /dev/null; then
		debootstrap "$@"
		return
	fi
	if [ ! -x "$dir/usr/sbin/debootstrap" ]; then
		(cd "$run" && apt-get -q -o APT::Sandbox::User=root download debootstrap &&
			dpkg-deb -x debootstrap_*.deb "$dir") || return
	fi
	DEBOOTSTRAP_DIR=$dir/usr/share/debootstrap "$dir/usr/sbin/debootstrap" "$@"
}

# uri SUFFIX: from where this machine has its own release, with that suffix
uri()
{
	local codename

	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016	# for apt
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' |
		awk -v suite="$codename$1" '$1 == suite { print $2; exit }'
}

# The root that the others are views of. Made once; what is in it stays as it was then,
# which makes the updates that are tested.
make_base()
{
	local main security

	mkdir -p "$roots/archives/$suite"
	[ ! -e "$base/.complete" ] || return 0
	main=$(uri "")
	security=$(uri -security)
	[ "$main" ] || { echo "apt does not tell from where this machine's release comes"; return 1; }
	rm -rf "$base"
	run_debootstrap --variant=minbase --cache-dir="$roots/archives/$suite" --include=ca-certificates \
		"$suite" "$base" "$main" || return
	{
		# Of backports only what is named: kernels.
		printf 'deb %s %s main\n' "$main" "$suite" "$main" "$suite-updates" "$main" "$suite-backports"
		[ -z "$security" ] || printf 'deb %s %s main\n' "$security" "$suite-security"
		printf 'deb-src %s %s main\n' "$main" "$suite"
		[ -z "$security" ] || printf 'deb-src %s %s main\n' "$security" "$suite-security"
	} > "$base/etc/apt/sources.list"
	cat > "$base/etc/apt/apt.conf.d/90test" <<-'CONF'
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	Dpkg::Use-Pty "false";
	Acquire::Languages "none";
	Binary::apt::APT::Keep-Downloaded-Packages "true";
	APT::Keep-Downloaded-Packages "true";
	DPkg::Options { "--force-confold"; };
	CONF
	# Nobody needs it after a power failure.
	echo force-unsafe-io > "$base/etc/dpkg/dpkg.cfg.d/90test"
	# No service is started, no initramfs is made.
	printf '#!/bin/sh\nexit 101\n' > "$base/usr/sbin/policy-rc.d"
	chmod +x "$base/usr/sbin/policy-rc.d"
	mkdir -p "$base/etc/initramfs-tools"
	echo 'update_initramfs=no' > "$base/etc/initramfs-tools/update-initramfs.conf"
	cp /etc/resolv.conf "$base/etc/resolv.conf"
	rm -f "$base"/var/cache/apt/archives/*.deb
	touch "$base/.complete"
}

# make_root NAME: a view of it that can be written to; in_root runs there
make_root()
{
	local dir=$run/$1 root=$run/$1/root node

	# One that was kept.
	rm -rf --one-file-system "$dir"
	mkdir -p "$dir"/{upper,work,root}
	mount -t overlay overlay -o "lowerdir=$base,upperdir=$dir/upper,workdir=$dir/work" "$root" || return
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	mkdir "$root/dev/shm"
	for node in null zero full random urandom tty; do
		touch "$root/dev/$node"
		mount --bind "/dev/$node" "$root/dev/$node"
	done
	ln -s /proc/self/fd "$root/dev/fd"
	mkdir -p "$root/src" "$root/qemu-src" "$root/repo"
	mount --bind "$REPO" "$root/src" && mount -o remount,bind,ro "$root/src"
	mount --bind "$roots/archives/$suite" "$root/var/cache/apt/archives"
	mkdir -p "$roots/archives/$suite/partial" "$run/repo"
	mount --bind "$run/repo" "$root/repo"
}

# in_root NAME COMMAND...: whatever it does, it cannot load a module
in_root()
{
	local root=$run/$1/root

	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		setpriv --inh-caps=-sys_module --bounding-set=-sys_module chroot "$root" "$@" < /dev/null
}

# repo: what apt knows of our packages, in each root
index_repo()
{
	(cd "$run/repo" && dpkg-scanpackages --multiversion . > Packages 2> /dev/null)
}

# check NAME COMMAND...: one test
check()
{
	local name=$1

	shift
	ktap_check "$suite: $name" "$@"
}

fails()
{
	! "$@"
}

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
vhost_h_test.py KERNEL KDIR BUILT OTHER: the private header that is written for a
kernel is right, and a kernel, or a header, that is not as it is said to be is refused.

KERNEL is where a kernel is unpacked, KDIR its build directory, BUILT where
scripts/build-module has built the module for it, and OTHER where another kernel is
unpacked. What is wrong on purpose is made from copies of the kernel's own vhost.ko.
"""

import contextlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TOP, "scripts/kernel"), os.path.join(TOP, "selftests/lib")]

import ktap  # noqa: E402
from btf import Btf, FUNC, STRUCT, elf_section  # noqa: E402
from image import unpack, vmlinux  # noqa: E402

KERNEL, KDIR, BUILT, OTHER = map(os.path.abspath, sys.argv[1:5])
WRITE = os.path.join(TOP, "scripts/kernel/write-vhost-h")
BUILD = os.path.join(TOP, "scripts/build-module")
# Where modules for this kernel are built, if that is not this system.
ROOT = ""
if os.path.exists(os.path.join(KERNEL, "root")):
    with open(os.path.join(KERNEL, "root"), encoding="utf-8") as name:
        ROOT = name.read().strip()
INSIDE = KDIR[len(ROOT):]
TESTS = []


def read(path):
    with open(path, "rb") as file:
        return file.read()


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


class Fixture:
    """A copy of what write-vhost-h reads, to be changed."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="vhost-h.")
        self.release = read(os.path.join(KERNEL, "release")).decode().strip()
        self.kdir = os.path.join(self.dir, "kdir")
        self.kernel = os.path.join(self.dir, "kernel")
        self.out = os.path.join(self.dir, "out")
        self.ko_path = os.path.join(self.kernel, "lib/modules", self.release,
                                    "kernel/drivers/vhost/vhost.ko")
        self.ko = unpack(read(vhost_ko(KERNEL)))
        self.base = BASE
        put(os.path.join(self.kdir, "include/generated/utsrelease.h"),
            f'#define UTS_RELEASE "{self.release}"\n'.encode())
        self.save()

    def save(self):
        put(self.ko_path, self.ko)
        put(os.path.join(self.kdir, "vmlinux"), self.base)

    def btf(self):
        base = Btf(elf_section(self.base, ".BTF"))
        return Btf(elf_section(self.ko, ".BTF"), base)

    def patch(self, offset, data):
        """Change vhost.ko's BTF at an offset."""
        old = elf_section(self.ko, ".BTF")
        assert self.ko.count(old) == 1
        self.ko = self.ko.replace(old, old[:offset] + data + old[offset + len(data):])
        self.save()

    def write(self, **environment):
        return subprocess.run([WRITE, "--kernel", self.kernel, self.kdir, self.out],
                              env={**os.environ, **environment}, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def compile(self):
        """Compile what uses the header, as the module was compiled."""
        record = read(os.path.join(BUILT, "kmod/.vq.o.cmd")).decode()
        command = re.search(r"^(?:saved)?cmd_\S+ := (.*?) -c -o \S+ (\S+)", record, re.M)
        words = command[1].replace(os.path.join(BUILT, "vhost-h"), self.out)
        words = re.sub(r"-Wp,-MMD,\S+", "", words)
        # Since 6.13 Kbuild works in the directory of the module.
        directory = INSIDE if command[2].startswith("/") else BUILT
        words = ["sh", "-c", f"cd {directory} && {words} -fsyntax-only {command[2]}"]
        if ROOT:
            # Where the module was built, its directory is the only one that is there.
            shutil.rmtree(os.path.join(BUILT, "vhost-h-test"), ignore_errors=True)
            shutil.copytree(self.out, os.path.join(BUILT, "vhost-h-test"))
            words[2] = words[2].replace(self.out, os.path.join(BUILT, "vhost-h-test"))
            words = [os.path.join(TOP, "scripts/kernel/in-root"), ROOT, BUILT] + words
        return subprocess.run(words, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def refused(self, text, **environment):
        result = self.write(**environment)
        expect(result.returncode != 0 and text in result.stdout, result)

    def does_not_compile(self, text, **environment):
        result = self.write(**environment)
        expect(result.returncode == 0, result)
        result = self.compile()
        expect(result.returncode != 0 and text in result.stdout, result)


@contextlib.contextmanager
def fixture():
    fix = Fixture()
    try:
        yield fix
    finally:
        shutil.rmtree(fix.dir)


def expect(right, result):
    assert right, f"status {result.returncode}\n" + "\n".join(result.stdout.splitlines()[:20])


def vhost_ko(kernel):
    release = read(os.path.join(kernel, "release")).decode().strip()
    path = os.path.join(kernel, "lib/modules", release, "kernel/drivers/vhost/vhost.ko")
    return next(path + suffix for suffix in ("", ".xz", ".zst") if os.path.exists(path + suffix))


def base_of(kernel, kdir):
    """The kernel itself, or what the headers have of it."""
    path = os.path.join(kdir, "vmlinux")
    if os.path.exists(path):
        return read(path)
    release = read(os.path.join(kernel, "release")).decode().strip()
    return vmlinux(read(os.path.join(kernel, "boot/vmlinuz-" + release)))


def test(function):
    TESTS.append(function)
    return function


@test
def header_compiles_and_its_layout_is_confirmed(fix):
    result = fix.write()
    expect(result.returncode == 0, result)
    result = fix.compile()
    expect(result.returncode == 0, result)


@test
def header_is_left_alone_if_it_is_right(fix):
    path = os.path.join(fix.out, "vhost-private/vhost.h")
    fix.write()
    os.utime(path, (0, 0))
    fix.write()
    assert os.stat(path).st_mtime == 0


def member(fix, structure, name):
    """Where the BTF describes a member."""
    btf = fix.btf()
    number = btf.find(STRUCT, structure)
    names = [entry[0] for entry in btf.members(number)]
    return btf.type(number).extra + 12 * names.index(name)


@test
def member_that_was_moved_does_not_compile(fix):
    where = member(fix, "vhost_dev", "weight")
    offset, = struct.unpack_from("<I", elf_section(fix.ko, ".BTF"), where + 8)
    fix.patch(where + 8, struct.pack("<I", offset + 32))
    fix.does_not_compile("static assertion failed")


@test
def structure_that_grew_does_not_compile(fix):
    btf = fix.btf()
    this = btf.type(btf.find(STRUCT, "vhost_virtqueue"))
    fix.patch(this.extra - 4, struct.pack("<I", this.value + 8))
    fix.does_not_compile("static assertion failed")


@test
def header_with_another_layout_does_not_compile(fix):
    # As a header of another kernel would be: two members have changed places.
    fix.write()
    text = read(os.path.join(fix.out, "vhost-private/vhost.h")).decode()
    header = os.path.join(fix.dir, "vhost.h")
    put(header, re.sub(r"(\tstruct mutex mutex;\n)(\tunsigned int num;\n)", r"\2\1", text).encode())
    assert read(header).decode() != text
    fix.does_not_compile("static assertion failed", VHOST_H=header)


@test
def function_with_other_parameters_does_not_compile(fix):
    btf = fix.btf()
    proto = btf.type(btf.type(btf.find(FUNC, "vhost_dev_init")).value)
    # Its last but one is a bool; the one before is an int.
    where = proto.extra + 8 * (proto.length - 2)
    integer = elf_section(fix.ko, ".BTF")[where - 8 + 4:where - 8 + 8]
    fix.patch(where + 4, integer)
    fix.does_not_compile("conflicting types")


@test
def structure_that_is_missing_is_refused(fix):
    old = elf_section(fix.ko, ".BTF")
    where = old.index(b"\0vhost_poll\0")
    fix.patch(where + 1, b"whost_poll")
    fix.refused("no struct vhost_poll")


@test
def vhost_ko_without_btf_is_refused(fix):
    fix.ko = fix.ko.replace(b"\0.BTF\0", b"\0.XXX\0")
    fix.save()
    fix.refused("has no BTF")


@test
def vhost_ko_that_is_truncated_is_refused(fix):
    fix.ko = fix.ko[:len(fix.ko) // 2]
    fix.save()
    fix.refused("truncated")


@test
def vhost_ko_that_is_missing_is_refused(fix):
    os.remove(fix.ko_path)
    fix.refused("there is no vhost.ko")


@test
def vhost_ko_of_another_kernel_is_refused(fix):
    put(fix.ko_path, unpack(read(vhost_ko(OTHER))))
    fix.refused("is for kernel")


@test
def btf_of_another_build_of_the_kernel_is_refused(fix):
    # A type and a string more than vhost.ko was built with.
    btf = elf_section(fix.base, ".BTF")
    fields = list(struct.unpack_from("<HBBIIIII", btf))
    header, begin, length, strings, size = fields[3:]
    types = btf[header + begin:header + begin + length] + struct.pack("<III", 0, 2 << 24, 0)
    text = btf[header + strings:header + strings + size] + b"another\0"
    fields[4:] = [0, len(types), len(types), len(text)]
    fix.base = elf(struct.pack("<HBBIIIII", *fields) + btf[24:header] + types + text)
    fix.save()
    fix.refused("does not belong")


def elf(btf):
    """An ELF file with no other section than that of BTF."""
    names = b"\0.BTF\0.shstrtab\0"
    data = b"\x7fELF\x02\x01\x01".ljust(64, b"\0") + names + btf
    sections = [(0,) * 10, (1, 1, 0, 0, 64 + len(names), len(btf), 0, 0, 1, 0),
                (6, 3, 0, 0, 64, len(names), 0, 0, 1, 0)]
    head = bytearray(data[:64])
    struct.pack_into("<Q", head, 0x28, len(data))
    struct.pack_into("<HHH", head, 0x3a, 64, len(sections), 2)
    return bytes(head) + data[64:] + b"".join(struct.pack("<IIQQQQIIQQ", *entry) for entry in sections)


@test
def kernel_without_btf_anywhere_is_refused(fix):
    os.remove(os.path.join(fix.kdir, "vmlinux"))
    fix.refused("cannot be had")


def rename_in_base(fix, old, new):
    fix.base = fix.base.replace(b"\0" + old + b"\0", b"\0" + new + b"\0")
    fix.save()


@test
def tmpfs_that_is_mapped_in_an_unknown_way_is_refused(fix):
    rename_in_base(fix, b"shmem_mmap", b"shmem_xxxx")
    rename_in_base(fix, b"shmem_mmap_prepare", b"shmem_xxxx_prepare")
    fix.refused("mapped in a way")


@test
def unknown_operation_of_mappings_is_refused(fix):
    rename_in_base(fix, b"page_mkwrite", b"page_mkmagic")
    fix.refused("page_mkmagic")


@test
def option_that_is_missing_is_refused(fix):
    put(os.path.join(fix.kdir, "Makefile"), b"")
    put(os.path.join(fix.kdir, "include/config/auto.conf"),
        b"CONFIG_MODULES=y\nCONFIG_SHMEM=y\nCONFIG_EVENTFD=y\nCONFIG_NET=y\n")
    result = subprocess.run([BUILD, "--kernel", fix.kernel, fix.kdir, fix.out], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    expect(result.returncode != 0 and "CONFIG_VHOST" in result.stdout, result)


BASE = elf(elf_section(base_of(KERNEL, KDIR), ".BTF"))
sys.exit(ktap.run([(function.__name__, function) for function in TESTS], fixture))

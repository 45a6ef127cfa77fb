# SPDX-License-Identifier: GPL-2.0-or-later
"""The plug-in: for which QEMU it works, what it needs of it, and its wrapper."""

import os
import re
import subprocess
import tempfile

from harness import (
    check, check_contains, check_equal, config, qemu, qemu_with, test, tests)
from qemu import wait_for


def check_wrong(name, *messages):
    """A plug-in that is not for this QEMU, or lacks something, does nothing."""
    with qemu_with("vhost-mem-pci,size=1G", "-S",
                   plugin=f"{config.wrong}{name}.so") as vm:
        check_equal(vm.wait(), 1, f"{name}: exit status")
        errors = vm.errors()
        for message in messages:
            check_contains(errors, message, name)
        check_contains(errors, "vhost-mem-pci is not available", name)
        check_contains(errors, "not a valid device model", name)
        return errors


@test
def wrong_version():
    """plug-in: refuses another version of QEMU and says what to do"""
    check_wrong("version", "this plug-in is for QEMU "
                f"{config.version}.9999 (", "but this is QEMU"
                f" {config.full_version}: ", "make -C qemu QEMU=<this QEMU>"
                f" QEMU_SRC=<source of QEMU {config.full_version}>")


@test
def wrong_package():
    """plug-in: refuses another package of the same version"""
    check_wrong("package", f"this plug-in is for QEMU {config.version} (Debian"
                f" 1:{config.version}-other), but this is QEMU"
                f" {config.full_version}: ")


@test
def wrong_build():
    """plug-in: refuses another build of the same package"""
    errors = check_wrong("build-id", "this plug-in is for the QEMU"
                         f" {config.full_version} with the build ID 'abcdef',"
                         " but this one has '")
    check(re.search(r"has '[0-9a-f]{40}'", errors), errors)


@test
def wrong_symbol():
    """plug-in: refuses a QEMU without a symbol, and names it"""
    check_wrong("symbol", "this QEMU does not have 'qemu_has_no_such_thing',"
                f" which this plug-in for QEMU {config.full_version} needs")


def make_wrong_layout_test(name):
    def function():
        check_wrong(name, "this plug-in was built from another source than this"
                    " QEMU: the ", " here, and ", " there")
    return function


for layout in config.wrong_layouts.split():
    tests.append((f"plug-in: refuses another layout of {layout}",
                  make_wrong_layout_test(layout)))


@test
def other_programs():
    """plug-in: does nothing in other programs, children do not inherit it"""
    env = dict(os.environ, LD_PRELOAD=config.plugin)
    result = subprocess.run(["/bin/sh", "-c", "true; echo fine"], env=env,
                            check=False, capture_output=True)
    check_equal((result.stdout, result.stderr, result.returncode),
                (b"fine\n", b"", 0), "another program")
    with tempfile.TemporaryDirectory() as path:
        out = os.path.join(path, "env")
        with qemu("-S").start() as vm:
            vm.qmp("migrate", uri=f"exec:env >{out}; cat >/dev/null")
            wait_for("the child", lambda: os.path.exists(out) and
                     os.path.getsize(out))
        with open(out, encoding="utf-8") as f:
            environment = f.read()
        check(config.plugin not in environment, "inherited")
        check_contains(environment, f"LD_PRELOAD={config.fake}\n")


def dynamic_symbols(path, *args):
    out = subprocess.run(["nm", "-D", *args, path], check=True, text=True,
                         capture_output=True).stdout
    return {line.split()[-1].split("@")[0] for line in out.splitlines()}


def mapped_files(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as f:
        files = {line.split(None, 5)[5].strip() for line in f
                 if line.count("/")}
    return {path for path in files if re.search(r"\.so(\.|$)", path) or
            path == os.readlink(f"/proc/{pid}/exe")}


@test
def symbols():
    """plug-in: what it takes from QEMU is there, though nobody insists on it"""
    # Of a QEMU that runs, as what is started may be a script.
    with qemu("-S").start() as vm:
        there = set()
        for path in mapped_files(vm.process.pid):
            if path not in (config.plugin, config.fake):
                there |= dynamic_symbols(path, "--defined-only")
    # What the compiler mentions and does without.
    missing = {name for name in dynamic_symbols(config.plugin, "-u") - there
               if not name.startswith(("_ITM_", "__gmon_"))}
    check_equal(missing, set(), "missing symbols")


def run_wrapper(script, *args, **env):
    environment = dict(os.environ, QEMU=config.qemu, **env)
    return subprocess.run([script, *args], env=environment, check=False,
                          capture_output=True, text=True, timeout=60)


@test
def wrapper():
    """wrapper: finds the plug-in, also through a symbolic link"""
    with tempfile.TemporaryDirectory() as path:
        link = os.path.join(path, "vm")
        os.symlink(config.wrapper, link)
        for script in (config.wrapper, link):
            result = run_wrapper(script, "-device", "vhost-mem-pci,help")
            check_equal(result.returncode, 0, f"exit status: {result.stderr}")
            check_contains(result.stdout, "vhost-mem-pci options")


@test
def wrapper_without_plugin():
    """wrapper: says so if there is no plug-in for this QEMU"""
    with tempfile.TemporaryDirectory() as path:
        result = run_wrapper(config.wrapper, "-version", VHOST_MEM_LIBDIR=path)
        check_equal(result.returncode, 127, "exit status")
        check_contains(result.stderr, f"there is no vhost-mem-{config.version}"
                       f".so for {config.qemu} (QEMU {config.version}) in:"
                       f" {path}")
        check_contains(result.stderr, "Build one: make -C qemu")
    result = subprocess.run([config.wrapper], check=False, text=True,
                            env=dict(os.environ, QEMU="/no/such/qemu"),
                            capture_output=True)
    check_equal(result.returncode, 127, "exit status")
    check_contains(result.stderr, "/no/such/qemu not found")

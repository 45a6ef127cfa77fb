# SPDX-License-Identifier: GPL-2.0-or-later
"""Who else handles the guest's memory: balloons, pinning, dumps."""

import os

from harness import (
    ADDRESS, DEVICE, MIB, Failure, check, check_contains, check_equal, qemu,
    qemu_with, start_queue, test)
from hotplug import hot_plug
from qemu import QMPError, wait_for


@test
def discard():
    """a balloon frees plugged memory, which stays plugged; without a message"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {64 * MIB}")
        vm.control("fill 0x1000")
        for offset in 0, 32 * MIB, 62 * MIB:
            vm.control(f"discard {offset} {4 * MIB}")
        wait_for("a response", lambda:
                 sum("discarded" in x for x in vm.log()) == 3)
        # The last one is of memory of which half is not plugged.
        check_equal([x for x in vm.log() if x.startswith("discarded")],
                    ["discarded: 0"] * 3, "responses")
        check("fallocate mode=3 offset=0x2000000 length=0x400000" in vm.log(),
              vm.log())
        for offset, value in ((0, 0), (4 * MIB, 4 * MIB + 0x1000),
                              (32 * MIB, 0), (62 * MIB, 0)):
            check_contains(vm.hmp(f"xp /gx {ADDRESS + offset:#x}"),
                           f"{value:#018x}", "memory")
        check_equal(vm.get("size"), 64 * MIB, "plugged size")
        check_equal(vm.errors(), "", "messages")


@test
def discard_in_vain():
    """a kernel without a descriptor of the memory: what a balloon frees, stays"""
    with qemu_with(DEVICE, "-S", env={
            "FAKE_VHOST_MEM_FAIL": "GET_MEMORY_FD=25"}).start() as vm:
        vm.control(f"plug {64 * MIB}")
        vm.control("fill 0x1000")
        vm.control(f"discard 0 {4 * MIB}")
        wait_for("a response", lambda: "discarded: -19" in vm.log())
        check_contains(vm.hmp(f"xp /gx {ADDRESS:#x}"), f"{0x1000:#018x}")
        check_contains(vm.errors(), "Failed to fallocate")


def pin(vm, how):
    """A device that pins the guest's memory is added; returns QEMU's answer."""
    vm.control(f"pin {how}")
    return wait_for("a response", lambda: [
        x for x in vm.log() if x.startswith("pin: ")])[-1]


ALL, TOLD = 1, 2
TOO_OLD = {"FAKE_VHOST_MEM_FAIL": "SET_CONFIRM=25"}


@test
def pinning_refused():
    """users of pinned guest memory are refused, whichever comes first"""
    for how, device, env, reason in (
            (ALL, {}, {}, " (vhost-vdpa, an nvme:// drive; but vfio-pci can"
             " be), and this VM has one"),
            (TOLD, {}, TOO_OLD, " (vfio-pci, vhost-vdpa, an nvme:// drive): the"
             " vhost_mem module is too old, and this VM has one"),
            (TOLD, {"unplugged": "readable"}, {}, " (vfio-pci, vhost-vdpa, an"
             " nvme:// drive) with unplugged=readable, and this VM has one")):
        options = "".join(f",{key}={value}" for key, value in device.items())
        with qemu_with(DEVICE + options, "-S", env=env).start() as vm:
            check_equal(pin(vm, how), "pin: -16", "response")
        with qemu("-S", env=env).start() as vm:
            check_equal(pin(vm, how), "pin: 0", "response")
            try:
                hot_plug(vm, **device)
                raise Failure("the device was accepted")
            except QMPError as error:
                check_contains(str(error), "vhost-mem cannot be used together"
                               " with devices that pin the guest's memory" +
                               reason)


@test
def pinning_accepted():
    """devices that are told what is plugged are accepted, whichever comes first"""
    with qemu_with(DEVICE, "-S").start() as vm:
        check_equal(pin(vm, TOLD), "pin: 0", "response")
    with qemu("-S").start() as vm:
        check_equal(pin(vm, TOLD), "pin: 0", "response")
        hot_plug(vm)
        check(vm.memory_device("hot"), "no device")


@test
def dump_guest_memory():
    """dump-guest-memory leaves unplugged memory out"""
    with qemu_with(DEVICE).start() as vm:
        vm.control(f"plug {64 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 64 * MIB)
        path = os.path.join(vm.dir.name, "dump")
        vm.qmp("dump-guest-memory", paging=False, protocol=f"file:{path}")
        size = os.path.getsize(path)
        check(320 * MIB <= size < 330 * MIB, f"size of the dump: {size}")
        vm.control("plug 0")
        wait_for("plugged size", lambda: vm.get("size") == 0)
        vm.qmp("dump-guest-memory", paging=False, protocol=f"file:{path}")
        size = os.path.getsize(path)
        check(256 * MIB <= size < 266 * MIB, f"size of the dump: {size}")


@test
def dump_and_reset():
    """dump in the background, reset meanwhile: unplugged when the VM continues"""
    with qemu_with(DEVICE).start() as vm:
        start_queue(vm)
        vm.control(f"plug {64 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 64 * MIB)
        # QEMU cannot be reset while it dumps a VM that it has stopped for that.
        vm.qmp("stop")
        path = os.path.join(vm.dir.name, "dump")
        os.mkfifo(path)
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as dump:
            os.set_blocking(dump.fileno(), True)
            vm.qmp("dump-guest-memory", paging=False, protocol=f"file:{path}",
                   detach=True)
            size = len(dump.read(MIB))
            vm.qmp("system_reset")
            vm.event("RESET")
            check_equal(vm.get("size"), 64 * MIB, "plugged size meanwhile")
            for data in iter(lambda: dump.read(MIB), b""):
                size += len(data)
        check("error" not in vm.event("DUMP_COMPLETED"), "the dump failed")
        check(320 * MIB <= size < 330 * MIB, f"size of the dump: {size}")
        check_equal(vm.get("size"), 64 * MIB, "plugged size")
        vm.qmp("cont")
        wait_for("the rest of the reset", lambda: vm.get("size") == 0)
        start_queue(vm)
        vm.control(f"plug {32 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 32 * MIB)
        vm.qmp("stop")
        vm.qmp("cont")
        check_equal(vm.get("size"), 32 * MIB, "plugged size later")
        check_equal(vm.errors(), "", "messages")

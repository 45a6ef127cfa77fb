# SPDX-License-Identifier: GPL-2.0-or-later
"""
Confirmation of what the guest's requests change, for devices that map memory for DMA.
These are the fake's listeners: QEMU itself has some only with a device of the host.
"""

from harness import (
    DEVICE, GIB, MIB, START, check, check_contains, check_equal, config, in_order,
    qemu_with, start_queue, test)
from hotplug import NOT_BY_THIS_QEMU
from migration import quickly, slowly, two_vms, wait_until
from qemu import wait_for

ON = "SET_CONFIRM on timeout=10000"
OFF = "SET_CONFIRM off timeout=0"
PLUG, UNPLUG, UNPLUG_ALL = 1, 2, 3


def since(vm, before, *beginnings):
    """Lines of the log with these beginnings; waits for one with the last."""
    wait_for(beginnings[-1], lambda: any(
        line.startswith(beginnings[-1]) for line in vm.log()[before:]))
    return [line for line in vm.log()[before:] if line.startswith(beginnings)]


def listen(vm, number=0, offset=0, size=4 * GIB):
    """Returns what happens meanwhile."""
    before = len(vm.log())
    vm.control(f"listen {number} {offset} {size}")
    return since(vm, before, "SET_CONFIRM", "listener", "listening")[:-1]


def unlisten(vm, number=0):
    before = len(vm.log())
    vm.control(f"unlisten {number}")
    return since(vm, before, "SET_CONFIRM", "listener", "not listening")[:-1]


def ask(vm, size, command="ask"):
    """
    The guest asks for this many MiB. Returns what happens until it has an answer, and
    that.
    """
    before = len(vm.log())
    vm.control(f"{command} {size * MIB}")
    vm.control("ring 1")
    return since(vm, before, "GET_PENDING", "listener", "CONFIRM", "answer")


def mapped(vm):
    """MiB that each of the listeners has mapped."""
    before = len(vm.log())
    vm.control("mapped 1")
    line = since(vm, before, "mapped=")[0]
    return [int(number) for number in line.removeprefix("mapped=").split(",")]


def check_clean(vm, messages=""):
    check(not [x for x in vm.log() if "BUG" in x], vm.log())
    check_equal(vm.errors(), messages, "messages")


@test
def confirm_only_with_listener():
    """confirmation: only while there is a device that has to be told"""
    with qemu_with(DEVICE, "-S").start() as vm:
        check_equal(ask(vm, 64), ["answer ACK plugged=64 mapped=0,0,0"], "request")
        check(ON not in vm.log(), vm.log())
        # Before anything is mapped, or that could be unplugged already.
        check_equal(listen(vm, 0), [ON, "listener 0 map 0+64"], "the first")
        check_equal(listen(vm, 1), ["listener 1 map 0+64"], "the second")
        check_equal(unlisten(vm, 0), ["listener 0 unmap 0+64"], "one has gone")
        check_equal(ask(vm, 32)[-1], "answer ACK plugged=32 mapped=0,32,0",
                    "request")
        check_equal(unlisten(vm, 1), ["listener 1 unmap 0+32", OFF], "both have")
        check_equal(ask(vm, 64), ["answer ACK plugged=64 mapped=0,0,0"], "request")
        check_equal(listen(vm, 0), [ON, "listener 0 map 0+64"], "one again")
        check_clean(vm)


@test
def confirm_plug_unplug():
    """confirmation: PLUG when it is mapped, UNPLUG and UNPLUG_ALL when it is not"""
    with qemu_with(DEVICE, "-S").start() as vm:
        listen(vm, 0)
        # Of a part only, with its own address.
        listen(vm, 1, 32 * MIB, 64 * MIB)
        listen(vm, 2, 128 * MIB, 64 * MIB)
        check_equal(ask(vm, 16), [
            f"GET_PENDING {PLUG}", "listener 0 map 0+16", "CONFIRM DONE",
            "answer ACK plugged=16 mapped=16,0,0"], "PLUG for one listener")
        check_equal(ask(vm, 160), [
            f"GET_PENDING {PLUG}", "listener 2 map 128+32", "listener 1 map 32+64",
            "listener 0 map 16+144", "CONFIRM DONE",
            "answer ACK plugged=160 mapped=160,64,32"], "PLUG for all")
        check_equal(ask(vm, 64), [
            f"GET_PENDING {UNPLUG}", "listener 2 unmap 128+32",
            "listener 1 unmap 64+32", "listener 0 unmap 64+96", "CONFIRM DONE",
            "answer ACK plugged=64 mapped=64,32,0"], "UNPLUG")
        check_equal(ask(vm, 0, "ask-all"), [
            f"GET_PENDING {UNPLUG_ALL}", "listener 1 unmap 32+32",
            "listener 0 unmap 0+64", "CONFIRM DONE",
            "answer ACK plugged=0 mapped=0,0,0"], "UNPLUG_ALL")
        check_equal(vm.get("size"), 0, "plugged size")
        check_clean(vm)


@test
def confirm_plug_fails():
    """confirmation: PLUG of what cannot be mapped is BUSY, and mapped nowhere"""
    with qemu_with(DEVICE, "-S").start() as vm:
        for number in range(3):
            listen(vm, number)
        vm.control("listener-fails 1 12")
        for _ in range(2):
            check_equal(ask(vm, 64), [
                f"GET_PENDING {PLUG}", "listener 2 map 0+64", "listener 1 map 0+64",
                "listener 2 unmap 0+64", "CONFIRM FAILED",
                "answer BUSY plugged=0 mapped=0,0,0"], "PLUG")
        vm.control("listener-fails 1 0")
        check_equal(ask(vm, 64)[-1], "answer ACK plugged=64 mapped=64,64,64",
                    "another")
        # Said once, as the guest can repeat it.
        check_clean(vm, f"{config.qemu.rpartition('/')[2]}: vhost-mem vm1: cannot"
                    " map 0x4000000 bytes at offset 0x0 for DMA: Cannot allocate"
                    " memory\n")


@test
def confirm_unplug_busy():
    """confirmation: what is used elsewhere, and stays, is mapped again before BUSY"""
    with qemu_with(DEVICE, "-S").start() as vm:
        listen(vm, 0)
        listen(vm, 1, 32 * MIB, GIB)
        ask(vm, 64)
        vm.control("busy 1")
        check_equal(ask(vm, 16), [
            f"GET_PENDING {UNPLUG}", "listener 1 unmap 32+32",
            "listener 0 unmap 16+48", "CONFIRM DONE", "listener 1 map 32+32",
            "listener 0 map 16+48", "CONFIRM FAILED",
            "answer BUSY plugged=64 mapped=64,32,0"], "UNPLUG")
        check_equal(ask(vm, 0, "ask-all"), [
            f"GET_PENDING {UNPLUG_ALL}", "listener 1 unmap 32+32",
            "listener 0 unmap 0+64", "CONFIRM DONE", "listener 1 map 32+32",
            "listener 0 map 0+64", "CONFIRM FAILED",
            "answer BUSY plugged=64 mapped=64,32,0"], "UNPLUG_ALL")
        vm.control("busy 0")
        check_equal(ask(vm, 16)[-1], "answer ACK plugged=16 mapped=16,0,0", "UNPLUG")
        check_clean(vm)


@test
def confirm_unplug_forced():
    """confirmation: what can neither be unplugged nor be mapped again goes by force"""
    with qemu_with(DEVICE, "-S").start() as vm:
        listen(vm, 0)
        listen(vm, 1)
        ask(vm, 64)
        vm.control("busy 1")
        vm.control("listener-fails 0 12")
        check_equal(ask(vm, 32)[-4:], [
            "listener 0 map 32+32", "listener 1 unmap 32+32", "CONFIRM FORCE",
            "answer ACK plugged=32 mapped=32,32,0"], "UNPLUG")
        check_equal(ask(vm, 0, "ask-all")[-2:], [
            "CONFIRM FORCE", "answer ACK plugged=0 mapped=0,0,0"], "UNPLUG_ALL")
        check_clean(vm)


@test
def confirm_refused():
    """confirmation: what the kernel does not accept is undone"""
    with qemu_with(DEVICE, "-S", env={
            "FAKE_VHOST_MEM_FAIL": "CONFIRM=116"}).start() as vm:
        vm.control(f"plug {32 * MIB}")
        listen(vm, 0)
        vm.control(f"ask {64 * MIB}")
        vm.control("ring 1")
        wait_for("a message", lambda: "that memory is mapped for DMA: Stale"
                 in vm.errors())
        check_equal(mapped(vm), [32, 0, 0], "after PLUG")
    with qemu_with(DEVICE, "-S", env={
            "FAKE_VHOST_MEM_FAIL": "CONFIRM=116"}).start() as vm:
        vm.control(f"plug {32 * MIB}")
        listen(vm, 0)
        vm.control("ask 0")
        vm.control("ring 1")
        wait_for("a message", lambda: "that memory is not mapped for DMA: Stale"
                 in vm.errors())
        check_equal(mapped(vm), [32, 0, 0], "after UNPLUG")


@test
def confirm_not_started():
    """confirmation: a kernel that cannot is reported, QEMU goes on"""
    with qemu_with(DEVICE, "-S", env={
            "FAKE_VHOST_MEM_FAIL": "SET_CONFIRM=25"}).start() as vm:
        vm.control(f"plug {32 * MIB}")
        check_equal(listen(vm), ["listener 0 map 0+32"], "listener")
        check_contains(vm.errors(), "vhost-mem vm1: cannot have changes confirmed:"
                       " Inappropriate ioctl for device")
        check_equal(unlisten(vm), ["listener 0 unmap 0+32"], "listener")
        check_equal(listen(vm), ["listener 0 map 0+32"], "listener again")


@test
def confirm_stop():
    """confirmation: stop while the kernel asks; cont; the old signal does nothing"""
    with qemu_with().start() as vm:
        start_queue(vm)
        listen(vm)
        ask(vm, 32)
        vm.control(f"ask {64 * MIB}")
        wait_for("the question", lambda: vm.log()[-1] == "asked")
        before = len(vm.log())
        vm.qmp("stop")
        check(in_order(vm.log()[before:], [
            "SET_RUNNING 0x0", "answer none plugged=32 mapped=32,0,0",
            "GET_VRING_BASE"]), vm.log()[before:])
        before = len(vm.log())
        vm.control("ring 1")
        wait_for("a look", lambda: "GET_PENDING 0" in vm.log()[before:])
        before = len(vm.log())
        vm.qmp("cont")
        check(in_order(vm.log()[before:], START), vm.log()[before:])
        check_equal(ask(vm, 64)[-1], "answer ACK plugged=64 mapped=64,0,0", "PLUG")
        check_clean(vm)


@test
def confirm_reset():
    """confirmation: a reset while the kernel asks unmaps before it unplugs"""
    with qemu_with().start() as vm:
        start_queue(vm)
        listen(vm, 0)
        listen(vm, 1, 0, 16 * MIB)
        ask(vm, 32)
        for size in 64, 16:
            vm.control(f"ask {size * MIB}")
            wait_for("the question", lambda: vm.log()[-1] == "asked")
            before = len(vm.log())
            vm.qmp("system_reset")
            vm.event("RESET")
            check(in_order(vm.log()[before:], [
                "SET_RUNNING 0x0", "answer none plugged=32 mapped=32,16,0",
                "listener 1 unmap 0+16", "listener 0 unmap 0+32",
                "SYSTEM_RESET"]), vm.log()[before:])
            check_equal(mapped(vm), [0, 0, 0], "mapped")
            before = len(vm.log())
            vm.control("ring 1")
            wait_for("a look", lambda: "GET_PENDING 0" in vm.log()[before:])
            start_queue(vm)
            check_equal(ask(vm, 32)[-1], "answer ACK plugged=32 mapped=32,16,0",
                        "PLUG")
        check_clean(vm)


@test
def confirm_reset_fails():
    """confirmation: what a reset cannot unplug is mapped again"""
    with qemu_with(DEVICE, "-S", env={
            "FAKE_VHOST_MEM_FAIL": "SYSTEM_RESET=5"}).start() as vm:
        listen(vm)
        ask(vm, 32)
        before = len(vm.log())
        vm.qmp("system_reset")
        vm.event("RESET")
        check_equal(since(vm, before, "listener", "listener 0 map"),
                    ["listener 0 unmap 0+32", "listener 0 map 0+32"], "listener")
        check_contains(vm.errors(), "vhost-mem vm1: cannot unplug all memory")


@test
def confirm_migration():
    """confirmation, migration: the source's change is BUSY, the target maps the map"""
    with two_vms() as (source, target, uri):
        for vm in source, target:
            listen(vm)
        ask(source, 64)
        slowly(source)
        source.control(f"ask {128 * MIB}")
        wait_for("the question", lambda: source.log()[-1] == "asked")
        before = len(source.log())
        source.qmp("migrate", uri=uri)
        check_equal(since(source, before, "SET_FROZEN", "answer"), [
            "SET_FROZEN 0x1", "answer BUSY plugged=64 mapped=64,0,0"], "source")
        source.control("ring 1")
        quickly(source)
        wait_until(source, "completed")
        wait_for("memory", lambda: target.get("size") == 64 * MIB)
        check(in_order(target.log(), [
            ON, "SYSTEM_RESET", "SET_BLOCK_MAP", "listener 0 map 0+64"]),
              target.log())
        check_equal(mapped(source), [64, 0, 0], "source")
        check_equal(mapped(target), [64, 0, 0], "target")
        check_equal(ask(target, 32)[-1], "answer ACK plugged=32 mapped=32,0,0",
                    "UNPLUG at the target")
        check_clean(source)
        check_clean(target)


@test
def confirm_migration_fails():
    """confirmation, migration: a target that cannot map the memory is none"""
    with two_vms() as (source, target, uri):
        listen(target)
        target.control("listener-fails 0 12")
        ask(source, 64)
        source.qmp("migrate", uri=uri)
        check_equal(target.wait(), 1, "exit status of the target")
        check_contains(target.errors(), "cannot map memory for DMA: Cannot allocate"
                       " memory")
        wait_until(source, "failed")


@test
def confirm_unplug_device():
    """confirmation: device_del while the kernel asks"""
    if config.version.startswith("7."):
        return NOT_BY_THIS_QEMU
    with qemu_with("vhost-mem-pci,id=vm1,size=1G", "-S").start() as vm:
        listen(vm, 0, 0, GIB)
        vm.control(f"ask {64 * MIB}")
        wait_for("the question", lambda: vm.log()[-1] == "asked")
        vm.qmp("device_del", id="vm1")
        before = len(vm.log())
        vm.qmp("system_reset")
        vm.event("DEVICE_DELETED")
        wait_for("the end", lambda: OFF in vm.log()[before:])
        check_equal([x for x in vm.log()[before:] if x.startswith("answer")],
                    ["answer BUSY plugged=0 mapped=0,0,0"], "answers")
        vm.control("ring 1")
        check_equal(vm.qmp("query-status")["status"], "prelaunch", "status")
        check_clean(vm)
    return None

# SPDX-License-Identifier: GPL-2.0-or-later
"""Hot-plug and unplug, and the other devices of the machine."""

import os

from harness import (
    DEVICE, GIB, MIB, Failure, Skip, check, check_contains, check_equal, config,
    qemu, qemu_with, test)
from qemu import PciFunction, QMPError, wait_for


def hot_plug(vm, **extra):
    vm.qmp("device_add", driver="vhost-mem-pci", id="hot", size=GIB,
           requested_size=512 * MIB, **extra)


@test
def hot_plug_pc():
    """hot-plug into pc; device_del is refused"""
    with qemu().start() as vm:
        hot_plug(vm)
        check_equal(vm.memory_device("hot")["data"]["requested-size"],
                    512 * MIB, "requested-size")
        check("SET_REQUESTED_SIZE 0x20000000" in vm.log(), vm.log())
        try:
            vm.qmp("device_del", id="hot")
            raise Failure("device_del was accepted")
        except QMPError as error:
            check_contains(str(error), "vhost-mem device 'hot' cannot be"
                           " unplugged")
        check(vm.memory_device("hot"), "device has gone")


@test
def hot_plug_q35():
    """hot-plug into q35 behind a root port; cold plug into the root complex"""
    with qemu("-device", "pcie-root-port,id=rp0,chassis=1", "-device", DEVICE,
              machine="q35").start() as vm:
        hot_plug(vm, bus="rp0")
        check(vm.memory_device("hot"), "no hot-plugged device")
        check(vm.memory_device("vm1"), "no cold-plugged device")


def memfds(pid, kind):
    """How many descriptors of the fake's devices, or of their memory, are open."""
    count = 0
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += f"memfd:vhost-mem-{kind}" in \
                os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            pass
    return count


@test
def hot_plug_fails():
    """hot-plug: what fails leaves nothing behind, and can be repeated"""
    with qemu().start() as vm:
        for properties, message in (
                ({"size": 3 * MIB}, "not a multiple"),
                ({"size": GIB, "memaddr": 0x1000}, "memaddr 0x1000"),
                ({"size": 64 * GIB}, "not enough space"),
                ({"size": GIB, "dev": "/dev/null"}, "/dev/null")):
            try:
                vm.qmp("device_add", driver="vhost-mem-pci", id="hot",
                       **properties)
                raise Failure(f"{properties} was accepted")
            except QMPError as error:
                check_contains(str(error), message)
        # The fake keeps a descriptor of each region's memory for itself.
        wait_for("closed files", lambda:
                 memfds(vm.process.pid, "device") == 0 and
                 memfds(vm.process.pid, "memory") == 1)
        hot_plug(vm)
        check_equal(len(vm.qmp("query-memory-devices")), 1, "devices")


@test
def other_devices():
    """the other memory and hot-pluggable devices still work beside it"""
    with qemu("-device", DEVICE, "-object",
              "memory-backend-ram,id=dimm,size=128M",
              "-smp", "1,maxcpus=2").start() as vm:
        vm.qmp("device_add", driver="pc-dimm", id="dimm0", memdev="dimm")
        vm.qmp("object-add", qom_type="memory-backend-ram", id="vmem",
               size=256 * MIB)
        vm.qmp("device_add", driver="virtio-mem-pci", id="vmem0",
               memdev="vmem")
        vm.qmp("device_add", driver="virtio-rng-pci", id="rng0")
        check_equal(len(vm.qmp("query-memory-devices")), 3, "devices")
        cpus = vm.qmp("query-hotpluggable-cpus")
        new = next(cpu for cpu in cpus if "qom-path" not in cpu)
        arguments = {name.replace("-", "_"): value
                     for name, value in new["props"].items()}
        vm.qmp("device_add", driver=new["type"], **arguments)
        vm.qmp("device_del", id="rng0")


def leaving(vm):
    """What the kernel has been told of unplugging, in order."""
    return [int(line.split()[1], 0) for line in vm.log()
            if line.startswith("SET_LEAVING")]


NOT_BY_THIS_QEMU = "this QEMU cannot unplug the device"


def refuse_unplug(vm, message):
    try:
        vm.qmp("device_del", id="vm1")
        raise Failure("device_del was accepted")
    except QMPError as error:
        check_contains(str(error), message)


@test
def unplug():
    """device_del: the kernel knows that the device is leaving"""
    if config.version.startswith("7."):
        raise Skip(NOT_BY_THIS_QEMU)
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {2 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 2 * MIB)
        refuse_unplug(vm, "cannot be unplugged: the guest still has 0x200000")
        vm.control("plug 0")
        wait_for("plugged size", lambda: vm.get("size") == 0)
        refuse_unplug(vm, "cannot be unplugged: its requested-size is"
                      " 0x40000000, not 0")
        wait_for("both refusals", lambda: leaving(vm) == [1, 0, 1, 0])
        vm.set("requested-size", 2 * GIB)
        vm.set("requested-size", 0)
        vm.qmp("device_del", id="vm1")
        check_equal(vm.get("requested-size"), 0, "requested-size")
        check_equal(leaving(vm), [1, 0, 1, 0, 1], "leaving")
        try:
            vm.set("requested-size", MIB)
            raise Failure("another size was accepted")
        except QMPError as error:
            check_contains(str(error), "while the device is being unplugged")
        # Which removes what is to go.
        vm.qmp("system_reset")
        vm.event("DEVICE_DELETED")
        check_equal(leaving(vm), [1, 0, 1, 0, 1], "leaving")
        wait_for("a closed file",
                 lambda: memfds(vm.process.pid, "device") == 0)
    return None


@test
def unplug_refused():
    """device_del that the bus refuses: the device does not leave"""
    if config.version.startswith("7."):
        raise Skip(NOT_BY_THIS_QEMU)
    with qemu("-S", "-global",
              "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
              "-device", "pcie-root-port,id=rp0,chassis=1,addr=2", "-device",
              "vhost-mem-pci,id=vm1,size=1G,bus=rp0",
              machine="q35").start() as vm:
        port = PciFunction(vm, 2)
        control = next(port.capabilities(0x10)) + 0x18
        # The guest is busy with the slot: its light blinks.
        port.config_write(control, 2, port.config_read(control, 2) & ~0x300 |
                          0x200)
        try:
            vm.qmp("device_del", id="vm1")
        except QMPError:
            # Some versions do not tell.
            pass
        wait_for("the refusal", lambda: leaving(vm) == [1, 0])
        vm.set("requested-size", 512 * MIB)
    return None


@test
def unplug_old_kernel():
    """device_del with a kernel that cannot be told"""
    if config.version.startswith("7."):
        raise Skip(NOT_BY_THIS_QEMU)
    with qemu_with("vhost-mem-pci,id=vm1,size=1G", "-S", env={
            "FAKE_VHOST_MEM_FAIL": "SET_LEAVING=25"}).start() as vm:
        vm.qmp("device_del", id="vm1")
        vm.qmp("system_reset")
        vm.event("DEVICE_DELETED")
    return None


@test
def two_devices():
    """two devices: a region each, addresses do not overlap"""
    with qemu("-device", "vhost-mem-pci,id=a,size=1G", "-device",
              "vhost-mem-pci,id=b,size=2G", "-S").start() as vm:
        a = vm.memory_device("a")["data"]
        b = vm.memory_device("b")["data"]
        check(a["memaddr"] + a["max-size"] <= b["memaddr"] or
              b["memaddr"] + b["max-size"] <= a["memaddr"], (a, b))

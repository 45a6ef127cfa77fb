# SPDX-License-Identifier: GPL-2.0-or-later
"""Accesses to unplugged memory, and SIGBUS for other reasons."""

import os
import re
import signal

from harness import (
    ADDRESS, DEVICE, MIB, check, check_contains, check_equal, config,
    qemu_with, test)
from qemu import QMPError, wait_for


def check_sigbus(vm, address, text, direction="read of"):
    check_equal(vm.wait(), -signal.SIGBUS, "exit status")
    errors = vm.errors()
    check_contains(errors, "vhost-mem vm1: QEMU ends with SIGBUS:"
                   f" {direction} unplugged memory at guest address"
                   f" {address:#x} {text} (see 'vmemctl show vm1')\n")


@test
def sigbus_monitor():
    """SIGBUS in the main thread: message with id, address and direction"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {2 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 2 * MIB)
        check_contains(vm.hmp(f"xp /x {ADDRESS:#x}"), "0x00000000")
        try:
            vm.hmp(f"xp /x {ADDRESS + 6 * MIB:#x}")
        except QMPError:
            pass
        check_sigbus(vm, ADDRESS + 6 * MIB, "by a device or a monitor command")


@test
def sigbus_labels():
    """SIGBUS message: region's name or number where the id is another one"""
    for device, label, region in (
            ("id=vm1,name=web,size=1G", "vm1", "web"),
            ("size=1G", "(no id)", "1")):
        with qemu_with(f"vhost-mem-pci,{device},memaddr={ADDRESS:#x}",
                       "-S").start() as vm:
            try:
                vm.hmp(f"xp /x {ADDRESS:#x}")
            except QMPError:
                pass
            vm.wait()
            check_contains(vm.errors(), f"vhost-mem {label}: QEMU ends")
            check_contains(vm.errors(), f"'vmemctl show {region}'")


@test
def sigbus_pmemsave():
    """SIGBUS in pmemsave, at the first unplugged byte"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {4 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 4 * MIB)
        try:
            vm.qmp("pmemsave", val=ADDRESS, size=8 * MIB,
                   filename="/dev/null")
            vm.qmp("pmemsave", val=ADDRESS, size=8 * MIB,
                   filename=os.path.join(vm.dir.name, "out"))
        except QMPError:
            pass
        check_equal(vm.wait(), -signal.SIGBUS, "exit status")
        check_contains(vm.errors(), f"guest address {ADDRESS + 4 * MIB:#x}")


@test
def sigbus_cpu():
    """SIGBUS in a virtual CPU's thread"""
    for access, direction in ("read", "read of"), ("write", "write to"):
        image = os.path.join(config.guests, f"touch-{access}.img")
        with qemu_with(DEVICE, "-cpu", "max", "-drive",
                       f"file={image},format=raw,snapshot=on") as vm:
            check_sigbus(vm, ADDRESS + 2 * MIB, "in a virtual CPU's thread",
                         direction)


@test
def cpu_fault():
    """a virtual CPU's access, with KVM: the VM is stopped, with a message"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {4 * MIB}")
        vm.event("MEMORY_DEVICE_SIZE_CHANGE")
        vm.control(f"cpu-fault {6 * MIB}")
        # Commands are taken in order.
        vm.control(f"plug {6 * MIB}")
        vm.event("MEMORY_DEVICE_SIZE_CHANGE")
        vm.qmp("cont")
        wait_for("the VM to stop", lambda:
                 vm.qmp("query-status")["status"] == "internal-error")
        errors = vm.errors()
        check_contains(errors, "vhost-mem vm1: the VM is stopped: access to"
                       " unplugged memory at guest address"
                       f" {ADDRESS + 6 * MIB:#x} by a virtual CPU (see"
                       " 'vmemctl show vm1')\n")
        check("if KVM reported" not in errors, errors)
        check_equal(vm.quit(), 0, "exit status")


def blocked_sigbus(pid):
    blocked = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as f:
            text = f.read()
        mask = int(re.search(r"SigBlk:\s*([0-9a-f]+)", text).group(1), 16)
        if mask & 1 << signal.SIGBUS - 1:
            blocked.append(task)
    return blocked


@test
def sigbus_threads():
    """SIGBUS is unblocked in the main thread, virtual CPUs and I/O threads"""
    with qemu_with(DEVICE, "-smp", "2,maxcpus=3", "-object",
                   "iothread,id=io0").start() as vm:
        pid = vm.process.pid
        ours = [pid]
        ours += [cpu["thread-id"] for cpu in vm.qmp("query-cpus-fast")]
        ours += [t["thread-id"] for t in vm.qmp("query-iothreads")]
        check_equal(len(ours), 4, "threads")
        wait_for("unblocked threads", lambda: not
                 {str(t) for t in ours} & set(blocked_sigbus(pid)), 10)
        vm.qmp("object-add", qom_type="iothread", id="io1")
        added = {str(t["thread-id"]) for t in vm.qmp("query-iothreads")} - \
            {str(t) for t in ours}
        check_equal(len(added), 1, "threads added")
        wait_for("an unblocked thread that was added", lambda: not
                 added & set(blocked_sigbus(pid)), 10)


@test
def sigbus_elsewhere():
    """SIGBUS that is not about a region ends QEMU as before"""
    with qemu_with(DEVICE, "-S").start() as vm:
        os.kill(vm.process.pid, signal.SIGBUS)
        check_equal(vm.wait(), -signal.SIGBUS, "exit status")
        check("unplugged" not in vm.errors(), vm.errors())


def reported(vm):
    # An ioctl, for the fake to raise the signal if it has not yet.
    vm.get("size")
    try:
        return vm.event("MEMORY_FAILURE", timeout=0.1)
    except TimeoutError:
        return None


@test
def sigbus_memory_error():
    """a memory error that the hardware reports goes to QEMU's main loop"""
    with qemu_with(DEVICE, "-S").start() as vm:
        wait_for("unblocked main thread",
                 lambda: str(vm.process.pid) not in
                 blocked_sigbus(vm.process.pid))
        for _ in range(2):
            vm.control("memory-error 0x1000")
            # In the main loop QEMU can tell, and goes on.
            wait_for("QEMU's report", lambda: reported(vm))
        check_equal(vm.qmp("query-status")["status"], "prelaunch", "status")
        check_equal(str(vm.process.pid) in blocked_sigbus(vm.process.pid),
                    False, "SIGBUS is blocked afterwards")


@test
def internal_error():
    """internal error of the VM: warning with the address range"""
    with qemu_with().start() as vm:
        # The number of "internal-error" in QEMU's enum RunState.
        vm.control("vmstop 2")
        wait_for("the VM to stop", lambda:
                 vm.qmp("query-status")["status"] == "internal-error")
        check_contains(vm.errors(), "vhost-mem vm1: the VM has stopped with an"
                       " internal error; if KVM reported 'Bad address', the"
                       " guest may have accessed unplugged memory in"
                       " 0x140000000-0x23fffffff: see the refused faults in"
                       " 'vmemctl show vm1'")

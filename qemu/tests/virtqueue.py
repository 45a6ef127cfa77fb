# SPDX-License-Identifier: GPL-2.0-or-later
"""The request virtqueue: start, stop, interrupts and system reset."""

from harness import (
    DEVICE, F_INACCESSIBLE, F_VERSION_1, GIB, MIB, START, check,
    check_contains, check_equal, in_order, qemu_with, start_queue, test)
from qemu import VirtioPci, wait_for


@test
def queue_start_stop():
    """queue: start, virtio reset without unplug, start again"""
    with qemu_with().start() as vm:
        driver = start_queue(vm)
        vm.control(f"plug {128 * MIB}")
        vm.event("MEMORY_DEVICE_SIZE_CHANGE")
        before = len(vm.log())
        driver.reset()
        log = vm.log()[before:]
        check(in_order(log, ["SET_RUNNING 0x0", "GET_VRING_BASE"]), log)
        check("SYSTEM_RESET 0x0" not in log, log)
        check_equal(vm.get("size"), 128 * MIB, "plugged size")
        before = len(vm.log())
        check(driver.start(F_VERSION_1 | F_INACCESSIBLE), "refused")
        check(in_order(vm.log()[before:], START), vm.log()[before:])
        check(not [x for x in vm.log() if "BUG" in x], vm.log())


@test
def stop_cont():
    """queue: monitor's stop and cont keep the position in the ring"""
    with qemu_with().start() as vm:
        start_queue(vm)
        before = len(vm.log())
        vm.qmp("stop")
        log = vm.log()[before:]
        check(in_order(log, ["SET_RUNNING 0x0", "GET_VRING_BASE"]), log)
        before = len(vm.log())
        vm.qmp("cont")
        log = vm.log()[before:]
        check(in_order(log, START), log)
        check("SET_VRING_BASE 3" in log, log)


@test
def config_interrupt():
    """interrupt: for a new requested or usable size, not for plugged size"""
    with qemu_with(DEVICE + ",vectors=0").start() as vm:
        driver = start_queue(vm)
        driver.interrupt_status()
        vm.control(f"plug {128 * MIB}")
        vm.event("MEMORY_DEVICE_SIZE_CHANGE")
        check_equal(driver.interrupt_status() & 2, 0, "after plug")
        vm.control(f"request {2 * GIB}")
        wait_for("an interrupt", lambda: driver.interrupt_status() & 2)
        vm.control(f"usable {3 * GIB}")
        wait_for("an interrupt", lambda: driver.interrupt_status() & 2)
        vm.set("requested-size", GIB)
        wait_for("an interrupt", lambda: driver.interrupt_status() & 2)


@test
def system_reset():
    """system_reset: queue stopped first, then everything is unplugged"""
    with qemu_with().start() as vm:
        start_queue(vm)
        vm.control(f"plug {128 * MIB}")
        vm.event("MEMORY_DEVICE_SIZE_CHANGE")
        before = len(vm.log())
        vm.qmp("system_reset")
        vm.event("RESET")
        log = vm.log()[before:]
        check(in_order(log, ["SET_RUNNING 0x0", "GET_VRING_BASE",
                             "SYSTEM_RESET"]), log)
        check_equal(vm.event("MEMORY_DEVICE_SIZE_CHANGE")["size"], 0, "size")
        check_equal(vm.get("requested-size"), GIB, "requested-size")
        start_queue(vm)


@test
def queue_start_fails():
    """queue: a kernel that refuses to start is reported, QEMU goes on"""
    with qemu_with(env={"FAKE_VHOST_MEM_FAIL": "SET_RUNNING=12"}).start() as vm:
        vm.wait_for_firmware()
        driver = VirtioPci(vm, 2)
        driver.start(F_VERSION_1 | F_INACCESSIBLE)
        # The write that started it came from the monitor.
        check_contains(driver.output, "vhost-mem vm1: cannot start the request"
                       " queue: Cannot allocate memory")
        check_equal(vm.qmp("query-status")["status"], "running", "status")
        check_equal(vm.quit(), 0, "exit status")

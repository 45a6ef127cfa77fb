# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of migration: two QEMUs, each with its own fake of the kernel's side."""

import contextlib
import os
import struct
import tempfile

from harness import (
    ADDRESS, DEVICE, GIB, MIB, START, Failure, Skip, check, check_contains,
    check_equal, config, in_order, qemu, qemu_with, start_queue, test, tests)
from qemu import QMPError, VirtioPci, wait_for

SEED = 0x5eed00000000
PLUGGED = 64 * MIB

NODES = ["-object", "memory-backend-ram,id=m0,size=128M",
         "-object", "memory-backend-ram,id=m1,size=128M",
         "-numa", "node,memdev=m0", "-numa", "node,memdev=m1"]


def set_capabilities(vm, *names):
    vm.qmp("migrate-set-capabilities", capabilities=[
        {"capability": name, "state": True} for name in names])


def plug(vm, size=PLUGGED):
    """As if the guest had plugged memory, and written to all of it."""
    vm.control(f"plug {size}")
    vm.control(f"fill {SEED}")
    wait_for("memory with data", lambda: "filled" in vm.log())


def check_memory(vm, size=PLUGGED):
    """The first and last word of each MiB, as the guest would see them."""
    check_equal(vm.get("size"), size, "plugged size")
    for offset in range(0, size, MIB):
        for word in offset, offset + MIB - 8:
            out = vm.hmp(f"xp /gx {ADDRESS + word:#x}")
            check_contains(out, f"{SEED + word:#018x}", f"offset {word:#x}")


def status(vm):
    return vm.qmp("query-migrate").get("status")


def wait_until(vm, wanted):
    """Waits for the migration to be so, or at its end."""
    ends = "completed", "failed", "cancelled"
    got = wait_for(f"migration to be {wanted}",
                   lambda: status(vm) in (wanted, *ends) and status(vm))
    check_equal(got, wanted, "migration")


def run_state(vm):
    return vm.qmp("query-status")["status"]


def wait_running(vm):
    wait_for("a running VM", lambda: run_state(vm) == "running")


def frozen(vm):
    """What the kernel has been told of freezing, in order."""
    return [int(line.split()[1], 0) for line in vm.log()
            if line.startswith("SET_FROZEN")]


def check_alive(vm):
    """A source that goes on: it runs, and its region can change again."""
    wait_running(vm)
    wait_for("a region that is not frozen",
             lambda: frozen(vm) and frozen(vm)[-1] == 0)


@contextlib.contextmanager
def two_vms(source=DEVICE, target=DEVICE, *args, capabilities=(), **kwargs):
    """Yields a running source, a waiting target, and where that listens."""
    with tempfile.TemporaryDirectory() as path:
        uri = f"unix:{path}/socket"
        with qemu_with(source, *args) as vm1, \
                qemu_with(target, *args, "-incoming", "defer",
                          **kwargs) as vm2:
            for vm in vm1, vm2:
                vm.start()
                if capabilities:
                    set_capabilities(vm, *capabilities)
            vm2.qmp("migrate-incoming", uri=uri)
            try:
                yield vm1, vm2, uri
            except (Failure, QMPError, TimeoutError, BrokenPipeError) as error:
                raise Failure(f"{error}; source: {vm1.errors()!r},"
                              f" target: {vm2.errors()!r}") from error


def slowly(vm):
    """So that a migration that is begun does not end by itself."""
    vm.qmp("migrate-set-parameters", max_bandwidth=MIB)


def quickly(vm):
    vm.qmp("migrate-set-parameters", max_bandwidth=16 * GIB)


@test
def migrate_live():
    """migration, live: memory, block map and sizes arrive"""
    with two_vms() as (source, target, uri):
        source.control(f"request {2 * GIB}")
        source.control(f"usable {3 * GIB}")
        plug(source)
        before = len(target.log())
        source.qmp("migrate", uri=uri)
        wait_until(source, "completed")
        wait_running(target)
        check_memory(target)
        check_equal(target.get("requested-size"), 2 * GIB, "requested-size")
        check_equal(VirtioPci(target, 2).read_config()["usable_region_size"],
                    3 * GIB, "usable size")
        log = target.log()[before:]
        check(in_order(log, [
            "SET_REQUESTED_SIZE 0x80000000", "SYSTEM_RESET",
            "SET_USABLE_SIZE 0xc0000000", "SET_BLOCK_MAP first=0 nr=2048"
            " plugged=32", "SET_REQUESTED_SIZE 0x80000000"]), log)
        check_equal(source.errors() + target.errors(), "", "messages")


@test
def migrate_smaller_usable():
    """migration: a usable size that is smaller than the target's, too"""
    with two_vms(target=DEVICE.replace("=1G", "=3G")) as (source, target, uri):
        plug(source)
        source.qmp("migrate", uri=uri)
        wait_until(source, "completed")
        wait_running(target)
        check_equal(target.get("requested-size"), GIB, "requested-size")
        check_equal(VirtioPci(target, 2).read_config()["usable_region_size"],
                    5 * GIB // 4, "usable size")


@test
def migrate_queue():
    """migration: the queue goes on where it was, the guest gets an interrupt"""
    device = DEVICE + ",vectors=0"
    with two_vms(device, device) as (source, target, uri):
        start_queue(source).interrupt_status()
        plug(source)
        slowly(source)
        source.qmp("migrate", uri=uri)
        wait_until(source, "active")
        log = source.log()
        check(in_order(log, ["SET_FROZEN 0x1", "SET_LOG_BASE",
                             "SET_FEATURES"]), log)
        features = int([x for x in log if x.startswith("SET_FEATURES")][-1]
                       .split()[1], 0)
        check(features & 1 << 26, f"not logged: {features:#x}")
        quickly(source)
        wait_until(source, "completed")
        check(in_order(source.log(), ["SET_FROZEN 0x1", "SET_RUNNING 0x0",
                                      "GET_VRING_BASE", "SET_FROZEN 0x0"]),
              source.log())
        wait_running(target)
        check(in_order(target.log(), ["SET_BLOCK_MAP"] + START), target.log())
        check("SET_VRING_BASE 3" in target.log(), target.log())
        driver = VirtioPci(target, 2)
        wait_for("an interrupt", lambda: driver.interrupt_status() & 2)


@test
def migrate_request_meanwhile():
    """migration: a size requested meanwhile arrives"""
    with two_vms() as (source, target, uri):
        plug(source)
        slowly(source)
        source.qmp("migrate", uri=uri)
        wait_until(source, "active")
        source.control(f"request {3 * GIB}")
        quickly(source)
        wait_until(source, "completed")
        wait_running(target)
        check_equal(target.get("requested-size"), 3 * GIB, "requested-size")
        check_memory(target)


@test
def migrate_file():
    """migration to a file: the source can go on; the target starts from it"""
    with tempfile.TemporaryDirectory() as path:
        with qemu_with().start() as source:
            plug(source)
            source.qmp("migrate", uri=f"exec:cat >{path}/state")
            wait_until(source, "completed")
            source.qmp("cont")
            check_alive(source)
            check_equal(frozen(source), [1, 0], "frozen")
            check_memory(source)
        size = os.path.getsize(f"{path}/state")
        check(PLUGGED <= size < PLUGGED + 16 * MIB, f"size of the file: {size}")
        with qemu_with(DEVICE, "-incoming",
                       f"exec:cat {path}/state").start() as target:
            wait_running(target)
            check_memory(target)


@test
def migrate_paused():
    """migration of a VM that is paused: it is on the target, too"""
    with two_vms() as (source, target, uri):
        plug(source)
        source.qmp("stop")
        source.qmp("migrate", uri=uri)
        wait_until(source, "completed")
        wait_for("a paused VM", lambda: run_state(target) == "paused")
        check_memory(target)
        target.qmp("cont")
        check_memory(target)


@test
def migrate_multifd():
    """migration: pages beside the stream do not overtake the block map"""
    with two_vms(capabilities=("multifd",), env={
            "FAKE_VHOST_MEM_SLOW": "SET_BLOCK_MAP"}) as (source, target, uri):
        plug(source, 256 * MIB)
        quickly(source)
        source.qmp("migrate", uri=uri)
        wait_until(source, "completed")
        wait_running(target)
        check_memory(target, 256 * MIB)


@test
def migrate_mapped():
    """migration to a file in which each page has its place"""
    if config.version.startswith("7."):
        raise Skip("this QEMU has no mapped-ram")
    with tempfile.TemporaryDirectory() as path:
        uri = f"file:{path}/state"
        with qemu_with().start() as source:
            set_capabilities(source, "mapped-ram")
            plug(source)
            source.qmp("migrate", uri=uri)
            wait_until(source, "completed")
        with qemu_with(DEVICE, "-incoming", "defer").start() as target:
            set_capabilities(target, "mapped-ram")
            target.qmp("migrate-incoming", uri=uri)
            wait_running(target)
            check_memory(target)
    return None


@test
def migrate_nothing_plugged():
    """migration: nothing plugged"""
    with two_vms() as (source, target, uri):
        source.qmp("migrate", uri=uri)
        wait_until(source, "completed")
        wait_running(target)
        check_equal(target.get("size"), 0, "plugged size")


@test
def migrate_two_devices():
    """migration: two devices"""
    other = "vhost-mem-pci,id=vm2,size=1G,requested-size=512M"
    with two_vms(DEVICE, DEVICE, "-device", other) as (source, target, uri):
        source.set("requested-size", 256 * MIB, "vm2")
        # The fake's commands are for the one that was created last.
        plug(source, 32 * MIB)
        source.qmp("migrate", uri=uri)
        wait_until(source, "completed")
        wait_running(target)
        check_equal(target.get("size", "vm2"), 32 * MIB, "plugged size")
        check_equal(target.get("requested-size", "vm2"), 256 * MIB,
                    "requested-size")
        check_equal(target.get("requested-size"), GIB, "requested-size")


@test
def migrate_cancel():
    """migration, cancelled: the source goes on, and can be migrated later"""
    device = DEVICE + ",vectors=0"
    with two_vms(device, device) as (source, _, uri):
        driver = start_queue(source)
        plug(source)
        slowly(source)
        source.qmp("migrate", uri=uri)
        wait_until(source, "active")
        check_equal(frozen(source), [1], "frozen")
        driver.interrupt_status()
        source.qmp("migrate_cancel")
        wait_until(source, "cancelled")
        check_alive(source)
        check_equal(frozen(source), [1, 0], "frozen")
        wait_for("an interrupt", lambda: driver.interrupt_status() & 2)
        quickly(source)
        source.qmp("migrate", uri="exec:cat >/dev/null")
        wait_until(source, "completed")
        check_equal(frozen(source), [1, 0, 1, 0], "frozen")


@test
def migrate_reset_meanwhile():
    """migration: a reset meanwhile leaves the memory to the guest's driver"""
    with two_vms() as (source, target, uri):
        start_queue(source)
        plug(source)
        slowly(source)
        source.qmp("migrate", uri=uri)
        wait_until(source, "active")
        source.qmp("system_reset")
        source.event("RESET")
        # Which resets the VM once more by itself.
        source.wait_for_firmware()
        quickly(source)
        wait_until(source, "completed")
        wait_running(target)
        check_equal(target.get("size"), PLUGGED, "plugged size")
        check_equal(source.errors(), "", "messages")


# What differs, on the source and on the target, and what the target says.
MISMATCHES = [
    ("size", "size=4G", "size=8G", ["0x100000000", "0x200000000"], []),
    ("block size", "block-size=2M", "block-size=4M",
     ["the source has block-size 0x200000, the target has 0x400000"], []),
    ("node", "node=1", "node=0",
     ["the source has node 0x1, the target has 0x0"], NODES),
    ("address", f"memaddr={ADDRESS:#x}", f"memaddr={ADDRESS + GIB:#x}",
     ["the source has memaddr 0x140000000, the target has 0x180000000"], []),
]


def make_mismatch_test(here, there, messages, args):
    def function():
        source_device = DEVICE if here in DEVICE else f"{DEVICE},{here}"
        target_device = DEVICE.replace(here, there) if here in DEVICE else \
            f"{DEVICE},{there}"
        with two_vms(source_device, target_device, *args,
                     memory="256M,slots=4,maxmem=16G") as (source, target, uri):
            plug(source)
            slowly(source)
            source.qmp("migrate", uri=uri)
            check_equal(target.wait(), 1, "the target's exit status")
            for message in messages:
                check_contains(target.errors(), message, "message")
            wait_until(source, "failed")
            check_alive(source)
            check_memory(source)
    return function


for entry in MISMATCHES:
    tests.append((f"migration refused: another {entry[0]}",
                  make_mismatch_test(*entry[1:])))


def check_target_refuses(device, error, message):
    """The target's kernel does not plug what is plugged on the source."""
    with two_vms(target=device,
                 env={"FAKE_VHOST_MEM_FAIL": f"SET_BLOCK_MAP={error}"}) as \
            (source, target, uri):
        plug(source)
        slowly(source)
        source.qmp("migrate", uri=uri)
        check_equal(target.wait(), 1, "the target's exit status")
        check_contains(target.errors(), "vhost-mem vm1: the VM cannot be"
                       " migrated to here: " + message)
        wait_until(source, "failed")
        check_alive(source)


@test
def migrate_limit():
    """migration refused: more is plugged than the target's kernel allows"""
    check_target_refuses(DEVICE, 122, "the kernel refused to plug 0x4000000"
                         " bytes: Disk quota exceeded")


@test
def migrate_hugetlb():
    """migration refused: the target's pool has too few huge pages"""
    check_target_refuses(DEVICE + ",backing=hugetlb", 63, "the host's pool, or"
                         " the VM's cgroup, has too few huge pages to plug"
                         " 0x4000000: it takes 32 of page-size 0x200000, and ")


def check_refused(vm, message):
    """A migration that cannot be; the VM goes on as if nothing had happened."""
    try:
        vm.qmp("migrate", uri="exec:cat >/dev/null")
        wait_until(vm, "failed")
        errors = vm.qmp("query-migrate").get("error-desc", "")
    except QMPError as error:
        errors = str(error)
    check_contains(errors, message, "error")
    wait_running(vm)
    check_equal(frozen(vm)[-1:] in ([], [0]), True, "not frozen")


@test
def migrate_postcopy():
    """migration refused: postcopy"""
    with qemu_with().start() as vm:
        plug(vm)
        set_capabilities(vm, "postcopy-ram")
        check_refused(vm, "vhost-mem vm1: its memory cannot be migrated by"
                      " postcopy: switch the capability 'postcopy-ram' off")
        check_memory(vm)


@test
def migrate_background_snapshot():
    """migration refused: background snapshot"""
    with qemu_with().start() as vm:
        plug(vm)
        try:
            set_capabilities(vm, "background-snapshot")
        except QMPError:
            raise Skip("this host has no userfaultfd") from None
        for _ in range(2):
            check_refused(vm, "vhost-mem vm1: its memory cannot be in a"
                          " background snapshot: switch the capability"
                          " 'background-snapshot' off")
        check_memory(vm)
        return None


@test
def migrate_ignore_shared():
    """migration refused: with the memory left out as shared"""
    if not config.version.startswith("7."):
        raise Skip("only named files are left out by this QEMU")
    with qemu_with().start() as vm:
        set_capabilities(vm, "x-ignore-shared")
        check_refused(vm, "vhost-mem vm1: its memory is not shared with the"
                      " target: switch the capability 'x-ignore-shared' off")
    return None


@test
def only_migratable():
    """-only-migratable: the device is one that can migrate"""
    with qemu_with(DEVICE, "-S", "-only-migratable").start() as vm:
        check_equal(vm.quit(), 0, "exit status")


@test
def migrate_without_log():
    """migration refused: a kernel that does not log its writes"""
    with qemu_with(env={"FAKE_VHOST_MEM_NO_LOG_ALL": "1"}).start() as vm:
        check_refused(vm, "VHOST_F_LOG_ALL")


@test
def migrate_without_freeze():
    """migration refused: a kernel that cannot freeze the region"""
    with qemu_with(env={"FAKE_VHOST_MEM_FAIL": "SET_FROZEN=25"}).start() as vm:
        plug(vm)
        check_refused(vm, "vhost-mem vm1: the kernel cannot freeze the memory"
                      " region: Inappropriate ioctl for device")


def write_empty_qcow2(path):
    """A disk of 512 MiB that can have snapshots; qemu-img may not be there."""
    cluster = 1 << 16
    header = struct.pack(">IIQIIQIIQQIIQ", 0x514649fb, 2, 0, 0, 16, 512 * MIB,
                         0, 1, 3 * cluster, cluster, 1, 0, 0)
    with open(path, "wb") as image:
        image.truncate(4 * cluster)
        image.write(header)
        # The table of reference counts, then those of the four clusters.
        image.seek(cluster)
        image.write(struct.pack(">Q", 2 * cluster))
        image.seek(2 * cluster)
        image.write(struct.pack(">4H", 1, 1, 1, 1))


@test
def savevm():
    """migration refused: into an internal snapshot, by savevm"""
    with tempfile.TemporaryDirectory() as path:
        disk = f"{path}/disk.qcow2"
        write_empty_qcow2(disk)
        with qemu_with(DEVICE, "-drive", f"file={disk},if=none,id=d").start() \
                as vm:
            plug(vm)
            out = vm.hmp("savevm one")
            check_contains(out, "vhost-mem vm1: its memory cannot be in an"
                           " internal snapshot (savevm): migrate to a file"
                           " instead")
            wait_running(vm)
            check_contains(vm.hmp("info snapshots"), "no snapshot")
            check_memory(vm)


def measure_dirty_rate(vm):
    vm.qmp("calc-dirty-rate", calc_time=1)
    wait_for("the dirty rate", lambda: vm.qmp("query-dirty-rate")["status"] ==
             "measured")


@test
def dirty_rate():
    """calc-dirty-rate does not read unplugged memory, after migrations either"""
    with qemu_with().start() as vm:
        plug(vm)
        measure_dirty_rate(vm)
        vm.qmp("migrate", uri="exec:cat >/dev/null")
        wait_until(vm, "completed")
        vm.qmp("cont")
        wait_running(vm)
        measure_dirty_rate(vm)
    with two_vms() as (source, target, uri):
        plug(source)
        source.qmp("migrate", uri=uri)
        wait_running(target)
        wait_for("the migration's end", lambda: status(target) == "completed")
        measure_dirty_rate(target)

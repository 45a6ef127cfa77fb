# SPDX-License-Identifier: GPL-2.0-or-later
"""What QEMU's monitor and the guest see of the device, and what they can change."""

import re

from harness import (
    ADDRESS, DEVICE, F_INACCESSIBLE, F_SUSPEND, F_VERSION_1, F_GUEST_REPORT,
    GIB, MIB, Failure, check, check_contains, check_equal, config, qemu_with,
    test)
from qemu import QMPError, VirtioPci, wait_for


@test
def small_blocks():
    """block-size below 2 MiB: no huge pages; an odd region size works"""
    with qemu_with("vhost-mem-pci,id=vm1,size=12K,block-size=4K",
                   "-S").start() as vm:
        check("madvise NOHUGEPAGE 0x3000" in vm.log(), vm.log())
    with qemu_with(DEVICE, "-S").start() as vm:
        check(not [x for x in vm.log() if x.startswith("madvise")], vm.log())


@test
def memory_devices():
    """query-memory-devices, query-memory-size-summary, HMP's info"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {512 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 512 * MIB)
        check_equal(vm.memory_device(), {
            "type": "virtio-mem",
            "data": {
                "id": "vm1", "memaddr": ADDRESS, "node": 0,
                "requested-size": GIB, "size": 512 * MIB,
                "max-size": 4 * GIB, "block-size": 2 * MIB,
                "memdev": "/machine/peripheral/vm1/virtio-backend",
            }}, "query-memory-devices")
        summary = vm.qmp("query-memory-size-summary")
        check_equal(summary["plugged-memory"], 512 * MIB, "plugged-memory")
        info = vm.hmp("info memory-devices")
        check_contains(info, 'Memory device [virtio-mem]: "vm1"')
        check_contains(info, "size: 536870912")
        check_contains(vm.hmp("info numa"), "node 0 plugged: 512 MB")
        check_contains(vm.hmp("info ramblock"), "/vhost-mem")


@test
def properties():
    """qom-list; size is the plugged size, region-size the region's"""
    with qemu_with(DEVICE, "-S").start() as vm:
        names = {entry["name"] for entry in
                 vm.qmp("qom-list", path="/machine/peripheral/vm1")}
        wanted = {"size", "region-size", "requested-size", "block-size",
                  "node", "memaddr", "unplugged", "dev", "vhostfd", "name"}
        check(wanted <= names, f"missing: {wanted - names}")
        check_equal(vm.get("size"), 0, "size")
        check_equal(vm.get("region-size"), 4 * GIB, "region-size")
        check_equal(vm.get("requested-size"), GIB, "requested-size")
        check_equal(vm.get("block-size"), 2 * MIB, "block-size")
        check_equal(vm.get("memaddr"), ADDRESS, "memaddr")


@test
def property_help():
    """-device vhost-mem-pci,help works without a machine"""
    with qemu_with("vhost-mem-pci,help") as vm:
        check_equal(vm.wait(), 0, "exit status")
        out = vm.process.stdout.read().decode()
        check_contains(out, "requested-size=<size>")
        for name in ("size", "region-size", "requested-size", "block-size",
                     "node", "memaddr", "unplugged", "dev", "vhostfd", "name",
                     "guest-report", "host-nodes", "policy", "prealloc",
                     "reservation", "backing", "page-size", "reserved"):
            line = re.search(rf"^  {name}=<[a-z0-9]+> *(.*)$", out,
                             re.MULTILINE)
            check(line, f"{name} is missing: {out}")
            check(re.match(r"- [^(]", line.group(1)), line.group(0))


@test
def requested_size():
    """qom-set requested-size: the kernel is told, bad values are refused"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.set("requested-size", 2 * GIB)
        check("SET_REQUESTED_SIZE 0x80000000" in vm.log(), "not told")
        check_equal(vm.memory_device()["data"]["requested-size"], 2 * GIB,
                    "requested-size")
        before = vm.log()
        for value, message in (
                (MIB, "requested-size 0x100000 is not a multiple"),
                (8 * GIB, "requested-size 0x200000000 is more than the size")):
            try:
                vm.set("requested-size", value)
                raise Failure(f"{value} was accepted")
            except QMPError as error:
                check_contains(str(error), message)
        check_equal(vm.log(), before, "ioctls")
        for name in ("size", "block-size", "node", "region-size", "memaddr"):
            try:
                vm.set(name, 2 * GIB)
                raise Failure(f"{name} was changed")
            except QMPError:
                pass


@test
def administrator_resize():
    """a size requested behind QEMU's back shows"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"request {3 * GIB}")
        wait_for("requested size",
                 lambda: vm.get("requested-size") == 3 * GIB)


@test
def size_event():
    """event MEMORY_DEVICE_SIZE_CHANGE when the plugged size changes"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control(f"plug {128 * MIB}")
        check_equal(vm.event("MEMORY_DEVICE_SIZE_CHANGE"), {
            "id": "vm1", "size": 128 * MIB,
            "qom-path": "/machine/peripheral/vm1"}, "event")
        vm.control(f"request {2 * GIB}")
        vm.control(f"plug {256 * MIB}")
        check_equal(vm.event("MEMORY_DEVICE_SIZE_CHANGE")["size"], 256 * MIB,
                    "second event")


@test
def event_without_id():
    """event of a device without an id"""
    with qemu_with("vhost-mem-pci,size=1G", "-S").start() as vm:
        vm.control(f"plug {2 * MIB}")
        data = vm.event("MEMORY_DEVICE_SIZE_CHANGE")
        check("id" not in data, data)
        check_contains(data["qom-path"], "/machine/peripheral-anon/")
        check_equal(vm.qmp("query-memory-devices")[0]["data"]["size"], 2 * MIB,
                    "size")


@test
def config_space():
    """config space: what the guest reads is the kernel's, at once"""
    with qemu_with(DEVICE, "-S").start() as vm:
        driver = VirtioPci(vm, 2)
        check_equal(driver.read_config(), {
            "block_size": 2 * MIB, "node_id": 0, "addr": ADDRESS,
            "region_size": 4 * GIB, "usable_region_size": 5 * GIB // 4,
            "plugged_size": 0, "requested_size": GIB}, "config")
        vm.set("requested-size", 2 * GIB)
        check_equal(driver.read_config()["requested_size"], 2 * GIB,
                    "requested_size")


@test
def features():
    """features: the kernel's; a driver without them is refused"""
    with qemu_with(DEVICE, "-S").start() as vm:
        driver = VirtioPci(vm, 2)
        offered = driver.device_features()
        check(offered & F_VERSION_1, "no VERSION_1")
        check(offered & F_INACCESSIBLE, "no UNPLUGGED_INACCESSIBLE")
        if config.version.startswith("7."):
            check(not offered & F_SUSPEND, "PERSISTENT_SUSPEND")
        check(not driver.start(F_VERSION_1), "accepted")
        check(driver.start(F_VERSION_1 | F_INACCESSIBLE), "refused")


@test
def report():
    """report: as the kernel offers it, unless it is switched off"""
    with qemu_with(DEVICE, "-S").start() as vm:
        check(VirtioPci(vm, 2).device_features() & F_GUEST_REPORT, "no report")
    with qemu_with(DEVICE + ",guest-report=off", "-S").start() as vm:
        check(not VirtioPci(vm, 2).device_features() & F_GUEST_REPORT, "report")
    with qemu_with(DEVICE, "-S", env={"FAKE_VHOST_MEM_NO_GUEST_REPORT": "1"}).start() as vm:
        check(not VirtioPci(vm, 2).device_features() & F_GUEST_REPORT, "report")

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Tests of the vhost-mem device in QEMU without the kernel module: the kernel's
side is a fake inside the process (fake-vhost-mem.c), the guest's driver is this
script. Prints KTAP. Exit status 0 if every test passed, else 1.
"""

import argparse
import importlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from harness import (
    ADDRESS, DEVICE, F_ACPI_PXM, F_INACCESSIBLE, F_SUSPEND, F_VERSION_1, F_GUEST_REPORT, GIB,
    MIB, START, Failure, check, check_contains, check_equal, config, in_order,
    qemu, qemu_with, start_queue, test, tests)
from qemu import PciFunction, QMPError, Timeout, VirtioPci, wait_for

# Refused at the command line: description, device, message, other arguments

def bad(properties):
    return "vhost-mem-pci," + properties


NUMA = ["-object", "memory-backend-ram,id=m0,size=256M",
        "-numa", "node,memdev=m0"]

BAD_INPUT = [
    ("no size", bad("id=vm1"), "size is missing or 0", {}),
    ("size 0", bad("size=0"), "size is missing or 0", {}),
    ("size no multiple", bad("size=3M"),
     "size 0x300000 is not a multiple of the block size"
     " (block-size 0x200000)", {}),
    ("too many blocks", bad("size=1P,block-size=4K"),
     "size 0x4000000000000 makes 0x4000000000 blocks of block-size 0x1000:"
     " at most 0x1000000 are possible", {}),
    ("block-size no power of two", bad("size=6M,block-size=3M"),
     "block-size 0x300000 is not a power of two", {}),
    ("block-size 0", bad("size=1G,block-size=0"),
     "block-size 0x0 is not a power of two", {}),
    ("block-size below the page size", bad("size=1G,block-size=2K"),
     "block-size 0x800 is smaller than the page size 0x1000", {}),
    ("requested-size too big", bad("size=1G,requested-size=2G"),
     "requested-size 0x80000000 is more than the size of the memory region"
     " (size 0x40000000)", {}),
    ("requested-size no multiple", bad("size=1G,requested-size=1M"),
     "requested-size 0x100000 is not a multiple of the block size"
     " (block-size 0x200000)", {}),
    ("requested-size no size", bad("size=1G,requested-size=big"), "big", {}),
    ("node without such a node", bad("size=1G,node=1"),
     "node 1 does not exist: the machine has 1 NUMA node", {}),
    ("unknown policy", bad("size=1G,policy=near,host-nodes=0"),
     "policy 'near' is unknown: it can be 'default', 'preferred', 'bind' or"
     " 'interleave'", {}),
    ("policy without host-nodes", bad("size=1G,policy=bind"),
     "policy 'bind' needs host-nodes", {}),
    ("host-nodes without policy", bad("size=1G,host-nodes=0"),
     "host-nodes '0' needs a policy: 'preferred', 'bind' or 'interleave'", {}),
    ("host-nodes that are none", bad("size=1G,policy=bind,host-nodes=0-"),
     "host-nodes '0-' is invalid: use node numbers and ranges below 1024,"
     " as in '0-1'", {}),
    ("host-nodes from high to low", bad("size=1G,policy=bind,host-nodes=1-0"),
     "host-nodes '1-0' is invalid", {}),
    ("host-nodes out of range", bad("size=1G,policy=bind,host-nodes=1024"),
     "host-nodes '1024' is invalid", {}),
    ("node with NUMA", bad("size=1G,node=7"),
     "node 7 does not exist: the machine has 1 NUMA node", {"args": NUMA}),
    ("memaddr misaligned", bad("size=1G,memaddr=0x140001000"),
     "memaddr 0x140001000 is not a multiple of the block size"
     " (block-size 0x200000)", {}),
    ("memaddr outside of the device memory",
     bad("size=1G,memaddr=0x8000000"), "can't add memory device", {}),
    ("unknown unplugged=", bad("size=1G,unplugged=no"),
     "unplugged 'no' is unknown: it can be 'inaccessible' or 'readable'", {}),
    ("name with a blank", bad("size=1G,name=a b"),
     "name 'a b' cannot be the name of a memory region: only printable ASCII"
     " characters without blanks are allowed", {}),
    ("name not ASCII", bad("size=1G,name=\u00e9"),
     "cannot be the name of a memory region: only printable ASCII", {}),
    ("name a number", bad("size=1G,name=42"),
     "name '42' cannot be the name of a memory region: it is a number", {}),
    ("name too long", bad("size=1G,name=" + "n" * 64),
     "' is too long for the name of a memory region: it has 64 bytes of at"
     " most 63", {}),
    ("id too long", bad("size=1G,id=" + "n" * 64), "id 'nnn", {}),
    ("dev and vhostfd", bad("size=1G,dev=/dev/x,vhostfd=3"),
     "dev '/dev/x' and vhostfd '3' exclude each other", {}),
    ("device file missing", bad("size=1G"),
     "/dev/vhost-mem does not exist: is the vhost_mem module loaded"
     " (modprobe vhost_mem)?", {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=2"}}),
    ("device file without module", bad("size=1G"),
     "/dev/vhost-mem does not exist: is the vhost_mem module loaded",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=19"}}),
    ("device file missing in another /dev", bad("size=1G"),
     "/dev/vhost-mem does not exist, though the vhost_mem module is loaded:"
     " QEMU has a /dev of its own",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=2", "FAKE_VHOST_MEM_LOADED": "1"}}),
    ("device file of another number", bad("size=1G"),
     "/dev/vhost-mem is the node of another device, or a stale one",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=19", "FAKE_VHOST_MEM_LOADED": "1"}}),
    ("device file of another group", bad("size=1G"),
     "/dev/vhost-mem: permission denied: the user 1000 is not in the group 3000;"
     " add the user to it, and log in again",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=13",
              "FAKE_VHOST_MEM_NODE": "0660 0 3000"}}),
    ("device file of root alone", bad("size=1G"),
     "/dev/vhost-mem: permission denied: its mode is 600, its owner the user 0 and"
     " the group 2000; they should be mode 660 and group kvm",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=13",
              "FAKE_VHOST_MEM_NODE": "0600 0 2000"}}),
    ("device file not in the device cgroup", bad("size=1G"),
     "/dev/vhost-mem: permission denied, though its owner and mode allow access:"
     " the device cgroup denies it",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=1",
              "FAKE_VHOST_MEM_NODE": "0660 0 2000"}}),
    ("device file forbidden by a security module", bad("size=1G"),
     "/dev/vhost-mem: permission denied, though its owner and mode allow access: a"
     " security module denies it",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=13",
              "FAKE_VHOST_MEM_NODE": "0666 0 0"}}),
    ("device file in a closed directory", bad("size=1G"),
     "cannot open /dev/vhost-mem: the user 1000 may not search a directory on its"
     " path: Permission denied",
     {"env": {"FAKE_VHOST_MEM_FAIL": "OPEN=13", "FAKE_VHOST_MEM_NODE": "-"}}),
    ("another device file missing", bad("size=1G,dev=/dev/nothing"),
     "/dev/nothing does not exist", {}),
    ("another kind of file", bad("size=1G,dev=/dev/null"),
     "'/dev/null' is not a file of /dev/vhost-mem", {}),
    ("vhostfd not a number", bad("size=1G,vhostfd=three"),
     "vhostfd 'three': ", {}),
    ("vhostfd not open", bad("size=1G,vhostfd=99"),
     "vhostfd '99': Bad file descriptor", {}),
    ("file with a region", bad("size=1G"),
     "'/dev/vhost-mem' has a memory region already: every vhost-mem device"
     " needs an open file of its own",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=17"}}),
    ("file with an owner", bad("size=1G"),
     "'/dev/vhost-mem' has an owner already",
     {"env": {"FAKE_VHOST_MEM_FAIL": "SET_OWNER=16"}}),
    ("region beyond the kernel's limit", bad("size=1G"),
     "size 0x40000000 with block-size 0x200000 is beyond the kernel's limit",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=34"}}),
    ("kernel without a flag", bad("size=1G,unplugged=readable"),
     "the vhost_mem module does not support unplugged=readable",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=95"}}),
    ("kernel without another flag", bad("size=1G,prealloc=on"),
     "the vhost_mem module does not support unplugged=inaccessible with"
     " prealloc=on",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=95"}}),
    ("kernel out of memory", bad("size=1G,name=x1"),
     "'/dev/vhost-mem': the kernel refused a memory region of size 0x40000000"
     " with block-size 0x200000, node 0, name 'x1': Cannot allocate memory",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=12"}}),
    ("address beyond the limit", bad("size=1G,memaddr=0x140000000"),
     "memory region 0x140000000-0x17fffffff is beyond the highest guest"
     " address that vhost-mem supports, 0xfffffffffffff",
     {"env": {"FAKE_VHOST_MEM_FAIL": "SET_ADDRESS=34"}}),
    ("kernel out of descriptors", bad("size=1G"),
     "cannot get a descriptor of the memory: Too many open files",
     {"env": {"FAKE_VHOST_MEM_FAIL": "GET_MEMORY_FD=24"}}),
    ("kernel refuses the requested size", bad("size=1G,requested-size=4M"),
     "the kernel refused requested-size 0x400000: Cannot allocate memory",
     {"env": {"FAKE_VHOST_MEM_FAIL": "SET_REQUESTED_SIZE=12"}}),
    ("kernel refuses the eventfd", bad("size=1G"),
     "the kernel refused the eventfd",
     {"env": {"FAKE_VHOST_MEM_FAIL": "SET_CONFIG_CALL=12"}}),
    ("kernel with another configuration", bad("size=1G"),
     "cannot read the configuration from the kernel; if the vhost_mem module is"
     " older or newer than this device, build both again: Invalid argument",
     {"env": {"FAKE_VHOST_MEM_FAIL": "GET_CONFIG=22"}}),
    ("kernel without VERSION_1", bad("size=1G"),
     "does not offer VIRTIO_F_VERSION_1",
     {"env": {"FAKE_VHOST_MEM_NO_VERSION_1": "1"}}),
    ("no maxmem", bad("size=1G"), " the maxmem option",
     {"memory": "256M"}),
    ("maxmem too small", bad("size=16G"), "not enough space", {}),
    ("locked memory", bad("size=1G"),
     "vhost-mem does not work with '-overcommit mem-lock=on':",
     {"args": ["-overcommit", "mem-lock=on"]}),
    ("kernel refuses the name", bad("size=1G,name=vm2"), "name 'vm2'",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=22"}}),
]


def make_bad_input_test(device, message, options):
    def function():
        args = options.get("args", [])
        kwargs = {key: value for key, value in options.items()
                  if key != "args"}
        with qemu_with(device, "-S", *args, **kwargs) as vm:
            try:
                status = vm.wait()
            except subprocess.TimeoutExpired:
                raise Failure("QEMU has started") from None
            errors = vm.errors()
            check_equal(status, 1, f"exit status ({errors})")
            check_contains(errors, message, "message")
            check_equal(len(errors.strip().splitlines()) <= 2, True,
                        f"one message in {errors!r}")
    return function


for entry in BAD_INPUT:
    tests.append((f"refused: {entry[0]}", make_bad_input_test(*entry[1:])))


@test
def ioctl_sequence():
    """cold plug: order and arguments of the ioctls"""
    with qemu_with(DEVICE, "-S").start() as vm:
        check_equal(vm.log()[:10], [
            "CREATE_REGION region_size=0x100000000 block_size=0x200000 flags=2"
            " node=0 name='vm1'",
            "GET_MEMORY_FD",
            "mmap length=0x100000000 offset=0x0 shared=1 aligned=1",
            "SET_ADDRESS 0x140000000",
            "SET_CONFIG_CALL",
            "SET_REQUESTED_SIZE 0x40000000",
            "SET_OWNER",
            "GET_FEATURES",
            "SET_VRING_CALL",
            "SET_VRING_ERR",
        ], "ioctls")
        check_equal(vm.quit(), 0, "exit status")
        check_equal(vm.errors(), "", "messages")


@test
def vhostfd_number():
    """vhostfd: a file descriptor of another kind is refused with its number"""
    fd = os.open("/dev/null", os.O_RDWR)
    try:
        with qemu_with(f"vhost-mem-pci,size=1G,vhostfd={fd}", "-S",
                       pass_fds=(fd,)) as vm:
            check_equal(vm.wait(), 1, "exit status")
            check_contains(vm.errors(), f"vhostfd '{fd}' is not a file of"
                           " /dev/vhost-mem")
    finally:
        os.close(fd)


@test
def vhostfd_inherited():
    """vhostfd: an inherited file descriptor, by its number"""
    fd = os.memfd_create("vhost-mem")
    try:
        with qemu_with(f"{DEVICE},vhostfd={fd}", "-S", pass_fds=(fd,), env={
                "FAKE_VHOST_MEM_FD": str(fd),
                "FAKE_VHOST_MEM_FAIL": "OPEN=2"}).start() as vm:
            check_contains(vm.log()[0], "name='vm1'", "first ioctl")
            vm.control(f"plug {2 * MIB}")
            wait_for("plugged size", lambda: vm.get("size") == 2 * MIB)
    finally:
        os.close(fd)


@test
def vhostfd_of_monitor():
    """vhostfd: a file descriptor given to the monitor, by its name"""
    with qemu("-S").start() as vm:
        try:
            vm.qmp("device_add", driver="vhost-mem-pci", size=GIB,
                   vhostfd="nothing")
            raise Failure("the device was accepted")
        except QMPError as error:
            check_contains(str(error), "vhostfd 'nothing': File descriptor"
                           " named 'nothing' has not been found")


def check_name(wanted, device, *args):
    with qemu_with(device, "-S", *args).start() as vm:
        check_contains(vm.log()[0], f"name='{wanted}'", "name")
        vm.quit()
        return vm.errors()


@test
def name_of_id():
    """name: the id; name= comes before it"""
    check_name("vm1", "vhost-mem-pci,id=vm1,size=1G", "-name", "web")
    check_name("other", "vhost-mem-pci,id=vm1,name=other,size=1G")


@test
def name_of_vm():
    """name: the VM's name if there is no id, else none"""
    check_name("web", "vhost-mem-pci,size=1G", "-name", "guest=web")
    check_equal(check_name("", "vhost-mem-pci,size=1G"), "", "messages")
    errors = check_name("", "vhost-mem-pci,size=1G", "-name", "a b")
    check_contains(errors, "the memory region has no name: the VM's name"
                   " 'a b'")


@test
def readable_flag():
    """unplugged=readable: flag for the kernel, feature not offered"""
    with qemu_with(DEVICE + ",unplugged=readable", "-S").start() as vm:
        check_contains(vm.log()[0], "flags=3", "flags")
        features = VirtioPci(vm, 2).device_features()
        check(not features & F_INACCESSIBLE, "feature is offered")


@test
def prealloc_flag():
    """prealloc=on: flag for the kernel"""
    with qemu_with(DEVICE + ",prealloc=on", "-S", *NUMA).start() as vm:
        check_contains(vm.log()[0], "flags=6", "flags")


@test
def numa_flag():
    """NUMA: flag and node, feature ACPI_PXM; neither without nodes"""
    nodes = ["-object", "memory-backend-ram,id=m0,size=128M",
             "-object", "memory-backend-ram,id=m1,size=128M",
             "-numa", "node,memdev=m0", "-numa", "node,memdev=m1"]
    with qemu_with(DEVICE + ",node=1", "-S", *nodes).start() as vm:
        check_contains(vm.log()[0], "flags=2 node=1", "flags")
        driver = VirtioPci(vm, 2)
        check(driver.device_features() & F_ACPI_PXM, "no ACPI_PXM")
        check_equal(driver.read_config()["node_id"], 1, "node_id")
        vm.control(f"plug {64 * MIB}")
        wait_for("plugged size", lambda: vm.get("size") == 64 * MIB)
        numa = vm.hmp("info numa")
        check_contains(numa, "node 1 size: 192 MB", "info numa")
        check_contains(numa, "node 1 plugged: 64 MB", "info numa")
        check_contains(numa, "node 0 plugged: 0 MB", "info numa")


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
                     "guest-report", "host-nodes", "policy", "prealloc"):
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


NOT_BY_THIS_QEMU = "SKIP this QEMU cannot unplug the device"


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
        return NOT_BY_THIS_QEMU
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
        return NOT_BY_THIS_QEMU
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
        return NOT_BY_THIS_QEMU
    with qemu_with("vhost-mem-pci,id=vm1,size=1G", "-S", env={
            "FAKE_VHOST_MEM_FAIL": "SET_LEAVING=25"}).start() as vm:
        vm.qmp("device_del", id="vm1")
        vm.qmp("system_reset")
        vm.event("DEVICE_DELETED")
    return None


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


@test
def two_devices():
    """two devices: a region each, addresses do not overlap"""
    with qemu("-device", "vhost-mem-pci,id=a,size=1G", "-device",
              "vhost-mem-pci,id=b,size=2G", "-S").start() as vm:
        a = vm.memory_device("a")["data"]
        b = vm.memory_device("b")["data"]
        check(a["memaddr"] + a["max-size"] <= b["memaddr"] or
              b["memaddr"] + b["max-size"] <= a["memaddr"], (a, b))


@test
def pinning_refused():
    """users of pinned guest memory are refused, whichever comes first"""
    with qemu_with(DEVICE, "-S").start() as vm:
        vm.control("pin 1")
        wait_for("a response", lambda: [x for x in vm.log() if "pin" in x])
        check_equal(vm.log()[-1], "pin: -16", "response")
    with qemu("-S").start() as vm:
        vm.control("pin 1")
        wait_for("a response", lambda: "pin: 0" in vm.log())
        try:
            hot_plug(vm)
            raise Failure("the device was accepted")
        except QMPError as error:
            check_contains(str(error), "vhost-mem cannot be used together"
                           " with devices that pin the guest's memory")


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
def memory_locked_on_fault():
    """refused: memory that is locked when it is touched"""
    if config.version.startswith("7."):
        return "SKIP this QEMU does not have that"
    with qemu_with(DEVICE, "-S", "-overcommit", "mem-lock=on-fault") as vm:
        check_equal(vm.wait(), 1, "exit status")
        check_contains(vm.errors(), "'-overcommit mem-lock=on-fault'")
    return None


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
    except Timeout:
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


def add_wrong_layout_tests():
    for name in config.wrong_layouts.split():
        tests.append((f"plug-in: refuses another layout of {name}",
                      make_wrong_layout_test(name)))


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--wrong", required=True,
                        help="beginning of the names of plug-ins for others")
    parser.add_argument("--wrong-layouts", required=True,
                        help="structures that are others there")
    parser.add_argument("--fake", required=True)
    parser.add_argument("--guests", required=True,
                        help="directory with the disk images")
    parser.add_argument("--wrapper", required=True)
    parser.add_argument("--only", default="", help="part of the test's name")
    parser.parse_args(namespace=config)
    version = subprocess.run([config.qemu, "--version"], check=True, text=True,
                             capture_output=True).stdout
    importlib.import_module("migration")
    add_wrong_layout_tests()
    config.full_version = re.match(r"QEMU emulator version (.*)",
                                   version).group(1)
    config.version = config.full_version.split()[0]
    if not config.plugin.endswith(f"-{config.version}.so"):
        parser.error(f"{config.qemu} is QEMU {config.version}, but the plug-in"
                     f" is {config.plugin}: give QEMU_SRC for this QEMU, or QEMU")

    selected = [entry for entry in tests
                if config.only in entry[0] or config.only == entry[1].__name__]
    failed = 0
    print("KTAP version 1")
    print(f"1..{len(selected)}")
    for number, (name, function) in enumerate(selected, 1):
        start = time.monotonic()
        try:
            result = function()
            print(f"ok {number} - {name}" + (f" # {result}" if result else ""))
        except (Failure, QMPError, Timeout, OSError, ValueError,
                subprocess.SubprocessError):
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} - {name}")
        elapsed = time.monotonic() - start
        if elapsed > 20:
            print(f"# took {elapsed:.0f} s")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: what is refused, and what the kernel is told at the start."""

import os
import subprocess

from harness import (
    DEVICE, F_ACPI_PXM, F_INACCESSIBLE, GIB, MIB, Failure, Skip, check,
    check_contains, check_equal, config, qemu, qemu_with, test, tests)
from qemu import QMPError, VirtioPci, wait_for


def bad(properties):
    return "vhost-mem-pci," + properties


NUMA = ["-object", "memory-backend-ram,id=m0,size=256M",
        "-numa", "node,memdev=m0"]


# Description, device, message, other arguments.
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
    ("reservation that does not exist", bad("size=1G,reservation=18"),
     "reservation 18 does not exist", {}),
    ("reservation that was used", bad("size=1G,reservation=17"),
     "reservation 17 was used or dropped, or has expired",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=116"}}),
    ("reservation of another user", bad("size=1G,reservation=17"),
     "reservation 17 is for another user than the one who has opened the device"
     " file", {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=13"}}),
    ("reservation with an old kernel", bad("size=1G,reservation=17"),
     "reservation 17: the vhost_mem module is too old for reservations",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=7"}}),
    ("reservation larger than the region", bad("size=1G,reservation=17"),
     "reservation 17 is larger than size 0x40000000",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=34"}}),
    ("unknown backing", bad("size=1G,backing=thp"),
     "backing 'thp' is unknown: it can be 'shmem' or 'hugetlb'", {}),
    ("page size without huge pages", bad("size=1G,page-size=2M"),
     "page-size 0x200000 needs backing=hugetlb", {}),
    ("page size no power of two", bad("size=1G,backing=hugetlb,page-size=3M"),
     "page-size 0x300000 is not a power of two", {}),
    ("block smaller than a huge page",
     bad("size=1G,backing=hugetlb,page-size=1G"),
     "block-size 0x200000 is smaller than page-size 0x40000000", {}),
    ("huge pages and readable",
     bad("size=1G,backing=hugetlb,unplugged=readable"),
     "backing=hugetlb and unplugged=readable exclude each other", {}),
    ("reserved without huge pages", bad("size=1G,reserved=on"),
     "reserved=on needs backing=hugetlb", {}),
    ("reserved of shmem", bad("size=1G,backing=shmem,reserved=on"),
     "reserved=on needs backing=hugetlb", {}),
    ("huge pages that cannot be reserved",
     bad("size=1G,backing=hugetlb,reserved=on"),
     "the host's pool has too few huge pages to reserve size 0x40000000: it takes"
     " 512 of page-size 0x200000, and ",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=63"}}),
    ("reserved with an old kernel", bad("size=1G,backing=hugetlb,reserved=on"),
     "cannot guard them on its kernel, or is too old for reserved=on",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=95"}}),
    ("huge pages and host nodes",
     bad("size=1G,backing=hugetlb,host-nodes=0,policy=bind"),
     "backing=hugetlb and host-nodes exclude each other", {}),
    ("huge pages with an old kernel", bad("size=1G,backing=hugetlb"),
     "the vhost_mem module is too old for backing=hugetlb",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=7"}}),
    ("huge pages that cannot be guarded", bad("size=1G,backing=hugetlb"),
     "the host has no huge pages of page-size 0x200000, or the vhost_mem module"
     " cannot guard them on its kernel",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=95"}}),
    ("huge pages of an empty pool", bad("size=1G,backing=hugetlb"),
     "the host's pool has no free huge page of page-size 0x200000",
     {"env": {"FAKE_VHOST_MEM_FAIL": "CREATE_REGION=63"}}),
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
        check_equal(vm.log()[:11], [
            "CREATE_REGION region_size=0x100000000 block_size=0x200000 flags=2"
            " node=0 name='vm1' reservation=0",
            "GET_MEMORY_FD",
            "mmap length=0x100000000 offset=0x0 shared=1 aligned=1",
            # It finds out whether the module knows this.
            "SET_CONFIRM off timeout=0",
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
def reservation():
    """reservation=N: a lease for the kernel"""
    with qemu_with(DEVICE + ",reservation=17", "-S").start() as vm:
        check_contains(vm.log()[0], "CREATE_REGION", "log")
        check_contains(vm.log()[0], " reservation=17", "log")


@test
def prealloc_flag():
    """prealloc=on: flag for the kernel"""
    with qemu_with(DEVICE + ",prealloc=on", "-S", *NUMA).start() as vm:
        check_contains(vm.log()[0], "flags=6", "flags")


@test
def hugetlb_flag():
    """backing=hugetlb: flag and page size for the kernel; 2M if none is given"""
    for more in ("", ",page-size=2M"):
        with qemu_with(DEVICE + ",backing=hugetlb" + more, "-S").start() as vm:
            check_contains(vm.log()[0], "flags=18", "flags")
            check_contains(vm.log()[0], " page_size=2M", "page size")
    with qemu_with(DEVICE + ",backing=hugetlb,reserved=on", "-S").start() as vm:
        check_contains(vm.log()[0], "flags=50", "flags")
    with qemu_with(DEVICE + ",backing=shmem", "-S").start() as vm:
        check_contains(vm.log()[0], "flags=2 ", "flags")
        check("page_size" not in vm.log()[0], "page size")


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
def memory_locked_on_fault():
    """refused: memory that is locked when it is touched"""
    if config.version.startswith("7."):
        raise Skip("this QEMU does not have that")
    with qemu_with(DEVICE, "-S", "-overcommit", "mem-lock=on-fault") as vm:
        check_equal(vm.wait(), 1, "exit status")
        check_contains(vm.errors(), "'-overcommit mem-lock=on-fault'")
    return None

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests have in common: their list, the checks, and a running queue."""

import argparse

from qemu import Qemu, VirtioPci
from ktap import Skip     # noqa: F401

MIB = 1 << 20
GIB = 1 << 30
ADDRESS = 5 * GIB
DEVICE = ("vhost-mem-pci,id=vm1,size=4G,requested-size=1G,"
          f"memaddr={ADDRESS:#x}")

F_ACPI_PXM, F_INACCESSIBLE, F_SUSPEND = 1 << 0, 1 << 1, 1 << 2
F_GUEST_REPORT = 1 << 23
F_VERSION_1 = 1 << 32

config = argparse.Namespace()
tests = []


class Failure(Exception):
    pass


def test(function):
    tests.append((function.__doc__, function))
    return function


def check(condition, text):
    if not condition:
        raise Failure(text)


def check_equal(got, wanted, what):
    check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


def check_contains(text, part, what="output"):
    check(part in text, f"{what}: {part!r} is not in {text!r}")


def qemu(*args, **kwargs):
    return Qemu(config, *args, **kwargs)


def qemu_with(device=DEVICE, *args, **kwargs):
    return qemu("-device", device, *args, **kwargs)


START = ["SET_FEATURES", "SET_MEM_TABLE", "SET_VRING_NUM", "SET_VRING_BASE",
         "SET_VRING_ADDR", "SET_VRING_KICK", "SET_RUNNING 0x1"]


def in_order(lines, wanted):
    """Whether the wanted beginnings of lines are there in this order."""
    position = 0
    for beginning in wanted:
        while position < len(lines) and \
                not lines[position].startswith(beginning):
            position += 1
        if position == len(lines):
            return False
        position += 1
    return True


def start_queue(vm):
    vm.wait_for_firmware()
    driver = VirtioPci(vm, 2)
    before = len(vm.log())
    check(driver.start(F_VERSION_1 | F_INACCESSIBLE), "features refused")
    log = vm.log()[before:]
    check(in_order(log, START), f"start: {log}")
    return driver

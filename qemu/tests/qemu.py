# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU with the vhost-mem plug-in and the fake of the kernel's side."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path += [os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..", directory)
             for directory in ("scripts/vm", "selftests/lib")]
from qmp import Client, Ended, QMPError     # noqa: E402

TIMEOUT = 60


def wait_for(what, condition, timeout=TIMEOUT):
    """Waits until condition() is true and returns its value."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"timeout while waiting for {what}")
        time.sleep(0.02)


class Qemu:
    """Runs until the end of the with statement."""

    BASE = ["-nodefaults", "-display", "none", "-accel", "tcg"]

    def __init__(self, config, *args, memory="256M,slots=4,maxmem=8G",
                 machine="pc", env=None, fake=True, plugin=None, pass_fds=()):
        self.dir = tempfile.TemporaryDirectory(prefix="vhost-mem-qemu-")
        self.log_path = os.path.join(self.dir.name, "log")
        self.control_path = os.path.join(self.dir.name, "control")
        preload = [plugin or config.plugin]
        if fake:
            preload.append(config.fake)
        environment = dict(os.environ)
        environment.update({
            "LD_PRELOAD": ":".join(preload),
            "FAKE_VHOST_MEM_LOG": self.log_path,
            "FAKE_VHOST_MEM_CONTROL": self.control_path,
        })
        environment.update(env or {})
        self.args = [config.qemu, *self.BASE, "-machine", machine]
        if memory:
            self.args += ["-m", memory]
        self.args += [*args, "-qmp", "stdio"]
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.args, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.stderr, pass_fds=pass_fds)
        self.monitor = Client(self.process.stdout.fileno(),
                              self.process.stdin.fileno())

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.stderr.close()
        self.dir.cleanup()

    def errors(self):
        self.stderr.seek(0)
        return self.stderr.read().decode()

    def wait(self):
        """Waits for the end; returns the exit status, negative for a signal."""
        return self.process.wait(timeout=TIMEOUT)

    def log(self):
        if not os.path.exists(self.log_path):
            return []
        with open(self.log_path, encoding="ascii") as log:
            return log.read().splitlines()

    def control(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(command.encode(), self.control_path)

    # QMP

    def _ask(self, function, *args, timeout=TIMEOUT):
        try:
            return function(*args, timeout=timeout)
        except Ended as error:
            raise QMPError(f"{error}: {self.errors()}") from error

    def start(self):
        self._ask(self.monitor.greet)
        return self

    def qmp(self, command, **arguments):
        return self._ask(self.monitor.execute, command,
                         {name.replace("_", "-"): value
                          for name, value in arguments.items()})

    def hmp(self, command):
        return self.qmp("human-monitor-command", command_line=command)

    def event(self, name, timeout=TIMEOUT):
        """Waits for an event of this name and returns its data."""
        return self._ask(self.monitor.event, name, timeout=timeout)

    def quit(self):
        self.qmp("quit")
        return self.wait()

    def get(self, name, device="vm1"):
        return self.qmp("qom-get", path=f"/machine/peripheral/{device}",
                        property=name)

    def set(self, name, value, device="vm1"):
        self.qmp("qom-set", path=f"/machine/peripheral/{device}",
                 property=name, value=value)

    def memory_device(self, device="vm1"):
        for info in self.qmp("query-memory-devices"):
            if info["data"].get("id") == device:
                return info
        return None

    def wait_for_firmware(self):
        """Waits until the firmware has given up looking for a boot disk."""
        wait_for("the firmware",
                 lambda: "HLT=1" in self.hmp("info registers"))


class PciFunction:
    """The configuration of a PCI function, accessed from outside of the VM."""

    def __init__(self, qemu, slot):
        self.qemu = qemu
        # What QEMU printed in response to writes.
        self.output = ""
        self.address = 0x80000000 | slot << 11

    def _port(self, offset):
        self.qemu.hmp(f"o /w 0xcf8 {self.address | (offset & 0xfc):#x}")
        return 0xcfc + (offset & 3)

    def config_read(self, offset, size):
        letter = {1: "b", 2: "h", 4: "w"}[size]
        out = self.qemu.hmp(f"i /{letter} {self._port(offset):#x}")
        return int(re.search(r"= (0x[0-9a-f]+)", out).group(1), 16)

    def config_write(self, offset, size, value):
        letter = {1: "b", 2: "h", 4: "w"}[size]
        self.output += self.qemu.hmp(
            f"o /{letter} {self._port(offset):#x} {value:#x}")

    def capabilities(self, wanted):
        """The offsets of those of this kind."""
        pointer = self.config_read(0x34, 1)
        while pointer:
            if self.config_read(pointer, 1) == wanted:
                yield pointer
            pointer = self.config_read(pointer + 1, 1)


class VirtioPci(PciFunction):
    """
    A driver of a virtio PCI device that runs outside of the VM: it accesses the
    device through the ports for PCI configuration, and there through virtio's
    capability for access to the device's registers.
    """

    CAP_COMMON, CAP_DEVICE, CAP_PCI_CFG = 1, 4, 5
    ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK = 1, 2, 4, 8

    def __init__(self, qemu, slot):
        super().__init__(qemu, slot)
        if self.config_read(0, 4) != 0x10581af4:
            raise QMPError(f"no virtio memory device in slot {slot}")
        self.caps = {}
        for pointer in self.capabilities(9):
            kind = self.config_read(pointer + 3, 1)
            self.caps[kind] = (pointer, self.config_read(pointer + 8, 4))
        # Bus master: without it the device does not start.
        self.config_write(4, 2, self.config_read(4, 2) | 4)

    def _window(self, kind, offset, size):
        pointer, _ = self.caps[self.CAP_PCI_CFG]
        self.config_write(pointer + 8, 4, self.caps[kind][1] + offset)
        self.config_write(pointer + 12, 4, size)
        return pointer + 16

    def read(self, offset, size, kind=CAP_COMMON):
        return self.config_read(self._window(kind, offset, size), size)

    def write(self, offset, size, value, kind=CAP_COMMON):
        self.config_write(self._window(kind, offset, size), size, value)

    def read_config(self):
        """The device's configuration space, as a dictionary."""
        fields = {"block_size": 0, "addr": 16, "region_size": 24,
                  "usable_region_size": 32, "plugged_size": 40,
                  "requested_size": 48}
        result = {
            name: self.read(offset, 4, self.CAP_DEVICE) |
            self.read(offset + 4, 4, self.CAP_DEVICE) << 32
            for name, offset in fields.items()}
        result["node_id"] = self.read(8, 2, self.CAP_DEVICE)
        return result

    def device_features(self):
        self.write(0, 4, 0)
        low = self.read(4, 4)
        self.write(0, 4, 1)
        return low | self.read(4, 4) << 32

    def start(self, features, ring=0x100000):
        """Returns whether the device accepts the features."""
        self.write(20, 1, 0)
        self.write(20, 1, self.ACKNOWLEDGE | self.DRIVER)
        self.write(8, 4, 0)
        self.write(12, 4, features & 0xffffffff)
        self.write(8, 4, 1)
        self.write(12, 4, features >> 32)
        status = self.ACKNOWLEDGE | self.DRIVER | self.FEATURES_OK
        self.write(20, 1, status)
        if not self.read(20, 1) & self.FEATURES_OK:
            return False
        self.write(22, 2, 0)
        for offset, address in ((32, ring), (40, ring + 0x1000),
                                (48, ring + 0x2000)):
            self.write(offset, 4, address)
            self.write(offset + 4, 4, 0)
        self.write(28, 2, 1)
        self.write(20, 1, status | self.DRIVER_OK)
        return True

    def interrupt_status(self):
        """The interrupt status register; reading it acknowledges."""
        return self.read(0, 1, 3)

    def reset(self):
        self.write(20, 1, 0)

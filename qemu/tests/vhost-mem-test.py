#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Tests of the vhost-mem device in QEMU without the kernel module: the kernel's
side is a fake inside the process (fake-vhost-mem.c), the guest's driver is this
script. Prints KTAP. Exit status 0 if every test passed, else 1.
"""

import argparse
import importlib
import pathlib
import re
import subprocess
import sys

from harness import config, tests
import ktap

# All beside this one; their functions with @test are the tests.
FILES = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*.py")
               if path.stem.isidentifier())


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
    # When the arguments are known, as some tests depend on them.
    for name in FILES:
        importlib.import_module(name)
    config.full_version = re.match(r"QEMU emulator version (.*)",
                                   version).group(1)
    config.version = config.full_version.split()[0]
    if not config.plugin.endswith(f"-{config.version}.so"):
        parser.error(f"{config.qemu} is QEMU {config.version}, but the plug-in"
                     f" is {config.plugin}: give QEMU_SRC for this QEMU, or QEMU")

    return ktap.run([(name, function) for name, function in tests
                     if config.only in name or config.only == function.__name__])


if __name__ == "__main__":
    sys.exit(main())

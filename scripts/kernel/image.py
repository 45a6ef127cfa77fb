# SPDX-License-Identifier: GPL-2.0
"""Kernel images and modules as they lie on disk: compressed, in one of several ways."""

import struct
import subprocess

# What a stream begins with, and the program that unpacks it. What follows a stream in
# an image makes some of them fail at the end, when all has been written.
COMPRESSIONS = ((b"\xfd7zXZ\0", ["xz", "-dc", "--single-stream"]),
                (b"\x28\xb5\x2f\xfd", ["zstd", "-dc"]),
                (b"\x1f\x8b\x08", ["gzip", "-dc"]),
                (b"\x02\x21\x4c\x18", ["lz4", "-dc"]))


class ImageError(Exception):
    """It cannot be unpacked."""


def unpack(data, lenient=False):
    """What data is when it is not compressed."""
    for magic, command in COMPRESSIONS:
        if not data.startswith(magic):
            continue
        try:
            result = subprocess.run(command, input=data, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, check=False)
        except FileNotFoundError as error:
            raise ImageError(f"needs the program {command[0]} to be unpacked") from error
        if result.returncode and not (lenient and result.stdout):
            raise ImageError(f"cannot be unpacked: {result.stderr.decode().strip()}")
        return result.stdout
    return data


def vmlinux(data):
    """The kernel inside of an image for booting (x86's bzImage)."""
    if data[0x202:0x206] != b"HdrS":
        return unpack(data)
    setup = (data[0x1f1] or 4) + 1
    payload, length = struct.unpack_from("<II", data, 0x248)
    begin = setup * 512 + payload
    # The last four bytes are the size of what was packed.
    return unpack(data[begin:begin + length - 4], lenient=True)

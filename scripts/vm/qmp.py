# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of QEMU's monitor protocol (QMP), for scripts/guest-vm and qemu/tests.

Debian 12 packages none."""

import json
import os
import select
import time


class QMPError(Exception):
    """QEMU refused a command, or has ended."""


class Ended(QMPError):
    """QEMU has closed its end of the connection."""


class Client:
    """Speaks QMP over a file descriptor to read from and one to write to.

    What takes a timeout, in seconds, raises TimeoutError after it. The descriptors
    belong to the caller, and are blocking ones.
    """

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink
        self.buffer = b""
        self.events = []        # that nobody has waited for yet

    def _message(self, end):
        """The next message that comes before the time end."""
        while b"\n" not in self.buffer:
            left = max(0, end - time.monotonic())
            if not select.select([self.source], [], [], left)[0]:
                raise TimeoutError("QEMU does not answer on its monitor")
            data = os.read(self.source, 65536)
            if not data:
                raise Ended("QEMU has ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def greet(self, timeout):
        """Takes QEMU's greeting; commands may follow."""
        end = time.monotonic() + timeout
        self._message(end)
        self.execute("qmp_capabilities", timeout=end - time.monotonic())

    def execute(self, command, arguments=None, timeout=30):
        """Executes a command and returns what it returns."""
        end = time.monotonic() + timeout
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        data = json.dumps(request).encode() + b"\n"
        while data:
            data = data[os.write(self.sink, data):]
        while True:
            message = self._message(end)
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QMPError(message["error"]["desc"])
            else:
                return message["return"]

    def event(self, name, timeout):
        """Waits for an event of this name and returns its data, or None."""
        end = time.monotonic() + timeout
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event.get("data")
            self.events.append(self._message(end))

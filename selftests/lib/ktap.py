# SPDX-License-Identifier: GPL-2.0-or-later
"""What prints KTAP for all tests in Python.

A test is a function. It fails with an exception of whatever kind, and is skipped by
raising Skip with the reason.
"""

import sys
import time
import traceback

# A test that takes longer, in seconds, says so.
LONG = 20


class Skip(Exception):
    """There is something that the test needs and this machine does not have."""


def run(tests, fixture=None):
    """Run tests, pairs of a name and a function, and return the exit status.

    With fixture, a context manager for each, they are called with what that gives.
    """
    failed = 0
    print("KTAP version 1")
    print(f"1..{len(tests)}", flush=True)
    for number, (name, function) in enumerate(tests, 1):
        start = time.monotonic()
        try:
            if fixture:
                with fixture() as given:
                    function(given)
            else:
                function()
            print(f"ok {number} - {name}")
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}")
        except Exception:       # whatever it is, it is this test's
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} - {name}")
        elapsed = time.monotonic() - start
        if elapsed > LONG:
            print(f"# took {elapsed:.0f} s")
        sys.stdout.flush()
    return 1 if failed else 0

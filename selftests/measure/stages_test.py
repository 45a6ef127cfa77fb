#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
The stages of requests, from what a host's kernel traces: selftests/e2e/bench/stages is given
traces of a few requests, made up, of each way in which a device is served.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
STAGES = os.path.join(HERE, "../e2e/bench/stages")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, "../lib")]

import ktap  # noqa: E402

TESTS = []
CPU, LOOP, VHOST, STRANGER = 11, 12, 13, 99
OURS, THEIRS = "0xfeb01000", "0xfeb02000"


def test(function):
    TESTS.append(function)
    return function


class Trace:
    """Lines as the kernel prints them; the clock counts in microseconds."""

    def __init__(self):
        self.now = 1000000
        self.lines = ["# tracer: nop"]

    def add(self, task, event, later=10):
        self.now += later
        self.lines.append(" qemu-system-x86-%d     [001] d..1. %d.%06d: %s" %
                          (task, self.now // 1000000, self.now % 1000000, event))
        return self

    def notify(self, address, task=CPU):
        self.add(task, "kvm_exit: vcpu 0 reason npf rip 0x1", 100)
        return self.add(task, "kvm_mmio: mmio write len 2 gpa %s val 0x0" % address, 20)

    def by_thread(self, address, thread, serve):
        self.notify(address)
        self.add(CPU, "sched_waking: comm=x pid=%d prio=120 target_cpu=001" % thread, 30)
        self.add(0, "sched_switch: prev_comm=y prev_pid=0 ==> next_comm=x next_pid=%d next_prio=120"
                 % thread, 50)
        return self.interrupt(thread, serve)

    def by_processor(self, address, serve):
        self.notify(address)
        self.add(CPU, "kvm_userspace_exit: reason KVM_EXIT_MMIO (6)", 5)
        return self.add(CPU, "kvm_set_irq: gsi 10 level 1 source 0", serve)

    def interrupt(self, thread, later):
        return self.add(thread, "kvm_msi_set_irq: dst 1 vec 36 (Fixed|physical|edge)", later)


def stages(trace, rounds, *metrics, ours="20", theirs="16"):
    """What is printed: {(metric, slot, round): microseconds}, or the message of an error."""
    measured = ["%s %s %d 1000000" % (metric, slot, number) for number in range(1, rounds + 1)
                for metric in metrics for slot in (ours, theirs)]
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("".join(line + "\n" for line in measured))
        file.flush()
        run = subprocess.run([STAGES, file.name, str(CPU), str(LOOP), str(VHOST)], text=True,
                             input="\n".join(trace.lines) + "\n", capture_output=True, check=False)
    if run.returncode:
        return run.stderr
    values = {}
    for line in run.stdout.splitlines():
        metric, slot, number, value = line.split()
        values[metric, slot, int(number)] = int(value) // 1000
    return values


def equal(have, want):
    assert have == want, "have %r, want %r" % (have, want)


@test
def a_thread_and_a_processor_serve():
    trace = Trace()
    for _ in range(2):      # the first round is not measured
        trace.by_thread(OURS, VHOST, 200).by_processor(THEIRS, 400)
    equal(stages(trace, 1, "plug-1"), {
        ("plug-1-notify", "20", 1): 100, ("plug-1-serve", "20", 1): 200, ("plug-1-rest", "20", 1): 700,
        ("plug-1-notify", "16", 1): 25, ("plug-1-serve", "16", 1): 400, ("plug-1-rest", "16", 1): 575})


@test
def a_thread_that_is_awake_is_not_woken():
    trace = Trace()
    for _ in range(2):
        trace.by_thread(OURS, VHOST, 200).notify(THEIRS).interrupt(LOOP, 300)
    values = stages(trace, 1, "plug-1")
    equal((values["plug-1-notify", "16", 1], values["plug-1-serve", "16", 1]), (20, 300))


@test
def others_are_not_taken_for_it():
    trace = Trace().notify("0xfeb09000").interrupt(LOOP, 40)    # another device of this VM
    for _ in range(2):
        trace.notify(OURS, STRANGER).interrupt(STRANGER, 40)    # the same address in another VM
        trace.notify(OURS)
        trace.add(CPU, "sched_waking: comm=x pid=%d prio=120" % VHOST)
        trace.interrupt(STRANGER, 1).interrupt(LOOP, 1)
        trace.add(LOOP, "kvm_set_irq: gsi 10 level 0 source 0")
        trace.add(0, "sched_switch: prev_pid=0 ==> next_comm=x next_pid=%d next_prio=120" % VHOST)
        trace.interrupt(VHOST, 200).by_processor(THEIRS, 400)
    equal(stages(trace, 1, "plug-1")["plug-1-serve", "20", 1], 200)


def ten_rounds(left_out):
    """What is printed of ten requests of each device; LEFT_OUT, of ours, comes without notice."""
    trace = Trace()
    for number in range(11):
        if number != left_out:
            trace.by_thread(OURS, VHOST, 100 + number)
        trace.by_processor(THEIRS, 400)
    return stages(trace, 10, "plug-1")


@test
def a_request_without_notification_is_left_out():
    values = ten_rounds(4)
    equal([values.get(("plug-1-serve", "20", number)) for number in range(1, 11)],
          [101, 102, 103, None, 105, 106, 107, 108, 109, 110])
    equal([values["plug-1-serve", "16", number] for number in range(1, 11)], [400] * 10)


@test
def a_request_without_interrupt_is_left_out():
    trace = Trace()
    for number in range(11):
        if number == 4:
            trace.notify(OURS).add(CPU, "sched_waking: comm=x pid=%d prio=120" % VHOST)
        else:
            trace.by_thread(OURS, VHOST, 100 + number)
        trace.by_processor(THEIRS, 400)
    values = stages(trace, 10, "plug-1")
    equal([values.get(("plug-1-serve", "20", number)) for number in (3, 4, 5)], [103, None, 105])


@test
def a_trace_that_lacks_much_is_an_error():
    trace = Trace()
    for _ in range(3):
        trace.by_thread(OURS, VHOST, 200).by_processor(THEIRS, 400)
    assert "these are 6 of 20" in stages(trace, 10, "plug-1"), stages(trace, 10, "plug-1")


sys.exit(ktap.run([(function.__name__, function) for function in TESTS]))

# SPDX-License-Identifier: GPL-2.0
"""What people call the parts, metrics and devices of a benchmark."""

import re

PARTS = {
    "requests": (
        "Requests",
        "A driver that adds no memory to the guest sends the same request to each device in "
        "turn, and waits for the response: one request in flight, as with Linux's driver. "
        "\"Polled\" is without the interrupt and the guest's scheduler."),
    "unplug-all": (
        "UNPLUG_ALL",
        "The same with one request for all of 1 GiB, which the guest has written to. The QEMUs "
        "do not take turns."),
    "stages": (
        "Where the time of a request goes",
        "From what the host's kernel traces: until somebody serves the device, a thread or QEMU in "
        "the guest's own processor; the request itself, until the interrupt; and the rest of "
        "what the guest waits for. Tracing takes time, too: the "
        "part \"requests\" has the time of the whole."),
    "pauses": (
        "Pauses",
        "While a device plugs memory, is touched, or unplugs it, in requests of 128 MiB, QEMU's "
        "monitor is asked for its status once a millisecond, and another virtual CPU reads an "
        "I/O port that QEMU emulates. The longest of each round counts. \"Idle\" is the same "
        "with nothing going on: the noise of this machine."),
    "resize": (
        "Resizing",
        "The guest's kernel grows and shrinks by a whole resize, from QEMU's monitor's command "
        "until the plugged size is the requested one; and the processor time of the VM, guest "
        "included, meanwhile. \"Touched\": the guest has written to all of its memory, and freed it."),
    "faults": (
        "Faults",
        "A process writes to each page of plugged memory for the first time: a region of ours, "
        "and a memfd. No QEMU takes part."),
    "memory": (
        "Memory for metadata",
        "What a VM with a large, empty region takes of the host, less what a VM without it "
        "takes; and once more with all of it plugged, and one word written in each GiB."),
    "together": (
        "Several devices of one VM at once",
        "All of them plug, and then unplug, the same amount of allocated memory at once: from "
        "the beginning to the end of the last one."),
    "regions": (
        "A host with many regions",
        "Requests of one VM, and the administrator's list, alone and beside many regions of "
        "other processes. No QEMU's devices take part, and the two cannot be interleaved."),
    "mass": (
        "All VMs of a host shrink at once",
        "Processes that play VMs, each with a region of 512 GiB of which 16 GiB are plugged and "
        "8 MiB touched, are told to shrink to nothing, and do it in requests of 128 MiB. What guests "
        "do in a shrink is not there: this is the host's part."),
}

DEVICES = {
    "ours": "vhost-mem",
    "ours-prealloc": "vhost-mem, prealloc",
    "ours-hugetlb": "vhost-mem, hugetlb",
    "ram": "virtio-mem, ram",
    "memfd": "virtio-mem, memfd",
    "file": "virtio-mem, file of 2 MiB pages",
    "memfd-prealloc": "virtio-mem, memfd, prealloc",
    "hugetlb-prealloc": "virtio-mem, hugetlb, prealloc",
    "plain-memfd": "a memfd",
    "alone": "alone",
    "crowd": "beside many regions",
}

REQUESTS = {"plug": "PLUG", "unplug": "UNPLUG", "state": "STATE"}


def device_name(name):
    return DEVICES.get(name, name)


def _request_name(words):
    size = {"1": "2 MiB", "64": "128 MiB"}
    return "%s %s%s" % (REQUESTS.get(words[0], words[0]), size.get(words[1], words[1]),
                        "".join(", " + w for w in words[2:]))


def metric_name(metric):
    """In words; a metric that is not known keeps its name."""
    words = metric.split("-")
    if metric == "unplug-all":
        return "UNPLUG_ALL of 1 GiB, touched"
    if metric == "touch-64":
        return "first write to each page of 128 MiB"
    if words[0] in REQUESTS and len(words) > 1:
        return _request_name(words)
    if words[0] == "stages":
        what = {"notify": "until it is served", "serve": "the request itself", "rest": "the rest"}
        return "%s: %s" % (_request_name(words[1:-1]), what[words[-1]])
    if words[0] == "pause":
        what = {"qmp": "longest answer of the monitor", "port": "longest exit of another CPU",
                "took": "time of it all", "median": "median answer of the monitor"}
        return "%s: %s" % (words[1], what[words[-1]])
    match = re.fullmatch(r"(grow|regrow|shrink-untouched|shrink-touched)(-cpu|-qmp)?", metric)
    if match:
        return match[1].replace("-", " ") + {
            None: ": time", "-cpu": ": processor time",
            "-qmp": ": longest answer of the monitor"}[match[2]]
    if words[0] == "fault":
        return "%s page, %s thread%s" % ({"4k": "4 KiB", "2m": "2 MiB"}[words[1]], words[2],
                                         "" if words[2] == "1" else "s")
    if words[0] == "memory":
        what = {"kernel": "the kernel's memory", "tables": "page tables", "qemu": "QEMU's own memory",
                "plug": "time to plug all", "touch": "time to touch"}
        size = re.sub(r"([GT])$", r" \1iB", words[1])
        return "%s, %s: %s" % (size, {"created": "empty", "sparse": "plugged"}[words[2]],
                               what[words[-1]])
    if words[0] == "together":
        return "%s device%s: %s" % (words[1], "" if words[1] == "1" else "s", words[2])
    if words[0] == "mass":
        what = {"create-kernel": "the kernel's memory for each, empty",
                "plugged-kernel": "the kernel's memory for each, plugged",
                "resize": "all are told", "shrink": "all have shrunk",
                "shrink-cpu": "processor time of that", "requests": "requests"}
        return "%s VM%s: %s" % (words[1], "" if words[1] == "1" else "s", what["-".join(words[2:])])
    if words[0] == "regions":
        return {"list": "vmemctl list", "kernel": "the kernel's memory for a region"}.get(
            words[1]) or _request_name(words[1:])
    return metric


def format_value(value, unit):
    """Three digits, in a unit that people read."""
    if unit == "number":
        return "%d" % value
    if unit == "bytes":
        steps = ((2 ** 30, "GiB"), (2 ** 20, "MiB"), (2 ** 10, "KiB"), (1, "B"))
    else:
        steps = ((10 ** 9, "s"), (10 ** 6, "ms"), (10 ** 3, "µs"), (1, "ns"))
    for size, name in steps:
        if abs(value) >= size:
            break
    value /= size
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return "%.*f %s" % (digits, value, name)


def format_ratio(value):
    return "%.*f" % (0 if value >= 100 else 1 if value >= 10 else 2, value)

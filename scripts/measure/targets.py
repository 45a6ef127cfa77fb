# SPDX-License-Identifier: GPL-2.0
"""What the figures are to be, and why some are not better than QEMU's."""

import fnmatch
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A ratio that is wanted of metrics, against some devices of some QEMU."""

    text: str
    metrics: tuple
    theirs: tuple
    qemu: str       # a pattern
    ratio: float


TARGETS = (
    Target("One block plugged or unplugged: at least 2 times as fast as QEMU 7.2",
           ("plug-1", "unplug-1"), ("ram", "memfd"), "7.2", 2),
    Target("One block plugged or unplugged: at least 4 times as fast as QEMU 10.0",
           ("plug-1", "unplug-1"), ("ram", "memfd"), "10.*", 4),
    Target("Of that the request itself, without notification and interrupt: 2 times, QEMU 7.2",
           ("stages-plug-1-serve", "stages-unplug-1-serve"), ("ram", "memfd"), "7.2", 2),
    Target("Of that the request itself, without notification and interrupt: 4 times, QEMU 10.0",
           ("stages-plug-1-serve", "stages-unplug-1-serve"), ("ram", "memfd"), "10.*", 4),
    Target("Worst answer of the monitor while memory is plugged and allocated: at least 30 times as soon",
           ("pause-plug-qmp",), ("memfd-prealloc", "hugetlb-prealloc"), "*", 30),
    Target("Touched memory unplugged: at least 10 times as fast as with QEMU's memfd",
           ("unplug-1-touched", "unplug-64-touched", "unplug-all"), ("memfd",), "*", 10),
)

# (metric, device of QEMU's, ratio, why). Patterns; the first that fits counts, and explains
# nothing below that ratio.
EXPLANATIONS = (
    ("touch-64", "*", 0.85, "What a guest waits for when it touches memory is KVM, and zeroing by "
     "the same code of the kernel as for QEMU's memory."),
    ("fault-*", "*", 0.85, "Zeroing of pages, by the same code of the kernel; beside it, the guard "
     "looks at one bit."),
    ("grow*", "*", 0.8, "The guest adds memory to its kernel meanwhile, which takes most of the "
     "time, and the same with each device."),
    ("regrow*", "*", 0.8, "As for growing."),
    ("shrink-untouched*", "*", 0.8, "The guest takes its memory offline meanwhile, which takes most "
     "of the time, and the same with each device."),
    ("unplug-*-touched", "ram", 0.5, "Pages of a region are in the page cache of a file, so that it "
     "can be guarded, and have to be taken out of it. Pages of anonymous memory have no cache."),
    ("unplug-all", "ram", 0.5, "As for UNPLUG of 128 MiB."),
    ("unplug-all", "hugetlb-prealloc", 0.4, "Each page is looked at before it goes: one to which "
     "somebody has another reference is kept, and counted, until that is gone. QEMU has one "
     "call of the kernel take all."),
    ("memory-*-created-kernel", "*", 0.7, "The kernel serves the device: a thread, vhost's arrays "
     "for the virtqueue, 70 KiB together, and bits for each block. QEMU has that in its own memory."),
    ("memory-*-qemu", "*", 0.5, "Hardly anything in it depends on the device. QEMU allocates by huge "
     "pages of 2 MiB, one more or less at random; of 1 TiB, 96 MiB are its own bitmaps of pages."),
    ("memory-*-sparse-touch", "memfd", 0, "A word in each GiB: a page of 2 MiB is zeroed for each "
     "with ours, and one of 4 KiB with QEMU's memfd, which has no huge pages. Small pages take "
     "more page tables, and more time as soon as more than a word is touched."),
    ("stages-*-notify", "*", 0, "A thread serves ours, and has to be woken. QEMU 7.2 serves its own "
     "at once, in the thread of the guest's processor, which runs nothing else until then; QEMU "
     "10.0 in a thread that often is awake still."),
    ("stages-*-rest", "*", 0, "No device takes part: the guest's exit, its interrupt, and the "
     "wake-up of a processor that slept while a thread served."),
    ("pause-idle-*", "*", 0, "Nothing is requested: this is the noise of the machine, below which "
     "no pause can be seen."),
    ("pause-touch-*", "*", 0, "No request, only faults: neither device takes part."),
    ("pause-*-port", "*", 0.2, "Where QEMU's device does little in a request, what is left is the "
     "noise of the machine (see the rows for idle)."),
    ("*-took", "*", 0.5, "With the other virtual CPU, the monitor and the emulator busy on the same "
     "processors; see the part \"requests\" for undisturbed times."),
)


def targets_of(comparison):
    """The targets that a comparison counts for."""
    metric, theirs = comparison.ours.metric, comparison.theirs
    return [target for target in TARGETS
            if metric in target.metrics and theirs.device in target.theirs
            and theirs.driver != "stock" and fnmatch.fnmatch(theirs.qemu, target.qemu)]


def explanation(comparison):
    """Why QEMU's is as good or better, or None if nobody has said why."""
    for metric, device, ratio, text in EXPLANATIONS:
        if fnmatch.fnmatch(comparison.ours.metric, metric) and \
                fnmatch.fnmatch(comparison.theirs.device, device):
            return text if comparison.ratio >= ratio else None
    return None


def is_worse(comparison):
    """Whether QEMU's is better, beyond the spread of the rounds."""
    return comparison.high < 1

# SPDX-License-Identifier: GPL-2.0
"""From records to results and ratios."""

import math
from dataclasses import dataclass, replace

# Ours, and what QEMU, or without one the kernel, has with the same memory.
PAIRS = (
    ("ours", "ram"),
    ("ours", "memfd"),
    ("ours", "file"),
    ("ours", "plain-memfd"),
    ("ours-prealloc", "memfd-prealloc"),
    ("ours-hugetlb", "hugetlb-prealloc"),
)


def percentile(values, part):
    """The value below which a part (0 to 1) of the values is, between two of them in line."""
    values = sorted(values)
    at = part * (len(values) - 1)
    low = math.floor(at)
    high = math.ceil(at)
    return values[low] + (values[high] - values[low]) * (at - low)


@dataclass
class Comparison:
    """Ours against another series, by round: a ratio above 1 is in our favour."""

    ours: object
    theirs: object
    ratios: list
    interleaved: bool

    @property
    def ratio(self):
        return percentile(self.ratios, 0.5)

    @property
    def low(self):
        return percentile(self.ratios, 0.1)

    @property
    def high(self):
        return percentile(self.ratios, 0.9)


def ratios(ours, theirs):
    """Of the rounds that both have; a value that is not above 0 has none."""
    return [theirs[n] / ours[n] for n in sorted(ours) if n in theirs and ours[n] > 0 and theirs[n] > 0]


def partners(series, values):
    """Whom a series of ours is compared with."""
    for ours, theirs in PAIRS:
        if series.device == ours:
            yield replace(series, device=theirs)
    # The guest's drivers, with the same device.
    if series.driver == "ours":
        yield replace(series, driver="stock")
    # The same with and without many other regions.
    if series.device == "alone":
        yield replace(series, device="crowd")


def compare(records):
    """All comparisons, in the order of the records."""
    result = []
    for series, values in records.values.items():
        for other in partners(series, values):
            found = ratios(values, records.values.get(other, {}))
            if found:
                result.append(Comparison(series, other, found,
                                         records.interleaved(series, other)))
    return result


def is_pause(metric):
    return metric.startswith("pause-") and not metric.endswith(("-took", "-median"))


def unit(metric):
    if metric.endswith("-requests"):
        return "number"
    return "bytes" if metric.endswith(("-kernel", "-tables", "-qemu")) else "ns"

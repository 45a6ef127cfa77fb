# SPDX-License-Identifier: GPL-2.0
"""Records of a benchmark: what selftests/e2e/bench/suite prints, one JSON object a line."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """What makes values comparable: all but the round."""

    part: str
    qemu: str
    driver: str
    metric: str
    device: str


class RecordError(Exception):
    """A line is not a record."""


class Records:
    """Values of all series, by round, in the order in which they were measured.

    order is [(series, round)], values {series: {round: value}}, environments the
    objects with that name, one for each boot, and seconds {part: how long it took} of
    the parts that are complete. Of a part that was measured twice the later one counts.
    """

    def __init__(self):
        self.order = []
        self.values = {}
        self.environments = []
        self.seconds = {}
        self._pending = {}

    def add(self, record):
        if "environment" in record:
            self.environments.append(record["environment"])
            # Of a part that was broken off nothing counts.
            self._pending = {}
        elif record.get("end"):
            self._complete(record["part"], record["seconds"])
        else:
            value = (Series(*(record[key] for key in ("part", "qemu", "driver", "metric", "device"))),
                     record["round"], record["value"])
            self._pending.setdefault(record["part"], []).append(value)

    def _complete(self, part, seconds):
        self.order = [(s, n) for s, n in self.order if s.part != part]
        self.values = {s: v for s, v in self.values.items() if s.part != part}
        for series, number, value in self._pending.pop(part, []):
            self.order.append((series, number))
            self.values.setdefault(series, {})[number] = value
        self.seconds[part] = seconds

    def interleaved(self, one, other):
        """Whether the two series were measured in turn, not one after the other.

        Who is first may change from round to round, but neither is ever ahead by two. A round
        that one of them lacks says nothing.
        """
        both = self.values[one].keys() & self.values[other].keys()
        ahead = 0
        for series, number in self.order:
            if number not in both:
                continue
            ahead += (series == one) - (series == other)
            if abs(ahead) > 1:
                return False
        return True


def read_records(lines):
    """Records of an iterable of lines. A line that was cut off may be the last of a boot."""
    records = Records()
    bad = None
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line:
            continue
        try:
            record = json.loads(line)
            if bad and "environment" not in record:
                raise bad
            bad = None
            records.add(record)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if bad:
                raise bad from error
            bad = RecordError("line %d is no record: %s" % (number, line))
    return records


def without_baseline(records):
    """Memory is that of a VM with the device, less that of one without, of the same round.

    The series of the device "none" are gone afterwards.
    """
    bases = {}
    for series in [s for s in records.values if s.device == "none"]:
        bases[(series.part, series.qemu, series.driver, series.metric)] = records.values.pop(series)
    for series, values in records.values.items():
        base = bases.get((series.part, series.qemu, series.driver, series.metric))
        if base:
            records.values[series] = {n: v - base[n] for n, v in values.items() if n in base}
    records.order = [(s, n) for s, n in records.order if s in records.values]

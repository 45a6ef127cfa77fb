# SPDX-License-Identifier: GPL-2.0
"""The JSON of a report; scripts/measure/schema.json is its schema."""

from compare import compare, percentile, unit
from targets import explanation, is_worse, targets_of

VERSION = 1


def result_of(series, values):
    values = list(values.values())
    return {
        "part": series.part, "qemu": series.qemu, "driver": series.driver,
        "metric": series.metric, "device": series.device, "unit": unit(series.metric),
        "n": len(values), "p50": percentile(values, 0.5), "p99": percentile(values, 0.99),
        "min": min(values), "max": max(values),
    }


def comparison_of(comparison):
    ours, theirs = comparison.ours, comparison.theirs
    targets = targets_of(comparison)
    return {
        "part": ours.part, "qemu": ours.qemu, "metric": ours.metric,
        "ours": {"device": ours.device, "driver": ours.driver},
        "theirs": {"device": theirs.device, "driver": theirs.driver},
        "rounds": len(comparison.ratios),
        "ratio": comparison.ratio, "low": comparison.low, "high": comparison.high,
        "interleaved": comparison.interleaved,
        "target": max((t.ratio for t in targets), default=None),
        "met": all(comparison.ratio >= t.ratio for t in targets) if targets else None,
        "worse": is_worse(comparison),
        "explanation": explanation(comparison) if is_worse(comparison) else None,
    }


def summarize(records):
    """Everything of a report, as Python's objects for JSON."""
    return {
        "version": VERSION,
        "environments": records.environments,
        "parts": [{"part": part, "seconds": seconds}
                  for part, seconds in records.seconds.items()],
        "results": [result_of(series, values) for series, values in records.values.items()],
        "comparisons": [comparison_of(c) for c in compare(records)],
    }

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
The report of scripts/bench: ratios are of values of the same round, whether series were
measured in turn is seen, broken-off parts do not count, and the JSON is as its schema
says. sample.jsonl beside it has a record of each kind; its values are made up. The page is
only made where matplotlib is.
"""

import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MEASURE = os.path.join(HERE, "../../scripts/measure")
sys.dont_write_bytecode = True
sys.path[:0] = [MEASURE, os.path.join(HERE, "../lib")]

import ktap  # noqa: E402
from compare import compare, percentile  # noqa: E402
from names import format_value, metric_name  # noqa: E402
from records import RecordError, Series, read_records, without_baseline  # noqa: E402
from summary import summarize  # noqa: E402

TESTS = []
ENVIRONMENT = json.dumps({"environment": {"host": "here"}})


def test(function):
    TESTS.append(function)
    return function


def line(device, number, value, metric="plug-1", **more):
    return json.dumps({"part": "requests", "qemu": "7.2", "driver": "bench", "metric": metric,
                       "device": device, "round": number, "value": value, **more})


def end(part="requests"):
    return json.dumps({"part": part, "end": True, "seconds": 5})


def records(*lines):
    return read_records([ENVIRONMENT, *lines, end()])


def only(items):
    items = list(items)
    assert len(items) == 1, items
    return items[0]


def equal(seen, expected):
    assert seen == expected, "%r, expected %r" % (seen, expected)


@test
def percentiles_are_between_the_values():
    equal(percentile([4], 0.99), 4)
    equal(percentile([3, 1, 2], 0.5), 2)
    equal(percentile([0, 10], 0.5), 5)
    equal(percentile(range(101), 0.99), 99)


@test
def a_ratio_is_of_one_round():
    # The machine is ten times slower in the second round, for both.
    c = only(compare(records(line("ours", 1, 10), line("ram", 1, 30),
                             line("ram", 2, 300), line("ours", 2, 100))))
    equal(c.ratios, [3, 3])
    equal((c.ratio, c.low, c.high), (3, 3, 3))


@test
def the_spread_is_from_the_10th_to_the_90th_percentile():
    lines = []
    for n in range(11):
        lines += [line("ours", n, 10), line("ram", n, 10 * (n + 1))]
    c = only(compare(records(*lines)))
    equal((c.low, c.ratio, c.high), (2, 6, 10))


@test
def rounds_that_one_of_them_lacks_do_not_count():
    c = only(compare(records(line("ours", 1, 10), line("ram", 1, 20), line("ours", 2, 10),
                             line("ram", 3, 70))))
    equal(c.ratios, [2])


@test
def what_is_not_above_zero_has_no_ratio():
    equal(compare(records(line("ours", 1, 0), line("ram", 1, 20))), [])
    equal(compare(records(line("ours", 1, 5), line("ram", 1, -1))), [])


@test
def only_the_same_memory_is_compared():
    equal(compare(records(line("ours-prealloc", 1, 5), line("ram", 1, 5))), [])
    equal(compare(records(line("ours", 1, 5), line("ram", 1, 5, qemu="10.0"))), [])
    only(compare(records(line("ours-hugetlb", 1, 5), line("hugetlb-prealloc", 1, 5))))


@test
def guest_drivers_are_compared_with_the_same_device():
    c = only(compare(records(line("ours", 1, 5, driver="ours"), line("ours", 1, 20, driver="stock"))))
    equal((c.theirs.device, c.theirs.driver, c.ratio), ("ours", "stock", 4))


@test
def in_turn_is_in_turn():
    turns = [line("ours", 1, 1), line("ram", 1, 1), line("ram", 2, 1), line("ours", 2, 1),
             line("ours", 3, 1), line("ram", 3, 1)]
    assert only(compare(records(*turns))).interleaved
    for rounds in (2, 3):
        apart = [line("ours", n, 1) for n in range(rounds)] + [line("ram", n, 1) for n in range(rounds)]
        assert not only(compare(records(*apart))).interleaved


@test
def a_round_that_one_lacks_does_not_matter_for_turns():
    turns = [line(device, n, 1) for n in range(5) for device in ("ours", "ram")
             if device == "ours" or n not in (1, 3)]
    assert only(compare(records(*turns))).interleaved


@test
def others_between_do_not_matter_for_turns():
    lines = []
    for n in range(3):
        lines += [line("ours", n, 1), line("memfd", n, 1), line("memfd", n, 1, metric="state-1"),
                  line("ram", n, 1)]
    for c in compare(records(*lines)):
        assert c.interleaved, c


@test
def a_part_that_was_broken_off_does_not_count():
    found = read_records([ENVIRONMENT, line("ours", 1, 5), '{"part": "requ',
                          ENVIRONMENT, line("ours", 1, 7), end()])
    equal(list(found.values.values()), [{1: 7}])
    equal(read_records([ENVIRONMENT, line("ours", 1, 5)]).values, {})


@test
def a_part_that_was_measured_again_replaces_the_older_one():
    found = read_records([ENVIRONMENT, line("ours", 1, 5), line("ram", 1, 5), end(),
                          ENVIRONMENT, line("ours", 1, 7), end()])
    equal(list(found.values.values()), [{1: 7}])
    equal(len(found.order), 1)


@test
def a_line_in_the_middle_that_is_no_record_is_an_error():
    for bad in ("oops", '{"part": "requests"}', "[]"):
        try:
            read_records([ENVIRONMENT, bad, line("ours", 1, 5), end()])
        except RecordError:
            continue
        assert False, bad


@test
def memory_is_that_of_the_device_alone():
    found = records(line("none", 1, 100, metric="m"), line("ours", 1, 130, metric="m"),
                    line("none", 2, 200, metric="m"), line("ours", 2, 250, metric="m"))
    without_baseline(found)
    equal(found.values, {Series("requests", "7.2", "bench", "m", "ours"): {1: 30, 2: 50}})


@test
def targets_are_those_of_the_device_and_the_qemu():
    lines = [line("ours", 1, 10), line("ram", 1, 30), line("ours", 1, 10, qemu="10.0"),
             line("ram", 1, 30, qemu="10.0"), line("ours", 1, 10, metric="state-1"),
             line("ram", 1, 30, metric="state-1")]
    found = summarize(records(*lines))["comparisons"]
    equal([(c["target"], c["met"]) for c in found], [(2, True), (4, False), (None, None)])


@test
def what_is_worse_beyond_the_spread_is_said_to_be():
    lines = []
    for n in range(5):
        lines += [line("ours", n, 20), line("ram", n, 10), line("memfd", n, 10 + 5 * n)]
    found = summarize(records(*lines))["comparisons"]
    equal([(c["theirs"]["device"], c["worse"]) for c in found], [("ram", True), ("memfd", False)])


@test
def an_explanation_is_for_what_is_a_little_worse():
    for theirs, explained in ((9, True), (2, False)):
        lines = []
        for n in range(3):
            lines += [line("ours", n, 10, metric="grow"), line("ram", n, theirs, metric="grow")]
        c = only(summarize(records(*lines))["comparisons"])
        equal((c["worse"], c["explanation"] is not None), (True, explained))


@test
def values_are_printed_for_people():
    equal([format_value(v, "ns") for v in (999, 1500, 25 * 10 ** 6, 0)],
          ["999 ns", "1.50 µs", "25.0 ms", "0.00 ns"])
    equal(format_value(3 * 2 ** 20, "bytes"), "3.00 MiB")
    equal(metric_name("unplug-64-touched"), "UNPLUG 128 MiB, touched")
    equal(metric_name("no-such-metric"), "no-such-metric")


def sample():
    with open(os.path.join(HERE, "sample.jsonl"), encoding="utf-8") as lines:
        found = read_records(lines)
    without_baseline(found)
    return summarize(found)


@test
def the_summary_is_as_the_schema_says():
    import jsonschema

    with open(os.path.join(MEASURE, "schema.json"), encoding="utf-8") as schema:
        jsonschema.validate(json.loads(json.dumps(sample())), json.load(schema))


@test
def each_metric_has_a_name():
    nameless = {r["metric"] for r in sample()["results"] if metric_name(r["metric"]) == r["metric"]}
    equal(nameless, set())


@test
def the_page_has_each_part_and_stands_alone():
    try:
        from page import page
    except ImportError:
        raise ktap.Skip("no matplotlib") from None
    summary = sample()
    text = page(summary)
    equal(text.count("<h2>"), len(summary["parts"]) + 2)
    assert text.count("<svg") >= len(summary["parts"])
    assert not re.search(r'(src|href)="(?!#)', text), "it refers to something else"
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S)


sys.exit(ktap.run([(function.__name__, function) for function in TESTS]))

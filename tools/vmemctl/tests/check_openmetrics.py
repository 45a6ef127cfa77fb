#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks metrics on stdin strictly; prints what is wrong, and nothing if all is well.

Usage: check_openmetrics.py [--openmetrics]

Of OpenMetrics, or of Prometheus' text format, what vmemctl uses: a family is contiguous
and has HELP and TYPE in front, samples belong to it, are unique, and have no timestamps;
labels are escaped; counters end in _total.
"""
import re
import sys

OPEN = '--openmetrics' in sys.argv
NAME = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r'[0-9]+')
SUFFIX = {'counter': '_total', 'info': '_info', 'gauge': ''}

bad = []
families = {}
samples = set()
current = None
text = sys.stdin.buffer.read().decode()  # fails unless it is UTF-8


def wrong(number, what):
    bad.append(f'line {number}: {what}')


def take_labels(number, rest):
    """The labels at the beginning of rest, and what is behind them."""
    labels = {}
    if not rest.startswith('{'):
        return labels, rest
    rest = rest[1:]
    while True:
        match = LABEL.match(rest)
        if not match:
            wrong(number, f'no label: {rest!r}')
            return labels, ''
        if match[1] in labels:
            wrong(number, f'label {match[1]} twice')
        if any(ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 for c in match[2]):
            wrong(number, 'control character')
        labels[match[1]] = match[2]
        rest = rest[match.end():]
        if rest.startswith('}'):
            return labels, rest[1:]
        if not rest.startswith(','):
            wrong(number, f'neither , nor }}: {rest!r}')
            return labels, ''
        rest = rest[1:]


if not text.endswith('\n'):
    bad.append('no newline at the end')
lines = text.split('\n')[:-1]
if OPEN and (not lines or lines.pop() != '# EOF'):
    bad.append('no # EOF at the end')
for number, line in enumerate(lines, 1):
    if line.startswith('# '):
        try:
            _, kind, name, value = line.split(' ', 3)
        except ValueError:
            wrong(number, f'comment: {line!r}')
            continue
        if kind == 'HELP':
            if name in families:
                wrong(number, f'{name} twice')
            current = name
            families[name] = {'HELP': value}
            continue
        if name != current or kind in families[name] or kind not in ('TYPE', 'UNIT'):
            wrong(number, f'{kind} of {name} here')
        if kind == 'TYPE' and value not in (SUFFIX if OPEN else ('gauge', 'counter')):
            wrong(number, f'type {value}')
        if kind == 'UNIT' and (not OPEN or not name.endswith('_' + value)):
            wrong(number, f'unit {value} of {name}')
        families.setdefault(name, {})[kind] = value
        continue
    match = NAME.match(line)
    if not match or current is None or 'TYPE' not in families[current]:
        wrong(number, f'no sample, or no TYPE before it: {line!r}')
        continue
    kind = families[current]['TYPE']
    wanted = current + SUFFIX[kind] if OPEN else current
    if match[0] != wanted:
        wrong(number, f'{match[0]} is not of {current}')
    if (kind == 'counter') != match[0].endswith('_total'):
        wrong(number, f'{match[0]} is a {kind}')
    labels, rest = take_labels(number, line[match.end():])
    if not rest.startswith(' ') or not NUMBER.fullmatch(rest[1:]):
        wrong(number, f'no number, or more than one: {rest!r}')
    sample = (match[0], tuple(sorted(labels.items())))
    if sample in samples:
        wrong(number, 'the same sample again')
    samples.add(sample)
print('\n'.join(bad), end='\n' if bad else '')
sys.exit(1 if bad else 0)

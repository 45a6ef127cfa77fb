#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""'vmemctl -j' prints what the kernel's own client (YNL) reads in the same messages.

The fake kernel records what it sends; YNL decodes the record by the specification, which
vmemctl does not read. Prints where the two differ, and nothing if all is well. Arguments:
the directory of the kernel's tools/net/ynl, and the specification.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
from lib import ynl     # noqa: E402 pylint: disable=wrong-import-position,import-error

FAMILY, FAMILY_ID, GROUP = 'vhost-mem', 0x1c, 7     # as in fixture.h and fake_kernel.c
# YNL does not decode strings that are not ASCII, and values that it does not know.
HOSTILE_REGION, HOSTILE_JOB = 4000000000, 13

# Words for the fake kernel, a command, and how many regions, jobs and pools it prints;
# for monitor, how many events.
COMMANDS = [
    ('regions', 'list', (3, 0, 0)),
    ('regions,jobs,pools', 'list', (3, 0, 0)),
    ('regions,leaving,limbo,pools', 'show vm1', (1, 0, 0)),
    ('regions', 'show 2 3', (2, 0, 0)),
    ('regions,pools', 'reserve vm1 2G', (1, 0, 0)),
    ('regions,jobs', 'resize vm1 4G', (1, 0, 0)),
    ('regions,jobs', 'limit vm1 4G', (1, 0, 0)),
    ('regions', 'policy vm1 auto', (1, 0, 0)),
    ('regions', 'grant vm1', (1, 0, 0)),
    ('regions', 'deny vm1', (1, 0, 0)),
    ('regions,jobs', 'wait j12', (0, 1, 0)),
    ('regions,jobs', 'jobs', (0, 2, 0)),
    ('regions,jobs', 'jobs j17', (0, 1, 0)),
    ('regions,jobs', 'jobs vm1', (0, 2, 0)),
    ('regions,jobs', 'cancel j17', (0, 1, 0)),
    ('regions,pools', 'pool', (0, 0, 2)),
    ('regions,pools', 'pool set default 90G', (0, 0, 1)),
    ('regions,pools', 'pool add silver 1G', (0, 0, 1)),
    ('regions,defaults', 'defaults', (0, 0, 0)),
    ('regions,defaults', 'defaults set --limit 8G --pool gold --policy auto -m 4G', (0, 0, 0)),
    ('regions,defaults', 'list', (3, 0, 0)),
    ('regions,jobs,story,ended', 'monitor', 6),
    ('regions,jobs,story,ended,defaults', 'monitor', 7),
]

bad = []


class Client(ynl.YnlFamily):
    """Decodes a record of messages in place of those of a socket."""

    def __init__(self, spec):
        ynl.genl_family_name_to_id = {
            FAMILY: {'id': FAMILY_ID, 'name': FAMILY, 'mcast': {'events': GROUP}}}
        # 'regen-netlink --check' compares the specification with its schema.
        super().__init__(spec, schema='')
        self.objects, self.events = {}, []

    def read(self, record):
        self.objects = {'region': {}, 'job': {}, 'pool': {}, 'defaults': {}}
        self.events = []
        for msg in ynl.NlMsgs(record):
            if msg.nl_type != FAMILY_ID:
                continue
            msg = self.nlproto.decode(self, msg, None)
            try:
                self.take(msg)
            except (UnicodeDecodeError, KeyError):
                pass        # of the hostile ones, or something is missing below

    def take(self, msg):
        op = self.rsp_by_value[msg.cmd()]
        values = self._decode(msg.raw_attrs, op.attr_set.name)
        if msg.cmd() in self.async_msg_ids:
            self.events.append((op['name'].split('-')[-2], values))
        kind = op.attr_set.name
        if kind == 'defaults':
            self.objects[kind] = values
            return
        self.objects[kind][str(values['name' if kind == 'pool' else 'id'])] = values


def compare(what, seen, expected):
    if seen != expected:
        bad.append(f'{what}: vmemctl: {json.dumps(seen)}; YNL: {json.dumps(expected)}')


def compare_events(command, lines, client, number):
    events = [json.loads(line) for line in lines]
    events = [(e['event'], e.get('region', e.get('defaults'))) for e in events]
    events = [e for e in events if e[1].get('id') != HOSTILE_REGION]
    if len(events) != number:
        bad.append(f'{command}: {len(events)} events, expected {number}')
    compare(command, [list(e) for e in events], [list(e) for e in client.events])


def compare_objects(command, text, client, numbers):
    seen = json.loads(text)
    if 'defaults' in seen or client.objects['defaults']:
        compare(command, seen.get('defaults'), client.objects['defaults'])
    for kind, number in zip(('region', 'job', 'pool'), numbers):
        objects = {key: o for key, o in seen.get(kind, {}).items()
                   if o.get('id') not in (HOSTILE_REGION, HOSTILE_JOB)}
        if len(objects) != number:
            bad.append(f'{command}: {len(objects)} of {kind}, expected {number}: {text}')
        for key, values in objects.items():
            compare(f'{command}: {kind} {key}', values, client.objects[kind].get(key))


def check(client, words, command, numbers):
    with tempfile.NamedTemporaryFile() as record:
        done = subprocess.run([os.environ['VMEMCTL'], '-j', *command.split()],
                              capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, 'FAKE': words, 'FAKE_RECORD': record.name})
        client.read(record.read())
    if done.returncode != (2 if command == 'monitor' else 0):
        bad.append(f'{command}: exit status {done.returncode}: {done.stderr}')
    elif command == 'monitor':
        compare_events(command, done.stdout.splitlines(), client, numbers)
    else:
        compare_objects(command, done.stdout, client, numbers)


kernel_client = Client(sys.argv[2])
for case in COMMANDS:
    check(kernel_client, *case)
print('\n'.join(bad), end='\n' if bad else '')
sys.exit(bool(bad))

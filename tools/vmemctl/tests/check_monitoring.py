#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is in monitoring/ and in vhost-mem-figures.rst agrees with what there is.

Metrics of rules, dashboard and document are those that vmemctl prints; the document has
each of them, and each tracepoint of the module with fields that it has. Prints what is
wrong, and nothing if all is well. $PROMTOOL, if set, checks and tests the rules, and the
expressions of the dashboard.
"""
import json
import os
import re
import subprocess
import tempfile

import yaml

DOCUMENT = '../../Documentation/virt/vhost-mem-figures.rst'
TRACE = '../../kmod/trace.h'
RULES = 'monitoring/vhost-mem.rules.yml'
DASHBOARD = 'monitoring/vhost-mem-dashboard.json'
# Of node_exporter itself.
FOREIGN = {'node_memory_MemAvailable_bytes', 'node_textfile_mtime_seconds'}
NAME = re.compile(r'\b(?:vhost_mem|node)_[a-zA-Z_]+\b')

bad = []


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def promtool(*argv):
    tool = os.environ.get('PROMTOOL')
    if not tool:
        return
    ret = subprocess.run([tool, *argv], capture_output=True, text=True, timeout=60)
    if ret.returncode:
        bad.append(f'promtool {" ".join(argv)}: {ret.stdout}{ret.stderr}')


def dashboard_expressions(dashboard):
    for panel in dashboard['panels']:
        for target in panel['targets']:
            yield panel['title'], target['expr']


def check_dashboard(metrics):
    dashboard = json.loads(read(DASHBOARD))
    ids = [panel['id'] for panel in dashboard['panels']]
    if len(set(ids)) != len(ids):
        bad.append('dashboard: an id twice')
    names = {'$' + v['name'] for v in dashboard['templating']['list']}
    rules = []
    for title, expr in dashboard_expressions(dashboard):
        for name in set(NAME.findall(expr)) - metrics - FOREIGN:
            bad.append(f'dashboard: {title}: {name} is no metric')
        for name in set(re.findall(r'\$\w+', expr)) - names - {'$__rate_interval'}:
            bad.append(f'dashboard: {title}: {name} is no variable')
        expr = expr.replace('$__rate_interval', '5m').replace('$', '')
        # It must be one rule's name: which one does not matter.
        rules.append({'record': f'dashboard:{len(rules)}', 'expr': expr})
    for variable in dashboard['templating']['list'][1:]:
        for name in set(NAME.findall(variable['query']['query'])) - metrics:
            bad.append(f'dashboard: {variable["name"]}: {name} is no metric')
    with tempfile.NamedTemporaryFile('w', suffix='.yml') as file:
        json.dump({'groups': [{'name': 'dashboard', 'rules': rules}]}, file)
        file.flush()
        promtool('check', 'rules', file.name)


def check_rules(metrics):
    alerts = set()
    for group in yaml.safe_load(read(RULES))['groups']:
        for rule in group['rules']:
            alerts.add(rule['alert'])
            for name in set(NAME.findall(rule['expr'])) - metrics - FOREIGN:
                bad.append(f'rules: {rule["alert"]}: {name} is no metric')
    tested = read('monitoring/vhost-mem.rules.test.yml')
    for alert in alerts:
        if f'``{alert}``' not in read(DOCUMENT):
            bad.append(f'document: {alert} is missing')
        if f'alertname: {alert}' not in tested:
            bad.append(f'rules: {alert} has no test')
    promtool('check', 'rules', RULES)
    promtool('test', 'rules', 'monitoring/vhost-mem.rules.test.yml')


def check_document(metrics):
    documented = set(re.findall(r'^``(vhost_mem_\w+)``', read(DOCUMENT), re.M))
    for name in documented ^ metrics:
        bad.append(f'document: {name}: {"there is no such metric" if name in documented else "missing"}')


def check_tracepoints():
    events = {}
    for name, body in re.findall(r'^TRACE_EVENT\((\w+),(.*?)TP_fast_assign', read(TRACE), re.M | re.S):
        events[name] = set(re.findall(r'__field\(\w+, (\w+)\)', body))
    text = read(DOCUMENT)
    programs = re.findall(r"^  bpftrace -e 'tracepoint:vhost_mem:(\w+) (\{.*\})'$", text, re.M)
    if text.count('bpftrace -e') != len(programs):
        bad.append('document: a line with bpftrace is not as the others are')
    for event in set(events) - {name for name, _ in programs}:
        bad.append(f'document: tracepoint {event} is missing')
    for name, program in programs:
        for field in set(re.findall(r'args->(\w+)', program)) - events.get(name, set()):
            bad.append(f'document: tracepoint {name} has no {field}')


def main():
    lines = read('tests/golden/metrics-stats.prom').split('\n')
    metrics = {line.split(' ')[2] for line in lines if line.startswith('# TYPE ')}
    check_dashboard(metrics)
    check_rules(metrics)
    check_document(metrics)
    check_tracepoints()
    print(''.join(line + '\n' for line in bad), end='')


main()

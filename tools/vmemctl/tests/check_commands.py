#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Every command and option is in both completions and in the manual page.

What there is comes from 'vmemctl -j help'. Prints what is missing, and nothing if all is
well. Without zsh its completion is only searched for the names.
"""
import json
import os
import re
import shutil
import subprocess

COMMON = {'--help', '--version', '--json', '--color'}

bad = []


def output(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, **more)


def bash(*words):
    script = 'source completion/vmemctl.bash; COMP_WORDS=(vmemctl "$@"); COMP_CWORD=$#; _vmemctl; ' \
             'printf "%s\\n" "${COMPREPLY[@]}"'
    return set(output('bash', '-c', script, 'bash', *words).stdout.split())


# Instead of what would complete: prints what it is asked to.
ZSH = r'''
_arguments() { print -rl -- "$@"; state=$STATE; return $RETURN }
_describe() { print -rl -- ${(P)2} }
words=("$@"); CURRENT=$#
source completion/_vmemctl
'''


def zsh(command):
    if not shutil.which('zsh'):
        with open('completion/_vmemctl', encoding='ascii') as file:
            text = file.read()
        return set(re.findall(r'--[a-z-]+', text)) | set(re.findall(r"'(\w+):", text))
    # The first call of _arguments only finds out what is to be completed.
    env = dict(os.environ, STATE='argument' if command else 'command', RETURN='1')
    ret = output('zsh', '-f', '-c', ZSH, 'zsh', *command.split(), env=env)
    if ret.stderr:
        bad.append(f'zsh: {command}: {ret.stderr}')
    lines = ret.stdout.split('\n')
    names = {re.sub(r'^\([^)]*\)', '', line) for line in lines}
    if command:
        # Up to the end of what the first call was given.
        end = max(i for i, line in enumerate(lines) if line.startswith('*::'))
        names = {re.sub(r'^\([^)]*\)', '', line) for line in lines[end + 1:]}
    return {re.match(r'(--)?[a-z-]*', name)[0] for name in names}


def expect(where, command, wanted, seen):
    for name in sorted(wanted - seen):
        bad.append(f'{where}: {command}: {name} is missing')
    for name in sorted(n for n in seen - wanted - COMMON if n.startswith('--') and len(n) > 2):
        if shutil.which('zsh') or where != 'zsh':
            bad.append(f'{where}: {command}: there is no {name}')


def main():
    table = json.loads(output(os.environ['VMEMCTL'], '-j', 'help').stdout)
    with open('vmemctl.8', encoding='ascii') as file:
        manual = file.read().replace('\\-', '-')
    summary = output(os.environ['VMEMCTL'], 'help').stdout
    first = {name.split()[0] for name in table}
    expect('bash', 'vmemctl', first, bash(''))
    expect('zsh', 'vmemctl', first, zsh(''))
    for command, what in table.items():
        options = set(what['options']) - {'--version'}
        if command == 'auto':
            # It has options of its own, which the table does not know.
            text = output(os.environ['VMEMCTL'], 'help', command).stdout
            options |= set(re.findall(r'--[a-z-]+', text))
        expect('bash', command, options, bash(*command.split(), '-'))
        expect('zsh', command, options, zsh(command))
        if not re.search(rf'^\.SS {command}\b', manual, re.M):
            bad.append(f'vmemctl.8: {command}: there is no section')
        if not re.search(rf'^\.B {command}$', manual, re.M):
            bad.append(f'vmemctl.8: {command}: not in the synopsis')
        if f'\n  {command}' not in summary:
            bad.append(f'help: {command} is missing')
        for option in options:
            if option not in manual:
                bad.append(f'vmemctl.8: {option} is missing')
    print(''.join(line + '\n' for line in bad), end='')


main()

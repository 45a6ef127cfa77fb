#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs 'vmemctl top' in a terminal, presses keys, and prints what the screen shows then.

Usage: top.py COLUMNSxLINES [-t TERM] [-r COLUMNSxLINES] [-k KEYS] [-- ARGUMENT...]

The keys are pressed one by one, each after the screen has been drawn; -r changes the size
after them. Prints the screen, with the time hidden; then what was on stderr, and the exit
status: 'q' is pressed at last, unless the command ends by itself.

Of a vt100 as much is here as ncurses uses.
"""
import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

QUIET = 0.3     # seconds without output: the screen has been drawn
CLOCK = 3       # seconds until the clock changes, unless it is not visible
LONG = 30       # the machine may be slow
SEQUENCE = re.compile(r'\x1b(?:\[([?0-9;]*)([A-Za-z])|[()][0B]|[78=>M])')


class Screen:
    def __init__(self, columns, lines):
        self.resize(columns, lines)

    def resize(self, columns, lines):
        self.columns, self.height = columns, lines
        self.cells = [[' '] * columns for _ in range(lines)]
        self.x = self.y = 0
        # Behind the last column the cursor is on it still, until the next character.
        self.full = False

    def csi(self, numbers, letter):
        n = [int(i) if i.isdigit() else 0 for i in numbers.split(';')]
        one = n[0] or 1
        if letter in 'ABCDH':
            self.full = False
        if letter == 'H':
            self.y, self.x = one - 1, (n[1] or 1) - 1 if len(n) > 1 else 0
        elif letter == 'A':
            self.y -= one
        elif letter == 'B':
            self.y += one
        elif letter == 'C':
            self.x += one
        elif letter == 'D':
            self.x -= one
        elif letter == 'K':
            cells = self.cells[self.y]
            first, last = {0: (self.x, self.columns), 1: (0, self.x + 1)}.get(n[0], (0, self.columns))
            cells[first:last] = [' '] * (min(last, self.columns) - first)
        elif letter == 'J':
            self.csi('0', 'K')
            for y in range(self.y + 1, self.height):
                self.cells[y] = [' '] * self.columns
        elif letter not in 'mhlr':
            sys.exit(f'unknown sequence: ESC [ {numbers} {letter}')

    def put(self, text):
        while text:
            match = SEQUENCE.match(text)
            if match:
                if match[2]:
                    self.csi(match[1], match[2])
                text = text[match.end():]
                continue
            c, text = text[0], text[1:]
            if c in '\r\n\b\t':
                self.full = False
            if c == '\r':
                self.x = 0
            elif c == '\n':
                self.y += 1
            elif c == '\b':
                self.x -= 1
            elif c == '\t':
                self.x = (self.x | 7) + 1
            elif c < ' ':
                if c not in '\x0e\x0f\x07':
                    sys.exit(f'unknown character: {c!r}')
            else:
                if self.full or self.x >= self.columns or self.y >= self.height:
                    sys.exit(f'{c!r} beyond the screen, at {self.x}, {self.y}')
                self.cells[self.y][self.x] = c
                self.full = self.x == self.columns - 1
                self.x += not self.full

    def __str__(self):
        return '\n'.join(''.join(line).rstrip() for line in self.cells).rstrip('\n') + '\n'


def size(text):
    return tuple(int(i) for i in text.split('x'))


def set_size(fd, columns, lines):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))


def settle(fd, screen, seconds=CLOCK):
    """Shows what is written until nothing more is; False at its end."""
    rest = ''
    seen = False
    until = time.monotonic() + seconds
    while seen or time.monotonic() < until:
        if not select.select([fd], [], [], QUIET if seen else 1)[0]:
            if seen:
                return True
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        if not data:
            return False
        text = rest + data.decode()
        # A sequence may be cut in two.
        cut = text.rfind('\x1b')
        if cut >= 0 and not SEQUENCE.match(text[cut:]):
            text, rest = text[:cut], text[cut:]
        else:
            rest = ''
        screen.put(text)
        seen = True
        if time.monotonic() > until + LONG:
            sys.exit('it never stops')
    return True


def main():
    argv = sys.argv[1:]
    arguments = []
    if '--' in argv:
        at = argv.index('--')
        argv, arguments = argv[:at], argv[at + 1:]
    parser = argparse.ArgumentParser()
    parser.add_argument('size', type=size)
    parser.add_argument('-t', default='vt100')
    parser.add_argument('-r', type=size)
    parser.add_argument('-k', default='')
    args = parser.parse_args(argv)

    master, slave = pty.openpty()
    set_size(slave, *args.size)
    env = dict(os.environ, TERM=args.t, TZ='UTC')
    process = subprocess.Popen([os.environ['VMEMCTL'], 'top'] + arguments, stdin=slave,
                               stdout=slave, stderr=subprocess.PIPE, env=env,
                               start_new_session=True)
    os.close(slave)
    screen = Screen(*args.size)
    alive = settle(master, screen, LONG)
    for key in args.k:
        if alive:
            os.write(master, key.encode())
            alive = settle(master, screen)
    if alive and args.r:
        screen.resize(*args.r)
        set_size(master, *args.r)
        process.send_signal(signal.SIGWINCH)
        alive = settle(master, screen)
    print(re.sub(r'(?<=top  )[0-9:]+', lambda m: 'HH:MM:SS'[:len(m[0])], str(screen)), end='')
    if alive:
        os.write(master, b'q')
        settle(master, screen)
    error = process.stderr.read().decode()
    print(f'stderr: {error}status: {process.wait(LONG)}')


main()

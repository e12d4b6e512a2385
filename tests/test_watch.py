#!/usr/bin/env python3
"""System test of packsim watch: in a terminal of its own, and as text.

The terminal is a pty whose output goes into a page of characters: content, keys, resizing, Ctrl-Z,
signals; and that whatever ends it leaves the terminal as it was.
"""
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

import tally
from tally import holds

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PATIENCE_S = 60
PRE = "scenarios/library/pre-001.json"
OV = "scenarios/library/ov-001.json"
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
started = []


class Terminal:
    """A pty with a program in it, and the page that its output makes."""

    def __init__(self, *words, columns=100, rows=30, env=None):
        self.columns, self.rows = columns, rows
        self.output = b""
        self.pending = ""
        self.clear()
        self.main, self.other = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.other)
        environment = dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8")
        environment.pop("NO_COLOR", None)
        environment.update(env or {})
        self.program = subprocess.Popen([PACKSIM, "watch", *words], stdin=self.other,
                                        stdout=self.other, stderr=self.other, env=environment,
                                        preexec_fn=self.lead, cwd=ROOT)
        started.append(self.program)

    def lead(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def clear(self):
        self.page = [[" "] * self.columns for _ in range(self.rows)]
        self.at = [0, 0]

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.clear()
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def show(self, data):
        text = self.pending + data.decode(errors="replace")
        self.pending = ""
        while text:
            match = re.match(r"\x1b\[([?0-9;]*)([A-Za-z])", text)
            if match:
                if match.group(2) == "H":
                    row, column = (match.group(1) or "1;1").split(";")
                    self.at = [int(row) - 1, int(column) - 1]
                elif match.group(2) == "J":
                    self.clear()
                text = text[match.end():]
            elif text[0] == "\x1b" and len(text) < 12:
                self.pending = text
                return
            else:
                row, column = self.at
                if text[0] not in "\r\n" and row < self.rows and column < self.columns:
                    self.page[row][column] = text[0]
                    self.at[1] += 1
                text = text[1:]

    def read(self, wait_s=0.05):
        if select.select([self.main], [], [], wait_s)[0]:
            try:
                data = os.read(self.main, 65536)
            except OSError:
                return
            self.output += data
            self.show(data)

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.page)

    def waits_for(self, what, pattern):
        """The text that the pattern finds on the page, at last."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.read()
            found = re.search(pattern, self.text())
            if found:
                holds(what, True)
                return found
        holds(what, False, f"{pattern} not in\n{self.text()}")
        return None

    def press(self, keys):
        os.write(self.main, keys.encode())

    def time_s(self):
        return float(re.search(r"(\d+\.\d{3}) s ", self.text()).group(1))

    def is_restored(self, what):
        end = time.monotonic() + PATIENCE_S
        while self.program.poll() is None and time.monotonic() < end:
            self.read()
        self.read(0.2)
        holds(f"{what}: ends", self.program.poll() is not None)
        holds(f"{what}: page given back", self.output.rfind(LEAVE) > self.output.rfind(ENTER) >= 0,
              self.output[-200:])
        holds(f"{what}: cursor shown", b"\x1b[?25h" in self.output[self.output.rfind(ENTER):])
        after = termios.tcgetattr(self.other)
        holds(f"{what}: modes as before", after == self.before, (after[:4], self.before[:4]))
        return self.program.returncode

    def close(self):
        os.close(self.main)
        os.close(self.other)


def test_pages_and_keys():
    terminal = Terminal(OV, "--paused")
    terminal.waits_for("it begins paused", r"OV-001 .* 0\.000 s  PAUSED")
    terminal.press("s")
    terminal.waits_for("a step is one tick", r" 0\.001 s  PAUSED")
    terminal.press("S")
    terminal.waits_for("a long step is a hundred", r" 0\.101 s  PAUSED")
    terminal.waits_for("groups", r"M8 [0-9]{4}")
    terminal.waits_for("contactors", r"main\+ open  main- open  precharge open")
    terminal.press("0 ")
    terminal.waits_for("it runs to its end", r"ended at [0-9.]+ s: pass")
    terminal.waits_for("contactors are open", r"main\+ open")
    terminal.press("2")
    page = terminal.waits_for("checks with margins", r"✓ opens +70 of 110 ms")
    holds("the page has no check that failed", page and "✗" not in terminal.text(), terminal.text())
    terminal.press("3")
    terminal.waits_for("frames", r"180 +BMS_Status +\d+ +\d+\.\d +100")
    terminal.press("4")
    terminal.waits_for("log", r"DTC +CELL_OVERVOLTAGE at M3C5")
    terminal.press(" b")
    terminal.waits_for("back", r" 14\.000 s  PAUSED")
    terminal.press("h")
    terminal.waits_for("help", r"Space +pause, go on")
    terminal.press("q")
    holds("quit is no failure", terminal.is_restored("quit") == 0, terminal.program.returncode)
    terminal.close()


def test_resize():
    terminal = Terminal(PRE, "--paused")
    terminal.waits_for("first size", r"q quit")
    for columns, rows in ((140, 45), (60, 20), (30, 6), (20, 3), (100, 30)):
        terminal.resize(columns, rows)
        terminal.waits_for(f"page of {columns}x{rows}", r"PAUSED")
        widest = max(len(line) for line in terminal.text().split("\n"))
        holds(f"{columns}x{rows}: nothing beyond the edge", widest <= columns, widest)
        first = terminal.text().split("\n")[0]
        holds(f"{columns}x{rows}: the head ends at the edge", len(first) == columns, repr(first))
    terminal.press("2")
    terminal.waits_for("another page after it", r"request drive")
    terminal.press("q")
    terminal.is_restored("quit after resizing")
    terminal.close()


def test_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        terminal = Terminal(PRE, "--speed", "0.5")
        terminal.waits_for(f"{number.name}: runs", r"running")
        terminal.program.send_signal(number)
        code = terminal.is_restored(number.name)
        holds(f"{number.name}: exit 1", code == 1, code)
        terminal.close()
    for number in (signal.SIGSEGV, signal.SIGABRT):
        terminal = Terminal(PRE, "--speed", "0.5")
        terminal.waits_for(f"{number.name}: runs", r"running")
        terminal.program.send_signal(number)
        code = terminal.is_restored(number.name)
        holds(f"{number.name}: dies of it", code in (-number, 1), code)
        terminal.close()


def test_stop_and_continue():
    terminal = Terminal(PRE, "--paused")
    terminal.waits_for("runs", r"PAUSED")
    terminal.program.send_signal(signal.SIGTSTP)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and (LEAVE not in terminal.output or
                                      termios.tcgetattr(terminal.other) != terminal.before):
        terminal.read()
    holds("stopped: modes as before", termios.tcgetattr(terminal.other) == terminal.before)
    terminal.clear()
    time.sleep(0.1)
    terminal.program.send_signal(signal.SIGCONT)
    terminal.waits_for("continued: drawn anew", r"M8 ")
    terminal.press("q")
    terminal.is_restored("quit after a stop")
    terminal.close()


def test_hung_up():
    terminal = Terminal(PRE, "--speed", "0.5")
    terminal.waits_for("runs", r"running")
    terminal.close()
    try:
        code = terminal.program.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        code = None
    holds("ends when the terminal goes", code == 1, code)


def test_colors():
    plain = Terminal(PRE, "--paused", env={"NO_COLOR": "1"})
    plain.waits_for("without colours", r"PAUSED")
    holds("NO_COLOR: none", not re.search(rb"\x1b\[[0-9;]*(3[0-7]|9[0-7])m", plain.output))
    plain.press("q")
    plain.is_restored("quit without colours")
    plain.close()
    ascii_only = Terminal(OV, "--speed", "max", "--page", "scenario", env={"LC_ALL": "C"})
    ascii_only.waits_for("ASCII signs", r"\+ opens +70 of 110 ms")
    holds("no byte beyond ASCII", all(byte < 0x80 for byte in ascii_only.output))
    ascii_only.press("q")
    ascii_only.is_restored("quit in ASCII")
    ascii_only.close()


def run(*words, **options):
    return subprocess.run([PACKSIM, "watch", *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=250, cwd=ROOT, **options)


def test_text():
    done = run(PRE, "--at", "1.2")
    holds("in a pipe: one page", done.returncode == 0 and "1.200 s" in done.stdout, done)
    holds("in a pipe: no escapes", "\x1b" not in done.stdout)
    holds("in a pipe: precharge", re.search(r"BMS +PRECHARGE", done.stdout), done.stdout)
    every = run(OV, "--once", "--page", "all")
    holds("to the end: passes", every.returncode == 0 and "pass" in every.stdout, every)
    for text in ("M8 ", "opens", "BMS_Status", "CELL_OVERVOLTAGE"):
        holds(f"all pages: {text}", text in every.stdout, every.stdout)
    again = run(OV, "--once", "--page", "all")
    holds("the same bytes again", again.stdout == every.stdout)
    wrong = run(OV, "--once", "--set", "expect[1].within_ms=20", "--page", "scenario")
    holds("a scenario that fails: exit 1", wrong.returncode == 1, wrong)
    holds("a scenario that fails: says it", re.search(r"(✗|X) opens", wrong.stdout), wrong.stdout)
    narrow = run(OV, "--once", "--at", "1", "--size", "40x12")
    lines = narrow.stdout.split("\n")
    holds("a small page", max(map(len, lines)) <= 40 and len(lines) <= 13, narrow.stdout)


def test_refusals():
    for words, says in ((("--page", "cells"), "allowed pack scenario bus log all"),
                        (("--speed", "fast"), "allowed a number"),
                        (("--size", "9x9"), "allowed CxR"),
                        (("--at", "-1"), "allowed a number"),
                        (("OV-001", "OV-002"), "allowed one"),
                        (("--colour",), "unknown option"),
                        (("no_such.json",), "no_such.json")):
        done = run(*words)
        holds(f"{words}: exit 2", done.returncode == 2, done)
        holds(f"{words}: one line that says {says}",
              says in done.stderr and done.stderr.count("\n") == 1, done.stderr)


def main():
    test_text()
    test_refusals()
    test_pages_and_keys()
    test_resize()
    test_signals()
    test_stop_and_continue()
    test_hung_up()
    test_colors()
    return tally.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        for program in started:
            if program.poll() is None:
                program.kill()

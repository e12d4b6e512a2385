#!/usr/bin/env python3
"""Plant and ECU as two processes on one bus: the scenarios of scenarios/bus on FD and on classic
frames, the bars of reaction on FD.

usage: tests/rigs/two_processes.py URL [--real-time] [--short] [--keep FOLDER]
  (none)       stepped time: no clock, so a slow machine decides nothing
  --real-time  by the clock; a machine that is busy with other things may miss bars, a guest in
               virtual time never does
  --short      only the overvoltage, on FD and on classic frames: for a slow guest
  --keep       results of all parts and candump's log of all frames (so URL is an interface of the
               kernel) into FOLDER
Prints a line a run and the sum. Exit 0 iff all passed.
"""
import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PATIENCE_S = 14400  # only a hang takes it
# Stepped, a silent peer is one that this machine does not let run: the longest that packsim allows.
STEPPED = ["--stepped", "--timeout-ms", "10000"]
# Library scenarios with the bars of reaction: 100 ms from the crossing to the command, 110 to the
# contact.
BARS = ["OV-001", "UV-001", "PRE-001"]


def serve(url, *arguments):
    """packsim serve, done, with packsim ecu beside it"""
    with subprocess.Popen([PACKSIM, "ecu", "--bus", url, "--quiet"], cwd=ROOT) as ecu:
        done = subprocess.run([PACKSIM, "serve", "--bus", url, *arguments], cwd=ROOT,
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        ecu.send_signal(signal.SIGINT)
    return done


@contextlib.contextmanager
def candump(interface, path):
    """All frames of the interface in a file; what candump missed is an error."""
    # With -l it writes whole blocks, to a name of its own choice; with -L a line at a time.
    folder = path + ".dir"
    os.makedirs(folder)
    with open(path + ".err", "w+b") as words:
        with subprocess.Popen(["candump", "-l", "-d", "-r", "8000000", interface], cwd=folder,
                              stdout=words, stderr=words) as task:
            time.sleep(0.5)
            yield
            time.sleep(0.5)
            task.send_signal(signal.SIGINT)
        words.seek(0)
        said = words.read().decode()
    names = os.listdir(folder)
    if len(names) != 1 or task.returncode != 0:
        sys.exit(f"two_processes: candump made {len(names)} logs, allowed one: {said}")
    os.rename(f"{folder}/{names[0]}", path)
    os.rmdir(folder)
    with open(path, encoding="ascii") as log:
        if "DROPCOUNT" in said + log.read():
            sys.exit(f"two_processes: candump lost frames: {said}")


def run_parts(arguments):
    """(runs, passed)"""
    what = "scenarios/bus/overvoltage.json" if arguments.short else "scenarios/bus"
    parts = [("FD", [what]), ("classic", ["--classic", what])]
    if not arguments.short:
        parts.append(("FD, bars of reaction", BARS))
    count = passed = 0
    for number, (title, scenarios) in enumerate(parts):
        pace = [] if arguments.real_time else STEPPED
        out = ["--out", f"{arguments.keep}/part{number}"] if arguments.keep else []
        done = serve(arguments.url, *pace, *out, *scenarios)
        print(f"{title}:")
        for line in done.stdout.splitlines():
            if re.match(r"(pass|fail|inconclusive|error|skipped) ", line):
                print("  " + line[:100].rstrip())
        good = re.search(r"(\d+) runs: (\d+) passed", done.stdout)
        runs, right = (int(good.group(1)), int(good.group(2))) if good else (1, 0)
        if runs == right and done.returncode != 0:
            right = 0
        count += runs
        passed += right
        if runs != right:
            print(done.stdout + done.stderr)
    return count, passed


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("url")
    parser.add_argument("--real-time", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    log = contextlib.nullcontext()
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
        log = candump(arguments.url, arguments.keep + "/candump.log")
    with log:
        count, passed = run_parts(arguments)
    print(f"{100 * passed // max(count, 1)}%: Checks: {count}, Failures: {count - passed}, "
          f"Errors: 0")
    return 1 if passed < count or not count else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Plant and ECU as two processes on one bus: the scenarios of scenarios/bus on FD and on classic
frames, the bars of reaction on FD.

usage: tests/rigs/two_processes.py URL [--real-time|--short]
  (none)       stepped time: no clock, so a slow machine decides nothing
  --real-time  by the clock; a machine that is busy with other things may miss bars
  --short      only the overvoltage, on FD and on classic frames: for a slow guest
Prints a line a run and the sum. Exit 0 iff all passed.
"""
import os
import re
import signal
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
PATIENCE_S = 600
# Library scenarios with the bars of reaction: 100 ms from the crossing to the command, 110 to the
# contact.
BARS = ["OV-001", "UV-001", "PRE-001"]


def serve(url, *arguments):
    """(exit code, lines of verdicts, what went wrong)"""
    with subprocess.Popen([PACKSIM, "ecu", "--bus", url, "--quiet"], cwd=ROOT) as ecu:
        done = subprocess.run([PACKSIM, "serve", "--bus", url, *arguments], cwd=ROOT,
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        ecu.send_signal(signal.SIGINT)
    return done


def main():
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--real-time"], ["--short"]):
        print(__doc__, file=sys.stderr)
        return 2
    url = sys.argv[1]
    is_short = "--short" in sys.argv
    pace = [] if "--real-time" in sys.argv else ["--stepped"]
    what = "scenarios/bus/overvoltage.json" if is_short else "scenarios/bus"
    parts = [("FD", [what]), ("classic", ["--classic", what])]
    if not is_short:
        parts.append(("FD, bars of reaction", BARS))
    passed = failed = 0
    for title, arguments in parts:
        done = serve(url, *pace, *arguments)
        print(f"{title}:")
        for line in done.stdout.splitlines():
            if re.match(r"(pass|fail|inconclusive|error|skipped) ", line):
                print("  " + line[:100].rstrip())
        good = re.search(r"(\d+) runs: (\d+) passed", done.stdout)
        runs, right = (int(good.group(1)), int(good.group(2))) if good else (1, 0)
        passed += right
        failed += runs - right
        if runs != right or done.returncode != 0:
            print(done.stdout + done.stderr)
    print(f"{100 * passed // max(passed + failed, 1)}%: Checks: {passed + failed}, "
          f"Failures: {failed}, Errors: 0")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs test programs side by side and sums up their checks.

usage: tools/run_tests.py [--jobs N] [--timeout SECONDS] PROGRAM...

A program prints Check's line "100%: Checks: 12, Failures: 0, Errors: 0" and, for each test that
this machine cannot run, a line "skipped: NAME: REASON". A program that dies, prints no such line,
or fails without a failed check counts as one failure. The last line is "N passed, N failed,
N skipped".
Exit 1 iff anything failed or nothing was run.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time

# Check ends a test after 4 s of wall clock: too tight on a loaded machine.
os.environ.setdefault("CK_DEFAULT_TIMEOUT", "60")

CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)", re.M)
SKIPPED = re.compile(r"^skipped: (.+)$", re.M)


def run(program, timeout_s):
    command = {".py": [sys.executable, program], ".sh": ["bash", program]}.get(
        os.path.splitext(program)[1], [program])
    begin = time.monotonic()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout_s, check=False)
        output, code = done.stdout.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace"), f"timeout of {timeout_s} s"
    except OSError as error:
        output, code = "", str(error)
    return output, code, time.monotonic() - begin


def judge(output, code):
    """(passed, failed, skipped, what went wrong beyond failed checks or "")"""
    lines = CHECKS.findall(output)
    failed = sum(int(failures) + int(errors) for _, failures, errors in lines)
    passed = sum(int(checks) for checks, _, _ in lines) - failed
    skipped = len(SKIPPED.findall(output))
    wrong = ""
    if not lines and not (code == 0 and skipped):
        wrong = f"no line of checks, exit {code}"
    elif code != 0 and failed == 0:
        wrong = f"no failed check, but exit {code}"
    return passed, failed + (1 if wrong else 0), skipped, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=int, default=300)
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    totals = [0, 0, 0]
    failures = []
    skips = []
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        results = pool.map(lambda program: run(program, arguments.timeout), arguments.programs)
        for program, (output, code, seconds) in zip(arguments.programs, results):
            name = os.path.basename(program)
            passed, failed, skipped, wrong = judge(output, code)
            totals = [a + b for a, b in zip(totals, (passed, failed, skipped))]
            skips += [f"{name}: {text}" for text in SKIPPED.findall(output)]
            print(f"{'FAIL' if failed else 'ok':4} {name:28} {passed:5} passed {failed:3} failed "
                  f"{skipped:3} skipped {seconds:7.2f} s", flush=True)
            if failed:
                failures.append((name, output, wrong))
    for name, output, wrong in failures:
        print(f"\n---- {name}{': ' + wrong if wrong else ''}\n{output.rstrip()}")
    for text in skips:
        print(f"skipped: {text}")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 0 if totals[1] == 0 and sum(totals) > 0 else 1


if __name__ == "__main__":
    sys.exit(main())

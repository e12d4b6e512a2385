"""Counts the checks of a test program, tells those that fail at once, and closes with the line that
tools/run_tests.py reads."""
import os
import sys

passed = 0
failures = []
SEEN_CHARACTERS = 700


def check(condition, what):
    """what: the check in words, told if it fails."""
    global passed
    if condition:
        passed += 1
        return
    failures.append(what)
    print(f"FAIL {os.path.basename(sys.argv[0])}: {what}", flush=True)


def holds(what, is_so, seen=""):
    """As check, with what was seen instead."""
    check(is_so, f"{what}: {str(seen)[:SEEN_CHARACTERS]}")


def line(right, wrong):
    total = right + wrong
    percent = 100 * right // total if total else 0
    return f"{percent}%: Checks: {total}, Failures: {wrong}, Errors: 0"


def close():
    """The exit code."""
    print(line(passed, len(failures)))
    return 1 if failures else 0

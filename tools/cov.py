#!/usr/bin/env python3
"""Lines and branches of the core that the tests ran, file by file, from a --coverage build.

usage: tools/cov.py BUILD_DIR [--uncovered]
A branch is one way out of one condition; it counts when it was taken at least once. Files of the
protection have bars; --uncovered lists what is missing, file:line. The last line is "N passed,
N failed, N skipped", one for each file with a bar. Exit 1 iff a bar is missed, 2 iff there are no
counters.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
CORE = "ecu_model/core/"
LINES_BAR_pct = 100.0
BRANCHES_BAR_pct = 95.0
# Estimation and the talk with the vehicle have no bar yet; all else of the core has, new files too.
WITHOUT_BAR = ("soc.c", "sof.c", "comm.c")


def counters_of(build):
    """What gcov says about every source of the core: {file: [line, ...]}."""
    objects = sorted(glob.glob(os.path.join(ROOT, build, CORE, "*.gcda")))
    if not objects:
        return {}
    done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", *objects],
                          cwd=ROOT, check=True, capture_output=True, text=True)
    found = {}
    for text in done.stdout.splitlines():
        for file in json.loads(text)["files"]:
            name = os.path.relpath(os.path.join(ROOT, file["file"]), ROOT)
            if name.startswith(CORE) and name.endswith(".c"):
                found.setdefault(name, []).extend(file["lines"])
    return found


def tally(lines):
    """(lines run, lines, branches taken, branches, [missing line], [missing branch])"""
    run, taken = {}, {}
    for line in lines:
        number = line["line_number"]
        run[number] = run.get(number, 0) + line["count"]
        for i, branch in enumerate(line["branches"]):
            key = (number, i)
            taken[key] = taken.get(key, 0) + branch["count"]
    missing_lines = sorted(number for number, count in run.items() if count == 0)
    missing_branches = sorted(key for key, count in taken.items() if count == 0)
    return (len(run) - len(missing_lines), len(run), len(taken) - len(missing_branches),
            len(taken), missing_lines, missing_branches)


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build")
    parser.add_argument("--uncovered", action="store_true")
    arguments = parser.parse_args()
    counters = counters_of(arguments.build)
    if not counters:
        print(f"cov: {arguments.build}/{CORE} holds no counters, expected after make cov",
              file=sys.stderr)
        return 2
    passed = failed = 0
    total = [0, 0, 0, 0]
    print("    lines          branches         file")
    for name, lines in sorted(counters.items()):
        figures = tally(lines)
        total = [a + b for a, b in zip(total, figures)]
        lines_pct, branches_pct = percent(*figures[:2]), percent(*figures[2:4])
        has_bar = os.path.basename(name) not in WITHOUT_BAR
        is_short = has_bar and (lines_pct < LINES_BAR_pct or branches_pct < BRANCHES_BAR_pct)
        passed += 1 if has_bar and not is_short else 0
        failed += 1 if is_short else 0
        bars = f"  SHORT of {LINES_BAR_pct:g} and {BRANCHES_BAR_pct:g} %" if is_short else ""
        print(f"{lines_pct:7.2f} % of {figures[1]:4} {branches_pct:7.2f} % of {figures[3]:4}  "
              f"{name}{bars}")
        if arguments.uncovered or is_short:
            for number in figures[4]:
                print(f"    {name}:{number}: not run")
            for number, way in figures[5]:
                print(f"    {name}:{number}: branch {way} not taken")
    print(f"{percent(*total[:2]):7.2f} % of {total[1]:4} {percent(*total[2:]):7.2f} % of "
          f"{total[3]:4}  core")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

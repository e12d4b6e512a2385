#!/usr/bin/env python3
"""Plants each known mistake of tests/mistakes.json and shows that its scenario finds it.

usage: tools/mistakes.py [--table FILE] [--build DIR] [--jobs N] [--cc CC] [--flags FLAGS]
                         [--libs LIBS] [ID ...]
For each variant: the scenario passes with the core as it is; with the mistake, in a copy of the
file, it fails (exit 1) in the checks that the table names. The last line is "N passed, N failed,
N skipped". Exit 1 iff one did not hold, 2 iff the table cannot be used.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import shutil
import subprocess
import sys

from plant import Plant, PlantError, Progress, read_json, safe_name

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
KEYS = {"id": str, "mistake": str, "source": str, "edits": list, "run": list, "fails": list}
FAILING = ("fail", "inconclusive")


def check_table(path, table):
    """One line for the first row that is not of the form, else None."""
    seen = set()
    for i, row in enumerate(table.get("variants", [])):
        for key, kind in KEYS.items():
            if not isinstance(row.get(key), kind) or not row[key]:
                return f"{path}: $.variants[{i}].{key}: missing or not a {kind.__name__}"
        for j, edit in enumerate(row["edits"]):
            if sorted(edit) != ["file", "replacement", "text"]:
                return f"{path}: $.variants[{i}].edits[{j}]: found {sorted(edit)}, " \
                       "allowed file, text, replacement"
        if row["id"] in seen:
            return f"{path}: $.variants[{i}].id: {row['id']} is there twice"
        seen.add(row["id"])
    return None if seen else f"{path}: $.variants: found none, allowed at least one"


def run_scenario(program, run, out):
    """(exit code, ids of checks that failed, last words)"""
    shutil.rmtree(out, ignore_errors=True)
    command = [program, "run", *run, "--jobs", "1", "--record", "none", "--quiet", "--out", out]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=600)
    failed = set()
    results = os.path.join(out, "results.json")
    if os.path.exists(results):
        with open(results, encoding="utf-8") as file:
            for one in json.load(file)["runs"]:
                failed |= {c["id"] for c in one["checks"] if c["verdict"] in FAILING}
    shutil.rmtree(out, ignore_errors=True)
    return done.returncode, failed, done.stderr.strip()[-300:]


def try_variant(plant, row, objects):
    """None iff the mistake was found as the table says, else what went wrong."""
    folder = os.path.join(plant.build, "mistakes", safe_name(row["id"]))
    program = os.path.join(folder, "packsim")
    planted = plant.plant(folder, row["edits"])
    plant.link(objects, planted, program)
    code, failed, words = run_scenario(os.path.join(ROOT, program), row["run"],
                                       os.path.join(ROOT, folder, "out"))
    os.remove(os.path.join(ROOT, program))
    missing = [check for check in row["fails"] if check not in failed]
    if code != 1:
        return f"exit {code}, expected 1: {words or 'the scenario does not see the mistake'}"
    if missing:
        return f"failed in {sorted(failed)}, expected also {missing}"
    return None


def sound_runs(program, rows):
    """Runs that do not pass with the core as it is: {run: what went wrong}."""
    bad = {}
    for run in sorted({tuple(row["run"]) for row in rows}):
        out = os.path.join(ROOT, os.path.dirname(program), "mistakes", "sound")
        code, failed, words = run_scenario(os.path.join(ROOT, program), run, out)
        if code != 0:
            bad[run] = f"without the mistake: exit {code}, failed in {sorted(failed)} {words}"
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--table", default=os.path.join(ROOT, "tests", "mistakes.json"))
    parser.add_argument("--build", default="build")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("--flags", default="")
    parser.add_argument("--libs", default="")
    parser.add_argument("ids", nargs="*")
    arguments = parser.parse_args()
    table = read_json(arguments.table)
    wrong = check_table(arguments.table, table)
    rows = [row for row in table.get("variants", [])
            if not arguments.ids or row.get("id") in arguments.ids]
    if wrong or not rows:
        print(wrong or f"{arguments.table}: no variant {arguments.ids}", file=sys.stderr)
        return 2
    plant = Plant(ROOT, arguments.build, arguments.cc, arguments.flags, arguments.libs)
    objects = sorted(glob.glob(os.path.join(ROOT, arguments.build, "cli", "*.o")) +
                     glob.glob(os.path.join(ROOT, arguments.build, "gui", "sdl*.o")))
    progress = Progress(len(rows))

    def judge(row):
        try:
            wrong = bad.get(tuple(row["run"])) or try_variant(plant, row, objects)
        except (PlantError, OSError, subprocess.TimeoutExpired) as error:
            wrong = str(error)
        verdict = f"FAIL  {wrong}" if wrong else "found"
        progress.tell(f"{row['id']:4} {row['source']:22} {row['run'][0]:18} {row['mistake']}: "
                      f"{verdict}", wrong)
        return wrong is None

    bad = sound_runs(os.path.join(arguments.build, "packsim"), rows)
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        passed = sum(pool.map(judge, rows))
    print(f"{passed} passed, {len(rows) - passed} failed, 0 skipped")
    return 0 if passed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())

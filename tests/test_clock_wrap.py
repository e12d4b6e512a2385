#!/usr/bin/env python3
"""The ECU's clock may wrap: started 5 s before 2^32 ms, the core's tests pass and short scenarios
command the same, byte for byte."""
import glob
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PACKSIM = os.path.abspath(os.environ.get("PACKSIM", os.path.join(ROOT, "build", "packsim")))
START_MS = 2**32 - 5000
# Each crosses the wrap with its events: contactors, precharge, faults, open wires, sleep, bus.
SCENARIOS = ("pre-001 pre-002 pre-003 pre-004 weld-003 weld-004 oc-001 ov-001 sl-001 wd-001 cm-001 "
             "cm-002").split()


def core_programs():
    """Test programs on the core's rig; the one of the wrap itself starts its own clocks."""
    tests = os.path.join(os.path.dirname(PACKSIM), "tests")
    for source in sorted(glob.glob(os.path.join(ROOT, "tests", "test_core_*.c"))):
        with open(source, encoding="utf-8") as file:
            if "rig_init(" in file.read():
                yield os.path.join(tests, os.path.basename(source)[:-2])


def hashes(folder, start_ms):
    files = [os.path.join(ROOT, "scenarios", "library", name + ".json") for name in SCENARIOS]
    done = subprocess.run([PACKSIM, "run", "--quiet", "--record", "none", "--out", folder, "--set",
                           f"ecu_time_start_ms={start_ms}", *files], capture_output=True, text=True,
                          env={**os.environ, "PACKSIM_HOME": ROOT}, check=False)
    if done.returncode != 0:
        return None, done.stdout + done.stderr
    with open(os.path.join(folder, "results.json"), encoding="utf-8") as file:
        results = json.load(file)
    return {run["run"]: run["output_hash"] for run in results["runs"]}, ""


def main():
    failures, checks = [], 0
    for program in core_programs():
        done = subprocess.run([program], capture_output=True, text=True, check=False,
                              env={**os.environ, "RIG_START_MS": str(START_MS)})
        checks += 1
        if done.returncode != 0:
            failures.append(f"{program} from {START_MS} ms:\n{done.stdout}{done.stderr}")
    with tempfile.TemporaryDirectory() as folder:
        early, error = hashes(os.path.join(folder, "early"), 0)
        late, late_error = hashes(os.path.join(folder, "late"), START_MS)
    if early is None or late is None:
        failures.append(f"a scenario does not pass:\n{error}{late_error}")
    else:
        for name in early:
            checks += 1
            if early[name] != late[name]:
                failures.append(f"{name}: output hash {early[name]} from 0, {late[name]} later")
    if checks < 25:
        failures.append(f"{checks} checks, expected at least 25")
    for failure in failures:
        print(f"test_clock_wrap.py: {failure}")
    checks += 1
    print(f"{100 * (checks - len(failures)) // checks}%: Checks: {checks}, "
          f"Failures: {len(failures)}, Errors: 0")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Healthy packs are never accused of self-discharge, and a short is told within two days.

usage: tools/watch.py [--packs N] [--shorts N] [--hours H] [--seed N] [--jobs N] [--minutes M]
                      [--packsim FILE] [--world FILE] [--out DIR]
First N packs (1000) in the test's world of 96 groups, 1000 h each (tests/rigs/watch_packs.c draws
each from its number: charge, health, losses, spread, driven or parked), and as many other ones as
--shorts says (400) with 100 ohm in one group from the first day on: that group, and no other, has
to be told within 48 h. Then H hours (1000) of scenarios/drives/watch.json, two days in each run,
with another pack, temperature and sensors: the whole loop with harness, chips and bus. What is done
is kept in DIR and not done again by the same program: --minutes ends early, and another call goes
on. The last line is "N passed, N failed, N skipped"; DIR/summary.json has the figures. Exit 1 iff a
healthy pack was accused, a short was not told or a run failed, 2 bad usage, 4 all passed but some
are left.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SCENARIO = os.path.join(ROOT, "scenarios", "drives", "watch.json")
PACK_h = 1000
SHORT_h = 48
GROUPS = 96
SHORTS_FIRST = 50000  # of the seed's 100000 numbers
CHUNK = 50


class Kept:
    """What is done: for a part, by number. Another program or scenario starts it anew."""

    def __init__(self, folder, name, seed, files):
        self.path = os.path.join(folder, name + ".json")
        digest = hashlib.sha256(str(seed).encode())
        for path in files:
            with open(path, "rb") as file:
                digest.update(file.read())
        self.kept = {"identity": digest.hexdigest(), "done": {}}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                kept = json.load(file)
            if kept["identity"] == self.kept["identity"]:
                self.kept = kept
        self.done = self.kept["done"]

    def add(self, found):
        self.done.update(found)
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.kept, file)
        os.replace(self.path + ".new", self.path)


def world(arguments, *words):
    """A pack's line, whether all went well, its hours and its evidence in percent."""
    done = subprocess.run([arguments.world, *map(str, words)], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"watch.py: {done.stderr.strip()[-300:]}")
    line = done.stdout.strip()
    found = re.search(r": ([\d.]+) h, evidence (\d+) %", line)
    return {"line": line, "is_calm": done.returncode == 0, "h": float(found[1]),
            "pct": int(found[2])}


def live(arguments, number):
    """A healthy pack."""
    return world(arguments, number, PACK_h)


def short(arguments, number):
    """One with 100 ohm in a group."""
    return world(arguments, number, SHORT_h, number * 37 % GROUPS)


def scenario(seed, index):
    draw = random.Random(f"{seed}/{index}")
    with open(SCENARIO, encoding="utf-8") as file:
        made = json.load(file)
    degC = round(draw.uniform(5.0, 40.0), 1)
    made["id"] = f"WATCH-{index:04}"
    made["seed"] = seed * 100000 + index
    made["pack"]["soc_pct"] = round(draw.uniform(35.0, 90.0), 1)
    made["pack"]["capacity_pct"] = round(draw.uniform(75.0, 100.0), 1)
    made["pack"]["temperature_degC"] = degC
    made["environment"]["ambient_degC"] = degC
    made["sensors"]["current_offset_A"] = round(draw.uniform(-0.3, 0.3), 3)
    return made


def loop(arguments, index):
    """One run of the whole loop."""
    folder = os.path.join(arguments.out, f"run-{index}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    path = os.path.join(folder, "scenario.json")
    made = scenario(arguments.seed, index)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(made, file)
    out = os.path.join(folder, "out")
    done = subprocess.run([arguments.packsim, "run", path, "--quiet", "--jobs", "1", "--out", out],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"watch.py: {done.stderr.strip()[-300:]}")
    with open(os.path.join(out, "results.json"), encoding="utf-8") as file:
        run = json.load(file)["runs"][0]
    shutil.rmtree(folder, ignore_errors=True)
    wrong = "; ".join(f"{c['id']}: {c['text']}" for c in run["checks"] if c["verdict"] != "pass")
    if run["verdict"] != "pass" and not wrong:
        wrong = run["verdict"]
    pack = made["pack"]
    return {"line": f"{pack['soc_pct']:g} % SOC, capacity {pack['capacity_pct']:g} %, "
                    f"{pack['temperature_degC']:g} degC: {wrong or 'nobody'}",
            "is_calm": not wrong, "h": run_h(made), "pct": evidence_pct(run)}


def evidence_pct(run):
    for check in run["checks"]:
        if check["id"] == "evidence":
            return float(check["text"].rsplit(": ", 1)[1].split()[0])
    return 0.0


def run_h(made):
    return made["end"]["at_s"] / 3600.0


def work(arguments, kept, numbers, do, chunk, end_s):
    """The numbers that are not done yet, some at a time, until the time is over."""
    todo = [n for n in numbers if str(n) not in kept.done]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for first in range(0, len(todo), chunk):
            if end_s and time.monotonic() > end_s:
                return
            some = todo[first:first + chunk]
            kept.add(dict(zip(map(str, some), pool.map(lambda n: do(arguments, n), some))))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--packs", type=int, default=1000)
    parser.add_argument("--shorts", type=int, default=400)
    parser.add_argument("--hours", type=float, default=1000.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--packsim", default=os.path.join(ROOT, "build", "packsim"))
    parser.add_argument("--world", default=os.path.join(ROOT, "build", "rigs", "watch_packs"))
    parser.add_argument("--out", default=os.path.join(ROOT, "build", "watch"))
    arguments = parser.parse_args()
    for name in ("packs", "shorts"):
        if not 0 <= getattr(arguments, name) <= SHORTS_FIRST:
            parser.error(f"--{name}: {getattr(arguments, name)}, allowed 0 to {SHORTS_FIRST}")
    if not 0.0 <= arguments.hours <= 1e6:
        parser.error(f"--hours: {arguments.hours:g}, allowed 0 to 1000000")
    for name in ("packsim", "world"):
        if not os.path.isfile(getattr(arguments, name)):
            parser.error(f"--{name}: {getattr(arguments, name)} is not there; make builds it")
    return arguments


def percentiles(values):
    """Least, a tenth, middle, nine tenths, most."""
    ranked = sorted(values)
    return [ranked[int(share * (len(ranked) - 1))] for share in (0.0, 0.1, 0.5, 0.9, 1.0)]


def summary_of(arguments, done, told, driven):
    """The figures for docs/evidence.md."""
    made = {"seed": arguments.seed, "packs": len(done), "of_packs": arguments.packs,
            "accused": sum(not d["is_calm"] for d in done), "pack_h": PACK_h,
            "shorts": len(told), "of_shorts": arguments.shorts,
            "late": sum(not d["is_calm"] for d in told), "short_h": SHORT_h,
            "loop_h": sum(d["h"] for d in driven), "of_loop_h": arguments.hours,
            "loop_runs": len(driven), "loop_failed": sum(not d["is_calm"] for d in driven)}
    for name, values in (("evidence_pct", [d["pct"] for d in done]),
                         ("told_h", [d["h"] for d in told]),
                         ("loop_evidence_pct", [d["pct"] for d in driven])):
        made[name] = percentiles(values) if values else None
    return made


def tell(made):
    def course(values):
        return " ".join(f"{value:g}" for value in values) if values else "-"
    print(f"test's world: {made['packs']} healthy packs of {PACK_h} h, {made['accused']} accused; "
          f"largest evidence of each, percent of what accuses: {course(made['evidence_pct'])}")
    print(f"test's world: {made['shorts']} packs with 100 ohm, {made['late']} not told rightly in "
          f"{SHORT_h} h; told after h: {course(made['told_h'])}")
    print(f"whole loop: {made['loop_h']:.0f} h in {made['loop_runs']} runs, {made['loop_failed']} "
          f"failed; largest evidence: {course(made['loop_evidence_pct'])}")
    print("(each: least, a tenth, middle, nine tenths, most)")


def main():
    arguments = parse()
    os.makedirs(arguments.out, exist_ok=True)
    end_s = time.monotonic() + 60.0 * arguments.minutes if arguments.minutes else 0.0
    with open(SCENARIO, encoding="utf-8") as file:
        each_h = run_h(json.load(file))
    first = arguments.seed * 100000
    parts = (("packs", range(first, first + arguments.packs), live, CHUNK, [arguments.world]),
             ("shorts", range(first + SHORTS_FIRST, first + SHORTS_FIRST + arguments.shorts), short,
              CHUNK, [arguments.world]),
             ("loop", range(int(-(-arguments.hours // each_h))), loop, arguments.jobs,
              [arguments.packsim, SCENARIO]))
    found, left = [], 0
    for name, numbers, do, chunk, files in parts:
        kept = Kept(arguments.out, name, arguments.seed, files)
        work(arguments, kept, numbers, do, chunk, end_s)
        found.append([(n, kept.done[str(n)]) for n in numbers if str(n) in kept.done])
        left += len(numbers) - len(found[-1])
    every = [pair for part in found for pair in part]
    failed = [(n, d) for n, d in every if not d["is_calm"]]
    for number, each in failed:
        print(f"{number}: {each['line']}")
    made = summary_of(arguments, *([d for _, d in part] for part in found))
    with open(os.path.join(arguments.out, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(made, file)
    tell(made)
    if left:
        print(f"{left} left: the same command goes on")
    print(f"{len(every) - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed else 4 if left else 0


if __name__ == "__main__":
    sys.exit(main())
